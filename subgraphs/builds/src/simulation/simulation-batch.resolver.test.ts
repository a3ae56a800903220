import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ItemState } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import {
  type Answer,
  type Asking,
  type TestSubgraph,
  testSubgraph,
} from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { builds } from '../subgraph.js';
import { givenBuild, givenUser } from '../testing.js';
import { givenGameWithFights } from './testing.js';

const FIELDS = `id state problem contestants leftOut finished fight rankBy seed iterations precision dataVersion
  results { rank build { id } items { slot position item { id } } fought isPerhapsBest problem
    measures { key mean low high quantiles { part } } }`;
const SIMULATE = `mutation ($input: SimulateBuildsInput!) { simulateBuilds(input: $input) { ${FIELDS} } }`;
const BATCH = `query ($id: ID!) { simulationBatch(id: $id) { ${FIELDS} } }`;
const PROGRESS = `subscription ($id: ID!) { simulationBatchProgress(id: $id) { state finished contestants } }`;
const CANCEL = `mutation ($id: ID!) { cancelComputation(id: $id) { __typename state } }`;
const RESUME = `mutation ($id: ID!) { resumeComputation(id: $id) { state } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

const itemId = ({ id }: ItemState) => globalId('Item', id);

async function given() {
  const { by } = await givenUser(graph);
  const game = await givenGameWithFights(graph);
  return { by, game, build: await givenBuild(graph, by, game) };
}

async function simulate(by: Asking, input: object): Promise<Answer['data']> {
  return (await graph.data(SIMULATE, { input }, by)).simulateBuilds;
}

async function ended(id: string): Promise<Answer['data']> {
  const seen = async () => (await graph.data(BATCH, { id })).simulationBatch;
  await until('it has ended', async () => ['DONE', 'FAILED'].includes((await seen()).state));
  return seen();
}

type Result = { items: { item: { id: string } }[]; measures: { mean: number }[]; rank: number };
const meanOf = ({ measures }: Result) => measures[0]!.mean;

describe('simulating a batch of builds', () => {
  it('tries all combinations of items, and ranks them', async () => {
    const { by, game, build } = await given();
    const { greatSword, axe, ring, band } = game.items;
    const choices = [
      { slot: 'weapon', itemIds: [greatSword, axe].map(itemId) },
      { slot: 'ring', itemIds: [ring, band].map(itemId) },
      { slot: 'ring', position: 1, itemIds: [itemId(band)] },
    ];
    const input = { buildIds: [build.id], choices, fight: 'dummy', precision: 0.5 };
    const { contestants, leftOut, results, state, rankBy } = await ended(
      (await simulate(by, input)).id,
    );
    assert.deepEqual([state, contestants, leftOut, rankBy], ['DONE', 4, 0, 'dps']);
    const worn = (results as Result[]).map(({ items }) => items.map(({ item }) => item.id));
    // 110 + 5, 110, 100 + 5, 100: the same chances, so that nothing but the items makes a difference.
    assert.deepEqual(worn, [
      [axe, ring, band].map(itemId),
      [axe, band, band].map(itemId),
      [greatSword, ring, band].map(itemId),
      [greatSword, band, band].map(itemId),
    ]);
    const means = (results as Result[]).map(meanOf);
    assert.deepEqual(
      means.map(mean => Math.round((mean / means[3]!) * 100)),
      [115, 110, 105, 100],
    );
    assert.deepEqual(results[0].build, { id: build.id });
    assert.ok(results[0].isPerhapsBest);
    const lowest = await ended((await simulate(by, { ...input, isLowestFirst: true })).id);
    assert.equal(meanOf(lowest.results[0]), means[3]);
  });

  it('leaves out what breaks rules that the build does not', async () => {
    const { by, game, build } = await given();
    const { greatSword, anvil } = game.items;
    const choices = [{ slot: 'weapon', itemIds: [greatSword, anvil].map(itemId) }];
    const input = { buildIds: [build.id], choices, fight: 'dummy', iterations: 100 };
    const { contestants, leftOut, results } = await ended((await simulate(by, input)).id);
    assert.deepEqual([contestants, leftOut, results.length], [1, 1, 1]);
    const none = { ...input, choices: [{ slot: 'weapon', itemIds: [itemId(anvil)] }] };
    const { state, problem } = await ended((await simulate(by, none)).id);
    assert.equal(state, 'FAILED');
    assert.match(problem, /breaks rules/);
  });

  it('compares builds against another, and comes to the same when it was interrupted', async () => {
    const { by, game, build } = await given();
    const items = [{ slot: 'weapon', itemId: itemId(game.items.axe) }];
    const other = await givenBuild(graph, by, game, { items });
    const input = {
      ...{ buildIds: [build.id, other.id], opponentId: build.id, fight: 'duel', seed: 7 },
      iterations: 150_000,
    };
    const { id } = await simulate(by, input);
    const watching = graph.subscribe(PROGRESS, { id });
    const last = () => watching.results.at(-1)?.data?.simulationBatchProgress;
    await until('it runs', () => last()?.contestants === 2);
    const { cancelComputation } = await graph.data(CANCEL, { id }, by);
    assert.equal(cancelComputation.__typename, 'SimulationBatch');
    await graph.data(RESUME, { id }, by);
    const whole = await ended(id);
    watching.stop();
    assert.equal(whole.finished, 2);
    const stranger = await givenUser(graph);
    assert.equal((await simulate(stranger.by, input)).id, id);
    // Each by itself is the same as in the batch.
    const document = `mutation ($input: SimulateBuildInput!) { simulateBuild(input: $input) { id } }`;
    const { simulateBuild } = await graph.data(
      document,
      { input: { ...input, buildIds: undefined, buildId: other.id } },
      by,
    );
    const alone = await until('the other is done', async () => {
      const look = `query ($id: ID!) { simulation(id: $id) { state measures { mean } } }`;
      const { simulation } = await graph.data(look, { id: simulateBuild.id });
      return simulation.state === 'DONE' && simulation;
    });
    const inBatch = (whole.results as (Result & { build: { id: string } })[]).find(
      one => one.build.id === other.id,
    )!;
    assert.equal(meanOf(inBatch), meanOf(alone));
  });

  it('goes on with others when one cannot fight', async () => {
    const { by, build } = await given();
    const input = { buildIds: [build.id], fight: 'faulty', iterations: 100 };
    const { state, results } = await ended((await simulate(by, input)).id);
    assert.equal(state, 'DONE');
    assert.match(results[0].problem, /divides by zero/);
    assert.equal(results[0].isPerhapsBest, false);
  });

  it('refuses what there is not, and too much', async () => {
    const { by, game, build } = await given();
    const { greatSword, ring } = game.items;
    const refused = async (more: object) => {
      const input = { buildIds: [build.id], fight: 'dummy', ...more };
      const { errors } = await graph.ask(SIMULATE, { input }, by);
      assert.equal(errors![0]!.extensions!.code, 'BAD_USER_INPUT');
      return errors![0]!.message;
    };
    const choice = (slot: string, ...items: ItemState[]) => ({ slot, itemIds: items.map(itemId) });
    assert.match(await refused({ rankBy: 'luck' }), /It has: dps/);
    assert.match(await refused({ choices: [choice('foot', ring)] }), /no slot "foot"/);
    assert.match(await refused({ choices: [choice('weapon', ring)] }), /Ring does not fit Weapon/);
    const twice = [choice('weapon', greatSword), choice('weapon', greatSword)];
    assert.match(await refused({ choices: twice }), /of the same place/);
    assert.match(
      await refused({ choices: [{ ...choice('weapon', greatSword), position: 1 }] }),
      /has room for 1/,
    );
    const stranger = await givenGameWithFights(graph);
    assert.match(
      await refused({ choices: [choice('weapon', stranger.items.greatSword)] }),
      /no such item/,
    );
    const many = [{ slot: 'ring', itemIds: Array.from({ length: 101 }, (_, n) => `${n}`) }];
    many.push({ slot: 'weapon', itemIds: ['1', '2'] });
    assert.match(await refused({ choices: many }), /202 combinations\. At most 200/);
    await refused({ buildIds: [] });
    await refused({ buildIds: Array.from({ length: 51 }, () => build.id) });
    const secret = await givenBuild(graph, by, game, { visibility: 'PRIVATE' });
    const other = await givenUser(graph);
    const input = { buildIds: [build.id, secret.id], fight: 'dummy' };
    assert.equal(await graph.code(SIMULATE, { input }, other.by), 'NOT_FOUND');
    assert.equal(await graph.code(SIMULATE, { input }), 'UNAUTHENTICATED');
  });
});
