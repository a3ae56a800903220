import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestRouter, type TestRouter } from '../testing.js';

const failing = new Set<string>();
const fail = (what: string) => {
  if (failing.has(what)) throw new Error(`${what} is broken`);
};

const GAMES = {
  sdl: `
    type Query { games(first: Int = 4): [Game!]! game(id: ID!): Game search: [Result!]! }
    union Result = Game | Studio
    type Game @key(fields: "id") { id: ID! title: String! state: State! studio: Studio! price: Price }
    type Price { minor: Int! currency: String! }
    type Studio @key(fields: "id") { id: ID! }
    enum State { DRAFT PUBLISHED SECRET @inaccessible }
  `,
  resolvers: {
    Query: {
      games: (_root: unknown, { first }: { first: number }) =>
        Array.from({ length: first }, (_, n) => game(n + 1)),
      game: (_: unknown, { id }: { id: string }) => (id === 'none' ? null : game(Number(id))),
      search: () => [
        { __typename: 'Game', ...game(1) },
        { __typename: 'Studio', id: 's2' },
      ],
    },
    Game: { __resolveReference: ({ id }: { id: string }) => game(Number(id)) },
  },
};
const game = (n: number) => ({
  id: String(n),
  title: `Game ${n}`,
  state: n === 9 ? 'SECRET' : 'PUBLISHED',
  studio: { __typename: 'Studio', id: `s${(n % 2) + 1}` },
  price: n === 3 ? null : { minor: n * 100, currency: 'EUR' },
});

const STUDIOS = {
  sdl: `
    type Studio @key(fields: "id") { id: ID! name: String! country: String awards: [Award!] }
    type Award { year: Int! name: String! }
    type Game @key(fields: "id") { id: ID! price: Price @external label: String @requires(fields: "price { minor currency }") rating: Float! }
    type Price { minor: Int! @external currency: String! @external }
  `,
  resolvers: {
    Studio: {
      __resolveReference: ({ id }: { id: string }) => (id === 'gone' ? null : { id }),
      name: ({ id }: { id: string }) => {
        fail('name');
        return `Studio ${id}`;
      },
      country: ({ id }: { id: string }) => {
        if (id === 's2') fail('country');
        return 'DE';
      },
      awards: () => [{ year: 2025, name: 'Best' }],
    },
    Game: {
      __resolveReference: (reference: object) => reference,
      label: ({ price }: { price: { minor: number; currency: string } | null }) =>
        price ? `${price.minor} ${price.currency}` : 'free',
      rating: ({ id }: { id: string }) => {
        if (id === '2') fail('rating');
        return Number(id) / 2;
      },
    },
  },
};

let router: TestRouter;
before(async () => {
  router = await startTestRouter({ games: GAMES, studios: STUDIOS });
});
after(() => router.stop());

const requests = async (work: () => Promise<unknown>) => {
  for (const stub of Object.values(router.stubs)) stub.received.length = 0;
  await work();
  return Object.fromEntries(
    Object.entries(router.stubs).map(([name, { received }]) => [name, received.length]),
  );
};

describe('executing a plan', () => {
  it('joins what subgraphs know of an entity, in the order that the client asked in', async () => {
    const { data, errors } = await router.ask(
      '{ games(first: 2) { studio { name id } title label } }',
    );
    assert.equal(errors, undefined);
    assert.deepEqual(data.games[0], {
      studio: { name: 'Studio s2', id: 's2' },
      title: 'Game 1',
      label: '100 EUR',
    });
    assert.deepEqual(Object.keys(data.games[0]), ['studio', 'title', 'label']);
    assert.deepEqual(Object.keys(data.games[0].studio), ['name', 'id']);
  });

  it('asks each subgraph once for a level, and for each entity once', async () => {
    const counted = await requests(() =>
      router.ask('{ games(first: 20) { title studio { name } } }'),
    );
    assert.deepEqual(counted, { games: 1, studios: 1 });
    const { representations } = router.stubs.studios!.received[0]!.variables as {
      representations: object[];
    };
    assert.equal(representations.length, 2, 'twenty games have two studios');
  });

  it('sends required fields of other subgraphs along, null included', async () => {
    const { data } = await router.ask('{ games(first: 3) { label } }');
    assert.deepEqual(
      data.games.map((each: { label: string }) => each.label),
      ['100 EUR', '200 EUR', 'free'],
    );
  });

  it('resolves fragments, aliases, variables, conditions, unions and __typename', async () => {
    const query = `query ($id: ID!, $with: Boolean = false, $without: Boolean!) {
      __typename
      one: game(id: $id) { ...Names kind: __typename constructor: title toString: title }
      search { __typename ... on Game { title } ... on Studio { name @include(if: $with) country @skip(if: $without) } }
    }
    fragment Names on Game { title studio { name @skip(if: $with) } }`;
    const { data, errors } = await router.ask(query, { id: '1', without: true });
    assert.equal(errors, undefined);
    assert.deepEqual(data, {
      __typename: 'Query',
      one: {
        title: 'Game 1',
        studio: { name: 'Studio s2' },
        kind: 'Game',
        constructor: 'Game 1',
        toString: 'Game 1',
      },
      search: [{ __typename: 'Game', title: 'Game 1' }, { __typename: 'Studio' }],
    });
    const other = await router.ask(query, { id: '1', with: true, without: false });
    assert.deepEqual(other.data.search[1], {
      __typename: 'Studio',
      name: 'Studio s2',
      country: 'DE',
    });
    assert.deepEqual(other.data.one.studio, {});
  });

  it('answers null where there is no entity, and where a value is not for clients', async () => {
    assert.deepEqual((await router.ask('{ game(id: "none") { title } }')).data, { game: null });
    const { data } = await router.ask('{ game(id: "9") { title state } }');
    assert.deepEqual(data, { game: null }, 'an @inaccessible value nulls the field that had it');
  });

  it('answers introspection itself, with nothing @inaccessible in it', async () => {
    const counted = await requests(async () => {
      const { data } = await router.ask(
        '{ __type(name: "State") { enumValues { name } } __schema { queryType { name } } }',
      );
      assert.deepEqual(data.__type.enumValues, [{ name: 'DRAFT' }, { name: 'PUBLISHED' }]);
    });
    assert.deepEqual(counted, { games: 0, studios: 0 });
  });
});

