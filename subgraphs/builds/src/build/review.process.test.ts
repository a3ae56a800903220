import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  gameCreated,
  gameDataReleased,
  gamePublished,
  itemChanged,
  type ItemState,
  userCreated,
} from '@gamegraph/event-contracts';
import { globalId, query } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { builds } from '../subgraph.js';
import {
  dataState,
  gameState,
  givenBuild,
  givenGame,
  type GivenGame,
  givenUser,
  itemState,
  put,
  seen,
  settled,
  userState,
} from '../testing.js';

const SAVE = `mutation ($input: SaveBuildInput!) { saveBuild(input: $input) {
  __typename ... on Build { needsReview isOutdated dataVersion } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

const weaker = (game: GivenGame) => ({
  ...game.items.greatSword,
  ...{ dataVersion: 2, attributes: { damage: 90, weight: 12 } },
});
/** A release of the game's data that changes these items. */
const release = (game: GivenGame, ...items: ItemState[]) =>
  graph.deliver(
    gameDataReleased(dataState(game.gameId, { version: items[0]!.dataVersion })),
    ...items.map(one => itemChanged(one)),
  );
const needsReview = async (id: string) => (await seen(graph, id, 'needsReview')).needsReview;

describe('a patch of an item', () => {
  it('flags the builds that use it, and shows the new value beside the pinned one', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, anvil, ring } = game.items;
    const patched = await givenBuild(graph, by, game, { items: put(greatSword, ring) });
    const untouched = await givenBuild(graph, by, game, { items: put(anvil) });
    const began = Date.now();
    await release(game, weaker(game));
    await until('it is flagged', () => needsReview(patched.id));
    assert.ok(Date.now() - began < 1_000, 'within a second');
    assert.equal(await needsReview(untouched.id), false);
    const { stats, revisions, items } = await seen(
      graph,
      patched.id,
      `stats { value } revisions { edges { node { stats { value } } } }
       items { attributes { key value pinnedValue isChanged } }`,
    );
    assert.deepEqual(items[0].attributes, [
      { key: 'damage', value: 90, pinnedValue: 100, isChanged: true },
      { key: 'weight', value: 12, pinnedValue: 12, isChanged: false },
    ]);
    assert.deepEqual([stats[0].value, revisions.edges[0].node.stats[0].value], [95, 105]);
    const { type, data } = (await graph.events(patched.buildId)).at(-1)!;
    assert.deepEqual([type, data.needsReview], ['builds.build.updated.v1', true]);
  });

  it('is settled by saving, which pins the build to the newest data', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, by, game);
    await graph.deliver(
      itemChanged(weaker(game)),
      gameDataReleased(dataState(game.gameId, { version: 2 })),
    );
    await until('it is flagged', () => needsReview(id));
    assert.deepEqual(await seen(graph, id, 'isOutdated dataVersion'), {
      ...{ isOutdated: true, dataVersion: 1 },
    });
    const { saveBuild } = await graph.data(SAVE, { input: { id, expectedRevision: 1 } }, by);
    assert.deepEqual(saveBuild, {
      ...{ __typename: 'Build', needsReview: false, isOutdated: false, dataVersion: 2 },
    });
    const { items } = await seen(graph, id, 'items { attributes { pinnedValue isChanged } }');
    assert.deepEqual(items[0].attributes[0], { pinnedValue: 90, isChanged: false });
  });

  it('flags the builds that use what it removed, which counts for nothing then', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, by, game);
    await graph.deliver(itemChanged({ ...game.items.greatSword, isRemoved: true }));
    await until('it is flagged', () => needsReview(id));
    const { items, stats, violations } = await seen(
      graph,
      id,
      'items { name isRemoved } stats { value } violations { message }',
    );
    assert.deepEqual(items, [{ name: 'Great Sword', isRemoved: true }]);
    assert.equal(stats[0].value, 0);
    assert.deepEqual(
      violations.map(({ message }: Answer['data']) => message),
      ['Great Sword is not in the game any more.', 'Weapon is empty.'],
    );
  });

  it('does not flag for another name or icon, nor what only an older revision used', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring } = game.items;
    const { id } = await givenBuild(graph, by, game, { items: put(greatSword, ring) });
    await graph.deliver(itemChanged({ ...ring, name: 'Circle', iconUrl: 'https://example.org/i' }));
    await settled(graph);
    assert.equal(await needsReview(id), false);
    const { items } = await seen(graph, id, 'items { name }');
    assert.deepEqual(items[1], { name: 'Circle' });
    const input = { id, expectedRevision: 1, items: put(ring) };
    await graph.data(SAVE, { input }, by);
    await release(game, weaker(game));
    await settled(graph);
    assert.equal(await needsReview(id), false);
  });

  it('is forgotten when the next one takes it back', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, by, game);
    await release(game, weaker(game));
    await until('it is flagged', () => needsReview(id));
    await release(game, { ...game.items.greatSword, dataVersion: 3 });
    await until('it is not any more', async () => !(await needsReview(id)));
  });

  it('reaches hundreds of builds, each of them once', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { buildId } = await givenBuild(graph, by, game);
    await query(
      graph.em(),
      sql`WITH copies AS (
            INSERT INTO build
            SELECT (jsonb_populate_record(b, jsonb_build_object(
              'id', gen_random_uuid(), 'share_code', 'copy' || n))).*
            FROM build AS b, generate_series(1, 450) AS n WHERE b.id = ${buildId} RETURNING id)
          INSERT INTO build_revision
          SELECT (jsonb_populate_record(r, jsonb_build_object(
            'id', gen_random_uuid(), 'build_id', copies.id))).*
          FROM build_revision AS r, copies WHERE r.build_id = ${buildId}`,
    );
    await release(game, weaker(game));
    await settled(graph);
    const COUNT = `query ($id: ID!) { builds(filter: { gameId: $id, needsReview: true }) { totalCount } }`;
    assert.equal((await graph.data(COUNT, { id: game.id })).builds.totalCount, 451);
    const flagged = (await graph.events()).filter(
      ({ data }) => data.gameId === game.gameId && data.needsReview,
    );
    assert.equal(flagged.length, 451);
    assert.equal(new Set(flagged.map(({ data }) => data.id)).size, 451);
  });

  it('finds the build that somebody is saving with the item as it was', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring } = game.items;
    const { id, buildId } = await givenBuild(graph, by, game, { items: put(ring) });
    await settled(graph);
    // Somebody else's second revision, not yet committed: the viewer's waits for it, and has read the item by then.
    const other = graph.em();
    await other.begin();
    await query(
      other,
      sql`INSERT INTO build_revision
          SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number', 2))).*
          FROM build_revision AS r WHERE build_id = ${buildId}`,
    );
    const input = { id, expectedRevision: 1, items: put(greatSword) };
    const saving = graph.data(SAVE, { input }, by);
    await until('it waits', async () => {
      const waiting = sql`SELECT 1 FROM pg_stat_activity
                          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await query(graph.em(), waiting)).length > 0;
    });
    const patching = release(game, weaker(game));
    await sleep(500); // a review that could miss the build would be over
    await other.rollback();
    assert.equal((await saving).saveBuild.needsReview, false);
    await patching;
    await until('it is flagged', () => needsReview(id));
  });

  it('tells the truth of builds that are made while it happens', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const made = Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        await sleep(n * 5);
        return givenBuild(graph, by, game);
      }),
    );
    for (let damage = 1; damage <= 6; damage++) {
      const attributes = { damage, weight: 12 };
      await release(game, { ...weaker(game), dataVersion: 1 + damage, attributes });
    }
    const ids = (await made).map(({ id }) => id);
    await settled(graph);
    const fields = '{ needsReview items { attributes { isChanged } } }';
    const found = await graph.entities('Build', ids, fields);
    for (const build of found) {
      assert.equal(build.needsReview, build.items[0].attributes[0].isChanged);
    }
    assert.ok(
      found.some(build => build.needsReview),
      'some were made before the last patch',
    );
  });
});

