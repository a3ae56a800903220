import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from '@gamegraph/e2e/person';
import type { PublishedGame } from '@gamegraph/e2e/world';
import { audit } from '@gamegraph/launcher';
import { Random } from '@gamegraph/seed/random';
import { until } from '@gamegraph/test-support';
import { checkHeard, checkRegisters, checkThings } from './check/history-checks.js';
import {
  checkDeadLetters,
  checkEvents,
  checkHolds,
  checkLedger,
  checkOrders,
  checkPayments,
  checkVouchers,
} from './check/state-checks.js';
import type { Violation } from './check/violation.js';
import { Crowd } from './crowd.js';
import type { Fault, Scene } from './faults/fault.js';
import {
  DrillMismatchesDocument,
  DrillReconcileDocument,
  DrillVoucherDocument,
  type TypedDocumentString,
} from './gql/graphql.js';
import { History } from './history.js';
import { Listener } from './listener.js';
import type { DrillOptions } from './options.js';
import { FaultResult, type Report, reportOf } from './report.js';
import { Stage } from './stage.js';
import {
  readAccounts,
  readBrokenSeals,
  readHeads,
  readLicences,
  readOrders,
  readPayments,
  readPositions,
  readSaid,
  readThings,
  readTopUpsMinor,
  readTransfers,
  readVouchers,
} from './state.js';

const UNDER_WAY = new Set(['PAYING', 'HELD', 'COLLECTING', 'REFUND_REQUESTED']);
const AT_ONCE = 12;
const PLAYERS = 10;
const LEAVERS = 3;
const GAMES = 12;
const DAY_MS = 86_400_000;
const VOUCHER = { percent: 30, redemptionsMax: 6 };
const WARM_UP_MS = 2_000;
const FAULT_TIMEOUT_MS = 180_000;
const QUIET_TIMEOUT_MS = 180_000;
const RENEW_EVERY_MS = 100_000; // a token is good for five minutes
const LOOK_EVERY_MS = 2_000;

/** Runs the whole system under load, breaks it in every way, and finds out whether anything was lost. */
export class Drill {
  readonly #history: History;
  readonly #violations: Violation[] = [];
  readonly #poisoned = new Set<string>();
  readonly #listeners: Listener[] = [];
  readonly #results = new Map<string, FaultResult>();
  /** What the crowd was given to begin with: nobody's wish in the history. */
  readonly #given = new Set<string>();
  readonly #beganAt = new Date();
  #stage!: Stage;
  #crowd!: Crowd;

  constructor(
    private readonly options: DrillOptions,
    private readonly faults: readonly Fault[],
    private readonly directory: string,
    private readonly tell: (line: string) => void,
  ) {
    mkdirSync(directory, { recursive: true });
    this.#history = new History(join(directory, 'history.ndjson'));
  }

