import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Head } from '@gamegraph/identity';
import { until } from '@gamegraph/test-support';
import { decodeJwt, type JWK } from 'jose';
import { startTestRouter, type TestRouter } from '../testing.js';
import { BadConsistencyToken, ConsistencyTokens } from './tokens.js';

const DAY_S = 24 * 60 * 60;
const keyOf = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JWK;
const headOf = (aggregateid: string, version: number, aggregatetype = 'games.game'): Head => ({
  ...{ aggregatetype, aggregateid, version },
});

describe('consistency tokens', () => {
  const key = keyOf();
  const tokens = new ConsistencyTokens(key, DAY_S);
  const heads = [headOf('a', 3), headOf('b', 1, 'users.user'), headOf('c', 7)];

  it('are read by every router with the same key, and by none with another', () => {
    const token = tokens.make('ana', heads);
    assert.deepEqual(new ConsistencyTokens(key, DAY_S).read(token, 'ana'), heads);
    assert.throws(
      () => new ConsistencyTokens(keyOf(), DAY_S).read(token, 'ana'),
      BadConsistencyToken,
    );
  });

  it('say nothing to another user; what somebody got before they logged in, they keep', () => {
    assert.equal(tokens.read(tokens.make('ana', heads), 'ben'), undefined);
    assert.equal(tokens.read(tokens.make('ana', heads), undefined), undefined);
    assert.deepEqual(tokens.read(tokens.make(undefined, heads), 'ana'), heads);
  });

  it('end', t => {
    t.mock.timers.enable({ apis: ['Date'], now: 0 });
    const token = tokens.make('ana', heads);
    t.mock.timers.setTime(DAY_S * 1000);
    assert.deepEqual(tokens.read(token, 'ana'), heads);
    t.mock.timers.setTime(DAY_S * 1000 + 1);
    assert.throws(() => tokens.read(token, 'ana'), BadConsistencyToken);
  });

  it('hold the newest 64, and fit into a header', () => {
    const many = Array.from({ length: 1_000 }, () =>
      headOf(randomUUID(), 2 ** 40, 'library.achievement-unlock'),
    );
    const token = tokens.make(randomUUID(), many);
    assert.ok(token.length < 6_000, `${token.length}`);
    const [, user] = /"user":"([^"]+)/.exec(
      Buffer.from(token.split('.')[0]!, 'base64url').toString(),
    )!;
    assert.deepEqual(tokens.read(token, user), many.slice(-64));
  });
});

const GAMES = {
  sdl: `
    type Query { games: [Game!]! }
    type Mutation { rename(id: ID!): Game }
    type Game @key(fields: "id") { id: ID! name: String }
  `,
  resolvers: {
    Query: { games: () => [{ id: '1', name: 'One' }] },
    Mutation: { rename: (_: unknown, { id }: { id: string }) => ({ id, name: 'Uno' }) },
    Game: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'One' }) },
  },
};
const SHOP = {
  sdl: `
    type Mutation { price(id: ID!): Game }
    type Game @key(fields: "id") { id: ID! price: Int }
  `,
  resolvers: {
    Mutation: { price: (_: unknown, { id }: { id: string }) => ({ id }) },
    Game: { __resolveReference: ({ id }: { id: string }) => ({ id, price: 10 }) },
  },
};

const RENAME = 'mutation { rename(id: "1") { name } }';
const READ = '{ games { name price } }';
const LAGGING = [{ projection: 'shop.game', topic: 'games.game' }];

