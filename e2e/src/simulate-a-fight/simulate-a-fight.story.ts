import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import {
  CancelSimulationDocument,
  GivenFightsDocument,
  GivenReleaseDocument,
  SimulateFightDocument,
  SimulationByNodeDocument,
  WatchSimulationDocument,
} from '../gql/graphql.js';
import { as } from '../person.js';
import { DEFINITIONS, type World } from '../world.js';

const DUMMY = {
  ...{ key: 'dummy', name: 'Dummy', pace: 'TIME' as const, limit: 100 },
  build: {
    variables: [{ key: 'dealt', name: 'Dealt', formula: '0' }],
    actions: [
      {
        ...{ key: 'swing', name: 'Swing', every: '2', condition: 'chance(0.5)' },
        effects: [{ variable: 'dealt', formula: 'self.dealt + stat.damage' }],
      },
    ],
  },
  target: {},
  measures: [{ key: 'dps', name: 'Dps', formula: 'self.dealt / time()' }],
};

export function simulateAFight(world: World): void {
  describe('a player who simulates a fight', () => {
    it('follows it until it is done, and cancels another', async () => {
      const game = await world.givenGame(await world.givenStudio(), { hasItems: true });
      const { founder } = game.studio;
      const input = { ...DEFINITIONS, fights: [DUMMY] };
      await founder.data(GivenFightsDocument, { gameId: game.id, input });
      as(
        'GameData',
        (await founder.data(GivenReleaseDocument, { gameId: game.id })).releaseGameData,
      );
      await world.settled();
      const ana = await world.givenPlayer('ana');
      const { id: buildId } = await world.givenBuild(ana, game, 'Strength Build');

      const asked = { buildId, fight: 'dummy' };
      const { simulateBuild } = await until('the fights have arrived', async () => {
        const { data } = await ana.ask(SimulateFightDocument, { input: asked });
        return data;
      });
      const watching = ana.subscribe(WatchSimulationDocument, { id: simulateBuild.id });
      const { simulationProgress } = await watching.told(
        'the result',
        event => event.simulationProgress.state === 'DONE',
      );
      const { fought, build, measures } = simulationProgress;
      assert.deepEqual(build, { name: 'Strength Build', game: { title: game.title } });
      assert.equal(fought, 10_000);
      // 50 swings of 105 or nothing, in 100 seconds.
      assert.ok(measures[0]!.low < 26.5 && measures[0]!.high > 26, JSON.stringify(measures));
      watching.stop();

      const long = { ...asked, seed: 2, iterations: 1_000_000 };
      const { simulateBuild: other } = await ana.data(SimulateFightDocument, { input: long });
      const { cancelComputation } = await ana.data(CancelSimulationDocument, { id: other.id });
      assert.deepEqual(cancelComputation, {
        ...{ __typename: 'Simulation', id: other.id, state: 'CANCELLED', seed: 2 },
        build: { author: { handle: ana.handle } },
      });
      const { node } = await world.nobody.data(SimulationByNodeDocument, { id: other.id });
      assert.deepEqual(node, { state: 'CANCELLED', fight: 'dummy' });
    });
  });
}
