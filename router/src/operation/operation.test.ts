import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse } from 'graphql';
import { Supergraph } from '../supergraph/supergraph.js';
import { startTestRouter, type TestRouter } from '../testing.js';
import { demandsOf } from './access.js';

const ACCOUNTS = {
  sdl: `
    type Query {
      hello: String
      me: User @authenticated
      users: [User!]!
      report: Report @requiresScopes(scopes: [["analytics:read"], ["admin:all", "admin:extra"]])
      numbers(list: [Int!], input: Input): Int
    }
    type Mutation { ban(id: ID!): Boolean! @requiresScopes(scopes: [["users:ban"]]) wave: Boolean! }
    input Input { n: Int! }
    type User @key(fields: "id") { id: ID! name: String! email: String @authenticated }
    type Report @authenticated { total: Int! }
  `,
  resolvers: {
    Query: {
      hello: () => 'hi',
      me: () => ({ id: 'u1', name: 'Me', email: 'me@x' }),
      users: () => [{ id: 'u1', name: 'Me', email: 'me@x' }],
      report: () => ({ total: 7 }),
      numbers: () => 1,
    },
    Mutation: { ban: () => true, wave: () => true },
    User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: id }) },
  },
};

let router: TestRouter;
before(async () => {
  router = await startTestRouter({ accounts: ACCOUNTS });
});
after(() => router.stop());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const codes = (errors: { extensions?: object }[] | undefined) =>
  errors?.map(({ extensions }) => (extensions as { code: string }).code);

describe('demands of fields', () => {
  it('withholds from somebody who is not logged in what is for those who are, and asks no subgraph for it', async () => {
    router.stubs.accounts!.received.length = 0;
    const { data, errors } = await router.ask(
      '{ hello me { name } users { name email } report { total } }',
    );
    assert.deepEqual(data, {
      hello: 'hi',
      me: null,
      users: [{ name: 'Me', email: null }],
      report: null,
    });
    assert.deepEqual(codes(errors), ['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED']);
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [['me'], ['users', 'email'], ['report']],
    );
    assert.doesNotMatch(router.stubs.accounts!.received[0]!.query, /\bme\b|email|report/);
  });

  it('asks no subgraph at all when nothing is left', async () => {
    router.stubs.accounts!.received.length = 0;
    const { data } = await router.ask('{ me { name } }');
    assert.deepEqual(data, { me: null });
    const mutation = await router.ask('mutation { ban(id: "u2") }');
    assert.equal(mutation.data, null, 'it may not be null');
    assert.equal(router.stubs.accounts!.received.length, 0);
  });

  it('lets through who meets any one of the sets of permissions', async () => {
    const asks = async (scope: string) => {
      const { data, errors } = await router.ask(
        '{ report { total } }',
        {},
        bearer(await router.token({ scope })),
      );
      return [data.report?.total, codes(errors)?.[0]];
    };
    assert.deepEqual(await asks('analytics:read'), [7, undefined]);
    assert.deepEqual(await asks('admin:extra admin:all'), [7, undefined]);
    assert.deepEqual(await asks('admin:all'), [undefined, 'FORBIDDEN']);
    assert.deepEqual(await asks(''), [undefined, 'FORBIDDEN']);
  });

  it('looks into fragments', async () => {
    const query =
      'query { users { ...Private } } fragment Private on User { email ... on User { again: email } }';
    const { data, errors } = await router.ask(query);
    assert.deepEqual(data, { users: [{ email: null, again: null }] });
    assert.deepEqual(
      errors?.map(({ path }) => path),
      [
        ['users', 'email'],
        ['users', 'again'],
      ],
    );
    const own = await router.ask(query, {}, bearer(await router.token()));
    assert.deepEqual(own.data, { users: [{ email: 'me@x', again: 'me@x' }] });
  });
});

