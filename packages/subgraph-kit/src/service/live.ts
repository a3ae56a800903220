import { setTimeout as sleep } from 'node:timers/promises';
import type { AggregateState, Envelope, EventContract } from '@gamegraph/event-bus';
import { positionTopic } from '@gamegraph/identity';
import type { EntityManager } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Logger } from 'pino';
import type { ConsistencyReport } from './consistency.js';
import { readMissed } from './missed.js';

const PAYLOAD_BYTES_MAX = 7_900; // PostgreSQL's limit for a NOTIFY is 8,000
const QUEUE_MAX = 1_000; // announcements that a slow subscription may have waiting
const RETRY_DELAY_MS_MAX = 5_000;
const ANNOUNCE_TIMES_MAX = 6; // some seconds: a database that starts again is back by then

/** Something changed that somebody may be watching: what to look at, not what it is now. */
export interface Announcement {
  /** `<what>:<id>`, such as `build:<uuid>` or `library:<user's uuid>`. */
  topic: string;
  /** Of the row to load. */
  id: string;
  /** Of the event, where there was one: the topic that it was published to, and its version of the aggregate. */
  aggregatetype?: string;
  version?: number;
  /** Where it stands among all events of this subgraph. */
  position?: number;
  /** Whether what is told of it is all there is to know: who subscribes later is to be told the last of these. */
  isWhole?: boolean;
  /** Whether the subscription has missed more than it can be told. */
  isAfterGap?: boolean;
}

/** Where resolvers subscribe. */
export type LiveSource = Pick<Live, 'announce' | 'subscribe'>;

