import type { Aggregate, AggregateState } from '@gamegraph/event-bus';
import { PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { EntityManager, EntityName } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { execute, query } from '../store/sql.js';
import { transact } from '../store/transact.js';
import {
  type Change,
  type Difference,
  followState,
  type Projection,
  setPosition,
  within,
  withPositions,
} from './projection.js';
import type { Snapshot } from './source.js';

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
  const rowOf = (em: EntityManager, snapshot: Snapshot | Change, at?: Date) => {
    const columns = snapshot.state && definition.columns(snapshot.state as State);
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

  const keep = async (em: EntityManager, changes: Change[]) => {
    // Of each the last, though none may be such that no row could be made of it.
    const rows = new Map(changes.map(change => [change.id, rowOf(em, change, change.at)]));
    const kept = [...rows.values()].filter(row => row !== undefined);
    const gone = [...rows.keys()].filter(id => !rows.get(id));
    if (gone.length > 0) await remove(em, gone);
    if (kept.length === 0) return;
    const columns = Object.keys(kept[0]!).map(name => sql.ref(name));
    await query(
      em,
      // An older version comes only when the projection is being rebuilt: it must not show through.
      sql`INSERT INTO ${table(em)} AS kept (${sql.join(columns)})
          SELECT ${sql.join(columns)} FROM jsonb_populate_recordset(NULL::${table(em)}, ${JSON.stringify(kept)})
          ORDER BY id -- so that two that keep the same do not wait for each other
          ON CONFLICT (id) DO UPDATE SET (${sql.join(columns)}) = (SELECT ${sql.join(columns.map(name => sql`excluded.${name}`))})
          WHERE kept.source_version <= excluded.source_version`,
    );
  };
  const remove = (em: EntityManager, ids: string[]) =>
    query(em, sql`DELETE FROM ${table(em)} WHERE id = ANY(${ids}::uuid[])`);

  return {
    aggregate: definition.of,
    consumer: followState(definition.name, definition.of, keep),
    async audit(em, snapshots, range) {
      const expected = snapshots
        .map(snapshot => rowOf(em, snapshot))
        .filter(row => row !== undefined);
      const compared = Object.keys(expected[0] ?? {}).filter(name => !BOOKKEEPING.includes(name));
      const record = (alias: string) =>
        compared.length === 0
          ? sql`${sql.ref(alias)}.id`
          : sql`(${sql.join(compared.map(name => sql.ref(`${alias}.${name}`)))})`;
      const rows = await query<Difference>(
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
          if (!(await setPosition(tx, definition.name, definition.of.topic, snapshot))) continue;
          await remove(tx, [snapshot.id]); // whatever version it claims to have
          await keep(tx, [{ ...snapshot, at: new Date() }]);
        }
        await remove(tx, gone);
      });
    },
    auditTotals: async () => [],
    shadow: (em, snapshot, at) => rowOf(em, snapshot, at) ?? null,
    async swap(tx) {
      const ofShadow = sql`events.shadow AS s WHERE s.projection = ${definition.name}`;
      const removed = await execute(
        tx,
        // What could not be made anew stays as it is.
        sql`DELETE FROM ${table(tx)} AS kept WHERE NOT EXISTS (
              SELECT FROM ${ofShadow} AND s.aggregateid = kept.id AND (s.kept IS NOT NULL OR s.error IS NOT NULL))`,
      );
      const [example] = await query<{ names: string[] }>(
        tx,
        sql`SELECT array(SELECT jsonb_object_keys(s.kept)) AS names FROM ${ofShadow} AND s.kept IS NOT NULL LIMIT 1`,
      );
      if (!example) return removed;
      const listOf = (alias: string, names: string[]) =>
        sql.join(names.map(name => sql.ref(alias + name)));
      const shown = example.names.filter(name => name !== 'source_at');
      const written = await execute(
        tx,
        sql`INSERT INTO ${table(tx)} AS kept (${listOf('', example.names)})
            SELECT ${listOf('row.', example.names)}
            FROM events.shadow AS s CROSS JOIN LATERAL jsonb_populate_record(NULL::${table(tx)}, s.kept) AS row
            WHERE s.projection = ${definition.name} AND s.kept IS NOT NULL
            ON CONFLICT (id) DO UPDATE
            SET (${listOf('', example.names)}) = ROW(${listOf('excluded.', example.names)})
            WHERE (${listOf('kept.', shown)}) IS DISTINCT FROM (${listOf('excluded.', shown)})`,
      );
      return removed + written;
    },
  };
}
