import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, System, type SystemOptions } from '@gamegraph/launcher';
import { cpuSeconds, treeCpuSeconds } from './cpu.js';

/** The system that is measured: as `npm start` runs it, durable, in a temporary folder. */
export class Bench {
  static readonly #all = new Set<Bench>();
  /** Whether to be done in seconds, at the price of good figures. */
  readonly isQuick: boolean;
  /** Routers of others that take part, as `--peers` names them. */
  readonly peers: string[];
  readonly directory: string;
  #system: System | undefined;
  #seedSeconds: Promise<number> | undefined;

  private constructor(isQuick: boolean, peers: string[], directory: string) {
    this.isQuick = isQuick;
    this.peers = peers;
    this.directory = directory;
  }

  static async make(isQuick: boolean, peers: string[] = []): Promise<Bench> {
    const bench = new Bench(isQuick, peers, await mkdtemp(join(tmpdir(), 'gamegraph-bench-')));
    Bench.#all.add(bench);
    return bench;
  }

  /** Leaves nothing behind, wherever the measuring has come to. */
  static async removeAll(): Promise<void> {
    for (const bench of Bench.#all) await bench.remove();
  }

  get system(): System {
    return this.#system!;
  }

  /** Starts everything. Returns how long that took, in seconds. */
  async start(options: Pick<SystemOptions, 'kafkaBrokers'> = {}): Promise<number> {
    const began = performance.now();
    this.#system = new System({
      ...{ directory: this.directory, port: 0, logLevel: 'warn', ...options },
      onUnexpectedExit: (service, reason) => console.error(`${service} ended: ${reason}`),
    });
    await this.system.check();
    await this.system.startPostgres();
    await this.system.startSubgraphs();
    await this.system.compose();
    await this.system.startRouter();
    return (performance.now() - began) / 1000;
  }

  /** Starts everything and makes the demo data, once. Returns how long the data took, in seconds. */
  seed(): Promise<number> {
    return (this.#seedSeconds ??= (async () => {
      await this.start();
      const began = performance.now();
      const program = join(ROOT, 'packages', 'seed', 'dist', 'main.js');
      const args = [program, '--directory', this.directory, '--scale', '1'];
      await promisify(execFile)(process.execPath, args);
      return (performance.now() - began) / 1000;
    })());
  }

  async stop(): Promise<void> {
    const system = this.#system;
    this.#system = undefined;
    await system?.stop();
  }

  /** Stops everything, and forgets it. */
  async remove(): Promise<void> {
    Bench.#all.delete(this);
    await this.stop();
    await rm(this.directory, { recursive: true });
  }

  /** A figure that the router tells of itself; of all its labels together. */
  async routerMetric(name: string): Promise<number> {
    const response = await fetch(new URL('/metrics', this.system.graphqlUrl));
    const lines = (await response.text()).split('\n');
    const values = lines.filter(line => new RegExp(`^${name}[ {]`).test(line));
    return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** CPU seconds of our router so far. */
  routerCpu(): Promise<number> {
    return cpuSeconds([this.system.service('router').pid]);
  }

  /** CPU seconds so far of all that stands behind a router: the subgraphs and PostgreSQL. */
  async backendCpu(): Promise<number> {
    const names = [...this.system.subgraphUrls.keys()];
    const subgraphs = await cpuSeconds(names.map(name => this.system.service(name).pid));
    const file = join(this.directory, 'postgres', 'cluster', 'postmaster.pid');
    const [postgresPid] = (await readFile(file, 'utf8')).split('\n');
    return subgraphs + (await treeCpuSeconds(Number(postgresPid)));
  }
}
