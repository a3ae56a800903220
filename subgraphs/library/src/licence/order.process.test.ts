import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type OrderState,
  purchaseCancelled,
  purchaseHeld,
  purchaseReversed,
  refundRequested,
  userDeleted,
} from '@gamegraph/event-contracts';
import { globalId, transact } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import {
  orderOf,
  type SomeGame,
  type Somebody,
  type TestLibrary,
  testLibrary,
} from '../testing.js';
import { orders } from './order.process.js';

const START = `mutation ($gameId: ID!, $deviceId: String!) {
  startPlaySession(gameId: $gameId, deviceId: $deviceId) { __typename ... on PlaySession { id } } }`;
const BEAT = `mutation ($id: ID!) { beatPlaySession(id: $id) { __typename } }`;

let graph: TestLibrary;
before(async () => {
  graph = await testLibrary();
});
after(() => graph.stop());

/** What was said about an order so far: the kinds of events, and what the last one carried. */
async function answersTo(order: OrderState) {
  const all = (await graph.events()).filter(({ data }) => data.sourceId === order.id);
  return { kinds: all.map(({ type }) => type.split('.')[2]), last: all.at(-1)?.data };
}

async function entryOf(user: Somebody, game: SomeGame): Promise<Answer['data']> {
  const fields =
    '{ libraryEntry { id isOwned playtimeSeconds licences { edges { node { sourceId state reason } } } } }';
  return (await graph.entities('Game', [game.id], fields, user.by))[0].libraryEntry;
}

async function givenPurchase() {
  const [user, game] = [await graph.givenUser(), await graph.givenGame()];
  const order = orderOf(user, game);
  await graph.deliver(purchaseHeld(order));
  return { user, game, order };
}

/** Plays from a moment on, with a beat each minute; the session stays open. */
async function givenPlaying(user: Somebody, game: SomeGame, from: Date, seconds: number) {
  graph.setClock(from);
  const variables = { gameId: game.id, deviceId: 'desk' };
  const { id } = (await graph.data(START, variables, user.by)).startPlaySession;
  for (let second = 60; second < seconds; second += 60) {
    graph.setClock(new Date(from.getTime() + second * 1_000));
    await graph.data(BEAT, { id }, user.by);
  }
  graph.setClock(new Date(from.getTime() + seconds * 1_000));
  return { id, by: user.by };
}

/** Runs the consumer's handlers as so many processes would: each in a transaction of its own, all at once. */
function atOnce(...states: OrderState[]) {
  const { handle } = orders.handlers.get(purchaseHeld.type)!;
  const at = new Date();
  return Promise.all(
    states.map(state =>
      transact(graph.em(), async em => {
        await handle(state as never, { em, at, envelope: undefined as never });
      }),
    ),
  );
}

