import { type LiveSource, query } from '@gamegraph/subgraph-kit';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v4 as uuidv4 } from 'uuid';
import { ComputationThread } from './computation-thread.js';
import type { KeptCheckpoint, Reached, ThreadEnd } from './computation.worker.js';

/** Where it is announced that somebody wants one to stop. */
export const CANCELLED_TOPIC = 'computation-cancelled';

export const topicOf = (id: string) => `computation:${id}`;

const POLL_MS = 1_000;
/** Who has not written for so long has died, and what it ran is taken up by another. */
const LEASE_SECONDS = 20;
/** How often a process may die of one before it is given up. */
const ATTEMPTS_MAX = 3;

interface Claimed {
  id: string;
  kind: string;
  game_data_id: string;
  question: unknown;
  material: unknown;
  checkpoint: KeptCheckpoint | null;
  attempts: number;
}

export interface RunnerOptions {
  orm: MikroORM;
  live: LiveSource;
  log: { warn(about: object, message: string): void; error(about: object, message: string): void };
  now(): Date;
  /** The kinds that this process knows, and the module that exports them as `KINDS`, for threads to load. */
  kinds: readonly string[];
  kindsUrl: URL;
  threads: number;
  /** Of the heap of each thread. */
  memoryMb: number;
  /** Who has had a thread for so long makes room when others wait. */
  turnMs: number;
}

/**
 * Takes computations from the queue, the one that waits longest first, and runs them in threads.
 *
 * QUEUED → RUNNING → DONE or FAILED; CANCELLED from the first two, and QUEUED again from all but DONE. Whoever runs one
 * holds its lease, and writes nothing without it: when a process dies, another goes on from the checkpoint, and a process
 * that only seemed dead finds the lease gone.
 */
export class ComputationRunner {
  readonly #threads: ComputationThread[];
  readonly #running = new Map<ComputationThread, { id: string; run: Promise<void> }>();
  #timer: NodeJS.Timeout | undefined;
  #cancellations: AsyncIterableIterator<{ id: string }> | undefined;
  #claiming: Promise<void> | undefined;
  #isWoken = false;
  #isStopped = false;

