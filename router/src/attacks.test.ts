// The attacks C1 to C41 that the threat model lists, each tried on a router as it runs; the numbers are its own.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { IDENTITY_HEADER } from '@gamegraph/identity';
import { until } from '@gamegraph/test-support';
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { WebSocket } from 'ws';
import { startIssuer, startTestRouter, type TestRouter } from './testing.js';

const GAMES = {
  sdl: `
    type Query {
      hello: String
      game(id: ID): Game
      node: Node
      echo(text: String, any: Any): String
      games(first: Int): [Game!]! @listSize(slicingArguments: ["first"], assumedSize: 20)
    }
    type Mutation { login(password: String): Boolean }
    interface Node { id: ID! next: Node }
    type Game implements Node @key(fields: "id") { id: ID! next: Node title: String similar: [Game!]! }
    type Mod implements Node @key(fields: "id") { id: ID! next: Node game: Game }
    type Map implements Node @key(fields: "id") { id: ID! next: Node game: Game }
    scalar Any
  `,
  resolvers: {
    Query: {
      hello: () => 'hi',
      game: () => ({ id: 'g', title: 'Chess' }),
      node: () => null,
      games: () => [],
      echo: (_: unknown, { text }: { text?: string }) => text ?? 'none',
    },
    Mutation: { login: () => false },
  },
};
const SCORES = {
  sdl: `
    type Game @key(fields: "id") { id: ID! score: Int }
    type Mod @key(fields: "id") { id: ID! score: Int }
    type Map @key(fields: "id") { id: ID! score: Int }
  `,
  resolvers: {},
};

let router: TestRouter;
/** As in production: the schema is nobody's business, and cost has a limit. */
let closed: TestRouter;
before(async () => {
  router = await startTestRouter({ games: GAMES, scores: SCORES });
  closed = await startTestRouter(
    { games: GAMES },
    {
      introspection: false,
      limits: { operation: { cost: 5_000 }, receiveTimeoutMs: 1_000 },
      persistedDocuments: { automatic: { enabled: false } },
    },
  );
});
after(() => Promise.all([router.stop(), closed.stop()]));

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const post = (body: string | Buffer, headers: Record<string, string> = {}, to = router) =>
  fetch(to.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...headers,
    },
    body: body as string,
  });
const get = (search: Record<string, string>, headers: Record<string, string> = {}, to = router) =>
  fetch(`${to.url}?${new URLSearchParams(search).toString()}`, {
    headers: { accept: 'application/graphql-response+json', ...headers },
  });
const times = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');
const asked = (to = router) => to.stubs.games!.received.length;

/** It is refused with this status, no subgraph hears of it, and the router serves on. */
async function refused(body: string | object, status = 400, to = router, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const heard = asked(to);
  const answer = await post(text, headers, to);
  const told = await answer.text();
  assert.equal(answer.status, status, told.slice(0, 300) || text.slice(0, 100));
  assert.equal(asked(to), heard);
  assert.deepEqual((await to.ask('{ hello }')).data, { hello: 'hi' });
  return told;
}

/** What comes back for bytes, until the router closes. */
function rawAnswer(bytes: string, to = router): Promise<string> {
  const { port, hostname } = new URL(to.url);
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket
      .on('data', data => (text += data.toString()))
      .on('close', () => resolve(text))
      .on('error', () => {});
  });
}

