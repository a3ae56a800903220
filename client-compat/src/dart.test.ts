import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { TestRouter } from '@gamegraph/router/testing';
import { until } from '@gamegraph/test-support';
import { WebSocket } from 'ws';
import { launched, startArcade, THREE_LAUNCHES, webSocketUrl } from './arcade.js';

// What Flutter's clients put on the wire, replayed: there is no Dart here. The headers, the order of keys, and the dialogs
// are those of `graphql` 5.2 (graphql_flutter), `gql_http_link` 1.2 and `gql_websocket_link` 2.1 (ferry).
const HEADERS = {
  'user-agent': 'Dart/3.9 (dart:io)',
  accept: '*/*',
  'accept-encoding': 'gzip',
  'content-type': 'application/json',
};
const KEEP_ALIVE_MS = 60;

const payloadOf = (query: string, operationName: string | null = null, variables = {}) => ({
  operationName,
  variables,
  query,
});
const LAUNCHES = `subscription Launches($count: Int!) {
  nextLaunches(count: $count) {
    __typename
    id
    name
    stars
  }
}`;
const FOLLOW = 'subscription { launches { stars } }';

let router: TestRouter;
const settings = { heartbeats: { webSocketMs: KEEP_ALIVE_MS } };
before(async () => {
  router = await startArcade(settings);
});
after(() => router.stop());

/** As their HttpLink: it throws at a status from 300 on, and where there is neither data nor an error. */
async function send(method: string, url: string, body?: object) {
  const bytes = body && Buffer.from(JSON.stringify(body));
  const headers = { ...HEADERS, ...(bytes && { 'content-length': bytes.length }) };
  const outgoing = request(url, { method, headers });
  outgoing.end(bytes);
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  const json = await text(response);
  assert.ok(response.statusCode! < 300, `${response.statusCode}: ${json}`);
  assert.match(response.headers['content-type']!, /^application\/json/);
  const answer = JSON.parse(json) as { data?: unknown; errors?: { message: string }[] };
  assert.ok(answer.data != null || answer.errors != null);
  return answer;
}

interface Frame {
  type: string;
  id?: string;
  payload?: { data?: Record<string, unknown>; errors?: unknown[] };
}

/** A socket that sends what it has as soon as it is open, and keeps all that comes. */
function open(protocols: string[], ...messages: object[]) {
  const socket = new WebSocket(webSocketUrl(router), protocols);
  const frames: Frame[] = [];
  socket.on('open', () => messages.forEach(message => socket.send(JSON.stringify(message))));
  socket.on('message', data => frames.push(JSON.parse((data as Buffer).toString()) as Frame));
  socket.on('error', () => {});
  const types = () => frames.map(({ type }) => type);
  const data = (field: string) => frames.flatMap(({ payload }) => payload?.data?.[field] ?? []);
  return { socket, frames, types, data };
}

const typed = THREE_LAUNCHES.map(launch => ({ __typename: 'Game', ...launch }));

describe('HTTP as Flutter’s clients speak it', () => {
  it('is answered by POST', async () => {
    const query =
      'query Games($first: Int!) {\n  games(first: $first) {\n    __typename\n    name\n  }\n}';
    const { data } = await send('POST', router.url, payloadOf(query, 'Games', { first: 1 }));
    assert.deepEqual(data, { games: [{ __typename: 'Game', name: 'Game 1' }] });
    const { errors } = await send('POST', router.url, payloadOf('{ nothing }'));
    assert.equal(errors!.length, 1, 'as a result, not as an exception');
  });

  it('is answered by GET, where a name that is not there is spelled out', async () => {
    const params = Object.entries(payloadOf('{\n  games {\n    name\n  }\n}'));
    const encoded = params.map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    const search = new URLSearchParams(encoded).toString();
    assert.match(search, /^operationName=null&variables=%7B%7D&query=/);
    const { data } = await send('GET', `${router.url}?${search}`);
    assert.deepEqual(data, { games: [{ name: 'Game 1' }, { name: 'Game 2' }] });
  });
});

