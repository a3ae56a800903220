import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  type LicenceState,
  licenceGranted,
  licenceRevoked,
  userCreated,
} from '@gamegraph/event-contracts';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import {
  newKey,
  OPERATOR,
  PURCHASE,
  REFUND,
  type SomeGame,
  type Somebody,
  type TestPayments,
  testPayments,
  uuidIn,
} from '../testing.js';

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());
afterEach(() => graph.setClock(undefined));

/** Somebody whom `users` has told of. */
async function givenFriend(): Promise<Somebody> {
  const friend = graph.givenUser();
  const everyone = { library: 'PUBLIC', friends: 'PUBLIC', activity: 'PUBLIC' } as const;
  await graph.deliver(
    userCreated({
      ...{ id: friend.userId, handle: 'friend', displayName: 'Friend', avatarUrl: null },
      ...{ region: null, isBanned: false, privacy: { ...everyone, presence: 'PUBLIC' } },
      createdAt: new Date().toISOString(),
    }),
  );
  return friend;
}

const licenceOf = (user: Somebody, game: SomeGame): LicenceState => ({
  ...{ id: uuidv7(), userId: user.userId, gameId: game.state.id, source: 'GRANT' },
  ...{ sourceId: uuidv7(), state: 'ACTIVE', reason: null, playtimeSeconds: 0, grantedAt: null },
});

async function givenOwned(user: Somebody, ...games: SomeGame[]): Promise<LicenceState[]> {
  const licences = games.map(game => licenceOf(user, game));
  await graph.deliver(...licences.map(licence => licenceGranted(licence)));
  return licences;
}

/** A bundle of games that cost so much alone. */
async function givenBundle(minor: string, ...alone: string[]) {
  const parts = await Promise.all(alone.map(price => graph.givenGame(price)));
  const partIds = parts.map(({ state }) => state.id);
  return { bundle: await graph.givenGame(minor, 'EUR', { partIds }), parts };
}

async function buy(user: Somebody, quoteId: string, more: object = {}): Promise<Answer['data']> {
  const input = { idempotencyKey: newKey(), quoteId, ...more };
  return (await graph.data(PURCHASE, { input }, user.by)).purchaseGame;
}

/** What the library says of one game of an order. */
function answerOf(user: Somebody, orderId: string, game: SomeGame): LicenceState {
  return { ...licenceOf(user, game), source: 'ORDER', sourceId: uuidIn(orderId) };
}

const pricesOf = ({ lines }: Answer['data']) =>
  lines.map(({ amount }: Answer['data']) => amount.minor).join(' ');

const LINES = `query ($id: ID!) { order(id: $id) { state amount { minor } recipient { id }
  lines { game { id } amount { minor } bundle { id } isRefunded } } }`;

describe('a gift', () => {
  it('is paid by one and owned by another, which the library is told', async () => {
    const [user, friend] = [await graph.givenPayer('5000'), await givenFriend()];
    const game = await graph.givenGame('1999');
    const quote = await graph.quote(user, game, 'DE', { recipientId: friend.id });
    const order = await buy(user, quote.id);
    const [event] = await graph.events(uuidIn(order.id));
    assert.deepEqual([event!.data.buyerId, event!.data.recipientId], [user.userId, friend.userId]);
    const { recipient } = (await graph.data(LINES, { id: order.id }, user.by)).order;
    assert.equal(recipient.id, friend.id);
    assert.equal(await graph.order(friend, order.id), null, 'what it cost is the giver’s alone');
    await graph.deliver(licenceGranted(answerOf(friend, order.id, game)));
    assert.equal((await graph.order(user, order.id)).state, 'COMPLETED');
  });

  it('is not for oneself, nobody, or who owns it or is given it already', async () => {
    const [user, other] = [await graph.givenPayer('9000'), await graph.givenPayer('9000')];
    const [friend, game] = [await givenFriend(), await graph.givenGame()];
    const gift = (by: Somebody, recipientId: string) =>
      graph.quote(by, game, 'DE', { recipientId });
    assert.equal((await gift(user, user.id)).__typename, 'GiftNotPossible');
    await assert.rejects(gift(user, graph.givenUser().id), /NOT_FOUND/);
    const [one, two] = [await gift(user, friend.id), await gift(other, friend.id)];
    assert.equal((await buy(user, one.id)).__typename, 'Order');
    assert.equal((await buy(other, two.id)).__typename, 'PurchaseUnderWay');
    await givenOwned(friend, game);
    assert.equal((await gift(other, friend.id)).__typename, 'GameOwnedAlready');
    assert.equal((await graph.quote(user, game)).__typename, 'Quote', 'the giver does not own it');
  });
});

