import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { eventsOf, startTestRouter, type TestRouter } from '../testing.js';

const emitter = new EventEmitter().setMaxListeners(0);
const listening = () => emitter.listenerCount('tick');

const CLOCK = {
  sdl: `
    type Query { hello: String }
    type Mutation { wave: Boolean }
    type Subscription { tick(pad: Int): Tick secret: Tick @authenticated }
    type Tick @key(fields: "id") { id: ID! pad: String }
  `,
  resolvers: {
    Query: { hello: () => 'hi' },
    Mutation: { wave: () => true },
    Subscription: {
      tick: {
        subscribe: () => eventsOf(emitter, 'tick'),
        resolve: (id: string, { pad = 0 }: { pad?: number }) => ({ id, pad: 'x'.repeat(pad) }),
      },
      secret: { subscribe: () => eventsOf(emitter, 'tick'), resolve: (id: string) => ({ id }) },
    },
  },
};
const PRICES = {
  sdl: 'type Tick @key(fields: "id") { id: ID! price: Int }',
  resolvers: { Tick: { price: ({ id }: { id: string }) => Number(id) * 100 } },
};

const SSE = 'text/event-stream';
const MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0';
const TICK = 'subscription { tick { id price } }';

let router: TestRouter;
before(async () => {
  router = await startTestRouter({ clock: CLOCK, prices: PRICES });
});
after(() => router.stop());
afterEach(() => until('nothing is left', () => listening() === 0));

/** A response that is read as it comes. */
interface Reading {
  status: number;
  type: string | null;
  text: string;
  hasEnded: boolean;
  hasFailed: boolean;
  stop(): void;
}

async function ask(
  query: string,
  accept: string,
  { url = router.url, method = 'POST', ...headers }: Record<string, string> = {},
): Promise<Reading> {
  const abort = new AbortController();
  const response = await fetch(
    method === 'GET' ? `${url}?query=${encodeURIComponent(query)}` : url,
    method === 'GET'
      ? { headers: { accept, ...headers }, signal: abort.signal }
      : {
          method,
          headers: { 'content-type': 'application/json', accept, ...headers },
          body: JSON.stringify({ query }),
          signal: abort.signal,
        },
  );
  const reading: Reading = {
    status: response.status,
    type: response.headers.get('content-type'),
    ...{ text: '', hasEnded: false, hasFailed: false, stop: () => abort.abort() },
  };
  const read = async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream()))
      reading.text += chunk;
    reading.hasEnded = true;
  };
  read().catch(() => (reading.hasFailed = true));
  return reading;
}

const payload = (id: string) => `{"data":{"tick":{"id":"${id}","price":${Number(id) * 100}}}}`;

