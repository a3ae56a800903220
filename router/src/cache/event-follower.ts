import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventBus, ReceivedMessage } from '@gamegraph/event-bus';
import type { Logger } from 'pino';
import type { Caches, CacheSettings } from './caches.js';
import type { Change } from './names.js';

const RETRY_DELAY_MS = 2_000;

type Settings = CacheSettings['invalidation'];

/** Hears from the event bus what has changed, from the moment at which this router starts. */
export class EventFollower {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #bus: EventBus | undefined;

  private constructor(
    private readonly settings: Settings,
    private readonly caches: Pick<Caches<never>, 'invalidate' | 'invalidateAll' | 'pause'>,
    private readonly log: Logger,
  ) {
    caches.pause(); // what it does not hear of yet, nobody would tell
    this.#running = this.#run();
  }

  /** Returns undefined where there is nothing to follow, or nothing is kept. */
  static start(
    { responses, entities, invalidation }: CacheSettings,
    caches: Pick<Caches<never>, 'invalidate' | 'invalidateAll' | 'pause'>,
    log: Logger,
  ): EventFollower | undefined {
    const { kafkaBrokers, eventLogUrl, topics } = invalidation;
    const hasBus = kafkaBrokers.length > 0 || eventLogUrl !== undefined;
    const hasUse = responses.enabled || entities.enabled;
    if (!hasBus || !hasUse || Object.keys(topics).length === 0) return undefined;
    return new EventFollower(invalidation, caches, log);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#bus?.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const bus = await this.#connect();
      try {
        await bus.consume({
          group: `router-cache-${randomUUID()}`,
          topics: Object.keys(this.settings.topics),
          onBegin: () => this.caches.invalidateAll(),
          onMessages: async messages =>
            this.caches.invalidate(messages.flatMap(message => this.#changesIn(message))),
        });
        this.#bus = bus;
        return;
      } catch (error) {
        this.log.warn({ error }, 'the event bus is not there, so nothing is kept; trying again');
        await bus.close().catch(() => {});
        await sleep(RETRY_DELAY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** The libraries are loaded where there is a bus, and nowhere else. */
  async #connect(): Promise<EventBus> {
    const { KafkaBus, PostgresBus } = await import('@gamegraph/event-bus');
    const { kafkaBrokers: brokers, eventLogUrl } = this.settings;
    return brokers.length > 0
      ? new KafkaBus({ brokers, clientId: 'router', log: this.log })
      : new PostgresBus({ url: eventLogUrl!, log: this.log });
  }

  /** An event's key is the id of what it is about; as the graph has it, that id has the type's name in it. */
  #changesIn({ topic, key }: ReceivedMessage): Change[] {
    return (this.settings.topics[topic] ?? []).flatMap(type => [
      { type, id: key },
      { type, id: Buffer.from(`${type}:${key}`).toString('base64url') },
    ]);
  }
}
