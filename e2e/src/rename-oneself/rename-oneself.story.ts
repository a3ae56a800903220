import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { TakeHandleDocument, WhereHandlesAreDocument } from '../gql/graphql.js';
import { as, nodes } from '../person.js';
import type { World } from '../world.js';

export function renameOneself(world: World): void {
  describe('a user with a new handle', () => {
    it('has it in builds, in the feed, in chats and on orders within a second', async t => {
      const game = await world.givenGame(await world.givenStudio(), { hasItems: true });
      const ana = await world.givenPlayer('ana');
      const { admin } = world; // who sees everybody's orders
      await world.givenFriends(admin, ana);
      const chatId = await world.givenChat(admin, ana);
      await world.say(ana, chatId, 'Soon I have another name.');
      await world.settled();
      await world.givenMoney(ana, '1999');
      await world.buy(ana, game);
      await world.givenBuild(ana, game, 'Build');
      await world.settled();

      const places = { gameId: game.id, chatId, buyerId: ana.id };
      const handles = async () => {
        const { builds, feed, node, orders } = await admin.data(WhereHandlesAreDocument, places);
        return {
          build: nodes(builds)[0]!.authorHandle,
          purchase: nodes(feed).find(({ kind }) => kind === 'GAME_ADDED')!.userHandle,
          publication: nodes(feed).find(({ kind }) => kind === 'BUILD_PUBLISHED')!.userHandle,
          message: as('Chat', node!).lastMessage!.authorHandle,
          order: nodes(orders)[0]!.buyerHandle,
        };
      };
      const everywhere = (handle: string) =>
        Object.fromEntries(
          ['build', 'purchase', 'publication', 'message', 'order'].map(at => [at, handle]),
        );
      assert.deepEqual(await handles(), everywhere(ana.handle));

      const handle = `renamed_${ana.handle}`;
      const { changeHandle } = await ana.data(TakeHandleDocument, { handle });
      const began = performance.now();
      assert.equal(as('User', changeHandle).handle, handle);
      await until(
        'the new handle is everywhere',
        async () => Object.values(await handles()).every(shown => shown === handle),
        { intervalMs: 5, timeoutMs: 5_000 }, // a second of a machine that has other things to do
      );
      t.diagnostic(`everywhere after ${Math.round(performance.now() - began)} ms`);
    });
  });
}
