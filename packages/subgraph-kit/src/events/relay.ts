import { setTimeout as sleep } from 'node:timers/promises';
import { encode, type Envelope, type EventBus } from '@gamegraph/event-bus';
import pg from 'pg';
import type { Logger } from 'pino';
import { failpoint } from '../service/failpoint.js';
import { onEventsCommitted } from '../store/transact.js';

/** How many parts an outbox has; each is published by one relay at a time. */
export const SHARDS = 8;
const BATCH = 500;
/** First key of the advisory locks that say whose a shard is; the second is the shard. */
export const LEASE_LOCK = 7001;
const LEASE_INTERVAL_MS = 2_000;
const HINT_DELAY_MS = 10;
const IDLE_POLL_MS = 200;
const RETRY_DELAY_MS_MAX = 5_000;

export interface RelayOptions {
  databaseUrl: string;
  /** The subgraph's name, for the CloudEvents source. */
  subgraph: string;
  bus: EventBus;
  log: Logger;
  /** Told of each batch once it is on the bus and archived, and where each event of it stands there, by its id. */
  onPublished?(envelopes: Envelope[], positions: ReadonlyMap<string, number>): void;
}

/** A row of the outbox, as the driver reads it. */
export interface OutboxRow {
  seq: string;
  id: string;
  aggregatetype: string;
  aggregateid: string;
  version: string;
  type: string;
  payload: unknown;
  headers: { traceparent?: string };
  created_at: Date | string; // as the one or the other driver reads it
}

/**
 * Moves events from the outbox to the bus, the only one to do so. It deletes what the bus has acknowledged; there is no
 * cursor, since commit order is not sequence order. A shard belongs to one relay at a time, by an advisory lock of its
 * session: a relay that lost its session without knowing publishes at most duplicates of a prefix.
 */
export class Relay {
  readonly #loop: Promise<void>;
  readonly #leases = new Set<number>();
  readonly #forgetCommits: () => void;
  #stopping = false;
  #wake: () => void = () => {};
  #leasesCheckedAt = 0;
  #hasCommitted = false;

  constructor(private readonly options: RelayOptions) {
    this.#forgetCommits = onEventsCommitted(() => {
      this.#hasCommitted = true;
      this.#wake();
    });
    this.#loop = this.#run();
  }

  /** Publishes what is there, as far as the bus takes it, and gives back the leases. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#forgetCommits();
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopping;) {
      const client = new pg.Client({ connectionString: this.options.databaseUrl, keepAlive: true });
      client.on('error', () => this.#wake()); // the next query will reject
      client.on('notification', () => this.#wake());
      try {
        await client.connect();
        await client.query('LISTEN outbox');
        this.#leases.clear();
        this.#leasesCheckedAt = 0;
        for (;;) {
          await this.#takeLeases(client);
          const woken = new Promise<void>(resolve => (this.#wake = resolve)); // before the look, so that none is missed
          const moved = await this.#move(client);
          await this.#hintToOthers(client);
          failures = 0;
          if (this.#stopping && moved === 0) break;
          if (moved < BATCH)
            await Promise.race([woken, sleep(IDLE_POLL_MS, undefined, { ref: false })]);
        }
      } catch (error) {
        if (!this.#stopping) {
          this.options.log.warn({ error }, 'relay: trying again');
          await sleep(Math.min(100 * 2 ** failures++, RETRY_DELAY_MS_MAX));
        }
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  /** Takes every shard that no other relay holds: one works, others stand by. */
  async #takeLeases(client: pg.Client): Promise<void> {
    if (this.#leases.size === SHARDS || Date.now() - this.#leasesCheckedAt < LEASE_INTERVAL_MS)
      return;
    this.#leasesCheckedAt = Date.now();
    const missing = Array.from({ length: SHARDS }, (_, shard) => shard).filter(
      shard => !this.#leases.has(shard),
    );
    const { rows } = await client.query<{ shard: number; taken: boolean }>(
      'SELECT shard, pg_try_advisory_lock($1, shard) AS taken FROM unnest($2::int[]) AS shard',
      [LEASE_LOCK, missing],
    );
    for (const { shard, taken } of rows) if (taken) this.#leases.add(shard);
  }

  /**
   * Other relays may hold the shards of what was committed here. One NOTIFY for all commits of a moment, outside of
   * their transactions: inside, each would take a lock on the whole database at its commit.
   */
  async #hintToOthers(client: pg.Client): Promise<void> {
    if (!this.#hasCommitted || this.#leases.size === SHARDS) return;
    this.#hasCommitted = false;
    await sleep(HINT_DELAY_MS);
    await client.query('NOTIFY outbox');
  }

  async #move(client: pg.Client): Promise<number> {
    if (this.#leases.size === 0) return 0;
    let archived: { id: string; position: string }[] = [];
    const outbox: OutboxShards = {
      read: async limit => {
        const { rows } = await client.query<OutboxRow>(
          'SELECT * FROM events.outbox WHERE shard = ANY($1) ORDER BY seq LIMIT $2',
          [[...this.#leases], limit],
        );
        if (rows.length > 0) await failpoint('relay', 'read');
        return rows;
      },
      archive: async rows => {
        await failpoint('relay', 'sent');
        ({ rows: archived } = await client.query<{ id: string; position: string }>(
          `WITH published AS (DELETE FROM events.outbox WHERE seq = ANY($1) RETURNING *)
           INSERT INTO events.outbox_archive
           SELECT aggregatetype, aggregateid, version, id, type, payload, headers, created_at FROM published ORDER BY seq
           RETURNING id, position`,
          [rows.map(({ seq }) => seq)],
        ));
      },
    };
    const envelopes = await moveBatch(outbox, this.options.bus, this.options.subgraph);
    const positions = new Map(archived.map(({ id, position }) => [id, Number(position)]));
    if (envelopes.length > 0) this.options.onPublished?.(envelopes, positions);
    return envelopes.length;
  }
}

/** What of the outbox belongs to one relay. */
export interface OutboxShards {
  /** What waits, in the order of `seq`: within an aggregate, that is the order of versions and of commits. */
  read(limit: number): Promise<OutboxRow[]>;
  /** Moves rows to the archive, since the bus has them. */
  archive(rows: OutboxRow[]): Promise<unknown>;
}

/** Nothing leaves the outbox before the bus has it: what is cut off in between is published again. */
export async function moveBatch(
  outbox: OutboxShards,
  bus: Pick<EventBus, 'publish'>,
  subgraph: string,
): Promise<Envelope[]> {
  const rows = await outbox.read(BATCH);
  if (rows.length === 0) return [];
  const envelopes = rows.map(row => envelopeOf(row, subgraph));
  await bus.publish(envelopes.map(encode));
  await outbox.archive(rows);
  return envelopes;
}

/** A row of the outbox, or of its archive, as the event that it is. */
export function envelopeOf(row: Omit<OutboxRow, 'seq'>, subgraph: string): Envelope {
  return {
    id: row.id,
    source: `/gamegraph/${subgraph}`,
    type: row.type,
    topic: row.aggregatetype,
    subject: row.aggregateid,
    version: Number(row.version),
    time: new Date(row.created_at).toISOString(),
    ...(row.headers.traceparent && { traceparent: row.headers.traceparent }),
    data: row.payload,
  };
}
