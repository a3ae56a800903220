import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameDataReleased, gamePublished, itemChanged } from '@gamegraph/event-contracts';
import { ShortRuleSet } from '@gamegraph/rules';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Asking, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { builds } from '../subgraph.js';
import { CREATE, dataState, gameState, givenUser, itemState, seen } from '../testing.js';

const RULES = ShortRuleSet.parse({
  attributes: [
    { key: 'strength', name: 'Strength', type: 'INTEGER' },
    { key: 'sockets', type: 'LIST', values: ['red', 'blue'] },
    { key: 'colours', type: 'LIST', values: ['red', 'blue'] },
  ],
  parameters: [
    { key: 'level', name: 'Level', min: 1, max: 80, defaultValue: 80 },
    { key: 'class', name: 'Class', values: ['Mage', 'Rogue'] },
  ],
  slots: [
    { key: 'head', name: 'Head' },
    { key: 'gem', name: 'Gems', socketsOf: 'sockets', matchedBy: 'colours' },
  ],
  stats: [
    { key: 'power', name: 'Power', formula: "sum(strength) * if(param.class = 'Rogue', 2, 1)" },
    { key: 'ratio', name: 'Ratio', formula: '1 / count(head)' },
  ],
  modifiers: [
    { key: 'rage', name: 'Rage', stat: 'power', layer: 'INCREASED', formula: '50' },
    { key: 'cap', name: 'Cap', stat: 'power', layer: 'CAP', formula: 'param.level' },
    {
      ...{ key: 'matched', name: 'Socket bonus', stat: 'power', layer: 'FLAT', formula: '3' },
      condition: 'any(sockets_match())',
    },
  ],
  rules: [
    {
      ...{ key: 'strong', scope: 'ITEM', formula: 'item.strength <= 20 or param.level >= 60' },
      ...{ message: 'needs level 60.', cure: 'Raise your level.' },
    },
  ],
});

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

async function givenGameWithSockets() {
  const state = gameState();
  const piece = (key: string, slot: string, attributes: object) =>
    itemState(state.id, key, { name: key, slots: [slot], attributes: { ...attributes } });
  const items = {
    helmet: piece('Helmet', 'head', { strength: 10, sockets: ['red', 'blue'] }),
    crown: piece('Crown', 'head', { strength: 30 }),
    ruby: piece('Ruby', 'gem', { strength: 4, colours: ['red'] }),
    opal: piece('Opal', 'gem', { strength: 2, colours: ['red', 'blue'] }),
  };
  await graph.deliver(
    gamePublished(state),
    gameDataReleased(dataState(state.id, RULES)),
    ...Object.values(items).map(one => itemChanged(one)),
  );
  const put = (slot: string, item: { id: string }, index?: number) => ({
    ...{ slot, itemId: globalId('Item', item.id) },
    ...(index !== undefined && { socket: { of: 0, index } }),
  });
  return { id: globalId('Game', state.id), items, put };
}

async function saved(by: Asking, gameId: string, content: object): Promise<{ id: string }> {
  const input = { gameId, name: 'Build', visibility: 'PUBLIC', ...content };
  const { createBuild } = await graph.data(CREATE, { input }, by);
  assert.equal(createBuild.__typename, 'Build', createBuild.message);
  return createBuild;
}

