import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { games } from '../subgraph.js';
import { givenIn, somebody } from '../testing.js';

const DLC = `mutation ($gameId: ID!, $baseGameId: ID!) { declareDlc(gameId: $gameId, baseGameId: $baseGameId) {
  baseGame { id } parts { id } } }`;
const BUNDLE = `mutation ($gameId: ID!, $partIds: [ID!]!) { declareBundle(gameId: $gameId, partIds: $partIds) {
  baseGame { id } parts { id } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);

describe('declaring a DLC', () => {
  it('says what it extends, and announces that', async () => {
    const studio = await given.studio();
    const base = await given.game('Base', {}, studio);
    const dlc = await given.draft('More', {}, studio);
    const { declareDlc } = await graph.data(
      DLC,
      { gameId: dlc.id, baseGameId: base.id },
      studio.by,
    );
    assert.deepEqual(declareDlc, { baseGame: { id: base.id }, parts: [] });
    const last = (await graph.events(dlc.uuid)).at(-1)!;
    assert.deepEqual([last.data.baseGameId, last.data.partIds], [base.uuid, []]);
  });

  it('is for drafts, of the same studio, by who may edit them', async () => {
    const studio = await given.studio();
    const [base, other] = [await given.game('Base', {}, studio), await given.game()];
    const dlc = await given.draft('More', {}, studio);
    const code = (gameId: string, baseGameId: string, by: object = studio.by) =>
      graph.code(DLC, { gameId, baseGameId }, by);
    assert.equal(await code(base.id, base.id), 'BAD_USER_INPUT', 'it is published');
    assert.equal(await code(dlc.id, dlc.id), 'BAD_USER_INPUT', 'itself');
    assert.equal(await code(dlc.id, other.id), 'FORBIDDEN');
    assert.equal(await code(dlc.id, base.id, somebody().by), 'NOT_FOUND', 'a draft is a secret');
    assert.equal(await code(dlc.id, base.id, {}), 'UNAUTHENTICATED');
  });
});

describe('declaring a bundle', () => {
  it('says what it consists of, and announces that', async () => {
    const studio = await given.studio();
    const parts = [await given.game('A', {}, studio), await given.game('B', {}, studio)];
    const bundle = await given.draft('Both', {}, studio);
    const partIds = parts.map(({ id }) => id);
    const { declareBundle } = await graph.data(BUNDLE, { gameId: bundle.id, partIds }, studio.by);
    assert.deepEqual(declareBundle, { baseGame: null, parts: parts.map(({ id }) => ({ id })) });
    const last = (await graph.events(bundle.uuid)).at(-1)!;
    assert.deepEqual(
      last.data.partIds,
      parts.map(({ uuid }) => uuid),
    );
  });

  it('is refused of one game, of bundles, and of what is a part or a DLC already', async () => {
    const studio = await given.studio();
    const [a, b] = [await given.game('A', {}, studio), await given.game('B', {}, studio)];
    const [bundle, dlc] = [
      await given.draft('Both', {}, studio),
      await given.draft('D', {}, studio),
    ];
    const code = (gameId: string, ...partIds: string[]) =>
      graph.code(BUNDLE, { gameId, partIds }, studio.by);
    assert.equal(await code(bundle.id, a.id, a.id), 'BAD_USER_INPUT');
    await graph.data(DLC, { gameId: dlc.id, baseGameId: a.id }, studio.by);
    assert.equal(await code(dlc.id, a.id, b.id), 'BAD_USER_INPUT');
    const partIds = [dlc.id, a.id];
    await graph.data(BUNDLE, { gameId: bundle.id, partIds }, studio.by);
    assert.equal(await code(dlc.id, a.id, b.id), 'BAD_USER_INPUT', 'it is a part already');
    const another = await given.draft('All', {}, studio);
    assert.equal(await code(another.id, bundle.id, b.id), 'BAD_USER_INPUT', 'a bundle is no part');
  });
});
