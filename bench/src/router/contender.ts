import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { until } from '@gamegraph/test-support';
import { treeCpuSeconds, treeMemoryMb } from '../cpu.js';
import type { STAGES } from './stages.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;

/** A core for the router alone, and one for all else; undefined where processes cannot be tied to cores. */
export const CORES = coresOf();

function coresOf(): { router: number; others: number } | undefined {
  const count = cpus().length;
  if (count < 2) return undefined;
  const router = count - 1;
  const { status } = spawnSync('taskset', ['-c', String(router), 'true']);
  return status === 0 ? { router, others: 0 } : undefined;
}

/** How to start a router. */
export interface Program {
  name: string;
  /** @param supergraph the file */
  command(supergraph: string, port: number): string[];
  env?(supergraph: string, port: number): Record<string, string>;
  /** Where it takes requests, if not at `/graphql`. */
  path?: string;
  /** Where it can take part, if not everywhere. */
  stages?: (keyof typeof STAGES)[];
  /** It knows one answer, so it is asked for that alone. */
  isFloor?: boolean;
}

/** A router that is measured, in a process of its own. */
export class Contender {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #kill = () => this.#child.kill('SIGKILL');

  private constructor(
    readonly program: Program,
    supergraph: string,
    port: number,
    readonly logFile: string,
    directory: string,
  ) {
    const { command, env, path } = program;
    this.url = `http://127.0.0.1:${port}${path ?? '/graphql'}`;
    const settings = { NODE_ENV: 'production', ...env?.(supergraph, port) };
    const args = [
      ...(CORES ? ['taskset', '-c', String(CORES.router)] : []),
      ...['env', ...Object.entries(settings).map(([key, value]) => `${key}=${value}`)],
      ...command(supergraph, port),
    ];
    const log = openSync(logFile, 'w');
    this.#child = spawn(args[0]!, args.slice(1), { cwd: directory, stdio: ['ignore', log, log] });
    closeSync(log);
    process.once('exit', this.#kill);
  }

  /** Starts it in this directory. @throws Error with what it said when it does not serve */
  static async start(program: Program, supergraph: string, directory: string): Promise<Contender> {
    const logFile = `${directory}/${program.name.replaceAll(/\W+/g, '-')}.log`;
    const contender = new Contender(program, supergraph, await freePort(), logFile, directory);
    try {
      await until(`${program.name} serves`, () => contender.#serves(), {
        timeoutMs: START_TIMEOUT_MS,
        intervalMs: 100,
      });
    } catch (error) {
      await contender.stop();
      throw new Error(readFileSync(logFile, 'utf8').slice(-2000), { cause: error });
    }
    return contender;
  }

  get name(): string {
    return this.program.name;
  }

  /** CPU seconds so far, with all that it has started. */
  cpu(): Promise<number> {
    return treeCpuSeconds(this.#child.pid!);
  }

  memoryMb(): Promise<number> {
    return treeMemoryMb(this.#child.pid!);
  }

  async stop(): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#hasEnded) return;
    const exited = new Promise(resolve => this.#child.once('exit', resolve));
    this.#child.kill();
    const timer = setTimeout(this.#kill, STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #serves(): Promise<boolean> {
    if (this.#hasEnded) throw new Error(`${this.name} ended.`);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: '{ __typename }' });
    const response = await fetch(this.url, { method: 'POST', headers, body }).catch(() => {});
    await response?.body?.cancel();
    return response?.ok ?? false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
