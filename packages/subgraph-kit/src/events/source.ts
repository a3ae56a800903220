import type { Aggregate, AggregateState } from '@gamegraph/event-bus';
import {
  type EntityManager,
  type EntityName,
  type FilterQuery,
  IsolationLevel,
  raw,
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

/** One that its owner does not have, or has no more. */
export interface Absent {
  id: string;
  version: number;
  state: null;
}

/** Which aggregates: a page in the order of ids, those with given ids, or so many at random. */
export type Selection = { afterId: string; limit: number } | { ids: string[] } | { sample: number };

/** How the owner of an aggregate tells its state, apart from events: for audits and repairs of its copies. */
export interface Source {
  aggregate: Aggregate;
  /** Whether it is somebody's own business when it changes: told to whose uuid it has, and to analysts. */
  isPersonal: boolean;
  select(em: EntityManager, selection: Selection): Promise<AggregateState[]>;
}

export interface SourceOptions<Entity, State> {
  stateOf(one: Entity): State;
  /** Which rows are announced at all. */
  where?: object;
  populate?: string[];
  isPersonal?: boolean;
}

/** The source behind an entity that has a uuid as its `id`, and a method that tells the state it announces. */
export function defineSource<Entity extends { id: string }, State extends AggregateState>(
  aggregate: Aggregate<State>,
  entity: EntityName<Entity>,
  { stateOf, where = {}, populate = [], isPersonal = false }: SourceOptions<Entity, State>,
): Source {
  return {
    aggregate,
    isPersonal,
    async select(em, selection) {
      if ('sample' in selection) {
        const chosen = await em.find(entity, where, {
          fields: ['id'] as never,
          orderBy: { [raw('random()')]: 'asc' } as never,
          limit: selection.sample,
          disableIdentityMap: true,
        });
        return this.select(em, { ids: chosen.map(({ id }) => id) });
      }
      const range = 'ids' in selection ? { $in: selection.ids } : { $gt: selection.afterId };
      const which = { $and: [{ id: range }, where] } as FilterQuery<NoInfer<Entity>>;
      const orderBy = { id: 'asc' } as never;
      const limit = 'limit' in selection && { limit: selection.limit };
      const found =
        populate.length > 0
          ? await em.find(entity, which, { orderBy, populate: populate as never, ...limit })
          : await readUnwatched(em, entity, which, { orderBy, ...limit });
      return found.map(one => stateOf(one));
    },
  };
}

/**
 * As `em.find`, for what will not be changed: entities that the ORM neither keeps nor watches. With both, reading a
 * page costs twice the CPU.
 */
async function readUnwatched<Entity extends object>(
  em: EntityManager,
  entity: EntityName<Entity>,
  where: FilterQuery<NoInfer<Entity>>,
  options: { orderBy: never; limit?: number },
): Promise<Entity[]> {
  const meta = em.getMetadata(entity);
  const rows = await em
    .getDriver()
    .find(meta.class, where as never, { ...options, ctx: em.getTransactionContext() });
  const hydrator = em.config.getHydrator(em.getMetadata());
  // What the ORM would watch it has put setters for on the prototype: plain properties hide them.
  const watched = Object.entries(Object.getOwnPropertyDescriptors(meta.prototype)).filter(
    ([, { get, set }]) => set && !get,
  );
  const plain = { configurable: true, enumerable: true, writable: true, value: undefined };
  const prototype = Object.create(
    meta.prototype,
    Object.fromEntries(watched.map(([name]) => [name, plain])),
  ) as Entity;
  return rows.map(row => {
    const one = Object.create(prototype) as Entity;
    hydrator.hydrate(one, meta, row, em.getEntityFactory(), 'full', false, true);
    return one;
  });
}

/** Every event of this subgraph, published or not: each is in one of the two. */
export const TOLD = sql`
  SELECT id, type, aggregatetype, aggregateid, version, created_at FROM events.outbox UNION ALL
  SELECT id, type, aggregatetype, aggregateid, version, created_at FROM events.outbox_archive`;

/** The earliest of these events, each of which is a version of an aggregate; undefined when there is none of them. */
export async function readFirstEvent(
  em: EntityManager,
  topic: string,
  positions: { id: string; version: number }[],
): Promise<object | undefined> {
  const [event] = await query<object>(
    em,
    sql`WITH wanted AS (
          SELECT * FROM jsonb_to_recordset(${JSON.stringify(positions)}) AS w(id text, version bigint)
        ), told AS (${TOLD})
        SELECT told.id, type, aggregateid AS "aggregateId", told.version::int AS version, created_at AS at
        FROM wanted JOIN told ON (aggregatetype, aggregateid, told.version) = (${topic}, wanted.id, wanted.version)
        ORDER BY created_at, told.id LIMIT 1`,
  );
  return event;
}

/** The states and the versions that belong to them, from one moment of the database. */
export async function readSnapshots(
  em: EntityManager,
  source: Source,
  selection: Selection,
): Promise<Snapshot[]> {
  const found = await readSelection(em, source, selection);
  return found.filter(one => one.state !== null);
}

/** The same; of those with given ids also what is not there. */
export function readSelection(
  em: EntityManager,
  source: Source,
  selection: Selection,
): Promise<(Snapshot | Absent)[]> {
  return em.fork().transactional(
    async tx => {
      const states = await source.select(tx, selection);
      const present = new Map(states.map(state => [state.id, source.aggregate.state.parse(state)]));
      const ids = 'ids' in selection ? selection.ids : [...present.keys()];
      const heads = await query<{ aggregateid: string; version: string }>(
        tx,
        sql`SELECT aggregateid, version FROM events.outbox_head
            WHERE aggregatetype = ${source.aggregate.topic} AND aggregateid = ANY(${ids})`,
      );
      const versions = new Map(
        heads.map(({ aggregateid, version }) => [aggregateid, Number(version)]),
      );
      return ids.map(id => ({
        id,
        version: versions.get(id) ?? 0,
        state: present.get(id) ?? null,
      }));
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}

/** A page of an owner's aggregates, with when each came to be as it is; null where no event says so. */
export async function readDatedPage(
  em: EntityManager,
  source: Source,
  selection: Selection,
): Promise<(Snapshot & { at: string | null })[]> {
  const page = await readSnapshots(em, source, selection);
  const last = page.map(({ id, version }) => ({ id, version }));
  const told = await query<{ id: string; at: Date | string }>(
    em,
    sql`WITH told AS (${TOLD})
        SELECT last.id, created_at AS at
        FROM jsonb_to_recordset(${JSON.stringify(last)}) AS last(id text, version bigint)
        JOIN told ON (aggregatetype, aggregateid, told.version) = (${source.aggregate.topic}, last.id, last.version)`,
  );
  const times = new Map(told.map(({ id, at }) => [id, new Date(at).toISOString()]));
  return page.map(snapshot => ({ ...snapshot, at: times.get(snapshot.id) ?? null }));
}