describe('events in whatever order', () => {
  it('come to the same: items, data, the game and its author', async () => {
    const orders = [
      ['author', 'game', 'data 1', 'item', 'data 2', 'patch'],
      ['item', 'patch', 'data 2', 'data 1', 'game', 'author'],
      ['data 2', 'item', 'game', 'patch', 'author', 'data 1'],
    ];
    const outcomes: unknown[] = [];
    for (const order of orders) {
      const author = userState({ handle: 'any' });
      const game = gameState({ title: 'Any order' });
      const greatSword = itemState(game.id, 'great-sword', {
        ...{ slots: ['weapon'], attributes: { damage: 100, weight: 12 } },
      });
      const events: Record<string, Parameters<TestSubgraph['deliver']>[0]> = {
        author: userCreated(author),
        game: gamePublished(game),
        'data 1': gameDataReleased(dataState(game.id)),
        'data 2': gameDataReleased(dataState(game.id, { version: 2 })),
        item: itemChanged(greatSword),
        patch: itemChanged({ ...greatSword, attributes: { damage: 90, weight: 12 } }),
      };
      for (const name of order) await graph.deliver(events[name]!);
      await settled(graph);
      const { id } = await givenBuild(
        graph,
        { userId: author.id },
        { id: globalId('Game', game.id), items: { greatSword } },
      );
      const fields =
        'gameTitle authorHandle dataVersion isOutdated needsReview stats { value } items { name }';
      outcomes.push(await seen(graph, id, fields));
    }
    assert.equal((outcomes[0] as Answer['data']).stats[0].value, 90);
    assert.deepEqual(outcomes[1], outcomes[0]);
    assert.deepEqual(outcomes[2], outcomes[0]);
  });

  it('flags a build whether the patch or the data of its version is told first', async () => {
    for (const patchFirst of [true, false]) {
      const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
      const { id } = await givenBuild(graph, by, game);
      const both = [
        itemChanged(weaker(game)),
        gameDataReleased(dataState(game.gameId, { version: 2 })),
        gameCreated({ ...game.state, dataVersion: 2 }),
      ];
      for (const event of patchFirst ? both : both.toReversed()) await graph.deliver(event);
      await settled(graph);
      assert.deepEqual(await seen(graph, id, 'needsReview isOutdated'), {
        ...{ needsReview: true, isOutdated: true },
      });
    }
  });

  it('waits with a review until the item has arrived here', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, by, game);
    const { id: itemId } = game.items.greatSword;
    await settled(graph);
    await query(
      graph.em(),
      sql`INSERT INTO review_task (item_id, item_version, data_version)
          VALUES (${itemId}, 2, 1)`,
    );
    await sleep(300); // the job has looked at it by then
    const waiting = await query(
      graph.em(),
      sql`SELECT 1 FROM review_task WHERE item_id = ${itemId}`,
    );
    assert.equal(waiting.length, 1);
    await query(
      graph.em(),
      sql`UPDATE item_copy SET source_version = 2, attributes = '{"damage": 1}' WHERE id = ${itemId}`,
    );
    await until('it is flagged', () => needsReview(id));
    await settled(graph);
  });
});
