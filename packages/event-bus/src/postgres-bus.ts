import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type {
  BusLog,
  Consumption,
  ConsumeOptions,
  EventBus,
  Message,
  ReceivedMessage,
} from './bus.js';

const PARTITIONS = 4;
const FETCH_LIMIT = 200; // messages of one partition at a time
const MEMBERSHIP_INTERVAL_MS = 1_000;
const MEMBER_LOST_AFTER_MS = 5_000;
const IDLE_POLL_MS = 1_000; // only a safety net: a NOTIFY wakes us
const RETRY_DELAY_MS_MAX = 5_000;

export interface PostgresBusOptions {
  /** A database of the bus's own, whose role may create tables in it. */
  url: string;
  log: BusLog;
}

/**
 * A partitioned log in PostgreSQL, in Kafka's place where there is no Kafka: the same guarantees on one machine.
 *
 * Offsets are given under a row lock that is held until the commit, so a reader never sees an offset before all lower
 * ones. A member of a group holds a partition by an advisory lock of its session, which no manner of death leaves behind.
 */
export class PostgresBus implements EventBus {
  readonly #options: PostgresBusOptions;
  readonly #pool: pg.Pool;
  readonly #consumptions = new Set<Consumption>();
  #prepared: Promise<void> | undefined;

  constructor(options: PostgresBusOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({ connectionString: options.url, max: 2 });
    this.#pool.on('error', error =>
      options.log.warn({ error }, 'event log: an idle connection was lost'),
    );
  }

  async ensureTopics(topics: string[]): Promise<void> {
    const preparing = (this.#prepared ??= this.#exclusively(client => client.query(TABLES)));
    preparing.catch(() => (this.#prepared = undefined)); // the next call tries again
    await preparing;
    await this.#exclusively(client =>
      client.query(
        `WITH wanted AS (SELECT unnest($1::text[]) AS name),
              made AS (INSERT INTO topic (name, partitions) SELECT name, $2 FROM wanted ON CONFLICT DO NOTHING)
         INSERT INTO log_end (topic, partition)
         SELECT name, partition FROM wanted, generate_series(0, $2 - 1) AS partition ON CONFLICT DO NOTHING`,
        [topics, PARTITIONS],
      ),
    );
  }

  async publish(messages: Message[]): Promise<void> {
    if (messages.length > 0)
      await this.#pool.query('SELECT append($1)', [JSON.stringify(messages)]);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    await this.ensureTopics(options.topics);
    if (options.onBegin) {
      await this.#pool.query(
        `INSERT INTO group_position SELECT $1, topic, partition, next_offset FROM log_end WHERE topic = ANY($2)
         ON CONFLICT DO NOTHING`,
        [options.group, options.topics],
      );
      options.onBegin();
    }
    const membership = new Membership(this.#options, options);
    const consumption = {
      stop: async () => {
        this.#consumptions.delete(consumption);
        await membership.stop();
        if (options.onBegin) await this.forget(options.group);
      },
    };
    this.#consumptions.add(consumption);
    return consumption;
  }

  async lag(group: string, topics: string[]): Promise<number> {
    const { rows } = await this.#pool.query<{ lag: string }>(
      `SELECT coalesce(sum(e.next_offset - coalesce(p.next_offset, 0)), 0) AS lag
       FROM log_end e LEFT JOIN group_position p ON (p."group", p.topic, p.partition) = ($1, e.topic, e.partition)
       WHERE e.topic = ANY($2)`,
      [group, topics],
    );
    return Number(rows[0]!.lag);
  }

  async forget(group: string): Promise<void> {
    await this.#pool.query('DELETE FROM group_position WHERE "group" = $1', [group]);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumptions].map(consumption => consumption.stop()));
    await this.#pool.end();
  }

  /** In a transaction that has no other of its kind beside it: processes that start at once want the same rows made. */
  async #exclusively(make: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT pg_advisory_xact_lock(hashtext('event log tables'))`);
      await make(client);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }
}

/** One member of one group: takes its share of the partitions, and works through them one batch after the other. */
class Membership {
  readonly #id = randomUUID();
  readonly #held = new Set<number>();
  readonly #loop: Promise<void>;
  #stopping = false;
  #wake: () => void = () => {};
  #shareCheckedAt = 0;

  constructor(
    private readonly bus: PostgresBusOptions,
    private readonly options: ConsumeOptions,
  ) {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#loop;
  }

