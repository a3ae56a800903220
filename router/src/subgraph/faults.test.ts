import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { IDENTITY_HEADER } from '@gamegraph/identity';
import { until } from '@gamegraph/test-support';
import { startTestRouter, type TestRouter } from '../testing.js';
import { SubgraphClient } from './client.js';

const USERS = {
  sdl: `
    type Query { me: User! users: [User!]! }
    type Mutation { rename: User }
    type User @key(fields: "id") { id: ID! name: String }
  `,
  resolvers: {
    Query: { me: () => ({ id: 'u1', name: 'Ada' }), users: () => [{ id: 'u1', name: 'Ada' }] },
    Mutation: { rename: () => ({ id: 'u1', name: 'Ada' }) },
    User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'Ada' }) },
  },
};
const GAMES = {
  sdl: `
    scalar Anything
    type Query { games: [String!]! best: String anything: Anything }
    type Mutation { play: Boolean }
    type User @key(fields: "id") { id: ID! score: Int anything: Anything }
  `,
  resolvers: {
    Query: { games: () => ['chess'], best: () => 'chess' },
    Mutation: { play: () => true },
    User: { __resolveReference: ({ id }: { id: string }) => ({ id, score: 7 }) },
  },
};

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** Stands before a subgraph, and does to its answers what the network or a crash would. */
async function startProxy(target: () => string) {
  const proxy = {
    url: '',
    asked: [] as IncomingMessage[],
    /** What becomes of the next requests; those after them pass. */
    next: [] as Behaviour[],
    /** What becomes of all. */
    always: undefined as Behaviour | undefined,
    stop: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    proxy.asked.push(request);
    const behaviour = proxy.always ?? proxy.next.shift();
    if (behaviour) return behaviour(request, response);
    void text(request).then(async body => {
      const answer = await fetch(target(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      response.setHeader('content-type', 'application/json').end(await answer.text());
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  return proxy;
}

const dies: Behaviour = request => request.socket.destroy();
const hangs: Behaviour = () => {};
const says =
  (status: number, body: string): Behaviour =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
const closesMidway: Behaviour = (request, response) => {
  response.writeHead(200, { 'content-length': '1000' }).write('{"data":{"bes');
  setImmediate(() => request.socket.destroy());
};

let proxy: Awaited<ReturnType<typeof startProxy>>;
let router: TestRouter;
const FAULTS = { timeoutsMs: { games: 300 }, breaker: { failures: 4, pauseMs: 1_500 } };
before(async () => {
  proxy = await startProxy(() => router.stubs.games!.url);
  router = await startTestRouter(
    { users: USERS, games: GAMES },
    { subgraphs: { urls: { games: proxy.url }, ...FAULTS } },
  );
});
after(async () => {
  await router.stop();
  await proxy.stop();
});
beforeEach(async () => {
  proxy.always = undefined;
  proxy.next = [];
  await until('it is asked again', async () => (await router.ask('{ best }')).data.best);
  proxy.asked = [];
});

const ask = async (query: string) => {
  const { data, errors = [] } = await router.ask(query);
  return { data, codes: errors.map(({ extensions }) => extensions?.code), errors };
};

describe('a subgraph that fails', () => {
  const ways: [name: string, behaviour: Behaviour, code: string][] = [
    ['dies', dies, 'SUBGRAPH_UNAVAILABLE'],
    ['hangs', hangs, 'TIMEOUT'],
    ['answers garbage', says(200, '<html>'), 'SUBGRAPH_UNAVAILABLE'],
    ['answers no GraphQL', says(200, '[1]'), 'SUBGRAPH_UNAVAILABLE'],
    ['answers data that is none', says(200, '{"data":5}'), 'SUBGRAPH_UNAVAILABLE'],
    ['answers a list', says(200, '{"data":[1]}'), 'SUBGRAPH_UNAVAILABLE'],
    ['gives no reason', says(200, '{"data":null}'), 'SUBGRAPH_UNAVAILABLE'],
    ['gives a reason that is none', says(200, '{"data":{},"errors":"no"}'), 'SUBGRAPH_UNAVAILABLE'],
    ['answers 500', says(500, 'Error: at /srv/secret.js:1'), 'SUBGRAPH_UNAVAILABLE'],
    ['answers 503', says(503, '{"data":{"best":"x"}}'), 'SUBGRAPH_UNAVAILABLE'],
    ['closes midway', closesMidway, 'SUBGRAPH_UNAVAILABLE'],
  ];
  for (const [name, behaviour, code] of ways) {
    it(`and ${name} nulls its fields, and nothing else`, async () => {
      proxy.always = behaviour;
      const { data, errors } = await ask('{ me { name score } best users { name score } }');
      assert.deepEqual(data, {
        me: { name: 'Ada', score: null },
        best: null,
        users: [{ name: 'Ada', score: null }],
      });
      assert.ok(errors.length > 0);
      for (const { message, extensions } of errors) {
        assert.deepEqual(extensions, { code, serviceName: 'games' });
        assert.match(message, /^games (is not reachable now|did not answer)/);
      }
    });
  }

  it('tells its reasons, but not how it came to them', async () => {
    const extensions = {
      code: 'NOT_FOUND',
      hint: 'h',
      stacktrace: ['at /srv/x.js'],
      exception: {},
    };
    proxy.always = says(
      500,
      JSON.stringify({ data: null, errors: [{ message: 'no', path: ['best'], extensions }] }),
    );
    const { errors } = await ask('{ best }');
    assert.deepEqual(errors, [
      {
        message: 'no',
        path: ['best'],
        extensions: { code: 'NOT_FOUND', hint: 'h', serviceName: 'games' },
      },
    ]);
  });
});

describe('an answer that is too much', () => {
  const levels = '['.repeat(200_000) + ']'.repeat(200_000);
  const tooDeep = (path?: string[]) => ({
    message: 'The answer of games is nested too deeply.',
    ...(path && { path }),
    extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'games' },
  });

  it('nulls its own fields when it is nested too deeply', async () => {
    proxy.always = says(200, `{"data":{"anything":${levels}}}`);
    assert.deepEqual(await ask('{ anything me { name } }'), {
      data: { anything: null, me: { name: 'Ada' } },
      ...{ codes: ['SUBGRAPH_UNAVAILABLE'], errors: [tooDeep()] },
    });
    proxy.always = says(200, `{"data":{"_entities":[{"anything":${levels}}]}}`);
    assert.deepEqual(await ask('{ me { name anything } }'), {
      data: { me: { name: 'Ada', anything: null } },
      ...{ codes: ['SUBGRAPH_UNAVAILABLE'], errors: [tooDeep(['me'])] },
    });
    const reason = `{"message":"no","extensions":{"why":${levels}}}`;
    proxy.always = says(200, `{"data":null,"errors":[${reason}]}`);
    const { data, codes } = await ask('{ best me { name } }');
    assert.deepEqual(data, { best: null, me: { name: 'Ada' } });
    assert.deepEqual(codes, ['SUBGRAPH_UNAVAILABLE']);
  });

  it('is no fault of who asks, wherever its depth is', async () => {
    proxy.always = says(200, `{"data":{"anything":${levels}}}`);
    router.stubs.users!.intercept = () => `{"data":{"me":${levels}}}`;
    const { data, codes } = await ask('{ me { name score } }');
    router.stubs.users!.intercept = undefined;
    assert.deepEqual(
      [data, codes],
      [{ me: { name: null, score: null } }, ['SUBGRAPH_UNAVAILABLE']],
    );
  });

  it('has some of its errors told, and how many are left out', async () => {
    const errors = Array.from({ length: 200_000 }, (_, n) => ({ message: `no ${n}` }));
    proxy.always = says(200, JSON.stringify({ data: null, errors }));
    const told = (await ask('{ best }')).errors.map(({ message }) => message);
    assert.equal(told.length, 1_001);
    assert.equal(told[999], 'no 999');
    assert.equal(told[1_000], '199000 more errors of this answer are left out.');
  });

  it('has its errors told at some of the places that they concern', async () => {
    const users = Array.from({ length: 5_000 }, () => ({ __typename: 'User', id: 'u1' }));
    router.stubs.users!.intercept = () => JSON.stringify({ data: { users } });
    const errors = [{ message: 'no', path: ['_entities', 0, 'score'] }];
    proxy.always = says(200, JSON.stringify({ data: { _entities: [null] }, errors }));
    const told = (await ask('{ users { score } }')).errors;
    router.stubs.users!.intercept = undefined;
    assert.equal(told.length, 1_001);
    assert.deepEqual(told[999]!.path, ['users', 999, 'score']);
    assert.match(told[1_000]!.message, /more than 1000 places/);
  });
});

describe('a request that cannot be sent', () => {
  it('leaves nothing behind', async () => {
    const client = new SubgraphClient(() => {});
    const settings = { timeoutMs: 60_000, timeoutsMs: {}, breaker: { failures: 9, pauseMs: 1 } };
    client.use(new Map([['games', proxy.url]]), settings);
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
    const already = timers();
    await assert.rejects(client.ask('games', '{}', { 'x-bad': 'a\r\nb' }), /x-bad cannot be sent/);
    assert.equal(
      timers(),
      already,
      'a timer of a request that was never made would end the process',
    );
    client.close();
  });
});

describe('a request that got no answer', () => {
  for (const [name, behaviour] of [
    ['died', dies],
    ['was cut midway', closesMidway],
    ['met a 502', says(502, 'Bad gateway')],
    ['met a 504', says(504, '')],
  ] as const) {
    it(`and ${name} is made once more when it only reads`, async () => {
      proxy.next = [behaviour];
      assert.deepEqual(await ask('{ best }'), { data: { best: 'chess' }, codes: [], errors: [] });
      assert.equal(proxy.asked.length, 2);
      const [first, second] = proxy.asked.map(({ headers }) => headers[IDENTITY_HEADER]);
      assert.notEqual(first, second, 'each proof is good for one request');
      proxy.asked = [];
      proxy.next = [behaviour, behaviour];
      assert.deepEqual((await ask('{ best }')).codes, ['SUBGRAPH_UNAVAILABLE']);
      assert.equal(proxy.asked.length, 2);
    });
  }

  it('is made once when it writes, but what is read after it is read again', async () => {
    proxy.next = [dies];
    assert.deepEqual((await ask('mutation { play }')).codes, ['SUBGRAPH_UNAVAILABLE']);
    assert.equal(proxy.asked.length, 1);
    proxy.asked = [];
    proxy.next = [dies];
    assert.deepEqual((await ask('mutation { rename { score } }')).data, { rename: { score: 7 } });
    assert.equal(proxy.asked.length, 2);
  });

  it('is not made again when it took too long, or got an answer that is none', async () => {
    for (const behaviour of [hangs, says(200, '<html>'), says(500, '')]) {
      proxy.next = [behaviour];
      assert.equal((await ask('{ best }')).codes.length, 1);
    }
    assert.equal(proxy.asked.length, 3);
  });
});

describe('a subgraph that fails every time', () => {
  const metric = async () =>
    /router_subgraph_paused\{subgraph="games"\} (\d)/.exec(
      await (await fetch(new URL('/metrics', router.url))).text(),
    )?.[1];

  it('is left alone for a while, and asked again when it may be back', async () => {
    proxy.always = says(500, '');
    for (let n = 0; n < 4; n++) await ask('{ best }');
    assert.equal(proxy.asked.length, 4);
    assert.equal(await metric(), '1');
    const paused = await ask('{ best me { name } }');
    assert.deepEqual(
      [paused.data, paused.codes],
      [{ best: null, me: { name: 'Ada' } }, ['SUBGRAPH_UNAVAILABLE']],
    );
    assert.equal(proxy.asked.length, 4, 'nobody waits for it');
    await until('one request finds out', async () => {
      await ask('{ best }');
      return proxy.asked.length === 5;
    });
    proxy.always = undefined;
    await until('it is back', async () => (await ask('{ best }')).data.best === 'chess');
    assert.equal(await metric(), '0');
    assert.deepEqual(
      (await Promise.all([ask('{ best }'), ask('{ games }')])).flatMap(a => a.codes),
      [],
    );
  });

  it('is not one whose mistakes stand between answers', async () => {
    for (let n = 0; n < 8; n++) {
      proxy.next = [says(500, '')];
      await ask('{ best }');
      assert.equal((await ask('{ best }')).data.best, 'chess');
    }
    assert.equal(await metric(), '0');
  });
});