describe('a purchase', () => {
  it('is granted a licence, and the game comes into the library', async () => {
    const { user, game, order } = await givenPurchase();
    const { kinds, last } = await answersTo(order);
    assert.deepEqual(kinds, ['granted']);
    assert.deepEqual(
      { ...last, id: undefined, grantedAt: undefined },
      {
        ...{ id: undefined, userId: user.userId, gameId: game.gameId, source: 'ORDER' },
        ...{ sourceId: order.id, state: 'ACTIVE', reason: null, playtimeSeconds: 0 },
        grantedAt: undefined,
      },
    );
    const entry = await entryOf(user, game);
    assert.deepEqual([entry.isOwned, entry.playtimeSeconds], [true, 0]);
    const uuid = Buffer.from(entry.id, 'base64url').toString().split(':')[1]!;
    assert.deepEqual(await graph.events(uuid), [
      {
        type: 'library.entry.changed.v1',
        data: {
          ...{ id: uuid, userId: user.userId, gameId: game.gameId, isOwned: true },
          ...{ playtimeSeconds: 0, lastPlayedAt: null },
        },
      },
    ]);
  });

  it('is answered the same as often as it asks', async () => {
    const { user, game, order } = await givenPurchase();
    const { last: first } = await answersTo(order);
    await graph.deliver(purchaseHeld(order), purchaseHeld(order), purchaseCancelled(order));
    const { kinds, last } = await answersTo(order);
    assert.deepEqual(kinds, ['granted', 'granted', 'granted', 'granted']);
    assert.deepEqual(last, first);
    assert.equal((await entryOf(user, game)).licences.edges.length, 1);
  });

  it('is refused when the game is owned already', async () => {
    const { user, game } = await givenPurchase();
    const second = orderOf(user, game);
    await graph.deliver(purchaseHeld(second), purchaseHeld(second));
    const { kinds, last } = await answersTo(second);
    assert.deepEqual(kinds, ['refused', 'refused']);
    assert.deepEqual([last.state, last.reason], ['REFUSED', 'owned already']);
  });

  it('is refused of games that are not on sale, and to accounts that are suspended or gone', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const deleted = await graph.givenUser();
    await graph.deliver(userDeleted({ id: deleted.userId }));
    const cases: [Somebody, SomeGame, string][] = [
      [user, await graph.givenGame({ state: 'DRAFT' }), 'the game is not on sale'],
      [user, await graph.givenGame({ state: 'WITHDRAWN' }), 'the game is not on sale'],
      [await graph.givenUser({}, true), game, 'the account is suspended'],
      [deleted, game, 'the account was deleted'],
    ];
    for (const [buyer, wanted, reason] of cases) {
      const order = orderOf(buyer, wanted);
      await graph.deliver(purchaseHeld(order));
      const { kinds, last } = await answersTo(order);
      assert.deepEqual([kinds, last.reason], [['refused'], reason]);
      assert.equal(await entryOf(buyer, wanted), null);
    }
  });

  it('is granted of a game, and to somebody, that no event has told of yet', async () => {
    const [userId, gameId] = [uuidv7(), uuidv7()];
    const user = { userId, id: globalId('User', userId), by: { userId } };
    const order = orderOf(user, { gameId, id: globalId('Game', gameId) });
    await graph.deliver(purchaseHeld(order));
    assert.deepEqual((await answersTo(order)).kinds, ['granted']);
  });

  it('that was cancelled before it came stays refused', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const order = orderOf(user, game);
    await graph.deliver(purchaseCancelled(order), purchaseHeld(order), purchaseCancelled(order));
    const { kinds, last } = await answersTo(order);
    assert.deepEqual(kinds, ['refused', 'refused', 'refused']);
    assert.equal(last.reason, 'cancelled before it was granted');
    assert.equal(await entryOf(user, game), null);
    const again = orderOf(user, game);
    await graph.deliver(purchaseHeld(again));
    assert.deepEqual(
      (await answersTo(again)).kinds,
      ['granted'],
      'another order is another matter',
    );
  });

  it('gets exactly one licence when it races with others of the same game, now and after a refund', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    for (let round = 0; round < 2; round++) {
      const racing = Array.from({ length: 12 }, () => orderOf(user, game));
      await atOnce(...racing);
      const answers = await Promise.all(racing.map(answersTo));
      const kinds = answers.flatMap(answer => answer.kinds).sort();
      assert.deepEqual(kinds, ['granted', ...Array.from({ length: 11 }, () => 'refused')]);
      await graph.deliver(...racing.map(order => purchaseHeld(order)));
      const later = await Promise.all(racing.map(answersTo));
      for (const { kinds: both } of later) assert.equal(both[0], both[1], 'the same once more');
      await graph.deliver(...racing.map(order => refundRequested(order)));
      assert.equal((await entryOf(user, game)).isOwned, false);
    }
  });
});

