import { setTimeout as sleep } from 'node:timers/promises';
import type { Awaited, Head } from '@gamegraph/identity';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { query } from '../store/sql.js';
import type { Consumer } from './consumer.js';

const POLL_MS = 5;

/** A consumer that has not had an event. */
export interface Lagging {
  projection: string;
  topic: string;
}

interface Step extends Head {
  consumer: string;
}

interface Waiting {
  steps: Step[];
  endsAtMs: number;
  done(lagging: Step[]): void;
  fail(error: unknown): void;
}

/**
 * Waits until the consumers of this subgraph have come as far as somebody knows that events go. All who wait are looked
 * after by one statement at a time, however many they are; nobody waits, nothing is asked.
 */
export class Reached {
  readonly #consumersOf: ReadonlyMap<string, string[]>;
  readonly #waiting = new Set<Waiting>();
  #isPolling = false;

  constructor(
    private readonly orm: MikroORM,
    consumers: Consumer[],
  ) {
    const topics = new Set(consumers.flatMap(consumer => consumer.topics));
    this.#consumersOf = new Map(
      [...topics].map(topic => [
        topic,
        consumers.filter(each => each.topics.includes(topic)).map(({ name }) => name),
      ]),
    );
  }

  /** Returns those that have not come so far when the budget is spent. */
  async wait({ heads, budgetMs }: Pick<Awaited, 'heads' | 'budgetMs'>): Promise<Lagging[]> {
    const steps = heads.flatMap(head =>
      (this.#consumersOf.get(head.aggregatetype) ?? []).map(consumer => ({ ...head, consumer })),
    );
    if (steps.length === 0) return [];
    const endsAtMs = performance.now() + budgetMs;
    const missing = await this.#missing(steps);
    if (missing.length === 0) return [];
    const lagging = await new Promise<Step[]>((done, fail) => {
      this.#waiting.add({ steps: missing, endsAtMs, done, fail });
      if (!this.#isPolling) void this.#poll();
    });
    const told = new Map(
      lagging.map(({ consumer, aggregatetype }) => [
        `${consumer} ${aggregatetype}`,
        { projection: consumer, topic: aggregatetype },
      ]),
    );
    return [...told.values()];
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#waiting.size > 0) {
      await sleep(POLL_MS);
      const all = [...this.#waiting];
      try {
        const missing = new Set(await this.#missing(all.flatMap(({ steps }) => steps)));
        const now = performance.now();
        for (const each of all) {
          each.steps = each.steps.filter(step => missing.has(step));
          if (each.steps.length === 0 || each.endsAtMs <= now) this.#end(each).done(each.steps);
        }
      } catch (error) {
        for (const each of all) this.#end(each).fail(error);
      }
    }
    this.#isPolling = false;
  }

  #end(waiting: Waiting): Waiting {
    this.#waiting.delete(waiting);
    return waiting;
  }

  async #missing(steps: Step[]): Promise<Step[]> {
    const rows = await query<{ n: number }>(
      this.orm.em.fork(),
      sql`SELECT step.n FROM jsonb_to_recordset(${JSON.stringify(steps.map((step, n) => ({ ...step, n })))}::jsonb)
            AS step(n int, consumer text, aggregatetype text, aggregateid text, version bigint)
          WHERE NOT EXISTS (
            SELECT 1 FROM events.inbox_head AS head
            WHERE (head.consumer, head.aggregatetype, head.aggregateid) = (step.consumer, step.aggregatetype, step.aggregateid)
              AND head.version >= step.version) ORDER BY step.n`,
    );
    return rows.map(({ n }) => steps[n]!);
  }
}
