import { deepEqual } from 'node:assert/strict';
import type { Bench } from './bench.js';
import { ask, logIn } from './graphql.js';
import { LoadGenerator, type LoadResult } from './load.js';
import { operations } from './operations.js';
import { median } from './statistics.js';
import { StockGateway } from './stock-gateway.js';
import { figure, type Section } from './table.js';

const CONNECTIONS = 8;

/** Something that answers operations, and what doing so costs. */
interface Router {
  url: string;
  /** CPU seconds so far. */
  cpu(): Promise<number>;
}

/** What one round found. */
interface Round {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  routerCpuMs: number;
  allCpuMs: number;
}

const FIGURES = {
  perSecond: 'requests/s',
  p50Ms: 'p50 ms',
  p99Ms: 'p99 ms',
  routerCpuMs: 'router CPU ms',
  allCpuMs: 'all CPU ms',
} satisfies Record<keyof Round, string>;

/** The stories' queries through our router and through a stock gateway, on the same subgraphs, in turns. */
export async function measureQueries(bench: Bench): Promise<Section> {
  const { isQuick } = bench;
  await bench.seed();
  const { graphqlUrl } = bench.system;
  const [rounds, roundS] = isQuick ? [1, 1] : [5, 4];
  const load = new LoadGenerator();
  const gateway = await StockGateway.start(bench);
  const ours: Router = { url: graphqlUrl, cpu: () => bench.routerCpu() };
  const rows: string[][] = [];
  try {
    for (const operation of await operations(graphqlUrl)) {
      const { query, variables, by } = operation;
      const token = by && (await logIn(ours.url, by));
      const requests = variables.map(each => ({ query, variables: each, token }));
      for (const request of requests) {
        deepEqual(await ask(ours.url, request), await ask(gateway.url, request));
      }
      const run = async (router: Router, amount: number): Promise<Round> => {
        const [cpu, backendCpu] = [await router.cpu(), await bench.backendCpu()];
        const { url } = router;
        const result = await load.run({ url, requests, connections: CONNECTIONS, amount });
        const used = (await router.cpu()) - cpu;
        return roundOf(result, used, used + (await bench.backendCpu()) - backendCpu);
      };
      // Warms up, since code is compiled as it is used, and finds out how many requests fill a round.
      let amount = CONNECTIONS * 2;
      for (let seconds = 0; seconds < roundS / 2; amount *= 2) {
        seconds = amount / (await run(ours, amount)).perSecond;
        await run(gateway, amount);
      }
      const pairs: [Round, Round][] = [];
      for (let round = 0; round < rounds; round++) {
        pairs.push([await run(ours, amount), await run(gateway, amount)]);
      }
      rows.push([operation.name, ...comparisons(pairs)]);
    }
  } finally {
    await Promise.all([load.stop(), gateway.stop()]);
  }
  return {
    title: 'Queries: Gamegraph’s router / stock @apollo/gateway = ratio',
    columns: ['query', ...Object.values(FIGURES)],
    rows,
    notes: [
      `Medians of ${rounds} rounds of about ${roundS} s, in turns, by ${CONNECTIONS} connections that always wait for an answer; both answer ` +
        'the same JSON. We are ahead where the ratio is above 1 of requests/s, below 1 of anything else. CPU is per ' +
        'request: of the router’s process alone, and with the subgraphs and PostgreSQL. Where those fill the machine, ' +
        'requests/s tell how fast they are, and the router’s CPU tells what the router costs. The stock gateway signs its ' +
        'requests to subgraphs too, but checks neither tokens nor permissions.',
    ],
  };
}

function roundOf(
  { requests, seconds, p50Ms, p99Ms }: LoadResult,
  routerCpu: number,
  allCpu: number,
): Round {
  return {
    perSecond: requests / seconds,
    ...{ p50Ms, p99Ms },
    routerCpuMs: (routerCpu / requests) * 1000,
    allCpuMs: (allCpu / requests) * 1000,
  };
}

/** A cell for each figure: ours, the gateway's, and the ratio in the same round. */
function comparisons(pairs: [Round, Round][]): string[] {
  return (Object.keys(FIGURES) as (keyof Round)[]).map(name => {
    const ours = median(pairs.map(([one]) => one[name]));
    const stock = median(pairs.map(([, other]) => other[name]));
    const ratio = median(pairs.map(([one, other]) => one[name] / other[name]));
    return `${figure(ours)} / ${figure(stock)} = ${figure(ratio)}`;
  });
}
