import type { Envelope, EventBus } from '@gamegraph/event-bus';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { query } from '../store/sql.js';
import type { Consumer } from './consumer.js';

/** How far a consumer is behind the events that it follows. */
export interface Lag {
  consumer: string;
  topics: string[];
  /** On the bus, and set aside. */
  eventsBehind: number;
  /** Since the oldest of them happened, as far as this process knows; 0 when there is none. */
  secondsBehind: number;
  /** Set aside: poison, and what waits behind it or behind a gap. */
  parked: number;
  /** Of these, poison. */
  poisoned: number;
  /** When this process last applied an event; null when it has not since it started. */
  lastAppliedAt: Date | null;
}

/** Watches what consumers have in hand, so that it is known how old it is. */
export class LagMeter {
  /** Consumer -> topic -> when the oldest event in hand happened. */
  readonly #inHand = new Map<string, Map<string, number>>();
  readonly #lastAppliedAt = new Map<string, Date>();
  /** Topic -> since when it is known that something waits on the bus, of which nothing is in hand. */
  readonly #waitingSince = new Map<string, number>();

  constructor(
    private readonly bus: EventBus,
    private readonly group: string,
    private readonly consumers: Consumer[],
  ) {}

  /** These are in a consumer's hand now. */
  begin(consumer: string, topic: string, envelopes: Envelope[]): void {
    const oldestMs = Math.min(...envelopes.map(({ time }) => Date.parse(time)));
    if (!this.#inHand.has(consumer)) this.#inHand.set(consumer, new Map());
    this.#inHand.get(consumer)!.set(topic, oldestMs);
  }

  /** It has them no longer. */
  end(consumer: string, topic: string): void {
    this.#inHand.get(consumer)?.delete(topic);
  }

  applied(consumer: string): void {
    this.#lastAppliedAt.set(consumer, new Date());
  }

  async read(em: EntityManager): Promise<Lag[]> {
    const topics = [...new Set(this.consumers.flatMap(consumer => consumer.topics))];
    const behind = new Map(
      await Promise.all(
        topics.map(async topic => [topic, await this.bus.lag(this.group, [topic])] as const),
      ),
    );
    for (const [topic, count] of behind) {
      if (count === 0) this.#waitingSince.delete(topic);
      else if (!this.#waitingSince.has(topic)) this.#waitingSince.set(topic, Date.now());
    }
    const parked = await query<{
      consumer: string;
      count: number;
      poisoned: number;
      oldestMs: number;
    }>(
      em,
      sql`SELECT consumer, count(*)::int, count(*) FILTER (WHERE reason = 'poison')::int AS poisoned,
            extract(epoch FROM min((message->'headers'->>'ce_time')::timestamptz))::float * 1000 AS "oldestMs"
          FROM events.inbox_parked GROUP BY consumer`,
    );
    const aside = new Map(parked.map(row => [row.consumer, row]));
    return this.consumers.map(({ name, topics: own }) => {
      const { count = 0, poisoned = 0, oldestMs = Infinity } = aside.get(name) ?? {};
      const inHand = [...(this.#inHand.get(name)?.values() ?? [])];
      const waiting = own.flatMap(topic => this.#waitingSince.get(topic) ?? []);
      const since = Math.min(oldestMs, ...(inHand.length > 0 ? inHand : waiting));
      return {
        consumer: name,
        topics: own,
        eventsBehind: own.reduce((sum, topic) => sum + behind.get(topic)!, count),
        secondsBehind: since === Infinity ? 0 : Math.max(0, (Date.now() - since) / 1000),
        parked: count,
        poisoned,
        lastAppliedAt: this.#lastAppliedAt.get(name) ?? null,
      };
    });
  }
}
