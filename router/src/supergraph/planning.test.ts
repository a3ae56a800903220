import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestRouter, type TestRouter } from '../testing.js';

const PRICES = {
  sdl: `
    type Query { games: [Game!]! }
    type Game @key(fields: "id") {
      id: ID!
      price(currency: String = "EUR", rounded: Boolean): Int
      maker: Maker @shareable
    }
    type Maker @shareable { rating(of: Int!): Int }`,
  resolvers: {
    Query: { games: () => [{ id: '1' }, { id: '2' }] },
    Game: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      price: ({ id }: { id: string }, { currency }: { currency: string }) =>
        Number(id) * (currency === 'USD' ? 100 : 10),
      maker: () => ({}),
    },
    Maker: { rating: (_: unknown, { of }: { of: number }) => of },
  },
};
const SHOP = {
  sdl: `
    type Game @key(fields: "id") {
      id: ID!
      price(currency: String = "EUR", rounded: Boolean): Int @external
      maker: Maker @external
      dollars: String @requires(fields: "price(currency: \\"USD\\")")
      euros: String @requires(fields: "price")
      both: String @requires(fields: "price(currency: \\"USD\\", rounded: true) maker { rating(of: 5) }")
      twice(times: Int!): String @requires(fields: "price(currency: \\"EUR\\")")
      plain: String
    }
    type Maker @shareable { rating(of: Int!): Int @external }`,
  resolvers: {
    Game: {
      __resolveReference: (sent: object) => sent,
      dollars: ({ price }: { price: number }) => `$${price}`,
      euros: ({ price }: { price: number }) => `€${price}`,
      both: ({ price, maker }: { price: number; maker: { rating: number } }) =>
        `$${price}, ${maker.rating} of 5`,
      twice: ({ price }: { price: number }, { times }: { times: number }) => `€${price * times}`,
      plain: () => 'plain',
    },
  },
};

