import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Bench } from './bench.js';
import { changeProfile, register } from './event-lag.js';
import { headersOf, type Request } from './graphql.js';
import { LoadGenerator } from './load.js';
import { median } from './statistics.js';
import { figure, type Section } from './table.js';

const CONNECTIONS = 8;
const QUERY = '{ me { handle wallets { currency } } }';
const STATISTICS_MS = 2_500; // until PostgreSQL tells what its sessions have done
const WHO = ['sends none', 'sends one'] as const;

/** What it costs to send a consistency token, beside the same by who sends none. */
export async function measureConsistency({ isQuick }: Bench): Promise<Section> {
  const bench = await Bench.make(isQuick);
  const load = new LoadGenerator();
  try {
    await bench.start();
    const { cluster, graphqlUrl: url } = bench.system;
    // Users of their own, so that the router has no answer to share.
    const users = await Promise.all(Array.from({ length: CONNECTIONS }, () => register(bench)));
    const without = users.map(({ token }): Request => ({ query: QUERY, variables: {}, token }));
    const withTokens = await Promise.all(
      users.map(async (user, n) => {
        const consistency = { token: await consistencyToken(url, changeProfile(user, n)) };
        return { ...without[n]!, extensions: { consistency } };
      }),
    );
    const statements = () => statementsIn(cluster.url('payments'));
    const run = async (requests: Request[], amount: number) => {
      const before = await statements();
      const cpu = (await bench.routerCpu()) + (await bench.backendCpu());
      const result = await load.run({ url, requests, connections: CONNECTIONS, amount });
      const used = (await bench.routerCpu()) + (await bench.backendCpu()) - cpu;
      return {
        perSecond: amount / result.seconds,
        p50Ms: result.p50Ms,
        cpuMs: (used / amount) * 1000,
        statements: ((await statements()) - before) / amount,
      };
    };
    const amount = isQuick ? 100 : 400;
    const rounds: Awaited<ReturnType<typeof run>>[][] = [[], []];
    for (const requests of [without, withTokens]) await run(requests, amount); // warm
    for (let round = 0; round < (isQuick ? 1 : 5); round++) {
      rounds[0]!.push(await run(without, amount));
      rounds[1]!.push(await run(withTokens, amount));
    }
    const of = (who: number, what: 'perSecond' | 'p50Ms' | 'cpuMs' | 'statements') =>
      median(rounds[who]!.map(one => one[what]));
    return {
      title: 'Consistency tokens',
      columns: ['who', 'requests/s', 'p50 ms', 'all CPU ms', 'statements of payments'],
      rows: WHO.map((name, who) => [
        name,
        ...[figure(of(who, 'perSecond')), figure(of(who, 'p50Ms')), figure(of(who, 'cpuMs'))],
        figure(of(who, 'statements')),
      ]),
      notes: [
        `\`${QUERY}\` by ${CONNECTIONS} users, medians of rounds in turns; the copies have what the tokens name. CPU, of router, ` +
          'subgraphs and PostgreSQL, and statements in the database of `payments`, which has a copy of each user, are per ' +
          'request. The wallets are one statement; jobs and the relay, which ask whoever sends what, are some more, and who sends none has no other.',
      ],
    };
  } finally {
    await load.stop();
    await bench.remove();
  }
}

async function consistencyToken(url: string, { token, ...body }: Request): Promise<string> {
  const headers = headersOf(token);
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.text();
  return response.headers.get('x-consistency-token')!;
}

/** Each statement outside of a transaction is one. */
async function statementsIn(databaseUrl: string): Promise<number> {
  await sleep(STATISTICS_MS);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ count: string }>(
    `SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()`,
  );
  await client.end();
  return Number(rows[0]!.count);
}
