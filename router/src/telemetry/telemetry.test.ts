import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startTestRouter, type TestRouter } from '../testing.js';

const USERS = {
  sdl: `
    type Query { me: User users: [User!]! }
    type User @key(fields: "id") { id: ID! name: String }
  `,
  resolvers: {
    Query: { me: () => ({ id: 'u1', name: 'Ada' }), users: () => [{ id: 'u1' }] },
    User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'Ada' }) },
  },
};
const GAMES = {
  sdl: 'type User @key(fields: "id") { id: ID! score: Int }',
  resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, score: 7 }) } },
};
const SUBGRAPHS = { users: USERS, games: GAMES };
const QUERY = 'query Mine { me { name score } }';

/** The fields of a message of Protocol Buffers: number -> bytes, or what a number is. */
function fieldsOf(bytes: Buffer): [number, Buffer][] {
  const fields: [number, Buffer][] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag & 7;
    if (kind === 0) varint();
    const length = kind === 2 ? varint() : kind === 1 ? 8 : kind === 5 ? 4 : 0;
    fields.push([tag >> 3, bytes.subarray(at, (at += length))]);
  }
  return fields;
}

interface SeenSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentId: string;
}

/** Takes traces as a collector would: OTLP over HTTP, in Protocol Buffers. */
async function startCollector() {
  const collector = {
    url: '',
    spans: [] as SeenSpan[],
    stop: () => new Promise(resolve => server.close(resolve).closeAllConnections()),
  };
  const within = (messages: Buffer[], field: number) =>
    messages.flatMap(message =>
      fieldsOf(message)
        .filter(([number]) => number === field)
        .map(([, bytes]) => bytes),
    );
  const server = createServer((request, response) => {
    void buffer(request).then(body => {
      assert.equal(request.url, '/v1/traces');
      assert.equal(request.headers['content-type'], 'application/x-protobuf');
      for (const span of within(within(within([body], 1), 2), 2)) {
        const of = (field: number) => within([span], field)[0] ?? Buffer.alloc(0);
        collector.spans.push({
          name: of(5).toString(),
          traceId: of(1).toString('hex'),
          spanId: of(2).toString('hex'),
          parentId: of(4).toString('hex'),
        });
      }
      response.end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return collector;
}

describe('traces', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = (flags: string) => ({ traceparent: `00-${TRACE}-b7ad6b7169203331-${flags}` });

  it('have a request, its plan and its fetches, and go on in the subgraphs', async () => {
    const collector = await startCollector();
    const router = await startTestRouter(SUBGRAPHS, { telemetry: { otlpEndpoint: collector.url } });
    await router.ask(QUERY, {}, traceparent('01'));
    await router.ask(QUERY, {}, traceparent('00'));
    const seen = (name: string) =>
      router.stubs[name]!.received.map(({ headers }) => headers.traceparent);
    const sent = { users: seen('users'), games: seen('games') };
    await router.stop(); // which sends what is left
    const names = collector.spans.map(({ name }) => name).sort();
    assert.deepEqual(names, ['fetch games', 'fetch users', 'plan', 'request']);
    const named = (name: string) => collector.spans.find(each => each.name === name)!;
    for (const { traceId } of collector.spans) assert.equal(traceId, TRACE);
    const request = named('request');
    assert.equal(request.parentId, 'b7ad6b7169203331');
    for (const name of ['plan', 'fetch users', 'fetch games'])
      assert.equal(named(name).parentId, request.spanId);
    const notSampled = traceparent('00').traceparent;
    assert.deepEqual(sent.users, [`00-${TRACE}-${named('fetch users').spanId}-01`, notSampled]);
    assert.deepEqual(sent.games, [`00-${TRACE}-${named('fetch games').spanId}-01`, notSampled]);
    await collector.stop();
  });

  it('begin here where a request has none, over a WebSocket too, as often as is set', async () => {
    const collector = await startCollector();
    const telemetry = { otlpEndpoint: collector.url };
    const router = await startTestRouter(SUBGRAPHS, { telemetry });
    const client = createClient({
      url: router.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
    });
    for (let n = 0; n < 2; n++)
      await new Promise(resolve =>
        client.subscribe({ query: QUERY }, { next: resolve, error: resolve, complete() {} }),
      );
    await client.dispose();
    await router.stop();
    const requests = collector.spans.filter(({ name }) => name === 'request');
    assert.equal(requests.length, 2);
    assert.notEqual(requests[0]!.traceId, requests[1]!.traceId);
    assert.equal(collector.spans.filter(({ name }) => name === 'plan').length, 1);

    const never = await startTestRouter(SUBGRAPHS, { telemetry: { ...telemetry, sampleRatio: 0 } });
    collector.spans.length = 0;
    await never.ask(QUERY);
    assert.equal(never.stubs.users!.received[0]!.headers.traceparent, undefined);
    await never.stop();
    assert.deepEqual(collector.spans, []);
    await collector.stop();
  });
});

describe('how a request went', () => {
  let router: TestRouter;
  before(async () => {
    router = await startTestRouter(SUBGRAPHS);
  });
  after(() => router.stop());
  const ALL = {
    'apollo-expose-query-plan': 'true',
    'hive-expose-query-plan': 'true',
    'x-gamegraph-trace': 'true',
    'x-gamegraph-cost': 'true',
  };
  const ask = async (headers: Record<string, string>, to = router) => {
    const response = await fetch(to.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: QUERY }),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { ...((await response.json()) as any), timing: response.headers.get('server-timing') };
  };
  const operator = async () => ({
    authorization: `Bearer ${await router.token({ scope: 'system:operate' })}`,
  });

  it('is nobody’s business, but for operators', async () => {
    for (const headers of [ALL, { ...ALL, authorization: `Bearer ${await router.token()}` }]) {
      const { data, extensions, timing } = await ask(headers);
      assert.deepEqual([data.me.score, extensions, timing], [7, undefined, null]);
    }
    const { extensions } = await ask({ ...ALL, ...(await operator()) });
    assert.deepEqual(Object.keys(extensions).sort(), [
      'apolloQueryPlan',
      'cost',
      'queryPlan',
      'trace',
    ]);
  });

  it('is everybody’s where that is set', async () => {
    const open = await startTestRouter(SUBGRAPHS, { telemetry: { expose: true } });
    const { extensions, timing } = await ask({ 'x-gamegraph-cost': 'true' }, open);
    assert.deepEqual(extensions, { cost: { estimated: 1, limit: null } });
    assert.match(timing, /^plan;dur=[\d.]+, users;dur=[\d.]+, games;dur=[\d.]+$/);
    assert.match(
      (await ask({}, open)).timing,
      /^users;dur=[\d.]+, games;dur=[\d.]+$/,
      'planned before',
    );
    await open.stop();
  });

  it('has the plan in both forms that tools read', async () => {
    const { extensions } = await ask({ ...ALL, ...(await operator()) });
    const { object, text } = extensions.apolloQueryPlan;
    assert.match(text, /^QueryPlan \{.*Fetch\(service: "users"\).*Flatten\(path: "me"\)/s);
    assert.equal(object.kind, 'QueryPlan');
    assert.deepEqual(
      object.node.nodes.map(({ kind }: { kind: string }) => kind),
      ['Fetch', 'Flatten'],
    );
    assert.deepEqual(object.node.nodes[1].path, ['me']);
    assert.deepEqual(extensions.queryPlan.node.nodes[1].path, [{ Field: 'me' }]);
    const cosmo = await ask({ 'x-wg-include-query-plan': 'true', ...(await operator()) });
    assert.deepEqual(Object.keys(cosmo.extensions), ['queryPlan']);
  });

  it('names each fetch, its time and its size', async () => {
    router.stubs.games!.intercept = () => '<html>';
    const { data, extensions } = await ask({ ...ALL, ...(await operator()) });
    router.stubs.games!.intercept = undefined;
    assert.equal(data.me.score, null);
    const { fetches } = extensions.trace;
    assert.deepEqual(
      fetches.map(({ service, outcome, bytes }: Record<string, unknown>) => [
        service,
        outcome,
        bytes,
      ]),
      [
        [
          'users',
          'answered',
          '{"data":{"me":{"__typename":"User","id":"u1","name":"Ada"}}}'.length,
        ],
        ['games', 'failed', 6],
      ],
    );
    assert.ok(fetches[1].startMs >= fetches[0].startMs + fetches[0].ms - 1);
  });
});

describe('figures', () => {
  it('tell what was asked by kind and status, and carry nothing that a client wrote', async () => {
    const router = await startTestRouter(SUBGRAPHS);
    await router.ask(QUERY);
    await router.ask(QUERY);
    await router.ask('{ nothing }');
    const text = await (await fetch(new URL('/metrics', router.url))).text();
    for (const line of [
      /^router_http_request_seconds_count\{kind="query",status="200"\} 2$/m,
      /^router_http_request_seconds_count\{kind="none",status="200"\} 1$/m,
      /^router_operation_lookups_total\{outcome="hit"\} 1$/m,
      /^router_operation_lookups_total\{outcome="miss"\} 2$/m,
      /^router_operation_prepare_seconds_count 2$/m,
      /^router_operations 2$/m,
      /^router_requests 0$/m,
      /^router_subscriptions 0$/m,
      /^router_subgraph_fetch_seconds_count\{subgraph="users",outcome="answered"\} 2$/m,
      /^router_subgraph_paused\{subgraph="users"\} 0$/m,
      /^router_info\{supergraph="[0-9a-f]{12}"\} 1$/m,
    ])
      assert.match(text, line);
    assert.doesNotMatch(text, /Mine|nothing/);
    await router.stop();
  });
});

describe('health', () => {
  it('is of the router and of all that it asks, for machines and for people', async () => {
    const router = await startTestRouter(SUBGRAPHS);
    const get = (path: string, accept = '*/*') =>
      fetch(new URL(path, router.url), { headers: { accept } });
    for (const path of ['/livez', '/readyz', '/health?live', '/health?ready'])
      assert.deepEqual(await (await get(path)).json(), { status: 'ok' }, path);
    for (const path of ['/health', '/readyz?verbose']) {
      const { status, supergraph, subgraphs } = (await (await get(path)).json()) as {
        status: string;
        supergraph: string;
        subgraphs: { name: string; isUp: boolean; ms: number }[];
      };
      assert.equal(status, 'ok');
      assert.match(supergraph, /^[0-9a-f]{12}$/);
      assert.deepEqual(subgraphs.map(({ name, isUp }) => [name, isUp]).sort(), [
        ['games', true],
        ['users', true],
      ]);
    }
    assert.equal(router.stubs.users!.received.length, 1, 'whoever looks is no load');
    await router.stubs.games!.stop();
    const page = await until('it is noticed', async () => {
      const answer = await get('/health', 'text/html');
      assert.match(answer.headers.get('content-type')!, /^text\/html/);
      assert.equal(answer.status, 200, 'the router itself serves on');
      const text = await answer.text();
      return text.includes('degraded') ? text : undefined;
    });
    assert.match(page, /games<td><strong>down<\/strong>/);
    await router.stop();
  });
});
