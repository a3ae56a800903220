import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  NextUpgradeDocument,
  OptimisationByNodeDocument,
  OptimiseForDamageDocument,
  WatchOptimisationDocument,
  WhyNotItemDocument,
} from '../gql/graphql.js';
import type { World } from '../world.js';

export function optimiseABuild(world: World): void {
  describe('a player who wants the best build', () => {
    it('follows it until it is proven, and learns what is in the way of another', async () => {
      const game = await world.givenGame(await world.givenStudio(), { hasItems: true });
      await world.settled();
      const ana = await world.givenPlayer('ana');
      const { id: buildId } = await world.givenBuild(ana, game, 'Strength Build');
      const ended = async (id: string) => {
        const watching = ana.subscribe(WatchOptimisationDocument, { id });
        const { optimisationProgress } = await watching.told(
          'the result',
          event => event.optimisationProgress.state === 'DONE',
        );
        watching.stop();
        return optimisationProgress;
      };
      const optimise = async (more: object) => {
        const input = { buildId, objective: 'stat.damage', ...more };
        const { optimiseBuild } = await ana.data(OptimiseForDamageDocument, { input });
        return { id: optimiseBuild.id, ...(await ended(optimiseBuild.id)) };
      };

      const { id, outcome, build, answers } = await optimise({});
      assert.deepEqual([outcome, build.game.title], ['OPTIMAL', game.title]);
      const [best] = answers;
      assert.deepEqual([best!.objective, best!.bound, best!.isOptimal], [110, 110, true]);
      const keys = best!.items.map(({ slot, item }) => [slot, item.key]);
      assert.deepEqual(keys, [
        ['weapon', 'great-sword'],
        ['ring', 'ring'],
        ['ring', 'ring'],
      ]);

      const impossible = await optimise({ limits: [{ stat: 'weight', max: 1 }] });
      assert.equal(impossible.outcome, 'INFEASIBLE');
      assert.deepEqual(impossible.conflicts, [{ kind: 'LIMIT', stat: 'weight' }]);

      const itemId = game.items.get('ring')!;
      const { whyNotItem } = await ana.data(WhyNotItemDocument, { id, itemId });
      await ended(whyNotItem.id);
      const { node } = await ana.data(OptimisationByNodeDocument, { id: whyNotItem.id });
      assert.deepEqual(node, { state: 'DONE', loss: 0, requiredItem: { name: 'Ring of Favour' } });

      const asked = { buildId, objective: 'stat.damage' };
      const { buildUpgrades } = await ana.data(NextUpgradeDocument, asked);
      assert.deepEqual(buildUpgrades, [{ name: 'Ring of Favour', gain: 5, item: { key: 'ring' } }]);
    });
  });
}
