import type { Message } from '@gamegraph/event-bus';
import { Random } from '@gamegraph/seed/random';
import { SimulatedBus } from './bus.js';
import { COPIES } from './copies.js';
import { Database, type Note, Unavailable } from './database.js';
import { SimulatedLibrary } from './library.js';
import type { Parts } from './parts.js';
import { type Purchase, SimulatedPayments } from './payments.js';
import { type Plan, type Step, type SubgraphName, tellStep } from './plan.js';
import { Process } from './process.js';
import { SimulatedProvider } from './provider.js';
import { SimulatedSubgraph, type SubgraphOptions } from './subgraph.js';
import { VirtualTime } from './virtual-time.js';

const PROCESSES = 2; // of each subgraph
const BUYERS = 3;
const WALLET_MINOR = 1_500;
const SWEEP_MS = 10_000;
const PURSUE_MS = 2_000;
const SESSION_MS = 300; // until the dead are missed
const AHEAD_MS = 600_000;
const REPLAY_MS = 60_000;
const NETWORK_MS = 10;
const CLIENT_PATIENCE_MS = 1_000;
const QUIET_BY_MS = 900_000;

/** What somebody was told: that there is an order, or that there will be none. */
export interface Acknowledged {
  idempotencyKey: string;
  orderId: string | undefined;
}

/** Three subgraphs, a bus and their bad days, in virtual time. Everything that is left to chance comes from the seed. */
export class World {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly bus: SimulatedBus;
  readonly provider: SimulatedProvider;
  readonly payments: SimulatedPayments;
  readonly library: SimulatedLibrary;
  readonly databases: Record<SubgraphName, Database>;
  readonly subgraphs: Record<SubgraphName, SimulatedSubgraph>;
  readonly acknowledged: Acknowledged[] = [];
  /** What no consumer could take. */
  readonly poison: string[] = [];
  /** What happened, for a reader. */
  readonly history: string[] = [];
  readonly #processes: Record<SubgraphName, Process[]>;
  readonly #note: Note;
  #open = 0;

  /** @param isTold whether to take down its history */
  constructor(
    private readonly plan: Plan,
    parts: Parts,
    isTold = false,
  ) {
    const note = (text: () => string) => {
      if (isTold)
        this.history.push(`${String(Math.round(this.time.nowMs)).padStart(6)} ms  ${text()}`);
    };
    this.#note = note;
    this.random = new Random(plan.seed ^ 0x5eed);
    const { time, random } = this;
    const database = (name: SubgraphName) => new Database(name, time, random, note);
    this.databases = {
      payments: database('payments'),
      library: database('library'),
      social: database('social'),
    };
    this.provider = new SimulatedProvider(time, random, note, key => this.#hear(key));
    this.payments = new SimulatedPayments(this.databases.payments, this.provider, parts, note);
    this.library = new SimulatedLibrary(this.databases.library);
    this.bus = new SimulatedBus(
      time,
      random,
      [...this.payments.topics, ...this.library.topics],
      note,
    );
    const subgraph = (
      name: SubgraphName,
      own: Pick<SubgraphOptions, 'topics' | 'consumers' | 'jobs'>,
    ) =>
      new SimulatedSubgraph({
        ...{ name, database: this.databases[name], bus: this.bus, parts, note, ...own },
        poisoned: what => this.poison.push(what),
        askForMissing: (topic, subject, fromVersion) => this.#answer(topic, subject, fromVersion),
      });
    const sweep = (by: Process) => this.payments.cancelUnanswered(by);
    this.subgraphs = {
      payments: subgraph('payments', {
        topics: this.payments.topics,
        consumers: [this.payments.consumer],
        jobs: [
          { everyMs: SWEEP_MS, run: sweep },
          { everyMs: PURSUE_MS, run: by => this.payments.pursueDue(by) },
        ],
      }),
      library: subgraph('library', {
        topics: this.library.topics,
        consumers: [this.library.consumer],
        jobs: [],
      }),
      social: subgraph('social', { topics: [], consumers: COPIES, jobs: [] }),
    };
    const processes = (name: SubgraphName) =>
      Array.from(
        { length: PROCESSES },
        (_, n) =>
          new Process(`${name} ${n + 1}`, time, random, self => this.subgraphs[name].run(self)),
      );
    this.#processes = {
      payments: processes('payments'),
      library: processes('library'),
      social: processes('social'),
    };
  }

