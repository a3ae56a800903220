import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { graphql, type GraphQLSchema } from 'graphql';
import type { Bench } from '../bench.js';
import { coreBusySeconds } from '../cpu.js';
import { Helper } from '../helper.js';
import { median } from '../statistics.js';
import { figure, type Section } from '../table.js';
import { Contender, CORES, type Program } from './contender.js';
import { type Pressure, type PressureOptions } from './load.program.js';
import { absentPeers, peer } from './peers.js';
import { FLOOR, floors, OURS, STOCK } from './programs.js';
import { STAGES } from './stages.js';
import type { Question } from './subgraphs.program.js';
import { type Workload, workloads } from './workloads.js';

/** What one window found. */
interface Window {
  /** The router's, of each request. */
  cpuMicros: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  memoryMb: number;
  /** Requests to subgraphs, of each request. */
  fetches: number;
  /** How much of the router's core others took. */
  disturbance: number;
}

const FIGURES = {
  cpuMicros: 'CPU µs',
  perSecond: 'requests/s',
  p50Ms: 'p50 ms',
  p99Ms: 'p99 ms',
  memoryMb: 'RSS MB',
  fetches: 'fetches',
} satisfies Partial<Record<keyof Window, string>>;

const DISTURBANCE_MAX = 0.1;
const ATTEMPTS = 4;

/** Our router, others, and what none in Node can pass, by turns on a core of their own. */
export async function measureRouters(bench: Bench): Promise<Section> {
  const [rounds, windowS, warmUpS] = bench.isQuick ? [1, 2, 2] : [3, 4, 4];
  const asked: (Program | string)[] = [];
  for (const name of bench.peers) asked.push(await peer(name));
  const programs = [OURS, STOCK, ...asked.filter(each => typeof each !== 'string')];
  const absent = [...asked.filter(each => typeof each === 'string'), ...absentPeers(bench.peers)];
  const rows: string[][] = [];
  for (const workload of workloads()) {
    const race = await Race.prepare(workload, programs, bench);
    try {
      await race.warmUp(warmUpS);
      for (let round = 0; round < rounds; round++) await race.run(windowS, round % 2 === 1);
      rows.push(...(await race.rows()));
    } finally {
      await race.stop();
    }
  }
  return {
    title: 'Routers: the public gateways workload',
    columns: [
      ...['workload: router', 'of stock’s CPU', 'of the floor’s', ...Object.values(FIGURES)],
      'disturbed %',
    ],
    rows,
    notes: [
      `Medians of ${rounds} windows of ${windowS} s, by turns, after ${warmUpS} s to warm up. ${pinning()} CPU and fetches (requests to ` +
        'subgraphs) are of each request; CPU is what to compare, since requests/s end where the load and the subgraphs have ' +
        `no more to give. A window in which others took more than ${DISTURBANCE_MAX * 100} % of the router’s core is measured again, up to ` +
        `${ATTEMPTS} times; what remains is the last column. Every answer is compared with what graphql-js makes of the same data in one ` +
        'schema, before and after, and its length meanwhile. The floor makes the same eight requests as a good plan (or one), ' +
        'parses what comes, and writes one known answer. Cold are the queries of our own stories, on our own supergraph, one after the ' +
        'other and each with another text, so that it has to be planned.',
      ...(absent.length > 0 ? [`Not measured (\`--peers\`): ${absent.join('; ')}.`] : []),
    ],
  };
}

function pinning(): string {
  return CORES
    ? `The router has core ${CORES.router}, the load and the subgraphs core ${CORES.others}.`
    : 'Nothing is tied to a core, for want of two, or of `taskset`.';
}

/** One workload, and those who are in the running. */
class Race {
  readonly #bodies: string[];
  readonly #running: Runner[] = [];
  readonly #out: string[] = [];

  private constructor(
    private readonly workload: Workload,
    private readonly subgraphs: Helper,
    private readonly load: Helper,
    private readonly merged: GraphQLSchema,
  ) {
    this.#bodies = workload.requests.map(request => JSON.stringify(request));
  }

  static async prepare(workload: Workload, programs: Program[], bench: Bench): Promise<Race> {
    const { merged, supergraph } = STAGES[workload.stage]();
    const subgraphs = new Helper('router/subgraphs.program.js', CORES?.others);
    const load = new Helper('router/load.program.js', CORES?.others);
    const race = new Race(workload, subgraphs, load, merged);
    try {
      const origin = await subgraphs.ask<string>({ stage: workload.stage } satisfies Question);
      const file = join(bench.directory, `${workload.stage}.graphql`);
      await writeFile(file, supergraph(origin));
      const { waves, stage } = workload;
      const answer = await race.#expected(race.#bodies[0]!);
      const floor = waves ? await floors({ origin, waves, answer }, bench.directory) : [];
      for (const program of [...programs, ...floor]) {
        if (program.stages?.includes(stage) ?? true)
          await race.#enter(program, file, bench.directory);
      }
    } catch (error) {
      await race.stop();
      throw error;
    }
    return race;
  }

