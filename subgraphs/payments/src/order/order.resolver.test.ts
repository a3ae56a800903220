import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { userCreated, userDeleted } from '@gamegraph/event-contracts';
import { globalId, query } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import {
  newKey,
  OPERATOR,
  PURCHASE,
  REFUND,
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

async function givenHandle({ userId }: Somebody, handle: string) {
  const everyone = { library: 'PUBLIC', friends: 'PUBLIC', activity: 'PUBLIC' } as const;
  await graph.deliver(
    userCreated({
      ...{ id: userId, handle, displayName: handle, avatarUrl: null, region: null },
      ...{ isBanned: false, privacy: { ...everyone, presence: 'PUBLIC' } },
      createdAt: new Date().toISOString(),
    }),
  );
}

const nodesOf = (connection: Answer['data']) =>
  connection.edges.map((edge: Answer['data']) => edge.node);

describe('buying a game', () => {
  it('sets the price aside, and announces it to the library', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame('1999')];
    const order = await graph.givenOrder(user, game);
    assert.deepEqual([order.state, order.amount], ['HELD', { minor: '1999', currency: 'EUR' }]);
    assert.deepEqual(await graph.balance(user), { balance: '3001', held: '1999' });
    const [event] = await graph.events(uuidIn(order.id));
    assert.equal(event!.type, 'payments.order.held.v1');
    assert.deepEqual(event!.data, {
      ...{ id: uuidIn(order.id), buyerId: user.userId, gameId: game.state.id, state: 'HELD' },
      ...{ reason: null, currency: 'EUR', minor: '1999', createdAt: event!.data.createdAt },
      recipientId: null,
      lines: [{ gameId: game.state.id, minor: '1999', baseGameId: null, bundleId: null }],
    });
    await graph.assertBalanced();
  });

  it('says how much is missing, of the wallet of that currency', async () => {
    const user = await graph.givenPayer('1000');
    const { id } = await graph.quote(user, await graph.givenGame('1999'));
    const refused = await graph.purchase(user, id);
    assert.equal(refused.__typename, 'InsufficientFunds');
    assert.deepEqual(refused.missing, { minor: '999', currency: 'EUR' });
    const yen = await graph.quote(user, await graph.givenGame('500', 'JPY'));
    const { missing } = await graph.purchase(user, yen.id);
    assert.deepEqual(missing, { minor: '500', currency: 'JPY' });
    assert.deepEqual(await graph.balance(user), { balance: '1000', held: '0' });
  });

  it('moves no money for what costs nothing, and asks the library all the same', async () => {
    const [user, game] = [graph.givenUser(), await graph.givenGame('0')];
    const placed = await graph.givenPurchase(user, game);
    const order = await graph.order(user, placed.id);
    assert.deepEqual([order.state, order.transactions], ['COMPLETED', []]);
    assert.equal(await graph.balance(user), undefined, 'there is no wallet');
    const types = (await graph.events(uuidIn(placed.id))).map(({ type }) => type);
    assert.deepEqual(types, ['payments.order.held.v1', 'payments.order.processed.v1']);
    assert.equal((await graph.refund(user, placed.id)).reason, 'it cost nothing');
  });

  it('spends a wallet once, however many orders come for it at once', async () => {
    const user = await graph.givenPayer('5000');
    const quotes = await Promise.all(
      Array.from({ length: 8 }, async () => graph.quote(user, await graph.givenGame('1500'))),
    );
    const answers = await Promise.all(quotes.map(({ id }) => graph.purchase(user, id)));
    const kinds = Map.groupBy(answers, ({ __typename }) => __typename);
    assert.equal(kinds.get('Order')?.length, 3);
    assert.equal(kinds.get('InsufficientFunds')?.length, 5);
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '4500' });
    await graph.assertBalanced();
  });

  it('holds once for two tabs that buy the same, and again when the first came to nothing', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame('2000')];
    const quotes = [await graph.quote(user, game), await graph.quote(user, game)];
    const both = await Promise.all(quotes.map(({ id }) => graph.purchase(user, id)));
    const kinds = both.map(({ __typename }) => __typename).sort();
    assert.deepEqual(kinds, ['Order', 'PurchaseUnderWay']);
    assert.deepEqual(await graph.balance(user), { balance: '3000', held: '2000' });
    const { id } = both.find(({ __typename }) => __typename === 'Order')!;
    await graph.deliver(graph.licence(id).refused());
    assert.equal((await graph.purchase(user, quotes[0]!.id)).__typename, 'Order');
    assert.equal((await graph.purchase(user, quotes[1]!.id)).__typename, 'PurchaseUnderWay');
    await graph.assertBalanced();
  });

  it('is for who is logged in', async () => {
    const input = { idempotencyKey: newKey(), quoteId: 'x' };
    assert.equal(await graph.code(PURCHASE, { input }), 'UNAUTHENTICATED');
  });
});

