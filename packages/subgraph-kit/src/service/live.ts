import { setTimeout as sleep } from 'node:timers/promises';
import type { AggregateState, Envelope, EventContract } from '@gamegraph/event-bus';
import type { EntityManager } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Logger } from 'pino';

const PAYLOAD_BYTES_MAX = 7_900; // PostgreSQL's limit for a NOTIFY is 8,000
const QUEUE_MAX = 1_000; // announcements that a slow subscription may have waiting
const RETRY_DELAY_MS_MAX = 5_000;

/** Something changed that somebody may be watching: what to look at, not what it is now. */
export interface Announcement {
  /** `<what>:<id>`, such as `build:<uuid>` or `library:<user's uuid>`. */
  topic: string;
  /** Of the row to load. */
  id: string;
}

type Topics = string[] | Promise<string[]>;

/** Which topics an event of this subgraph's own is of interest to. */
export interface Announcer {
  event: EventContract;
  topicsOf(state: never, em: EntityManager): Topics;
}

/**
 * `announce(buildUpdated, build => [`build:${build.id}`])`. Whom the event concerns may be looked up through `em`, with
 * a loader: the events that were published together are asked about in one moment.
 */
export function announce<State extends AggregateState>(
  event: EventContract<State>,
  topicsOf: (state: State, em: EntityManager) => Topics,
): Announcer {
  return { event: event as unknown as EventContract, topicsOf };
}

/**
 * Tells every process of the subgraph, through its database, what changed; the source of subscriptions. The relay
 * announces each event that it has published, so a crash between a commit and the announcement loses neither.
 */
export class Live {
  readonly #subscribers = new Map<string, Set<(announcement: Announcement) => void>>();
  readonly #announcers: Map<string, Announcer[]>;
  readonly #pool: pg.Pool;
  #listening: Promise<void> | undefined;
  #announced: Promise<void> = Promise.resolve();
  #stopped = false;
  #wake: () => void = () => {};

  constructor(
    private readonly options: { databaseUrl: string; announcers: Announcer[]; log: Logger },
  ) {
    this.#announcers = Map.groupBy(options.announcers, ({ event }) => event.type);
    this.#pool = new pg.Pool({ connectionString: options.databaseUrl, max: 1 });
    this.#pool.on('error', error =>
      options.log.warn({ error }, 'live: an idle connection was lost'),
    );
  }

  start(): void {
    this.#listening = this.#listen();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#listening;
    await this.#announced;
    await this.#pool.end();
  }

  async announce(announcements: Announcement[]): Promise<void> {
    for (const payload of payloads(announcements))
      await this.#pool.query(`SELECT pg_notify('live', $1)`, [payload]);
  }

  /** Announces published events to those who watch them. A loss here costs a subscriber one look, so it is only logged. */
  announceEvents(envelopes: Envelope[], em: EntityManager): void {
    const announcing = envelopes.flatMap(({ type, subject, data }) =>
      (this.#announcers.get(type) ?? []).map(async announcer => {
        const topics = await announcer.topicsOf(data as never, em);
        return topics.map(topic => ({ topic, id: subject }));
      }),
    );
    if (announcing.length === 0) return;
    const announcements = Promise.all(announcing);
    // One batch after the other, in the order of publishing, however long the look-ups take.
    this.#announced = Promise.all([announcements, this.#announced])
      .then(([all]) => this.announce(all.flat()))
      .catch(error => this.options.log.warn({ error }, 'live: an announcement was lost'));
  }

  /**
   * The announcements under these topics from now on, those that pass the filter. The filter is where a subscription
   * looks again, at each event, whether its viewer may still know.
   */
  subscribe(
    topics: string[],
    filter: (announcement: Announcement) => boolean | Promise<boolean> = () => true,
  ): AsyncIterableIterator<Announcement, undefined> {
    const queue: Announcement[] = [];
    let waiting: ((result: IteratorResult<Announcement, undefined>) => void) | undefined;
    let ended = false;
    const deliver = (announcement: Announcement) => {
      if (waiting) {
        waiting({ value: announcement, done: false });
        waiting = undefined;
      } else {
        queue.push(announcement);
        if (queue.length > QUEUE_MAX) queue.shift();
      }
    };
    for (const topic of topics) {
      const subscribers = this.#subscribers.get(topic) ?? new Set();
      this.#subscribers.set(topic, subscribers.add(deliver));
    }
    const end = async (): Promise<IteratorReturnResult<undefined>> => {
      ended = true;
      for (const topic of topics) {
        const subscribers = this.#subscribers.get(topic);
        subscribers?.delete(deliver);
        if (subscribers?.size === 0) this.#subscribers.delete(topic);
      }
      waiting?.({ value: undefined, done: true });
      waiting = undefined;
      return { value: undefined, done: true };
    };
    // Not an async generator: its return() would wait for a next() that may never come, and the subscription leak.
    const next = async (): Promise<IteratorResult<Announcement, undefined>> => {
      for (;;) {
        if (ended) return { value: undefined, done: true };
        const announcement = queue.shift();
        const result = announcement
          ? { value: announcement, done: false as const }
          : await new Promise<IteratorResult<Announcement, undefined>>(
              resolve => (waiting = resolve),
            );
        if (result.done || (await filter(result.value))) return result;
      }
    };
    const iterator = { next, return: end, throw: end, [Symbol.asyncIterator]: () => iterator };
    return iterator;
  }

  async #listen(): Promise<void> {
    for (let failures = 0; !this.#stopped;) {
      const client = new pg.Client({ connectionString: this.options.databaseUrl, keepAlive: true });
      const ended = new Promise<void>(resolve =>
        client.once('end', resolve).once('error', () => resolve()),
      );
      client.on('notification', ({ payload }) =>
        this.#dispatch(JSON.parse(payload ?? '[]') as Announcement[]),
      );
      try {
        await client.connect();
        await client.query('LISTEN live');
        failures = 0;
        await Promise.race([ended, new Promise<void>(resolve => (this.#wake = resolve))]);
      } catch (error) {
        this.options.log.warn({ error }, 'live: trying again');
      } finally {
        await client.end().catch(() => {});
      }
      if (!this.#stopped) await sleep(Math.min(100 * 2 ** failures++, RETRY_DELAY_MS_MAX));
    }
  }

  #dispatch(announcements: Announcement[]): void {
    for (const announcement of announcements) {
      for (const deliver of this.#subscribers.get(announcement.topic) ?? []) deliver(announcement);
    }
  }
}

function* payloads(announcements: Announcement[]): Generator<string> {
  let part: Announcement[] = [];
  let bytes = 2;
  for (const announcement of announcements) {
    const size = Buffer.byteLength(JSON.stringify(announcement)) + 1;
    if (bytes + size > PAYLOAD_BYTES_MAX) {
      yield JSON.stringify(part);
      part = [];
      bytes = 2;
    }
    part.push(announcement);
    bytes += size;
  }
  if (part.length > 0) yield JSON.stringify(part);
}
