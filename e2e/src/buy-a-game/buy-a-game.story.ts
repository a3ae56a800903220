import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import {
  FeedOfFriendDocument,
  PlaceOrderDocument,
  ReceiptDocument,
  TakeQuoteDocument,
} from '../gql/graphql.js';
import { as, nodes } from '../person.js';
import type { World } from '../world.js';

export function buyAGame(world: World): void {
  describe('a player who buys a game', () => {
    it('has it in the library and a receipt in payments, and a friend reads of it in the feed', async () => {
      const game = await world.givenGame(await world.givenStudio(), { tags: ['Strategy'] });
      const [ana, ben] = [await world.givenPlayer('ana'), await world.givenPlayer('ben')];
      await world.givenFriends(ana, ben);
      await world.settled();

      const { quoteGame } = await ana.data(TakeQuoteDocument, { gameId: game.id });
      const quote = as('Quote', quoteGame);
      assert.deepEqual(
        [quote.amount, quote.game.title],
        [{ minor: '1999', currency: 'EUR' }, game.title],
      );

      const poor = { quoteId: quote.id, idempotencyKey: randomUUID() };
      const { purchaseGame: refusal } = await ana.data(PlaceOrderDocument, { input: poor });
      assert.equal(as('InsufficientFunds', refusal).missing.minor, '1999');

      await world.givenMoney(ana, '5000');
      const input = { quoteId: quote.id, idempotencyKey: randomUUID() };
      const { purchaseGame } = await ana.data(PlaceOrderDocument, { input });
      const orderId = as('Order', purchaseGame).id;
      const again = await ana.data(PlaceOrderDocument, { input });
      assert.equal(as('Order', again.purchaseGame).id, orderId, 'sent again, it is the same order');

      const { order, me } = await until('it is bought, and counted', async () => {
        const receipt = await ana.data(ReceiptDocument, { orderId });
        const owned = nodes(receipt.me!.library);
        return receipt.order!.state === 'COMPLETED' && owned[0]?.game.ownersCount ? receipt : null;
      });
      assert.ok(order?.completedAt);
      assert.deepEqual(
        [order.gameTitle, order.buyerHandle, order.game.title, order.game.studio.name],
        [game.title, ana.handle, game.title, `Studio ${game.studio.founder.handle}`],
      );
      assert.deepEqual(
        order.transactions.map(({ kind, amount }) => [kind, amount.minor]),
        [
          ['HOLD', '1999'],
          ['CAPTURE', '1999'],
        ],
      );
      const [wallet] = me!.wallets!;
      assert.deepEqual([wallet!.balance.minor, wallet!.held.minor], ['3001', '0']);
      assert.deepEqual(
        nodes(wallet!.transactions).map(one => [
          ...[one.kind, one.direction, one.amount.minor, one.balanceAfter.minor],
          one.order?.gameTitle,
        ]),
        [
          ['HOLD', 'OUT', '1999', '3001', game.title],
          ['TOP_UP', 'IN', '5000', '5000', undefined],
        ],
      );
      const [entry] = nodes(me!.library);
      assert.deepEqual(
        [entry!.isOwned, entry!.gameTitle, entry!.gameTags, entry!.game.ownersCount],
        [true, game.title, ['strategy'], 1],
      );
      assert.equal(entry!.game.price?.final.minor, '1999');
      const [licence] = nodes(entry!.licences);
      assert.deepEqual(
        [licence!.source, licence!.sourceId, licence!.state],
        ['ORDER', orderId, 'ACTIVE'],
      );

      const told = await until('a friend reads of it', async () =>
        nodes((await ben.data(FeedOfFriendDocument)).feed).find(
          ({ kind, user }) => kind === 'GAME_ADDED' && user.gamesCount === 1,
        ),
      );
      assert.deepEqual([told.userHandle, told.gameTitle], [ana.handle, game.title]);
      assert.equal(told.user.displayName, ana.handle);
      assert.match(told.game!.slug, /^game-\d+$/);
    });
  });
}