  /** Lives through the plan, and then until all is quiet. Returns whether it ever was. */
  async run(): Promise<boolean> {
    for (const name of this.#names) {
      const { consumers } = this.subgraphs[name].options;
      const topics = [...new Set(consumers.flatMap(consumer => consumer.topics))];
      const receive = (by: Process, messages: Message[]) =>
        this.subgraphs[name].receive(by, messages);
      this.bus.join(name, topics, this.#processes[name], receive);
      for (const process of this.#processes[name]) process.start();
      this.bus.rebalance(name);
    }
    for (let buyer = 1; buyer <= BUYERS; buyer++)
      this.#ask('payments', by => this.payments.openWallet(by, buyer, WALLET_MINOR));
    for (const step of this.plan.steps) this.time.after(1_000 + step.atMs, () => this.#take(step));
    if (this.#mayLose) this.#replay();
    const endsAtMs = 1_000 + (this.plan.steps.at(-1)?.atMs ?? 0);
    return this.time.run(QUIET_BY_MS, () => this.time.nowMs > endsAtMs && this.#isQuiet);
  }

  get #names(): SubgraphName[] {
    return Object.keys(this.databases) as SubgraphName[];
  }

  /** Whether nothing is under way any more. */
  get #isQuiet(): boolean {
    return (
      this.#open === 0 &&
      this.bus.isTaken &&
      this.#names.every(
        name =>
          this.databases[name].outbox.size === 0 &&
          this.databases[name].list('parked ').length === 0 &&
          this.#processes[name].every(({ isAlive }) => isAlive),
      ) &&
      this.payments.isSettled &&
      (!this.#mayLose || this.#isLevel)
    );
  }

  get #mayLose(): boolean {
    return this.plan.steps.some(({ kind }) => kind === 'lose' || kind === 'swap');
  }

  /** Whether every consumer has come as far as the owners have. */
  get #isLevel(): boolean {
    return this.#names.every(name =>
      this.databases[name]
        .keys('head ')
        .every(head =>
          this.#names.every(other =>
            this.subgraphs[other].options.consumers
              .filter(({ topics }) => topics.includes(head.split(' ')[1]!))
              .every(
                consumer =>
                  this.databases[other].read(head.replace('head', `inbox ${consumer.name}`)) ===
                  this.databases[name].read(head),
              ),
          ),
        ),
    );
  }

  #take(step: Step): void {
    const { payments, library, bus } = this;
    this.#note(() => tellStep(step));
    switch (step.kind) {
      case 'purchase': {
        const purchase: Purchase = { ...step, idempotencyKey: `purchase ${step.n}` };
        this.#ask(
          'payments',
          by => payments.purchase(by, purchase),
          orderId => {
            this.acknowledged.push({ idempotencyKey: purchase.idempotencyKey, orderId });
          },
        );
        break;
      }
      case 'refund': {
        const { orderId } = this.acknowledged.find(
          ({ idempotencyKey }) => idempotencyKey === `purchase ${step.n}`,
        ) ?? { orderId: undefined };
        if (orderId) this.#ask('payments', by => payments.requestRefund(by, orderId));
        break;
      }
      case 'play':
        this.#ask('library', by => library.play(by, step.buyer, step.game, step.seconds));
        break;
      case 'kill': {
        const process = this.#processes[step.subgraph][step.process]!;
        process.kill();
        this.databases[step.subgraph].forget(process);
        this.time.after(SESSION_MS, () => bus.takeOver(step.subgraph));
        this.time.after(step.forMs, () => {
          process.start();
          bus.takeOver(step.subgraph);
        });
        break;
      }
      case 'slow':
        this.#processes[step.subgraph][step.process]!.slow(step.forMs);
        break;
      case 'restart database':
      case 'cut sessions':
        this.databases[step.subgraph].cut(step.kind === 'cut sessions' ? 0.5 : 1);
        break;
      case 'rebalance':
        bus.rebalance(step.subgraph);
        break;
      case 'clock ahead':
        this.#ask('payments', by => payments.cancelUnanswered(by, AHEAD_MS));
        break;
      case 'provider silent':
        this.provider.silence(step.forMs);
        break;
      case 'bus down':
        bus.down(step.forMs);
        break;
      case 'duplicate':
        bus.duplicate();
        break;
      case 'swap':
        bus.swap();
        break;
      case 'lose':
        bus.lose();
    }
  }

  /** As a client does: asks some process, and asks again when it hears nothing. */
  #ask<T>(name: SubgraphName, work: (by: Process) => Promise<T>, tell?: (value: T) => void): void {
    this.#open++;
    let isDone = false;
    const attempt = () => {
      if (isDone) return;
      this.time.after(CLIENT_PATIENCE_MS, attempt);
      const living = this.#processes[name].filter(({ isAlive }) => isAlive);
      if (living.length === 0) return;
      void work(this.random.pick(living)).then(
        value => {
          if (isDone) return;
          isDone = true;
          this.#open--;
          tell?.(value);
        },
        (error: unknown) => {
          if (!(error instanceof Unavailable))
            this.poison.push(`a client was told: ${String(error)}`);
        },
      );
    };
    attempt();
  }

  /** A webhook, which comes to some process, or to none. */
  #hear(key: string): void {
    const living = this.#processes.payments.filter(({ isAlive }) => isAlive);
    if (living.length > 0) void this.payments.hear(this.random.pick(living), key);
  }

  /** A request for events again, which arrives or not. */
  #answer(topic: string, subject: string | undefined, fromVersion: number): void {
    if (this.random.chance(0.2)) return;
    this.time.after(NETWORK_MS, () => {
      for (const name of this.#names) {
        if (!this.subgraphs[name].options.topics.includes(topic)) continue;
        const living = this.#processes[name].filter(({ isAlive }) => isAlive);
        if (living.length > 0)
          void this.subgraphs[name].republish(
            this.random.pick(living),
            topic,
            subject,
            fromVersion,
          );
      }
    });
  }

  /**
   * What was lost and has no successor is missed by nobody: the audit finds it, and the operator has the events told
   * again (`npm run drift`).
   */
  #replay(): void {
    this.time.after(REPLAY_MS, () => {
      for (const topic of [...this.payments.topics, ...this.library.topics])
        this.#answer(topic, undefined, 1);
      this.#replay();
    });
  }
}