describe('a game that is owned', () => {
  it('is neither quoted nor sold, until its licence is revoked', async () => {
    const [user, game] = [await graph.givenPayer('9000'), await graph.givenGame()];
    const { id } = await graph.quote(user, game);
    const [licence] = await givenOwned(user, game);
    assert.equal((await graph.quote(user, game)).__typename, 'GameOwnedAlready');
    assert.equal((await buy(user, id)).__typename, 'GameOwnedAlready');
    assert.deepEqual(await graph.balance(user), { balance: '9000', held: '0' });
    await graph.deliver(licenceRevoked({ ...licence!, state: 'REVOKED' }));
    assert.equal((await buy(user, id)).__typename, 'Order');
  });
});

describe('a bundle', () => {
  it('costs what its price is, divided by what its games cost alone', async () => {
    const user = await graph.givenPayer('9000');
    const { bundle, parts } = await givenBundle('2000', '1000', '2000', '1000');
    const quote = await graph.quote(user, bundle);
    assert.deepEqual([quote.amount.minor, pricesOf(quote)], ['2000', '500 1000 500']);
    const order = await buy(user, quote.id);
    const { lines } = (await graph.data(LINES, { id: order.id }, user.by)).order;
    assert.deepEqual(
      lines.map((line: Answer['data']) => [line.game.id, line.bundle.id, line.isRefunded]),
      parts.map(({ id }) => [id, bundle.id, false]),
    );
  });

  it('costs less for who owns some of it, to the last cent, and nothing is left out', async () => {
    const user = await graph.givenPayer('9000');
    const { bundle, parts } = await givenBundle('1000', '100', '100', '100');
    assert.equal(pricesOf(await graph.quote(user, bundle)), '333 333 334');
    await givenOwned(user, parts[0]!);
    const quote = await graph.quote(user, bundle);
    assert.deepEqual([quote.amount.minor, quote.basePrice.minor], ['667', '667']);
    assert.equal(pricesOf(quote), '333 334');
    const order = await buy(user, quote.id);
    const [event] = await graph.events(uuidIn(order.id));
    const licensed = event!.data.lines.map(({ gameId }: Answer['data']) => gameId);
    assert.deepEqual(
      licensed,
      parts.slice(1).map(({ state }) => state.id),
    );
    await givenOwned(user, ...parts.slice(1));
    assert.equal((await graph.quote(user, bundle)).__typename, 'GameOwnedAlready');
  });

  it('is refused with both prices when a game of it came to be owned since', async () => {
    const user = await graph.givenPayer('9000');
    const { bundle, parts } = await givenBundle('1000', '500', '500');
    const { id } = await graph.quote(user, bundle);
    await givenOwned(user, parts[0]!);
    const refused = await buy(user, id);
    assert.equal(refused.__typename, 'PriceChanged');
    assert.deepEqual([refused.quoted.minor, refused.current.minor], ['1000', '500']);
  });

  it('is not for sale when one of its games is not', async () => {
    const user = graph.givenUser();
    const { bundle, parts } = await givenBundle('1000', '500', '500');
    await graph.change(parts[1]!, { state: 'WITHDRAWN' });
    assert.equal((await graph.quote(user, bundle)).__typename, 'GameNotForSale');
  });

  it('is refunded whole', async () => {
    const user = await graph.givenPayer('9000');
    const { bundle, parts } = await givenBundle('1000', '500', '500');
    const { id } = await buy(user, (await graph.quote(user, bundle)).id);
    await graph.deliver(licenceGranted(answerOf(user, id, parts[0]!)));
    const refund = async (gameIds?: string[]) => {
      const input = { idempotencyKey: newKey(), orderId: id, gameIds };
      return (await graph.data(REFUND, { input }, user.by)).refundOrder;
    };
    assert.equal((await refund([parts[0]!.id])).reason, 'a bundle is refunded whole');
    assert.equal((await refund(parts.map(part => part.id))).state, 'REFUND_REQUESTED');
    await graph.deliver(licenceRevoked(answerOf(user, id, parts[1]!)));
    assert.equal((await graph.order(user, id)).state, 'REFUNDED');
    assert.deepEqual(await graph.balance(user), { balance: '9000', held: '0' });
    await graph.assertBalanced();
  });
});

