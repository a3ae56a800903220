import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { IDENTITY_HEADER, IdentityVerifier, subscriptionText } from '@gamegraph/identity';
import { until } from '@gamegraph/test-support';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { eventsOf, startStub, startTestRouter, stubSchema, type TestRouter } from '../testing.js';

const emitter = new EventEmitter().setMaxListeners(0);
let delays: number[] = []; // of `prices`, for its next requests

const events = (topic: string) => eventsOf(emitter, topic);

const GAMES = {
  sdl: `
    type Query { hello: String }
    type Mutation { rename(title: String!): Game }
    type Subscription { gameChanged(id: ID): Game! secret: Game! @authenticated }
    type Game @key(fields: "id") { id: ID! title: String! }
  `,
  resolvers: {
    Query: { hello: () => 'hi' },
    Mutation: { rename: (_: unknown, { title }: { title: string }) => ({ id: '1', title }) },
    Subscription: {
      gameChanged: {
        subscribe: (_: unknown, { id }: { id?: string }) => {
          if (id === 'refused') throw new Error('not this one');
          return events('game');
        },
        resolve: (game: object) => game,
      },
      secret: { subscribe: () => events('secret'), resolve: (game: object) => game },
    },
    Game: {
      __resolveReference: (reference: object) => reference,
      title: ({ id }: { id: string }) => `Game ${id}`,
    },
  },
};
const PRICES = {
  sdl: 'type Game @key(fields: "id") { id: ID! price: Int }',
  resolvers: {
    Game: {
      __resolveReference: async ({ id }: { id: string }) => {
        await sleep(delays.shift() ?? 0);
        return { id };
      },
      price: ({ id }: { id: string }) => {
        if (id === 'broken') throw new Error('no price');
        return Number(id) * 100;
      },
    },
  },
};

const CHANGED = 'subscription { gameChanged { id title price } }';

let router: TestRouter;
let url: string;
const clients: Client[] = [];
before(async () => {
  router = await startTestRouter({ games: GAMES, prices: PRICES });
  url = router.url.replace('http', 'ws');
});
after(async () => {
  for (const client of clients) await client.dispose();
  await router.stop();
});
beforeEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await until('all is quiet', () => listening('game') + listening('secret') === 0);
  router.stubs.games!.subscribed.length = 0;
  router.stubs.prices!.received.length = 0;
});

const listening = (topic: string) => emitter.listenerCount(topic);
const emit = (...ids: string[]) => ids.forEach(id => emitter.emit('game', { id }));

function connect(token?: string, address = url, webSocketImpl: unknown = WebSocket): Client {
  const connectionParams = token ? { authorization: `Bearer ${token}` } : {};
  const client = createClient({
    url: address,
    webSocketImpl,
    connectionParams,
    retryAttempts: 0,
    lazyCloseTimeout: 1_000,
  });
  clients.push(client);
  return client;
}

// oxlint-disable-next-line typescript/no-explicit-any
type Result = any;

function watch(client: Client, query = CHANGED, variables: Record<string, unknown> = {}) {
  const seen: { results: Result[]; error?: Result; isComplete: boolean; stop: () => void } = {
    results: [],
    isComplete: false,
    stop: () => {},
  };
  seen.stop = client.subscribe(
    { query, variables },
    {
      next: result => seen.results.push(result),
      error: error => (seen.error = error),
      complete: () => (seen.isComplete = true),
    },
  );
  return seen;
}

/** A router whose `games` is nothing but this. */
async function startOver(reconnects: number, onConnection: (socket: WebSocket) => void) {
  const handleProtocols = () => 'graphql-transport-ws';
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols });
  server.on('connection', onConnection);
  await once(server, 'listening');
  const games = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const settings = { subgraphs: { urls: { games }, reconnects } };
  const own = await startTestRouter({ games: GAMES, prices: PRICES }, settings);
  const client = connect(undefined, own.url.replace('http', 'ws'));
  const stop = async () => {
    await client.dispose();
    await own.stop();
    server.clients.forEach(socket => socket.terminate());
    server.close();
  };
  return { client, stop };
}

