import type { Aggregate, AggregateState } from '@gamegraph/event-bus';
import {
  type EntityManager,
  type EntityName,
  type FilterQuery,
  IsolationLevel,
} from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { query } from '../store/sql.js';

/** One aggregate as its owner knows it now. */
export interface Snapshot {
  id: string;
  /** Of its last event: 0 when it never had one. */
  version: number;
  state: AggregateState;
}

/** Which aggregates: a page in the order of ids, or those with given ids. */
export type Selection = { afterId: string; limit: number } | { ids: string[] };

/** How the owner of an aggregate tells its state, apart from events: for audits and repairs of its copies. */
export interface Source {
  aggregate: Aggregate;
  select(em: EntityManager, selection: Selection): Promise<AggregateState[]>;
}

export interface SourceOptions<Entity, State> {
  stateOf(one: Entity): State;
  /** Which rows are announced at all. */
  where?: object;
  populate?: string[];
}

/** The source behind an entity that has a uuid as its `id`, and a method that tells the state it announces. */
export function defineSource<Entity extends { id: string }, State extends AggregateState>(
  aggregate: Aggregate<State>,
  entity: EntityName<Entity>,
  { stateOf, where = {}, populate = [] }: SourceOptions<Entity, State>,
): Source {
  return {
    aggregate: aggregate,
    async select(em, selection) {
      const range = 'ids' in selection ? { $in: selection.ids } : { $gt: selection.afterId };
      const found = await em.find(
        entity,
        { $and: [{ id: range }, where] } as FilterQuery<NoInfer<Entity>>,
        {
          orderBy: { id: 'asc' } as never,
          populate: populate as never,
          ...('limit' in selection && { limit: selection.limit }),
        },
      );
      return found.map(one => stateOf(one as Entity));
    },
  };
}

/** The states and the versions that belong to them, from one moment of the database. */
export function readSnapshots(
  em: EntityManager,
  source: Source,
  selection: Selection,
): Promise<Snapshot[]> {
  return em.fork().transactional(
    async tx => {
      const states = await source.select(tx, selection);
      const heads = await query<{ aggregateid: string; version: string }>(
        tx,
        sql`SELECT aggregateid, version FROM events.outbox_head
            WHERE aggregatetype = ${source.aggregate.topic} AND aggregateid = ANY(${states.map(({ id }) => id)})`,
      );
      const versions = new Map(
        heads.map(({ aggregateid, version }) => [aggregateid, Number(version)]),
      );
      return states.map(state => ({
        id: state.id,
        version: versions.get(state.id) ?? 0,
        state: source.aggregate.state.parse(state),
      }));
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}
