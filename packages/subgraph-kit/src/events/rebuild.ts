import { randomUUID } from 'node:crypto';
import type { Envelope, EventBus, Message } from '@gamegraph/event-bus';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Job, wakeJob } from '../service/jobs.js';
import { execute, isRetryable, isUnavailable, query, sqlState } from '../store/sql.js';
import { transact } from '../store/transact.js';
import { readEvent, wordsOf } from './consumer.js';
import type { Projection } from './projection.js';
import { readDatedPage, type Snapshot, type Source } from './source.js';

/** Where subgraphs ask for the present state of all aggregates of a type, and their owners listen. */
const REQUEST_TOPIC = 'events.snapshot-request';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const PAGE = 500;
const JOB = 'rebuild projections';
const JOB_INTERVAL_MS = 2_000;
const ASK_AGAIN_AFTER_MS = 30_000; // without progress: the request, or its answer, was lost
const GIVE_UP_AFTER_MS = 10 * 60_000; // without progress
const LOCK_TIMEOUT_MS = 3_000;
const LOCK_NOT_AVAILABLE = '55P03';

const Request = z.object({
  aggregatetype: z.string(),
  rebuild: z.uuid(),
  answerTo: z.string(),
});

/** A piece of an owner's answer: an aggregate's state; or how many there are, before the first and after the last. */
const Piece = z.object({
  rebuild: z.uuid(),
  answer: z.uuid(),
  told: z.union([
    z.object({
      id: z.uuid(),
      version: z.number().int(),
      at: z.string().nullable(),
      state: z.looseObject({ id: z.uuid() }),
    }),
    z.object({ total: z.number().int(), isEnd: z.boolean() }),
  ]),
});

type Piece = z.infer<typeof Piece>;

/** How the last rebuild of a projection goes, or went. */
export interface RebuildProgress {
  projection: string;
  state: 'FILLING' | 'DONE' | 'FAILED';
  startedAt: Date;
  endedAt: Date | null;
  /** Aggregates whose owner has told them. */
  done: number;
  /** Of how many: estimated until the owner has told all. Null before it has answered. */
  total: number | null;
  /** Those that could not be made a row of: what is kept of them stays as it is. */
  failed: number;
  /** Rows and counts that were not as they are now; null before the swap. */
  changed: number | null;
  error: string | null;
}

/** What is to be kept of an aggregate, from whatever source. */
interface ShadowRow {
  aggregateid: string;
  version: number;
  kept: object | null;
  error: string | null;
}

export interface RebuildOptions {
  subgraph: string;
  orm: MikroORM;
  bus: EventBus;
  projections: Projection[];
  /** What this subgraph owns, and so tells to others who rebuild. */
  sources: Source[];
  log: Logger;
}

/**
 * Makes projections anew beside those that serve (docs/adr/0012):
 *
 * - FILLING: the owner tells all its aggregates as they are, over the bus to this subgraph alone; live events come too.
 *   Of each aggregate the shadow keeps the newest version, in whatever order they come. Readers see the old rows.
 * - DONE: once all was told, one transaction makes what is kept equal to the shadow, positions included.
 * - FAILED: the owner did not answer, or the database refused; nothing was changed.
 *
 * All of it is in the database: a process that ends, here or at the owner, is gone on from.
 */