/** What each was told last, when all have ended. */
async function endsOf(...watched: ReturnType<typeof watch>[]) {
  await until('all have ended', () => watched.every(({ isComplete }) => isComplete), {
    timeoutMs: 30_000,
  });
  return watched.map(({ results }) => {
    const { code, serviceName } = results.at(-1).errors[0].extensions;
    return [code, serviceName];
  });
}

describe('a subscription', () => {
  it('completes each event with the fields of other subgraphs', async () => {
    const seen = watch(connect());
    await until('it is there', () => listening('game') === 1);
    emit('3');
    await until('it came', () => seen.results.length === 1);
    assert.deepEqual(seen.results[0], {
      data: { gameChanged: { id: '3', title: 'Game 3', price: 300 } },
    });
    seen.stop();
    await until('it has ended upstream', () => listening('game') === 0);
  });

  it('is one upstream, and one completion of each event, for all who ask the same as the same', async () => {
    const token = await router.token({ sub: 'u1' });
    const same = Array.from({ length: 20 }, () => watch(connect(token)));
    const other = watch(connect(await router.token({ sub: 'u2' })));
    await until('two are there', () => listening('game') === 2);
    await sleep(100);
    emit('1');
    await until('all have it', () => [...same, other].every(({ results }) => results.length === 1));
    assert.equal(router.stubs.games!.subscribed.length, 2);
    assert.equal(router.stubs.prices!.received.length, 2);
  });

  it('keeps the order of events when a later one is completed sooner', async () => {
    const seen = watch(connect());
    await until('it is there', () => listening('game') === 1);
    delays = [120, 0, 60, 0];
    emit('1', '2', '3', '4');
    await until('all came', () => seen.results.length === 4);
    assert.deepEqual(
      seen.results.map(({ data }) => data.gameChanged.id),
      ['1', '2', '3', '4'],
    );
  });

  it('goes on after an event that is only partly there', async () => {
    const seen = watch(connect());
    await until('it is there', () => listening('game') === 1);
    emit('broken', '2');
    await until('both came', () => seen.results.length === 2);
    assert.deepEqual(seen.results[0].data.gameChanged, {
      id: 'broken',
      title: 'Game broken',
      price: null,
    });
    assert.deepEqual(seen.results[0].errors[0].path, ['gameChanged', 'price']);
    assert.equal(seen.results[1].errors, undefined);
  });

  it('proves to the subgraph who subscribes, anew for each connection', async () => {
    watch(connect(await router.token({ sub: 'u9' })));
    await until('it is there', () => listening('game') === 1);
    router.stubs.games!.cutSockets();
    await until(
      'it is there again',
      () => router.stubs.games!.subscribed.length === 2 && listening('game') === 1,
    );
    const verifier = new IdentityVerifier('games', [router.publicKey]);
    for (const payload of router.stubs.games!.subscribed as Result[]) {
      const about = subscriptionText(payload.query, payload.variables);
      assert.equal(
        (await verifier.verify(payload.extensions[IDENTITY_HEADER], about)).viewer?.userId,
        'u9',
      );
    }
  });

  it('goes on after the connection upstream was lost, and says that there may be a gap', async () => {
    const seen = watch(connect());
    await until('it is there', () => listening('game') === 1);
    emit('1');
    await until('the first came', () => seen.results.length === 1);
    router.stubs.games!.cutSockets();
    await until('it is gone', () => listening('game') === 0);
    await until('it is there again', () => listening('game') === 1);
    emit('2', '3');
    await until('all came', () => seen.results.length === 3);
    assert.deepEqual(
      seen.results.map(({ extensions }) => extensions),
      [undefined, { subscription: { gap: true } }, undefined],
    );
  });

  it('may have a gap before its first event, too', async () => {
    const seen = watch(connect());
    await until('it is there', () => listening('game') === 1);
    router.stubs.games!.cutSockets();
    await until('it is gone', () => listening('game') === 0);
    await until('it is there again', () => listening('game') === 1);
    emit('1');
    await until('it came', () => seen.results.length === 1);
    assert.deepEqual(seen.results[0].extensions, { subscription: { gap: true } });
  });

  it('ends with an error when the connection upstream is lost for good, and the next one tries afresh', async () => {
    const settings = { subgraphs: { reconnects: 2 } };
    const own = await startTestRouter({ games: GAMES, prices: PRICES }, settings);
    const port = Number(new URL(own.stubs.games!.url).port);
    const figure = async (name: string) =>
      new RegExp(`^${name} (\\d+)`, 'm').exec(
        await (await fetch(new URL('/metrics', own.url))).text(),
      )![1];
    const client = connect(undefined, own.url.replace('http', 'ws'));
    const [one, same] = [watch(client), watch(client)];
    const other = watch(client, 'subscription { gameChanged { id } }');
    await until('they are there', () => listening('game') === 2);
    await own.stubs.games!.stop();
    const late = watch(client); // joins while the router tries
    for (const reason of await endsOf(one, same, other, late))
      assert.deepEqual(reason, ['SUBGRAPH_UNAVAILABLE', 'games']);
    assert.deepEqual(
      [await figure('router_topics'), await figure('router_subscriptions')],
      ['0', '0'],
    );

    own.logged.length = 0;
    await endsOf(watch(client));
    assert.equal(own.logged.length, 3, 'it has as many tries as the first ones');
    const back = await startStub(stubSchema(GAMES.sdl, GAMES.resolvers), port);
    const next = watch(client);
    await until('it is there', () => listening('game') === 1);
    emit('7');
    await until('it goes on', () => next.results.length === 1);
    assert.equal(next.results[0].extensions, undefined, 'it has missed nothing');
    await client.dispose();
    await own.stop();
    await back.stop();
  });

  for (const code of [1000, 1001]) {
    it(`ends with an error when each connection upstream is closed at once with ${code}`, async () => {
      let opened = 0;
      const { client, stop } = await startOver(2, socket => {
        opened++;
        socket.once('message', () => {
          socket.send('{"type":"connection_ack"}');
          socket.close(code);
        });
      });
      const ends = endsOf(watch(client)).finally(stop);
      assert.deepEqual(await ends, [['SUBGRAPH_UNAVAILABLE', 'games']]);
      assert.equal(opened, 3);
    });
  }

  it('goes on after an event that is none, and says so', async () => {
    const payloads = [{ data: 5 }, { data: [1] }, {}, { data: { gameChanged: { id: 1 } } }];
    const { client, stop } = await startOver(0, socket =>
      socket.on('message', data => {
        const { type, id } = JSON.parse((data as Buffer).toString()) as Record<string, string>;
        if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
        if (type !== 'subscribe') return;
        for (const payload of payloads) socket.send(JSON.stringify({ id, type: 'next', payload }));
      }),
    );
    const seen = watch(client, 'subscription { gameChanged { id } }');
    await until('all are told', () => seen.results.length === 4).finally(stop);
    const message = 'games did not answer in GraphQL.';
    const extensions = { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'games' };
    for (const result of seen.results.slice(0, 3))
      assert.deepEqual(result, { data: null, errors: [{ message, extensions }] });
    assert.deepEqual(seen.results[3], { data: { gameChanged: { id: 1 } } });
  });

  it('tells who joins it what was told last, where that was all there is to know', async () => {
    const event = (id: string, isWhole: boolean) => ({
      ...{ data: { gameChanged: { id } }, ...(isWhole && { extensions: { isWhole } }) },
    });
    let subscriptions = 0;
    let tell: (payload: object) => void = () => {};
    const { client, stop } = await startOver(0, socket =>
      socket.on('message', data => {
        const { type, id } = JSON.parse((data as Buffer).toString()) as Record<string, string>;
        if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
        if (type !== 'subscribe') return;
        subscriptions++;
        tell = payload => socket.send(JSON.stringify({ id, type: 'next', payload }));
        tell(event('1', true));
      }),
    );
    const ONLY_ID = 'subscription { gameChanged { id } }';
    const first = watch(client, ONLY_ID);
    await until('it is told', () => first.results.length === 1);
    tell(event('2', true));
    tell(event('3', false));
    await until('all are told', () => first.results.length === 3);
    const late = watch(client, ONLY_ID);
    await until('it is told, too', () => late.results.length === 1);
    tell(event('4', false));
    await until('both hear more', () => late.results.length === 2 && first.results.length === 4);
    await stop();
    assert.equal(subscriptions, 1);
    const idsOf = (results: Result[]) => results.map(({ data }) => data.gameChanged.id);
    assert.deepEqual(idsOf(late.results), ['2', '4']);
    assert.ok(first.results.every(({ extensions }) => extensions === undefined));
  });

  it('passes on the headers that are forwarded, and is shared by those who send the same', async () => {
    const own = await startTestRouter(
      { games: GAMES, prices: PRICES },
      { headers: { forward: ['x-tenant', 'x-other'] } },
    );
    const { games, prices } = own.stubs;
    const connectAs = (tenant: string) => {
      class Socket extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols, { headers: { 'x-tenant': tenant, 'x-more': tenant } });
        }
      }
      return connect(undefined, own.url.replace('http', 'ws'), Socket);
    };
    const seen = ['a', 'b', 'b'].map(tenant => watch(connectAs(tenant)));
    await until('all are there', () => listening('game') === 2);
    const stream = await fetch(own.url, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        'x-tenant': 'c',
      },
      body: JSON.stringify({ query: CHANGED }),
    });
    await until('a third is there', () => listening('game') === 3);
    const told = () =>
      (games!.subscribed as Result[]).map(({ extensions: { headers } }) => headers).toSorted(by);
    const by = (one: Result, another: Result) => one['x-tenant'].localeCompare(another['x-tenant']);
    const expected = ['a', 'b', 'c'].map(tenant => ({ 'x-tenant': tenant }));
    assert.deepEqual(told(), expected);
    emit('1');
    await until('all have it', () => seen.every(({ results }) => results.length === 1));
    await until('all are completed', () => prices!.received.length === 3);
    assert.deepEqual(prices!.received.map(({ headers }) => headers['x-tenant']).toSorted(), [
      'a',
      'b',
      'c',
    ]);
    assert.ok(prices!.received.every(({ headers }) => headers['x-more'] === undefined));
    games!.subscribed.length = 0;
    games!.cutSockets();
    await until(
      'they are there again',
      () => games!.subscribed.length === 3 && listening('game') === 3,
    );
    assert.deepEqual(told(), expected, 'with the same headers');
    await stream.body!.cancel();
    await own.stop();
  });

  it('ends with the reason when the subgraph refuses it', async () => {
    const seen = watch(connect(), 'subscription { gameChanged(id: "refused") { id } }');
    await until('it has ended', () => seen.isComplete);
    assert.match(seen.results[0].errors[0].message, /not this one|Unexpected/);
  });

  it('is refused to somebody who may not', async () => {
    const seen = watch(connect(), 'subscription { secret { id } }');
    await until('it has ended', () => seen.isComplete);
    assert.equal(seen.results[0].errors[0].extensions.code, 'UNAUTHENTICATED');
    assert.equal(listening('secret'), 0);
    const allowed = watch(connect(await router.token()), 'subscription { secret { id } }');
    await until('it is there', () => listening('secret') === 1);
    emitter.emit('secret', { id: '1' });
    await until('it came', () => allowed.results.length === 1);
  });

  it('is closed when the token ends, so that the client comes back with another', async () => {
    // The router allows clocks to differ by 30 s; so does this token.
    let tokens = 0;
    const client = createClient({
      ...{
        url,
        webSocketImpl: WebSocket,
        retryAttempts: 5,
        shouldRetry: () => true,
        retryWait: () => sleep(20),
      },
      connectionParams: async () => ({
        authorization: `Bearer ${await router.token({ expiresInS: tokens++ === 0 ? -27 : 300 })}`,
      }),
    });
    clients.push(client);
    const seen = watch(client);
    await until('it came back', () => tokens === 2 && listening('game') === 1);
    emit('5');
    await until('it goes on', () => seen.results.length === 1);
  });

  it('moves to another supergraph when its source asks the same there, and ends when not', async () => {
    const own = await startTestRouter({ games: GAMES, prices: PRICES });
    const client = connect(undefined, own.url.replace('http', 'ws'));
    const kept = watch(client, 'subscription { gameChanged { id price } }');
    await until('it is there', () => listening('game') === 1);
    const gone = watch(client, 'subscription { gameChanged { title } }');
    await until('both are there', () => listening('game') === 2);
    await own.writeSupergraph(own.supergraph.replace(/^ {2}title: String!.*$/m, ''));
    await until('one has ended', () => gone.isComplete);
    assert.equal(gone.results[0].errors[0].extensions.code, 'CONFLICT');
    emit('2');
    await until('the other goes on', () => kept.results.length === 1);
    assert.equal(kept.results[0].data.gameChanged.price, 200);
    await client.dispose();
    await own.stop();
  });
});

