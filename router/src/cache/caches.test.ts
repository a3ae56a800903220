import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { startTestRouter, type TestRouter, type TestSettings } from '../testing.js';

const TOKEN = 'a-token-of-some-length';
const HELD = 'public, max-age=60';

const prices = new Map<string, number>();
const names = new Map<string, string>();

const GAMES = {
  sdl: `
    type Query { games(first: Int): [Game!]! studio: Studio me: String @authenticated }
    type Mutation { rename(id: ID!, name: String!): Game }
    interface Product @key(fields: "id") { id: ID! }
    type Game implements Product @key(fields: "id") { id: ID! name: String }
    type Studio @key(fields: "id") { id: ID! }
  `,
  resolvers: {
    Query: {
      games: (_: unknown, { first = 3 }: { first?: number }) =>
        ['1', '2', '3'].slice(0, first).map(id => ({ id, name: names.get(id) })),
      studio: () => ({ id: 's1' }),
      me: () => 'you',
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => {
        names.set(id, name);
        return { id, name };
      },
    },
    Product: { __resolveType: () => 'Game' },
    Game: { __resolveReference: ({ id }: { id: string }) => ({ id, name: names.get(id) }) },
  },
};

const SHOP = {
  sdl: `
    type Game @key(fields: "id") { id: ID! price: Int rating(of: Int): Int }
    type Studio @key(fields: "id") { id: ID! best: Game }
  `,
  resolvers: {
    Game: {
      __resolveReference: ({ id }: { id: string }) => (prices.has(id) ? { id } : null),
      price: ({ id }: { id: string }) => prices.get(id),
      rating: ({ id }: { id: string }) => {
        if (id === '3') throw new Error('no rating');
        return Number(id);
      },
    },
    Studio: { __resolveReference: ({ id }: { id: string }) => ({ id, best: { id: '1' } }) },
  },
};

const RATED = 'query ($of: Int) { games(first: 2) { id rating(of: $of) } }';
const QUERY = '{ games { id price } }';

let router: TestRouter;
let told: Record<string, string | undefined>;
const start = async (cache: TestSettings['cache'], settings: TestSettings = {}) => {
  router = await startTestRouter(
    { games: GAMES, shop: SHOP },
    { ...settings, cache: { invalidation: { token: TOKEN }, ...cache } },
  );
};
beforeEach(() => {
  told = { games: HELD, shop: HELD };
  for (const id of ['1', '2', '3']) {
    prices.set(id, Number(id) * 10);
    names.set(id, `Game ${id}`);
  }
  for (const [name, stub] of Object.entries(router?.stubs ?? {})) {
    stub.received.length = 0;
    stub.cacheControl = () => told[name];
  }
});

/** How often each subgraph was asked meanwhile. */
const asked = () => [router.stubs.games!.received.length, router.stubs.shop!.received.length];
const ids = (request: number) =>
  (router.stubs.shop!.received[request]!.variables.representations as { id: string }[]).map(
    ({ id }) => id,
  );
const invalidate = async (changes: unknown, token = TOKEN) => {
  const { status } = await fetch(new URL('/invalidate', router.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(changes),
  });
  return status;
};
const as = async (sub: string) => ({ authorization: `Bearer ${await router.token({ sub })}` });
const pricesIn = ({ data }: { data: { games: { price: number }[] } }) =>
  data.games.map(({ price }) => price);

