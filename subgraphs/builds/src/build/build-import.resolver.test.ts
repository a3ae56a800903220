import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  gameCreated,
  gameDataReleased,
  gamePublished,
  itemChanged,
} from '@gamegraph/event-contracts';
import { ShortRuleSet } from '@gamegraph/rules';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { builds } from '../subgraph.js';
import {
  dataState,
  gameState,
  givenBuild,
  givenGame,
  givenUser,
  itemState,
  put,
  seen,
} from '../testing.js';
import { decodeBuild, encodeBuild } from './build-code.js';

const IMPORT = `mutation ($code: String!, $gameId: ID, $isPartial: Boolean) {
  importBuild(code: $code, gameId: $gameId, isPartial: $isPartial) {
  __typename ... on Build { id name notes visibility items { slot name } parameters { key value } stats { key value } }
  ... on BuildInPart { build { items { name socket { of index } } parameters { value } } leftOut { path message cure } }
  ... on BuildFaulty { faults { path message cure } } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

describe('moving a build to another installation', () => {
  const importBuild = async (code: string, by: object, more: object = {}) =>
    (await graph.data(IMPORT, { code, ...more }, by)).importBuild;

  it('brings back all of it, as a private build of whoever imports it', async () => {
    const [author, other, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const { greatSword, ring, band } = game.items;
    const { id } = await givenBuild(graph, author.by, game, {
      ...{ notes: 'one\ntwo', items: put(greatSword, ring, band) },
      parameters: [{ key: 'endurance', value: 20 }],
    });
    const fields = 'name notes items { slot name } parameters { key value } stats { key value }';
    const { exportCode, ...source } = await seen(graph, id, `exportCode ${fields}`);
    const imported = await importBuild(exportCode, other.by);
    const { id: newId, ...copy } = imported;
    assert.deepEqual(copy, { __typename: 'Build', visibility: 'PRIVATE', ...source });
    assert.notEqual(newId, id);
    assert.deepEqual(await decodeBuild(exportCode), {
      ...{ game: game.state.slug, dataVersion: 1, name: 'Build', notes: 'one\ntwo' },
      items: [
        { slot: 'weapon', item: 'great-sword' },
        { slot: 'ring', item: 'ring' },
        { slot: 'ring', item: 'band' },
      ],
      parameters: [{ key: 'endurance', value: 20 }],
    });
  });

  it('names each place that does not go with the game here', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    await graph.deliver(itemChanged(itemState(uuidv7(), 'excalibur'))); // of another game
    const code = await encodeBuild({
      ...{ dataVersion: 2, game: game.state.slug, name: 'Build', notes: null },
      items: [
        { slot: 'weapon', item: 'great-sword' },
        { slot: 'ring', item: 'excalibur' },
        { slot: 'weapon', item: 'ring' },
      ],
      parameters: [{ key: 'endurance', value: 1e300 }],
    });
    const { faults } = await importBuild(code, by);
    assert.deepEqual(
      faults.map(({ path, message }: Answer['data']) => `${path}: ${message}`),
      [
        'items[1].item: There is no item "excalibur" in this game.',
        'items[2].slot: Weapon has room for 1.',
        'items[2].slot: Ring does not fit Weapon.',
        'parameters[0].value: Endurance is a whole number from 1 to 99, not 1e+300.',
      ],
    );
    await graph.deliver(gameCreated(gameState({ slug: 'unannounced', state: 'DRAFT' })));
    for (const slug of ['nowhere', 'unannounced']) {
      const elsewhere = await encodeBuild({
        ...{ dataVersion: 1, game: slug, name: 'Build', notes: null, items: [], parameters: [] },
      });
      assert.deepEqual((await importBuild(elsewhere, by)).faults, [
        {
          ...{ path: 'game', message: `There is no game "${slug}" here.` },
          cure: 'Import it where the game is.',
        },
      ]);
    }
    assert.deepEqual((await importBuild('nonsense', by)).faults, [
      {
        ...{ path: 'code', message: 'It is no code of a build.' },
        cure: 'Take what `exportCode` tells of a build.',
      },
    ]);
  });

  it('says when it is of another game, or was saved for data that is not here yet', async () => {
    const [{ by }, game, other] = [
      await givenUser(graph),
      await givenGame(graph),
      await givenGame(graph),
    ];
    const { exportCode } = await seen(
      graph,
      (await givenBuild(graph, by, game)).id,
      'exportCode',
      by,
    );
    const { faults } = await importBuild(exportCode, by, { gameId: other.id });
    assert.deepEqual(faults, [
      {
        ...{ path: 'game', message: `It is a build of ${game.state.title}.` },
        cure: `Import it as a build of ${game.state.title}.`,
      },
    ]);
    assert.equal((await importBuild(exportCode, by, { gameId: game.id })).__typename, 'Build');
    const ahead = await encodeBuild({
      ...{ game: game.state.slug, dataVersion: 7, name: 'Ahead', notes: null, parameters: [] },
      items: [{ slot: 'ring', item: 'new-ring' }],
    });
    const [fault] = (await importBuild(ahead, by)).faults;
    assert.equal(fault.path, 'items[0].item');
    assert.match(fault.cure, /saved for version 7 .* at 1 here/);
  });

  it('leaves out what the game has no place for, if that is wanted, and what was in it', async () => {
    const { by } = await givenUser(graph);
    const state = gameState();
    const piece = (key: string, slot: string, attributes: object) =>
      itemState(state.id, key, { slots: [slot], attributes: { ...attributes } });
    const items = [
      piece('helmet', 'head', { sockets: ['red', 'red'] }),
      piece('crown', 'head', { sockets: ['red'] }),
      piece('ruby', 'gem', {}),
    ];
    const rules = ShortRuleSet.parse({
      attributes: [{ key: 'sockets', type: 'LIST', values: ['red'] }],
      parameters: [
        { key: 'level', min: 1, max: 80, defaultValue: 1 },
        { key: 'luck', min: 1, max: 9, defaultValue: 1 },
      ],
      slots: [
        { key: 'head', capacity: 2 },
        { key: 'gem', socketsOf: 'sockets' },
      ],
    });
    await graph.deliver(
      gamePublished(state),
      gameDataReleased(dataState(state.id, rules)),
      ...items.map(one => itemChanged(one)),
    );
    const code = await encodeBuild({
      ...{ game: state.slug, dataVersion: 1, name: 'Gems', notes: null },
      items: [
        { slot: 'head', item: 'hat' },
        { slot: 'head', item: 'crown' },
        { slot: 'gem', item: 'ruby', socket: { of: 0, index: 0 } },
        { slot: 'gem', item: 'ruby', socket: { of: 4, index: 1 } },
        { slot: 'head', item: 'helmet' },
        { slot: 'head', item: 'helmet' },
        { slot: 'gem', item: 'ruby', socket: { of: 5, index: 0 } },
      ],
      parameters: [
        { key: 'level', value: 81 },
        { key: 'luck', value: 3 },
      ],
    });
    assert.equal((await importBuild(code, by)).__typename, 'BuildFaulty');
    const { build, leftOut } = await importBuild(code, by, { isPartial: true });
    assert.deepEqual(build.items, [
      { name: 'crown', socket: null },
      { name: 'ruby', socket: { of: 2, index: 1 } },
      { name: 'helmet', socket: null },
    ]);
    assert.deepEqual(build.parameters, [{ value: 1 }, { value: 3 }]);
    assert.deepEqual(
      leftOut.map(({ path, message }: Answer['data']) => `${path}: ${message}`),
      [
        'items[0].item: There is no item "hat" in this game.',
        'items[2].socket: It is in a socket of items[0], which is left out.',
        'items[5].slot: head has room for 2.',
        'parameters[0].value: level is a whole number from 1 to 80, not 81.',
        'items[6].socket: It is in a socket of items[5], which is left out.',
      ],
    );
    const nothing = await importBuild('nonsense', by, { isPartial: true });
    assert.equal(nothing.__typename, 'BuildFaulty');
  });
});