describe('WebSockets', () => {
  it('carry queries and mutations too, by the same rules', async () => {
    const client = connect();
    const query = watch(client, '{ hello }');
    const mutation = watch(client, 'mutation { rename(title: "x") { title price } }');
    const wrong = watch(client, '{ nothing }');
    await until('all have ended', () => query.isComplete && mutation.isComplete && wrong.error);
    assert.deepEqual(query.results, [{ data: { hello: 'hi' } }]);
    const [{ extensions, ...result }] = mutation.results;
    assert.deepEqual(result, { data: { rename: { title: 'Game 1', price: 100 } } });
    assert.deepEqual(Object.keys(extensions.consistency), ['token']);
    assert.equal(wrong.error[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  });

  /** A connection without a library: what it got, and how it was closed. */
  const open = (protocol: string | string[] = 'graphql-transport-ws', options = {}, to = url) => {
    const socket = new WebSocket(to, protocol, options);
    const seen = {
      socket,
      messages: [] as Result[],
      code: undefined as number | undefined,
      send: (...messages: (object | string)[]) => {
        const send = () => {
          for (const message of messages)
            socket.send(typeof message === 'string' ? message : JSON.stringify(message));
        };
        if (socket.readyState === WebSocket.OPEN) send();
        else socket.once('open', send);
      },
    };
    socket.on('message', data => seen.messages.push(JSON.parse((data as Buffer).toString())));
    socket.on('close', code => (seen.code = code));
    socket.on('error', () => {});
    return seen;
  };
  const closing = async (messages: (object | string)[], ...how: Parameters<typeof open>) => {
    const seen = open(...how);
    seen.send(...messages);
    await until('it is closed', () => seen.code !== undefined);
    return seen.code;
  };
  const init = { type: 'connection_init' };
  const start = { type: 'subscribe', id: '1', payload: { query: CHANGED } };
  const acknowledged = async () => {
    const seen = open();
    seen.send(init);
    await until('it is open', () => seen.messages.length === 1);
    return seen;
  };

  it('are closed, with the code that the protocol has for it, by whoever breaks it', async () => {
    assert.equal(await closing(['{']), 4400);
    assert.equal(await closing([{ type: 'nonsense' }]), 4400);
    assert.equal(await closing([start]), 4401);
    assert.equal(await closing([init, init]), 4429);
    assert.equal(await closing([{ ...init, payload: { authorization: 'Bearer bad' } }]), 4403);
    assert.equal(await closing([init, 'x'.repeat(70_000)]), 1009);
    assert.equal(await closing([]), 4408);
    assert.equal(await closing([], 'mqtt'), 1006);
    assert.equal(
      await closing([], 'graphql-transport-ws', { origin: 'https://evil.example' }),
      1006,
    );
    const twice = await acknowledged();
    twice.send(start, start);
    await until('it is closed', () => twice.code === 4409);
  });

  it('stay open when a request is refused', async () => {
    const seen = await acknowledged();
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'f'.repeat(64) } };
    seen.send(
      { type: 'subscribe', id: 'hash', payload: { extensions } }, // Apollo Kotlin’s
      { type: 'subscribe', id: 'odd', payload: { query: 1 } },
      { type: 'subscribe', id: 'wrong', payload: { query: '{ nothing }' } },
      { type: 'subscribe', id: 'good', payload: { query: '{ hello }' } },
    );
    const told = () => seen.messages.slice(1).map(({ id, type }) => `${id} ${type}`);
    await until('all have ended', () => told().includes('hash complete'));
    assert.deepEqual(told(), [
      'hash next', // and time to come again with the text, by the same id
      ...['odd error', 'wrong error', 'good next', 'good complete'],
      'hash complete',
    ]);
    seen.socket.close();
  });

  it('refuse a subscription whose field depends on a condition', async () => {
    const client = connect();
    for (const query of [
      'subscription ($no: Boolean!) { gameChanged @skip(if: $no) { id } }',
      'subscription { ...Root } fragment Root on Subscription { ... @include(if: true) { gameChanged { id } } }',
    ]) {
      const seen = watch(client, query, { no: false });
      await until('it is refused', () => seen.error);
      assert.match(seen.error[0].message, /cannot have @skip/);
      assert.equal(seen.error[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    }
  });

  it('give an id to another operation as soon as the first is stopped', async () => {
    const seen = await acknowledged();
    const query = {
      type: 'subscribe',
      id: '1',
      payload: { query: 'mutation { rename(title: "x") { price } }' },
    };
    delays = [100, 0];
    seen.send(query, { type: 'complete', id: '1' }, { ...query, payload: { query: '{ hello }' } });
    await until('the second has ended', () => seen.messages.at(-1).type === 'complete');
    await until('the first has been answered', () => router.stubs.prices!.received.length === 1);
    seen.send({ type: 'ping' });
    await until('all is told', () => seen.messages.at(-1).type === 'pong');
    assert.deepEqual(seen.messages[1].payload, { data: { hello: 'hi' } });
    assert.equal(seen.messages.length, 4);
    delays = [];
    seen.socket.close();
  });

  it('are closed at once when what they carry is abuse', async () => {
    const own = await startTestRouter(
      { games: GAMES, prices: PRICES },
      { limits: { socketOperations: 3 } },
    );
    const seen = open(undefined, undefined, own.url.replace('http', 'ws'));
    seen.send(init);
    await until('it is open', () => seen.messages.length === 1);
    seen.send(...Array.from({ length: 7 }, (_, n) => ({ ...start, id: String(n) })));
    await until('it is closed', () => seen.code === 1008);
    assert.equal(seen.messages.filter(({ type }) => type === 'error').length, 3);
    await until('nothing is left', () => listening('game') === 0);
    await own.stop();
  });

  it('are cut when the other side is gone without a word, or does not read', async () => {
    const own = await startTestRouter(
      { games: GAMES, prices: PRICES },
      { heartbeats: { webSocketMs: 100 } },
    );
    const to = own.url.replace('http', 'ws');
    const [legacy, gone] = [open('graphql-ws', {}, to), open(undefined, { autoPong: false }, to)];
    for (const { send } of [legacy, gone]) send(init);
    await until('it is open', () => gone.messages.length === 1);
    gone.send(start);
    await until('one is cut', () => gone.code === 1006);
    await until('nothing of it is left', () => listening('game') === 0);
    await until('the other is told that it lives', () => legacy.messages.length > 4);
    assert.deepEqual(
      new Set(legacy.messages.map(({ type }) => type)),
      new Set(['connection_ack', 'ka']),
    );
    await own.stop();

    const slow = await acknowledged();
    slow.send({ ...start, payload: { query: 'subscription { gameChanged { id } }' } });
    await until('it is there', () => listening('game') === 1);
    slow.socket.pause();
    await until('it is given up', () => {
      emit('9'.repeat(1_000_000));
      return listening('game') === 0;
    });
    slow.socket.resume();
    await until('it is closed', () => slow.code !== undefined);
  });

  it('speak the legacy protocol to clients that know no other, also when they do not wait or name it', async () => {
    for (const protocol of [['graphql-ws'], []]) {
      const { socket, messages, send } = open(protocol);
      send(
        { type: 'connection_init', payload: {} },
        { type: 'start', id: 'a', payload: { query: CHANGED } },
      );
      await until('it is there', () => listening('game') === 1);
      emit('7');
      await until('it came', () => messages.some(({ type }) => type === 'data'));
      assert.deepEqual(
        messages.map(({ type }) => type),
        ['connection_ack', 'ka', 'data'],
      );
      assert.equal(messages[2].payload.data.gameChanged.price, 700);
      send({ type: 'stop', id: 'a' });
      await until('it has ended', () => listening('game') === 0);
      await until('it says so', () => messages.at(-1).type === 'complete');
      send({ type: 'start', id: 'b', payload: { query: '{ nothing }' } });
      await until(
        'it is refused',
        () => messages.at(-1).id === 'b' && messages.at(-1).type === 'complete',
      );
      assert.equal(messages.at(-2).payload.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
      send({ type: 'connection_terminate' });
      await until('it is closed', () => socket.readyState === WebSocket.CLOSED);
    }
    const hasty = open('graphql-ws');
    hasty.send(
      { type: 'connection_init' },
      { type: 'start', id: 'a', payload: { query: CHANGED } },
      { type: 'stop', id: 'a' },
    );
    await until('it has stopped', () => hasty.messages.some(({ type }) => type === 'complete'));
    hasty.send({ type: 'start', id: 'b', payload: { query: '{ hello }' } });
    await until(
      'it goes on',
      () => hasty.messages.filter(({ type }) => type === 'complete').length === 2,
    );
    assert.equal(listening('game'), 0);
    hasty.socket.close();
  });

  it('leave nothing behind, however often clients come and go', async () => {
    for (let round = 0; round < 5; round++) {
      const all = Array.from({ length: 20 }, (_, n) => {
        const client = connect();
        const query = `subscription { gameChanged(id: "${n % 4}") { id price } }`;
        return { client, seen: watch(client, query) };
      });
      await until('all have an event', () => {
        emit('1');
        return all.every(({ seen }) => seen.results.length > 0);
      });
      for (const { client } of all) client.terminate();
      await until('all are gone', () => listening('game') === 0);
    }
    await until('nothing is left', async () => {
      const metrics = await (await fetch(new URL('/metrics', router.url))).text();
      return ['sockets', 'topics', 'subscriptions'].every(each =>
        metrics.includes(`\nrouter_${each} 0\n`),
      );
    });
  });

  it('hold as many operations as they may, and leave nothing behind', async () => {
    const client = connect();
    const many = Array.from({ length: 55 }, (_, n) =>
      watch(client, `subscription { gameChanged(id: "${n}") { id } }`),
    );
    await until(
      'the rest is refused',
      () => many.filter(({ error }) => error?.[0].extensions.code === 'RATE_LIMITED').length === 5,
    );
    assert.equal(listening('game'), 50);
    client.terminate();
    await until('nothing is left', () => listening('game') === 0);
  });

  it('are sent elsewhere when the router stops, without an end to what they carry', async () => {
    const own = await startTestRouter({ games: GAMES, prices: PRICES });
    const codes: number[] = [];
    const client = createClient({
      ...{ url: own.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 },
      on: { closed: event => codes.push((event as { code: number }).code) },
    });
    const seen = watch(client);
    await until('it is there', () => listening('game') === 1);
    await own.stop();
    await until('it is closed', () => codes.length === 1);
    assert.deepEqual([codes[0], seen.isComplete], [1012, false]);
    await client.dispose();
  });
});
