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

const MEDIA = {
  sdl: `
    interface Media @key(fields: "id") { id: ID! title: String! }
    interface Paged { pages: Int }
    type Book implements Media & Paged @key(fields: "id") { id: ID! title: String! pages: Int }
    type Film implements Media @key(fields: "id") { id: ID! title: String! }
    type Query { book: Book media: [Media!]! }
  `,
  resolvers: {
    Query: { book: () => medium('b1'), media: () => [medium('b1'), medium('f1')] },
    Media: { __resolveReference: ({ id }: { id: string }) => medium(id) },
    Book: { __resolveReference: ({ id }: { id: string }) => medium(id) },
    Film: { __resolveReference: ({ id }: { id: string }) => medium(id) },
  },
};
const medium = (id: string) =>
  id === 'gone'
    ? null
    : { __typename: id.startsWith('b') ? 'Book' : 'Film', id, title: `Title ${id}`, pages: 300 };

/** Knows media as one type of object. */
const SCORES = {
  sdl: `
    type Media @key(fields: "id") @interfaceObject { id: ID! score: Int title: String! @external motto: String @requires(fields: "title") }
    type Query { top: [Media] }
  `,
  resolvers: {
    Query: { top: () => ['b1', 'gone', 'f1'].map(id => ({ id })) },
    Media: {
      __resolveReference: (reference: object) => reference,
      score: ({ id }: { id: string }) => id.length,
      motto: ({ title }: { title: string }) => `${title}!`,
    },
  },
};

describe('an interface object', () => {
  let media: TestRouter;
  before(async () => {
    media = await startTestRouter({ media: MEDIA, scores: SCORES });
  });
  after(() => media.stop());

  it('does not take the type from an object that has one', async () => {
    const { data, errors } = await media.ask('{ book { __typename score } }');
    assert.equal(errors, undefined);
    assert.deepEqual(data, { book: { __typename: 'Book', score: 2 } });
  });

  it('is answered without a type where it makes no difference, and is null where nobody can tell it', async () => {
    assert.deepEqual((await media.ask('{ top { id score } }')).data.top[1], {
      id: 'gone',
      score: 4,
    });
    const { data } = await media.ask('{ top { id ... on Book { pages } } }');
    assert.deepEqual(data.top, [{ id: 'b1', pages: 300 }, null, { id: 'f1' }]);
  });

  it('may be asked for by another interface that some of its implementations have', async () => {
    const { data, errors } = await media.ask('{ top { ... on Paged { pages } } }');
    assert.equal(errors, undefined);
    assert.deepEqual(data.top, [{ pages: 300 }, null, {}]);
  });

  it('is asked of each type what takes no more than its key, whatever another type requires', async () => {
    const { data, errors } = await media.ask('{ media { score ... on Book { motto } } }');
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(data.media, [{ score: 2, motto: 'Title b1!' }, { score: 2 }]);
  });

  it('is not asked about objects without their key', async () => {
    const stub = media.stubs.scores!;
    stub.received.length = 0;
    const { data } = await media.ask('{ top { id ... on Book { motto } } }');
    assert.deepEqual(data.top, [{ id: 'b1', motto: 'Title b1!' }, null, { id: 'f1' }]);
    const sent = stub.received.flatMap(({ variables }) => variables?.representations ?? []);
    assert.ok(sent.length > 0);
    for (const representation of sent) assert.ok(Object.hasOwn(representation, 'id'));
  });

  it('is not asked about objects of which the client wants nothing that it knows', async () => {
    const { data, errors } = await media.ask('{ media { title ... on Book { motto } } }');
    assert.equal(errors, undefined);
    assert.deepEqual(data.media, [
      { title: 'Title b1', motto: 'Title b1!' },
      { title: 'Title f1' },
    ]);
  });
});

describe('an error that several subgraphs tell of one field', () => {
  const sharing = (sdl: string) => ({
    sdl,
    resolvers: {
      Query: { top: () => ({ id: '1' }) },
      Player: {
        __resolveReference: (reference: object) => reference,
        level: () => {
          throw new Error('The level is broken');
        },
        rank: () => 7,
      },
    },
  });

  it('is told once', async t => {
    const shared = await startTestRouter({
      top: sharing(
        'type Query { top: Player @provides(fields: "level") } type Player @key(fields: "id") { id: ID! level: Int @external }',
      ),
      levels: sharing(
        'type Player @key(fields: "id") { id: ID! level: Int @shareable points: Int }',
      ),
      ranks: sharing(
        'type Player @key(fields: "id") { id: ID! level: Int @external points: Int @external rank: Int @requires(fields: "level points") }',
      ),
    });
    t.after(() => shared.stop());
    const { data, errors } = await shared.ask('{ top { level rank } }');
    assert.deepEqual(data, { top: { level: null, rank: 7 } });
    assert.equal(shared.stubs.levels!.received.length, 1, 'both have been asked for it');
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [['top', 'level']],
    );
  });
});

describe('conditions', () => {
  it('leave the other fields of an entity as they are, when what they leave out is all that required something', async () => {
    const query =
      'query ($with: Boolean!) { games(first: 1) { label @include(if: $with) rating } }';
    const { data } = await router.ask(query, { with: false });
    assert.deepEqual(data, { games: [{ rating: 0.5 }] });
    const other = await router.ask(query, { with: true });
    assert.deepEqual(other.data, { games: [{ label: '100 EUR', rating: 0.5 }] });
  });

  it('may leave no field of an object: it is there all the same', async () => {
    const query = 'query ($with: Boolean!) { game(id: "1") { title @include(if: $with) } }';
    assert.deepEqual((await router.ask(query, { with: false })).data, { game: {} });
    assert.deepEqual((await router.ask(query, { with: true })).data, { game: { title: 'Game 1' } });
  });

  it('may not be null', async () => {
    const query =
      'query ($with: Boolean = true) { game(id: "1") { id title @include(if: $with) } }';
    const { errors, status } = await router.ask(query, { with: null });
    assert.equal(status, 200);
    assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
  });

  it('that are constant keep subgraphs from being asked', async () => {
    const counted = await requests(async () => {
      const { data } = await router.ask(
        '{ games(first: 1) { title ... @skip(if: true) { label } } }',
      );
      assert.deepEqual(data, { games: [{ title: 'Game 1' }] });
    });
    assert.deepEqual(counted, { games: 1, studios: 0 });
  });
});

describe('the errors of a subgraph', () => {
  it('are told once each', async t => {
    const stub = router.stubs.studios!;
    t.after(() => (stub.intercept = undefined));
    const error = '{"message":"broken","path":["_entities",0,"label"]}';
    stub.intercept = () => `{"data":{"_entities":[{"label":null}]},"errors":[${error},${error}]}`;
    const { errors } = await router.ask('{ games(first: 1) { label } }');
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [['games', 0, 'label']],
    );
  });

  it('say why there are no entities: nothing is added', async t => {
    const stub = router.stubs.studios!;
    t.after(() => (stub.intercept = undefined));
    stub.intercept = () => '{"data":{"_entities":null},"errors":[{"message":"broken"}]}';
    const { errors } = await router.ask('{ games(first: 1) { label } }');
    assert.deepEqual(
      errors?.map(({ path, extensions }) => [path, extensions?.code]),
      [[['games'], 'INTERNAL_SERVER_ERROR']],
    );
  });
});
