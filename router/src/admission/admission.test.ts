import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { requireProgram, skipWithout, until } from '@gamegraph/test-support';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startTestRouter, type TestRouter, type TestSettings } from '../testing.js';
import { networkOf } from './rate-limits.js';

const HELLO = {
  sdl: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'hi' } },
};
const REDIS = { commands: ['valkey-server', 'redis-server'], packages: ['redis-server'] };

const send = (router: TestRouter, headers: Record<string, string> = {}) =>
  fetch(router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"query":"{ hello }"}',
  });

async function withRouter(settings: TestSettings, use: (router: TestRouter) => Promise<void>) {
  const router = await startTestRouter({ hello: HELLO }, settings);
  try {
    await use(router);
  } finally {
    await router.stop();
  }
}

describe('rate limits', () => {
  it('are of users and of addresses, told before they are reached and when they are', () =>
    withRouter(
      { rateLimits: { user: { operations: 2 }, address: { operations: 5 } } },
      async router => {
        const as = async (sub: string) =>
          send(router, { authorization: `Bearer ${await router.token({ sub })}` });
        const first = await as('u1');
        assert.equal(first.headers.get('ratelimit-policy'), '"user";q=2;w=60, "address";q=5;w=60');
        assert.match(first.headers.get('ratelimit')!, /^"user";r=1;t=60, "address";r=4;t=60$/);
        assert.equal((await as('u1')).status, 200);
        const third = await as('u1');
        assert.equal(third.status, 429);
        assert.ok(Number(third.headers.get('retry-after')) > 0);
        const { errors } = (await third.json()) as {
          errors: { extensions: Record<string, unknown> }[];
        };
        assert.equal(errors[0]!.extensions.code, 'RATE_LIMITED');
        assert.ok((errors[0]!.extensions.retryAfterMs as number) > 0);
        assert.equal((await as('u2')).status, 200, 'another user');
        assert.equal((await send(router)).status, 200);
        assert.equal((await send(router)).status, 429, 'the address has had its five');
      },
    ));

  it('hold over a WebSocket, for each operation', () =>
    withRouter({ rateLimits: { address: { operations: 2 } } }, async router => {
      const client = createClient({
        url: router.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
      });
      const ask = () =>
        new Promise<unknown>(resolve =>
          client.subscribe(
            { query: '{ hello }' },
            { next: resolve, error: resolve, complete() {} },
          ),
        );
      assert.deepEqual(
        [await ask(), await ask()],
        [{ data: { hello: 'hi' } }, { data: { hello: 'hi' } }],
      );
      const [error] = (await ask()) as { extensions: Record<string, unknown> }[];
      assert.equal(error!.extensions.code, 'RATE_LIMITED');
      assert.ok((error!.extensions.retryAfterMs as number) > 0);
      assert.equal(router.stubs.hello!.received.length, 2);
      await client.dispose();
    }));

  it(
    'are counted together in Redis, and alone while it is away',
    { skip: skipWithout(REDIS) },
    async () => {
      const redis = await startRedis();
      const settings = { rateLimits: { user: { operations: 3 }, redisUrl: redis.url } };
      const [one, two] = [
        await startTestRouter({ hello: HELLO }, settings),
        await startTestRouter({ hello: HELLO }, settings),
      ];
      const ask = async (router: TestRouter, sub: string) => {
        const answer = await send(router, {
          authorization: `Bearer ${await router.token({ sub })}`,
        });
        return answer.headers.get('ratelimit')?.split(';')[1] ?? answer.status;
      };
      // The first may come before the connection to Redis is there, and is counted by the router itself.
      await until('Redis counts', async () => {
        await ask(one, 'warm');
        return (await ask(two, 'warm')) === 'r=0';
      });
      const left = [
        await ask(one, 'u1'),
        await ask(two, 'u1'),
        await ask(one, 'u1'),
        await ask(two, 'u1'),
      ];
      assert.deepEqual(left, ['r=2', 'r=1', 'r=0', 'r=0']);
      await redis.stop();
      await until('the router counts alone', async () => (await ask(one, 'u2')) === 'r=2');
      await Promise.all([one.stop(), two.stop()]);
    },
  );

  it('take the /64 of an IPv6 address for one', () => {
    assert.equal(networkOf('10.1.2.3'), '10.1.2.3');
    assert.equal(networkOf('::ffff:10.1.2.3'), '10.1.2.3');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(networkOf('2001:0db8:1:2::6'), '2001:db8:1:2::/64');
    assert.equal(networkOf('::1'), '0:0:0:0::/64');
    assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
    assert.equal(networkOf(undefined), undefined);
  });
});