  async warmUp(seconds: number): Promise<void> {
    for (const runner of this.#running) await this.#press(runner, seconds);
  }

  /** A window of each. */
  async run(seconds: number, isBackwards: boolean): Promise<void> {
    for (const runner of isBackwards ? this.#running.toReversed() : this.#running) {
      let best: Window | undefined;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const window = await this.#window(runner, seconds);
        if (!best || window.disturbance < best.disturbance) best = window;
        if (!(best.disturbance > DISTURBANCE_MAX)) break;
      }
      runner.windows.push(best!);
    }
  }

  /** The figures, when all answers are still right. */
  async rows(): Promise<string[][]> {
    for (const { contender, bodies } of this.#running) {
      await this.#answerBytes(contender, bodies.slice(0, 5));
    }
    const medianOf = (name: string, key: keyof Window) => {
      const runner = this.#running.find(({ contender }) => contender.name === name);
      return median(runner?.windows.map(window => window[key]) ?? []);
    };
    const rows = this.#running.map(({ contender: { name } }) => {
      const cpu = medianOf(name, 'cpuMicros');
      const keys = Object.keys(FIGURES) as (keyof typeof FIGURES)[];
      return [
        ...[name, figure(cpu / medianOf(STOCK.name, 'cpuMicros'))],
        figure(cpu / medianOf(FLOOR, 'cpuMicros')),
        ...keys.map(key => figure(medianOf(name, key))),
        figure(medianOf(name, 'disturbance') * 100),
      ];
    });
    const blanks = Array.from({ length: Object.keys(FIGURES).length + 2 }, () => '–');
    const out = this.#out.map(name => [name, 'wrong, or none', ...blanks]);
    return [...rows, ...out].map(([name, ...cells]) => [
      `${this.workload.name}: ${name}`,
      ...cells,
    ]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map(({ contender }) => contender.stop()));
    await Promise.all([this.load.stop(), this.subgraphs.stop()]);
  }

  /** Starts a router and hears all its answers. One that cannot, or answers wrongly, is out, unless it is ours. */
  async #enter(program: Program, supergraph: string, directory: string): Promise<void> {
    const bodies = program.isFloor ? this.#bodies.slice(0, 1) : this.#bodies;
    let contender: Contender | undefined;
    try {
      contender = await Contender.start(program, supergraph, directory);
      const answerBytes = await this.#answerBytes(contender, bodies);
      this.#running.push({ contender, bodies, answerBytes, windows: [] });
    } catch (error) {
      await contender?.stop();
      if (program === OURS) throw error;
      console.error(`${program.name} is not measured: ${(error as Error).message}`);
      this.#out.push(program.name);
    }
  }

  /** How long each answer is. @throws Error when one is wrong */
  async #answerBytes({ name, url }: Contender, bodies: string[]): Promise<number[]> {
    const lengths: number[] = [];
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body });
      const text = await response.text();
      if (!isDeepStrictEqual(JSON.parse(text), await this.#expected(body)))
        throw new Error(`${name} answers ${this.workload.name} wrongly: ${text.slice(0, 500)}`);
      lengths.push(Buffer.byteLength(text));
    }
    return lengths;
  }

  async #expected(body: string): Promise<object> {
    const { query, variables } = JSON.parse(body) as Workload['requests'][number];
    const result = await graphql({
      ...{ schema: this.merged, source: query, variableValues: { ...variables } },
    });
    return JSON.parse(JSON.stringify(result)) as object;
  }

  async #window(runner: Runner, seconds: number): Promise<Window> {
    const { contender } = runner;
    const before = await this.#spent(contender);
    const { requests, seconds: took, p50Ms, p99Ms } = await this.#press(runner, seconds);
    const memoryMb = await contender.memoryMb();
    const after = await this.#spent(contender);
    const cpuS = after.cpuS - before.cpuS;
    return {
      cpuMicros: (cpuS / requests) * 1e6,
      perSecond: requests / took,
      ...{ p50Ms, p99Ms, memoryMb },
      fetches: (after.fetches - before.fetches) / requests,
      disturbance: Math.max(0, after.coreS - before.coreS - cpuS) / (after.atS - before.atS),
    };
  }

  async #spent(contender: Contender) {
    return {
      cpuS: await contender.cpu(),
      coreS: CORES ? await coreBusySeconds(CORES.router) : NaN,
      fetches: await this.subgraphs.ask<number>('requests' satisfies Question),
      atS: performance.now() / 1000,
    };
  }

  /** @throws Error when an answer was none, or of a wrong length: figures of failures mean nothing */
  async #press({ contender, bodies, answerBytes }: Runner, seconds: number): Promise<Pressure> {
    const { connections } = this.workload;
    const options = { url: contender.url, bodies, answerBytes, connections, seconds };
    const result = await this.load.ask<Pressure>(options satisfies PressureOptions);
    if (result.faults > 0)
      throw new Error(
        `${result.faults} of ${result.requests} answers of ${contender.name} failed.`,
      );
    return result;
  }
}

interface Runner {
  contender: Contender;
  bodies: string[];
  answerBytes: number[];
  windows: Window[];
}
