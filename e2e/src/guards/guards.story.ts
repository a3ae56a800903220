import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { IDENTITY_HEADER, IdentitySigner } from '@gamegraph/identity';
import { until } from '@gamegraph/test-support';
import { WebSocket } from 'ws';
import {
  AllOrdersDocument,
  EndOtherSessionsDocument,
  GivenSessionDocument,
  HearMessagesDocument,
  OwnFeedDocument,
  SearchBuildsDocument,
  WhoAmIDocument,
} from '../gql/graphql.js';
import { as, Client, type Person } from '../person.js';
import { PASSWORD, type World } from '../world.js';

const NOBODY = { viewer: undefined, client: {}, isOperator: false };

export function guards(world: World): void {
  describe('guards', () => {
    let ana: Person;
    before(async () => {
      ana = await world.givenPlayer('ana');
    });

    /** Sends bytes to the router as they are. */
    async function send(body: string, headers: Record<string, string> = {}) {
      const response = await fetch(world.system.graphqlUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...ana.headers, ...headers },
        body,
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text };
    }
    const ask = (query: string, headers?: Record<string, string>) =>
      send(JSON.stringify({ query }), headers);

    describe('a subgraph', () => {
      const post = (name: string, body: string, token?: string) =>
        fetch(world.system.subgraphUrls.get(name)!, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...ana.headers,
            ...(token && { [IDENTITY_HEADER]: token }),
          },
          body,
        });

      it('answers nobody but the router', async () => {
        const { routerKey } = world.system.secrets;
        const { privateKey } = generateKeyPairSync('ed25519');
        const stranger = { ...privateKey.export({ format: 'jwk' }), kid: routerKey.kid };
        const router = new IdentitySigner(routerKey);
        const body = JSON.stringify({ query: '{ __typename }' });
        for (const name of world.system.subgraphUrls.keys()) {
          assert.equal((await post(name, body)).status, 401, `${name}, unsigned`);
          const forged = new IdentitySigner(stranger).sign(name, body, NOBODY);
          assert.equal((await post(name, body, forged)).status, 401, `${name}, forged`);
          const ofAnother = router.sign(name === 'users' ? 'games' : 'users', body, NOBODY);
          assert.equal((await post(name, body, ofAnother)).status, 401, `${name}, of another`);
          const ofOtherBody = router.sign(name, '{}', NOBODY);
          assert.equal((await post(name, body, ofOtherBody)).status, 401, `${name}, another body`);
          const good = router.sign(name, body, NOBODY);
          assert.equal((await post(name, body, good)).status, 200, `${name}, signed`);
          assert.equal((await post(name, body, good)).status, 401, `${name}, once more`);
        }
      });

      it('shows the operator’s endpoints to nobody else', async () => {
        const router = new IdentitySigner(world.system.secrets.routerKey);
        for (const [name, url] of world.system.subgraphUrls) {
          const path = '/internal/backlog';
          assert.equal((await fetch(new URL(path, url))).status, 401, name);
          const headers = { [IDENTITY_HEADER]: router.sign(name, path, NOBODY) };
          assert.equal((await fetch(new URL(path, url), { headers })).status, 403, name);
        }
      });
    });

    describe('an access token', () => {
      it('is believed when it is whole, ours and not old', async () => {
        assert.equal((await ana.data(WhoAmIDocument)).me!.handle, ana.handle);
        assert.equal((await world.nobody.data(WhoAmIDocument)).me, null);

        const key = await signingKey(world);
        const [header, payload, signature] = ana.token!.split('.') as [string, string, string];
        const claims = decode(payload) as { iat: number; exp: number };
        const { privateKey: another } = generateKeyPairSync('ed25519');
        const operator = encode({ ...claims, scope: 'payments:operate' });
        const bad = {
          expired: signed({ ...claims, iat: claims.iat - 900, exp: claims.exp - 900 }, header, key),
          forged: signed(claims, header, another),
          changed: `${header}.${operator}.${signature}`,
          unsigned: `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
          ofAnotherKind: signed(claims, encode({ ...decode(header), typ: 'JWT' }), key),
          ofAnotherIssuer: signed({ ...claims, iss: 'https://evil.example' }, header, key),
          noToken: 'x',
        };
        const copy = new Client(world.system.graphqlUrl, signed(claims, header, key));
        assert.equal(
          (await copy.data(WhoAmIDocument)).me!.handle,
          ana.handle,
          'we sign as users do',
        );
        for (const [name, token] of Object.entries(bad)) {
          const client = new Client(world.system.graphqlUrl, token);
          assert.equal(await client.code(WhoAmIDocument), 'UNAUTHENTICATED', name);
          const answer = await ask('{ me { handle } }', client.headers);
          assert.equal(answer.status, 401, name);
        }
      });

      it('is refused within seconds when its session is ended, and its subscriptions with it', async () => {
        const [cleo, ben] = [await world.givenPlayer('cleo'), await world.givenPlayer('ben')];
        await world.givenFriends(cleo, ben);
        await world.settled();
        const chatId = await world.givenChat(cleo, ben);
        const stolen = new WebSocket(
          world.system.graphqlUrl.replace('http', 'ws'),
          'graphql-transport-ws',
        );
        const heard: string[] = [];
        let code = 0;
        stolen.on('close', closed => (code = closed));
        stolen.on('open', () =>
          stolen.send(JSON.stringify({ type: 'connection_init', payload: cleo.headers })),
        );
        stolen.on('message', data => {
          heard.push((data as Buffer).toString());
          const payload = { query: HearMessagesDocument.toString() };
          if (heard.length === 1)
            stolen.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
        });
        await until('it hears', async () => {
          if (heard.length > 1) return true;
          await world.say(ben, chatId, 'Are you there?');
          return false;
        });

        const account = { email: `${cleo.handle}@example.org`, password: PASSWORD };
        const { logIn } = await world.nobody.data(GivenSessionDocument, account);
        const own = new Client(world.system.graphqlUrl, as('SignedIn', logIn).accessToken);
        assert.equal((await own.data(EndOtherSessionsDocument)).revokeOtherSessions, 1);
        await until('it is closed', () => code === 4403, { timeoutMs: 5_000 });
        assert.equal((await ask('{ me { handle } }', cleo.headers)).status, 401);
        assert.equal(await cleo.code(WhoAmIDocument), 'UNAUTHENTICATED');
        const count = heard.length;
        const say = () => world.say(ben, chatId, 'A secret');
        (await own.listen(say, HearMessagesDocument)).stop();
        assert.equal(heard.length, count, 'no event after');
      });

      it('is needed for what is protected, with the permission that it demands', async () => {
        assert.equal(await world.nobody.code(OwnFeedDocument), 'UNAUTHENTICATED');
        assert.equal(await world.nobody.code(AllOrdersDocument), 'UNAUTHENTICATED');
        assert.equal(await ana.code(AllOrdersDocument), 'FORBIDDEN');
        assert.ok(await world.admin.data(AllOrdersDocument));
      });

      it('shows to others nothing that is for its owner alone', async () => {
        const { status, text } = await ask(
          `{ userByHandle(handle: "${world.admin.handle}") { email sessions { totalCount } wallets { currency }
             orders { totalCount } notifications { totalCount } chats { totalCount } } }`,
        );
        assert.equal(status, 200);
        const { data } = JSON.parse(text) as { data: { userByHandle: Record<string, unknown> } };
        assert.deepEqual(
          new Set(Object.values(data.userByHandle)),
          new Set([null]),
          'all of it is null',
        );
      });
    });

    describe('the router', () => {
      it('takes no operation that is too deep, too long or has too many aliases', async () => {
        const friends = (depth: number): string =>
          depth === 0 ? 'id' : `friends { edges { node { ${friends(depth - 1)} } } }`;
        const aliases = Array.from({ length: 31 }, (_, n) => `a${n}: handle`).join(' ');
        const cases: [query: string, reason: RegExp][] = [
          [`{ me { ${friends(4)} } }`, /fields deep/],
          [`{ me { ${aliases} } }`, /aliases/],
          [`{ me { ${'handle '.repeat(2_000)} } }`, /tokens/],
          [`{ ${'me { id } node(id: "x") { id } '.repeat(15)} }`, /root fields/],
          ['{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }', /deep/],
        ];
        for (const [query, reason] of cases) {
          const { text } = await ask(query);
          assert.match(text, reason);
          assert.match(text, /GRAPHQL_(VALIDATION|PARSE)_FAILED/);
        }
        assert.equal((await ask(`{ me { ${friends(2)} } }`)).status, 200);
      });

      it('takes no body that is too large, and none that another site could send', async () => {
        const large = JSON.stringify({ query: '{ me { id } }', more: 'x'.repeat(300_000) });
        assert.equal((await send(large)).status, 413);
        const body = JSON.stringify({ query: 'mutation { logOut }' });
        for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
          const { status, text } = await send(body, { 'content-type': type });
          assert.equal(status, 415, type);
          assert.match(text, /BAD_REQUEST/);
        }
        const url = new URL(world.system.graphqlUrl);
        url.searchParams.set('query', 'mutation { logOut }');
        assert.equal((await fetch(url, { headers: ana.headers })).status, 405);
      });

      it('passes on bad values as such, without a word of SQL', async () => {
        const bad = [
          '{ builds(search: "\\u0000") { totalCount } }',
          '{ builds(first: 1000) { totalCount } }',
          '{ builds(first: 1, after: "x") { totalCount } }',
          '{ games(filter: { minOwners: 3000000000 }) { totalCount } }',
          `{ buildByShareCode(code: "' OR 1=1 --") { id } }`,
          '{ node(id: "Zm9v") { id } }',
          '{ user(id: "x") { id } }',
        ];
        for (const query of bad) {
          const { text } = await ask(query);
          assert.doesNotMatch(text, SECRETS, query);
          assert.doesNotMatch(text, /INTERNAL_SERVER_ERROR/, query);
        }
        const query = 'query ($search: String) { builds(search: $search) { totalCount } }';
        const half = await send(JSON.stringify({ query, variables: { search: '\ud800' } }));
        assert.doesNotMatch(half.text, SECRETS);
        assert.match(half.text, /BAD_USER_INPUT/);
      });

      it('masks what breaks, and the log has it under the request’s id', async () => {
        const requestId = randomUUID();
        const rename = (from: string, to: string) =>
          world.sql('builds', client => client.query(`ALTER TABLE ${from} RENAME TO ${to}`));
        await rename('build', 'build_gone');
        try {
          const { text, headers } = await ask('{ builds(search: "x", first: 1) { totalCount } }', {
            'x-request-id': requestId,
          });
          const { errors } = JSON.parse(text) as { errors: unknown };
          assert.deepEqual(errors, [
            {
              message: 'Something went wrong here.',
              path: ['builds'],
              extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: 'builds' },
            },
          ]);
          assert.doesNotMatch(text, SECRETS);
          assert.equal(headers.get('x-request-id'), requestId);
        } finally {
          await rename('build_gone', 'build');
        }
        assert.ok(await ana.data(SearchBuildsDocument, { search: 'x' }));
        const log = join(world.directory, 'logs', 'builds.log');
        const line = await until('the log has it', async () =>
          (await readFile(log, 'utf8')).split('\n').find(each => each.includes(requestId)),
        );
        assert.match(line, /relation \\"build\\" does not exist/);
      });

      it('carries a request’s trace through its subgraph into the events that it leads to', async () => {
        const traceId = randomUUID().replaceAll('-', '');
        const { text } = await ask(
          `mutation { changeHandle(handle: "traced_${traceId.slice(0, 8)}") { __typename } }`,
          { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
        );
        assert.match(text, /"User"/);
        const { rows } = await until('the event is in the log', () =>
          world.sql('event_log', async client => {
            const found = await client.query<{ topic: string }>(
              "SELECT topic FROM log WHERE split_part(headers->>'traceparent', '-', 2) = $1",
              [traceId],
            );
            return found.rows.length > 0 ? found : undefined;
          }),
        );
        assert.match(rows[0]!.topic, /^users\./);
      });

      it('says of itself and of its subgraphs that they live, are ready, and what they measure', async () => {
        const { graphqlUrl, subgraphUrls } = world.system;
        for (const url of [graphqlUrl, ...subgraphUrls.values()]) {
          for (const path of ['/livez', '/readyz'])
            assert.equal((await fetch(new URL(path, url))).status, 200, path);
          const metrics = await (await fetch(new URL('/metrics', url))).text();
          assert.match(metrics, /^process_cpu_seconds_total/m);
          assert.match(metrics, /^(router_http|subgraph)_request_seconds_count/m);
        }
      });
    });
  });
}

/** What no client is to see of us: stacks, files, and SQL. */
const SECRETS = /\bat .+:\d+|\.[jt]s\b|node_modules|\bselect\b|\brelation\b|syntax error/i;

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;

function signed(claims: object, header: string, key: KeyObject): string {
  const text = `${header}.${encode(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

/** The key that `users` signs with, out of its database: only so can a token be made that is good but for its age. */
async function signingKey(world: World): Promise<KeyObject> {
  const { rows } = await world.sql('users', client =>
    client.query<{ sealed: string }>('SELECT sealed_private_key AS sealed FROM signing_key'),
  );
  const bytes = Buffer.from(rows[0]!.sealed, 'base64');
  const secret = await world.system.secrets.value('users.SIGNING_KEY_SECRET');
  const sealKey = createHash('sha256').update(`signing keys ${secret}`).digest();
  const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  const text = decipher.update(bytes.subarray(28)).toString() + decipher.final().toString();
  return createPrivateKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' });
}
