import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameDataReleased, itemChanged } from '@gamegraph/event-contracts';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { builds } from '../subgraph.js';
import { dataState, givenBuild, givenGame, givenUser, put, seen } from '../testing.js';

const SAVE = `mutation ($input: SaveBuildInput!) { saveBuild(input: $input) {
  __typename ... on Build { revision } } }`;
const RESTORE = `mutation ($input: RestoreBuildInput!) { restoreBuild(input: $input) {
  __typename ... on Build { revision name notes items { name } }
  ... on BuildInPart { build { revision items { name } } leftOut { path } }
  ... on BuildFaulty { faults { path } } } }`;
const DIFFERENCE = `revisionDifference(from: 1, to: 2) {
  from { number name } to { number name } name { before after } notes { before after }
  items { slot before { name } after { name } }
  parameters { key before { value } after { value } }
  stats { key before after change relativeChange } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

async function givenTwoRevisions() {
  const [author, game] = [await givenUser(graph), await givenGame(graph)];
  const { greatSword, ring, band } = game.items;
  const { id } = await givenBuild(graph, author.by, game, {
    ...{ notes: 'Roll.', items: put(greatSword, ring) },
  });
  const input = {
    ...{ id, expectedRevision: 1, name: 'Other', items: put(greatSword, band) },
    parameters: [{ key: 'endurance', value: 22 }],
  };
  await graph.data(SAVE, { input }, author.by);
  return { id, author, game };
}

describe('the history of a build', () => {
  it('tells what changed from one revision to another: texts, items, choices, stats', async () => {
    const { id } = await givenTwoRevisions();
    const { revisionDifference } = await seen(graph, id, DIFFERENCE);
    assert.deepEqual(revisionDifference, {
      ...{ from: { number: 1, name: 'Build' }, to: { number: 2, name: 'Other' } },
      ...{ name: { before: 'Build', after: 'Other' }, notes: null },
      items: [{ slot: 'ring', before: { name: 'Ring' }, after: { name: 'Band' } }],
      parameters: [{ key: 'endurance', before: { value: 10 }, after: { value: 22 } }],
      stats: [
        { key: 'damage', before: 105, after: 100, change: -5, relativeChange: -5 / 105 },
        { ...revisionDifference.stats[1], key: 'burden', before: 25 },
        { key: 'equip_load', before: 50, after: 62, change: 12, relativeChange: 0.24 },
      ],
    });
    const backwards = DIFFERENCE.replace('from: 1, to: 2', 'from: 2, to: 1');
    const { name } = (await seen(graph, id, backwards)).revisionDifference;
    assert.deepEqual(name, { before: 'Other', after: 'Build' });
    const missing = DIFFERENCE.replace('to: 2', 'to: 3');
    assert.deepEqual(await seen(graph, id, missing), { revisionDifference: null });
  });

  it('is paged, newest first, with all that each revision was', async () => {
    const { id } = await givenTwoRevisions();
    const page = (args: string) =>
      seen(
        graph,
        id,
        `revisions(${args}) { totalCount pageInfo { endCursor hasNextPage }
        edges { node { number name notes dataVersion items { name } parameters { value } } } }`,
      );
    const { revisions } = await page('first: 1');
    assert.deepEqual([revisions.totalCount, revisions.pageInfo.hasNextPage], [2, true]);
    assert.equal(revisions.edges[0].node.number, 2);
    const older = (await page(`first: 1, after: "${revisions.pageInfo.endCursor}"`)).revisions;
    assert.deepEqual(older.edges[0].node, {
      ...{ number: 1, name: 'Build', notes: 'Roll.', dataVersion: 1 },
      ...{ items: [{ name: 'Great Sword' }, { name: 'Ring' }], parameters: [{ value: 10 }] },
    });
  });

  it('tells an item that a patch changed between two saves', async () => {
    const { id, author, game } = await givenTwoRevisions();
    const { greatSword } = game.items;
    await graph.deliver(
      gameDataReleased(dataState(game.gameId, { version: 2 })),
      itemChanged({ ...greatSword, dataVersion: 2, attributes: { damage: 90, weight: 12 } }),
    );
    await graph.data(SAVE, { input: { id, expectedRevision: 2 } }, author.by);
    const fields = `revisionDifference(from: 2, to: 3) { name { before } stats { key after }
      items { before { attributes { key pinnedValue } } after { attributes { key pinnedValue } } } }`;
    const { revisionDifference } = await seen(graph, id, fields);
    const damageOf = ({ attributes }: Answer['data']) =>
      attributes.find(({ key }: Answer['data']) => key === 'damage').pinnedValue;
    assert.deepEqual(
      revisionDifference.items.map((one: Answer['data']) => [
        damageOf(one.before),
        damageOf(one.after),
      ]),
      [[100, 90]],
    );
    assert.deepEqual(revisionDifference.stats, [{ key: 'damage', after: 90 }]);
    assert.equal(revisionDifference.name, null);
  });
});

describe('going back to a revision', () => {
  it('makes it the next one, and changes none that there are', async () => {
    const { id, author } = await givenTwoRevisions();
    const input = { id, number: 1, expectedRevision: 2 };
    const { restoreBuild } = await graph.data(RESTORE, { input }, author.by);
    assert.deepEqual(restoreBuild, {
      ...{ __typename: 'Build', revision: 3, name: 'Build', notes: 'Roll.' },
      items: [{ name: 'Great Sword' }, { name: 'Ring' }],
    });
    const fields = 'revisions(first: 5) { edges { node { number name } } } stats { key value }';
    const { revisions, stats } = await seen(graph, id, fields);
    assert.deepEqual(
      revisions.edges.map(({ node }: Answer['data']) => `${node.number} ${node.name}`),
      ['3 Build', '2 Other', '1 Build'],
    );
    assert.equal(stats[0].value, 105);
    assert.equal(await graph.code(RESTORE, { input }, author.by), 'CONFLICT');
    const unknown = { id, number: 9, expectedRevision: 3 };
    assert.equal(await graph.code(RESTORE, { input: unknown }, author.by), 'NOT_FOUND');
    const other = await givenUser(graph);
    const last = { id, number: 1, expectedRevision: 3 };
    assert.equal(await graph.code(RESTORE, { input: last }, other.by), 'FORBIDDEN');
  });

  it('leaves out what was removed since, if that is wanted', async () => {
    const { id, author, game } = await givenTwoRevisions();
    await graph.deliver(itemChanged({ ...game.items.ring, isRemoved: true, dataVersion: 2 }));
    const input = { id, number: 1, expectedRevision: 2 };
    const refused = await graph.data(RESTORE, { input }, author.by);
    assert.deepEqual(refused.restoreBuild, {
      ...{ __typename: 'BuildFaulty', faults: [{ path: 'items[1].item' }] },
    });
    const partly = await graph.data(RESTORE, { input: { ...input, isPartial: true } }, author.by);
    assert.deepEqual(partly.restoreBuild, {
      ...{ __typename: 'BuildInPart', leftOut: [{ path: 'items[1].item' }] },
      build: { revision: 3, items: [{ name: 'Great Sword' }] },
    });
  });
});