type Filter = (announcement: Announcement) => boolean | Promise<boolean>;

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
  /** To be called when announcements may have been missed, for each subscription. */
  readonly #interruptions = new Set<() => void>();
  readonly #announcers: Map<string, Announcer[]>;
  readonly #pool: pg.Pool;
  #listening: Promise<void> | undefined;
  #listens = Promise.withResolvers<void>();
  #announced: Promise<void> = Promise.resolve();
  #stopped = false;
  #wake: () => void = () => {};

  constructor(
    private readonly options: {
      subgraph: string;
      databaseUrl: string;
      announcers: Announcer[];
      log: Logger;
    },
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
    for (const payload of payloads(announcements)) await this.#notify(payload);
  }

  async #notify(payload: string): Promise<void> {
    await this.#pool.query(`SELECT pg_notify('live', $1)`, [payload]);
  }

  /** The same for what nobody waits for, and nobody would say again. */
  async #announceSurely(announcements: Announcement[]): Promise<void> {
    for (const payload of payloads(announcements)) {
      for (let times = 1; ; times++) {
        const error = await this.#notify(payload).catch((reason: unknown) => reason);
        if (error === undefined) break;
        if (this.#stopped || times === ANNOUNCE_TIMES_MAX) throw error;
        await sleep(100 * 2 ** (times - 1));
      }
    }
  }

  /**
   * Announces published events to those who watch them. One without a position was archived, and so is announced, by
   * another relay. A loss here costs a subscriber one look, so it is only logged.
   */
  announceEvents(
    envelopes: Envelope[],
    positions: ReadonlyMap<string, number>,
    em: EntityManager,
  ): void {
    const announced = envelopes.filter(
      ({ type, id }) => this.#announcers.has(type) && positions.has(id),
    );
    if (announced.length === 0) return;
    const announcements = announced.flatMap(event =>
      this.#announcers.get(event.type)!.map(async ({ topicsOf }) => {
        const about = {
          ...{ id: event.subject, aggregatetype: event.topic, version: event.version },
          position: positions.get(event.id)!,
        };
        const topics = await topicsOf(event.data as never, em);
        return topics.map(topic => ({ topic, ...about }));
      }),
    );
    // One batch after the other, in the order of publishing, however long the look-ups take.
    this.#announced = Promise.all([Promise.all(announcements), this.#announced])
      .then(([all]) => this.#announceSurely(all.flat()))
      .catch(error => this.options.log.warn({ error }, 'live: an announcement was lost'));
  }

  /**
   * The announcements under these topics from now on, those that pass the filter. The filter is where a subscription
   * looks again, at each event, whether its viewer may still know.
   */
  subscribe(topics: string[], filter?: Filter): AsyncIterableIterator<Announcement, undefined> {
    return this.#subscribe(topics, filter);
  }

  /** The same for somebody who was told some already, and first gets what they have missed. */
  resuming(position: number, em: EntityManager): LiveSource {
    return {
      announce: announcements => this.announce(announcements),
      subscribe: (topics, filter) => {
        // Once it listens: what is announced from then on need not be looked for.
        const missed = this.#listens.promise.then(() =>
          readMissed(em, this.#announcers, topics, position),
        );
        return this.#subscribe(topics, filter, missed);
      },
    };
  }

  /** What the router is told of an event for tokens; undefined where what happened has no version. */
  reportOf(event: Announcement): ConsistencyReport | undefined {
    const { id, aggregatetype, version, position, isAfterGap } = event;
    if (aggregatetype === undefined || version === undefined || position === undefined)
      return undefined;
    const { subgraph } = this.options;
    const moved = [
      { aggregatetype: positionTopic(subgraph), aggregateid: '', version: position },
      { aggregatetype, aggregateid: id, version },
    ];
    return { moved, isPartial: false, lagging: [], ...(isAfterGap && { isAfterGap }) };
  }

  #subscribe(
    topics: string[],
    filter: Filter = () => true,
    missed?: Promise<Announcement[] | undefined>,
  ): AsyncIterableIterator<Announcement, undefined> {
    const queue: Announcement[] = [];
    let waiting: ((result: IteratorResult<Announcement, undefined>) => void) | undefined;
    let ended = false;
    let isAfterGap = false;
    const deliver = (announcement: Announcement) => {
      if (waiting) {
        waiting({ value: announcement, done: false });
        waiting = undefined;
      } else {
        queue.push(announcement);
        if (queue.length > QUEUE_MAX) {
          queue.shift();
          isAfterGap = true;
        }
      }
    };
    for (const topic of topics) {
      const subscribers = this.#subscribers.get(topic) ?? new Set();
      this.#subscribers.set(topic, subscribers.add(deliver));
    }
    const interrupt = () => (isAfterGap = true);
    this.#interruptions.add(interrupt);
    const end = async (): Promise<IteratorReturnResult<undefined>> => {
      ended = true;
      this.#interruptions.delete(interrupt);
      for (const topic of topics) {
        const subscribers = this.#subscribers.get(topic);
        subscribers?.delete(deliver);
        if (subscribers?.size === 0) this.#subscribers.delete(topic);
      }
      waiting?.({ value: undefined, done: true });
      waiting = undefined;
      return { value: undefined, done: true };
    };
    let past: Announcement[] = []; // what was missed: before what comes now
    const told = new Map<string, number>(); // version, by id
    let catchingUp = missed?.then(all => {
      past = all ?? [];
      isAfterGap ||= all === undefined;
      for (const { id, version } of past) told.set(id, version!);
    });
    catchingUp?.catch(() => {}); // told to who asks for the first
    /** What was announced while it was looked for among what was missed would be told twice. */
    const isNew = ({ id, version }: Announcement) =>
      version === undefined || version > (told.get(id) ?? 0);
    // Not an async generator: its return() would wait for a next() that may never come, and the subscription leak.
    const next = async (): Promise<IteratorResult<Announcement, undefined>> => {
      await catchingUp;
      catchingUp = undefined;
      for (;;) {
        if (ended) return { value: undefined, done: true };
        const late = past.shift();
        const announcement = late ?? queue.shift();
        const result = announcement
          ? { value: announcement, done: false as const }
          : await new Promise<IteratorResult<Announcement, undefined>>(
              resolve => (waiting = resolve),
            );
        if (result.done) return result;
        if (!late && !isNew(result.value)) continue;
        if (!(await filter(result.value))) continue;
        if (!isAfterGap) return result;
        isAfterGap = false;
        return { value: { ...result.value, isAfterGap: true }, done: false };
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
        this.#listens.resolve();
        await Promise.race([ended, new Promise<void>(resolve => (this.#wake = resolve))]);
        this.#listens = Promise.withResolvers();
        for (const interrupt of this.#interruptions) interrupt();
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
