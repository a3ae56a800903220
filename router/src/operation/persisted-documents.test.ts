import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { ConfigError } from '../config/read.js';
import { ConfigSchema } from '../config/schema.js';
import { startTestRouter, type TestRouter } from '../testing.js';
import { PersistedDocuments } from './persisted-documents.js';

const GREETER = {
  sdl: `type Query { hello(to: String): String, me: String }
    type Mutation { wave: Boolean }
    type Subscription { greetings: String }`,
  resolvers: {
    Query: {
      hello: (_: unknown, { to = 'you' }: { to?: string }) => `hi ${to}`,
      me: () => {
        throw new Error('nobody');
      },
    },
    Mutation: { wave: () => true },
    Subscription: {
      greetings: {
        async *subscribe() {
          yield { greetings: 'hi' };
        },
      },
    },
  },
};
const HELLO = 'query Hello($to: String) { hello(to: $to) }';
const ME = 'query Me { me }';
const WAVE = 'mutation Wave { wave }';
const GREETINGS = 'subscription Greetings { greetings }';
const TWO = 'query A { hello } query B { hello(to: "b") }';
const OTHER = '{ other: hello }';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const documentId = (query: string) => `sha256:${sha256(query)}`;
const automatic = (query: string) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: sha256(query) } },
});
const apollo = (...operations: [id: string, body: string][]) =>
  JSON.stringify({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: operations.map(([id, body]) => ({ id, body, name: 'x', type: 'query' })),
  });

const NOT_FOUND = {
  message: 'PersistedQueryNotFound',
  extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
};

let directory: string;
let apolloFile: string;
let relayFile: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gamegraph-manifests-'));
  apolloFile = join(directory, 'apollo.json');
  relayFile = join(directory, 'relay.json');
});
after(() => rm(directory, { recursive: true }));

const writeManifests = async () => {
  const ids = [HELLO, ME, WAVE, TWO].map(text => [sha256(text), text] as [string, string]);
  await writeFile(apolloFile, apollo(...ids, ['hello-by-name', HELLO]));
  await writeFile(relayFile, JSON.stringify({ '0cc175b9c0f1b6a8': GREETINGS }));
};

async function post(router: TestRouter, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as { data?: unknown; errors?: unknown[] };
  return { status: response.status, ...json };
}

