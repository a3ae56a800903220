import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import {
  BuildAsItIsDocument,
  GivenItemsDocument,
  GivenReleaseDocument,
  ImpactOfDocument,
  ProposeDataDocument,
  ReviewsToDoDocument,
  SaveAnewDocument,
  WatchAnalysisDocument,
} from '../gql/graphql.js';
import { as, nodes } from '../person.js';
import { GREAT_SWORD, type World } from '../world.js';

export function patchAGame(world: World): void {
  describe('a studio that patches an item', () => {
    it('changes what builds show, flags them, and has their authors told', async () => {
      const game = await world.givenGame(await world.givenStudio(), { hasItems: true });
      const ana = await world.givenPlayer('ana');
      await world.settled();
      const { id } = await world.givenBuild(ana, game, 'Strength Build');
      const look = async () => (await world.nobody.data(BuildAsItIsDocument, { id })).build!;
      const before = await look();
      assert.deepEqual(
        [before.needsReview, before.isOutdated, before.dataVersion, before.violations],
        [false, false, 1, []],
      );
      assert.deepEqual(before.stats, [
        { key: 'damage', value: 105 },
        { key: 'weight', value: 12.5 },
      ]);

      const { founder } = game.studio;
      const heavier = { ...GREAT_SWORD, attributes: { damage: 120, weight: 60 } };
      await founder.data(GivenItemsDocument, { gameId: game.id, items: [heavier] });
      const watching = world.nobody.subscribe(WatchAnalysisDocument, { id });
      const begun = await watching.told('it begins with what it is', () => true);
      assert.deepEqual(begun.buildAnalysis, {
        ...{ build: { game: { title: game.title } }, stats: before.stats, patch: null },
      });
      const late = world.nobody.subscribe(WatchAnalysisDocument, { id });
      await late.told('who comes later is told the same', () => true);

      const { proposeGameData } = await founder.data(ProposeDataDocument, { gameId: game.id });
      const proposal = { id: as('GameDataProposal', proposeGameData).id };
      const impact = await until('the studio knows what it would do', async () => {
        const { node } = await founder.data(ImpactOfDocument, proposal);
        const found = as('GameDataProposal', node!).impact;
        return found?.isComplete ? found : null;
      });
      assert.equal(impact.buildsDone, 1);
      assert.deepEqual(impact.broken, [
        { build: { name: 'Strength Build', author: { handle: ana.handle } } },
      ]);
      assert.equal((await ana.data(ImpactOfDocument, proposal)).node, null);
      assert.equal((await look()).patch, null, 'nothing is released');

      const release = { gameId: game.id, notes: 'Swords are heavier.' };
      const { releaseGameData } = await founder.data(GivenReleaseDocument, release);
      assert.equal(as('GameData', releaseGameData).version, 2);

      const after = await until('the build is flagged', async () => {
        const build = await look();
        return build.needsReview ? build : null;
      });
      assert.deepEqual(
        [after.isOutdated, after.revision, after.dataVersion, after.game.dataVersion],
        [true, 1, 1, 2],
      );
      const [sword, ring] = after.items;
      assert.deepEqual(sword!.attributes, [
        { key: 'damage', value: 120, pinnedValue: 100, isChanged: true },
        { key: 'weight', value: 60, pinnedValue: 12, isChanged: true },
      ]);
      assert.deepEqual(sword!.item.attributes, [
        { key: 'damage', value: 120 },
        { key: 'weight', value: 60 },
      ]);
      assert.ok(ring!.attributes.every(({ isChanged }) => !isChanged));
      assert.deepEqual(after.stats, [
        { key: 'damage', value: 125 },
        { key: 'weight', value: 60.5 },
      ]);
      assert.deepEqual(after.violations, [
        { rule: 'load', message: 'You cannot carry that much.' },
      ]);

      assert.deepEqual([after.patch?.fromVersion, after.patch?.toVersion], [1, 2]);
      const { summary } = after.patch!;
      assert.equal(summary, impact.mostAffected[0]!.summary);
      assert.equal(
        summary,
        '+384.0 % Weight, +19.0 % Damage, 1 item changed, 1 rule broken',
        'as it was foretold',
      );
      for (const each of [watching, late]) {
        await each.told('the patch', ({ buildAnalysis: { patch } }) => patch?.summary === summary);
        each.stop();
      }

      const reviews = async () => nodes((await ana.data(ReviewsToDoDocument)).me!.notifications);
      const [review] = await until('the author is told', async () => {
        const list = await reviews();
        return list.length > 0 ? list : null;
      });
      assert.deepEqual(review, {
        kind: 'BUILD_NEEDS_REVIEW',
        build: { name: 'Strength Build', patch: { summary } },
        game: { title: game.title },
      });

      const { saveBuild } = await ana.data(SaveAnewDocument, { id, revision: 1 });
      const { revision, dataVersion, needsReview } = as('Build', saveBuild);
      assert.deepEqual([revision, dataVersion, needsReview], [2, 2, false]);
      await until('that settles it', async () => (await reviews()).length === 0);
    });
  });
}
