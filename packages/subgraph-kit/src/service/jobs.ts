import { EventEmitter } from 'node:events';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { query } from '../store/sql.js';

/** Work that comes back at intervals: a sweeper, an expiry. */
export interface Job {
  name: string;
  everyMs: number;
  /** Bounded, and safe to run at any time: a process may die in the middle of it. */
  run(em: EntityManager, now: Date): Promise<unknown>;
}

const woken = new EventEmitter().setMaxListeners(0);

/** Has a job run now rather than at its next time, in this process. Goes with `afterCommit` of what it is to work on. */
export function wakeJob(name: string): void {
  woken.emit(name);
}

/** Runs each job in one process of the subgraph at a time. */
export class Jobs {
  readonly #timers: NodeJS.Timeout[];
  readonly #running = new Map<Job, Promise<void>>();
  readonly #again = new Set<Job>();
  readonly #forget: (() => void)[] = [];

  constructor(
    private readonly orm: MikroORM,
    private readonly log: Logger,
    private readonly now: () => Date,
    jobs: Job[],
  ) {
    this.#timers = jobs.map(job => setInterval(() => this.#run(job), job.everyMs).unref());
    for (const job of jobs) {
      const wake = () => this.#run(job);
      woken.on(job.name, wake);
      this.#forget.push(() => woken.off(job.name, wake));
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const forget of this.#forget) forget();
    this.#again.clear();
    await Promise.all(this.#running.values());
  }

  #run(job: Job): void {
    if (this.#running.has(job)) return void this.#again.add(job); // what it was woken for may have come too late
    const run = this.orm.em
      .fork()
      .transactional(async lock => {
        const [{ taken }] = (await query<{ taken: boolean }>(
          lock,
          sql`SELECT pg_try_advisory_xact_lock(hashtext(${`job ${job.name}`})) AS taken`,
        )) as [{ taken: boolean }];
        if (taken) await job.run(this.orm.em.fork(), this.now());
      })
      .catch((error: unknown) => this.log.error({ error, job: job.name }, 'a job failed'))
      .finally(() => {
        this.#running.delete(job);
        if (this.#again.delete(job)) this.#run(job);
      });
    this.#running.set(job, run);
  }
}
