import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { games } from '../subgraph.js';
import { givenIn, somebody } from '../testing.js';

const IMPORT = `mutation ($gameId: ID!, $file: String!, $expected: Int) {
  importRules(gameId: $gameId, file: $file, expectedDraftRevision: $expected) {
    __typename
    ... on GameDataDraft { revision attributes { key type } stats { key formula } tables { values } cost fights { key } }
    ... on RuleFileFaulty { message faultsCount faults { path message line column } } } }`;
const DRAFT = `query ($gameId: ID!) { gameDataDraft(gameId: $gameId) { revision
  items(first: 100) { totalCount edges { node { key name iconUrl slots attributes } } } } }`;

const FILE = `format: gamegraph-rules/1
name: Souls
attributes:
  - { key: damage, type: INTEGER, min: 0 }
  - { key: gold, type: INTEGER }
slots: [{ key: weapon }]
tables:
  - key: level
    axes: [{ numbers: [1, 2] }, { numbers: [1, 2] }]
    values: [[1, 2], [3, 4]]
stats:
  - { key: damage, formula: sum(damage) }
cost: gold
items:
  - { key: sword, name: Sword, category: Weapon, slots: [weapon], attributes: { damage: 10, gold: 5 } }
  - { key: axe, name: Axe, category: Weapon, slots: [weapon], iconUrl: "https://example.org/axe.png" }
expectations:
  - { name: a sword, items: [{ slot: weapon, item: sword }], stats: { damage: 10 } }
`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);

describe('importing a file of rules', () => {
  it('makes it the draft, of which others items stay, and it can be released', async () => {
    const game = await given.game();
    await given.define(game, { slots: [{ key: 'weapon', name: 'Weapon' }] });
    const other = { key: 'bow', name: 'Bow', category: 'Weapon', slots: ['weapon'] };
    const old = { ...other, key: 'sword', name: 'Old sword' };
    await given.items(game, [other, old]);
    const { importRules } = await graph.data(IMPORT, { gameId: game.id, file: FILE }, game.by);
    assert.deepEqual(importRules, {
      ...{ __typename: 'GameDataDraft', revision: 3, cost: 'gold', fights: [] },
      attributes: [
        { key: 'damage', type: 'INTEGER' },
        { key: 'gold', type: 'INTEGER' },
      ],
      stats: [{ key: 'damage', formula: 'sum(damage)' }],
      tables: [{ values: [1, 2, 3, 4] }],
    });
    const { gameDataDraft } = await graph.data(DRAFT, { gameId: game.id }, game.by);
    assert.deepEqual(
      gameDataDraft.items.edges.map(({ node }: { node: object }) => node),
      [
        {
          ...{ key: 'axe', name: 'Axe', iconUrl: 'https://example.org/axe.png' },
          ...{ slots: ['weapon'], attributes: {} },
        },
        { key: 'bow', name: 'Bow', iconUrl: null, slots: ['weapon'], attributes: {} },
        {
          ...{ key: 'sword', name: 'Sword', iconUrl: null, slots: ['weapon'] },
          attributes: { damage: 10, gold: 5 },
        },
      ],
    );
    assert.equal(await given.release(game), 1);
  });

  it('takes JSON as well, of more items than a call may put', async () => {
    const game = await given.game();
    const items = Array.from({ length: 1_100 }, (_, n) => ({
      ...{ key: `i${n}`, name: `Item ${n}`, category: 'Weapon', slots: [] },
    }));
    const file = JSON.stringify({ format: 'gamegraph-rules/1', name: 'Many', items });
    const { importRules } = await graph.data(IMPORT, { gameId: game.id, file }, game.by);
    assert.equal(importRules.revision, 1);
    const { gameDataDraft } = await graph.data(DRAFT, { gameId: game.id }, game.by);
    assert.equal(gameDataDraft.items.totalCount, 1_100);
  });

  it('refuses one with faults, tells all of them and where, and changes nothing', async () => {
    const game = await given.game();
    const outcomeOf = async (file: string) =>
      (await graph.data(IMPORT, { gameId: game.id, file }, game.by)).importRules;
    const faulty = FILE.replace('sum(damage)', 'sum(damge)').replace(
      'slots: [weapon], icon',
      'slots: [hand], icon',
    );
    assert.deepEqual(await outcomeOf(faulty), {
      ...{ __typename: 'RuleFileFaulty', faultsCount: 2 },
      message:
        'The file has 2 faults, such as: stats.damage.formula: There is no attribute damge. Did you mean damage?',
      faults: [
        {
          ...{ path: 'stats.damage.formula', line: 12, column: 33 },
          message: 'There is no attribute damge. Did you mean damage?',
        },
        { path: 'items.axe', line: 16, column: 5, message: 'There is no slot hand.' },
      ],
    });
    const unmet = await outcomeOf(FILE.replace('stats: { damage: 10 }', 'stats: { damage: 11 }'));
    assert.equal(unmet.faults[0].path, 'expectations.a sword.stats.damage');
    assert.equal((await outcomeOf('{')).faults[0].path, 'file');
    const { gameDataDraft } = await graph.data(DRAFT, { gameId: game.id }, game.by);
    assert.deepEqual([gameDataDraft.revision, gameDataDraft.items.totalCount], [0, 0]);
  });

  it('lets nobody change what they have not seen, or may not', async () => {
    const game = await given.game();
    const variables = { gameId: game.id, file: FILE };
    await graph.data(IMPORT, { ...variables, expected: 0 }, game.by);
    assert.equal(await graph.code(IMPORT, { ...variables, expected: 0 }, game.by), 'CONFLICT');
    assert.equal(await graph.code(IMPORT, variables, somebody().by), 'FORBIDDEN');
    assert.equal(await graph.code(IMPORT, variables), 'UNAUTHENTICATED');
    const secret = { ...variables, gameId: (await given.draft()).id };
    assert.equal(await graph.code(IMPORT, secret, somebody().by), 'NOT_FOUND');
  });
});
