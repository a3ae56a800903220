import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameDataReleased, type ItemState, itemChanged } from '@gamegraph/event-contracts';
import { query } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { GameDataVersions } from '../game-data/game-data-versions.js';
import { builds } from '../subgraph.js';
import {
  dataState,
  givenBuild,
  givenGame,
  type GivenGame,
  givenUser,
  put,
  seen,
  settled,
  SOULS_DEFINITION,
} from '../testing.js';
import { reviewJob } from './review.process.js';

const PATCH = `dataVersion needsReview patch { fromVersion toVersion summary
  stats { key unit before after change relativeChange }
  items { item { id } name isRemoved attributes { key name unit before after } }
  newViolations { rule placement } goneViolations { rule } }`;
const ACCEPT = `mutation ($id: ID!, $revision: Int!) { acceptBuildPatch(id: $id, expectedRevision: $revision) {
  __typename ... on Build { revision dataVersion needsReview patch { summary } }
  ... on BuildInPart { build { revision items { name } patch { summary } } leftOut { path } } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

const release = (game: GivenGame, version: number, items: ItemState[], rules: object = {}) =>
  graph.deliver(
    gameDataReleased(dataState(game.gameId, { version, ...rules })),
    ...items.map(one => itemChanged({ ...one, dataVersion: version })),
  );
/** Half of what there was: only a rule set can do that. */
const halved = {
  stats: SOULS_DEFINITION.stats.map(stat =>
    stat.key === 'damage' ? { ...stat, formula: 'sum(damage) / 2' } : stat,
  ),
};

describe('what a release makes of a build', () => {
  it('is told by stat, item and rule, and in short, beside what was pinned', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring, band } = game.items;
    const { id, buildId } = await givenBuild(graph, by, game, {
      items: put(greatSword, ring, band),
    });
    assert.deepEqual(await seen(graph, id, PATCH), {
      ...{ dataVersion: 1, needsReview: false, patch: null },
    });
    const heavier = { ...greatSword, attributes: { damage: 100, weight: 60 } };
    await release(game, 2, [heavier, { ...ring, isRemoved: true }], halved);
    await settled(graph);
    const { patch, ...rest } = await seen(graph, id, PATCH);
    assert.deepEqual(rest, { dataVersion: 1, needsReview: true });
    assert.deepEqual([patch.fromVersion, patch.toVersion], [1, 2]);
    assert.equal(
      patch.summary,
      '+365.4 % Burden, +365.4 % Weight, 1 more stat, 1 item removed, 1 item changed, 2 rules broken',
    );
    assert.deepEqual(patch.stats[0], {
      ...{ key: 'damage', unit: null, before: 105, after: 50, change: -55 },
      relativeChange: -55 / 105,
    });
    assert.deepEqual(
      patch.items.map(({ name, isRemoved, attributes }: Answer['data']) => [
        ...[name, isRemoved, attributes],
      ]),
      [
        [
          ...['Great Sword', false],
          [{ key: 'weight', name: 'Weight', unit: 'kg', before: 12, after: 60 }],
        ],
        ['Ring', true, []],
      ],
    );
    assert.deepEqual(patch.newViolations, [
      { rule: 'slot.ring', placement: 1 },
      { rule: 'equip-load', placement: null },
    ]);
    const { stats, revisions } = await seen(
      graph,
      id,
      'stats { value } revisions { edges { node { stats { value } } } }',
    );
    assert.deepEqual([stats[0].value, revisions.edges[0].node.stats[0].value], [50, 105]);
    const told = (await graph.events(buildId)).slice(1).map(({ data }) => data.patchVersion);
    assert.equal(told.at(-1), 2);
  });

  it('concerns all builds of the game when its rules are others, and none when nothing is', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring } = game.items;
    const armed = await givenBuild(graph, by, game, { items: put(greatSword) });
    const bare = await givenBuild(graph, by, game, { items: [] });
    await release(game, 2, [], halved);
    await settled(graph);
    assert.equal((await seen(graph, armed.id, PATCH)).patch.summary, '-50.0 % Damage');
    assert.equal((await seen(graph, bare.id, PATCH)).patch, null);
    await release(game, 3, [{ ...ring, attributes: {} }], halved);
    await settled(graph);
    const { patch } = await seen(graph, armed.id, PATCH);
    assert.deepEqual([patch.toVersion, patch.summary], [3, '-50.0 % Damage']);
    const events = await graph.events(armed.buildId);
    assert.deepEqual(
      events.map(({ data }) => data.patchVersion),
      [null, 2],
      'version 3 did nothing to it',
    );
    assert.equal((await graph.events(bare.buildId)).length, 1);
    await release(game, 4, []);
    await settled(graph);
    assert.equal((await seen(graph, armed.id, PATCH)).patch, null, 'it is as it was saved');
    assert.equal((await graph.events(armed.buildId)).at(-1)!.data.needsReview, false);
  });

  it('waits for the data that an item was released with', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id, buildId } = await givenBuild(graph, by, game);
    const weaker = { ...game.items.greatSword, attributes: { damage: 90, weight: 12 } };
    await graph.deliver(itemChanged({ ...weaker, dataVersion: 2 }));
    const job = reviewJob(new GameDataVersions());
    await job.run(graph.em(), new Date());
    assert.equal((await graph.events(buildId)).length, 1);
    await graph.deliver(gameDataReleased(dataState(game.gameId, { version: 2 })));
    await settled(graph);
    assert.equal((await seen(graph, id, PATCH)).patch.summary, '-10.0 % Damage, 1 item changed');
  });

  it('is what builds are looked up by, and its author lists the builds that it concerns', async () => {
    const [author, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, anvil } = game.items;
    const { id } = await givenBuild(graph, author.by, game, { visibility: 'PRIVATE' });
    await givenBuild(graph, author.by, game, { items: put(anvil) });
    await givenBuild(graph, author.by, game, { items: put(greatSword) });
    await release(game, 2, [{ ...greatSword, attributes: { damage: 1, weight: 12 } }]);
    await settled(graph);
    const LIST = `{ builds(filter: { needsReview: true }) { totalCount edges { node { id } } } }`;
    const [own] = await graph.entities('User', [author.id], LIST, author.by);
    assert.equal(own.builds.totalCount, 2);
    assert.ok(own.builds.edges.some(({ node }: Answer['data']) => node.id === id));
    const [foreign] = await graph.entities('User', [author.id], LIST);
    assert.equal(foreign.builds.totalCount, 1, 'the public one');
    const WEAK = `query ($id: ID!) { builds(filter: { gameId: $id, stats: [{ stat: "damage", max: 1 }] }) {
      totalCount } }`;
    assert.equal((await graph.data(WEAK, { id: game.id })).builds.totalCount, 1);
  });

  it('is worked out once for each build, by however many processes, and goes on where one ended', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { buildId } = await givenBuild(graph, by, game);
    await query(
      graph.em(),
      sql`WITH copies AS (
            INSERT INTO build
            SELECT (jsonb_populate_record(b, jsonb_build_object(
              'id', gen_random_uuid(), 'share_code', 'twin' || n))).*
            FROM build AS b, generate_series(1, 600) AS n WHERE b.id = ${buildId} RETURNING id)
          INSERT INTO build_revision
          SELECT (jsonb_populate_record(r, jsonb_build_object(
            'id', gen_random_uuid(), 'build_id', copies.id))).*
          FROM build_revision AS r, copies WHERE r.build_id = ${buildId}`,
    );
    await release(game, 2, [], halved);
    // Beside the job of the subgraph, which has a lock that keeps others out: one more would do no harm.
    const job = reviewJob(new GameDataVersions());
    await Promise.all([1, 2].map(() => job.run(graph.em(), new Date())));
    await settled(graph);
    const told = (await graph.events()).filter(
      ({ data }) => data.gameId === game.gameId && data.patchVersion === 2,
    );
    assert.equal(told.length, 601);
    assert.equal(new Set(told.map(({ data }) => data.id)).size, 601);
    // Whatever a process had taken and not finished is in the queue again.
    await query(
      graph.em(),
      sql`UPDATE build SET patch_digest = 'unfinished' WHERE id = ${buildId}`,
    );
    await query(graph.em(), sql`INSERT INTO review_queue VALUES (${buildId})`);
    await until('it is done', async () => {
      const again = (await graph.events(buildId)).filter(({ data }) => data.patchVersion === 2);
      return again.length === 2;
    });
  });

  it('spares the author of a fork what was so already', async () => {
    const [author, other, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const { id } = await givenBuild(graph, author.by, game);
    await release(game, 2, [], halved);
    await settled(graph);
    const FORK = `mutation ($id: ID!) { forkBuild(id: $id, name: "Fork") {
      ... on Build { id needsReview patch { summary } } } }`;
    const { forkBuild } = await graph.data(FORK, { id }, other.by);
    assert.deepEqual(forkBuild.patch, { summary: '-50.0 % Damage' });
    assert.equal(forkBuild.needsReview, true);
  });
});

describe('accepting a patch', () => {
  it('pins the build to the newest data, as the next revision', async () => {
    const [author, other, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const { id } = await givenBuild(graph, author.by, game);
    await release(game, 2, [], halved);
    await settled(graph);
    const accept = { id, revision: 1 };
    assert.equal(await graph.code(ACCEPT, accept, other.by), 'FORBIDDEN');
    assert.equal(await graph.code(ACCEPT, { id, revision: 2 }, author.by), 'CONFLICT');
    const { acceptBuildPatch } = await graph.data(ACCEPT, accept, author.by);
    assert.deepEqual(acceptBuildPatch, {
      ...{ __typename: 'Build', revision: 2, dataVersion: 2, needsReview: false, patch: null },
    });
  });

  it('leaves out what was removed, and says so', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring } = game.items;
    const { id } = await givenBuild(graph, by, game, { items: put(ring, greatSword) });
    await release(game, 2, [{ ...ring, isRemoved: true }]);
    const { acceptBuildPatch } = await graph.data(ACCEPT, { id, revision: 1 }, by);
    assert.deepEqual(acceptBuildPatch, {
      ...{ __typename: 'BuildInPart', leftOut: [{ path: 'items[0].item' }] },
      build: { revision: 2, items: [{ name: 'Great Sword' }], patch: null },
    });
  });
});