describe('responses', () => {
  before(() => start({ responses: { enabled: true }, clientsMayBypass: true }));
  after(() => router.stop());
  const get = async (query: string, headers: Record<string, string> = {}) => {
    const url = `${router.url}?query=${encodeURIComponent(query)}`;
    const response = await fetch(url, { headers });
    await response.text();
    return ['cache-control', 'age'].map(name => response.headers.get(name));
  };
  beforeEach(() => invalidate([{ subgraph: 'games' }, { subgraph: 'shop' }]));

  it('are kept for as long as all of it may be, and clients are told', async () => {
    told.shop = 'public, max-age=30, s-maxage=20';
    assert.deepEqual(await get(QUERY), ['public, max-age=20', null]);
    assert.deepEqual(await get(QUERY), ['public, max-age=20', '0']);
    assert.deepEqual(asked(), [1, 1]);
    told.shop = 'public, max-age=1';
    assert.deepEqual(await get('{ games { price } }'), ['public, max-age=1', null]);
    await until(
      'it is not kept any more',
      async () => (await get('{ games { price } }'))[1] === null,
    );
  });

  it('are not kept when a subgraph says no, nothing, or nothing that can be read', async () => {
    for (const says of [undefined, 'no-store', 'max-age=60, no-cache', 'public', 'max-age=x', '']) {
      told.shop = says;
      assert.deepEqual(await get(QUERY), ['private, no-store', null]);
      assert.deepEqual(await get(QUERY), ['private, no-store', null]);
    }
    assert.deepEqual(asked(), [12, 12]);
  });

  it('are kept by operation and variables', async () => {
    const query = 'query ($of: Int!) { games(first: $of) { id } }';
    for (const of of [1, 2, 1, 2])
      assert.equal((await router.ask(query, { of })).data.games.length, of);
    assert.deepEqual(asked(), [2, 0]);
    await router.ask(query.replace('query', 'query Another'), { of: 1 });
    assert.deepEqual(asked(), [3, 0]);
  });

  it('with errors are not kept, nor are those to mutations', async () => {
    for (let n = 1; n <= 2; n++) {
      assert.equal((await router.ask('{ games { rating } }')).errors?.length, 1);
      assert.deepEqual(asked(), [n, n]);
    }
    for (let n = 3; n <= 4; n++) {
      await router.ask('mutation { rename(id: "1", name: "One") { name } }');
      assert.deepEqual(asked(), [n, 2]);
    }
  });

  it('for one viewer are kept for that viewer, and for nobody who is not logged in', async () => {
    told.games = 'private, max-age=60';
    const [ada, bob] = [await as('ada'), await as('bob')];
    const tell = (headers: Record<string, string>) => router.ask('{ games { name } }', {}, headers);
    names.set('1', 'for Ada');
    await tell(ada);
    names.set('1', 'for Bob');
    await tell(bob);
    names.set('1', 'for all');
    const first = async (headers: Record<string, string>) =>
      (await tell(headers)).data.games[0].name;
    assert.deepEqual(await Promise.all([ada, bob, {}].map(first)), [
      'for Ada',
      'for Bob',
      'for all',
    ]);
    names.set('1', 'for nobody');
    assert.equal(await first({}), 'for nobody');
    assert.deepEqual(await get('{ games { name } }', ada), ['private, max-age=60', '0']);
  });

  it('for everybody are given to everybody, but where rights differ', async () => {
    await router.ask(QUERY);
    await router.ask(QUERY, {}, await as('ada'));
    assert.deepEqual(asked(), [1, 1]);
    assert.equal((await router.ask('{ me }', {}, await as('ada'))).data.me, 'you');
    assert.deepEqual((await router.ask('{ me }')).data, { me: null });
    assert.deepEqual(await get('{ me }', await as('ada')), ['private, max-age=60', '0']);
  });

  it('from before a change of their own are not given to who made it', async () => {
    const ada = await as('ada');
    const nameFor = async (headers: Record<string, string>) =>
      (await router.ask('{ games { name } }', {}, headers)).data.games[0].name;
    await nameFor({});
    await router.ask('mutation { rename(id: "1", name: "One") { id } }', {}, ada);
    assert.equal(await nameFor({}), 'Game 1');
    assert.equal(await nameFor(ada), 'One');
    assert.equal(await nameFor({}), 'One', 'what she was told is kept for all');
  });

  it('are not taken by who wants none, and not left by who wants that', async () => {
    await get(QUERY);
    prices.set('1', 11);
    const storeless = { 'cache-control': 'no-store' };
    assert.deepEqual(pricesIn(await router.ask(QUERY, {}, storeless)), [11, 20, 30]);
    assert.deepEqual(pricesIn(await router.ask(QUERY)), [10, 20, 30]);
    const fresh = { 'cache-control': 'max-age=0, no-cache' };
    assert.deepEqual(pricesIn(await router.ask(QUERY, {}, fresh)), [11, 20, 30]);
    assert.deepEqual(pricesIn(await router.ask(QUERY)), [11, 20, 30]);
  });

  it('are gone once it is told that something in them has changed', async () => {
    for (const change of [
      { type: 'Game' },
      { type: 'Game', id: '2' },
      { type: 'Product', id: '2' },
      { subgraph: 'shop' },
    ]) {
      await router.ask(QUERY);
      router.stubs.shop!.received.length = 0;
      assert.equal(await invalidate([{ type: 'Studio' }, { subgraph: 'other' }]), 204);
      await router.ask(QUERY);
      assert.equal(router.stubs.shop!.received.length, 0);
      assert.equal(await invalidate([change]), 204);
      await router.ask(QUERY);
      assert.equal(router.stubs.shop!.received.length, 1, JSON.stringify(change));
    }
  });

  it('are not taken from a run that was begun before', async () => {
    let letGo!: () => void;
    const gate = new Promise<undefined>(resolve => (letGo = () => resolve(undefined)));
    const { games, shop } = router.stubs;
    games!.intercept = () => (games!.received.length === 1 ? gate : undefined);
    shop!.intercept = undefined;
    const early = router.ask('{ games { name } }');
    await until('it is asked', () => games!.received.length === 1);
    await invalidate([{ type: 'Game', id: '1' }]);
    names.set('1', 'One');
    const late = await router.ask('{ games { name } }');
    assert.equal(late.data.games[0].name, 'One');
    names.set('1', 'Uno');
    letGo();
    await early;
    games!.intercept = undefined;
    assert.equal((await router.ask('{ games { name } }')).data.games[0].name, 'One');
  });
});