describe('a field with arguments that is required', () => {
  let router: TestRouter;
  before(async () => {
    router = await startTestRouter({ prices: PRICES, shop: SHOP });
  });
  after(() => router.stop());

  it('is asked with its own arguments, whatever the client asks of the same field', async () => {
    const { data, errors } = await router.ask(
      '{ games { price(currency: "XXX") dollars maker { rating(of: 3) } both } }',
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(data.games[1], {
      price: 20,
      dollars: '$200',
      maker: { rating: 3 },
      both: '$200, 5 of 5',
    });
  });

  it('may be required with several arguments by fields that are asked together', async () => {
    const { data, errors } = await router.ask(
      `query ($times: Int!) {
        games { dollars euros plain both twice(times: $times) thrice: twice(times: 3) price }
      }`,
      { times: 2 },
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(data.games[1], {
      dollars: '$200',
      euros: '€20',
      plain: 'plain',
      both: '$200, 5 of 5',
      twice: '€40',
      thrice: '€60',
      price: 20,
    });
  });

  it('is not seen by clients', async () => {
    const { data } = await router.ask('{ __type(name: "Game") { fields { name } } }');
    assert.deepEqual(
      data.__type.fields
        .map(({ name }: { name: string }) => name)
        .filter((name: string) => name.includes('__')),
      [],
    );
    assert.equal(
      (await router.ask('{ games { price__r12de930806 } }')).errors?.[0]?.extensions?.code,
      'GRAPHQL_VALIDATION_FAILED',
    );
  });
});

describe('a field that is required, and requires something itself', () => {
  const of = (...names: string[]) => ({
    Game: {
      __resolveReference: (sent: object) => sent,
      ...Object.fromEntries(
        names.map(name => [
          name,
          (sent: Record<string, string | undefined>) => `${name}(${sent.base}, ${sent.tax})`,
        ]),
      ),
      maker: () => ({ id: 'm1' }),
      note: ({ maker }: { maker: { rating: number } }) => `rated ${maker.rating}`,
    },
  });
  let router: TestRouter;
  before(async () => {
    router = await startTestRouter({
      // The root's subgraph has the chain's middle, and what that requires is `@external` there.
      games: {
        sdl: `type Query { games: [Game!]! }
              type Game @key(fields: "id") { id: ID! base: String @external tax: String @external
                price: String @requires(fields: "base tax maker { rating(of: 2) }")
                maker: Maker note: String @requires(fields: "maker { rating(of: 2) }") }
              type Maker @key(fields: "id") { id: ID! rating(of: Int): Int @external }`,
        resolvers: { ...of('price'), Query: { games: () => [{ id: '1' }] } },
      },
      bases: {
        sdl: `type Game @key(fields: "id") { id: ID! base: String price: String @external
                label: String @requires(fields: "price") }
              type Maker @key(fields: "id") { id: ID! rating(of: Int): Int }`,
        resolvers: {
          Maker: {
            __resolveReference: (sent: object) => sent,
            rating: (_: unknown, { of: most }: { of: number }) => most,
          },
          Game: {
            __resolveReference: (sent: object) => sent,
            base: () => 'base',
            label: ({ price }: { price: string }) => `label(${price})`,
          },
        },
      },
      taxes: {
        sdl: `type Game @key(fields: "id") { id: ID! tax: String label: String @external
                poster: String @requires(fields: "label") }`,
        resolvers: {
          Game: {
            __resolveReference: (sent: object) => sent,
            tax: () => {
              throw new Error('no tax');
            },
            poster: ({ label }: { label: string }) => `poster(${label})`,
          },
        },
      },
    });
  });
  after(() => router.stop());

  it('is fetched when all that it requires is there', async () => {
    const price = 'price(base, null)';
    const label = `label(${price})`;
    const poster = `poster(${label})`;
    for (const [query, game] of [
      ['{ games { label } }', { label }],
      ['{ games { poster label price } }', { poster, label, price }],
      ['{ games { note label } }', { note: 'rated 2', label }],
    ] as const) {
      assert.deepEqual((await router.ask(query)).data.games, [game]);
    }
  });

  it('is known to clients by its own name, in errors too', async () => {
    const { errors } = await router.ask('{ games { poster } }');
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [['games', 0, 'tax']],
    );
  });
});

describe('a field with arguments that is required within a chain of requirements', () => {
  it('is not asked of a subgraph where it is external', async () => {
    const game = { __resolveReference: (sent: object) => sent };
    const router = await startTestRouter({
      games: {
        sdl: `type Query { games: [Game!]! }
              type Game @key(fields: "id") { id: ID! similar: [Game!] fee(in: String): String @external
                cost: String @requires(fields: "fee(in: \\"EUR\\")") }`,
        resolvers: {
          Query: { games: () => [{ id: '1' }] },
          Game: {
            ...game,
            similar: () => [{ id: '2' }],
            fee: () => assert.fail('it is external'),
            cost: ({ fee }: { fee: string }) => `cost(${fee})`,
          },
        },
      },
      bills: {
        sdl: `type Game @key(fields: "id") { id: ID! fee(in: String): String cost: String @external
                bill: String @requires(fields: "cost") }`,
        resolvers: {
          Game: {
            ...game,
            fee: (_: unknown, { in: currency }: { in: string }) => currency,
            bill: ({ cost }: { cost: string }) => `bill(${cost})`,
          },
        },
      },
    });
    const { data, errors } = await router.ask('{ games { similar { bill cost } } }');
    await router.stop();
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(data.games, [{ similar: [{ bill: 'bill(cost(EUR))', cost: 'cost(EUR)' }] }]);
  });
});

describe('a field with arguments that one type of an interface requires', () => {
  it('is sent by its name also when the entity is asked for as the interface', async () => {
    const reference = { __resolveReference: (sent: object) => ({ ...sent, __typename: 'Game' }) };
    const router = await startTestRouter({
      games: {
        sdl: `type Query { game: Game } type Game @key(fields: "id") { id: ID! rank(in: Int): Int }`,
        resolvers: { Query: { game: () => ({ id: '1' }) }, Game: { rank: () => 7 } },
      },
      nodes: {
        sdl: `interface Node @key(fields: "id") { id: ID! label: String }
              type Game implements Node @key(fields: "id") { id: ID! label: String rank(in: Int): Int @external
                place: String @requires(fields: "rank(in: 1)") }`,
        resolvers: {
          Node: reference,
          Game: {
            ...reference,
            label: () => 'label',
            place: ({ rank }: { rank: number }) => `place ${rank}`,
          },
        },
      },
      objects: {
        sdl: `type Node @key(fields: "id") @interfaceObject { id: ID! label: String @external
                top: String @requires(fields: "label") }`,
        resolvers: {
          Node: {
            __resolveReference: (sent: object) => sent,
            top: ({ label }: { label: string }) => `top ${label}`,
          },
        },
      },
    });
    const { data, errors } = await router.ask('{ game { ... on Game { place } top } }');
    await router.stop();
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(data.game, { place: 'place 7', top: 'top label' });
  });
});

describe('an error of a field that the planner asks for under another name', () => {
  it('is told of the field', async () => {
    const fail = () => {
      throw new Error('broken');
    };
    const shapes = ['Circle', 'Square', 'Line'].map(type => ({ __typename: type, id: '1' }));
    // One subgraph cannot tell all sizes, so it is asked type by type; and `Int!` does not go with `Int`.
    const router = await startTestRouter({
      shapes: {
        sdl: `type Query { shapes: [Shape!]! } interface Shape { size: Int }
              type Circle implements Shape { size: Int! } type Square implements Shape { size: Int }
              type Line implements Shape @key(fields: "id") { id: ID! size: Int @external }`,
        resolvers: {
          Query: { shapes: () => shapes },
          Circle: { size: () => 4 },
          Square: { size: fail },
        },
      },
      lines: {
        sdl: 'type Line @key(fields: "id") { id: ID! size: Int }',
        resolvers: { Line: { __resolveReference: () => ({ size: 7 }) } },
      },
    });
    const { data, errors } = await router.ask('{ shapes { size } }');
    assert.deepEqual(data, { shapes: [{ size: 4 }, { size: null }, { size: 7 }] });
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [['shapes', 1, 'size']],
    );
    await router.stop();
  });
});