describe('operations that are too large', () => {
  it('C1 by aliases', async () => {
    await refused({ query: `{ ${times(300, n => `a${n}: hello`)} }` });
    await refused({ query: `mutation { ${times(100, n => `a${n}: login(password: "${n}")`)} }` });
  });

  it('C2 by depth', async () => {
    const deep = (depth: number) =>
      `{ node { ${'next { '.repeat(depth)} id ${'} '.repeat(depth)} } }`;
    assert.match(await refused({ query: deep(11) }), /fields deep; 12 is the limit/);
    await refused({ query: deep(5_000) });
    await refused({ query: `{ echo(any: ${'['.repeat(5_000)}${']'.repeat(5_000)}) }` });
  });

  it('C3 by repeating a field', async () => {
    await refused({ query: `{ ${'hello '.repeat(2_000)} }` });
    await refused({ query: `{ ${'hello '.repeat(450)} }` });
    router.stubs.games!.received.length = 0;
    assert.deepEqual((await router.ask(`{ ${'hello '.repeat(15)} }`)).data, { hello: 'hi' });
    assert.deepEqual(
      router.stubs.games!.received.map(({ query }) => query.match(/hello/g)?.length),
      [1],
      'it is asked for once',
    );
  });

  it('C4 by directives', async () => {
    await refused({ query: `{ hello ${'@skip(if: false) '.repeat(200)} }` });
    await refused({ query: `{ hello ${'@nothing '.repeat(10)} }` });
    await refused({ query: '{ hello @join__field(graph: GAMES) }' });
  });

  it('C5 by inline fragments whose fields must be compared', async () => {
    const block = `... on Game { ${times(50, n => `f${n % 9}: title`)} } `;
    await refused({ query: `{ game { ${block.repeat(60)} } }` });
    await refused({ query: `{ game { ${'... on Game { title } '.repeat(450)} } }` });
  });

  it('C6 by fragments in a circle, of no use, or that unfold without end', async () => {
    const circle = 'fragment A on Game { ...B } fragment B on Game { ...A } { game { ...A } }';
    await refused({ query: circle });
    await refused({ query: `{ hello } ${times(300, n => `fragment F${n} on Game { id }`)}` });
    const unfolding = times(40, n => `fragment F${n} on Game { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ game { ...F0 } } ${unfolding} fragment F40 on Game { id }`;
    assert.match(await refused({ query }), /fields and fragments; 5000 is the limit/);
  });

  it('C7 by long lists within long lists', async () => {
    assert.match(
      await refused({ query: '{ games(first: 1000000) { id } }' }, 400, closed),
      /may cost 1000000; 5000 is the limit/,
    );
    const query = 'query ($n: Int) { games(first: $n) { similar { similar { similar { id } } } } }';
    await refused({ query, variables: { n: 10 } }, 400, closed);
    for (const n of [-1, null]) {
      const answer = await closed.ask('query ($n: Int) { games(first: $n) { id } }', { n });
      assert.deepEqual(answer.data, { games: [] }, 'what it means is the subgraph’s to say');
    }
  });

  it('C8 by what the planner would have to weigh', async () => {
    const on = (body: string) => times(3, n => `... on ${['Game', 'Mod', 'Map'][n]} { ${body} }`);
    let query = 'id score';
    for (let n = 0; n < 5; n++) query = on(`next { ${query.replaceAll('id score', 'id')} }`);
    assert.match(await refused({ query: `{ node { ${query} } }` }), /limit|tokens/);
    const names = times(8, n => `fragment F${n} on Node { ${on(`next { ...F${n + 1} }`)} }`);
    const last = `fragment F8 on Node { ${on('score')} }`;
    assert.match(
      await refused({ query: `{ node { ...F0 } } ${names} ${last}` }),
      /fields and fragments; 5000 is the limit/,
    );
    // What passes is planned.
    const small = times(4, n => `fragment F${n} on Node { ${on(`next { ...F${n + 1} }`)} }`);
    const { data } = await router.ask(`{ node { ...F0 } } ${small} fragment F4 on Node { id }`);
    assert.deepEqual(data, { node: null });
  });
});

describe('what is not for clients to know', () => {
  it('C9 the schema', async () => {
    for (const query of [
      '{ __schema { queryType { name } } }',
      '{ __type(name: "Game") { name } }',
      '{ a: __schema { types { name } } }',
      '{ ...F } fragment F on Query { __schema { types { name } } }',
      '{ _service { sdl } }',
    ]) {
      await refused({ query }, 400, closed);
      assert.equal((await get({ query }, {}, closed)).status, 400);
    }
    assert.deepEqual((await closed.ask('{ __typename }')).data, { __typename: 'Query' });
  });

  it('C10 names that are like a mistyped one', async () => {
    for (const query of [
      '{ helo }',
      '{ game { titel } }',
      '{ game(idd: 1) { id } }',
      '{ game { ... on Gam { id } } }',
    ])
      assert.doesNotMatch(await refused({ query }, 400, closed), /did you mean|hello|title/i);
  });

  it('C27 entities by their keys', async () => {
    await refused({
      query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
      variables: { r: [{ __typename: 'Game', id: 'g' }] },
    });
    await refused({ query: '{ _entities(representations: []) { ... on Game { id } } }' });
  });
});

describe('requests that are none', () => {
  const query = '{ hello }';

  it('C11 batches', async () => {
    await refused([{ query }, { query }]);
    await refused(Array.from({ length: 1_000 }, () => ({ query })));
  });

  it('C12 those that a page of another site could send', async () => {
    const mutation = { query: 'mutation { login }' };
    assert.equal((await get(mutation)).status, 405);
    for (const type of [
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
    ])
      await refused({ query }, 415, router, { 'content-type': type });
    assert.equal((await get({ query }, { cookie: 'session=1' })).status, 400);
    assert.equal((await get({ query }, { 'content-type': 'text/plain' })).status, 400);
    assert.equal((await get({ query })).status, 200);
  });

  it('C13 hashes for documents, where none are taken, or that are wrong', async () => {
    const extensions = (text: string) => ({
      persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(text).digest('hex') },
    });
    const off = await closed.ask(query, {});
    assert.deepEqual(off.data, { hello: 'hi' });
    const answer = await post(JSON.stringify({ extensions: extensions(query) }), {}, closed);
    assert.match(await answer.text(), /PersistedQueryNotSupported/);
    await refused({ query, extensions: extensions('{ other }') });
    const mutation = 'mutation { login }';
    await post(JSON.stringify({ query: mutation, extensions: extensions(mutation) }));
    const search = { extensions: JSON.stringify(extensions(mutation)) };
    assert.equal((await get(search)).status, 405);
  });

  it('C15 without saying which operation', async () => {
    const two = 'query A { hello } query B { hello }';
    await refused({ query: two });
    await refused({ query: two, operationName: 'C' });
    await refused({ query: `${two} query A { hello }`, operationName: 'A' });
    await refused({ query: times(50, n => `query Q${n} { hello }`) });
    assert.equal((await router.ask('query A { hello }')).data.hello, 'hi');
  });

  it('C30 bytes that two servers would read as different requests', async () => {
    const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\n';
    const headers = times(101, n => `X-${n}: 1\r\n`).replaceAll('\n ', '\n');
    for (const bytes of [
      `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
      `${head}X: a\r\n b\r\n\r\n`,
      'GET /graphql HTTP/1.1\nHost: x\n\n',
      'GET /graphql HTTP/1.1\r\nHost : x\r\n\r\n',
      `GET /graphql HTTP/1.1\r\nHost: x\r\n${headers}\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
      'GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ])
      assert.match(await rawAnswer(bytes), /^HTTP\/1\.1 4(00|31)/, bytes.slice(0, 80));
  });

  it('C31 those that arrive byte by byte, or never', async () => {
    const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const slow = [
      '',
      'POST /gra',
      head,
      `${head}Content-Length: 21\r\n\r\n{"query":`,
      `${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    ];
    const answers = await Promise.all(slow.map(bytes => rawAnswer(bytes, closed)));
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 |^$/);
    assert.ok(answers.filter(answer => answer !== '').length >= 3);
    assert.ok(!closed.logged.some(({ msg }) => msg === 'a request failed'), 'it is theirs');
    assert.deepEqual((await closed.ask('{ hello }')).data, { hello: 'hi' });
  });

  it('C32 bodies that are too large, or unfold', async () => {
    await refused(JSON.stringify({ query, variables: { text: 'x'.repeat(300_000) } }), 413);
    const bomb = gzipSync(Buffer.alloc(10_000_000, 32));
    assert.equal((await post(bomb, { 'content-encoding': 'gzip' })).status, 415);
    const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`.repeat(17);
    assert.match(
      await rawAnswer(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`),
      /^HTTP\/1\.1 413/,
    );
  });

  it('C33 uploads', async () => {
    const body = '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--\r\n';
    await refused(body, 415, router, {
      'content-type': 'multipart/form-data; boundary=x',
      'apollo-require-preflight': 'true',
    });
  });

  it('C34 JSON that is deep, wide, twice, or no UTF-8', async () => {
    await refused('['.repeat(100_000));
    await refused(`{"query":"{ hello }","variables":{"a":${'['.repeat(100_000)}`);
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await refused(
      `{"query":"query ($any: Any) { echo(any: $any) }","variables":{"any":${nested}}}`,
    );
    await refused(`\uFEFF{"query":"{ hello }"`);
    for (const charset of ['utf-7', 'utf-16'])
      await refused({ query }, 415, router, {
        'content-type': `application/json; charset=${charset}`,
      });
    const keys = times(20_000, n => `"k${n}":1,`);
    const wide = await post(`{"query":"{ hello }","variables":{${keys}"z":1}}`);
    assert.deepEqual(await wide.json(), { data: { hello: 'hi' } });
    const twice = await post('{"query":"{ nothing }","query":"{ hello }"}');
    assert.deepEqual(
      await twice.json(),
      { data: { hello: 'hi' } },
      'the last one counts, as in JavaScript',
    );
  });

  it('C35 names that objects have of their own', async () => {
    await refused({ query: '{ __proto__: hello }' });
    const aliased = await router.ask(
      '{ constructor: hello toString: hello valueOf: game { hasOwnProperty: title } }',
    );
    assert.deepEqual(aliased.data, {
      constructor: 'hi',
      toString: 'hi',
      valueOf: { hasOwnProperty: 'Chess' },
    });
    const polluting =
      '{"query":"query ($any: Any) { echo(any: $any) }","variables":{"any":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}';
    assert.deepEqual(await (await post(polluting)).json(), { data: { echo: 'none' } });
    const search = {
      query,
      variables: '{"__proto__":{"polluted":1}}',
      extensions: '{"constructor":{"prototype":{"polluted":1}}}',
    };
    assert.equal((await get(search, { constructor: 'x' })).status, 200);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
    const header = await router.ask('query ($constructor: String) { echo(text: $constructor) }', {
      constructor: 'c',
    });
    assert.deepEqual(header.data, { echo: 'c' });
  });
});

describe('WebSockets', () => {
  const upgrade = (path: string, headers: string, to = router) =>
    rawAnswer(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${headers}\r\n`,
      to,
    );

  it('C22 are opened where they are, for pages that may, in a protocol that there is', async () => {
    const statuses = await Promise.all([
      upgrade('/graphql', 'Origin: https://evil.example\r\n'),
      upgrade('/graphql', 'Sec-WebSocket-Protocol: mqtt\r\n'),
      upgrade('/explorer', ''),
      upgrade('/', ''),
    ]);
    assert.deepEqual(
      statuses.map(answer => answer.slice(9, 12)),
      ['403', '400', '404', '404'],
    );
    const halfOpen = await Promise.all(
      Array.from({ length: 50 }, () => rawAnswer('GET /graphql HTTP/1.1\r\nUpgrade', closed)),
    );
    for (const answer of halfOpen) assert.match(answer, /^HTTP\/1\.1 408 |^$/);
  });

  it('C34 carry on when one operation is nested too deeply to be handled', async () => {
    const socket = new WebSocket(router.url.replace('http', 'ws'), 'graphql-transport-ws');
    const told: string[] = [];
    socket.on('message', data => told.push((data as Buffer).toString()));
    socket.on('close', code => told.push(String(code)));
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    await until('it is open', () => told.length === 1);
    const any = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const deep = `{"query":"query ($any: Any) { echo(any: $any) }","variables":{"any":${any}}}`;
    socket.send(`{"id":"1","type":"subscribe","payload":${deep}}`);
    socket.send('{"id":"2","type":"subscribe","payload":{"query":"{ hello }"}}');
    await until('both have ended', () => told.length === 5);
    assert.match(
      told.find(text => text.startsWith('{"id":"1"'))!,
      /BAD_REQUEST/,
    );
    assert.ok(told.includes('{"id":"2","type":"next","payload":{"data":{"hello":"hi"}}}'));
    socket.close();
  });

  it('C18 are so many from one address where that is set', async () => {
    const limited = await startTestRouter({ games: GAMES }, { limits: { socketsPerAddress: 2 } });
    const sockets = Array.from(
      { length: 4 },
      () => new WebSocket(limited.url.replace('http', 'ws'), 'graphql-transport-ws'),
    );
    const opened = await Promise.all(
      sockets.map(
        socket =>
          new Promise<boolean>(resolve =>
            socket.once('open', () => resolve(true)).once('error', () => resolve(false)),
          ),
      ),
    );
    assert.equal(opened.filter(Boolean).length, 2);
    for (const socket of sockets) socket.terminate();
    await until(
      'there is room again',
      () =>
        new Promise<boolean>(resolve => {
          const again = new WebSocket(limited.url.replace('http', 'ws'), 'graphql-transport-ws');
          again.once('open', () => resolve(true)).once('error', () => resolve(false));
        }),
    );
    await limited.stop();
  });
});

describe('headers', () => {
  it('C29 that look like an identity are nobody’s', async () => {
    router.stubs.games!.received.length = 0;
    const token = await router.token({ sub: 'u1' });
    await post('{"query":"{ hello }"}', {
      ...bearer(token),
      'x-user-id': 'admin',
      'x-roles': 'ADMIN',
      'x-forwarded-for': '1.2.3.4',
      forwarded: 'for=1.2.3.4',
      'x-real-ip': '1.2.3.4',
      [IDENTITY_HEADER]: 'forged',
    });
    const bytes = [
      'POST /graphql HTTP/1.1',
      'Host: x',
      'Connection: close, x-user-id, gamegraph-identity, authorization',
      'X-User-Id: admin',
      `Authorization: Bearer ${token}`,
      'Authorization: Bearer nonsense',
      'Content-Type: application/json',
      'Content-Length: 21',
    ].join('\r\n');
    assert.match(await rawAnswer(`${bytes}\r\n\r\n{"query":"{ hello }"}`), /200 OK.*"hi"/s);
    assert.equal(asked(), 2);
    const forged = await post('{"query":"{ hello }"}', { 'x-consistency-token': 'somebodys.word' });
    assert.match(await forged.text(), /CONSISTENCY_TOKEN_INVALID/);
    assert.equal(asked(), 2);
    for (const { headers } of router.stubs.games!.received) {
      const odd = Object.keys(headers).filter(name => /^x-(?!request-id$)|forward|auth/.test(name));
      assert.deepEqual(odd, []);
      const [, payload] = String(headers[IDENTITY_HEADER]).split('.');
      const { sub, client } = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as {
        sub: string;
        client: { address: string };
      };
      assert.deepEqual([sub, client.address.replace('::ffff:', '')], ['u1', '127.0.0.1']);
    }
  });
});

/** Attacks that are tried where what they aim at is tested: the file, and the name of the test. */
const ELSEWHERE: [attack: string, file: string, test: string][] = [
  [
    'C14',
    'router/src/operation/persisted-documents.test.ts',
    'are all that runs where only they may, and every other request is answered alike',
  ],
  [
    'C16',
    'router/src/subscription/subscription.test.ts',
    'are closed, with the code that the protocol has for it, by whoever breaks it',
  ],
  [
    'C17',
    'router/src/subscription/subscription.test.ts',
    'are closed, with the code that the protocol has for it, by whoever breaks it',
  ],
  [
    'C18',
    'router/src/subscription/subscription.test.ts',
    'are closed at once when what they carry is abuse',
  ],
  [
    'C19',
    'router/src/subscription/subscription.test.ts',
    'are closed, with the code that the protocol has for it, by whoever breaks it',
  ],
  [
    'C20',
    'router/src/subscription/subscription.test.ts',
    'leave nothing behind, however often clients come and go',
  ],
  [
    'C21',
    'router/src/subscription/subscription.test.ts',
    'are cut when the other side is gone without a word, or does not read',
  ],
  [
    'C23',
    'router/src/subscription/subscription.test.ts',
    'is closed when the token ends, so that the client comes back with another',
  ],
  [
    'C24',
    'router/src/subscription/subscription.test.ts',
    'carry queries and mutations too, by the same rules',
  ],
  [
    'C25 a chat’s',
    'subgraphs/social/src/message/message.resolver.test.ts',
    'is refused to who is no member, and to nobody',
  ],
  [
    'C26',
    'packages/identity/src/identity.test.ts',
    'is not believed from anyone else, or without a signature',
  ],
  ['C26 on its port', 'e2e/src/guards/guards.story.ts', 'answers nobody but the router'],
  [
    'C28 for what is others’',
    'e2e/src/guards/guards.story.ts',
    'shows to others nothing that is for its owner alone',
  ],
  [
    'C36, C37',
    'e2e/src/guards/guards.story.ts',
    'passes on bad values as such, without a word of SQL',
  ],
  ['C38', 'subgraphs/users/src/user/handle.test.ts', 'has the skeleton of all that look like it'],
];
describe('tried elsewhere', () => {
  for (const [attack, file, test] of ELSEWHERE) {
    it(`${attack} in ${file}: ${test}`, async () => {
      const text = await readFile(join(import.meta.dirname, '../..', file), 'utf8');
      assert.ok(text.includes(`it('${test}'`), 'there is such a test');
    });
  }
});

describe('access tokens', () => {
  const outcomeOf = async (token: string) => {
    const { status, data, errors } = await router.ask('{ hello }', {}, bearer(token));
    return { status, data, errors };
  };
  /** All get the same answer: it does not tell what was wrong. */
  const disbelieved = async (tokens: Record<string, string>) => {
    const wanted = await outcomeOf('nonsense');
    assert.equal(wanted.status, 401);
    assert.equal(wanted.errors?.[0]?.extensions?.code, 'UNAUTHENTICATED');
    for (const [what, token] of Object.entries(tokens))
      assert.deepEqual(await outcomeOf(token), wanted, what);
    assert.equal((await outcomeOf(await router.token())).status, 200);
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = () => Math.floor(Date.now() / 1000);
  const claims = () => ({
    ...{ iss: 'gamegraph', aud: 'gamegraph', sub: 'u1', sid: 's1', scope: '' },
    ...{ iat: now(), exp: now() + 300 },
  });

  it('C39 are signed by an allowed algorithm, whole and plain', async () => {
    const good = await router.token();
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const { publicKey } = router.issuer;
    const secret = new TextEncoder().encode(JSON.stringify(publicKey));
    const raw = Buffer.from(publicKey.x!, 'base64url');
    const confused = (key: Uint8Array) =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'HS256', kid: publicKey.kid!, typ: 'at+jwt' })
        .sign(key);
    const es256 = await generateKeyPair('ES256');
    const other = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES256', kid: publicKey.kid!, typ: 'at+jwt' })
      .sign(es256.privateKey);
    await disbelieved({
      'alg none': new UnsecuredJWT(claims()).encode(),
      'alg none, cased': `${encode({ alg: 'nOnE', typ: 'at+jwt' })}.${payload}.${signature}`,
      'the public key as a secret': await confused(secret),
      'the raw public key as a secret': await confused(raw),
      'another algorithm': other,
      'ES256 told to be RS256': `${encode({ alg: 'RS256', kid: publicKey.kid, typ: 'at+jwt' })}.${other.split('.').slice(1).join('.')}`,
      'no signature': `${header}.${payload}.`,
      'half a signature': `${header}.${payload}.${signature.slice(0, 40)}`,
      'another signature': `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      'a critical extension': await router.issuer
        .sign({}, { crit: ['exp'], exp: 1 })
        .catch(() => 'x'),
      'a payload that is not encoded': `${encode({ alg: 'EdDSA', kid: publicKey.kid, typ: 'at+jwt', b64: false, crit: ['b64'] })}.${payload}.${signature}`,
      '10 KB': await router.issuer.sign({ scope: 'x'.repeat(10_000) }),
      'a token in a token': await router.issuer.sign({ sub: undefined, jwt: good }, { cty: 'JWT' }),
      'five parts, as if encrypted': `${header}.a.b.c.d`,
      'a payload that is no object': `${header}.${Buffer.from('[]').toString('base64url')}.${signature}`,
    });
  });

  it('C40 are checked by keys that the issuer publishes, whatever they name', async () => {
    const mine = await startIssuer();
    const { publicKey } = mine;
    const askedBefore = router.issuer.asked;
    const forged = (header: object) => mine.sign({}, header);
    await disbelieved({
      'a path': await forged({ kid: '../../dev/null' }),
      SQL: await forged({ kid: "k1' OR '1'='1" }),
      'an address': await forged({ kid: mine.jwksUrl }),
      'no such key': await forged({ kid: 'unknown' }),
      'the known name': await forged({ kid: router.issuer.publicKey.kid }),
      'a key set of its own': await forged({ jku: mine.jwksUrl, x5u: mine.jwksUrl }),
      'a key of its own': await forged({ jwk: publicKey }),
    });
    const large = await fetch(router.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...bearer(await forged({ kid: 'x'.repeat(1e6) })),
      },
      body: '{"query":"{ hello }"}',
    });
    assert.equal(large.status, 431);
    assert.equal(mine.asked, 0, 'nothing was fetched from where a token says');
    assert.ok(router.issuer.asked <= askedBefore + 1, 'unknown names are not each looked up');
    await mine.stop();
  });

  it('C41 are of now, for here, from there', async () => {
    const sign = (own: JWTPayload, header?: object) => router.issuer.sign(own, header);
    await disbelieved({
      over: await sign({ exp: now() - 60 }),
      'without an end': await sign({ exp: undefined }),
      endless: await sign({ exp: 1e20 }),
      'with an end that is no number': await sign({ exp: 'tomorrow' as never }),
      'not yet good': await sign({ nbf: now() + 120 }),
      'from the future': await sign({ iat: now() + 120 }),
      'years old': await sign({ iat: now() - 400 * 86_400 }),
      'of nobody': await sign({ sub: undefined }),
      'of an empty name': await sign({ sub: '' }),
      'of another issuer': await sign({ iss: 'elsewhere' }),
      'for others': await sign({ aud: 'elsewhere' }),
      'to renew a session with': await sign({}, { typ: 'rt+jwt' }),
      'of no kind': await sign({}, { typ: undefined }),
    });
  });
});