describe('entities', () => {
  before(() => start({ entities: { enabled: true } }));
  after(() => router.stop());
  beforeEach(async () => {
    told.games = undefined;
    await invalidate([{ subgraph: 'shop' }]);
  });

  it('are asked for when they are not kept, and those alone', async () => {
    await router.ask(QUERY);
    prices.set('1', 11);
    await invalidate([{ type: 'Game', id: '2' }]);
    assert.deepEqual(pricesIn(await router.ask(QUERY)), [10, 20, 30]);
    assert.deepEqual([asked()[1], ids(1)], [2, ['2']]);
    await router.ask(QUERY);
    await router.ask('query Named { games { id price } }');
    assert.equal(asked()[1], 2, 'whoever asks');
    await router.ask('{ games { id p: price } }');
    assert.deepEqual([asked()[1], ids(2)], [3, ['1', '2', '3']], 'something else is asked of them');
    for (const of of [1, 2, 2]) await router.ask(RATED, { of });
    assert.equal(asked()[1], 5, 'with other variables');
  });

  it('that do not exist are asked for again', async () => {
    prices.delete('2');
    await router.ask(QUERY);
    await router.ask(QUERY);
    assert.deepEqual([asked()[1], ids(1)], [2, ['2']]);
  });

  it('of an answer with errors are not kept, and errors tell the right places', async () => {
    const query = '{ games { id rating } }';
    const { errors: all } = await router.ask(query);
    await router.ask(query);
    assert.deepEqual([asked()[1], ids(1)], [2, ['1', '2', '3']]);
    router.stubs.games!.intercept = () => '{"data":{"games":[{"__typename":"Game","id":"1"}]}}';
    await router.ask(query);
    router.stubs.games!.intercept = undefined;
    const { data, errors } = await router.ask(query);
    assert.deepEqual(ids(3), ['2', '3']);
    assert.deepEqual(errors, all);
    assert.deepEqual(errors?.[0]?.path, ['games', 2, 'rating']);
    assert.equal(data.games[0].rating, 1);
  });

  it('that are kept are there when their subgraph is not', async () => {
    await router.ask(QUERY);
    await invalidate([{ type: 'Game', id: '2' }]);
    for (const answer of ['nonsense', '{"data":null,"errors":[{"message":"no"}]}']) {
      router.stubs.shop!.intercept = () => answer;
      const { data, errors } = await router.ask(QUERY);
      assert.deepEqual(pricesIn({ data }), [10, null, 30]);
      assert.equal(errors?.length, 1);
    }
    router.stubs.shop!.intercept = undefined;
  });

  it('with others in them change with those', async () => {
    const query = '{ studio { best { price } } }';
    await router.ask(query);
    await router.ask(query);
    assert.equal(asked()[1], 1);
    await invalidate([{ type: 'Game', id: '1' }]);
    prices.set('1', 11);
    assert.equal((await router.ask(query)).data.studio.best.price, 11);
  });

  it('of one viewer are no other’s, and nobody’s who is not logged in', async () => {
    told.shop = 'max-age=60';
    const [ada, bob] = [await as('ada'), await as('bob')];
    const priceFor = async (headers: Record<string, string>) =>
      pricesIn(await router.ask(QUERY, {}, headers))[0];
    assert.equal(await priceFor(ada), 10);
    prices.set('1', 11);
    assert.deepEqual([await priceFor(ada), await priceFor(bob), await priceFor({})], [10, 11, 11]);
    prices.set('1', 12);
    assert.deepEqual([await priceFor(ada), await priceFor(bob), await priceFor({})], [10, 11, 12]);
  });

  it('are asked anew by a mutation, and by who has made one', async () => {
    await router.ask(QUERY);
    prices.set('1', 11);
    const query = 'mutation { rename(id: "1", name: "One") { price } }';
    assert.equal((await router.ask(query)).data.rename.price, 11);
    assert.equal(pricesIn(await router.ask(QUERY))[0], 11);
  });
});

