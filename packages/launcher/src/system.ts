import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, freePort, isPortFree, startCluster } from '@gamegraph/embedded-postgres';
import { compose, PROJECTION_SUBGRAPH } from '@gamegraph/router';
import { ROOT, SCHEMA_DIRECTORY } from './paths.js';
import { endOrphans, readRunning, removeRunning, writeRunning } from './running.js';
import { Secrets } from './secrets.js';
import { Service } from './service.js';
import { type SubgraphEntry, SUBGRAPHS } from './subgraphs.js';

const EVENT_LOG = 'event_log';

/** Something about the machine or the settings is in the way. The message says the cure, in one line. */
export class CannotStart extends Error {
  override name = 'CannotStart';
}

export interface SystemOptions {
  /** Everything that is written goes in here. */
  directory: string;
  /** The router's; its subgraphs take the ones behind it, where those are free. */
  port: number;
  host?: string;
  /** Pages of these origins may ask the router, as its CORS_ORIGINS says. */
  corsOrigins?: string;
  /** Kafka's brokers; without them, events go through a log in PostgreSQL. */
  kafkaBrokers?: string | undefined;
  logLevel?: string;
  /** Trade durability for speed: for tests, whose data nobody will miss. */
  ephemeral?: boolean;
  /** Further settings of PostgreSQL, as in postgresql.conf. */
  postgresSettings?: Record<string, string | number>;
  subgraphs?: SubgraphEntry[];
  /**
   * Given who asks and where, where it is to ask instead: a drill stands in between. Asked again each time that a service
   * starts.
   */
  reroute?(who: string, what: string, url: string): Promise<string>;
  /** Services take failpoints. */
  failpoints?: boolean;
  onLine?(service: string, line: string): void;
  /** A process ended that nobody had asked to. */
  onUnexpectedExit?(service: string, reason: string): void;
}

/** How a service is started otherwise than usual. */
export interface Special {
  nodeFlags?: string[];
  env?: Record<string, string>;
}

/**
 * The whole of Gamegraph on one machine: PostgreSQL, the subgraphs and the router, each a process of its own. Its steps
 * are to be called in their order; `stop` undoes what was done, in the opposite one.
 */
export class System {
  readonly #options: SystemOptions;
  readonly #entries: SubgraphEntry[];
  readonly #services = new Map<string, Service>();
  readonly #urls = new Map<string, string>();
  readonly #databaseUrls = new Map<string, string>();
  readonly #sdls = new Map<string, string>();
  #secrets!: Secrets;
  #cluster: Cluster | undefined;
  #isStopping = false;

  constructor(options: SystemOptions) {
    this.#options = options;
    this.#entries = options.subgraphs ?? SUBGRAPHS;
  }

  get graphqlUrl(): string {
    return this.#urls.get('router')!;
  }