async function get(router: TestRouter, params: object, headers: Record<string, string> = {}) {
  const texts = Object.entries(params).map(([name, value]: [string, unknown]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const search = new URLSearchParams(texts).toString();
  const response = await fetch(`${router.url}?${search}`, { headers });
  const json = (await response.json()) as { data?: unknown; errors?: unknown[] };
  return {
    status: response.status,
    cacheControl: response.headers.get('cache-control'),
    vary: response.headers.get('vary'),
    ...json,
  };
}

/** What one operation is answered by, over a WebSocket that the router must leave open. */
async function overSocket(router: TestRouter, protocol: string, ...payloads: object[]) {
  const socket = new WebSocket(router.url.replace('http', 'ws'), protocol);
  const [start, data] = protocol === 'graphql-ws' ? ['start', 'data'] : ['subscribe', 'next'];
  const answers: unknown[] = [];
  let ended = 0;
  socket.on('message', text => {
    const { type, payload } = JSON.parse((text as Buffer).toString()) as {
      type: string;
      payload: unknown;
    };
    if (type === 'connection_ack')
      payloads.forEach((each, n) =>
        socket.send(JSON.stringify({ type: start, id: `o${n}`, payload: each })),
      );
    if (type === data) answers.push(payload);
    if (type === 'error') answers.push({ errors: payload });
    if (type === 'complete' || type === 'error') ended++;
  });
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  await until('answers', () => ended === payloads.length);
  assert.equal(socket.readyState, WebSocket.OPEN);
  socket.terminate();
  return answers;
}

const PROTOCOLS = ['graphql-transport-ws', 'graphql-ws'];

describe('automatic persisted queries', () => {
  let router: TestRouter;
  before(async () => {
    router = await startTestRouter({ greeter: GREETER });
  });
  after(() => router.stop());

  it('are asked for once, and then go by their hash, whatever the method', async () => {
    const unknown = await post(router, automatic(HELLO), {
      accept: 'application/graphql-response+json',
    });
    assert.deepEqual(unknown, { status: 200, errors: [NOT_FOUND] });
    const missed = await get(router, automatic(HELLO));
    assert.deepEqual(missed.errors, [NOT_FOUND]);
    assert.equal(missed.cacheControl, 'private, no-store');

    const first = await get(router, { ...automatic(HELLO), query: HELLO });
    assert.deepEqual(first.data, { hello: 'hi you' });
    const variables = { to: 'me' };
    for (const ask of [get, post]) {
      const again = await ask(router, { ...automatic(HELLO), variables });
      assert.deepEqual(again.data, { hello: 'hi me' });
    }
    const byId = await get(router, { documentId: documentId(HELLO), variables });
    assert.deepEqual(byId.data, { hello: 'hi me' });
    assert.equal(byId.cacheControl, 'private, no-store', 'any client can make these known');
  });

  for (const protocol of PROTOCOLS) {
    it(`work over ${protocol}, and what is unknown does not close the socket`, async () => {
      const query = `subscription Over { greetings } # ${protocol}`;
      const [hidden] = await overSocket(router, protocol, automatic(query));
      assert.deepEqual((hidden as { errors: unknown }).errors, [NOT_FOUND]);
      await overSocket(router, protocol, { ...automatic(query), query });
      assert.deepEqual(await overSocket(router, protocol, automatic(query)), [
        { data: { greetings: 'hi' } },
      ]);
    });
  }

  it('refuse a hash that is not that of the text, and remember nothing', async () => {
    const forged = await post(router, { ...automatic(ME), query: OTHER });
    assert.equal(forged.status, 400);
    assert.match(JSON.stringify(forged.errors), /not that of the document/);
    assert.deepEqual((await post(router, automatic(ME))).errors, [NOT_FOUND]);
  });

  it('do not remember what is no operation', async () => {
    const query = '{ nothing }';
    await post(router, { ...automatic(query), query });
    assert.deepEqual((await post(router, automatic(query))).errors, [NOT_FOUND]);
  });

  it('do not run a mutation by GET', async () => {
    await post(router, { ...automatic(WAVE), query: WAVE });
    assert.equal((await get(router, automatic(WAVE))).status, 405);
    assert.deepEqual((await post(router, automatic(WAVE))).data, { wave: true });
  });

  it('say what is wrong with a request that names no document, or two', async () => {
    const cases: [body: object, reason: RegExp][] = [
      [{}, /`query`.*or its `documentId`/],
      [{ documentId: 1 }, /`documentId`/],
      [{ extensions: { persistedQuery: { sha256Hash: 1 } } }, /sha256Hash/],
      [{ ...automatic(HELLO), documentId: documentId(ME) }, /same document/],
    ];
    for (const [body, reason] of cases) {
      const { status, errors } = await post(router, body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(JSON.stringify(errors), reason);
    }
  });

  it('forget the least used when there are too many', async () => {
    const cacheBytes = 4_000;
    const small = await startTestRouter(
      { greeter: GREETER },
      { persistedDocuments: { automatic: { cacheBytes } } },
    );
    const queries = Array.from({ length: 60 }, (_, n) => `{ hello(to: "${n}") }`);
    for (const query of queries) await post(small, { ...automatic(query), query });
    assert.deepEqual((await post(small, automatic(queries[0]!))).errors, [NOT_FOUND]);
    assert.deepEqual((await post(small, automatic(queries.at(-1)!))).data, { hello: 'hi 59' });
    await small.stop();
  });

  it('can be switched off, and clients are told so', async () => {
    const persistedDocuments = { automatic: { enabled: false } };
    const without = await startTestRouter({ greeter: GREETER }, { persistedDocuments });
    assert.deepEqual((await post(without, automatic(HELLO))).errors, [
      {
        message: 'PersistedQueryNotSupported',
        extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
      },
    ]);
    const both = await post(without, { ...automatic(HELLO), query: HELLO });
    assert.deepEqual(both.data, { hello: 'hi you' });
    await without.stop();
  });
});

describe('trusted documents', () => {
  let router: TestRouter;
  const settings = (mode: 'log' | 'safelist' | 'only') => ({
    persistedDocuments: { mode, manifests: [apolloFile, relayFile], publicMaxAgeS: 60 },
  });
  before(async () => {
    await writeManifests();
    router = await startTestRouter({ greeter: GREETER }, settings('only'));
  });
  after(() => router.stop());

  it('run by either id, of either format, over any transport', async () => {
    const data = { hello: 'hi you' };
    for (const body of [
      { documentId: documentId(HELLO) },
      { documentId: documentId(HELLO), query: '' },
      { documentId: sha256(HELLO) },
      { documentId: 'hello-by-name' },
      automatic(HELLO),
      { extensions: { persistedQuery: { version: 1, sha256Hash: 'hello-by-name' } } },
      { ...automatic(HELLO), documentId: documentId(HELLO), operationName: 'Hello' },
    ]) {
      assert.deepEqual((await post(router, body)).data, data, JSON.stringify(body));
      assert.deepEqual((await get(router, body)).data, data);
      for (const protocol of PROTOCOLS)
        assert.deepEqual(await overSocket(router, protocol, body), [{ data }]);
    }
    for (const protocol of PROTOCOLS) {
      const [event] = await overSocket(router, protocol, { documentId: '0cc175b9c0f1b6a8' });
      assert.deepEqual(event, { data: { greetings: 'hi' } });
    }
    const stream = await fetch(`${router.url}?documentId=0cc175b9c0f1b6a8`, {
      headers: { accept: 'text/event-stream' },
    });
    assert.match(await stream.text(), /"greetings":"hi"/);
    const b = await post(router, { documentId: documentId(TWO), operationName: 'B' });
    assert.deepEqual(b.data, { hello: 'hi b' });
  });

  it('are all that runs where only they may, and every other request is answered alike', async () => {
    const refused: object[] = [
      { query: HELLO },
      { query: OTHER },
      { query: '{ syntax' },
      { documentId: documentId(OTHER) },
      { documentId: documentId(HELLO), query: HELLO },
      { documentId: documentId(HELLO), query: OTHER },
      { documentId: documentId(HELLO), operationName: 'Other' },
      { ...automatic(OTHER), query: OTHER },
      automatic(OTHER),
      { documentId: '__proto__' },
    ];
    const answers = new Set<string>();
    for (const body of refused) {
      answers.add(JSON.stringify((await post(router, body)).errors));
      answers.add(JSON.stringify((await get(router, body)).errors));
    }
    for (const protocol of PROTOCOLS) {
      for (const answer of await overSocket(router, protocol, ...refused))
        answers.add(JSON.stringify((answer as { errors: unknown }).errors));
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    assert.match([...answers][0]!, /PERSISTED_QUERY_REQUIRED/);
    assert.equal(
      router.stubs.greeter!.received.some(({ query }) => query.includes('other')),
      false,
    );
  });

  it('may be kept by a CDN when they are asked by GET, by nobody in particular, and answered whole', async () => {
    const open = { documentId: documentId(HELLO) };
    const kept = await get(router, open);
    assert.equal(kept.cacheControl, 'public, max-age=60');
    assert.match(kept.vary!, /accept.*authorization.*origin/);
    assert.equal((await get(router, automatic(HELLO))).cacheControl, 'public, max-age=60');
    const authorization = `Bearer ${await router.token()}`;
    const personal = await get(router, open, { authorization });
    const broken = await get(router, { documentId: documentId(ME) });
    const faulty = await get(router, { ...open, variables: { to: 1 } });
    const mutation = await get(router, { documentId: documentId(WAVE) });
    assert.deepEqual(
      [personal, broken, faulty, mutation].map(({ cacheControl }) => cacheControl),
      Array(4).fill('private, no-store'),
    );
    assert.equal(mutation.status, 405);
  });

  it('follow their manifests; a bad one is not taken over', async () => {
    const metrics = async () => (await fetch(new URL('/metrics', router.url))).text();
    await writeFile(relayFile, JSON.stringify({ other: OTHER }));
    await until(
      'the new manifest',
      async () => 'data' in (await post(router, { documentId: 'other' })),
    );
    assert.ok((await post(router, { documentId: '0cc175b9c0f1b6a8' })).errors);
    await writeFile(relayFile, '{"other": 1}');
    await until('the refusal', async () =>
      (await metrics()).includes('router_reloads_total{what="manifests",outcome="refused"} 1'),
    );
    assert.deepEqual((await post(router, { documentId: 'other' })).data, { other: 'hi you' });
    await writeManifests();
    await until(
      'the old manifest',
      async () => 'errors' in (await post(router, { documentId: 'other' })),
    );
  });

  it('are asked for by id or text where there is a safelist', async () => {
    const safe = await startTestRouter({ greeter: GREETER }, settings('safelist'));
    for (const body of [{ query: HELLO }, automatic(HELLO), { ...automatic(HELLO), query: HELLO }])
      assert.deepEqual((await post(safe, body)).data, { hello: 'hi you' });
    for (const body of [{ query: OTHER }, { ...automatic(OTHER), query: OTHER }]) {
      const { errors } = await post(safe, body);
      assert.match(JSON.stringify(errors), /in no manifest.*PERSISTED_QUERY_REQUIRED/);
    }
    assert.deepEqual((await post(safe, automatic(OTHER))).errors, [NOT_FOUND]);

    await safe.writeConfig(settings('log'));
    await until('the new mode', async () => 'data' in (await post(safe, { query: OTHER })));
    await safe.stop();
  });

  it('are missed in the log, once each', () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: line => void lines.push(line) });
    const { persistedDocuments } = ConfigSchema.parse({ supergraph: 'x', ...settings('log') });
    const documents = new PersistedDocuments(persistedDocuments, log);
    const find = (query: string) =>
      documents.find({ query, documentId: undefined, operationName: undefined });
    for (const query of [HELLO, OTHER, OTHER, '{ hello }']) assert.ok('query' in find(query));
    assert.deepEqual(
      lines.map(line => (JSON.parse(line) as { documentId: string }).documentId),
      [documentId(OTHER), documentId('{ hello }')],
    );
  });

  it('are read from good manifests alone, and all faults are told together', async () => {
    const [syntax, twice] = [join(directory, 'syntax.json'), join(directory, 'twice.json')];
    await writeFile(syntax, JSON.stringify({ a: '{ syntax' }));
    await writeFile(twice, apollo(['a', HELLO], ['a', ME]));
    const { persistedDocuments } = ConfigSchema.parse({
      supergraph: 'x',
      persistedDocuments: { mode: 'only', manifests: [syntax, twice, join(directory, 'none')] },
    });
    assert.throws(
      () => new PersistedDocuments(persistedDocuments, pino({ level: 'silent' })),
      (error: unknown) =>
        error instanceof ConfigError &&
        /syntax\.json: Syntax Error.*twice\.json: another document is "a".*none: ENOENT/s.test(
          error.message,
        ),
    );
  });
});
