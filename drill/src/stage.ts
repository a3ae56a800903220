import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { World } from '@gamegraph/e2e/world';
import { type EventBus, KafkaBus, PostgresBus } from '@gamegraph/event-bus';
import { type Special, SUBGRAPHS } from '@gamegraph/launcher';
import type { Failpoint } from '@gamegraph/subgraph-kit';
import { type KafkaBroker, startKafka, until } from '@gamegraph/test-support';
import { Proxy } from './proxy.js';
import { Tmpfs } from './tmpfs.js';

const RESTART_DELAY_MS = 200;
const RECOVERY_TIMEOUT_MS = 120_000;
/** Who has a disk of its own, and how large it is. */
const DISKS_MB = { postgres: 1_500, kafka: 500 };

/** Where the drill takes place: the whole system, with someone who may break any part of it. */
export class Stage {
  readonly world: World;
  readonly directory: string;
  readonly #proxies = new Map<string, Promise<Proxy>>();
  /** Who ends now does so on purpose, and is started again by who has it end. */
  readonly #held = new Set<string>();
  readonly #restarts = new Set<Promise<void>>();
  #bus: EventBus | undefined;
  #isOver = false;

  private constructor(
    /** Where there is a real Kafka. */
    readonly kafka: KafkaBroker | undefined,
    kafkaProxy: Promise<Proxy> | undefined,
    directory: string,
    /** Who writes -> where, if there can be disks of their own. */
    readonly disks: ReadonlyMap<string, Tmpfs>,
  ) {
    this.directory = directory;
    if (kafkaProxy) this.#proxies.set('everybody kafka', kafkaProxy);
    this.world = new World({
      directory,
      ephemeral: false, // what is committed has to outlive a crash
      kafkaBrokers: kafka?.address,
      failpoints: true,
      subgraphs: SUBGRAPHS.map(entry =>
        entry.name === 'payments'
          ? { ...entry, env: { ...entry.env, ...this.providerThat() } }
          : entry,
      ),
      postgresSettings: { max_connections: 400, max_wal_size: '256MB' },
      reroute: (who, what, url) => this.#reroute(who, what, url),
      onUnexpectedExit: service => this.#startAgain(service),
    });
  }

  static async open(directory: string, isOnKafka: boolean): Promise<Stage> {
    const disks = new Map<string, Tmpfs>();
    for (const [name, sizeMb] of Object.entries(DISKS_MB)) {
      if (name === 'kafka' && !isOnKafka) continue;
      mkdirSync(join(directory, name), { recursive: true });
      const disk = await Tmpfs.mount(join(directory, name), sizeMb);
      if (disk) disks.set(name, disk);
    }
    let proxy: Promise<Proxy> | undefined;
    const kafka = isOnKafka
      ? await startKafka(join(directory, 'kafka'), async address => {
          proxy = Proxy.open(Number(address.split(':')[1]));
          return `127.0.0.1:${(await proxy).port}`;
        })
      : undefined;
    return new Stage(kafka, proxy, directory, disks);
  }

  get system() {
    return this.world.system;
  }

  get subgraphs(): string[] {
    return [...this.system.subgraphUrls.keys()];
  }

  /** Settings of `payments`, with a payment provider that does something wrong. It keeps its charges, as a real one does. */
  providerThat(wrong: object = {}): Record<string, string> {
    const directory = join(this.directory, 'provider');
    return { FAKE_PROVIDER: JSON.stringify({ directory, ...wrong }) };
  }

  /** The drill's own way to the bus. */
  get bus(): EventBus {
    const log = { warn: () => {} };
    return (this.#bus ??= this.kafka
      ? new KafkaBus({ brokers: [this.kafka.address], clientId: 'drill', log })
      : new PostgresBus({ url: this.system.cluster.url('event_log'), log }));
  }

