import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { HowNewCopiesAreDocument, RetitleGameDocument } from '../gql/graphql.js';
import type { Person } from '../person.js';
import type { PublishedGame, World } from '../world.js';

export function tellFreshness(world: World): void {
  describe('how new copies are', () => {
    let founder: Person, stranger: Person;
    let game: PublishedGame;
    before(async () => {
      const studio = await world.givenStudio();
      ({ founder } = studio);
      game = await world.givenGame(studio, { hasItems: true });
      stranger = await world.givenPlayer('stranger');
      await world.settled();
    });

    const ask = async (viewer: Person, ...ids: string[]) =>
      (await viewer.data(HowNewCopiesAreDocument, { ids })).freshness;
    const copiesOf = async (id: string, viewer = stranger) => (await ask(viewer, id))[0]!.copies;
    const retitle = (title: string) => founder.data(RetitleGameDocument, { id: game.id, title });

    it('is told of each projection: the revision that it shows, and since when', async () => {
      await retitle('Another title');
      await world.settled();
      const copies = await copiesOf(game.id);
      const projections = copies.map(({ projection }) => projection);
      for (const subgraph of ['builds', 'library', 'payments', 'social'])
        assert.ok(projections.includes(`${subgraph}.game`), projections.join());
      for (const { owner, topic, revision, ...copy } of copies) {
        assert.deepEqual([owner, topic], ['games', 'games.game']);
        assert.ok(revision > 1);
        assert.equal(copy.ownerRevision, revision);
        assert.deepEqual([copy.isBehind, copy.behindSince], [false, null]);
        assert.equal(copy.since, copies[0]!.since);
      }
    });

    it('tells which copy is behind its owner, and since when', async () => {
      const [before_] = await copiesOf(game.id);
      await world.withoutEvents('builds', async () => {
        await retitle('One more title');
        await retitle('And one more');
        const copies = await copiesOf(game.id);
        const { since, behindSince, ...late } = copies.find(
          ({ projection }) => projection === 'builds.game',
        )!;
        const revision = before_!.revision;
        assert.deepEqual(late, {
          ...{ projection: 'builds.game', owner: 'games', topic: 'games.game' },
          ...{ revision, ownerRevision: revision + 2, isBehind: true },
        });
        assert.equal(since, before_!.since);
        assert.ok(behindSince! > since!);
      });
      await world.settled();
      for (const { isBehind } of await copiesOf(game.id)) assert.equal(isBehind, false);
    });

    it('is nothing of what the viewer may not see', async () => {
      const { id } = await world.givenBuild(founder, game, 'Secret', 'PRIVATE');
      await world.settled();
      assert.deepEqual(await ask(stranger, id, 'nothing', game.studio.id, id), [
        null,
        null,
        { id: game.studio.id, copies: await copiesOf(game.studio.id, founder) },
        null,
      ]);
      assert.ok((await copiesOf(id, founder)).length > 0);
    });

    it('is, of an account, for whose it is and for analysts', async () => {
      const analyst = await world.givenPlayer('analyst', { roles: ['ANALYST'] });
      assert.deepEqual(await ask(stranger, founder.id), [{ id: founder.id, copies: [] }]);
      const own = await copiesOf(founder.id, founder);
      assert.ok(own.some(({ projection }) => projection === 'social.user'));
      assert.deepEqual(await copiesOf(founder.id, analyst), own);
    });

    it('is not told to who is not logged in, nor of too much at once', async () => {
      const ids = Array.from({ length: 101 }, () => game.id);
      assert.equal(
        await world.nobody.code(HowNewCopiesAreDocument, { ids: [] }),
        'UNAUTHENTICATED',
      );
      assert.equal(await stranger.code(HowNewCopiesAreDocument, { ids }), 'BAD_USER_INPUT');
    });
  });
}