describe('asking for a refund', () => {
  it('asks the library, and gives the money back when the licence is', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame('1999')];
    const { id } = await graph.givenPurchase(user, game);
    const requested = await graph.refund(user, id);
    assert.deepEqual([requested.id, requested.state], [id, 'REFUND_REQUESTED']);
    assert.deepEqual(await graph.balance(user), { balance: '3001', held: '0' });
    await graph.deliver(graph.licence(id).revoked());
    const order = await graph.order(user, id);
    assert.equal(order.state, 'REFUNDED');
    assert.deepEqual(
      order.transactions.map(({ kind, amount }: Answer['data']) => [kind, amount.minor]),
      [
        ['HOLD', '1999'],
        ['CAPTURE', '1999'],
        ['REFUND', '1999'],
      ],
    );
    assert.deepEqual(await graph.balance(user), { balance: '5000', held: '0' });
    const types = (await graph.events(uuidIn(id))).map(({ type }) => type.split('.')[2]);
    assert.deepEqual(types, ['held', 'processed', 'refund-requested', 'refunded']);
    await graph.assertBalanced();
  });

  it('is heard once when it comes twice at once', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame()];
    const { id } = await graph.givenPurchase(user, game);
    const answers = await Promise.all(Array.from({ length: 6 }, () => graph.refund(user, id)));
    const kinds = answers.map(({ __typename }) => __typename).sort();
    assert.deepEqual(kinds, ['Order', ...Array<string>(5).fill('RefundNotPossible')]);
    const asked = (await graph.events(uuidIn(id))).filter(({ type }) => /requested/.test(type));
    assert.equal(asked.length, 1);
  });

  it('says why it is not possible', async () => {
    const [user, game] = [await graph.givenPayer('9000'), await graph.givenGame()];
    const held = await graph.givenOrder(user, game);
    assert.equal((await graph.refund(user, held.id)).reason, 'the purchase is not complete yet');
    const { id } = await graph.givenPurchase(user, await graph.givenGame());
    graph.setClock(new Date(Date.now() + 15 * 86_400_000));
    const late = await graph.refund(user, id);
    graph.setClock(undefined);
    assert.equal(
      late.message,
      'This order cannot be refunded: the purchase was more than 14 days ago.',
    );
    const { refundEligibility } = await graph.order(user, id);
    assert.equal(refundEligibility.isEligible, true);
  });

  it('is for the buyer alone', async () => {
    const [user, other] = [await graph.givenPayer('5000'), graph.givenUser()];
    const { id } = await graph.givenPurchase(user, await graph.givenGame());
    const input = { idempotencyKey: newKey(), orderId: id };
    assert.equal(await graph.code(REFUND, { input }, other.by), 'NOT_FOUND');
    assert.equal(await graph.code(REFUND, { input }, OPERATOR), 'NOT_FOUND');
    assert.equal(await graph.code(REFUND, { input }), 'UNAUTHENTICATED');
  });
});