  constructor(private readonly options: RunnerOptions) {
    const { threads, kindsUrl, memoryMb } = options;
    this.#threads = Array.from(
      { length: threads },
      () => new ComputationThread({ kindsUrl, memoryMb }),
    );
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), POLL_MS).unref();
    this.#cancellations = this.options.live.subscribe([CANCELLED_TOPIC]);
    void this.#hearCancellations(this.#cancellations);
    this.wake();
  }

  /** Looks for work now rather than at the next time. */
  wake(): void {
    this.#isWoken = true;
    this.#claiming ??= this.#claimAll()
      .catch((error: unknown) => this.options.log.warn({ error }, 'computations: trying again'))
      .finally(() => (this.#claiming = undefined));
  }

  /** What runs is put back into the queue, as far as it has come. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#cancellations?.return?.();
    await this.#claiming;
    for (const thread of this.#running.keys()) thread.halt();
    await Promise.all([...this.#running.values()].map(({ run }) => run));
    await Promise.all(this.#threads.map(thread => thread.end()));
  }

  async #hearCancellations(cancellations: AsyncIterable<{ id: string }>): Promise<void> {
    for await (const { id } of cancellations)
      for (const [thread, running] of this.#running) if (running.id === id) thread.halt();
  }

  async #claimAll(): Promise<void> {
    while (this.#isWoken) {
      this.#isWoken = false;
      for (const thread of this.#threads) {
        if (this.#isStopped || this.#running.has(thread)) continue;
        const lease = uuidv4();
        const claimed = await this.#claim(lease);
        if (!claimed) break;
        const run = this.#run(thread, claimed, lease)
          .catch((error: unknown) =>
            this.options.log.error({ error, computation: claimed.id }, 'a computation was left'),
          )
          .finally(() => {
            this.#running.delete(thread);
            if (!this.#isStopped) this.wake();
          });
        this.#running.set(thread, { id: claimed.id, run });
      }
    }
  }

  async #claim(lease: string): Promise<Claimed | undefined> {
    const now = this.options.now();
    const [claimed] = await this.#query<Claimed>(
      sql`UPDATE computation SET state = 'RUNNING', lease_id = ${lease}, lease_until = ${LEASE_END},
            attempts = attempts + 1, started_at = coalesce(started_at, ${now})
          WHERE id = (
            SELECT id FROM computation WHERE ${this.#isClaimable()}
            ORDER BY queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
          RETURNING id, kind, game_data_id, question, material, checkpoint, attempts`,
    );
    return claimed;
  }

  #isClaimable() {
    return sql`state IN ('QUEUED', 'RUNNING') AND kind = ANY(${this.options.kinds}::text[])
      AND (lease_until IS NULL OR lease_until < clock_timestamp())`;
  }

  async #run(thread: ComputationThread, claimed: Claimed, lease: string): Promise<void> {
    const { id, kind, question, material, checkpoint, game_data_id: rulesId } = claimed;
    this.#announce(id);
    if (claimed.attempts > ATTEMPTS_MAX)
      return this.#end(id, lease, { what: 'failed', problem: 'It ended its process, repeatedly.' });
    const turnEndsAt = performance.now() + this.options.turnMs;
    let writing = Promise.resolve();
    let latest: Reached | undefined;
    const onReport = (report: Reached) => {
      const isWaiting = latest !== undefined;
      latest = report;
      if (isWaiting) return; // the newest is written once that before is
      writing = writing
        .then(async () => {
          const reached = latest!;
          latest = undefined;
          const { isWanted, othersWait } = await this.#write(id, lease, reached);
          if (!isWanted || (othersWait && performance.now() > turnEndsAt)) thread.halt();
        })
        .catch((error: unknown) => this.options.log.warn({ error }, 'a report was not written'));
    };
    const task = { kind, question, material, checkpoint, rulesId };
    const end = await thread.run(task, dataId => this.#definitionOf(dataId), onReport);
    await writing;
    await this.#end(id, lease, end);
  }

  async #definitionOf(id: string): Promise<unknown> {
    const [row] = await this.#query<{ definition: unknown }>(
      sql`SELECT definition FROM game_data_copy WHERE id = ${id}`,
    );
    if (!row) throw new Error(`The copy of the game data ${id} is gone.`);
    return row.definition;
  }

  async #write(id: string, lease: string, { progress, checkpoint }: Reached) {
    const [written] = await this.#query<{ state: string; othersWait: boolean }>(
      sql`UPDATE computation SET progress = ${JSON.stringify(progress)}, checkpoint = ${JSON.stringify(checkpoint)},
            lease_until = ${LEASE_END}, attempts = 0
          WHERE id = ${id} AND lease_id = ${lease}
          RETURNING state, EXISTS (SELECT 1 FROM computation WHERE ${this.#isClaimable()}) AS "othersWait"`,
    );
    if (written) this.#announce(id);
    return { isWanted: written?.state === 'RUNNING', othersWait: written?.othersWait === true };
  }

  /** One that was cancelled stays so, unless it is done nevertheless. */
  async #end(id: string, lease: string, end: ThreadEnd): Promise<void> {
    const { log, now } = this.options;
    const state = { done: 'DONE', failed: 'FAILED', stopped: 'QUEUED' }[end.what];
    const { progress = null, checkpoint = null } = end.what === 'failed' ? {} : end;
    if (end.what === 'failed' && end.cause !== undefined)
      log.error({ error: end.cause, computation: id }, 'a computation failed');
    const isDone = end.what === 'done';
    const ended = sql`${isDone} OR state = 'RUNNING'`;
    await this.#query(
      sql`UPDATE computation SET
            state = CASE WHEN ${ended} THEN ${state} ELSE state END,
            finished_at = CASE WHEN ${end.what !== 'stopped'} AND (${ended}) THEN ${now()}::timestamptz ELSE finished_at END,
            queued_at = CASE WHEN ${end.what === 'stopped'} THEN ${now()} ELSE queued_at END,
            problem = CASE WHEN ${ended} THEN ${end.what === 'failed' ? end.problem : null} END,
            progress = coalesce(${progress && JSON.stringify(progress)}::jsonb, progress),
            checkpoint = CASE WHEN ${isDone} THEN NULL
              ELSE coalesce(${checkpoint && JSON.stringify(checkpoint)}::jsonb, checkpoint) END,
            material = CASE WHEN ${isDone} THEN NULL ELSE material END,
            attempts = 0, lease_id = NULL, lease_until = NULL
          WHERE id = ${id} AND lease_id = ${lease}`,
    );
    this.#announce(id);
  }

  #announce(id: string): void {
    const { live, log } = this.options;
    live
      .announce([{ topic: topicOf(id), id }])
      .catch((error: unknown) => log.warn({ error }, 'progress was not announced'));
  }

  #query<Row>(statement: Parameters<typeof query>[1]): Promise<Row[]> {
    return query<Row>(this.options.orm.em.fork(), statement);
  }
}

const LEASE_END = sql`clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})`;
