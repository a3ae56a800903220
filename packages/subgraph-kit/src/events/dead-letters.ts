import { createHash } from 'node:crypto';
import type { Message, ReceivedMessage } from '@gamegraph/event-bus';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { execute, query } from '../store/sql.js';
import { transact } from '../store/transact.js';
import { wordsOf } from './consumer.js';
import type { Inbox } from './inbox.js';

const PAYLOAD_CHARACTERS_MAX = 65_536;

/** Why a message has had no effect. */
export const DEAD_LETTER_KINDS = [
  'MALFORMED',
  'INVALID_DATA',
  'UNKNOWN_TYPE',
  'HANDLER_FAILED',
] as const;

export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/** A message that was set aside: poison for one consumer, or no event at all. */
export interface DeadLetter {
  /** `<consumer>/<the event's id>`, or `malformed/<uuid>`. */
  id: string;
  /** None of a message that is no event: it could not be given to any. */
  consumer: string | null;
  topic: string;
  aggregateId: string | null;
  version: number | null;
  type: string | null;
  kind: DeadLetterKind;
  error: string;
  /** JSON, or text where it is none or too long: then its beginning. */
  payload: unknown;
  /** Of the payload. */
  sizeBytes: number;
  parkedAt: Date;
  /** Microseconds since 1970, for a cursor. */
  parkedAtUs: string;
  /** How many later events of the aggregate wait behind it. */
  waiting: number;
  /** Once it was given up. */
  discard: { at: Date; by: string; reason: string } | null;
}

export interface DeadLetterSelection {
  consumer?: string | undefined;
  kind?: DeadLetterKind | undefined;
  /** Those that were given up, instead of those that are there. */
  isDiscarded?: boolean | undefined;
  /** Behind this one, in the order of `parkedAtUs` and `id`. */
  after?: { parkedAtUs: string; id: string } | undefined;
  limit: number;
}

interface DeadRow {
  id: string;
  consumer: string | null;
  aggregatetype: string;
  aggregateid: string | null;
  version: string | null;
  kind: DeadLetterKind;
  error: string;
  message: Message;
  parked_at: Date | string;
  parked_at_us: string;
  // Of what was discarded.
  reason?: string;
  discarded_by?: string;
  discarded_at?: Date | string;
}

const PARKED_AT_US = sql`(extract(epoch FROM parked_at) * 1000000)::bigint`;

/** Both kinds in one shape. */
const DEAD = sql`(
  SELECT consumer || '/' || (message->'headers'->>'ce_id') AS id, consumer, aggregatetype, aggregateid, version,
    coalesce(kind, 'HANDLER_FAILED') AS kind, coalesce(error, '') AS error, message::json AS message, parked_at
  FROM events.inbox_parked WHERE reason = 'poison'
  UNION ALL
  SELECT 'malformed/' || id, NULL, NULL, NULL, NULL, 'MALFORMED', error, message, parked_at
  FROM events.malformed_message
) AS dead`;

const DISCARDED = sql`events.discarded AS dead`;

/** Keeps a message that is no event. Returns false when it is, or was, there already: the bus has brought it again. */
export async function keepMalformed(
  em: EntityManager,
  { topic, key, headers, value, partition, offset }: ReceivedMessage,
  error: unknown,
): Promise<boolean> {
  const message = JSON.stringify({ topic, key, headers, value });
  const id = createHash('sha256').update(`${partition} ${offset} ${message}`).digest('hex');
  const kept = await execute(
    em,
    sql`INSERT INTO events.malformed_message (id, message, error)
        SELECT ${id.slice(0, 32)}::uuid, ${message}, ${wordsOf(error)}
        WHERE NOT EXISTS (
          SELECT FROM events.discarded AS d WHERE d.id = 'malformed/' || ${id.slice(0, 32)}::uuid)
        ON CONFLICT DO NOTHING`,
  );
  return kept > 0;
}

/** What operators see and do about messages that have had no effect. */
export class DeadLetters {
  constructor(
    private readonly orm: MikroORM,
    private readonly inbox: Inbox,
  ) {}

