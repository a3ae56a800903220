import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { IDENTITY_HEADER, IdentityVerifier } from '@gamegraph/identity';
import { until } from '@gamegraph/test-support';
import { WebSocket } from 'ws';
import { eventsOf, startTestRouter, type TestRouter } from '../testing.js';

const TICKS = {
  sdl: 'type Query { hello: String } type Subscription { tick: Int }',
  resolvers: {
    Query: { hello: () => 'hi' },
    Subscription: {
      tick: { subscribe: () => eventsOf(emitter, 'tick'), resolve: (n: number) => n },
    },
  },
};
const emitter = new EventEmitter();
const TICK = 'subscription { tick }';

/** Who issues tokens, and tells which are not to be believed any more. */
const teller = {
  url: '',
  revoked: [] as { session?: string; user?: string; at: string }[],
  asked: [] as { target: string; proof: string | undefined }[],
  isAway: false,
};
const server = createServer((request, response) => {
  teller.asked.push({
    target: request.url!,
    proof: request.headers[IDENTITY_HEADER] as string | undefined,
  });
  if (teller.isAway) return void response.writeHead(500).end();
  const { revoked } = teller;
  response.end(JSON.stringify({ revoked, cursor: `c${revoked.length}`, tokenLifetimeS: 300 }));
});

let router: TestRouter;
const authentication = () => ({
  issuers: [{ jwksUrl: router.issuer.jwksUrl }],
  revocations: { url: teller.url, intervalMs: 50 },
});
before(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  teller.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/revocations`;
  router = await startTestRouter({ ticks: TICKS });
  await router.writeConfig({ authentication: authentication() });
  await until('the router asks', () => teller.asked.length > 0);
});
after(async () => {
  await router.stop();
  await new Promise(resolve => server.close(resolve));
});
beforeEach(() => {
  teller.isAway = false;
});

let sessions = 0;
async function givenSession(sub = `u${sessions + 1}`) {
  const sid = `s${++sessions}`;
  return { sub, sid, token: `Bearer ${await router.issuer.sign({ sub, sid })}` };
}

const ask = async (authorization: string) =>
  (await router.ask('{ hello }', {}, { authorization })).status;

async function openSocket(authorization: string) {
  const ws = new WebSocket(router.url.replace('http', 'ws'), 'graphql-transport-ws');
  const seen = { messages: [] as string[], code: 0 };
  ws.on('message', data => seen.messages.push((data as Buffer).toString()));
  ws.on('close', code => (seen.code = code));
  ws.on('open', () => {
    ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
    const payload = { query: TICK };
    ws.on('message', data => {
      if ((data as Buffer).includes('connection_ack'))
        ws.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    });
  });
  const already = emitter.listenerCount('tick');
  await until('it is there', () => emitter.listenerCount('tick') > already);
  return seen;
}

function openStream(authorization: string, accept: string): { text: string; hasEnded: boolean } {
  const seen = { text: '', hasEnded: false };
  const url = `${router.url}?query=${encodeURIComponent(TICK)}`;
  void fetch(url, { headers: { authorization, accept } }).then(async response => {
    for await (const chunk of response.body!) seen.text += Buffer.from(chunk).toString();
    seen.hasEnded = true;
  });
  return seen;
}

describe('a session that is revoked', () => {
  it('has its tokens refused, its WebSockets closed and its streams ended, and no other', async () => {
    const [gone, other] = [await givenSession(), await givenSession()];
    const sockets = [await openSocket(gone.token), await openSocket(other.token)] as const;
    const sse = openStream(gone.token, 'text/event-stream');
    const multipart = openStream(gone.token, 'multipart/mixed;subscriptionSpec=1.0');
    await until('streams are open', () => sse.text && multipart.text);
    emitter.emit('tick', 1);
    await until(
      'all are told',
      () =>
        sockets.every(({ messages }) => messages.length === 2) &&
        [sse, multipart].every(({ text }) => text.includes('"tick":1')),
    );
    teller.revoked.push({ session: gone.sid, at: new Date().toISOString() });
    await until('it is over', () => sockets[0].code === 4403 && sse.hasEnded && multipart.hasEnded);
    emitter.emit('tick', 2);
    await until('the other is told', () => sockets[1].messages.length === 3);
    assert.equal(sockets[0].messages.length, 2, 'no error, no complete, no event after');
    for (const { text } of [sse, multipart]) {
      assert.match(text, /"SUBSCRIPTION_JWT_EXPIRED"/);
      assert.ok(!text.includes('"tick":2'));
    }
    assert.deepEqual([await ask(gone.token), await ask(other.token)], [401, 200]);
  });

  it('stays so while it cannot be asked for, and nobody else is locked out', async () => {
    const [gone, other] = [await givenSession(), await givenSession()];
    teller.revoked.push({ session: gone.sid, at: new Date().toISOString() });
    await until('it is refused', async () => (await ask(gone.token)) === 401);
    teller.isAway = true;
    const count = teller.asked.length;
    await until('it was asked in vain', () => teller.asked.length > count + 2);
    assert.deepEqual([await ask(gone.token), await ask(other.token)], [401, 200]);
    const metrics = await (await fetch(new URL('/metrics', router.url))).text();
    assert.ok(Number(/^router_revocations_age_seconds (\S+)$/m.exec(metrics)![1]) > 0.05);
    teller.isAway = false;
    teller.revoked.push({ session: other.sid, at: new Date().toISOString() });
    await until('it goes on', async () => (await ask(other.token)) === 401);
  });
});

describe('a user whose tokens are revoked', () => {
  it('is believed again with one that was given later', async () => {
    const { sub, token } = await givenSession();
    const at = new Date(Date.now() + 500).toISOString();
    teller.revoked.push({ user: sub, at });
    await until('it is refused', async () => (await ask(token)) === 401);
    const iat = Math.ceil(Date.parse(at) / 1000);
    const later = `Bearer ${await router.issuer.sign({ sub, sid: 'later', iat, exp: iat + 300 })}`;
    assert.equal(await ask(later), 200);
    assert.equal(await ask(token), 401);
  });
});

describe('who tells of revoked tokens', () => {
  it('is told that the router asks, and what it knows already', async () => {
    const target = `/internal/revocations?cursor=c${teller.revoked.length}`;
    const { proof } = await until('it is asked', () =>
      teller.asked.find(asked => asked.target === target),
    );
    const { isOperator } = await new IdentityVerifier('users', [router.publicKey]).verify(
      proof,
      target,
    );
    assert.equal(isOperator, true);
  });

  it('is not needed to start', async () => {
    teller.isAway = true;
    const revocations = { url: teller.url, intervalMs: 50 };
    const own = await startTestRouter({ ticks: TICKS }, { authentication: { revocations } });
    assert.equal((await own.ask('{ hello }')).status, 200);
    await own.stop();
  });
});