  /** Name of a subgraph -> where it is. */
  get subgraphUrls(): ReadonlyMap<string, string> {
    return new Map(this.#entries.map(({ name }) => [name, this.#urls.get(name)!]));
  }

  get cluster(): Cluster {
    return this.#cluster!;
  }

  get secrets(): Secrets {
    return this.#secrets;
  }

  service(name: string): Service {
    return this.#services.get(name)!;
  }

  /** Looks whether a start can succeed. @throws CannotStart */
  async check(): Promise<void> {
    const { directory, port } = this.#options;
    await mkdir(join(directory, 'logs'), { recursive: true });
    await endOrphans(directory);
    const running = await readRunning(directory);
    if (running) {
      throw new CannotStart(
        `Gamegraph runs already, at ${running.graphqlUrl} (process ${running.launcherPid}). Stop that one first.`,
      );
    }
    if (port !== 0 && !(await isPortFree(port))) {
      throw new CannotStart(
        `Port ${port} is in use by another program. Choose another: PORT=${port + 100} npm start`,
      );
    }
    this.#secrets = await Secrets.open(join(directory, 'secrets.json'));
  }

  async startPostgres(): Promise<string> {
    const { kafkaBrokers } = this.#options;
    await this.#startCluster();
    const names = [...this.#entries.map(({ name }) => name), ...(kafkaBrokers ? [] : [EVENT_LOG])];
    for (const name of names) {
      this.#databaseUrls.set(name, await this.cluster.createDatabase({ name }));
    }
    const bus = kafkaBrokers ? `Kafka at ${kafkaBrokers}` : 'the event log';
    return `PostgreSQL 18 on port ${this.cluster.port}: ${this.#entries.length} databases and ${bus}`;
  }

  /** Starts PostgreSQL again, where it was, after it has ended in whatever way. */
  restartPostgres(): Promise<void> {
    return this.#startCluster(this.cluster.port);
  }

  async #startCluster(port?: number): Promise<void> {
    const { directory, ephemeral = false, postgresSettings = {} } = this.#options;
    const cluster = await startCluster({
      ...{ directory: join(directory, 'postgres'), ephemeral, settings: postgresSettings },
      ...(port !== undefined && { port }),
    });
    this.#cluster = cluster;
    void cluster.exited.then(() =>
      this.#isStopping ? undefined : this.#options.onUnexpectedExit?.('postgres', 'gone'),
    );
  }

  /** Starts all subgraphs side by side; each runs its migrations first. */
  async startSubgraphs(): Promise<string> {
    const { port } = this.#options;
    for (const [n, { name }] of this.#entries.entries()) {
      const own = await freePort(port === 0 ? undefined : port + 1 + n);
      this.#urls.set(name, `http://127.0.0.1:${own}/graphql`);
    }
    const migrated = await Promise.all(this.#entries.map(({ name }) => this.startSubgraph(name)));
    const count = migrated.reduce((sum, one) => sum + one, 0);
    const names = this.#entries.map(
      ({ name }) => `${name} :${new URL(this.#urls.get(name)!).port}`,
    );
    return `${names.join(' · ')}${count > 0 ? `, ${count} migrations` : ''}`;
  }

  /**
   * Starts one subgraph, at its address. Returns how many migrations ran.
   *
   * @param special flags of Node and settings, beside its usual ones
   */
  async startSubgraph(name: string, special: Special = {}): Promise<number> {
    const { port } = new URL(this.#urls.get(name)!);
    const service = await this.#launchSubgraph(name, port, special);
    this.#services.set(name, service);
    const { sdl, migrated } = await service.ready<{ sdl: string; migrated: number }>();
    this.#sdls.set(name, sdl);
    await this.#record();
    return migrated;
  }

  /**
   * Starts one more process of a subgraph, on a port of its own, to which no router goes. The caller stops it; nobody is
   * told should it end by itself.
   */
  async startReplica(name: string): Promise<Service> {
    const replica = await this.#launchSubgraph(name, '0', {}, () => {});
    await replica.ready();
    return replica;
  }

  async #launchSubgraph(
    name: string,
    port: string,
    special: Special,
    onUnexpectedExit = this.#options.onUnexpectedExit,
  ): Promise<Service> {
    const { secrets = [], env = {} } = this.#entries.find(entry => entry.name === name)!;
    const secretEnv: Record<string, string> = {};
    for (const variable of secrets)
      secretEnv[variable] = await this.#secrets.value(`${name}.${variable}`);
    const { kafkaBrokers, logLevel = 'info', failpoints = false } = this.#options;
    const module = join(ROOT, 'subgraphs', name, 'dist', 'main.js');
    const environment = {
      DATABASE_URL: await this.#between(name, 'postgres', this.#databaseUrls.get(name)!),
      PORT: port,
      ROUTER_PUBLIC_KEYS: JSON.stringify([this.#secrets.routerPublicKey]),
      ...(kafkaBrokers
        ? { KAFKA_BROKERS: kafkaBrokers }
        : {
            EVENT_LOG_URL: await this.#between(name, EVENT_LOG, this.#databaseUrls.get(EVENT_LOG)!),
          }),
      MIGRATE_ON_START: 'true',
      LOG_LEVEL: logLevel,
      ...(failpoints && { FAILPOINTS: 'true' }),
      ...env,
      ...secretEnv,
      ...special.env,
    };
    return this.#launch(name, module, environment, { ...special, onUnexpectedExit });
  }

  async #between(who: string, what: string, url: string): Promise<string> {
    return (await this.#options.reroute?.(who, what, url)) ?? url;
  }

  /** Composes what the subgraphs say of themselves, for the router to serve. */
  async compose(): Promise<string> {
    const { directory } = this.#options;
    const committed = await this.#committedSupergraph();
    const subgraphs = [...this.#sdls].map(([name, sdl]) => ({
      name,
      sdl,
      url: this.#urls.get(name)!,
    }));
    const { sdl, hints } = committed
      ? { sdl: committed, hints: [] }
      : compose([...subgraphs, PROJECTION_SUBGRAPH]);
    await writeFile(join(directory, 'supergraph.graphql'), sdl);
    const types = [...sdl.matchAll(/^(type|interface|union|enum|input|scalar) (?!join__|link__)/gm)]
      .length;
    return `${subgraphs.length} subgraphs, ${types} types, ${committed ? 'as in schema/' : `${hints.length} hints`}`;
  }

  /** What was composed before, when every subgraph is as it was then: composing takes a second. */
  async #committedSupergraph(): Promise<string | undefined> {
    if (this.#entries.length !== SUBGRAPHS.length) return undefined;
    const read = (name: string) =>
      readFile(join(SCHEMA_DIRECTORY, `${name}.graphql`), 'utf8').catch(() => undefined);
    for (const [name, sdl] of this.#sdls) if ((await read(name)) !== sdl) return undefined;
    return read('supergraph');
  }

  /** Starts the router. From then on, tools on this machine find the system. */
  async startRouter(): Promise<string> {
    const { directory, port, host = '127.0.0.1', corsOrigins = '' } = this.#options;
    const users = new URL(this.#urls.get('users')!);
    const former = this.#urls.get('router');
    const own = former ? new URL(former).port : port || (await freePort());
    const subgraphUrls: Record<string, string> = {};
    for (const [name, url] of this.subgraphUrls)
      subgraphUrls[name] = await this.#between('router', name, url);
    const service = this.#launch('router', join(ROOT, 'router', 'dist', 'main.js'), {
      SUPERGRAPH: join(directory, 'supergraph.graphql'),
      SUBGRAPH_URLS: JSON.stringify(subgraphUrls),
      ROUTER_SIGNING_KEY: JSON.stringify(this.#secrets.routerKey),
      TELEMETRY_EXPOSE: 'true', // one machine, for development: its tools show plans and timings
      JWKS_URL: new URL('/.well-known/jwks.json', users).href,
      REVOCATIONS_URL: new URL('/internal/revocations', users).href,
      HOST: host,
      PORT: String(own),
      EXPLORER_DIRECTORY: join(ROOT, 'explorer', 'dist', 'page'),
      EXAMPLES_DIRECTORY: join(ROOT, 'examples'),
      CORS_ORIGINS: corsOrigins,
      LOG_LEVEL: this.#options.logLevel ?? 'info',
    });
    this.#services.set('router', service);
    const { url } = await service.ready<{ url: string }>();
    this.#urls.set('router', url.replace('//0.0.0.0:', '//127.0.0.1:'));
    await this.#record();
    return this.graphqlUrl;
  }

  /** Ends the router, then the subgraphs, then PostgreSQL. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { router, ...subgraphs } = Object.fromEntries(this.#services);
    await router?.stop();
    await Promise.all(Object.values(subgraphs).map(service => service.stop()));
    await this.#cluster?.stop();
    await removeRunning(this.#options.directory);
  }

  /** Starts over: forgets everything that was ever written. */
  static async reset(directory: string): Promise<void> {
    await endOrphans(directory);
    const running = await readRunning(directory);
    if (running)
      throw new CannotStart(
        `Gamegraph runs, as process ${running.launcherPid}. Stop it before a reset.`,
      );
    await rm(directory, { recursive: true, force: true });
  }

  /** Leaves word of what runs where, for tools, and for the next start should this process be killed. */
  #record(): Promise<void> {
    return writeRunning(this.#options.directory, {
      launcherPid: process.pid,
      pids: [...this.#services.values()].map(({ pid }) => pid),
      graphqlUrl: this.#urls.get('router') ?? '',
      subgraphs: Object.fromEntries(this.subgraphUrls),
    });
  }

  #launch(
    name: string,
    module: string,
    env: Record<string, string>,
    {
      nodeFlags = [],
      onUnexpectedExit = this.#options.onUnexpectedExit,
    }: Pick<Special, 'nodeFlags'> & Pick<SystemOptions, 'onUnexpectedExit'> = {},
  ): Service {
    const { directory, onLine } = this.#options;
    return new Service({
      ...{ name, module, env, nodeFlags },
      logFile: join(directory, 'logs', `${name}.log`),
      onLine: line => onLine?.(name, line),
      onUnexpectedExit: reason => this.#isStopping || onUnexpectedExit?.(name, reason),
    });
  }
}
