import { decode, encode, type Envelope, type Message } from '@gamegraph/event-bus';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { execute, query } from '../store/sql.js';
import type { DeadLetterKind } from './dead-letters.js';
import type { Positions, Run } from './succession.js';

/** A consumer's positions in the tables of its subgraph, by the transaction of `em`. */
export class SqlPositions implements Positions {
  constructor(
    private readonly em: EntityManager,
    private readonly consumer: string,
  ) {}

  async advance(event: Envelope): Promise<{ parked: boolean } | undefined> {
    const key = this.#keyOf(event);
    const parked = sql`EXISTS (SELECT 1 FROM events.inbox_parked
                               WHERE (consumer, aggregatetype, aggregateid) = ${key}) AS parked`;
    const [moved] = await query<{ parked: boolean }>(
      this.em,
      event.version === 1
        ? sql`INSERT INTO events.inbox_head (consumer, aggregatetype, aggregateid, version)
              VALUES (${this.consumer}, ${event.topic}, ${event.subject}, 1) ON CONFLICT DO NOTHING
              RETURNING ${parked}`
        : sql`UPDATE events.inbox_head SET version = ${event.version}
              WHERE (consumer, aggregatetype, aggregateid) = ${key} AND version = ${event.version - 1}
              RETURNING ${parked}`,
    );
    return moved;
  }

  async head(event: Envelope): Promise<number> {
    const [head] = await query<{ version: string }>(
      this.em,
      sql`SELECT version FROM events.inbox_head
          WHERE (consumer, aggregatetype, aggregateid) = ${this.#keyOf(event)}`,
    );
    return Number(head?.version ?? 0);
  }

  park(event: Envelope): Promise<boolean> {
    return this.#set(event, 'waiting', null, null);
  }

  /** Sets it aside for good, or notes what is wrong with it now. Returns whether it was not poison already. */
  async parkPoison(event: Envelope, kind: DeadLetterKind, error: string): Promise<boolean> {
    if (await this.#set(event, 'poison', kind, error)) return true;
    await execute(
      this.em,
      sql`UPDATE events.inbox_parked SET kind = ${kind}, error = ${error}
          WHERE (consumer, aggregatetype, aggregateid) = ${this.#keyOf(event)} AND version = ${event.version}`,
    );
    return false;
  }

  async #set(
    event: Envelope,
    reason: 'waiting' | 'poison',
    kind: DeadLetterKind | null,
    error: string | null,
  ): Promise<boolean> {
    const touched = await execute(
      this.em,
      sql`INSERT INTO events.inbox_parked (consumer, aggregatetype, aggregateid, version, reason, kind, error, message)
          VALUES (${this.consumer}, ${event.topic}, ${event.subject}, ${event.version}, ${reason}, ${kind}, ${error},
            ${JSON.stringify(encode(event))})
          ON CONFLICT (consumer, aggregatetype, aggregateid, version)
          DO UPDATE SET reason = excluded.reason, kind = excluded.kind, error = excluded.error
          WHERE inbox_parked.reason = 'waiting' AND excluded.reason = 'poison'`,
    );
    return touched > 0;
  }

  async unpark(event: Envelope, uptoVersion: number): Promise<Envelope[]> {
    const parked = await query<{ message: Message }>(
      this.em,
      sql`DELETE FROM events.inbox_parked
          WHERE (consumer, aggregatetype, aggregateid) = ${this.#keyOf(event)}
            AND version <= ${uptoVersion} RETURNING message`,
    );
    return parked.map(({ message }) => decode(message));
  }

  async advanceAll(runs: Run[]): Promise<Run[]> {
    const { topic } = runs[0]![0]!;
    const wanted = runs.map(run => ({
      ...{ id: run[0]!.subject, first: run[0]!.version, last: run.at(-1)!.version },
    }));
    const moved = await query<{ id: string }>(
      this.em,
      sql`WITH run AS (
            SELECT id, first, last FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
              AS run(id text, first bigint, last bigint)
            WHERE NOT EXISTS (SELECT 1 FROM events.inbox_parked
              WHERE (consumer, aggregatetype, aggregateid) = (${this.consumer}, ${topic}, run.id))
            ORDER BY id -- so that two that move the same do not wait for each other
          ), begun AS (
            INSERT INTO events.inbox_head (consumer, aggregatetype, aggregateid, version)
            SELECT ${this.consumer}, ${topic}, id, last FROM run WHERE first = 1 ON CONFLICT DO NOTHING
            RETURNING aggregateid AS id
          ), moved AS (
            UPDATE events.inbox_head SET version = last FROM run
            WHERE (consumer, aggregatetype, aggregateid) = (${this.consumer}, ${topic}, id) AND version = first - 1
            RETURNING aggregateid AS id
          )
          SELECT id FROM begun UNION ALL SELECT id FROM moved`,
    );
    const ids = new Set(moved.map(({ id }) => id));
    return runs.filter(([first]) => ids.has(first!.subject));
  }

  #keyOf({ topic, subject }: Envelope): RawBuilder<unknown> {
    return sql`(${this.consumer}, ${topic}, ${subject})`;
  }
}
