import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameDataReleased, itemChanged } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import {
  type Answer,
  type Asking,
  type TestSubgraph,
  testSubgraph,
} from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v7 as uuidv7 } from 'uuid';
import { builds } from '../subgraph.js';
import { dataState, givenBuild, givenGame, givenUser, put } from '../testing.js';

const WATCH = `subscription ($id: ID, $input: BuildContentInput) { buildAnalysis(id: $id, input: $input) {
  build { name revision } stats { key value } violations { rule } faults { path } patch { toVersion summary } } }`;
const SAVE = 'mutation ($input: SaveBuildInput!) { saveBuild(input: $input) { __typename } }';

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

/** Watches, and has `last` tell what was heard last. */
function watch(variables: object, by?: Asking) {
  const watching = graph.subscribe(WATCH, variables, by);
  const last = (): Answer['data'] => watching.results.at(-1)?.data?.buildAnalysis;
  const heard = (what: string, is: (analysis: Answer['data']) => boolean) =>
    until(what, () => last() !== undefined && is(last()));
  return { ...watching, last, heard };
}

describe('watching what a build comes to', () => {
  it('begins with what it is, and tells each save, each patch, and the end', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring } = game.items;
    const { id } = await givenBuild(graph, by, game);
    const anybody = watch({ id });
    await anybody.heard('it is told at once', ({ stats }) => stats[0].value === 100);
    assert.deepEqual(anybody.last().build, { name: 'Build', revision: 1 });
    assert.deepEqual([anybody.last().patch, anybody.last().violations], [null, []]);
    const input = { id, expectedRevision: 1, items: put(ring) };
    await graph.data(SAVE, { input }, by);
    await anybody.heard('the save is told', ({ build }) => build.revision === 2);
    assert.deepEqual(anybody.last().violations, [{ rule: 'slot.weapon' }]);
    await graph.data(
      SAVE,
      { input: { ...input, expectedRevision: 2, items: put(greatSword) } },
      by,
    );
    await anybody.heard('the next is told', ({ build }) => build.revision === 3);
    await graph.deliver(
      gameDataReleased(dataState(game.gameId, { version: 2 })),
      itemChanged({ ...greatSword, dataVersion: 2, attributes: { damage: 90, weight: 12 } }),
    );
    await anybody.heard('the patch is told', ({ stats }) => stats[0].value === 90);
    assert.deepEqual(anybody.last().patch, {
      ...{ toVersion: 2, summary: '-10.0 % Damage, 1 item changed' },
    });
    await graph.data('mutation ($id: ID!) { deleteBuild(id: $id) }', { id }, by);
    await until('it ends', anybody.isComplete);
    assert.ok(anybody.results.every(({ errors }) => errors === undefined));
  });

  it('ends for those who may not see it any more, and goes on for its author', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, by, game);
    const [anybody, author] = [watch({ id }), watch({ id }, by)];
    for (const each of [anybody, author]) await each.heard('it is told', () => true);
    const HIDE =
      'mutation ($id: ID!) { setBuildVisibility(id: $id, visibility: PRIVATE) { __typename } }';
    await graph.data(HIDE, { id }, by);
    await until('it ends', anybody.isComplete);
    await graph.data(SAVE, { input: { id, expectedRevision: 1, name: 'Secret' } }, by);
    await author.heard('the author hears more', ({ build }) => build.name === 'Secret');
    assert.ok(!anybody.results.some(({ data }) => data.buildAnalysis.build.name === 'Secret'));
    author.stop();
    const refused = watch({ id });
    await until('it is refused', () => refused.results.length > 0);
    assert.equal(refused.results[0]!.errors![0]!.extensions!.code, 'NOT_FOUND');
  });

  it('takes what is not saved, too', async () => {
    const game = await givenGame(graph);
    const { greatSword } = game.items;
    const items = [...put(greatSword), { slot: 'hat', itemId: globalId('Item', uuidv7()) }];
    const unsaved = watch({ input: { gameId: game.id, items } });
    await unsaved.heard('it is told at once', ({ stats }) => stats[0].value === 100);
    assert.deepEqual(unsaved.last().build, null);
    assert.deepEqual(unsaved.last().faults, [{ path: 'items[1].item' }, { path: 'items[1].slot' }]);
    await graph.deliver(
      gameDataReleased(dataState(game.gameId, { version: 2 })),
      itemChanged({ ...greatSword, dataVersion: 2, attributes: { damage: 90, weight: 12 } }),
    );
    await unsaved.heard('the patch is told', ({ stats }) => stats[0].value === 90);
    unsaved.stop();
    for (const [variables, code] of [
      [{}, 'BAD_USER_INPUT'],
      [{ id: game.id, input: { gameId: game.id, items } }, 'BAD_USER_INPUT'],
      [{ input: { gameId: globalId('Game', uuidv7()), items: [] } }, 'NOT_FOUND'],
      [{ input: { gameId: game.id, items: Array(201).fill(items[0]) } }, 'BAD_USER_INPUT'],
    ] as const) {
      const refused = watch(variables);
      await until('it is refused', () => refused.results.length > 0);
      assert.equal(refused.results[0]!.errors![0]!.extensions!.code, code);
      refused.stop();
    }
  });
});