describe('uploads as Flutter’s clients send them', () => {
  it('reach the subgraph, with the header that shows that no other site sends them', async () => {
    const boundary = 'dart-http-boundary-Zx1aB2cD3eF4gH5iJ6kL7mN8oP9qR0sT1uV2wX3yZ4aB5cD6eF7';
    const query = 'mutation SetCover($file: Upload!) {\n  setCover(file: $file)\n}';
    const operations = payloadOf(query, 'SetCover', { file: null });
    const lines = [
      `--${boundary}`,
      ...['content-disposition: form-data; name="operations"', '', JSON.stringify(operations)],
      `--${boundary}`,
      ...['content-disposition: form-data; name="map"', '', '{"0":["variables.file"]}'],
      `--${boundary}`,
      ...['content-type: image/png', 'content-disposition: form-data; name="0"; filename="c.png"'],
      ...['', 'PNG bytes', `--${boundary}--`, ''],
    ];
    const response = await fetch(router.url, {
      method: 'POST',
      headers: {
        ...HEADERS,
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'apollo-require-preflight': 'true', // by `defaultHeaders`, as docs/clients/flutter.md says
      },
      body: lines.join('\r\n'),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
    assert.deepEqual([data, errors], [{ setCover: 'c.png: PNG bytes' }, undefined]);
  });
});

// graphql_flutter by default, and ferry's WebSocketLink, which names no subprotocol.
for (const protocols of [['graphql-ws'], []]) {
  describe(`subscriptions-transport-ws, ${protocols[0] ?? 'unnamed'}`, () => {
    const init = { type: 'connection_init', payload: {} };
    const start = (query: string, variables = {}) => ({
      type: 'start',
      id: '01961f0a-7c1e-7b5e-8f3e-5a2b7c9d0e1f',
      payload: payloadOf(query, null, variables),
    });

    it('lets a client start before it is let in, and gives it all', async () => {
      const { socket, types, data, frames } = open(protocols, init, start(LAUNCHES, { count: 3 }));
      await until('the end', () => types().includes('complete'));
      assert.equal(socket.protocol, protocols[0] ?? '');
      assert.deepEqual(types().slice(0, 2), ['connection_ack', 'ka']);
      assert.deepEqual(data('nextLaunches'), typed);
      assert.ok(frames.every(({ id, type }) => type === 'ka' || type === 'connection_ack' || id));
      socket.terminate();
    });

    it('is let in by a token in the first message', async () => {
      const payload = { headers: { Authorization: `Bearer ${await router.token()}` } };
      const secret = start('subscription { inbox }');
      const { socket, types, data } = open(protocols, { ...init, payload }, secret);
      await until('the end', () => types().includes('complete'));
      assert.deepEqual(data('inbox'), ['a letter']);
      socket.terminate();
    });

    it('keeps the client from giving up, which it does after 30 s without a word', async () => {
      const began = performance.now();
      const { socket, types } = open(protocols, init);
      await until('words', () => types().filter(type => type === 'ka').length > 3);
      assert.ok(performance.now() - began > 2 * KEEP_ALIVE_MS, 'at the interval, not at once');
      socket.terminate();
    });

    it('stops when told, and says so', async () => {
      const message = start(FOLLOW);
      const { socket, types, data } = open(protocols, init, message);
      await until('it follows', () => launched.listenerCount('launch') === 1);
      launched.emit('launch', { id: 'g7', name: 'Game 7' });
      await until('an event', () => data('launches').length === 1);
      socket.send(JSON.stringify({ type: 'stop', id: message.id }));
      await until('the end', () => types().includes('complete'));
      await until('nothing is left', () => launched.listenerCount('launch') === 0);
      socket.terminate();
    });
  });
}

// graphql_flutter when told so, and ferry's TransportWebSocketLink.
describe('graphql-transport-ws', () => {
  const init = { type: 'connection_init', payload: {} };

  it('follows, and answers a ping that has a payload', async () => {
    const { socket, types, data } = open(['graphql-transport-ws'], init);
    await until('it is let in', () => types().includes('connection_ack'));
    socket.send(JSON.stringify({ type: 'ping', payload: {} }));
    const payload = payloadOf(LAUNCHES, 'Launches', { count: 3 });
    socket.send(JSON.stringify({ type: 'subscribe', id: 'a', payload }));
    await until('the end', () => types().includes('complete'));
    assert.deepEqual(data('nextLaunches'), typed);
    assert.ok(types().includes('pong'));
    socket.terminate();
  });

  it('ends a subscription that fails with a result, since some clients never end on an error', async () => {
    const { socket, types, frames } = open(['graphql-transport-ws'], init);
    await until('it is let in', () => types().includes('connection_ack'));
    const payload = payloadOf('subscription { inbox }');
    socket.send(JSON.stringify({ type: 'subscribe', id: 'a', payload }));
    await until('the end', () => types().includes('complete'));
    assert.equal(frames.find(({ type }) => type === 'next')!.payload!.errors!.length, 1);
    socket.terminate();
  });
});

describe('a router that starts again', () => {
  it('takes back a client that connects anew, and follows on', async () => {
    const message = { type: 'start', id: 'a', payload: payloadOf(FOLLOW) };
    const connect = () => open(['graphql-ws'], { type: 'connection_init' }, message);
    const first = connect();
    const closed = once(first.socket, 'close');
    await until('it follows', () => launched.listenerCount('launch') === 1);
    const port = Number(new URL(router.url).port);
    await router.stop();
    assert.equal((await closed)[0], 1012);
    assert.equal(first.types().includes('complete'), false, 'which would be the end for good');

    router = await startArcade({ ...settings, listen: { port } });
    const second = connect();
    await until('it follows', () => launched.listenerCount('launch') === 1);
    launched.emit('launch', { id: 'g8', name: 'Game 8' });
    await until('an event', () => second.data('launches').length === 1);
    assert.deepEqual(second.data('launches'), [{ stars: 8 }]);
    second.socket.terminate();
  });
});