describe('demands of types', () => {
  let guarded: TestRouter;
  before(async () => {
    const vault = { id: 'v', code: 7, level: 'TOP', note: 'hush' };
    const shop = { id: 's', code: 1, level: 'LOW', note: 'hello' };
    guarded = await startTestRouter({
      things: {
        sdl: `
          type Query { things: [Thing!]! any: Any vault: Vault level: Level note: Note shop: Shop }
          interface Thing { id: ID! code: Int }
          type Vault implements Thing @policy(policies: [["vault", "adult"], ["staff"]]) { id: ID! code: Int }
          type Shop implements Thing { id: ID! code: Int @policy(policies: [["staff"]]) level: Level note: Note }
          union Any = Vault | Shop
          enum Level @requiresScopes(scopes: [["levels:read"]]) { TOP LOW }
          scalar Note @authenticated
        `,
        resolvers: {
          Query: {
            things: () => [
              { __typename: 'Vault', ...vault },
              { __typename: 'Shop', ...shop },
            ],
            any: () => ({ __typename: 'Vault', ...vault }),
            vault: () => vault,
            shop: () => shop,
            level: () => 'TOP',
            note: () => 'hush',
          },
        },
      },
    });
  });
  after(() => guarded.stop());

  const asks = async (query: string, claims?: { scope?: string; policies?: string[] }) => {
    const headers = claims ? bearer(await guarded.issuer.sign(claims)) : {};
    const { data, errors } = await guarded.ask(query, {}, headers);
    return [
      data,
      (errors ?? []).map(({ path, extensions }) => [path?.join('.'), extensions?.code]),
    ];
  };

  it('are made by objects, enums and scalars, wherever a field is of one', async () => {
    const query = '{ vault { id } level note shop { id level note } }';
    assert.deepEqual(await asks(query), [
      { vault: null, level: null, note: null, shop: { id: 's', level: null, note: null } },
      ['vault', 'level', 'note', 'shop.level', 'shop.note'].map(path => [path, 'UNAUTHENTICATED']),
    ]);
    assert.deepEqual(await asks(query, { scope: 'levels:read', policies: ['vault', 'adult'] }), [
      {
        vault: { id: 'v' },
        level: 'TOP',
        note: 'hush',
        shop: { id: 's', level: 'LOW', note: 'hello' },
      },
      [],
    ]);
    const [, errors] = await asks(query, { policies: ['vault'] });
    assert.deepEqual(errors, [
      ['vault', 'FORBIDDEN'],
      ['level', 'FORBIDDEN'],
      ['shop.level', 'FORBIDDEN'],
    ]);
  });

  it('hold for interfaces of which the supergraph does not say so, as older composers leave them', () => {
    const silent = guarded.supergraph.replace(/(?<=interface Thing)[^{]*\{[^}]*\}/, block =>
      block.replaceAll(/@policy\([^)]*\)/g, ''),
    );
    assert.notEqual(silent, guarded.supergraph);
    const { accessRules, apiSchema } = new Supergraph(silent);
    assert.equal(accessRules.has('Thing'), false);
    const demands = demandsOf(accessRules, apiSchema, parse('{ things { code } }'));
    assert.deepEqual(demands.map(({ anyOf }) => JSON.stringify(anyOf)).sort(), [
      '[["staff"]]',
      '[["vault","adult"],["staff"]]',
    ]);
  });

  it('are not got around by an interface, a union or a fragment', async () => {
    for (const query of [
      '{ things { code } }',
      '{ things { ... on Thing { code } } }',
      '{ things { ...F } } fragment F on Shop { code }',
      '{ shop { code } }',
      '{ any { ... on Vault { code } } }',
      '{ any { ... on Thing { code } } }',
      '{ any { ...F } } fragment F on Vault { again: code }',
    ]) {
      const [data, errors] = await asks(query, { policies: ['vault'] });
      assert.doesNotMatch(JSON.stringify(data), /[17]/, query);
      assert.equal((errors as unknown[]).length, 1, query);
      const [all, none] = await asks(query, { policies: ['staff'] });
      assert.match(JSON.stringify(all), /[17]/, query);
      assert.deepEqual(none, [], query);
    }
  });
});

describe('access tokens', () => {
  it('are refused alike, whatever is wrong with them', async () => {
    const good = await router.token();
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const bad = [
      'nonsense',
      `${header}.${payload}.`,
      `${none}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      await router.token({ expiresInS: -60 }),
      await router.token({ issuer: 'somebody-else' }),
      'x'.repeat(10_000),
    ];
    const answers = await Promise.all(bad.map(token => router.ask('{ hello }', {}, bearer(token))));
    assert.deepEqual(
      new Set(answers.map(({ status, errors }) => JSON.stringify([status, errors]))).size,
      1,
    );
    assert.deepEqual([answers[0]!.status, codes(answers[0]!.errors)], [401, ['UNAUTHENTICATED']]);
  });
});

describe('what is no operation of the schema', () => {
  it('is told with its code, and reaches no subgraph', async () => {
    router.stubs.accounts!.received.length = 0;
    const cases: [query: string, code: string][] = [
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query A { hello } query B { hello }', 'GRAPHQL_VALIDATION_FAILED'],
      ['{ __proto__: hello }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query ($n: Int!) { numbers(list: [$n]) }', 'BAD_USER_INPUT'],
      ['{ _entities(representations: []) { __typename } }', 'GRAPHQL_VALIDATION_FAILED'],
      [
        'fragment A on User { ...B } fragment B on User { ...A } { users { ...A } }',
        'GRAPHQL_VALIDATION_FAILED',
      ],
    ];
    for (const [query, code] of cases)
      assert.deepEqual(codes((await router.ask(query)).errors)?.[0], code, query);
    assert.equal(router.stubs.accounts!.received.length, 0);
    assert.equal(({} as { x?: unknown }).x, undefined);
  });

  it('is refused when it is too large in any way', async () => {
    const cases = {
      tokens: `{ ${'hello '.repeat(2_001)} }`,
      depth: `{ users { id } ${'a: __schema { types { fields { type { ofType { name } } } } } '.repeat(1)} }`,
      aliases: `{ ${Array.from({ length: 31 }, (_, n) => `a${n}: hello`).join(' ')} }`,
      'root fields': `{ ${Array.from({ length: 21 }, () => 'hello').join(' ')} }`,
      directives: `{ hello ${'@include(if: true) '.repeat(51)} }`,
    };
    const { depth, ...others } = cases;
    for (const [what, query] of Object.entries(others)) {
      const { errors } = await router.ask(query);
      assert.match(errors![0]!.message, what === 'tokens' ? /token/i : new RegExp(what), what);
    }
    assert.equal((await router.ask(depth)).errors, undefined, 'introspection is as deep as it is');
  });

  it('tells nothing of a schema that is not public', async () => {
    const closed = await startTestRouter({ accounts: ACCOUNTS }, { introspection: false });
    const typo = await closed.ask('{ helo }');
    assert.doesNotMatch(typo.errors![0]!.message, /hello|Did you mean/);
    for (const query of [
      '{ __schema { types { name } } }',
      '{ __type(name: "User") { name } }',
      '{ ...on Query { __schema { types { name } } } }',
    ]) {
      assert.equal(codes((await closed.ask(query)).errors)?.[0], 'GRAPHQL_VALIDATION_FAILED');
    }
    assert.deepEqual((await closed.ask('{ __typename }')).data, { __typename: 'Query' });
    await closed.stop();
  });
});