describe('when a subgraph fails', () => {
  it('says which field of which item it was, and keeps all others', async t => {
    failing.add('country');
    t.after(() => failing.clear());
    const { data, errors } = await router.ask(
      '{ games(first: 3) { title studio { id country } } }',
    );
    assert.deepEqual(
      data.games.map((each: { studio: { country: unknown } }) => each.studio.country),
      [null, 'DE', null],
    );
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [
        ['games', 0, 'studio', 'country'],
        ['games', 2, 'studio', 'country'],
      ],
    );
    assert.deepEqual(errors?.[0]?.extensions, {
      code: 'INTERNAL_SERVER_ERROR',
      serviceName: 'studios',
    });
  });

  it('lets a null that may not be one take its parent with it, as far as needed', async t => {
    failing.add('rating');
    t.after(() => failing.clear());
    const one = await router.ask('{ game(id: "2") { title rating } }');
    assert.deepEqual(one.data, { game: null });
    assert.deepEqual(one.errors?.[0]?.path, ['game', 'rating']);
    const all = await router.ask('{ games(first: 2) { title rating } }');
    assert.deepEqual(all.data, null);
  });

  it('nulls the fields of a subgraph that is not there, and nothing else', async t => {
    const stub = router.stubs.studios!;
    t.after(() => (stub.intercept = undefined));
    for (const broken of ['<html>', '{"no":"graphql"}', '[]', '{"data":{"_entities":[]}}']) {
      stub.intercept = () => broken;
      const { data, errors, status } = await router.ask('{ games(first: 1) { title label } }');
      assert.equal(status, 200);
      assert.deepEqual(data, { games: [{ title: 'Game 1', label: null }] });
      assert.equal(errors?.[0]?.extensions?.code, 'SUBGRAPH_UNAVAILABLE', broken);
      assert.doesNotMatch(JSON.stringify(errors), /127\.0\.0\.1|ECONN|html/);
    }
  });

  it('gives up on a slow one in time', async () => {
    const hasty = await startTestRouter(
      { games: GAMES, studios: STUDIOS },
      { subgraphs: { timeoutMs: 150 } },
    );
    hasty.stubs.studios!.intercept = () =>
      new Promise(resolve => setTimeout(() => resolve('{}'), 1_000));
    const began = performance.now();
    const { data, errors } = await hasty.ask('{ games(first: 1) { title label } }');
    assert.ok(performance.now() - began < 900);
    assert.deepEqual(data, { games: [{ title: 'Game 1', label: null }] });
    assert.equal(errors?.[0]?.extensions?.code, 'TIMEOUT');
    await hasty.stop();
  });

  it('reports values that the schema does not allow, when nobody else has', async t => {
    const stub = router.stubs.games!;
    t.after(() => (stub.intercept = undefined));
    stub.intercept = () => '{"data":{"games":[{"title":7},{"title":"Fine"}]}}';
    const { data, errors, extensions } = await router.ask('{ games { title } }');
    assert.deepEqual([data, errors], [null, undefined]);
    assert.deepEqual(extensions.valueCompletion[0].path, ['games', 0, 'title']);
  });
});