  /** What stands between two: `payments` and `postgres`, `router` and `payments`, `everybody` and `kafka`. */
  async proxy(link: string): Promise<Proxy> {
    return (await this.#proxies.get(link))!;
  }

  get links(): string[] {
    return [...this.#proxies.keys()];
  }

  arm(service: string, failpoint: Failpoint): void {
    this.system.service(service).send({ failpoint });
  }

  /** Has a service killed at a failpoint, and stay away. Whether it came there in time; `start` then starts it again. */
  async killAndHold(
    service: string,
    at: Omit<Failpoint, 'action'>,
    withinMs: number,
  ): Promise<boolean> {
    const { exited } = this.system.service(service);
    this.#held.add(service);
    this.arm(service, { ...at, action: 'kill' });
    const reason = await Promise.race([exited, sleep(withinMs, 'late', { ref: false })]);
    this.#held.delete(service);
    return reason !== 'late';
  }

  /** Kills a service; the returned function starts it again. */
  async kill(service: string): Promise<() => Promise<void>> {
    await this.system.service(service).kill();
    return () => this.start(service);
  }

  /** Has PostgreSQL end at once, as it is. */
  async crashPostgres(): Promise<() => Promise<void>> {
    this.#held.add('postgres');
    await this.system.cluster.crash();
    return async () => {
      await this.system.restartPostgres();
      this.#held.delete('postgres');
    };
  }

  /** Starts a subgraph or the router, sooner or later. */
  start(service: string, special?: Special): Promise<void> {
    return this.#persist(() =>
      service === 'router'
        ? this.system.startRouter()
        : this.system.startSubgraph(service, special),
    );
  }

  /** Does something in a database, with the superuser's rights. */
  async rows<Row>(database: string, statement: string, values: unknown[] = []): Promise<Row[]> {
    return this.world.sql(
      database,
      async client => (await client.query(statement, values)).rows as Row[],
    );
  }

  /** Waits until everybody answers, and every event has had its effects. Nobody may ask for more meanwhile. */
  async recovered(): Promise<void> {
    const soon = { timeoutMs: RECOVERY_TIMEOUT_MS, intervalMs: 100 };
    await until('everybody answers again', () => this.#isHealthy(), soon);
    await this.world.settled(RECOVERY_TIMEOUT_MS);
  }

  /** Whether each subgraph can work, and the router reaches it. */
  async #isHealthy(): Promise<boolean> {
    if (this.#restarts.size > 0) return false;
    const { operator } = this.world;
    const answers = await Promise.allSettled([
      ...this.subgraphs.map(name => operator.get(name, 'backlog')),
      this.world.nobody
        .send<{ games: unknown }>('{ games(first: 1) { totalCount } }', {})
        .then(({ errors }) => errors && Promise.reject(new Error(errors[0]!.message))),
    ]);
    return answers.every(({ status }) => status === 'fulfilled');
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#bus?.close().catch(() => {});
    await Promise.allSettled(this.#restarts);
    await this.world.system.stop();
    await this.kafka?.stop();
    for (const proxy of this.#proxies.values()) (await proxy).close();
    for (const disk of this.disks.values()) await disk.unmount();
  }

  async #reroute(who: string, what: string, url: string): Promise<string> {
    const link = `${who} ${what}`;
    const [to, target] = [new URL(url), Number(new URL(url).port)];
    let proxy = this.#proxies.get(link);
    if (!proxy) this.#proxies.set(link, (proxy = Proxy.open(target)));
    to.port = String((await proxy).port);
    return to.href;
  }

  /** As an orchestrator does: who ends is started again. */
  #startAgain(service: string): void {
    if (this.#isOver || this.#held.has(service)) return;
    const restart = (
      service === 'postgres'
        ? this.#persist(() => this.system.restartPostgres())
        : this.start(service)
    ).finally(() => this.#restarts.delete(restart));
    this.#restarts.add(restart);
  }

  async #persist(start: () => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      await sleep(RESTART_DELAY_MS);
      const isStarted = await start().then(
        () => true,
        () => false, // what it needs is not there yet
      );
      if (isStarted) return;
    }
  }
}