describe('looking orders up', () => {
  const FIELDS = `id state reason createdAt completedAt amount { minor currency } buyer { id } buyerHandle game { id }
    gameTitle refundEligibility { isEligible reason until } transactions { kind at amount { minor currency } }`;
  const LIST = `query ($filter: OrderFilter, $sort: OrderSort! = NEWEST) {
    orders(filter: $filter, sort: $sort) { totalCount edges { node { id } } } }`;

  it('shows all fields to the buyer and to the operator, and follows handle and title', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame('1999')];
    await givenHandle(user, 'ada');
    const { id } = await graph.givenPurchase(user, game);
    const ORDER = `query ($id: ID!) { order(id: $id) { ${FIELDS} } }`;
    const { order } = await graph.data(ORDER, { id }, user.by);
    assert.deepEqual(
      { ...order, createdAt: 0, completedAt: 0, refundEligibility: 0, transactions: 0 },
      {
        ...{ id, state: 'COMPLETED', reason: null, createdAt: 0, completedAt: 0 },
        ...{ amount: { minor: '1999', currency: 'EUR' }, buyer: { id: user.id } },
        ...{ buyerHandle: 'ada', game: { id: game.id }, gameTitle: game.state.title },
        ...{ refundEligibility: 0, transactions: 0 },
      },
    );
    assert.ok(order.completedAt >= order.createdAt);
    assert.deepEqual((await graph.data(ORDER, { id }, OPERATOR)).order, order);
    await graph.change(game, { title: 'Another' });
    await graph.deliver(userDeleted({ id: user.userId }));
    const changed = (await graph.data(ORDER, { id }, user.by)).order;
    assert.deepEqual([changed.gameTitle, changed.buyerHandle], ['Another', null]);
  });

  it('shows none of them to anybody else, by any path', async () => {
    const [user, other] = [await graph.givenPayer('5000'), graph.givenUser()];
    const { id } = await graph.givenPurchase(user, await graph.givenGame());
    const ORDER = 'query ($id: ID!) { order(id: $id) { id } }';
    assert.deepEqual(await graph.data(ORDER, { id }, other.by), { order: null });
    assert.equal(await graph.code(ORDER, { id }), 'UNAUTHENTICATED');
    assert.equal(
      await graph.code(ORDER, { id: globalId('Wallet', uuidv7()) }, other.by),
      'NOT_FOUND',
    );
    assert.deepEqual(await graph.entities('Order', [id], '{ id }', other.by), [null]);
    assert.deepEqual(await graph.entities('Order', [id], '{ id }'), [null]);
    const MINE = '{ orders { totalCount } }';
    assert.deepEqual(await graph.entities('User', [user.id], MINE, other.by), [{ orders: null }]);
    assert.deepEqual(await graph.entities('User', [user.id], MINE), [{ orders: null }]);
    assert.deepEqual(await graph.entities('User', [user.id], MINE, OPERATOR), [{ orders: null }]);
    assert.equal(await graph.code(LIST, {}, other.by), 'FORBIDDEN');
    assert.equal(await graph.code(LIST), 'UNAUTHENTICATED');
  });

  it('lists, filters, sorts and pages the orders of one and of all', async () => {
    const user = await graph.givenPayer('90000');
    const prices: [string, string][] = [
      ['300', 'C'],
      ['100', 'A'],
      ['200', 'B'],
      ['0', 'D'],
    ];
    const orders = [];
    for (const [minor, title] of prices) {
      const game = await graph.givenGame(minor, 'EUR', { title });
      orders.push({ game, ...(await graph.givenOrder(user, game)) });
    }
    await graph.deliver(graph.licence(orders[0]!.id).granted());
    const titles = async (args: string) => {
      const SELECTION = `{ orders(${args}) { totalCount edges { node { gameTitle } } } }`;
      const [{ orders: found }] = await graph.entities('User', [user.id], SELECTION, user.by);
      return [
        nodesOf(found)
          .map((one: Answer['data']) => one.gameTitle)
          .join(''),
        found.totalCount,
      ];
    };
    assert.deepEqual(await titles('sort: NEWEST'), ['DBAC', 4]);
    assert.deepEqual(await titles('sort: GAME_TITLE, first: 2'), ['AB', 4]);
    assert.deepEqual(await titles('sort: AMOUNT, last: 2'), ['AD', 4]);
    assert.deepEqual(await titles('filter: { state: COMPLETED }'), ['C', 1]);

    const filters = [{ gameId: orders[1]!.game.id }, { buyerId: user.id, state: 'COMPLETED' }];
    const found = [];
    for (const filter of filters)
      found.push(nodesOf((await graph.data(LIST, { filter }, OPERATOR)).orders)[0]?.id);
    assert.deepEqual(found, [orders[1]!.id, orders[0]!.id]);
    const all = (await graph.data(LIST, { sort: 'AMOUNT' }, OPERATOR)).orders;
    assert.ok(all.totalCount > 4);
  });

  it('resolves twenty references, and lists with all their fields, in a constant number of statements', async () => {
    const user = await graph.givenPayer('90000');
    await givenHandle(user, 'grace');
    const ids: string[] = [];
    for (let n = 0; n < 20; n++)
      ids.push((await graph.givenOrder(user, await graph.givenGame('100'))).id);
    const count = async (work: () => Promise<unknown>) => (await graph.statements(work)).length;
    const entities = (some: string[]) => graph.entities('Order', some, `{ ${FIELDS} }`, user.by);
    assert.equal(await count(() => entities(ids)), 4, 'orders, buyers, games and transfers');
    assert.equal(await count(() => entities(ids.slice(0, 1))), 4);
    const wanted = ids.toReversed();
    const found = await entities(wanted);
    assert.deepEqual(
      found.map(({ id }) => id),
      wanted,
    );
    const mine = (first: number) =>
      graph.entities(
        'User',
        [user.id],
        `{ orders(first: ${first}) { totalCount edges { node { ${FIELDS} } } } }`,
        user.by,
      );
    assert.equal(await count(() => mine(20)), 5, 'the count and the page, and what is nested');
    assert.equal(await count(() => mine(1)), 5);
    const everybody = `{ orders(first: 20) { edges { node { ${FIELDS} } } } }`;
    assert.equal(await count(() => graph.data(everybody, {}, OPERATOR)), 4);
  });
});