describe('a router', () => {
  let router: TestRouter;
  before(async () => {
    router = await startTestRouter(
      { games: GAMES, shop: SHOP },
      { cache: { responses: { enabled: true }, entities: { enabled: true } } },
    );
    for (const stub of Object.values(router.stubs)) stub.cacheControl = () => 'public, max-age=60';
  });
  after(() => router.stop());

  let ana: Record<string, string>;
  beforeEach(async () => {
    for (const stub of Object.values(router.stubs)) {
      stub.received.length = 0;
      stub.intercept = undefined;
    }
    ana = { authorization: `Bearer ${await router.token({ sub: `ana ${randomUUID()}` })}` };
  });

  /** Has a mutation's answer report what it has moved. */
  const moves = (subgraph: string, data: object, ...moved: Head[]) => {
    router.stubs[subgraph]!.intercept = ({ query }) =>
      query.startsWith('mutation')
        ? JSON.stringify({
            data,
            extensions: { consistency: { moved, isPartial: false, lagging: [] } },
          })
        : undefined;
  };
  const renames = (version = 2) =>
    moves('games', { rename: { __typename: 'Game', id: '1', name: 'Uno' } }, headOf('1', version));
  const ask = async (query: string, consistency?: object, headers = ana) => {
    const response = await fetch(router.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, extensions: { consistency } }),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { headers: response.headers, ...((await response.json()) as any) };
  };
  const tokenOf = async (query: string, consistency?: object) =>
    (await ask(query, consistency)).extensions.consistency.token as string;
  /** What a subgraph was told to wait for, by request. */
  const awaited = (subgraph: string) =>
    router.stubs[subgraph]!.received.map(
      ({ headers }) => decodeJwt(String(headers['gamegraph-identity'])).awaited,
    );

  it('tells subgraphs, in its signed word, what a reader has changed', async () => {
    renames();
    const token = await tokenOf(RENAME);
    router.stubs.games!.received.length = 0;
    await ask(READ, { token });
    const wanted = { heads: [headOf('1', 2)], budgetMs: 250, isStrict: false };
    assert.deepEqual([awaited('games'), awaited('shop')], [[wanted], [wanted]]);
    await ask(READ, { token, strict: true });
    assert.deepEqual(awaited('shop')[1], { ...wanted, isStrict: true });
  });

  it('tells them nothing, and clients nothing, where no token is sent', async () => {
    const answer = await ask(READ);
    assert.deepEqual([awaited('games'), awaited('shop')], [[undefined], [undefined]]);
    assert.equal(answer.extensions, undefined);
    assert.equal(answer.headers.get('x-consistency-token'), null);
  });

  it('gives a token for all that was changed, by several fields, and before', async () => {
    renames();
    const token = await tokenOf(RENAME);
    moves('shop', { price: { __typename: 'Game', id: '1' } }, headOf('p', 5, 'shop.price'));
    renames(3);
    const last = await tokenOf('mutation { rename(id: "1") { name } price(id: "1") { id } }', {
      token,
    });
    router.stubs.shop!.received.length = 0;
    await ask(READ, { token: last });
    const [{ heads }] = awaited('shop') as [{ heads: Head[] }];
    assert.deepEqual(heads, [headOf('1', 3), headOf('p', 5, 'shop.price')]);
  });

  it('never goes back: an older version says nothing beside a newer one', async () => {
    renames(9);
    const token = await tokenOf(RENAME);
    renames(4);
    const last = await tokenOf(RENAME, { token });
    await ask(READ, { token: last });
    assert.deepEqual((awaited('shop').at(-1) as { heads: Head[] }).heads, [headOf('1', 9)]);
  });

  it('shows clients nothing of what subgraphs report', async () => {
    renames();
    const { extensions, headers } = await ask(RENAME);
    assert.deepEqual(Object.keys(extensions), ['consistency']);
    assert.deepEqual(Object.keys(extensions.consistency), ['token']);
    assert.equal(headers.get('x-consistency-token'), extensions.consistency.token);
  });

  it('says that an answer is stale, and keeps it for nobody', async () => {
    renames();
    const token = await tokenOf(RENAME);
    router.stubs.shop!.intercept = () =>
      JSON.stringify({
        data: { _entities: [{ __typename: 'Game', price: 1 }] },
        extensions: { consistency: { moved: [], isPartial: false, lagging: LAGGING } },
      });
    const { data, extensions } = await ask(READ, { token });
    assert.equal(data.games[0].price, 1);
    assert.deepEqual(extensions, { consistency: { stale: true, lagging: LAGGING } });
    router.stubs.shop!.intercept = undefined;
    const { data: others, extensions: none } = await ask(READ, undefined, {});
    assert.deepEqual([others.games[0].price, none], [10, undefined]);
  });

  it('asks anew for who has a token, whatever is kept', async () => {
    renames();
    const token = await tokenOf(RENAME);
    await ask(READ, undefined, {});
    await ask(READ, undefined, {});
    const [games, shop] = [router.stubs.games!.received, router.stubs.shop!.received];
    const before_ = [games.length, shop.length];
    await ask(READ, undefined, {});
    assert.deepEqual([games.length, shop.length], before_, 'it is kept');
    await ask(READ, { token });
    assert.deepEqual(
      [games.length, shop.length],
      before_.map(count => count + 1),
    );
  });

  it('asks anew for who has a token while the same is in work for others', async () => {
    renames();
    const token = await tokenOf(RENAME);
    const { shop } = router.stubs;
    let letGo!: () => void;
    const gate = new Promise<undefined>(resolve => (letGo = () => resolve(undefined)));
    shop!.intercept = () => (shop!.received.length === 1 ? gate : undefined);
    const query = '{ games { price } }';
    const first = ask(query);
    await until('it is asked', () => shop!.received.length === 1);
    await ask(query, { token });
    assert.equal(shop!.received.length, 2);
    letGo();
    await first;
  });

  it('refuses what it has not made, and what is no token', async () => {
    const [bad, wrong] = [await ask(READ, { token: 'x.y' }), await ask(READ, { token: 7 })];
    assert.equal(bad.errors[0].extensions.code, 'CONSISTENCY_TOKEN_INVALID');
    assert.equal(wrong.errors[0].extensions.code, 'BAD_REQUEST');
    assert.equal(router.stubs.games!.received.length, 0);
    const { errors } = await ask(RENAME, undefined, { ...ana, 'x-consistency-token': 'x' });
    assert.equal(errors[0].extensions.code, 'CONSISTENCY_TOKEN_INVALID');
    assert.equal(router.stubs.games!.received.length, 0, 'nothing was changed');
  });

  it('lets a page of another site read and send tokens', async () => {
    await router.writeConfig({ cors: { origins: ['*'] } });
    await until('the settings are taken', async () => {
      const { headers } = await ask(READ, undefined, { origin: 'https://example.org' });
      return headers.get('access-control-expose-headers')?.includes('x-consistency-token');
    });
  });
});
