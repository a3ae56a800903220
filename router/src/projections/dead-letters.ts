import type { Operator } from './operator.js';

/** What a message is that has had no effect, as its subgraph tells it. */
export interface DeadLetter {
  id: string;
  subgraph: string;
  consumer: string | null;
  topic: string;
  aggregateId: string | null;
  version: number | null;
  type: string | null;
  kind: string;
  error: string;
  payload: unknown;
  sizeBytes: number;
  parkedAt: string;
  parkedAtUs: string;
  waiting: number;
  /** Once it was given up. */
  discard: { at: string; by: string; reason: string } | null;
}

export interface DeadLetterSelection {
  subgraph?: string | null;
  consumer?: string | null;
  kind?: string | null;
  /** Those that were given up, instead of those that are there. */
  isDiscarded?: boolean;
  after?: DeadLetterCursor | undefined;
  limit: number;
}

/** Where one lies in the list of all: by when it was set aside, then by its subgraph, then by its id. */
export type DeadLetterCursor = Pick<DeadLetter, 'parkedAtUs' | 'subgraph' | 'id'>;

/** A page of those of all subgraphs, oldest first. */
export async function listDeadLetters(
  operator: Operator,
  { subgraph, consumer, kind, isDiscarded, after, limit }: DeadLetterSelection,
): Promise<DeadLetter[]> {
  const names = operator.names.filter(name => name === (subgraph ?? name)).sort();
  const pages = await Promise.all(
    names.map(async name => {
      const own = await operator.post<DeadLetter[]>(name, 'dead-letters', {
        ...(consumer != null && { consumer }),
        ...(kind != null && { kind }),
        ...(isDiscarded && { isDiscarded }),
        ...(after && { after: positionIn(name, after) }),
        limit,
      });
      return own.map(letter => ({ ...letter, subgraph: name, id: `${name}/${letter.id}` }));
    }),
  );
  return pages
    .flat()
    .toSorted((a, b) => Number(a.parkedAtUs) - Number(b.parkedAtUs)) // stable: then by subgraph and id
    .slice(0, limit);
}

/** What became of one that was tried again; undefined when there is none. */
export async function replayDeadLetter(
  operator: Operator,
  id: string,
): Promise<{ isGone: boolean; deadLetter: DeadLetter | null } | undefined> {
  const place = placeOf(operator, id);
  if (!place) return undefined;
  const { isGone, deadLetter } = await operator.post<{
    isGone: boolean | null;
    deadLetter: DeadLetter | null;
  }>(place.subgraph, 'dead-letters/replay', { id: place.id });
  if (isGone === null) return undefined;
  return { isGone, deadLetter: deadLetter && { ...deadLetter, subgraph: place.subgraph, id } };
}

/** What was given up; undefined when there is none. */
export async function discardDeadLetter(
  operator: Operator,
  id: string,
  reason: string,
  by: string,
): Promise<DeadLetter | undefined> {
  const place = placeOf(operator, id);
  if (!place) return undefined;
  const { discarded } = await operator.post<{ discarded: DeadLetter | null }>(
    place.subgraph,
    'dead-letters/discard',
    { id: place.id, reason, by },
  );
  return discarded ? { ...discarded, subgraph: place.subgraph, id } : undefined;
}

function placeOf(operator: Operator, id: string): { subgraph: string; id: string } | undefined {
  const [subgraph, ...rest] = id.split('/');
  return operator.names.includes(subgraph!)
    ? { subgraph: subgraph!, id: rest.join('/') }
    : undefined;
}

/** Behind which of a subgraph's own the list goes on. */
function positionIn(name: string, { parkedAtUs, subgraph, id }: DeadLetterCursor) {
  if (name === subgraph) return { parkedAtUs, id: id.slice(name.length + 1) };
  // Those of the same moment come after the cursor where the subgraph's name does.
  return { parkedAtUs: name > subgraph ? parkedAtUs : String(Number(parkedAtUs) + 1), id: '' };
}