export class Rebuilds {
  readonly #answerTopic: string;
  readonly #names: Map<string, Projection>;
  #answering: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(private readonly options: RebuildOptions) {
    this.#answerTopic = `${options.subgraph}.snapshot`;
    this.#names = new Map(options.projections.map(one => [one.consumer.name, one]));
  }

  /** To be given to `receive`. */
  get topics(): string[] {
    return [REQUEST_TOPIC, this.#answerTopic];
  }

  /** Brings rebuilds forward that are in work. */
  get job(): Job {
    return { name: JOB, everyMs: JOB_INTERVAL_MS, run: () => this.advance() };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#answering;
  }

  /** Begins; joins the one that is in work already. */
  async start(projection: string): Promise<RebuildProgress> {
    const em = this.options.orm.em.fork();
    const id = randomUUID();
    const isNew = await em.transactional(async tx => {
      const begun = await execute(
        tx,
        sql`INSERT INTO events.rebuild AS r (projection, id, state, started_at, progress_at)
            VALUES (${projection}, ${id}, 'FILLING', now(), now())
            ON CONFLICT (projection) DO UPDATE SET id = excluded.id, state = excluded.state,
              started_at = excluded.started_at, progress_at = excluded.progress_at, asked_at = NULL, ended_at = NULL,
              answer = NULL, total = NULL, is_told = false, changed = NULL, failed = NULL, error = NULL
            WHERE r.state <> 'FILLING'`,
      );
      if (begun) await execute(tx, sql`DELETE FROM events.shadow WHERE projection = ${projection}`);
      return begun > 0;
    });
    // Only now: what the owner tells must not be older than any event that missed the shadow.
    if (isNew) await this.#ask(em, projection, id);
    return (await this.progress(em)).find(one => one.projection === projection)!;
  }

  async progress(em: EntityManager): Promise<RebuildProgress[]> {
    return query(
      em,
      sql`SELECT r.projection, r.state, r.started_at AS "startedAt", r.ended_at AS "endedAt", r.total, r.changed, r.error,
            CASE r.state WHEN 'DONE' THEN r.total ELSE coalesce(s.done, 0) END AS done, coalesce(r.failed, s.failed, 0) AS failed
          FROM events.rebuild AS r LEFT JOIN (
            SELECT projection, count(*) FILTER (WHERE answer IS NOT NULL)::int AS done,
              count(error)::int AS failed
            FROM events.shadow GROUP BY projection
          ) AS s USING (projection) ORDER BY projection`,
    );
  }

  /** Events that are about to come to their consumers: of projections under rebuild, the shadow has them first. */
  async take(topic: string, envelopes: Envelope[]): Promise<void> {
    const concerned = [...this.#names.values()].filter(one => one.aggregate.topic === topic);
    if (concerned.length === 0 || envelopes.length === 0) return;
    const em = this.options.orm.em.fork();
    const names = concerned.map(({ consumer }) => consumer.name);
    const filling = await query<{ projection: string }>(
      em,
      sql`SELECT projection FROM events.rebuild WHERE state = 'FILLING' AND projection = ANY(${names})`,
    );
    for (const { projection } of filling) {
      const rows = envelopes.map(envelope => {
        const { subject: id, version, time: at } = envelope;
        return this.#rowOf(em, projection, { id, version, at }, one => {
          const { subscription, data } = readEvent(one.consumer, envelope)!;
          return subscription.event.endsAggregate ? undefined : data;
        });
      });
      await this.#keep(em, projection, rows);
    }
  }

  /** The owner's word about some aggregates, which a repair gives to what is kept: the shadow must not lack it. */
  async takeSnapshots(projection: string, snapshots: Snapshot[]): Promise<void> {
    const em = this.options.orm.em.fork();
    const [filling] = await query(
      em,
      sql`SELECT 1 FROM events.rebuild WHERE state = 'FILLING' AND projection = ${projection}`,
    );
    if (!filling) return;
    const rows = snapshots.map(({ id, version, state }) =>
      this.#rowOf(em, projection, { id, version, at: null }, () => state),
    );
    await this.#keep(em, projection, rows);
  }

  /** Requests of others, and answers to ours. */
  async receive(messages: Message[]): Promise<void> {
    if (messages[0]!.topic === REQUEST_TOPIC) return messages.forEach(one => this.#answer(one));
    const pieces = messages.flatMap(message => this.#parse(Piece, message) ?? []);
    for (const [rebuild, own] of Map.groupBy(pieces, piece => piece.rebuild))
      await this.#takePieces(rebuild, own);
  }

  async #takePieces(id: string, pieces: Piece[]): Promise<void> {
    const em = this.options.orm.em.fork();
    const [rebuild] = await query<{ projection: string }>(
      em,
      sql`UPDATE events.rebuild SET progress_at = now() WHERE id = ${id} AND state = 'FILLING' RETURNING projection`,
    );
    if (!rebuild) return; // it has ended, or another has begun
    const { projection } = rebuild;
    for (const [answer, own] of Map.groupBy(pieces, piece => piece.answer)) {
      const rows = own.flatMap(({ told }) =>
        'state' in told
          ? [this.#rowOf(em, projection, { ...told }, one => one.aggregate.state.parse(told.state))]
          : [],
      );
      await this.#keep(em, projection, rows, answer);
      for (const { told } of own) {
        if ('state' in told) continue;
        await execute(
          em,
          sql`UPDATE events.rebuild SET answer = ${answer}, total = ${told.total}, is_told = ${told.isEnd}
              WHERE id = ${id} AND state = 'FILLING'`,
        );
      }
    }
    wakeJob(JOB);
  }

  /** What a projection is to keep of an aggregate; or why that cannot be said. */
  #rowOf(
    em: EntityManager,
    projection: string,
    { id, version, at }: { id: string; version: number; at: string | null },
    stateOf: (projection: Projection) => Snapshot['state'] | undefined,
  ): ShadowRow {
    const row = { aggregateid: id, version };
    try {
      const one = this.#names.get(projection)!;
      const state = stateOf(one);
      const kept = state
        ? one.shadow(em, { id, version, state }, new Date(at ?? Date.now()))
        : null;
      return { ...row, kept, error: null };
    } catch (error) {
      return { ...row, kept: null, error: wordsOf(error) };
    }
  }

  async #keep(
    em: EntityManager,
    projection: string,
    rows: ShadowRow[],
    answer: string | null = null,
  ): Promise<void> {
    const newest = new Map<string, ShadowRow>();
    for (const row of rows) {
      if ((newest.get(row.aggregateid)?.version ?? -1) <= row.version)
        newest.set(row.aggregateid, row);
    }
    try {
      const statement = sql`INSERT INTO events.shadow AS s
            SELECT ${projection}, aggregateid, version, kept, error, ${answer}::uuid
            FROM jsonb_to_recordset(${JSON.stringify([...newest.values()])}) AS r(
              aggregateid uuid, version bigint, kept jsonb, error text) ORDER BY aggregateid
            ON CONFLICT (projection, aggregateid) DO UPDATE SET
              (version, kept, error) = (SELECT version, kept, error FROM (VALUES
                (s.version, s.error IS NULL, s.kept, s.error),
                (excluded.version, excluded.error IS NULL, excluded.kept, excluded.error)
              ) AS newest(version, is_good, kept, error) ORDER BY version DESC, is_good DESC LIMIT 1),
              answer = coalesce(excluded.answer, s.answer)`;
      await transact(em, tx => execute(tx, statement));
    } catch (error) {
      if (isUnavailable(error)) throw error; // the bus brings the same messages again
      await this.#fail(projection, error); // events go on to what serves
    }
  }

  /** Asks again what has had no answer, and swaps what is complete. */
  async advance(): Promise<void> {
    const em = this.options.orm.em.fork();
    const filling = await query<{
      projection: string;
      id: string;
      quietMs: number;
      askedMs: number;
    }>(
      em,
      sql`SELECT projection, id, extract(epoch FROM now() - progress_at) * 1000 AS "quietMs",
            coalesce(extract(epoch FROM now() - asked_at) * 1000, 'Infinity') AS "askedMs"
          FROM events.rebuild WHERE state = 'FILLING'`,
    );
    for (const { projection, id, quietMs, askedMs } of filling) {
      try {
        if (await this.#swap(projection, id)) continue;
        if (quietMs > GIVE_UP_AFTER_MS) await this.#fail(projection, 'Its owner does not answer.');
        else if (Math.min(quietMs, askedMs) > ASK_AGAIN_AFTER_MS)
          await this.#ask(em, projection, id);
      } catch (error) {
        // Nothing has changed; what can pass by itself is tried again.
        if (isUnavailable(error) || isRetryable(error) || sqlState(error) === LOCK_NOT_AVAILABLE)
          this.options.log.warn({ error, projection }, 'a rebuild tries again to swap');
        else await this.#fail(projection, error);
      }
    }
    await execute(
      em,
      sql`DELETE FROM events.shadow WHERE projection IN (
            SELECT projection FROM events.rebuild WHERE state <> 'FILLING')`,
    );
  }

  /**
   * In one transaction, makes what is kept equal to the shadow if that is complete. Readers see all of it before or all
   * of it after, and wait for nothing; consumers of this subgraph wait until it is done.
   */
  async #swap(name: string, id: string): Promise<boolean> {
    const projection = this.#names.get(name);
    if (!projection) throw new Error('This subgraph does not have this projection any more.');
    const complete = sql`SELECT 1 FROM events.rebuild AS r WHERE id = ${id} AND is_told AND total <= (
      SELECT count(*) FROM events.shadow AS s WHERE s.projection = r.projection AND s.answer = r.answer)`;
    const em = this.options.orm.em.fork();
    if ((await query(em, complete)).length === 0) return false;
    // They have grown and shrunk by all their rows: plans for what they were would compare each row with each.
    await execute(em, sql`ANALYZE events.shadow, events.inbox_head`);
    const key = { consumer: name, topic: projection.aggregate.topic };
    return em.transactional(async tx => {
      await execute(tx, sql`SELECT set_config('lock_timeout', ${`${LOCK_TIMEOUT_MS}ms`}, true)`);
      // As consumers do: positions first, then what they keep.
      await execute(tx, sql`LOCK TABLE events.inbox_head IN SHARE ROW EXCLUSIVE MODE`);
      const [behind] = await query(
        tx,
        sql`SELECT 1 FROM events.shadow AS s JOIN events.inbox_head AS h
              ON (h.consumer, h.aggregatetype, h.aggregateid) = (${name}, ${key.topic}, s.aggregateid::text)
            WHERE s.projection = ${name} AND s.version < h.version LIMIT 1`,
      );
      if (behind) return false;
      const changed = await projection.swap(tx);
      await execute(
        tx,
        sql`INSERT INTO events.inbox_head AS h
            SELECT ${name}, ${key.topic}, aggregateid::text, version FROM events.shadow
            WHERE projection = ${name} AND error IS NULL AND version > 0
            ON CONFLICT (consumer, aggregatetype, aggregateid)
            DO UPDATE SET version = excluded.version WHERE h.version < excluded.version`,
      );
      await execute(
        tx,
        sql`DELETE FROM events.inbox_parked AS p USING events.shadow AS s
            WHERE (p.consumer, p.aggregatetype, p.aggregateid) = (${name}, ${key.topic}, s.aggregateid::text)
              AND s.projection = ${name} AND s.error IS NULL AND p.version <= s.version`,
      );
      await execute(
        tx,
        sql`UPDATE events.rebuild SET state = 'DONE', ended_at = now(), changed = ${changed}, failed = (
              SELECT count(error) FROM events.shadow WHERE projection = ${name}) WHERE id = ${id}`,
      );
      this.options.log.info({ projection: name, changed }, 'a projection was rebuilt');
      return true;
    });
  }

  async #ask(em: EntityManager, projection: string, rebuild: string): Promise<void> {
    await execute(em, sql`UPDATE events.rebuild SET asked_at = now() WHERE id = ${rebuild}`);
    const aggregatetype = this.#names.get(projection)!.aggregate.topic;
    const request = { aggregatetype, rebuild, answerTo: this.#answerTopic };
    await this.options.bus.publish([messageOf(REQUEST_TOPIC, aggregatetype, request)]);
  }

  async #fail(projection: string, error: unknown): Promise<void> {
    this.options.log.error({ error, projection }, 'a rebuild failed');
    await execute(
      this.options.orm.em.fork(),
      sql`UPDATE events.rebuild SET state = 'FAILED', ended_at = now(), error = ${wordsOf(error)}
          WHERE projection = ${projection} AND state = 'FILLING'`,
    );
  }

  /** One after the other, and beside the events that come: what is lost with this process is asked for again. */
  #answer(message: Message): void {
    const request = this.#parse(Request, message);
    const source = this.options.sources.find(
      ({ aggregate }) => aggregate.topic === request?.aggregatetype,
    );
    if (!request || !source) return;
    const { rebuild, answerTo } = request;
    this.#answering = this.#answering
      .then(() => this.#tell(source, rebuild, answerTo))
      .catch((error: unknown) =>
        this.options.log.warn({ error, rebuild }, 'a request for snapshots was not answered'),
      );
  }

  async #tell(source: Source, rebuild: string, answerTo: string): Promise<void> {
    const { bus, orm } = this.options;
    const answer = randomUUID();
    const pieceOf = (key: string, told: object) =>
      messageOf(answerTo, key, { rebuild, answer, told });
    const [estimate] = await query<{ total: number }>(
      orm.em.fork(),
      sql`SELECT count(*)::int AS total FROM events.outbox_head WHERE aggregatetype = ${source.aggregate.topic}`,
    );
    await bus.publish([pieceOf(rebuild, { total: estimate!.total, isEnd: false })]);
    let total = 0;
    for (let afterId = FIRST_ID; !this.#stopping;) {
      const page = await readDatedPage(orm.em.fork(), source, { afterId, limit: PAGE });
      if (page.length === 0) return bus.publish([pieceOf(rebuild, { total, isEnd: true })]);
      await bus.publish(page.map(snapshot => pieceOf(snapshot.id, snapshot)));
      total += page.length;
      afterId = page.at(-1)!.id;
    }
  }

  #parse<T>(schema: z.ZodType<T>, message: Message): T | undefined {
    try {
      return schema.parse(JSON.parse(message.value ?? ''));
    } catch (error) {
      this.options.log.error({ error, topic: message.topic }, 'a message about a rebuild is none');
      return undefined;
    }
  }
}

function messageOf(topic: string, key: string, body: object): Message {
  const headers = { 'content-type': 'application/json', ce_id: randomUUID() };
  return { topic, key, headers, value: JSON.stringify(body) };
}