describe('a DLC', () => {
  it('needs its base game: owned, or in the same order', async () => {
    const [user, base] = [await graph.givenPayer('9000'), await graph.givenGame('2000')];
    const dlc = await graph.givenGame('500', 'EUR', { baseGameId: base.state.id });
    const refused = await graph.quote(user, dlc);
    assert.deepEqual([refused.__typename, refused.baseGame.id], ['BaseGameMissing', base.id]);
    const both = await graph.quote(user, dlc, 'DE', { andGameIds: [base.id] });
    assert.deepEqual([both.amount.minor, pricesOf(both)], ['2500', '500 2000']);
    const [licence] = await givenOwned(user, base);
    const quote = await graph.quote(user, dlc);
    await graph.deliver(licenceRevoked({ ...licence!, state: 'REVOKED' }));
    assert.equal((await buy(user, quote.id)).__typename, 'BaseGameMissing');
  });

  it('can be given back without its base, and its base then, each once', async () => {
    const [user, base] = [await graph.givenPayer('9000'), await graph.givenGame('2000')];
    const dlc = await graph.givenGame('500', 'EUR', { baseGameId: base.state.id });
    const quote = await graph.quote(user, dlc, 'DE', { andGameIds: [base.id] });
    const { id } = await buy(user, quote.id);
    await graph.deliver(licenceGranted(answerOf(user, id, base)));
    const refund = async (gameIds: string[] | null) => {
      const input = { idempotencyKey: newKey(), orderId: id, gameIds };
      return (await graph.data(REFUND, { input }, user.by)).refundOrder;
    };
    assert.equal((await refund([dlc.id])).state, 'REFUND_REQUESTED');
    const ofBase = { ...answerOf(user, id, base), state: 'REVOKED' as const };
    await graph.deliver(licenceRevoked(ofBase));
    assert.equal((await graph.order(user, id)).state, 'REFUND_REQUESTED', 'that is another game');
    const ofDlc = { ...answerOf(user, id, dlc), state: 'REVOKED' as const };
    await graph.deliver(licenceRevoked(ofDlc));
    const { order } = await graph.data(LINES, { id }, user.by);
    assert.equal(order.state, 'COMPLETED');
    assert.deepEqual(
      order.lines.map((line: Answer['data']) => line.isRefunded),
      [true, false],
    );
    assert.deepEqual(await graph.balance(user), { balance: '7000', held: '0' });
    assert.match((await refund([dlc.id])).reason, /does not have these games/);
    assert.equal((await refund(null)).state, 'REFUND_REQUESTED');
    await graph.deliver(licenceRevoked(ofDlc), licenceRevoked(ofBase), licenceRevoked(ofBase));
    assert.equal((await graph.order(user, id)).state, 'REFUNDED');
    assert.deepEqual(await graph.balance(user), { balance: '9000', held: '0' });
    await graph.assertBalanced();
  });
});

describe('an order of several games', () => {
  it('is of different games, twenty at most, in one currency', async () => {
    const [user, game] = [graph.givenUser(), await graph.givenGame()];
    const rejects = (andGameIds: string[]) =>
      assert.rejects(graph.quote(user, game, 'DE', { andGameIds }), /BAD_USER_INPUT/);
    await rejects([game.id]);
    await rejects([(await graph.givenGame('500', 'JPY')).id]);
    const { bundle, parts } = await givenBundle('1000', '500', '500');
    await assert.rejects(graph.quote(user, bundle, 'DE', { andGameIds: [parts[0]!.id] }), /twice/);
  });
});

describe('a game that is bought ahead', () => {
  it('may be given back until 14 days after its release', async () => {
    const releasedAt = new Date(Date.now() + 30 * 86_400_000);
    const game = await graph.givenGame('1999', 'EUR', { releasedAt: releasedAt.toISOString() });
    const user = await graph.givenPayer('5000');
    const { id } = await graph.givenPurchase(user, game);
    const until = new Date(releasedAt.getTime() + 14 * 86_400_000);
    graph.setClock(new Date(until.getTime() + 1));
    assert.equal((await graph.refund(user, id)).__typename, 'RefundNotPossible');
    graph.setClock(until);
    assert.equal((await graph.refund(user, id)).state, 'REFUND_REQUESTED');
  });
});