describe('answers of subgraphs that say nothing', () => {
  before(() =>
    start({ responses: { enabled: true }, scope: 'PUBLIC', subgraphs: { games: { maxAgeS: 60 } } }),
  );
  after(() => router.stop());

  it('are kept as it is set for the subgraph, or else for all', async () => {
    told = {};
    for (let n = 0; n < 2; n++) await router.ask('{ studio { id } }');
    assert.deepEqual(asked(), [1, 0]);
    for (let n = 0; n < 2; n++) await router.ask(QUERY);
    assert.deepEqual(asked(), [3, 2]);
  });
});

describe('responses of entities', () => {
  before(() => start({ responses: { enabled: true }, entities: { enabled: true } }));
  after(() => router.stop());

  it('hold no longer than the entities, and are as old as these', async () => {
    const maxAgeOf = async (query: string) => {
      const { headers } = await fetch(`${router.url}?query=${encodeURIComponent(query)}`);
      return Number(/max-age=(\d+)/.exec(headers.get('cache-control')!)?.[1]);
    };
    assert.equal(await maxAgeOf(QUERY), 60);
    let n = 0;
    await until('time has gone', async () => (await maxAgeOf(`${QUERY} # ${n++}`)) < 60);
    const bob = await as('bob');
    await router.ask('mutation { rename(id: "1", name: "One") { id } }', {}, bob);
    prices.set('1', 11);
    const another = 'query Another { games { id price } }';
    assert.equal(pricesIn(await router.ask(another))[0], 10, 'made of what is kept');
    assert.equal(pricesIn(await router.ask(another, {}, bob))[0], 11, 'older than his change');
  });
});

describe('changes that the router is told of', () => {
  before(() => start({ responses: { enabled: true } }));
  after(() => router.stop());

  it('are taken from who has the token, and when they can be understood', async () => {
    assert.equal(await invalidate([{ type: 'Game' }], 'another-token-of-some-length'), 401);
    for (const bad of [{}, [{}], [{ type: 7 }], [{ id: '1' }], [{ subgraph: 'a', type: 'B' }]])
      assert.equal(await invalidate(bad), 400, JSON.stringify(bad));
    const response = await fetch(new URL('/invalidate', router.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: '[{"type":"Game"},{"typ":"Game"}]',
    });
    assert.deepEqual(await response.json(), {
      errors: [
        {
          message: '[1] must be {"type": …}, {"type": …, "id": …} or {"subgraph": …}.',
          extensions: { code: 'BAD_REQUEST' },
        },
      ],
    });
    const get = await fetch(new URL('/invalidate', router.url), {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assert.equal(get.status, 404);
  });

  it('are taken from nobody where there is no token', async () => {
    const closed = await startTestRouter({ games: GAMES, shop: SHOP });
    const { status } = await fetch(new URL('/invalidate', closed.url), { method: 'POST' });
    assert.equal(status, 405);
    await closed.stop();
  });
});