describe('watching orders', () => {
  const WATCH = 'subscription ($id: ID) { orderChanged(id: $id) { id state } }';

  it("tells the viewer of each change of one's own orders, or of one of them alone", async () => {
    const [user, other] = [await graph.givenPayer('9000'), await graph.givenPayer('9000')];
    const game = await graph.givenGame('1999');
    const first = await graph.givenOrder(user, game);
    const all = graph.subscribe(WATCH, {}, user.by);
    const one = graph.subscribe(WATCH, { id: first.id }, user.by);
    const payload = JSON.stringify([{ topic: `orders:${user.userId}`, id: uuidIn(first.id) }]);
    await until('both listen', async () => {
      await query(graph.em(), sql`SELECT pg_notify('live', ${payload})`);
      return all.results.length > 0 && one.results.length > 0;
    });
    const second = await graph.givenOrder(user, await graph.givenGame('1999'));
    await graph.givenOrder(other, game);
    await graph.deliver(graph.licence(first.id).granted());
    const toldBy = ({ results }: { results: Answer[] }) =>
      new Set(results.map(({ data }) => `${data.orderChanged.id} ${data.orderChanged.state}`));
    const ofFirst = [`${first.id} HELD`, `${first.id} COMPLETED`];
    const ofBoth = [...ofFirst, `${second.id} HELD`];
    await until('all are told', () => toldBy(all).size === 3 && toldBy(one).size === 2);
    assert.deepEqual(toldBy(all), new Set(ofBoth));
    assert.deepEqual(toldBy(one), new Set(ofFirst));
    all.stop();
    one.stop();
  });

  it("refuses whoever is not logged in, and others' orders", async () => {
    const user = await graph.givenPayer('9000');
    const { id } = await graph.givenOrder(user, await graph.givenGame());
    for (const [by, code] of [
      [{}, 'UNAUTHENTICATED'],
      [graph.givenUser().by, 'NOT_FOUND'],
      [OPERATOR, 'NOT_FOUND'],
    ] as const) {
      const { results, stop } = graph.subscribe(WATCH, { id }, by);
      await until('there is an answer', () => results.length > 0);
      assert.equal(results[0]!.errors?.[0]?.extensions?.code, code);
      stop();
    }
  });
});
