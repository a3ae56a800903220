import type { Aggregate, AggregateState } from '@gamegraph/event-bus';
import type { EntityManager, EntityName } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { execute, query } from '../store/sql.js';
import { transact } from '../store/transact.js';
import {
  type Difference,
  followState,
  type Projection,
  setPosition,
  within,
  withPositions,
} from './projection.js';

/**
 * A count of another subgraph's aggregates in a column of an entity of ours. `keys` says which of our rows count an
 * aggregate that is in this state. What was counted is kept for each aggregate, so that none is ever counted twice.
 */
export function defineCounter<
  State extends AggregateState,
  Entity extends { id: string },
>(definition: {
  name: string;
  of: Aggregate<State>;
  into: EntityName<Entity>;
  column: keyof Entity & string;
  keys(state: State): string[];
}): Projection {
  const { name, of: aggregate } = definition;
  const keysOf = (state: AggregateState) => definition.keys(state as State).toSorted();
  const target = (em: EntityManager) => {
    const { tableName, properties } = em.getMetadata(definition.into);
    const { fieldNames } = (properties as Record<string, { fieldNames: string[] }>)[
      definition.column
    ]!;
    return { table: sql.table(tableName), column: sql.ref(fieldNames[0]!) };
  };

  const count = async (em: EntityManager, id: string, version: number, keys: string[]) => {
    const [before] = await query<{ keys: string[]; version: string }>(
      em,
      sql`SELECT keys, version FROM events.counted
          WHERE (projection, aggregateid) = (${name}, ${id}) FOR UPDATE`,
    );
    if (before && Number(before.version) > version) return; // a rebuild tells an old story
    await execute(
      em,
      sql`INSERT INTO events.counted VALUES (${name}, ${id}, ${keys}, ${version})
          ON CONFLICT (projection, aggregateid)
          DO UPDATE SET keys = excluded.keys, version = excluded.version`,
    );
    const counted = before?.keys ?? [];
    const changes = [
      ...keys.filter(key => !counted.includes(key)).map(key => ({ key, change: 1 })),
      ...counted.filter(key => !keys.includes(key)).map(key => ({ key, change: -1 })),
    ];
    const { table, column } = target(em);
    for (const { key, change } of changes.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      await execute(
        em,
        sql`UPDATE ${table} SET ${column} = ${column} + ${change} WHERE id = ${key}`,
      );
    }
  };
  const forget = (em: EntityManager, id: string) =>
    execute(
      em,
      sql`UPDATE events.counted SET version = 0 WHERE (projection, aggregateid) = (${name}, ${id})`,
    );

  /** Totals that are not what is counted. */
  const truth = (em: EntityManager) => {
    const { table, column } = target(em);
    return sql`(
      SELECT t.id, t.${column} AS copy, coalesce(c.count, 0)::int AS owner FROM ${table} AS t LEFT JOIN (
        SELECT key, count(*) FROM events.counted, unnest(keys) AS key
        WHERE projection = ${name} GROUP BY key
      ) AS c ON c.key = t.id WHERE t.${column} <> coalesce(c.count, 0))`;
  };
  const mendTotals = (tx: EntityManager) => {
    const { table, column } = target(tx);
    return query<Difference>(
      tx,
      sql`UPDATE ${table} AS counting SET ${column} = truth.owner FROM ${truth(tx)} AS truth
          WHERE counting.id = truth.id RETURNING truth.*`,
    );
  };

  return {
    aggregate,
    consumer: followState(name, aggregate, async (em, changes) => {
      const counts = changes.map(change => ({
        ...change,
        keys: change.state ? keysOf(change.state) : [],
      }));
      const newest = new Map(counts.map(one => [one.id, one]));
      for (const { id, version, keys } of newest.values()) await count(em, id, version, keys);
    }),
    async audit(em, snapshots, range) {
      const expected = snapshots.map(({ id, state }) => ({ id, keys: keysOf(state) }));
      const rows = await query<{ id: string; owner: string[] | null; copy: string[] | null }>(
        em,
        sql`WITH owner AS (
              SELECT * FROM jsonb_to_recordset(${JSON.stringify(expected)}) AS o(id text, keys uuid[])
            ), copy AS (
              SELECT aggregateid AS id, keys FROM events.counted
              WHERE projection = ${name} AND ${within(sql`aggregateid::uuid`, range)}
            )
            SELECT id, owner.keys AS owner, copy.keys AS copy FROM owner FULL JOIN copy USING (id)
            WHERE coalesce(owner.keys, '{}') IS DISTINCT FROM coalesce(copy.keys, '{}')`,
      );
      return {
        compared: snapshots.length,
        suspects: await withPositions(em, name, aggregate.topic, rows),
      };
    },
    async repair(em, snapshots, gone) {
      await transact(em, async tx => {
        for (const snapshot of snapshots) {
          if (!(await setPosition(tx, name, aggregate.topic, snapshot))) continue;
          await forget(tx, snapshot.id);
          await count(tx, snapshot.id, snapshot.version, keysOf(snapshot.state));
        }
        for (const id of gone) {
          await forget(tx, id);
          await count(tx, id, 0, []);
        }
      });
    },
    async auditTotals(em, repair) {
      const rows = await query<Difference>(em, sql`SELECT * FROM ${truth(em)} AS truth`);
      if (!repair || rows.length === 0) return rows;
      return transact(em, async tx => {
        // Whoever counts is done with its row's total, or has not begun: counting touches this table first.
        await execute(tx, sql`LOCK TABLE events.counted IN SHARE ROW EXCLUSIVE MODE`);
        return mendTotals(tx);
      });
    },
    shadow: (_, { state }) => ({ keys: keysOf(state) }),
    async swap(tx) {
      const ofShadow = sql`events.shadow AS s WHERE s.projection = ${name}`;
      const emptied = await execute(
        tx,
        sql`UPDATE events.counted AS c SET keys = '{}' WHERE projection = ${name} AND keys <> '{}' AND NOT EXISTS (
              SELECT FROM ${ofShadow} AND s.aggregateid = c.aggregateid::uuid)`,
      );
      const written = await execute(
        tx,
        sql`INSERT INTO events.counted AS c
            SELECT ${name}, s.aggregateid::text,
              array(SELECT jsonb_array_elements_text(s.kept->'keys')::uuid), s.version
            FROM ${ofShadow} AND s.error IS NULL
            ON CONFLICT (projection, aggregateid) DO UPDATE SET keys = excluded.keys, version = excluded.version
            WHERE (c.keys, c.version) IS DISTINCT FROM (excluded.keys, excluded.version)`,
      );
      return emptied + written + (await mendTotals(tx)).length;
    },
  };
}
