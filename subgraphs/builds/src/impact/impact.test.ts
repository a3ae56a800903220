import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  gameDataProposalForgotten,
  gameDataProposed,
  gameDataReleased,
  itemChanged,
  type ItemState,
  proposedItemsTold,
  studioChanged,
  studioFounded,
} from '@gamegraph/event-contracts';
import { globalId, query } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { GameDataVersions } from '../game-data/game-data-versions.js';
import { builds } from '../subgraph.js';
import {
  dataState,
  givenBuild,
  givenGame,
  type GivenGame,
  givenUser,
  put,
  SOULS_DEFINITION,
} from '../testing.js';
import { impactJob } from './impact.process.js';

const IMPACT = `{ impact { isComplete buildsCount buildsDone
  counts { visibility buildsCount brokenCount shiftedCount }
  stats { key buildsCount withoutValueCount least greatest mean distribution { from to buildsCount } }
  items { name isRemoved buildsCount } byRulesAloneCount rules { rule message buildsCount }
  mostAffected { build { name } summary change } broken { build { name } violations { rule } } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

/** A studio of which somebody may edit games, and somebody may not. */
async function givenStudio() {
  const [editor, other] = [await givenUser(graph), await givenUser(graph)];
  const members = [
    { userId: editor.userId, permissions: ['EDIT_GAMES' as const] },
    { userId: other.userId, permissions: ['EDIT_PRICES' as const] },
  ];
  const state = { id: uuidv7(), name: 'Studio', handle: `studio-${uuidv7()}`, members };
  await graph.deliver(studioFounded(state));
  return { state, studioId: state.id, editor, other };
}

type Definition = typeof SOULS_DEFINITION;

/** What a studio proposes: its items in parts of one each. */
function proposal(
  game: GivenGame,
  studioId: string,
  items: ItemState[],
  rules: Partial<Definition>,
) {
  const id = uuidv7();
  const proposed = gameDataProposed({
    ...{ id, gameId: game.gameId, studioId, partsCount: items.length },
    ...SOULS_DEFINITION,
    ...rules,
  });
  const parts = items.map(item =>
    proposedItemsTold({ id: uuidv7(), proposalId: id, items: [item] }),
  );
  return { id: globalId('GameDataProposal', id), proposalId: id, proposed, parts };
}

const impactOf = async (id: string, by: object) =>
  (await graph.entities('GameDataProposal', [id], IMPACT, by))[0].impact;
const complete = (id: string, by: object) =>
  until('it is complete', async () => {
    const impact = await impactOf(id, by);
    return impact?.isComplete ? impact : null;
  });
const halved = {
  stats: SOULS_DEFINITION.stats.map(stat =>
    stat.key === 'damage' ? { ...stat, formula: 'sum(damage) / 2' } : stat,
  ),
};

describe('what releasing a proposal would do', () => {
  it('is counted over all builds, and names public ones alone', async () => {
    const [author, game, { studioId, editor }] = [
      await givenUser(graph),
      await givenGame(graph),
      await givenStudio(),
    ];
    const { greatSword, anvil, ring, band } = game.items;
    const make = (name: string, visibility: string, ...items: ItemState[]) =>
      givenBuild(graph, author.by, game, { name, visibility, items: put(...items) });
    await make('Sword', 'PUBLIC', greatSword);
    await make('Both', 'PUBLIC', greatSword, ring);
    await make('Band', 'PUBLIC', band, band);
    await make('Unlisted', 'UNLISTED', greatSword, ring);
    await make('Secret', 'PRIVATE', greatSword);
    await make('Anvil', 'PRIVATE', anvil);
    const heavy = { ...greatSword, attributes: { damage: 100, weight: 60 } };
    const { id, proposed, parts } = proposal(
      game,
      studioId,
      [heavy, { ...ring, isRemoved: true }],
      {},
    );
    await graph.deliver(...parts, proposed);
    const impact = await complete(id, editor.by);
    assert.deepEqual([impact.buildsCount, impact.buildsDone], [4, 4], 'those that use these items');
    assert.deepEqual(impact.counts, [
      { visibility: 'PUBLIC', buildsCount: 2, brokenCount: 2, shiftedCount: 2 },
      { visibility: 'UNLISTED', buildsCount: 1, brokenCount: 1, shiftedCount: 1 },
      { visibility: 'PRIVATE', buildsCount: 1, brokenCount: 1, shiftedCount: 1 },
    ]);
    assert.deepEqual(impact.items, [
      { name: 'Great Sword', isRemoved: false, buildsCount: 4 },
      { name: 'Ring', isRemoved: true, buildsCount: 2 },
    ]);
    assert.equal(impact.byRulesAloneCount, 0);
    assert.deepEqual(impact.rules, [
      { rule: 'equip-load', message: 'You cannot carry that much.', buildsCount: 4 },
      { rule: 'slot.ring', message: 'Ring is not in the game any more.', buildsCount: 2 },
    ]);
    const damage = impact.stats.find(({ key }: Answer['data']) => key === 'damage');
    assert.deepEqual(damage, {
      ...{ key: 'damage', buildsCount: 2, withoutValueCount: 0 },
      ...{ least: -5 / 105, greatest: -5 / 105, mean: -5 / 105 },
      distribution: [{ from: -0.05, to: -0.01, buildsCount: 2 }],
    });
    assert.deepEqual(
      impact.mostAffected.map(({ build, change }: Answer['data']) => [build.name, change]),
      [
        ['Sword', 4],
        ['Both', (60 - 12.5) / 12.5],
      ],
    );
    assert.match(
      impact.mostAffected[0].summary,
      /^\+400\.0 % Burden, \+400\.0 % Weight, 1 item changed/,
    );
    assert.deepEqual(
      impact.broken
        .map(({ build, violations }: Answer['data']) => [
          build.name,
          violations.map(({ rule }: Answer['data']) => rule),
        ])
        .toSorted(),
      [
        ['Both', ['slot.ring', 'equip-load']],
        ['Sword', ['equip-load']],
      ],
    );
    assert.ok(!JSON.stringify(impact).match(/Secret|Unlisted/));
  });

  it('is of all builds where rules would be others', async () => {
    const [author, game, { studioId, editor }] = [
      await givenUser(graph),
      await givenGame(graph),
      await givenStudio(),
    ];
    await givenBuild(graph, author.by, game);
    await givenBuild(graph, author.by, game, { items: [] });
    const { id, proposed } = proposal(game, studioId, [], halved);
    await graph.deliver(proposed);
    const impact = await complete(id, editor.by);
    assert.deepEqual([impact.buildsCount, impact.byRulesAloneCount], [2, 1]);
    assert.deepEqual(
      impact.mostAffected.map(({ summary }: Answer['data']) => summary),
      ['-50.0 % Damage'],
    );
    const ofDamage = impact.stats[0];
    assert.deepEqual(ofDamage.distribution, [{ from: -0.5, to: -0.2, buildsCount: 1 }]);
  });

  it('is told to those who may edit the games of the studio', async () => {
    const [game, { state, studioId, editor, other }] = [
      await givenGame(graph),
      await givenStudio(),
    ];
    const { id, proposed } = proposal(game, studioId, [], halved);
    await graph.deliver(proposed);
    await complete(id, editor.by);
    for (const by of [{}, other.by, { userId: uuidv7() }])
      assert.equal(await impactOf(id, by), null);
    assert.ok(await impactOf(id, { userId: uuidv7(), permissions: ['games:moderate'] }));
    await graph.deliver(studioChanged({ ...state, members: [] }));
    assert.equal(await impactOf(id, editor.by), null);
  });

  it('waits for all parts of it, and is told as it is worked out', async () => {
    const [author, game, { studioId, editor, other }] = [
      await givenUser(graph),
      await givenGame(graph),
      await givenStudio(),
    ];
    const { buildId } = await givenBuild(graph, author.by, game);
    await query(
      graph.em(),
      sql`WITH copies AS (
            INSERT INTO build
            SELECT (jsonb_populate_record(b, jsonb_build_object(
              'id', gen_random_uuid(), 'share_code', 'impact' || n))).*
            FROM build AS b, generate_series(1, 349) AS n WHERE b.id = ${buildId} RETURNING id)
          INSERT INTO build_revision
          SELECT (jsonb_populate_record(r, jsonb_build_object(
            'id', gen_random_uuid(), 'build_id', copies.id))).*
          FROM build_revision AS r, copies WHERE r.build_id = ${buildId}`,
    );
    const weaker = { ...game.items.greatSword, attributes: { damage: 80, weight: 12 } };
    const { id, proposed, parts } = proposal(game, studioId, [weaker], {});
    await graph.deliver(proposed);
    const job = impactJob(new GameDataVersions());
    await job.run(graph.em(), new Date());
    assert.equal(await impactOf(id, editor.by), null);
    const WATCH = `subscription ($id: ID!) { impactProgressed(proposalId: $id) { isComplete buildsDone buildsCount } }`;
    const refused = graph.subscribe(WATCH, { id }, other.by);
    await until('it is refused', () => refused.results.length > 0);
    assert.equal(refused.results[0]!.errors![0]!.extensions!.code, 'NOT_FOUND');
    await graph.deliver(...parts);
    // Several at once do each step once.
    await Promise.all([1, 2].map(() => job.run(graph.em(), new Date())));
    const impact = await complete(id, editor.by);
    assert.deepEqual([impact.buildsCount, impact.buildsDone], [350, 350]);
    assert.equal(impact.counts[0].shiftedCount, 350);
    assert.equal(impact.mostAffected.length, 50);
    const watching = graph.subscribe(WATCH, { id }, editor.by);
    await until('it is told', () => watching.results.length > 0);
    assert.deepEqual(watching.results[0]!.data.impactProgressed, {
      ...{ isComplete: true, buildsDone: 350, buildsCount: 350 },
    });
    watching.stop();
  });

  it('begins anew when data is released meanwhile, and is forgotten with its proposal', async () => {
    const [author, game, { studioId, editor }] = [
      await givenUser(graph),
      await givenGame(graph),
      await givenStudio(),
    ];
    const { greatSword } = game.items;
    await givenBuild(graph, author.by, game);
    const { id, proposalId, proposed } = proposal(game, studioId, [], halved);
    await graph.deliver(proposed);
    await complete(id, editor.by);
    await graph.deliver(
      gameDataReleased(dataState(game.gameId, { version: 2 })),
      itemChanged({ ...greatSword, dataVersion: 2, attributes: { damage: 10, weight: 12 } }),
    );
    // As one that had not come to its end.
    await query(
      graph.em(),
      sql`UPDATE impact_report SET finished_at = NULL, builds_done = 0 WHERE proposal_id = ${proposalId}`,
    );
    const impact = await complete(id, editor.by);
    assert.deepEqual([impact.buildsDone, impact.counts[0].buildsCount], [1, 1]);
    await graph.deliver(gameDataProposalForgotten({ id: proposalId }));
    await until('it is forgotten', async () => {
      const rows = sql`SELECT 1 FROM impact_report WHERE proposal_id = ${proposalId}`;
      return (await query(graph.em(), rows)).length === 0;
    });
  });
});
