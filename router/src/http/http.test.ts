import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { IDENTITY_HEADER, IdentityVerifier } from '@gamegraph/identity';
import { until } from '@gamegraph/test-support';
import { serverAudits } from 'graphql-http';
import { startTestRouter, type TestRouter } from '../testing.js';

const HELLO = {
  sdl: 'type Query { hello(to: String): String } type Mutation { wave: Boolean }',
  resolvers: {
    Query: { hello: (_: unknown, { to = 'you' }: { to?: string }) => `hi ${to}` },
    Mutation: { wave: () => true },
  },
};

let router: TestRouter;
before(async () => {
  router = await startTestRouter({ hello: HELLO });
});
after(() => router.stop());

const send = async (init: RequestInit & { search?: string } = {}) => {
  const response = await fetch(router.url + (init.search ?? ''), init);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    text: await response.text(),
  };
};
const post = (body: string, headers: Record<string, string> = {}) =>
  send({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
const QUERY = JSON.stringify({ query: '{ hello }' });
const path = (name: string) => new URL(name, router.url);

describe('GraphQL over HTTP', () => {
  for (const { name, fn } of serverAudits({ url: () => router.url })) {
    it(name, async () => {
      const result = await fn();
      assert.equal(result.status, 'ok', 'reason' in result ? result.reason : '');
    });
  }

  it('answers a GET, but runs no mutation by it', async () => {
    const search = `?query=${encodeURIComponent('query ($to: String) { hello(to: $to) }')}&variables=${encodeURIComponent('{"to":"me"}')}`;
    assert.deepEqual(JSON.parse((await send({ search })).text), { data: { hello: 'hi me' } });
    const mutation = await send({ search: `?query=${encodeURIComponent('mutation { wave }')}` });
    assert.deepEqual([mutation.status, mutation.headers.get('allow')], [405, 'POST']);
  });

  it('takes nothing that another site could send with the cookies of a user', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
    ]) {
      assert.equal((await post(QUERY, { 'content-type': type })).status, 415, type);
    }
    const search = `?query=${encodeURIComponent('{ hello }')}`;
    assert.equal((await send({ search, headers: { cookie: 'a=b' } })).status, 400);
    assert.equal((await send({ search, headers: { 'content-type': 'text/plain' } })).status, 400);
    for (const header of ['apollo-require-preflight', 'content-type']) {
      const headers = { cookie: 'a=b', [header]: 'application/json' };
      assert.equal((await send({ search, headers })).status, 200, header);
    }
  });

  it('refuses what is no request, with a reason', async () => {
    const cases: [body: string, status: number, reason: RegExp][] = [
      ['', 400, /not JSON/],
      ['{', 400, /not JSON/],
      ['[]', 400, /one by one/],
      [`[${QUERY},${QUERY}]`, 400, /one by one/],
      ['"x"', 400, /object/],
      ['{"query": 1}', 400, /query/],
      ['{"query": "{ hello }", "variables": []}', 400, /variables/],
      ['{"query": "{ hello }", "variables": "x"}', 400, /variables/],
      ['{"query": "{ hello }", "operationName": 1}', 400, /operationName/],
      [`{"query": "${'x'.repeat(300_000)}"}`, 413, /larger/],
      ['['.repeat(100_000), 400, /not JSON/],
    ];
    for (const [body, status, reason] of cases) {
      const answer = await post(body);
      assert.equal(answer.status, status, body.slice(0, 40));
      assert.match(answer.text, reason);
    }
    assert.equal((await post(QUERY, { 'content-encoding': 'gzip' })).status, 415);
    assert.equal((await send({ method: 'PUT', body: QUERY })).status, 405);
    assert.equal((await post(QUERY, { accept: 'image/png' })).status, 406);
  });

  it('lets unknown extensions pass, and answers are nobody else’s to keep', async () => {
    const answer = await post(
      JSON.stringify({ query: '{ hello }', extensions: { clientLibrary: { name: 'x' } }, more: 1 }),
    );
    assert.deepEqual(JSON.parse(answer.text), { data: { hello: 'hi you' } });
    assert.equal(answer.headers.get('cache-control'), 'private, no-store');
    assert.match(answer.headers.get('x-request-id')!, /^[\w-]{36}$/);
  });

  it('closes on bytes that are no HTTP, and on headers without end', async () => {
    const { port, hostname } = new URL(router.url);
    const answers = await Promise.all(
      [
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
        'GET /graphql HTTP/1.1\r\nHost : x\r\n\r\n',
        `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
      ].map(
        bytes =>
          new Promise<string>(resolve => {
            const socket = connect(Number(port), hostname, () => socket.write(bytes));
            let text = '';
            socket
              .on('data', data => (text += data.toString()))
              .on('close', () => resolve(text))
              .on('error', () => {});
          }),
      ),
    );
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 4(00|31)/);
  });
});

describe('what subgraphs are told', () => {
  it('is signed, about this request, and nothing that a client made up', async () => {
    const stub = router.stubs.hello!;
    stub.received.length = 0;
    const forged = {
      'x-user-id': 'admin',
      'x-roles': 'ADMIN',
      [IDENTITY_HEADER]: 'forged',
      'x-forwarded-for': '1.2.3.4',
    };
    const token = await router.token({ sub: 'u7', scope: 'a:b c:d' });
    await post(QUERY, {
      ...forged,
      authorization: `Bearer ${token}`,
      'x-request-id': 'request-1234',
    });
    const { headers, body } = stub.received[0]!;
    assert.deepEqual(
      [headers['x-user-id'], headers['x-roles'], headers.authorization, headers['x-forwarded-for']],
      [undefined, undefined, undefined, undefined],
    );
    assert.equal(headers['x-request-id'], 'request-1234');
    const verifier = new IdentityVerifier('hello', [router.publicKey]);
    const { viewer, isOperator, client } = await verifier.verify(
      headers[IDENTITY_HEADER] as string,
      body,
    );
    assert.deepEqual(
      [viewer?.userId, viewer?.sessionId, [...viewer!.permissions], isOperator],
      ['u7', 's1', ['a:b', 'c:d'], false],
    );
    assert.match(client.address!, /127\.0\.0\.1/);
  });
});

describe('other paths', () => {
  it('say whether the router lives and is ready, and what it measures', async () => {
    assert.equal((await fetch(path('/livez'))).status, 200);
    assert.equal((await fetch(path('/readyz'))).status, 200);
    assert.match(
      await (await fetch(path('/metrics'))).text(),
      /router_http_request_seconds_bucket.*router_subgraph_fetch_seconds/s,
    );
    const proxied = await fetch(path('/metrics'), { headers: { 'x-forwarded-for': '10.0.0.1' } });
    assert.equal(proxied.status, 404, 'not through a proxy on this machine');
    assert.equal((await fetch(path('/nothing'))).status, 404);
    assert.equal((await fetch(path('/explorer/../../etc/passwd'))).status, 404);
  });

  it('let pages of other sites in only where they are named', async () => {
    const other = await startTestRouter(
      { hello: HELLO },
      {
        cors: { origins: ['https://play.example'] },
      },
    );
    const preflight = async (origin: string) =>
      (
        await fetch(other.url, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-headers': 'content-type' },
        })
      ).headers;
    assert.equal(
      (await preflight('https://play.example')).get('access-control-allow-origin'),
      'https://play.example',
    );
    assert.match(
      (await preflight('https://play.example')).get('access-control-expose-headers')!,
      /server-timing, ratelimit/,
    );
    assert.equal(
      (await preflight('https://evil.example')).get('access-control-allow-origin'),
      null,
    );
    await other.stop();
  });
});

describe('a new supergraph', () => {
  it('is served without a restart; a bad one is not, and the old one serves on', async () => {
    const other = await startTestRouter({ hello: HELLO });
    const renamed = other.supergraph.replaceAll('wave:', 'waveAgain:');
    await other.writeSupergraph(renamed);
    await until(
      'the new one serves',
      async () =>
        (await other.ask('mutation { waveAgain }')).errors?.[0]?.extensions?.code !==
        'GRAPHQL_VALIDATION_FAILED',
    );
    await other.writeSupergraph('type Query { broken');
    await new Promise(resolve => setTimeout(resolve, 400));
    assert.deepEqual((await other.ask('{ hello }')).data, { hello: 'hi you' });
    const metrics = await (await fetch(new URL('/metrics', other.url))).text();
    assert.match(metrics, /router_reloads_total\{what="supergraph",outcome="refused"\} 1/);
    await other.stop();
  });
});

describe('headers of clients', () => {
  it('go on to subgraphs where they are named, and keep answers apart', async () => {
    const other = await startTestRouter({ hello: HELLO }, { headers: { forward: ['X-Tenant'] } });
    await other.ask('{ hello }', {}, { 'x-tenant': 't1', 'x-other': 'o' });
    await other.ask('{ hello }');
    const [first, second] = other.stubs.hello!.received.map(({ headers }) => headers);
    assert.deepEqual([first!['x-tenant'], first!['x-other']], ['t1', undefined]);
    assert.equal(second!['x-tenant'], undefined);
    await other.stop();
  });
});
