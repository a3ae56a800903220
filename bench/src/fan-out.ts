import { until } from '@gamegraph/test-support';
import type { Bench } from './bench.js';
import { ask, logIn } from './graphql.js';
import { Helper } from './helper.js';
import { median, percentile } from './statistics.js';
import type { Subscription } from './subscribers.program.js';
import { figure, type Section } from './table.js';

const SUBSCRIBERS = 1000;

/** How long one change takes to many subscribers. */
export async function measureFanOut(bench: Bench): Promise<Section> {
  await bench.seed();
  const { graphqlUrl: url } = bench.system;
  const changes = bench.isQuick ? 5 : 50;
  const { builds } = await ask<{ builds: { edges: { node: { id: string } }[] } }>(url, {
    query: '{ builds(first: 1) { edges { node { id } } } }',
    variables: {},
  });
  const variables = { id: builds.edges[0]!.node.id };
  const query = `subscription ($id: ID!) {
    buildChanged(id: $id) { name likesCount author { handle } game { title } }
  }`;
  const token = await logIn(url, 'analyst'); // who has no builds, and nobody likes their own
  const change = (n: number) =>
    ask(url, {
      query: `mutation ($id: ID!) { ${n % 2 === 0 ? 'likeBuild' : 'unlikeBuild'}(id: $id) { __typename } }`,
      ...{ variables, token },
    });

  const subscribers = new Helper('subscribers.program.js');
  try {
    const subscription: Subscription = { url, query, variables, count: SUBSCRIBERS };
    await subscribers.ask(subscription);
    await until(
      'all have subscribed',
      async () => (await bench.routerMetric('router_subscriptions')) === SUBSCRIBERS,
    );
    const rounds: number[][] = [];
    let cpu = 0;
    for (let n = 0; n <= changes; n++) {
      if (n === 1) cpu = await bench.routerCpu(); // the first change only warms up
      const began = performance.timeOrigin + performance.now();
      const [arrivals] = await Promise.all([subscribers.ask<number[]>('next'), change(n)]);
      if (n > 0) rounds.push(arrivals.map(at => at - began));
    }
    const cpuUs = ((await bench.routerCpu()) - cpu) * 1e6;
    const across = (share: number) => figure(median(rounds.map(times => percentile(times, share))));
    return {
      title: 'Fan-out of a subscription',
      columns: ['subscribers', 'first ms', 'p50 ms', 'p99 ms', 'last ms', 'router CPU µs each'],
      rows: [
        [
          String(SUBSCRIBERS),
          ...[0, 0.5, 0.99, 1].map(across),
          figure(cpuUs / changes / SUBSCRIBERS),
        ],
      ],
      notes: [
        `From sending a mutation until its event, completed with fields of other subgraphs, is at clients that watch the ` +
          `same build, each by a WebSocket of its own; medians of ${changes} changes.`,
      ],
    };
  } finally {
    await subscribers.stop();
  }
}
