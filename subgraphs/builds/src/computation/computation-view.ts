import { type Announcement, loaderOf, notFound, query, tryUuidOf } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { loadVisible } from '../build/build.entity.js';
import type { BuildsContext } from '../context.js';
import { topicOf } from './computation-runner.js';
import {
  type Computation,
  type ComputationRow,
  ComputationState,
  computationTypes,
  typeOfKind,
} from './computation.type.js';

const HAS_ENDED: Record<ComputationState, boolean> = {
  [ComputationState.QUEUED]: false,
  [ComputationState.RUNNING]: false,
  [ComputationState.DONE]: true,
  [ComputationState.CANCELLED]: true,
  [ComputationState.FAILED]: true,
};

/** The computation with this id, or null when there is none that the viewer may see. */
export async function loadComputation(
  context: BuildsContext,
  id: string,
): Promise<Computation | null> {
  const { em, viewer } = context;
  const loader = loaderOf<string, (ComputationRow & { askers: string[] }) | null>(
    em,
    'computation',
    async ids => {
      const rows = await query<ComputationRow & { askers: string[] }>(
        em,
        sql`SELECT id, kind, game_data_id, build_ids, state, question, progress, problem, queued_at, started_at, finished_at,
              ARRAY(SELECT user_id FROM computation_ask WHERE computation_id = id AND user_id = ${viewer?.userId ?? null}) AS askers
            FROM computation WHERE id = ANY(${[...new Set(ids)]}::uuid[])`,
      );
      const byId = new Map(rows.map(row => [row.id, row]));
      return ids.map(wanted => byId.get(wanted) ?? null);
    },
  );
  const row = await loader.load(id);
  const Type = row && typeOfKind(row.kind);
  if (!Type) return null;
  if (row.build_ids.length === 0) return row.askers.length > 0 ? new Type(row) : null;
  const builds = await Promise.all(row.build_ids.map(buildId => loadVisible(context, buildId)));
  return builds.includes(null) ? null : new Type(row);
}

/** @throws GraphError NOT_FOUND when there is none that the viewer may see */
export async function requireComputation(context: BuildsContext, id: string): Promise<Computation> {
  const computation = await loadComputation(context, id);
  if (!computation) throw notFound('Computation');
  return computation;
}

/** The uuid within the global id of a computation of any kind. @throws GraphError NOT_FOUND */
export function uuidOfComputation(id: string): string {
  for (const name of computationTypes()) {
    const uuid = tryUuidOf(name, id);
    if (uuid !== undefined) return uuid;
  }
  throw notFound('Computation');
}

/**
 * For a subscription: the computation as it is, then at each report, for as long as the viewer may see it and it has not
 * ended.
 *
 * @throws GraphError NOT_FOUND
 */
export async function watchComputation(
  context: BuildsContext,
  id: string,
): Promise<AsyncIterableIterator<Announcement, undefined>> {
  let hasEnded = false;
  const look = async (): Promise<boolean> => {
    const computation = await loadComputation({ ...context, em: context.em.fork() }, id);
    hasEnded = computation !== null && HAS_ENDED[computation.state];
    return computation !== null;
  };
  const reports = context.live.subscribe([topicOf(id)], look);
  if (!(await look())) {
    await reports.return!();
    throw notFound('Computation');
  }
  let first: Announcement | undefined = { topic: topicOf(id), id };
  const end = () => reports.return!();
  const next = async (): Promise<IteratorResult<Announcement, undefined>> => {
    const value = first;
    first = undefined;
    if (value) return { value, done: false };
    return hasEnded ? end() : reports.next();
  };
  const iterator = { next, return: end, throw: end, [Symbol.asyncIterator]: () => iterator };
  return iterator;
}
