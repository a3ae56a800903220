import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'graphql';
import { pino } from 'pino';
import { compose } from '../supergraph/compose.js';
import { Supergraph } from '../supergraph/supergraph.js';
import { startTestRouter } from '../testing.js';
import { Operation } from './operation.js';

const SDL = `
  type Query {
    game: Game
    games(first: Int = 3, last: Int): [Game!]! @listSize(slicingArguments: ["first", "last"], assumedSize: 50)
    top: [Game!]! @listSize(assumedSize: 4)
    all: [Game!]!
    grid: [[Int!]!]!
    search(first: Int, by: By): Games @listSize(assumedSize: 12, slicingArguments: ["first"], sizedFields: ["nodes"]) @price(weight: 2)
    thing: Thing
    rank(of: ID! @price(weight: 7)): Int @price(weight: 5)
  }
  type Mutation { play: Game }
  input By { name: String }
  type Games { nodes: [Game!]! total: Int }
  interface Thing { id: ID! }
  type Game implements Thing { id: ID! name: String studio: Studio similar: [Game!]! @listSize(assumedSize: 2) }
  type Studio implements Thing @price(weight: 20) { id: ID! }
`;
const log = pino({ level: 'silent' });
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: [{ name: "@cost", as: "@price" }, "@listSize"])`;

const supergraph = new Supergraph(
  compose([{ name: 'games', url: 'http://games', sdl: `${LINK}${SDL}` }]).sdl,
);
const costOf = (query: string, variables = {}) => {
  const document = parse(query);
  const definition = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
  return new Operation(supergraph, document, definition as never, log).cost(variables, 10);
};

describe('the cost of an operation', () => {
  it('counts objects as often as the lists around them are long', () => {
    const cases: [query: string, cost: number, variables?: object][] = [
      ['{ game { id name } }', 1],
      ['{ game { studio { id } } }', 21],
      ['{ games { id } }', 3],
      ['{ games(first: 7) { id } }', 7],
      ['{ games(first: 2, last: 9) { similar { id } } }', 9 * (1 + 2)],
      ['query ($n: Int) { games(first: $n) { id } }', 6, { n: 6 }],
      ['query ($n: Int = 8) { games(first: $n) { id } }', 8],
      ['{ games(first: -5) { id } }', 0],
      ['{ top { id } }', 4],
      ['{ all { id } }', 10],
      ['{ all { similar { similar { id } } } }', 10 * (1 + 2 * (1 + 2))],
      ['{ grid }', 0],
      ['{ search(first: 6, by: {}) { nodes { id } total } }', 2 + 6 + 1],
      ['query ($by: By) { search(by: $by) { nodes { id } } }', 2 + 12 + 1, { by: {} }],
      ['{ search(first: null) { nodes { id } } }', 2 + 12],
      ['{ thing { id } }', 1],
      ['{ thing { ... on Game { studio { id } } ... on Studio { id } } }', 21],
      ['{ rank(of: "x") }', 12],
      ['mutation { play { id } }', 11],
    ];
    for (const [query, cost, variables] of cases)
      assert.equal(costOf(query, variables), cost, query);
  });

  it('counts what is asked twice once, and what is skipped not at all', () => {
    assert.equal(
      costOf('{ game { id } game { name } ...F } fragment F on Query { game { id } }'),
      1,
    );
    assert.equal(costOf('{ a: game { id } b: game { name } }'), 2);
    const query = 'query ($no: Boolean!) { game { id } all @skip(if: $no) { id } }';
    assert.deepEqual([costOf(query, { no: true }), costOf(query, { no: false })], [1, 11]);
  });

  it('is read from within @join__directive as well', () => {
    const wrapped = supergraph.sdl.replace(
      / @price\(weight: 5\)/,
      ' @join__directive(graphs: [GAMES], name: "cost", args: { weight: 30 })',
    );
    assert.match(wrapped, /name: "cost"/);
    const other = new Supergraph(wrapped);
    const document = parse('{ rank(of: "x") }');
    const operation = new Operation(other, document, document.definitions[0] as never, log);
    assert.equal(operation.cost({}, 10), 37);
  });

  it('has a limit where one is set', async () => {
    const router = await startTestRouter(
      {
        games: {
          sdl: SDL.replaceAll('@price', '@cost'),
          resolvers: { Query: { games: () => [], all: () => [] } },
        },
      },
      { limits: { operation: { cost: 20 } } },
    );
    const query = 'query ($n: Int) { games(first: $n) { id } }';
    assert.equal((await router.ask(query, { n: 20 })).errors, undefined);
    const { data, errors } = await router.ask(query, { n: 21 });
    assert.equal(data, undefined);
    assert.deepEqual(errors?.[0]?.extensions, {
      code: 'GRAPHQL_VALIDATION_FAILED',
      cost: { estimated: 21, limit: 20 },
    });
    await router.stop();
  });
});
