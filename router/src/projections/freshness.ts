import type { Operator } from './operator.js';

interface Aggregate {
  topic: string;
  id: string;
}

interface OwnerHead extends Aggregate {
  version: number;
  isPersonal: boolean;
}

interface Shown extends Aggregate {
  projection: string;
  version: number;
}

/** Something that has an id, and the subgraph that owns it. */
export interface OwnedNode {
  owner: string;
  uuid: string;
}

/** How new one copy of something is, or one count of it. */
export interface CopyFreshness {
  projection: string;
  owner: string;
  topic: string;
  revision: number;
  since: string | null;
  ownerRevision: number;
  isBehind: boolean;
  behindSince: string | null;
}

/**
 * How new what subgraphs keep of these nodes is, by uuid. Which version each shows its subgraph knows; when that was
 * made, and whether there are later ones, the owner.
 *
 * @param isTold whether the viewer may know when something personal has changed
 */
export async function freshnessOf(
  operator: Operator,
  nodes: OwnedNode[],
  isTold: (uuid: string) => boolean,
): Promise<Map<string, CopyFreshness[]>> {
  const found = new Map<string, CopyFreshness[]>();
  const heads = await eachOwner(nodes, (owner, of) =>
    operator.post<OwnerHead[]>(owner, 'freshness/heads', { ids: of.map(({ uuid }) => uuid) }),
  );
  const told = heads.filter(({ id, isPersonal }) => !isPersonal || isTold(id));
  if (told.length === 0) return found;
  const aggregates = told.map(({ topic, id }) => ({ topic, id }));
  const shown = (
    await Promise.all(
      operator.names.map(name => operator.post<Shown[]>(name, 'freshness/shown', { aggregates })),
    )
  ).flat();
  const headOf = new Map(told.map(head => [keyOf(head), head]));
  const times = await eachOwner(
    shown.map(each => ({ ...each, owner: headOf.get(keyOf(each))!.owner })),
    (owner, of) => {
      // Of what is shown, and of what came next.
      const events = of.flatMap(({ topic, id, version }) => [
        { topic, id, version },
        { topic, id, version: version + 1 },
      ]);
      return operator.post<(OwnerHead & { at: string })[]>(owner, 'freshness/times', { events });
    },
  );
  const timeOf = new Map(times.map(({ at, ...event }) => [keyOf(event, event.version), at]));
  for (const { projection, ...copy } of shown) {
    const { owner, version: ownerRevision } = headOf.get(keyOf(copy))!;
    const { topic, id, version: revision } = copy;
    const isBehind = revision < ownerRevision;
    found.set(id, [
      ...(found.get(id) ?? []),
      {
        ...{ projection, owner, topic, revision, ownerRevision, isBehind },
        since: timeOf.get(keyOf(copy, revision)) ?? null,
        behindSince: (isBehind && timeOf.get(keyOf(copy, revision + 1))) || null,
      },
    ]);
  }
  return found;
}

async function eachOwner<Of extends { owner: string }, Row extends object>(
  all: Of[],
  ask: (owner: string, of: Of[]) => Promise<Row[]>,
): Promise<(Row & { owner: string })[]> {
  const answers = await Promise.all(
    [...Map.groupBy(all, ({ owner }) => owner)].map(async ([owner, of]) =>
      (await ask(owner, of)).map(row => ({ ...row, owner })),
    ),
  );
  return answers.flat();
}

function keyOf({ topic, id }: Aggregate, version?: number): string {
  return `${topic} ${id} ${version ?? ''}`;
}