describe('a field that is required, and an alias of the client’s that is its name', () => {
  it('are not taken for each other', async () => {
    const router = await startTestRouter({
      names: {
        sdl: 'type Query { users: [User] } type User @key(fields: "id") { id: ID! name: String age: Int }',
        resolvers: { Query: { users: () => [{ id: '1', name: 'Ada', age: 36 }] } },
      },
      greetings: {
        sdl: `type User @key(fields: "id") { id: ID! name: String @external age: Int @external
                greeting: String @requires(fields: "name") birthday: String @requires(fields: "age") }`,
        resolvers: {
          User: {
            __resolveReference: (sent: object) => sent,
            greeting: ({ name }: { name: string }) => `Hello ${name}`,
            birthday: ({ age }: { age: number }) => `Now ${age}`,
          },
        },
      },
    });
    const { data, errors } = await router.ask(
      '{ users { name: age age: name id: name greeting birthday } }',
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(data.users, [
      { name: 36, age: 'Ada', id: 'Ada', greeting: 'Hello Ada', birthday: 'Now 36' },
    ]);
    await router.stop();
  });
});

describe('a root field that no subgraph has a way to answer', () => {
  it('is null, with an error that says so', async () => {
    const router = await startTestRouter({
      nodes: {
        sdl: 'type Query { hello: String node: Node } interface Node @key(fields: "id") { id: ID! }',
        resolvers: { Query: { hello: () => 'hi', node: () => null } },
      },
      fields: {
        sdl: 'type Node @key(fields: "id") @interfaceObject { id: ID! field: String }',
        resolvers: {},
      },
    });
    const { data, errors } = await router.ask('{ hello node { field } }');
    assert.deepEqual(data, { hello: 'hi', node: null });
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [['node']],
    );
    await router.stop();
  });
});