describe('a subscription over HTTP', () => {
  it('is a stream of server-sent events to who asks for them, by POST and by GET', async () => {
    for (const method of ['POST', 'GET']) {
      const seen = await ask(TICK, SSE, { method });
      assert.deepEqual([seen.status, seen.type], [200, 'text/event-stream; charset=utf-8']);
      await until('it is there', () => listening() === 1);
      emitter.emit('tick', '1');
      emitter.emit('tick', '2');
      const wanted = `:\n\nevent: next\ndata: ${payload('1')}\n\nevent: next\ndata: ${payload('2')}\n\n`;
      await until('both came', () => seen.text.length >= wanted.length);
      assert.equal(seen.text, wanted);
      seen.stop();
      await until('it has ended upstream', () => listening() === 0);
    }
  });

  it('is parts, each with the boundary after it, to who asks for Apollo’s multipart', async () => {
    const seen = await ask(TICK, MULTIPART);
    assert.deepEqual([seen.status, seen.type], [200, MULTIPART]);
    await until('it is there', () => listening() === 1);
    emitter.emit('tick', '3');
    const part = (json: string) => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;
    const wanted = `\r\n--graphql${part('{}')}${part(`{"payload":${payload('3')}}`)}`;
    await until('it came', () => seen.text.length >= wanted.length);
    assert.equal(seen.text, wanted);
    seen.stop();
  });

  it('has the form that the client likes best', async () => {
    const cases: [accept: string, form: string][] = [
      [`${SSE}, multipart/mixed`, SSE],
      [`multipart/mixed, ${SSE}`, SSE], // without the parameter it is no form of ours
      [`${MULTIPART}, application/graphql-response+json, application/json;q=0.9`, MULTIPART],
      [`${SSE};q=0.5, ${MULTIPART};q=0.8`, MULTIPART],
      [`${MULTIPART};q=0.5, application/json, ${SSE}`, SSE],
      [`multipart/mixed; subscriptionSpec="1.0"; boundary=-`, MULTIPART],
    ];
    for (const [accept, form] of cases) {
      const seen = await ask(TICK, accept);
      assert.ok(seen.type?.startsWith(form), `${accept} -> ${seen.type}`);
      seen.stop();
    }
    for (const accept of ['*/*', 'application/json', 'multipart/mixed;subscriptionSpec=2.0'])
      assert.equal((await ask(TICK, accept)).status, 406, accept);
  });

  it('ends with the reason when it is refused, in the way of its form', async () => {
    const secret = 'subscription { secret { id } }';
    const sse = await ask(secret, SSE);
    await until('it has ended', () => sse.hasEnded);
    assert.match(
      sse.text,
      /event: next\ndata: \{"errors":\[.*"UNAUTHENTICATED".*\]\}\n\nevent: complete\ndata:\n\n$/,
    );
    const multipart = await ask(secret, MULTIPART);
    await until('it has ended', () => multipart.hasEnded);
    assert.match(
      multipart.text,
      /\{"payload":null,"errors":\[.*"UNAUTHENTICATED".*\]\}\r\n--graphql--\r\n$/,
    );
    const invalid = await ask('subscription { nothing }', SSE);
    await until('it has ended', () => invalid.hasEnded);
    assert.match(
      invalid.text,
      /^event: next\ndata: \{"errors":\[.*"GRAPHQL_VALIDATION_FAILED".*\]\}\n\nevent: complete\ndata:\n\n$/,
    );
  });

  it('ends when the token does', async () => {
    // The router allows clocks to differ by 30 s; so does this token.
    const authorization = `Bearer ${await router.token({ expiresInS: -27 })}`;
    const [sse, multipart] = [
      await ask(TICK, SSE, { authorization }),
      await ask(TICK, MULTIPART, { authorization }),
    ];
    await until('both have ended', () => sse.hasEnded && multipart.hasEnded);
    assert.match(sse.text, /"SUBSCRIPTION_JWT_EXPIRED".*\n\nevent: complete\ndata:\n\n$/);
    assert.match(
      multipart.text,
      /\{"payload":null,"errors":\[.*"SUBSCRIPTION_JWT_EXPIRED".*\r\n--graphql--\r\n$/,
    );
  });

  it('is one upstream and one completion for all, and leaves nothing when clients go', async () => {
    router.stubs.prices!.received.length = 0;
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => ask(TICK, n % 2 ? SSE : MULTIPART)),
    );
    await until('one is there', () => listening() === 1);
    emitter.emit('tick', '4');
    await until('all have it', () => all.every(({ text }) => text.includes(payload('4'))));
    assert.equal(router.stubs.prices!.received.length, 1);
    for (const { stop } of all) stop();
    await until('nothing is left', async () => {
      const metrics = await (await fetch(new URL('/metrics', router.url))).text();
      return ['streams', 'topics', 'subscriptions'].every(each =>
        metrics.includes(`\nrouter_${each} 0\n`),
      );
    });
  });

  it('is cut when its client does not read', async () => {
    const { hostname, port } = new URL(router.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ query: 'subscription { tick(pad: 1000000) { id pad } }' });
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: ${SSE}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until('it is there', () => listening() === 1);
    await until('it is let go', () => {
      emitter.emit('tick', '1');
      return listening() === 0;
    });
    let last = '';
    socket.on('data', (data: Buffer) => (last = (last + data.toString()).slice(-1000)));
    await until('it is told', () => last.endsWith('0\r\n\r\n'));
    assert.match(last, /"RATE_LIMITED".*\n\nevent: complete\ndata:\n\n/);
    socket.destroy();
  });

  it('has heartbeats', async () => {
    const heartbeats = { sseMs: 50, multipartMs: 50 };
    const own = await startTestRouter({ clock: CLOCK, prices: PRICES }, { heartbeats });
    const [sse, multipart] = [
      await ask(TICK, SSE, { url: own.url }),
      await ask(TICK, MULTIPART, { url: own.url }),
    ];
    await until(
      'they beat',
      () => /^(:\n\n){3,}$/.test(sse.text) && multipart.text.split('{}').length > 3,
    );
    await own.stop();
  });

  it('is refused beyond the cap', async () => {
    const own = await startTestRouter({ clock: CLOCK, prices: PRICES }, { limits: { sockets: 1 } });
    const first = await ask(TICK, SSE, { url: own.url });
    assert.equal((await ask(TICK, SSE, { url: own.url })).status, 503);
    first.stop();
    await until('there is room again', async () => {
      const again = await ask(TICK, SSE, { url: own.url });
      again.stop();
      return again.status === 200;
    });
    await own.stop();
  });

  it('is cut, or told, when the router stops, so that its client comes again', async () => {
    const own = await startTestRouter({ clock: CLOCK, prices: PRICES });
    const sse = await ask(TICK, SSE, { url: own.url });
    const multipart = await ask(TICK, MULTIPART, { url: own.url });
    await own.stop();
    await until('both are over', () => sse.hasFailed && multipart.hasEnded);
    assert.doesNotMatch(sse.text, /complete/);
    assert.match(
      multipart.text,
      /"payload":null,"errors":\[.*"SUBSCRIPTION_SERVER_SHUTDOWN".*\r\n--graphql--\r\n$/,
    );
  });
});

describe('a query or a mutation over HTTP', () => {
  it('is answered as a stream to who takes nothing else', async () => {
    const sse = await ask('{ hello }', SSE);
    await until('it has ended', () => sse.hasEnded);
    assert.equal(
      sse.text,
      'event: next\ndata: {"data":{"hello":"hi"}}\n\nevent: complete\ndata:\n\n',
    );
    const multipart = await ask('mutation { wave }', MULTIPART);
    await until('it has ended', () => multipart.hasEnded);
    assert.equal(
      multipart.text.replace(/,"extensions":{"consistency":{"token":"[^"]+"}}/, ''),
      '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"wave":true}}}\r\n--graphql--\r\n',
    );
    const both = await ask('{ hello }', `${MULTIPART}, application/json`);
    assert.match(both.type!, /^application\/json/);
  });
});
