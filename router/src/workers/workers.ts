import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Counter, Gauge, Registry } from 'prom-client';
import { RateLimiterClusterMaster } from 'rate-limiter-flexible';
import type { Figures } from '../http/metrics.js';
import { Link } from './link.js';
import { Tally } from './tally.js';
import type { TeamState } from './team.js';

const ANSWER_TIMEOUT_MS = 2_000; // a worker that is busy for longer is not waited for
const RESTART_DELAY_MS = 100;
const RESTART_DELAY_MS_MAX = 10_000;
const STOP_TIMEOUT_MS = 10_500; // more than they give themselves
const STABLE_MS = 60_000; // who has served for this long is no victim of what ended it before

/** The variable that tells a worker of its team: a `WorkerTask` as JSON. */
export const WORKER_TASK = 'GAMEGRAPH_WORKER';

export interface WorkerTask {
  wanted: number;
  port: number | undefined;
}

interface Member {
  worker: Worker;
  link: Link;
  /** Whether it is about to serve, and so is to hear of changes. */
  hasJoined: boolean;
  servesSinceMs: number | undefined;
  /** What it has taken, to be given back should it die. */
  taken: Map<string, number>;
}

/**
 * The processes that serve as one router, as their parent has them: starts them, replaces one that dies, and lets them
 * share what must be counted or known together. It serves nobody itself.
 */
export class Workers {
  readonly #members = new Map<number, Member>();
  readonly #tally = new Tally();
  readonly #registry = new Registry();
  readonly #restarts = new Counter({
    name: 'router_worker_restarts_total',
    help: 'Workers that ended without being told to, and were replaced.',
    registers: [this.#registry],
  });
  #failures = 0;
  #port: number | undefined;
  #isReady = false;
  #isStopping = false;

  constructor(
    private readonly wanted: number,
    private readonly log: Logger,
  ) {
    const read = () => this.#serving;
    new Gauge({
      name: 'router_workers',
      help: 'Processes that serve.',
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Resolves with the address when all serve. Rejects when one does not: then none is left. */
  async start(): Promise<string> {
    new RateLimiterClusterMaster();
    cluster.on('message', (worker, message) => this.#members.get(worker.id)?.link.receive(message));
    try {
      // The first alone: it finds the port, and tells what is wrong once.
      const url = await this.#launch();
      this.#port = Number(new URL(url).port);
      await Promise.all(Array.from({ length: this.wanted - 1 }, () => this.#launch()));
      this.#isReady = true;
      await this.#tellState();
      return url;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Lets all of them finish what they do, at the same time. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(
      [...this.#members.values()].map(async ({ worker, link }) => {
        const ended = new Promise(resolve => worker.once('exit', resolve));
        link.ask('stop').catch(() => {}); // it ends, with an answer or without
        const cut = setTimeout(() => worker.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
        await ended;
        clearTimeout(cut);
      }),
    );
  }

  get #serving(): number {
    return [...this.#members.values()].filter(({ servesSinceMs }) => servesSinceMs).length;
  }

  #launch(): Promise<string> {
    const served = Promise.withResolvers<string>();
    const task: WorkerTask = { wanted: this.wanted, port: this.#port };
    const worker = cluster.fork({ [WORKER_TASK]: JSON.stringify(task) });
    const taken = new Map<string, number>();
    const count = (names: string[], by: number) =>
      names.forEach(name => taken.set(name, (taken.get(name) ?? 0) + by));
    const member: Member = {
      ...{ worker, taken, hasJoined: false, servesSinceMs: undefined },
      link: new Link(message => worker.send(message, () => {}), {
        joins: () => void (member.hasJoined = true),
        serves: (url: string) => {
          member.servesSinceMs = Date.now();
          this.log.info({ worker: worker.id, pid: worker.process.pid }, 'a worker serves');
          served.resolve(url);
          return this.#tellState();
        },
        take: (limits: Record<string, number>) => {
          const full = this.#tally.take(limits);
          if (full === undefined) count(Object.keys(limits), 1);
          return full;
        },
        release: (names: string[]) => {
          count(names, -1);
          this.#tally.release(names);
        },
        changed: async (changes: unknown) => void (await this.#askAll('changed', member, changes)),
        figures: async () => [
          await this.#registry.getMetricsAsJSON(),
          ...(await this.#askAll<Figures>('figures')),
        ],
      }),
    };
    this.#members.set(worker.id, member);
    worker.on('error', error => this.log.error({ error }, 'a worker could not be reached'));
    worker.once('exit', (code, signal) => {
      this.#ended(member, signal ?? code);
      served.reject(new Error(`A worker ended before it served (${signal ?? code}).`));
    });
    served.promise.catch(() => {}); // of one that replaces another: its end is seen to
    return served.promise;
  }

  #ended(member: Member, how: string | number): void {
    const { worker, link, taken, servesSinceMs } = member;
    this.#members.delete(worker.id);
    link.close();
    for (const [name, count] of taken) this.#tally.release(Array<string>(count).fill(name));
    if (this.#isStopping || !this.#isReady) return;
    if (servesSinceMs !== undefined && Date.now() - servesSinceMs > STABLE_MS) this.#failures = 0;
    const delayMs =
      this.#failures === 0
        ? 0
        : Math.min(RESTART_DELAY_MS * 2 ** this.#failures, RESTART_DELAY_MS_MAX);
    this.#failures++;
    this.#restarts.inc();
    this.log.error({ worker: worker.id, how, delayMs }, 'a worker ended; another takes its place');
    void this.#tellState();
    setTimeout(() => this.#isStopping || void this.#launch(), delayMs);
  }

  async #tellState(): Promise<void> {
    const state: TeamState = {
      serving: this.#serving,
      wanted: this.wanted,
      isReady: this.#isReady,
    };
    await this.#askAll('state', undefined, state);
  }

  /** The answers of all that give one in time; those that end have none. */
  async #askAll<T>(what: string, but?: Member, body?: unknown): Promise<T[]> {
    const late = new AbortController();
    const others = [...this.#members.values()].filter(member => member !== but && member.hasJoined);
    const told = await Promise.all(
      others.map(({ link, worker }) =>
        Promise.race([
          link.ask<T>(what, body),
          sleep(ANSWER_TIMEOUT_MS, undefined, { signal: late.signal }).then(() => {
            this.log.warn({ worker: worker.id, what }, 'a worker does not answer in time');
            return undefined;
          }),
        ]).catch(() => undefined),
      ),
    );
    late.abort();
    return told.filter(answer => answer !== undefined);
  }
}