describe('the address of a client', () => {
  /** What becomes of requests with these headers, where each address may ask once. */
  const statuses = async (trusted: string[], headers: string[]) => {
    const seen: number[] = [];
    await withRouter(
      { proxies: { trusted }, rateLimits: { address: { operations: 1 } } },
      async router => {
        for (const header of headers)
          seen.push((await send(router, { 'x-forwarded-for': header })).status);
      },
    );
    return seen.join();
  };

  it('is the connection’s, and what a trusted proxy says', async () => {
    const headers = ['198.51.100.1', '203.0.113.9', '198.51.100.1'];
    assert.equal(await statuses([], headers), '200,429,429', 'nobody is trusted');
    assert.equal(await statuses(['127.0.0.0/8'], headers), '200,200,429');
    assert.equal(await statuses(['10.0.0.0/8'], headers), '200,429,429', 'not this one');
  });

  it('is not what stands before an address that is not trusted, and no nonsense', async () => {
    const headers = ['203.0.113.9', '1.1.1.1, 203.0.113.9', 'nonsense, 203.0.113.9'];
    assert.equal(await statuses(['127.0.0.1'], headers), '200,429,429');
    const none = ['', 'nonsense', '203.0.113.9, unknown', '203.0.113.9'];
    assert.equal(await statuses(['127.0.0.1'], none), '200,429,429,200');
  });
});

describe('a router with much to do', () => {
  it('turns away what is on top of that', () =>
    withRouter({ limits: { requests: 2 }, operations: { shareInFlight: false } }, async router => {
      let answer = () => {};
      const held = new Promise<undefined>(resolve => (answer = () => resolve(undefined)));
      router.stubs.hello!.intercept = () => held;
      const working = [send(router), send(router)];
      await until('both are in work', () => router.stubs.hello!.received.length === 2);
      const third = await send(router);
      assert.deepEqual([third.status, third.headers.get('retry-after')], [503, '1']);
      answer();
      assert.deepEqual(
        (await Promise.all(working)).map(({ status }) => status),
        [200, 200],
      );
      assert.equal((await send(router)).status, 200);
    }));

  it('turns requests away while it is late with its work', () =>
    withRouter({ limits: { eventLoopDelayMs: 50 } }, async router => {
      assert.equal((await send(router)).status, 200);
      const block = Date.now();
      while (Date.now() - block < 1_000); // the router is in this process
      await new Promise(resolve => setTimeout(resolve, 50));
      assert.equal((await send(router)).status, 503);
      await until('it has caught up', async () => (await send(router)).status === 200);
    }));

  it('gives up subgraphs when the operation has had its time', () =>
    withRouter({ limits: { requestTimeoutMs: 200 } }, async router => {
      router.stubs.hello!.intercept = () => new Promise(() => {});
      const { data, errors } = await router.ask('{ hello }');
      assert.deepEqual([data, errors?.[0]?.extensions?.code], [{ hello: null }, 'TIMEOUT']);
    }));
});

async function startRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const free = createServer();
  await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve));
  const { port } = free.address() as { port: number };
  await new Promise(resolve => free.close(resolve));
  const directory = await mkdtemp(join(tmpdir(), 'gamegraph-redis-'));
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  const child = spawn(requireProgram(REDIS), options, { stdio: 'ignore' });
  await until(
    'Redis listens',
    () =>
      new Promise<boolean>(resolve => {
        const socket = connect(port, '127.0.0.1');
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      }),
  );
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await once(child, 'exit');
      await rm(directory, { recursive: true });
    },
  };
}