describe('a voucher', () => {
  const CREATE = `mutation ($input: CreateVoucherInput!) { createVoucher(input: $input) {
    id code percent redemptionsMax redemptionsCount expiresAt } }`;

  async function givenVoucher(more: object = {}): Promise<{ code: string }> {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const input = { idempotencyKey: newKey(), percent: 25, redemptionsMax: 10, expiresAt, ...more };
    return (await graph.data(CREATE, { input }, OPERATOR)).createVoucher;
  }

  const use = async (user: Somebody, voucherCode: string, game?: SomeGame) =>
    buy(user, (await graph.quote(user, game ?? (await graph.givenGame('1999')))).id, {
      voucherCode,
    });

  it('takes its part off, once for each user', async () => {
    const [user, { code }] = [await graph.givenPayer('9000'), await givenVoucher()];
    const order = await use(user, code);
    assert.equal(order.amount.minor, '1499');
    assert.deepEqual(await graph.balance(user), { balance: '7501', held: '1499' });
    assert.equal((await use(user, code)).__typename, 'VoucherNotValid');
    assert.equal((await use(await graph.givenPayer('9000'), code)).__typename, 'Order');
  });

  it('makes it free at 100 percent', async () => {
    const { code } = await givenVoucher({ percent: 100 });
    const { state, amount } = await use(graph.givenUser(), code);
    assert.deepEqual([state, amount.minor], ['HELD', '0']);
  });

  it('is redeemed so often and no oftener, however many come at once', async () => {
    const { code } = await givenVoucher({ redemptionsMax: 3 });
    const users = await Promise.all(Array.from({ length: 8 }, () => graph.givenPayer('9000')));
    const kinds = (await Promise.all(users.map(user => use(user, code)))).map(
      ({ __typename }) => __typename,
    );
    assert.equal(kinds.filter(kind => kind === 'Order').length, 3);
    assert.equal(kinds.filter(kind => kind === 'VoucherNotValid').length, 5);
  });

  it('is as good as before when the order came to nothing, and not when it was refunded', async () => {
    const [user, { code }] = [await graph.givenPayer('9000'), await givenVoucher()];
    const refused = await use(user, code);
    await graph.deliver(graph.licence(refused.id).refused());
    const kept = await use(user, code);
    assert.equal(kept.__typename, 'Order');
    await graph.deliver(graph.licence(kept.id).granted());
    await graph.refund(user, kept.id);
    await graph.deliver(graph.licence(kept.id).revoked());
    assert.deepEqual(await graph.balance(user), { balance: '9000', held: '0' }, 'what was paid');
    assert.equal((await use(user, code)).__typename, 'VoucherNotValid');
  });

  it('is told alike when it expired, is for another game, or never was', async () => {
    const [user, game] = [await graph.givenPayer('9000'), await graph.givenGame()];
    const ofGame = await givenVoucher({ gameId: game.id });
    assert.equal((await use(user, ofGame.code)).__typename, 'VoucherNotValid');
    assert.equal((await use(user, 'NO-SUCH-VOUCHER')).__typename, 'VoucherNotValid');
    assert.equal((await use(user, ofGame.code, game)).__typename, 'Order');
    const { code } = await givenVoucher();
    graph.setClock(new Date(Date.now() + 3_700_000));
    assert.equal((await use(user, code)).__typename, 'VoucherNotValid');
  });

  it('is made by who operates payments, once for each key', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const input = { idempotencyKey: newKey(), percent: 25, redemptionsMax: 10, expiresAt };
    const make = async () => (await graph.data(CREATE, { input }, OPERATOR)).createVoucher;
    const [one, again] = [await make(), await make()];
    assert.deepEqual(one, again);
    assert.match(one.code, /^[0-9A-F]{20}$/);
    const code = (more: object, by: object = OPERATOR) =>
      graph.code(CREATE, { input: { ...input, idempotencyKey: newKey(), ...more } }, by);
    assert.equal(await code({}, graph.givenUser().by), 'FORBIDDEN');
    for (const bad of [{ percent: 0 }, { percent: 101 }, { redemptionsMax: 0 }])
      assert.equal(await code(bad), 'BAD_USER_INPUT');
    assert.equal(await code({ expiresAt: new Date(0).toISOString() }), 'BAD_USER_INPUT');
  });
});