describe('a build of a game with sockets and choices', () => {
  it('counts a matched pair of gems, explains its figures, and says what one more would do', async () => {
    const [{ by }, { id: gameId, items, put }] = [
      await givenUser(graph),
      await givenGameWithSockets(),
    ];
    const { id } = await saved(by, gameId, {
      items: [put('head', items.helmet), put('gem', items.ruby, 0), put('gem', items.opal, 1)],
      parameters: [{ key: 'class', choice: 'Rogue' }],
    });
    const seenBuild = await seen(
      graph,
      id,
      `items { name socket { of index } } parameters { key value choice }
       power: explain(stat: "power") { value problem parts { depth label value contribution } }
       sensitivity { attribute effects { stat change } } stats { key value }`,
    );
    assert.deepEqual(seenBuild.items, [
      { name: 'Helmet', socket: null },
      { name: 'Ruby', socket: { of: 0, index: 0 } },
      { name: 'Opal', socket: { of: 0, index: 1 } },
    ]);
    assert.deepEqual(seenBuild.parameters, [
      { key: 'level', value: 80, choice: null },
      { key: 'class', value: null, choice: 'Rogue' },
    ]);
    assert.deepEqual(seenBuild.stats[0], { key: 'power', value: 52.5 }); // (16 * 2 + 3) * 1.5
    const { value, parts } = seenBuild.power;
    const outer = parts.filter(({ depth }: { depth: number }) => depth === 0);
    assert.deepEqual(
      outer.map((part: { label: string; contribution: number }) => [part.label, part.contribution]),
      [
        ["sum(strength) * if(param.class = 'Rogue', 2, 1)", 32],
        ['Socket bonus', 3],
        ['Rage', 17.5],
      ],
    );
    assert.equal(
      outer.reduce((sum: number, part: { contribution: number }) => sum + part.contribution, 0),
      value,
    );
    assert.ok(
      parts.some(
        ({ label, contribution }: { label: string; contribution: number }) =>
          label === 'Ruby' && contribution === 4,
      ),
    );
    assert.deepEqual(seenBuild.sensitivity, [
      { attribute: 'strength', effects: [{ stat: 'power', change: 3 }] },
    ]);
  });

  it('says why a figure cannot be explained', async () => {
    const [{ by }, { id: gameId }] = [await givenUser(graph), await givenGameWithSockets()];
    const { id } = await saved(by, gameId, { items: [] });
    const { ratio } = await seen(
      graph,
      id,
      'ratio: explain(stat: "ratio") { value problem parts { label } }',
    );
    assert.deepEqual(ratio, { value: null, problem: 'This divides by zero.', parts: [] });
    const document = 'query ($id: ID!) { build(id: $id) { explain(stat: "speed") { value } } }';
    assert.equal(await graph.code(document, { id }), 'BAD_USER_INPUT');
  });

  it('refuses sockets and choices that there are not, and tells rules of items with their cure', async () => {
    const [{ by }, { id: gameId, items, put }] = [
      await givenUser(graph),
      await givenGameWithSockets(),
    ];
    const input = {
      ...{ gameId, name: 'Build' },
      items: [put('head', items.helmet), put('gem', items.ruby, 2), put('gem', items.opal)],
      parameters: [{ key: 'class', choice: 'Priest' }],
    };
    const { createBuild } = await graph.data(CREATE, { input }, by);
    assert.deepEqual(
      createBuild.faults.map(({ path }: { path: string }) => path),
      ['items[1].socket', 'items[2].socket', 'parameters[0].value'],
    );
    const parameters = [{ key: 'level', value: 50, choice: 'x' }];
    assert.equal(
      await graph.code(CREATE, { input: { ...input, parameters } }, by),
      'BAD_USER_INPUT',
    );
    const { id } = await saved(by, gameId, {
      items: [put('head', items.crown)],
      parameters: [{ key: 'level', value: 50 }],
    });
    const { violations } = await seen(graph, id, 'violations { rule message cure placement }');
    assert.deepEqual(violations, [
      {
        rule: 'strong',
        message: 'Crown: needs level 60.',
        cure: 'Raise your level.',
        placement: 0,
      },
    ]);
  });

  it('travels as a code, with sockets and choices', async () => {
    const [{ by }, { id: gameId, items, put }] = [
      await givenUser(graph),
      await givenGameWithSockets(),
    ];
    const { id } = await saved(by, gameId, {
      items: [put('head', items.helmet), put('gem', items.ruby, 0)],
      parameters: [{ key: 'class', choice: 'Rogue' }],
    });
    const { exportCode } = await seen(graph, id, 'exportCode');
    const { importBuild } = await graph.data(
      `mutation ($code: String!) { importBuild(code: $code) { ... on Build {
         items { name socket { of index } } parameters { choice } stats { value } } } }`,
      { code: exportCode },
      by,
    );
    assert.deepEqual(importBuild.items[1], { name: 'Ruby', socket: { of: 0, index: 0 } });
    assert.equal(importBuild.parameters[1].choice, 'Rogue');
    assert.equal(importBuild.stats[0].value, 42);
  });
});