  /** Works on one session after the other: with a session go the partitions it held. */
  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopping;) {
      const client = new pg.Client({ connectionString: this.bus.url, keepAlive: true });
      client.on('error', () => this.#wake()); // the next query will reject
      client.on('notification', () => this.#wake());
      try {
        await client.connect();
        await client.query('LISTEN event_log');
        this.#held.clear();
        this.#shareCheckedAt = 0;
        while (!this.#stopping) {
          await this.#takeShare(client);
          const woken = new Promise<void>(resolve => (this.#wake = resolve)); // before the look, so that none is missed
          if (!(await this.#work(client)))
            await Promise.race([woken, sleep(IDLE_POLL_MS, undefined, { ref: false })]);
          failures = 0;
        }
        await client.query(`DELETE FROM group_member WHERE ("group", member) = ($1, $2)`, [
          this.options.group,
          this.#id,
        ]);
      } catch (error) {
        if (!this.#stopping) {
          this.bus.log.warn({ error, group: this.options.group }, 'event log: trying again');
          await sleep(Math.min(100 * 2 ** failures++, RETRY_DELAY_MS_MAX));
        }
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  /** Says that this member lives, and takes or gives partitions so that the living have about the same number. */
  async #takeShare(client: pg.Client): Promise<void> {
    if (Date.now() - this.#shareCheckedAt < MEMBERSHIP_INTERVAL_MS) return;
    this.#shareCheckedAt = Date.now();
    const { rows } = await client.query<{ members: number }>(
      `WITH me AS (INSERT INTO group_member VALUES ($1, $2, now())
                   ON CONFLICT ("group", member) DO UPDATE SET seen_at = now() RETURNING member)
       SELECT count(DISTINCT m.member)::int AS members
       FROM (SELECT member FROM me UNION ALL
             SELECT member FROM group_member WHERE "group" = $1 AND seen_at > now() - $3 * interval '1 ms') AS m`,
      [this.options.group, this.#id, MEMBER_LOST_AFTER_MS],
    );
    const share = Math.ceil(PARTITIONS / rows[0]!.members);
    for (const partition of [...this.#held].slice(share)) {
      await client.query('SELECT pg_advisory_unlock(hashtext($1), $2)', [
        this.options.group,
        partition,
      ]);
      this.#held.delete(partition);
    }
    for (let partition = 0; partition < PARTITIONS && this.#held.size < share; partition++) {
      if (this.#held.has(partition)) continue;
      const lock = await client.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock(hashtext($1), $2) AS taken',
        [this.options.group, partition],
      );
      if (lock.rows[0]!.taken) this.#held.add(partition);
    }
  }

  /** Handles what is there in the held partitions. Returns whether there was anything. */
  async #work(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<ReceivedMessage>(
      `SELECT l.topic, l.partition, l."offset"::text, l.key, l.headers, l.value
       FROM unnest($2::text[]) AS t(topic) CROSS JOIN unnest($3::smallint[]) AS h(partition)
       LEFT JOIN group_position g ON (g."group", g.topic, g.partition) = ($1, t.topic, h.partition)
       CROSS JOIN LATERAL (
         SELECT * FROM log WHERE (log.topic, log.partition) = (t.topic, h.partition)
           AND log."offset" >= coalesce(g.next_offset, 0) ORDER BY log."offset" LIMIT $4) AS l
       ORDER BY l.topic, l.partition, l."offset"`,
      [this.options.group, this.options.topics, [...this.#held], FETCH_LIMIT],
    );
    for (const batch of Map.groupBy(rows, row => `${row.topic} ${row.partition}`).values()) {
      if (this.#stopping) break;
      await this.options.onMessages(batch);
      const last = batch.at(-1)!;
      await client.query(
        `INSERT INTO group_position VALUES ($1, $2, $3, $4)
         ON CONFLICT ("group", topic, partition) DO UPDATE SET next_offset = excluded.next_offset
         WHERE group_position.next_offset < excluded.next_offset`,
        [this.options.group, last.topic, last.partition, BigInt(last.offset) + 1n],
      );
    }
    return rows.length > 0;
  }
}

const TABLES = `
CREATE TABLE IF NOT EXISTS topic (name text PRIMARY KEY, partitions smallint NOT NULL);
CREATE TABLE IF NOT EXISTS log_end (
  topic text, partition smallint, next_offset bigint NOT NULL DEFAULT 0, PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS log (
  topic text, partition smallint, "offset" bigint, key text NOT NULL, headers jsonb NOT NULL, value text,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (topic, partition, "offset")
);
CREATE TABLE IF NOT EXISTS group_position (
  "group" text, topic text, partition smallint, next_offset bigint NOT NULL, PRIMARY KEY ("group", topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS group_member (
  "group" text, member uuid, seen_at timestamptz NOT NULL, PRIMARY KEY ("group", member)
);
CREATE OR REPLACE FUNCTION append(messages jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE unknown text;
BEGIN
  CREATE TEMP TABLE IF NOT EXISTS incoming (
    n bigint, topic text, partition smallint, key text, headers jsonb, value text
  ) ON COMMIT DELETE ROWS;
  INSERT INTO incoming
  SELECT m.n, m.message->>'topic', (hashtext(m.message->>'key') & 2147483647) % t.partitions,
    m.message->>'key', m.message->'headers', m.message->>'value'
  FROM jsonb_array_elements(messages) WITH ORDINALITY AS m(message, n)
  LEFT JOIN topic t ON t.name = m.message->>'topic';
  SELECT i.topic INTO unknown FROM incoming i WHERE i.partition IS NULL LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'There is no topic "%".', unknown; END IF;
  -- Held until the commit: offsets become visible in their order. Taken in one order by all: no deadlock.
  PERFORM 1 FROM log_end e WHERE EXISTS (
    SELECT 1 FROM incoming i WHERE (i.topic, i.partition) = (e.topic, e.partition)
  ) ORDER BY e.topic, e.partition FOR UPDATE;
  INSERT INTO log (topic, partition, "offset", key, headers, value)
  SELECT i.topic, i.partition, e.next_offset + row_number() OVER (PARTITION BY i.topic, i.partition ORDER BY i.n) - 1,
    i.key, i.headers, i.value
  FROM incoming i JOIN log_end e USING (topic, partition);
  UPDATE log_end e SET next_offset = e.next_offset + c.count
  FROM (SELECT topic, partition, count(*) FROM incoming GROUP BY topic, partition) AS c
  WHERE (c.topic, c.partition) = (e.topic, e.partition);
  PERFORM pg_notify('event_log', '');
END $$;
`;
