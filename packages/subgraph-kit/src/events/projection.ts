import type { Aggregate, AggregateState } from '@gamegraph/event-bus';
import { PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { EntityManager, EntityName } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { execute, query } from '../store/sql.js';
import { transact } from '../store/transact.js';
import type { Consumer } from './consumer.js';
import type { Snapshot } from './source.js';

/** A read field, or a table of them, that events keep equal to what another subgraph owns. */
export interface Projection {
  consumer: Consumer;
  aggregate: Aggregate;
  /** Compares what is kept of these aggregates, and of any other between two ids, with the owner's word. */
  audit(em: EntityManager, snapshots: Snapshot[], range: IdRange): Promise<AuditedPage>;
  /** Makes what is kept of these aggregates equal to the owner's word, and forgets `gone` ones. */
  repair(em: EntityManager, snapshots: Snapshot[], gone: string[]): Promise<void>;
  /** Compares, or repairs, what is derived from all aggregates together. Returns the ids that differed. */
  auditTotals(em: EntityManager, repair: boolean): Promise<string[]>;
}

/** Ids `> afterId`, and `<= uptoId` where that is given. */
export interface IdRange {
  afterId: string;
  uptoId?: string;
}

export interface AuditedPage {
  compared: number;
  /** Those that are not as the owner says; perhaps only because an event is still under way. */
  suspects: Suspect[];
}

export interface Suspect {
  id: string;
  owner: unknown;
  copy: unknown;
  /** The version up to which the consumer has come; compare it with the snapshot's. */
  copyVersion: number;
}

/** What every copied row says of its origin. */
export abstract class Copy {
  /** The aggregate's id at its owner. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Which version of its owner this shows. */
  @Property({ type: 'bigint' })
  sourceVersion!: string;

  /** Since when its owner has been so. */
  @Property({ type: 'datetime' })
  sourceAt!: Date;
}

const BOOKKEEPING = ['source_version', 'source_at'];

/**
 * A table with one row for each of another subgraph's aggregates: the columns that this subgraph filters, sorts,
 * searches or joins by. `columns` maps the announced state to the entity's properties; null means that no row is kept.
 */
export function defineCopy<State extends AggregateState, Entity extends Copy>(definition: {
  name: string;
  of: Aggregate<State>;
  into: EntityName<Entity>;
  columns(state: State): Partial<Omit<Entity, keyof Copy>> | null;
}): Projection {
  const rowOf = (em: EntityManager, snapshot: Snapshot, at?: Date) => {
    const columns = definition.columns(snapshot.state as State);
    if (!columns) return undefined;
    const { properties } = em.getMetadata(definition.into);
    const named = Object.entries(columns).map(([name, value]) => [
      (properties as Record<string, { fieldNames: string[] }>)[name]!.fieldNames[0]!,
      value,
    ]);
    const origin = { source_version: snapshot.version, ...(at && { source_at: at }) };
    return { id: snapshot.id, ...Object.fromEntries(named), ...origin } as Record<string, unknown>;
  };
  const table = (em: EntityManager) => sql.table(em.getMetadata(definition.into).tableName);

  const keep = async (em: EntityManager, snapshot: Snapshot, at: Date) => {
    const row = rowOf(em, snapshot, at);
    if (!row) return remove(em, [snapshot.id]);
    const columns = Object.keys(row).map(name => sql.ref(name));
    await query(
      em,
      // An older version comes only when the projection is being rebuilt: it must not show through.
      sql`INSERT INTO ${table(em)} AS kept (${sql.join(columns)})
          SELECT ${sql.join(columns)} FROM jsonb_populate_record(NULL::${table(em)}, ${JSON.stringify(row)})
          ON CONFLICT (id) DO UPDATE SET (${sql.join(columns)}) = (SELECT ${sql.join(columns.map(name => sql`excluded.${name}`))})
          WHERE kept.source_version <= excluded.source_version`,
    );
  };
  const remove = (em: EntityManager, ids: string[]) =>
    query(em, sql`DELETE FROM ${table(em)} WHERE id = ANY(${ids}::uuid[])`);

  return {
    aggregate: definition.of,
    consumer: followState(definition.name, definition.of, {
      keep,
      remove: (em, id) => remove(em, [id]),
    }),
    async audit(em, snapshots, range) {
      const expected = snapshots
        .map(snapshot => rowOf(em, snapshot))
        .filter(row => row !== undefined);
      const compared = Object.keys(expected[0] ?? {}).filter(name => !BOOKKEEPING.includes(name));
      const record = (alias: string) =>
        compared.length === 0
          ? sql`${sql.ref(alias)}.id`
          : sql`(${sql.join(compared.map(name => sql.ref(`${alias}.${name}`)))})`;
      const rows = await query<{ id: string; owner: unknown; copy: unknown }>(
        em,
        sql`WITH owner AS (SELECT * FROM jsonb_populate_recordset(NULL::${table(em)}, ${JSON.stringify(expected)})),
                 copy AS (SELECT * FROM ${table(em)} WHERE ${within(sql.ref('id'), range)})
            SELECT id, to_jsonb(owner) AS owner, to_jsonb(copy) AS copy FROM owner FULL JOIN copy USING (id)
            WHERE owner.id IS NULL OR copy.id IS NULL OR ${record('owner')} IS DISTINCT FROM ${record('copy')}`,
      );
      return {
        compared: snapshots.length,
        suspects: await withPositions(em, definition.name, definition.of.topic, rows),
      };
    },
    async repair(em, snapshots, gone) {
      await transact(em, async tx => {
        for (const snapshot of snapshots) {
          await remove(tx, [snapshot.id]); // whatever version it claims to have
          await keep(tx, snapshot, new Date());
          await setPosition(tx, definition.name, definition.of.topic, snapshot);
        }
        await remove(tx, gone);
      });
    },
    auditTotals: async () => [],
  };
}

/**
 * A count of another subgraph's aggregates in a column of an entity of ours. `key` says which of our rows counts an
 * aggregate in that state, if any. What was counted is kept for each aggregate, so the count never counts twice.
 */
export function defineCounter<
  State extends AggregateState,
  Entity extends { id: string },
>(definition: {
  name: string;
  of: Aggregate<State>;
  into: EntityName<Entity>;
  column: keyof Entity & string;
  key(state: State): string | null;
}): Projection {
  const { name } = definition;
  const target = (em: EntityManager) => {
    const { tableName, properties } = em.getMetadata(definition.into);
    const [column] = (properties as Record<string, { fieldNames: string[] }>)[definition.column]!
      .fieldNames;
    return { table: sql.table(tableName), column: sql.ref(column!) };
  };
  const add = async (em: EntityManager, key: string | null, change: 1 | -1) => {
    const { table, column } = target(em);
    if (key)
      await execute(
        em,
        sql`UPDATE ${table} SET ${column} = ${column} + ${change} WHERE id = ${key}`,
      );
  };
  const count = async (em: EntityManager, id: string, version: number, key: string | null) => {
    const [before] = await query<{ key: string | null; version: string }>(
      em,
      sql`SELECT key, version FROM events.counted WHERE (projection, aggregateid) = (${name}, ${id}) FOR UPDATE`,
    );
    if (before && Number(before.version) > version) return; // a rebuild tells an old story
    await execute(
      em,
      sql`INSERT INTO events.counted VALUES (${name}, ${id}, ${key}, ${version})
          ON CONFLICT (projection, aggregateid) DO UPDATE SET key = excluded.key, version = excluded.version`,
    );
    if (before?.key === key) return;
    await add(em, before?.key ?? null, -1);
    await add(em, key, 1);
  };

  return {
    aggregate: definition.of,
    consumer: followState(name, definition.of, {
      keep: (em, { id, version, state }) => count(em, id, version, definition.key(state as State)),
      remove: (em, id, version) => count(em, id, version, null),
    }),
    async audit(em, snapshots, range) {
      const expected = snapshots.map(({ id, state }) => ({
        id,
        key: definition.key(state as State),
      }));
      const rows = await query<{ id: string; owner: string | null; copy: string | null }>(
        em,
        sql`WITH owner AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(expected)}) AS o(id text, key uuid)),
                 copy AS (SELECT aggregateid AS id, key FROM events.counted
                          WHERE projection = ${name} AND ${within(sql`aggregateid::uuid`, range)})
            SELECT id, owner.key AS owner, copy.key AS copy FROM owner FULL JOIN copy USING (id)
            WHERE owner.key IS DISTINCT FROM copy.key`,
      );
      return {
        compared: snapshots.length,
        suspects: await withPositions(em, name, definition.of.topic, rows),
      };
    },
    async repair(em, snapshots, gone) {
      await transact(em, async tx => {
        for (const snapshot of snapshots) {
          await execute(
            tx,
            sql`UPDATE events.counted SET version = 0
                                WHERE (projection, aggregateid) = (${name}, ${snapshot.id})`,
          );
          await count(tx, snapshot.id, snapshot.version, definition.key(snapshot.state as State));
          await setPosition(tx, name, definition.of.topic, snapshot);
        }
        for (const id of gone) {
          await execute(
            tx,
            sql`UPDATE events.counted SET version = 0 WHERE (projection, aggregateid) = (${name}, ${id})`,
          );
          await count(tx, id, 0, null);
        }
      });
    },
    async auditTotals(em, repair) {
      const { table, column } = target(em);
      const counted = sql`(SELECT count(*) FROM events.counted c WHERE c.projection = ${name} AND c.key = t.id)`;
      const rows = await query<{ id: string }>(
        em,
        sql`SELECT t.id FROM ${table} t WHERE t.${column} <> ${counted}`,
      );
      if (repair)
        await execute(
          em,
          sql`UPDATE ${table} t SET ${column} = ${counted} WHERE t.${column} <> ${counted}`,
        );
      return rows.map(({ id }) => id);
    },
  };
}

/** A consumer that wants an aggregate's newest state, by whatever event it comes. */
function followState(
  name: string,
  aggregate: Aggregate,
  effects: {
    keep(em: EntityManager, snapshot: Snapshot, at: Date): Promise<unknown>;
    remove(em: EntityManager, id: string, version: number): Promise<unknown>;
  },
): Consumer {
  const handlers = aggregate.events.map(event => ({
    event,
    handle: (
      state: AggregateState,
      { em, envelope, at }: { em: EntityManager; envelope: { version: number }; at: Date },
    ) =>
      event.endsAggregate
        ? effects.remove(em, state.id, envelope.version)
        : effects.keep(em, { id: state.id, version: envelope.version, state }, at),
  }));
  return {
    name,
    topics: [aggregate.topic],
    handlers: new Map(handlers.map(handler => [handler.event.type, handler])),
  };
}

function within(id: RawBuilder<unknown>, { afterId, uptoId }: IdRange): RawBuilder<unknown> {
  return uptoId === undefined
    ? sql`${id} > ${afterId}::uuid`
    : sql`${id} > ${afterId}::uuid AND ${id} <= ${uptoId}::uuid`;
}

async function withPositions(
  em: EntityManager,
  consumer: string,
  topic: string,
  rows: { id: string; owner: unknown; copy: unknown }[],
): Promise<Suspect[]> {
  if (rows.length === 0) return [];
  const heads = await query<{ aggregateid: string; version: string }>(
    em,
    sql`SELECT aggregateid, version FROM events.inbox_head
        WHERE (consumer, aggregatetype) = (${consumer}, ${topic}) AND aggregateid = ANY(${rows.map(({ id }) => id)})`,
  );
  const versions = new Map(heads.map(({ aggregateid, version }) => [aggregateid, Number(version)]));
  return rows.map(row => ({ ...row, copyVersion: versions.get(row.id) ?? 0 }));
}

/** After a repair, events up to the snapshot's version have had their effect. */
async function setPosition(
  em: EntityManager,
  consumer: string,
  topic: string,
  snapshot: Snapshot,
): Promise<void> {
  if (snapshot.version === 0) return;
  await execute(
    em,
    sql`INSERT INTO events.inbox_head AS head VALUES (${consumer}, ${topic}, ${snapshot.id}, ${snapshot.version})
        ON CONFLICT (consumer, aggregatetype, aggregateid)
        DO UPDATE SET version = greatest(head.version, excluded.version)`,
  );
  await execute(
    em,
    sql`DELETE FROM events.inbox_parked WHERE (consumer, aggregatetype, aggregateid) = (${consumer}, ${topic}, ${snapshot.id})
        AND version <= ${snapshot.version}`,
  );
}
