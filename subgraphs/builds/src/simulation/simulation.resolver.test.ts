import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { itemChanged } from '@gamegraph/event-contracts';
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

const FIELDS = `id state problem fight dataVersion seed iterations precision fought startedAt finishedAt
  build { id } opponent { id }
  measures { key name unit type mean deviation low high min max quantiles { part value } }`;
const SIMULATE = `mutation ($input: SimulateBuildInput!) { simulateBuild(input: $input) { ${FIELDS} } }`;
const SIMULATION = `query ($id: ID!) { simulation(id: $id) { ${FIELDS} } }`;
const CANCEL = `mutation ($id: ID!) { cancelComputation(id: $id) { __typename id state ... on Simulation { fought } } }`;
const RESUME = `mutation ($id: ID!) { resumeComputation(id: $id) { __typename id state } }`;
const PROGRESS = `subscription ($id: ID!) { simulationProgress(id: $id) { state fought measures { mean } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

async function given() {
  const { by } = await givenUser(graph);
  const game = await givenGameWithFights(graph);
  const build = await givenBuild(graph, by, game);
  return { by, game, build };
}

async function simulate(by: Asking, input: object): Promise<Answer['data']> {
  return (await graph.data(SIMULATE, { input }, by)).simulateBuild;
}

async function ended(id: string, by?: Asking): Promise<Answer['data']> {
  const seen = async () => (await graph.data(SIMULATION, { id }, by)).simulation;
  await until('it has ended', async () => (await seen()).finishedAt !== null);
  return seen();
}

describe('simulating a build', () => {
  it('tells what fights come to, with how sure that is', async () => {
    const { by, build } = await given();
    const asked = await simulate(by, { buildId: build.id, fight: 'dummy' });
    assert.deepEqual([asked.iterations, asked.seed, asked.measures], [10_000, 1, []]);
    const { build: fighter, opponent, measures, ...simulation } = await ended(asked.id);
    assert.deepEqual([fighter, opponent], [{ id: build.id }, null]);
    assert.equal(simulation.state, 'DONE');
    assert.deepEqual([simulation.fought, simulation.dataVersion], [10_000, 1]);
    const [{ mean, low, high, deviation, quantiles, ...dps }] = measures;
    assert.deepEqual(
      { key: dps.key, name: dps.name, unit: dps.unit, type: dps.type },
      { key: 'dps', name: 'Dps', unit: '1/s', type: 'NUMBER' },
    );
    // 50 swings of 100 or nothing, in 100 seconds.
    const expected = Math.sqrt((50 * 100 ** 2) / 4) / 100;
    assert.ok(Math.abs(mean - 25) < (4 * expected) / 100);
    assert.ok(Math.abs(deviation / expected - 1) < 0.05);
    assert.ok(low < mean && mean < high && high - low < 0.15);
    assert.equal(quantiles.length, 5);
  });

  it('has two builds fight each other', async () => {
    const { by, game, build } = await given();
    const items = [{ slot: 'weapon', itemId: globalId('Item', game.items.axe.id) }];
    const other = await givenBuild(graph, by, game, { items });
    const input = { buildId: build.id, opponentId: other.id, fight: 'duel' };
    const { id } = await simulate(by, input);
    const { measures, opponent } = await ended(id);
    assert.equal(opponent.id, other.id);
    assert.equal(measures[0].type, 'CHANCE');
    assert.ok(measures[0].mean > 0.1 && measures[0].mean < 0.6, `${measures[0].mean}`);
    const turned = { buildId: other.id, opponentId: build.id, fight: 'duel', precision: 0.05 };
    const closely = await ended((await simulate(by, turned)).id);
    assert.ok(closely.fought < 1_000);
    assert.ok(Math.abs(1 - closely.measures[0].mean - measures[0].mean) < 0.1);
    const self = { buildId: build.id, opponentId: build.id, fight: 'duel' };
    const [even] = (await ended((await simulate(by, self)).id)).measures;
    assert.ok(even.low < 0.5 && 0.5 < even.high);
  });

  it('is asked once, whoever asks, until something is different', async () => {
    const { by, game, build } = await given();
    const stranger = await givenUser(graph);
    const input = { buildId: build.id, fight: 'dummy', iterations: 100 };
    const { id } = await simulate(by, input);
    const done = await ended(id);
    assert.deepEqual(await simulate(stranger.by, input), done);
    const reseeded = await simulate(by, { ...input, seed: 2 });
    assert.notEqual(reseeded.id, id);
    assert.notDeepEqual((await ended(reseeded.id)).measures, done.measures);
    const { greatSword } = game.items;
    await graph.deliver(itemChanged({ ...greatSword, attributes: { damage: 200, weight: 12 } }));
    const patched = await simulate(by, input);
    assert.notEqual(patched.id, id);
    assert.equal((await ended(patched.id)).measures[0].mean, done.measures[0].mean * 2);
  });

  it('shows what it comes to as it goes on, and ends then', async () => {
    const { by, build } = await given();
    const { id } = await simulate(by, { buildId: build.id, fight: 'dummy', iterations: 200_000 });
    const watching = graph.subscribe(PROGRESS, { id });
    const last = () => watching.results.at(-1)?.data?.simulationProgress;
    await until('it is done', () => last()?.state === 'DONE');
    const fought = watching.results.map(({ data }) => data.simulationProgress.fought as number);
    assert.ok(
      fought.some(count => count > 0 && count < 200_000),
      String(fought),
    );
    assert.deepEqual(
      fought,
      fought.toSorted((a, b) => a - b),
    );
    const late = graph.subscribe(PROGRESS, { id });
    await until('the result is told', () => late.results.length > 0);
    assert.equal(late.results[0]!.data.simulationProgress.state, 'DONE');
    watching.stop();
    late.stop();
  });

  it('is cancelled by who asked, keeps what it has come to, and goes on from there', async () => {
    const { by, game, build } = await given();
    const input = { buildId: build.id, fight: 'dummy', iterations: 300_000, seed: 3 };
    const { id } = await simulate(by, input);
    const seen = async () => (await graph.data(SIMULATION, { id })).simulation;
    await until('it runs', async () => (await seen()).fought > 0);
    assert.equal(await graph.code(CANCEL, { id }), 'UNAUTHENTICATED');
    const { cancelComputation } = await graph.data(CANCEL, { id }, by);
    assert.deepEqual(
      [cancelComputation.__typename, cancelComputation.id, cancelComputation.state],
      ['Simulation', id, 'CANCELLED'],
    );
    const { fought } = await seen();
    assert.ok(fought > 0 && fought < 300_000);
    const { resumeComputation } = await graph.data(RESUME, { id }, by);
    assert.notEqual(resumeComputation.state, 'CANCELLED');
    const whole = await ended(id);
    assert.equal(whole.fought, 300_000);
    // The same fights of the same items, not interrupted.
    const twin = await givenBuild(graph, by, game);
    const twins = await ended((await simulate(by, { ...input, buildId: twin.id })).id);
    assert.notEqual(twins.id, id);
    assert.deepEqual(twins.measures, whole.measures);
  });

  it('says why it has failed', async () => {
    const { by, build } = await given();
    const { id } = await simulate(by, { buildId: build.id, fight: 'faulty' });
    const { state, problem } = await ended(id);
    assert.equal(state, 'FAILED');
    assert.equal(problem, 'fights.faulty.measures.never: This divides by zero.');
  });

  it('is for who may see the builds', async () => {
    const { by, game, build } = await given();
    const stranger = await givenUser(graph);
    const secret = await givenBuild(graph, by, game, { visibility: 'PRIVATE' });
    const input = { buildId: secret.id, fight: 'dummy', iterations: 100 };
    assert.equal(await graph.code(SIMULATE, { input }), 'UNAUTHENTICATED');
    assert.equal(await graph.code(SIMULATE, { input }, stranger.by), 'NOT_FOUND');
    const { id } = await simulate(by, input);
    await ended(id, by);
    assert.equal((await graph.data(SIMULATION, { id }, stranger.by)).simulation, null);
    const watching = graph.subscribe(PROGRESS, { id }, stranger.by);
    await until('it is refused', () => watching.results.length > 0);
    assert.equal(watching.results[0]!.errors![0]!.extensions!.code, 'NOT_FOUND');
    watching.stop();
    assert.equal(await graph.code(CANCEL, { id }, stranger.by), 'NOT_FOUND');
    const [hidden] = await graph.entities('Simulation', [id], '{ fought }', stranger.by);
    assert.equal(hidden, null);
    const [shown] = await graph.entities('Simulation', [id], '{ fought }', by);
    assert.equal(shown.fought, 100);
    const duel = { buildId: build.id, opponentId: secret.id, fight: 'duel' };
    assert.equal(await graph.code(SIMULATE, { input: duel }, stranger.by), 'NOT_FOUND');
  });

  it('refuses what cannot be fought, and says what can', async () => {
    const { by, build } = await given();
    const elsewhere = await givenBuild(graph, by, await givenGameWithFights(graph));
    const refused = async (more: object) => {
      const { errors } = await graph.ask(
        SIMULATE,
        { input: { buildId: build.id, fight: 'dummy', ...more } },
        by,
      );
      assert.equal(errors![0]!.extensions!.code, 'BAD_USER_INPUT');
      return errors![0]!.message;
    };
    assert.match(await refused({ fight: 'war' }), /There are: dummy, duel, faulty/);
    assert.match(await refused({ opponentId: build.id }), /leave opponentId out/);
    assert.match(await refused({ fight: 'duel' }), /say the other by opponentId/);
    assert.match(await refused({ fight: 'duel', opponentId: elsewhere.id }), /of one game/);
    await refused({ iterations: 99 });
    await refused({ iterations: 1_000_001 });
    await refused({ seed: -1 });
    await refused({ precision: 0 });
  });
});