  /** In the order in which they were set aside. */
  async list(selection: DeadLetterSelection): Promise<DeadLetter[]> {
    const { consumer, kind, after, limit, isDiscarded = false } = selection;
    const em = this.orm.em.fork();
    const rows = await this.#select(
      em,
      sql`${consumer === undefined ? sql`true` : sql`consumer = ${consumer}`}
        AND ${kind === undefined ? sql`true` : sql`kind = ${kind}`}
        AND ${after === undefined ? sql`true` : sql`(${PARKED_AT_US}, id) > (${after.parkedAtUs}::bigint, ${after.id})`}
        ORDER BY parked_at_us, id LIMIT ${limit}`,
      isDiscarded ? DISCARDED : DEAD,
    );
    return isDiscarded ? rows.map(row => told(row, 0)) : this.#tell(em, rows);
  }

  async find(id: string): Promise<DeadLetter | undefined> {
    const em = this.orm.em.fork();
    const row = await this.#find(em, id);
    return row && (await this.#tell(em, [row]))[0];
  }

  /** Tries one again, with all that waits behind it. Returns whether it is gone; undefined when there was none. */
  async replay(id: string): Promise<boolean | undefined> {
    const em = this.orm.em.fork();
    const row = await this.#find(em, id);
    if (!row) return undefined;
    if (row.consumer === null) {
      if (!(await this.inbox.takeAgain(row.message))) return false;
      await execute(em, sql`DELETE FROM events.malformed_message WHERE id = ${uuidOf(id)}::uuid`);
      return true;
    }
    const { consumer, aggregatetype } = row;
    await this.inbox.replayParked({ consumer, aggregatetype, aggregateid: row.aggregateid! });
    return (await this.#find(em, id)) === undefined;
  }

  /**
   * Gives one up: it never has its effect, and what waits behind it goes on. Who did so and why is kept. Returns what
   * was discarded; undefined when there was none.
   */
  async discard(id: string, reason: string, by: string): Promise<DeadLetter | undefined> {
    const row = await transact(this.orm.em.fork(), async tx => {
      const found = await this.#find(tx, id);
      if (!found || !(await this.#remove(tx, found))) return undefined;
      const { consumer, aggregatetype, aggregateid, version, kind, error, parked_at } = found;
      const [kept] = await query<Pick<DeadRow, 'reason' | 'discarded_by' | 'discarded_at'>>(
        tx,
        sql`INSERT INTO events.discarded (id, consumer, aggregatetype, aggregateid, version, kind, error, message,
              parked_at, reason, discarded_by)
            VALUES (${id}, ${consumer}, ${aggregatetype}, ${aggregateid}, ${version}, ${kind}, ${error},
              ${JSON.stringify(found.message)}, ${parked_at}, ${reason}, ${by})
            RETURNING reason, discarded_by, discarded_at`,
      );
      return { ...found, ...kept };
    });
    if (!row) return undefined;
    const { consumer, aggregatetype, aggregateid } = row;
    if (consumer !== null)
      await this.inbox.replayParked({ consumer, aggregatetype, aggregateid: aggregateid! });
    return told(row, 0);
  }

  async #remove(tx: EntityManager, row: DeadRow): Promise<boolean> {
    const { id, consumer, aggregatetype, aggregateid, version } = row;
    if (consumer === null) {
      return (
        (await execute(
          tx,
          sql`DELETE FROM events.malformed_message WHERE id = ${uuidOf(id)}::uuid`,
        )) > 0
      );
    }
    const removed = await execute(
      tx,
      sql`DELETE FROM events.inbox_parked WHERE reason = 'poison' AND (consumer, aggregatetype, aggregateid, version)
            = (${consumer}, ${aggregatetype}, ${aggregateid}, ${version}::bigint)`,
    );
    if (removed === 0) return false; // it has had its effect meanwhile
    await execute(
      tx,
      sql`INSERT INTO events.inbox_head AS head VALUES (${consumer}, ${aggregatetype}, ${aggregateid}, ${version}::bigint)
          ON CONFLICT (consumer, aggregatetype, aggregateid)
          DO UPDATE SET version = excluded.version WHERE head.version < excluded.version`,
    );
    return true;
  }

  async #tell(em: EntityManager, rows: DeadRow[]): Promise<DeadLetter[]> {
    const waiting = await query<{ id: string; count: number }>(
      em,
      sql`SELECT d.id, count(*)::int FROM jsonb_to_recordset(${JSON.stringify(rows.map(keyOf))}) AS d(
            id text, consumer text, aggregatetype text, aggregateid text, version bigint)
          JOIN events.inbox_parked AS p USING (consumer, aggregatetype, aggregateid)
          WHERE p.version > d.version GROUP BY d.id`,
    );
    const counts = new Map(waiting.map(({ id, count }) => [id, count]));
    return rows.map(row => told(row, counts.get(row.id) ?? 0));
  }

  async #find(em: EntityManager, id: string): Promise<DeadRow | undefined> {
    return (await this.#select(em, sql`id = ${id}`))[0];
  }

  #select(em: EntityManager, where: RawBuilder<unknown>, from = DEAD): Promise<DeadRow[]> {
    return query(em, sql`SELECT *, ${PARKED_AT_US} AS parked_at_us FROM ${from} WHERE ${where}`);
  }
}

function keyOf({ id, consumer, aggregatetype, aggregateid, version }: DeadRow) {
  return { id, consumer, aggregatetype, aggregateid, version };
}

function uuidOf(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

function told(row: DeadRow, waiting: number): DeadLetter {
  const { topic, headers, value } = row.message;
  const { reason, discarded_by: by, discarded_at: at } = row;
  return {
    id: row.id,
    consumer: row.consumer,
    topic,
    aggregateId: row.aggregateid,
    version: row.version === null ? null : Number(row.version),
    type: headers.ce_type ?? null,
    kind: row.kind,
    error: row.error,
    payload: payloadOf(value),
    sizeBytes: Buffer.byteLength(value ?? ''),
    parkedAt: new Date(row.parked_at),
    parkedAtUs: row.parked_at_us,
    waiting,
    discard: at === undefined ? null : { at: new Date(at), by: by!, reason: reason! },
  };
}

function payloadOf(value: string | null): unknown {
  if (value === null || value.length > PAYLOAD_CHARACTERS_MAX)
    return value && value.slice(0, PAYLOAD_CHARACTERS_MAX);
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
