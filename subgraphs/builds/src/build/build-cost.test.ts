import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameDataReleased, gamePublished, itemChanged } from '@gamegraph/event-contracts';
import { globalId, query } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { sql } from 'kysely';
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
  SOULS_DEFINITION,
} from '../testing.js';
import { conditionsOf, IS_PUBLIC } from './build.list.js';

const RULES = {
  ...SOULS_DEFINITION,
  cost: 'price',
  attributes: [
    ...SOULS_DEFINITION.attributes,
    {
      ...{ key: 'price', name: 'Price', type: 'DECIMAL' as const, unit: 'souls', defaultValue: 1 },
      ...{ min: 0, max: null, values: [], isRequired: false },
    },
  ],
};

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

/** A Great Sword for 10.1, a Ring for 5.2, a Band for the default of 1. */
async function givenShop() {
  const state = gameState();
  const item = (key: string, slot: string, attributes: object) =>
    itemState(state.id, key, { slots: [slot], attributes: { ...attributes } });
  const items = {
    greatSword: item('great-sword', 'weapon', { damage: 100, weight: 12, price: 10.1 }),
    ring: item('ring', 'ring', { damage: 5, price: 5.2 }),
    band: item('band', 'ring', {}),
  };
  await graph.deliver(
    gamePublished(state),
    gameDataReleased(dataState(state.id, RULES)),
    ...Object.values(items).map(one => itemChanged(one)),
  );
  return { id: globalId('Game', state.id), gameId: state.id, items };
}

describe('what builds cost', () => {
  it('is the sum of their items, told beside each other', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenShop()];
    const { greatSword, ring, band } = game.items;
    const dear = await givenBuild(graph, by, game, { items: put(greatSword, ring, ring) });
    const cheap = await givenBuild(graph, by, game, {
      ...{ items: put(greatSword, band), parameters: [{ key: 'endurance', value: 20 }] },
    });
    assert.deepEqual(await seen(graph, dear.id, 'cost { key unit value } items { cost }'), {
      ...{ cost: { key: 'price', unit: 'souls', value: 20.5 } },
      items: [{ cost: 10.1 }, { cost: 5.2 }, { cost: 5.2 }],
    });
    const COMPARE = `query ($ids: [ID!]!) { compareBuilds(ids: $ids) {
      cost { key values differences } stats { key differences }
      items { slot costs } parameters { key choices { value } } } }`;
    const { compareBuilds } = await graph.data(COMPARE, { ids: [dear.id, cheap.id] });
    const cost = { key: 'price', values: [20.5, 11.1], differences: [0, -9.4] };
    assert.deepEqual(compareBuilds.cost, cost);
    assert.deepEqual(compareBuilds.stats[0], { key: 'damage', differences: [0, -10] });
    assert.deepEqual(compareBuilds.items, [{ slot: 'ring', costs: [10.4, 1] }]);
    assert.deepEqual(compareBuilds.parameters, [
      { key: 'endurance', choices: [{ value: 10 }, { value: 20 }] },
    ]);
  });

  it('is nothing where the game says of nothing what it costs', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const [one, other] = [await givenBuild(graph, by, game), await givenBuild(graph, by, game)];
    assert.deepEqual(await seen(graph, one.id, 'cost { value } items { cost }'), {
      ...{ cost: null, items: [{ cost: null }] },
    });
    const COMPARE = 'query ($ids: [ID!]!) { compareBuilds(ids: $ids) { cost { values } } }';
    const { compareBuilds } = await graph.data(COMPARE, { ids: [one.id, other.id] });
    assert.equal(compareBuilds.cost, null);
  });
});

describe('looking builds up by what they use, come to and cost', () => {
  it('finds those of which all holds, by their newest revision', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenShop()];
    const { greatSword, ring, band } = game.items;
    const dear = await givenBuild(graph, by, game, { items: put(greatSword, ring, ring) });
    await givenBuild(graph, by, game, { name: 'Cheap', items: put(greatSword, band) });
    await givenBuild(graph, by, game, { name: 'Ring', items: put(ring) });
    const LIST = `query ($filter: BuildFilter) { builds(filter: $filter, sort: NAME) {
      edges { node { name } } } }`;
    const found = async (filter: object) =>
      (await graph.data(LIST, { filter: { gameId: game.id, ...filter } })).builds.edges.map(
        ({ node }: Answer['data']) => node.name,
      );
    const itemIds = [globalId('Item', greatSword.id)];
    const damage = (min: number) => [{ stat: 'damage', min }];
    assert.deepEqual(await found({ itemIds, stats: damage(100), cost: { max: 20 } }), ['Cheap']);
    assert.deepEqual(await found({ itemIds, stats: damage(101) }), ['Build']);
    assert.deepEqual(await found({ cost: { min: 5.2, max: 11.1 } }), ['Cheap', 'Ring']);
    assert.deepEqual(await found({ stats: [{ stat: 'damage', min: 5, max: 5 }] }), ['Ring']);
    const SAVE = `mutation ($input: SaveBuildInput!) { saveBuild(input: $input) { __typename } }`;
    await graph.data(
      SAVE,
      { input: { id: dear.id, expectedRevision: 1, items: put(greatSword) } },
      by,
    );
    assert.deepEqual(await found({ cost: { min: 10.1, max: 10.1 } }), ['Build']);
    assert.deepEqual(await found({ stats: damage(101) }), []);
    const LIKE = 'query { builds(filter: { cost: { max: 1 } }) { totalCount } }';
    assert.equal(await graph.code(LIKE), 'BAD_USER_INPUT', 'of which game?');
  });

  it('reads none of 100,000 builds that it does not need', { timeout: 120_000 }, async () => {
    const { id, gameId, items } = await givenShop();
    await query(
      graph.em(),
      sql`WITH made AS (
          INSERT INTO build (id, author_id, game_id, name, visibility, revision, data_version, needs_review, item_ids,
            likes_count, share_code, published_at, created_at, updated_at, cost)
          SELECT gen_random_uuid(), gen_random_uuid(), ${gameId}, 'Build ' || n, 'PUBLIC', 1, 1, false,
            CASE WHEN n % 100 = 0 THEN ARRAY[${items.ring.id}::uuid] ELSE ARRAY[${items.band.id}::uuid] END,
            n % 1000, 'm' || n, now(), now(), now(), n % 977
          FROM generate_series(1, 100000) AS n RETURNING id, game_id, likes_count)
        INSERT INTO build_stat SELECT id, game_id, stat, likes_count % 997
        FROM made, unnest(ARRAY['damage', 'weight']) AS stat`,
    );
    await query(graph.em(), sql`ANALYZE build, build_stat`);
    const itemIds = [globalId('Item', items.ring.id)];
    const stats = [{ stat: 'damage', min: 900 }];
    const cost = { max: 20 };
    for (const filter of [
      { itemIds, stats, cost },
      { stats, cost },
      { stats },
      { cost },
      { stats: [{ stat: 'damage', min: 5_000 }] },
    ]) {
      const where = sql.join([IS_PUBLIC, ...conditionsOf({ gameId: id, ...filter })], sql` AND `);
      const plan = await query<{ 'QUERY PLAN': string }>(
        graph.em(),
        sql`EXPLAIN SELECT e.id FROM build AS e WHERE ${where} ORDER BY e.likes_count DESC, e.id LIMIT 20`,
      );
      const lines = plan.map(row => row['QUERY PLAN']).join('\n');
      assert.doesNotMatch(lines, /Seq Scan/, lines);
    }
  });
});
