import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { games } from '../subgraph.js';
import { givenIn, somebody } from '../testing.js';

const PROPOSE = `mutation ($gameId: ID!, $expected: Int) {
  proposeGameData(gameId: $gameId, expectedDraftRevision: $expected) {
    __typename ... on GameDataProposal { id draftRevision dataVersion proposedAt }
    ... on GameDataFaulty { faultsCount } } }`;
const LIST = `query ($gameId: ID!) { gameDataDraft(gameId: $gameId) {
  revision proposals(first: 10) { totalCount edges { node { id } } } } }`;

const SCHEMA = {
  attributes: [{ key: 'damage', name: 'Damage', type: 'INTEGER', min: 0 }],
  slots: [{ key: 'weapon', name: 'Weapon' }],
  stats: [{ key: 'power', name: 'Power', formula: 'sum(damage)' }],
};
const item = (key: string, damage: number) => ({
  ...{ key, name: key, category: 'Weapon', slots: ['weapon'], attributes: { damage } },
});

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);
type Given = Awaited<ReturnType<typeof given.game>>;

const propose = async ({ id, by }: Given, expected?: number) =>
  (await graph.data(PROPOSE, { gameId: id, expected }, by)).proposeGameData;

/** A game with released items, of which 150 are to deal more. */
async function givenDraft() {
  const game = await given.game();
  await given.define(game, SCHEMA);
  const keys = Array.from({ length: 150 }, (_, n) => `sword-${n}`);
  await given.items(
    game,
    [...keys, 'same'].map(key => item(key, 1)),
  );
  await given.release(game);
  await given.items(game, [...keys.map(key => item(key, 2)), item('same', 1), item('new', 3)]);
  return game;
}

describe('proposing the draft of a game’s data', () => {
  it('tells it as it is, with the released items that it changes, and releases nothing', async () => {
    const game = await givenDraft();
    const { revision } = (await graph.data(LIST, { gameId: game.id }, game.by)).gameDataDraft;
    const soFar = (await graph.events()).length;
    const proposal = await propose(game, revision);
    assert.deepEqual(
      [proposal.__typename, proposal.draftRevision, proposal.dataVersion],
      ['GameDataProposal', revision, 1],
    );
    const events = (await graph.events()).slice(soFar);
    const [proposed] = events.filter(({ type }) => type === 'games.game-data-proposal.proposed.v1');
    assert.equal(proposed!.data.partsCount, 2);
    assert.equal(proposed!.data.stats[0].formula, 'sum(damage)');
    const parts = events.filter(({ type }) => type === 'games.proposed-items.told.v1');
    assert.equal(events.length, 3);
    const items = parts.flatMap(({ data }) => data.items);
    assert.ok(parts.every(({ data }) => data.proposalId === proposed!.data.id));
    assert.equal(items.length, 150, 'neither the same nor the new one');
    assert.ok(items.every(({ attributes }: Answer['data']) => attributes.damage === 2));
    assert.equal(
      (await graph.data(LIST, { gameId: game.id }, game.by)).gameDataDraft.revision,
      revision,
    );
    assert.equal(
      await graph.code(PROPOSE, { gameId: game.id, expected: revision - 1 }, game.by),
      'CONFLICT',
    );
  });

  it('refuses what could not be released', async () => {
    const game = await given.game();
    assert.equal((await propose(game)).__typename, 'GameDataUnchanged');
    await given.define(game, SCHEMA);
    await given.items(game, [item('sword', -1)]);
    assert.deepEqual(await propose(game), { __typename: 'GameDataFaulty', faultsCount: 1 });
  });

  it('is for members of the studio who may edit games, and seen by members alone', async () => {
    const game = await givenDraft();
    const { id } = await propose(game);
    const stranger = somebody();
    assert.equal(await graph.code(PROPOSE, { gameId: game.id }, stranger.by), 'FORBIDDEN');
    assert.equal(await graph.code(PROPOSE, { gameId: game.id }), 'UNAUTHENTICATED');
    assert.deepEqual(await graph.entities('GameDataProposal', [id], '{ id }', stranger.by), [null]);
    assert.deepEqual(await graph.entities('GameDataProposal', [id], '{ id }', game.by), [{ id }]);
  });

  it('keeps the last five, and says that those before are gone', async () => {
    const game = await givenDraft();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push((await propose(game)).id);
    const { proposals } = (await graph.data(LIST, { gameId: game.id }, game.by)).gameDataDraft;
    assert.deepEqual(
      proposals.edges.map(({ node }: Answer['data']) => node.id),
      ids.slice(2).reverse(),
    );
    const gone = (await graph.events()).filter(({ type }) => type.endsWith('.forgotten.v1'));
    assert.equal(gone.length, 2 * (1 + 2), 'each with its two parts');
  });
});
