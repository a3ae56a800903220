import { setTimeout as sleep } from 'node:timers/promises';
import type { Operator } from './operator.js';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const ROUNDS = 20; // of looking again at what was not equal: an event may be under way
const ROUND_MS = 250;
const EXAMPLES_MAX = 5;

interface Snapshot {
  id: string;
  version: number;
  state: { id: string };
}

interface Suspect {
  id: string;
  owner: unknown;
  copy: unknown;
  copyVersion: number;
}

/** What an audit of one projection found. */
export interface ProjectionReport {
  subgraph: string;
  projection: string;
  topic: string;
  compared: number;
  /** Those that stayed unequal though every event had time to come. */
  differing: string[];
  examples: Suspect[];
  repaired: number;
}

/**
 * Compares every copy and counter of a running system with its owner. Neither side is locked: what is unequal at first
 * is looked at again, with the owner's newest word, until the events between have had time to come.
 */
export async function audit(
  operator: Operator,
  { repair = false } = {},
): Promise<ProjectionReport[]> {
  const owners = new Map<string, string>();
  for (const subgraph of operator.names) {
    for (const topic of await operator.get<string[]>(subgraph, 'sources'))
      owners.set(topic, subgraph);
  }
  const reports: ProjectionReport[] = [];
  for (const subgraph of operator.names) {
    const projections = await operator.get<{ name: string; topic: string }[]>(
      subgraph,
      'projections',
    );
    for (const { name, topic } of projections) {
      const owner = owners.get(topic);
      if (!owner) throw new Error(`${name} copies ${topic}, which no subgraph owns.`);
      reports.push(
        await auditProjection(operator, { subgraph, projection: name, topic, owner }, repair),
      );
    }
  }
  return reports;
}

interface Target {
  subgraph: string;
  projection: string;
  topic: string;
  owner: string;
}

async function auditProjection(
  operator: Operator,
  target: Target,
  repair: boolean,
): Promise<ProjectionReport> {
  const { subgraph, projection, topic, owner } = target;
  const check = (snapshots: Snapshot[], range: object) =>
    operator.post<{ compared: number; suspects: Suspect[] }>(subgraph, 'audit', {
      projection,
      snapshots,
      range,
    });
  const ownersWord = (ids: string[]) =>
    operator.get<Snapshot[]>(owner, 'snapshots', { topic, ids: ids.join(',') });

  let compared = 0;
  let suspects = new Map<string, Suspect>();
  for (let afterId: string | undefined = FIRST_ID; afterId !== undefined;) {
    const snapshots: Snapshot[] = await operator.get(owner, 'snapshots', { topic, afterId });
    const uptoId = snapshots.at(-1)?.id;
    const page = await check(snapshots, { afterId, ...(uptoId && { uptoId }) });
    compared += page.compared;
    for (const suspect of page.suspects) suspects.set(suspect.id, suspect);
    afterId = uptoId;
  }
  for (let round = 0; round < ROUNDS && suspects.size > 0; round++) {
    await sleep(ROUND_MS);
    const still = new Map<string, Suspect>();
    for (const ids of chunks([...suspects.keys()])) {
      const snapshots = await ownersWord(ids);
      for (const id of ids) {
        const before = idBefore(id);
        const own = snapshots.filter(snapshot => snapshot.id === id);
        const { suspects: again } = await check(own, { afterId: before, uptoId: id });
        for (const suspect of again) still.set(suspect.id, suspect);
      }
    }
    suspects = still;
  }

  const differing = [...suspects.keys()];
  let repaired = 0;
  if (repair) {
    for (const ids of chunks(differing)) {
      const snapshots = await ownersWord(ids);
      const present = new Set(snapshots.map(({ id }) => id));
      await operator.post(subgraph, 'repair', {
        projection,
        snapshots,
        gone: ids.filter(id => !present.has(id)),
      });
      repaired += ids.length;
    }
  }
  const totals = await operator.post<string[]>(subgraph, 'audit-totals', { projection, repair });
  if (repair) repaired += totals.length;
  return {
    ...{ subgraph, projection, topic, compared, repaired },
    differing: [...new Set([...differing, ...totals])],
    examples: [...suspects.values()].slice(0, EXAMPLES_MAX),
  };
}

function* chunks(ids: string[]): Generator<string[]> {
  for (let start = 0; start < ids.length; start += 200) yield ids.slice(start, start + 200);
}

/** The greatest uuid below another: the range behind it, up to the other, holds the other alone. */
function idBefore(id: string): string {
  const number = BigInt(`0x${id.replaceAll('-', '')}`) - 1n;
  const hex = number.toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