describe('a wish for a refund', () => {
  const from = new Date('2026-11-21T10:00:00Z');
  after(() => graph.setClock(undefined));

  it('takes the licence back at 1:59:59, with the session that is open counted', async () => {
    const { user, game, order } = await givenPurchase();
    const session = await givenPlaying(user, game, from, 2 * 3_600 - 1);
    await graph.deliver(refundRequested(order));
    const { kinds, last } = await answersTo(order);
    assert.deepEqual(kinds, ['granted', 'revoked']);
    assert.deepEqual([last.reason, last.playtimeSeconds], ['refunded', 7_199]);
    const { beatPlaySession } = await graph.data(BEAT, { id: session.id }, session.by);
    assert.equal(beatPlaySession.__typename, 'PlaySessionOver');
    const entry = await entryOf(user, game);
    assert.deepEqual([entry.isOwned, entry.playtimeSeconds], [false, 7_199]);

    await graph.deliver(refundRequested(order), refundRequested(order));
    const again = await answersTo(order);
    assert.deepEqual(again.kinds, ['granted', 'revoked', 'revoked', 'revoked']);
    assert.deepEqual(again.last, last);
  });

  it('leaves the licence at 2:00:00, and says the same when it comes again', async () => {
    const { user, game, order } = await givenPurchase();
    const session = await givenPlaying(user, game, from, 2 * 3_600);
    await graph.deliver(refundRequested(order));
    const { kinds, last } = await answersTo(order);
    assert.deepEqual(kinds, ['granted', 'kept']);
    assert.deepEqual(
      [last.state, last.reason, last.playtimeSeconds],
      ['ACTIVE', 'played for too long', 7_200],
    );
    graph.setClock(new Date(from.getTime() + 7_260_000));
    const { beatPlaySession } = await graph.data(BEAT, { id: session.id }, session.by);
    assert.equal(beatPlaySession.__typename, 'PlaySession', 'who keeps the game plays on');
    await graph.deliver(refundRequested(order));
    assert.deepEqual((await answersTo(order)).last, last);
  });

  it('counts a session of which nothing is heard any more up to its last beat', async () => {
    const { user, game, order } = await givenPurchase();
    await givenPlaying(user, game, from, 3_600);
    graph.setClock(new Date(from.getTime() + 24 * 3_600_000));
    await graph.deliver(refundRequested(order));
    const { kinds, last } = await answersTo(order);
    assert.deepEqual([kinds, last.playtimeSeconds], [['granted', 'revoked'], 3_540]);
  });

  it('leaves a game owned, and its session open, by another licence', async () => {
    const { user, game, order } = await givenPurchase();
    const GRANT = `mutation ($userId: ID!, $gameId: ID!) {
      grantLicence(userId: $userId, gameId: $gameId, reason: "A prize.") { state } }`;
    const operator = { ...(await graph.givenUser()).by, permissions: ['payments:operate'] };
    await graph.data(GRANT, { userId: user.id, gameId: game.id }, operator);
    const session = await givenPlaying(user, game, from, 300);
    await graph.deliver(refundRequested(order));
    assert.deepEqual((await answersTo(order)).kinds, ['granted', 'revoked']);
    assert.equal((await entryOf(user, game)).isOwned, true);
    const { beatPlaySession } = await graph.data(BEAT, { id: session.id }, session.by);
    assert.equal(beatPlaySession.__typename, 'PlaySession');
  });

  it('lets the game be bought again, and then remembers what was played', async () => {
    const { user, game, order } = await givenPurchase();
    await givenPlaying(user, game, from, 4_000);
    await graph.deliver(refundRequested(order));
    const second = orderOf(user, game);
    await graph.deliver(purchaseHeld(second));
    await givenPlaying(user, game, new Date(from.getTime() + 86_400_000), 3_300);
    await graph.deliver(refundRequested(second));
    const { kinds, last } = await answersTo(second);
    assert.deepEqual([kinds, last.playtimeSeconds], [['granted', 'kept'], 7_300]);
  });

  it('of an order that was refused, or never heard of, is told so as often as it comes', async () => {
    const { user, game } = await givenPurchase();
    const refused = orderOf(user, game);
    const unlisted = orderOf(user, await graph.givenGame({ state: 'DRAFT' }));
    const unheard = orderOf(user, await graph.givenGame());
    await graph.deliver(purchaseHeld(refused), purchaseHeld(unlisted));
    for (const order of [refused, unlisted, unheard]) {
      await graph.deliver(refundRequested(order), refundRequested(order));
      const { kinds } = await answersTo(order);
      assert.deepEqual(kinds.slice(-2), ['refused', 'refused']);
    }
    await graph.deliver(purchaseHeld(unheard));
    assert.equal((await answersTo(unheard)).last.reason, 'never granted');
    assert.equal((await entryOf(user, game)).isOwned, true);
  });
});

describe('a purchase whose payment was reversed', () => {
  it('loses its licence, whatever was played, and once', async () => {
    const { user, game, order } = await givenPurchase();
    await givenPlaying(user, game, new Date('2026-11-21T10:00:00Z'), 3 * 3_600);
    const reversed = { ...order, reason: 'the payment was charged back' };
    await graph.deliver(purchaseReversed(reversed), purchaseReversed(reversed));
    graph.setClock(undefined);
    const { kinds, last } = await answersTo(order);
    assert.deepEqual(kinds, ['granted', 'revoked']);
    assert.equal(last.reason, 'the payment was charged back');
    assert.equal((await entryOf(user, game)).isOwned, false);
  });

  it('that was never heard of gets none, should it come after all', async () => {
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const order = orderOf(user, game);
    await graph.deliver(purchaseReversed(order), purchaseHeld(order));
    assert.deepEqual((await answersTo(order)).kinds, ['refused', 'refused']);
  });
});

it('keeps what it derives and what it announced equal to what it keeps', () => graph.assertSound());