describe('a field that is an object in one subgraph, and an interface in another', () => {
  it('is told apart from others by its type, which is asked of both', async () => {
    const owner = { __typename: 'User', id: 'u1', name: 'Ada', nick: 'ada' };
    const account = { id: 'a1', owner, lists: [[owner, null]] };
    const router = await startTestRouter({
      people: {
        sdl: `type Query { accounts: [Account] } interface Person { id: ID! }
              type Account @key(fields: "id") { id: ID! owner: Person @shareable lists: [[Any]] @shareable }
              union Any = User | Admin type Admin implements Person { id: ID! }
              type User implements Person @key(fields: "id") { id: ID! }`,
        resolvers: { Query: { accounts: () => [account] } },
      },
      users: {
        sdl: `type Account @key(fields: "id") { id: ID! owner: User @shareable lists: [[User]] @shareable }
              type User @key(fields: "id") { id: ID! name: String nick: String friend: User }`,
        resolvers: {
          Account: { __resolveReference: () => account },
          User: { friend: () => owner },
        },
      },
    });
    const { data, errors, extensions } = await router.ask(
      `{ accounts { owner { ...Nick } lists { ...Nick ... on Admin { id } } } }
       fragment Nick on User { nick friend { name } }`,
    );
    await router.stop();
    assert.deepEqual([errors, extensions], [undefined, undefined]);
    const told = { nick: 'ada', friend: { name: 'Ada' } };
    assert.deepEqual(data.accounts, [{ owner: told, lists: [[told, null]] }]);
  });
});

describe('a field that an interface object has, and that requires something', () => {
  it('may be asked of one of the objects alone', { timeout: 60_000 }, async () => {
    const router = await startTestRouter({
      users: {
        sdl: `type Query { users: [User] } interface User @key(fields: "id") { id: ID! name: String }
              type Admin implements User @key(fields: "id") { id: ID! name: String }
              type Guest implements User @key(fields: "id") { id: ID! name: String }`,
        resolvers: {
          Query: { users: () => [{ __typename: 'Admin', id: '1', name: 'n1' }] },
          User: {
            __resolveReference: ({ id }: { id: string }) => ({
              ...{ __typename: id === '1' ? 'Admin' : 'Guest', id, name: `n${id}` },
            }),
          },
          Admin: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `n${id}` }) },
          Guest: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `n${id}` }) },
        },
      },
      posts: {
        sdl: 'type Query { authors: [User] } type User @key(fields: "id") @interfaceObject { id: ID! }',
        resolvers: { Query: { authors: () => [{ id: '1' }, { id: '2' }] } },
      },
      badges: {
        sdl: `type User @key(fields: "id") @interfaceObject {
                id: ID! name: String @external badge: String @requires(fields: "name") }`,
        resolvers: {
          User: {
            __resolveReference: (sent: object) => sent,
            badge: ({ name }: { name: string }) => `badge of ${name}`,
          },
        },
      },
    });
    const { data, errors } = await router.ask(
      `query ($isAsked: Boolean = true) { authors { ...Guest ... on Admin { __typename name } } }
       fragment Guest on Guest { id ... @include(if: $isAsked) { told: badge } }`,
    );
    // The planner goes round in circles here, and is stopped.
    const endless = await router.ask(
      '{ authors { ... on Guest { told: badge } ... on Admin { told: name } } }',
    );
    const next = await router.ask('{ users { name } }');
    await router.stop();
    assert.equal(endless.errors![0]!.extensions!.code, 'GRAPHQL_VALIDATION_FAILED');
    assert.match(endless.errors![0]!.message, /^This operation is too large: /);
    assert.deepEqual(next.data, { users: [{ name: 'n1' }] });
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(data.authors, [
      { __typename: 'Admin', name: 'n1' },
      { id: '2', told: 'badge of n2' },
    ]);
  });
});