  async run(): Promise<Report> {
    const { minutes, seed } = this.options;
    const began = performance.now();
    this.#stage = await Stage.open(this.directory, this.options.bus === 'kafka');
    try {
      await this.#stage.world.start();
      this.#crowd = await this.#gather();
      this.tell(`the system runs, ${this.#crowd.people.length} people are there`);
      const randoms = Array.from({ length: AT_ONCE }, (_, n) => new Random(seed + n));
      await this.#crowd.whilst(() => this.#strike(minutes * 60_000), randoms);
      this.tell('no more load; waiting for quiet');
      await this.#quiet();
      this.tell('quiet; checking');
      this.#violations.push(...(await this.#check()));
    } finally {
      await this.close();
    }
    const seconds = (performance.now() - began) / 1000;
    const { entries } = this.#history;
    const resumed = this.#listeners.reduce((sum, { times }) => sum + times - 1, 0);
    return reportOf(this.#results, entries, this.#crowd, this.#violations, seconds, resumed);
  }

  /** Ends everything that was started. May be called at any time. */
  async close(): Promise<void> {
    for (const listener of this.#listeners) await listener.stop();
    await this.#stage?.close();
    await this.#history.close();
  }

  async #gather(): Promise<Crowd> {
    const { world } = this.#stage;
    const given = (count: number) =>
      Promise.all(Array.from({ length: count }, () => world.givenPlayer('drill')));
    const players = await given(PLAYERS);
    const talkers = (await given(2)) as [(typeof players)[0], (typeof players)[0]];
    await world.givenFriends(...talkers);
    const chatId = await world.givenChat(...talkers);
    await this.#listen(talkers, chatId);
    const studio = await world.givenStudio();
    const game = () => world.givenGame(studio, { minor: '1000', hasItems: true });
    const games: PublishedGame[] = await Promise.all(Array.from({ length: GAMES }, game));
    const bundle = await world.givenGame(studio, { minor: '2500', parts: games.slice(1, 4) });
    const dlc = await world.givenGame(studio, { minor: '500', base: games[0] });
    await Promise.all(players.map(player => world.givenMoney(player, '20000')));
    const expiresAt = new Date(this.#beganAt.getTime() + DAY_MS).toISOString();
    const { createVoucher } = await answerTo(world.admin, DrillVoucherDocument, {
      input: { ...VOUCHER, idempotencyKey: randomUUID(), expiresAt },
    });
    await world.settled();
    const leavers = await given(LEAVERS);
    for (const { id } of await readThings(this.#stage)) this.#given.add(id);
    const sold = { games, bundleId: bundle.id, dlcId: dlc.id, voucherCode: createVoucher.code };
    return new Crowd({ players, leavers, ...sold, chatId, talkers }, this.#history);
  }

  /** From here on, each of them is to hear all that is said. */
  async #listen(talkers: Person[], chatId: string): Promise<void> {
    for (const person of talkers) this.#listeners.push(new Listener(person, chatId, this.#history));
    const hearSomething = async () => {
      await this.#stage.world.say(talkers[0]!, chatId, 'Do you hear me?');
      return this.#listeners.every(({ lastHeard }) => lastHeard > 0);
    };
    await until('everybody hears something', hearSomething, { intervalMs: 250 });
  }

  /** One fault after the other, until the time is over and each had its turn. */
  async #strike(ms: number): Promise<void> {
    const { seed } = this.options;
    const ends = Date.now() + ms;
    const scene: Scene = {
      ...{ stage: this.#stage, crowd: this.#crowd, poisoned: this.#poisoned },
      outageMs: Math.min(60_000, ms / 20),
    };
    const ticks = [
      setInterval(() => void this.#renewTokens(), RENEW_EVERY_MS),
      setInterval(() => void this.#lookAtMoney(), LOOK_EVERY_MS),
    ];
    for (const { name, description, impossible } of this.faults)
      this.#results.set(name, new FaultResult(name, description, impossible?.(this.#stage)));
    const possible = this.faults.filter(({ name }) => !this.#results.get(name)!.impossible);
    try {
      await sleep(WARM_UP_MS);
      for (let round = 0; round === 0 || Date.now() < ends; round++) {
        for (const fault of new Random(seed + round).shuffled(possible)) {
          if (round > 0 && Date.now() >= ends) break;
          // Choices depend on the seed, the round and the fault; not on what happened before.
          const random = new Random(seed + 1_000 * round + Number(fault.name.slice(1)));
          await this.#injectOne(fault, scene, random);
        }
        if (possible.length === 0) break;
      }
      while (Date.now() < ends) await sleep(100);
    } finally {
      for (const tick of ticks) clearInterval(tick);
    }
  }

  async #injectOne(fault: Fault, scene: Scene, random: Random): Promise<void> {
    const result = this.#results.get(fault.name)!;
    this.#history.fault = fault.name;
    result.injected++;
    try {
      const began = Date.now();
      const work = async () => {
        const { what, holdMs = 0, mend } = await fault.inject(scene, random);
        await sleep(holdMs);
        await mend?.();
        const mended = Date.now();
        await Promise.all([this.#crowd.pause(), this.#stage.recovered()]);
        const recoveryMs = Date.now() - mended;
        result.recoveries.push(recoveryMs);
        this.tell(
          `${fault.name} ${what}; ${mended - began} ms, recovered ${recoveryMs} ms after it`,
        );
      };
      await withinTime(work(), FAULT_TIMEOUT_MS);
      result.drift += await this.#drift(fault.name);
    } catch (error) {
      const told = `${fault.name} did not end well: ${(error as Error).message}`;
      this.tell(told);
      this.#violations.push({ invariant: 'recovery', damage: 'other', told });
    } finally {
      this.#history.fault = undefined;
      this.#crowd.resume();
    }
  }

  /** How many copies differ from their owners, while nobody changes anything. */
  async #drift(where: string): Promise<number> {
    const reports = await audit(this.#stage.world.operator);
    const differing = reports.filter(report => report.differing.length > 0);
    for (const { projection, examples } of differing)
      this.#violations.push({
        ...{ invariant: 'I9', damage: 'drift' },
        told: `after ${where}, ${projection} differs from its owner: ${JSON.stringify(examples[0])}`,
      });
    return differing.reduce((sum, report) => sum + report.differing.length, 0);
  }

  async #renewTokens(): Promise<void> {
    const { world } = this.#stage;
    for (const person of [...this.#crowd.people, world.admin])
      await world.renew(person).catch(() => {}); // the next time, then
  }

  /** What must hold always: I1 and I3. */
  async #lookAtMoney(): Promise<void> {
    const accounts = await readAccounts(this.#stage).catch(() => undefined); // PostgreSQL may be gone just now
    const wrong = checkLedger(accounts ?? []);
    if (wrong.length > 0) this.#violations.push(...wrong);
  }

  async #quiet(): Promise<void> {
    await this.#renewTokens();
    await this.#crowd.settle();
    const soon = { timeoutMs: QUIET_TIMEOUT_MS, intervalMs: 250 };
    const isOver = async () => {
      const [orders, payments] = [await readOrders(this.#stage), await readPayments(this.#stage)];
      return orders.every(({ state }) => !UNDER_WAY.has(state)) && !payments.some(one => one.isDue);
    };
    await this.#orViolation('I5', 'an order is still under way', until('orders end', isOver, soon));
    await this.#orViolation(
      'I8',
      'events wait in an outbox, or were set aside',
      this.#stage.world.settled(QUIET_TIMEOUT_MS),
    );
    // Whoever has missed the last of it hears that when they go on.
    const last = Math.max(...(await readSaid(this.#stage)));
    const isHeard = () => this.#listeners.every(({ lastHeard }) => lastHeard === last);
    for (const listener of this.#listeners) listener.goOn();
    await this.#orViolation('I13', 'somebody does not hear', until('all is heard', isHeard));
  }

  async #orViolation(invariant: string, told: string, work: Promise<unknown>): Promise<void> {
    await work.catch((error: unknown) => {
      this.#violations.push({
        ...{ invariant, damage: 'lost', told: `${told}: ${(error as Error).message}` },
      });
    });
  }

  async #check(): Promise<Violation[]> {
    const stage = this.#stage;
    const { entries } = this.#history;
    const transfers = await readTransfers(stage);
    const orders = await readOrders(stage);
    const accounts = await readAccounts(stage);
    const things = (await readThings(stage)).filter(({ id }) => !this.#given.has(id));
    await this.#drift('everything');
    return [
      ...checkLedger(accounts),
      ...checkHolds(transfers),
      ...checkOrders(orders, await readLicences(stage), transfers),
      ...checkPayments(orders, await readPayments(stage), await readTopUpsMinor(stage), accounts),
      ...checkVouchers(await readVouchers(stage)),
      ...(await this.#mismatches()),
      ...(await readBrokenSeals(stage)).map(({ n }): Violation => ({
        ...{
          invariant: 'I11',
          damage: 'ledger',
          told: `the seal ${n} does not vouch for its transfers`,
        },
      })),
      ...checkEvents(await readHeads(stage), await readPositions(stage)),
      ...checkThings(entries, things),
      ...checkRegisters(entries),
      ...checkHeard(entries, await readSaid(stage)),
      ...checkDeadLetters(await this.#deadLetters(), this.#poisoned),
      ...this.#crowd.surprises.map(({ error, fault }): Violation => ({
        ...{ invariant: 'errors', damage: 'other' },
        told: `during ${fault ?? 'no fault'}, an error that nothing explains: ${JSON.stringify(error)}`,
      })),
    ];
  }

  /** Where the provider's report differs from what we have. */
  async #mismatches(): Promise<Violation[]> {
    const { admin } = this.#stage.world;
    const all = { from: this.#beganAt.toISOString(), to: new Date().toISOString() };
    await answerTo(admin, DrillReconcileDocument, all);
    const { paymentReconciliation } = await answerTo(admin, DrillMismatchesDocument, all);
    return paymentReconciliation.edges.map(({ node }) => ({
      ...{ invariant: 'I5', damage: 'ledger' },
      told: `the provider's report says otherwise: ${JSON.stringify(node)}`,
    }));
  }

  async #deadLetters(): Promise<{ id: string; error: string }[]> {
    const { bus, subgraphs } = this.#stage;
    const topics = subgraphs.map(subgraph => `${subgraph}.dead-letter`);
    const found: { id: string; error: string }[] = [];
    const consumption = await bus.consume({
      ...{ group: 'drill', topics },
      async onMessages(messages) {
        for (const { headers } of messages)
          found.push({ id: headers.ce_id ?? '', error: headers.gamegraph_error ?? '' });
      },
    });
    // Kafka may still be finding its feet.
    const isRead = () =>
      bus.lag('drill', topics).then(
        lag => lag === 0,
        () => false,
      );
    await until('all dead letters are read', isRead, { timeoutMs: 60_000 });
    await consumption.stop();
    return found;
  }
}

/** What there is no reason not to be told. */
async function answerTo<Result, Variables>(
  who: Person,
  operation: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const { data, errors } = await who.send<Result>(operation.toString(), variables);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}

async function withinTime(work: Promise<void>, ms: number): Promise<void> {
  const abort = new AbortController();
  const late = sleep(ms, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`it took longer than ${ms} ms`);
  });
  await Promise.race([work, late.catch(error => abort.signal.aborted || Promise.reject(error))]);
  abort.abort();
}
