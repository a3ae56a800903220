import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { forgetOldKeys, query } from '@gamegraph/subgraph-kit';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import {
  newKey,
  PURCHASE,
  REFUND,
  type Somebody,
  type TestPayments,
  testPayments,
  TOP_UP,
  uuidIn,
} from '../testing.js';

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

async function givenQuote(minor = '1000', funds = '5000') {
  const [user, game] = [await graph.givenPayer(funds), await graph.givenGame(minor)];
  return { user, game, quoteId: (await graph.quote(user, game)).id as string };
}

const ordersOf = async (user: Somebody) =>
  (await graph.entities('User', [user.id], '{ orders { totalCount } }', user.by))[0].orders
    .totalCount;

const codeOf = (input: object, by: object, mutation = PURCHASE) =>
  graph.code(mutation, { input }, by);

describe('a key', () => {
  it('is executed once when twelve come with it at once', async () => {
    const { user, quoteId } = await givenQuote();
    const input = { idempotencyKey: newKey(), quoteId };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => graph.ask(PURCHASE, { input }, user.by)),
    );
    const orders = answers.flatMap(({ data }) => data?.purchaseGame?.id ?? []);
    const codes = answers.flatMap(({ errors }) => errors?.[0]?.extensions?.code ?? []);
    assert.equal(orders.length + codes.length, 12);
    assert.equal(new Set(orders).size, 1);
    assert.ok(codes.every(code => code === 'IDEMPOTENCY_IN_PROGRESS'));
    assert.equal(await ordersOf(user), 1);
    assert.deepEqual(await graph.balance(user), { balance: '4000', held: '1000' });
  });

  it('is in progress for others until the first is done, and then replayed', async () => {
    const { user, quoteId } = await givenQuote();
    const input = { idempotencyKey: newKey(), quoteId };
    let first: Promise<{ id: string }>;
    await graph.em().transactional(async tx => {
      await query(tx, sql`SELECT 1 FROM account WHERE user_id = ${user.userId} FOR UPDATE`);
      first = graph.purchase(user, quoteId, input.idempotencyKey);
      await until('the first waits for the wallet', async () => {
        const waiting = await query(
          graph.em(),
          sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return waiting.length > 0;
      });
      const { errors } = await graph.ask(PURCHASE, { input }, user.by);
      assert.deepEqual(errors?.[0]?.extensions, {
        code: 'IDEMPOTENCY_IN_PROGRESS',
        retryAfterMs: 500,
      });
    });
    const { id } = await first!;
    assert.equal((await graph.purchase(user, quoteId, input.idempotencyKey)).id, id);
  });

  it('is answered with what became of it since', async () => {
    const { user, quoteId } = await givenQuote();
    const key = newKey();
    const { id } = await graph.purchase(user, quoteId, key);
    await graph.deliver(graph.licence(id).granted());
    const replay = await graph.purchase(user, quoteId, key);
    assert.deepEqual([replay.id, replay.state], [id, 'COMPLETED']);
    assert.equal(await ordersOf(user), 1);
    const types = (await graph.events(uuidIn(id))).map(({ type }) => type);
    assert.deepEqual(types, ['payments.order.held.v1', 'payments.order.processed.v1']);
  });

  it('is answered with its refusal, word for word, even when it would be granted now', async () => {
    const { user, quoteId } = await givenQuote('9000', '5000');
    const key = newKey();
    const refused = await graph.purchase(user, quoteId, key);
    assert.deepEqual(refused.missing, { minor: '4000', currency: 'EUR' });
    await graph.topUp(user, '9000');
    assert.deepEqual(await graph.purchase(user, quoteId, key), refused);
    assert.equal((await graph.purchase(user, quoteId)).__typename, 'Order');
  });

  it('keeps the refusals of refunds, and of prices that changed', async () => {
    const { user, game, quoteId } = await givenQuote();
    const [refundKey, priceKey] = [newKey(), newKey()];
    const { id } = await graph.givenOrder(user, game);
    const tooEarly = await graph.refund(user, id, refundKey);
    assert.equal(tooEarly.__typename, 'RefundNotPossible');
    await graph.deliver(graph.licence(id).granted());
    assert.deepEqual(await graph.refund(user, id, refundKey), tooEarly);
    await graph.change(game, { prices: [{ region: '*', currency: 'EUR', minor: '900' }] });
    const changed = await graph.purchase(user, quoteId, priceKey);
    assert.equal(changed.__typename, 'PriceChanged');
    await graph.change(game, { prices: [{ region: '*', currency: 'EUR', minor: '1000' }] });
    assert.deepEqual(await graph.purchase(user, quoteId, priceKey), changed);
  });

  it('is refused with other arguments', async () => {
    const { user, game, quoteId } = await givenQuote();
    const idempotencyKey = newKey();
    await graph.purchase(user, quoteId, idempotencyKey);
    const other = { idempotencyKey, quoteId: (await graph.quote(user, game)).id };
    assert.equal(await codeOf(other, user.by), 'IDEMPOTENCY_KEY_REUSED');
    assert.equal(await ordersOf(user), 1);
    const money = (minor: string) => ({ idempotencyKey, amount: { minor, currency: 'EUR' } });
    await graph.data(TOP_UP, { input: money('100') }, user.by);
    assert.equal(await codeOf(money('101'), user.by, TOP_UP), 'IDEMPOTENCY_KEY_REUSED');
    assert.deepEqual(await graph.balance(user), { balance: '4100', held: '1000' });
  });

  it("is one's own, and one mutation's own", async () => {
    const [one, other] = [await givenQuote(), await givenQuote()];
    const key = newKey();
    const orders = [
      await graph.purchase(one.user, one.quoteId, key),
      await graph.purchase(other.user, other.quoteId, key),
    ];
    assert.equal(new Set(orders.map(({ id }) => id)).size, 2);
    await graph.deliver(graph.licence(orders[0].id).granted());
    assert.equal((await graph.refund(one.user, orders[0].id, key)).state, 'REFUND_REQUESTED');
    assert.equal((await graph.topUp(one.user, '10', 'EUR', key)).state, 'CAPTURED');
  });

  it('is free again after an error', async () => {
    const { user, quoteId } = await givenQuote();
    const input = { idempotencyKey: newKey(), quoteId: 'nonsense' };
    assert.equal(await codeOf(input, user.by), 'NOT_FOUND');
    const broken = sql`ALTER TABLE game_order ADD CONSTRAINT broken CHECK (false) NOT VALID`;
    await query(graph.em(), broken);
    assert.equal(await codeOf({ ...input, quoteId }, user.by), 'INTERNAL_SERVER_ERROR');
    await query(graph.em(), sql`ALTER TABLE game_order DROP CONSTRAINT broken`);
    const order = await graph.purchase(user, quoteId, input.idempotencyKey);
    assert.equal(order.__typename, 'Order');
    assert.deepEqual(await graph.balance(user), { balance: '4000', held: '1000' });
  });

  it('has 16 to 255 characters, and is not left out', async () => {
    const { user, quoteId } = await givenQuote();
    for (const idempotencyKey of ['', 'x'.repeat(15), 'x'.repeat(256), undefined, null]) {
      const inputs: [string, object][] = [
        [PURCHASE, { quoteId }],
        [REFUND, { orderId: 'x' }],
        [TOP_UP, { amount: { minor: '1', currency: 'EUR' } }],
      ];
      for (const [mutation, input] of inputs) {
        const code = await codeOf({ ...input, idempotencyKey }, user.by, mutation);
        assert.equal(code, 'BAD_USER_INPUT', `${idempotencyKey}`);
      }
    }
    for (const length of [16, 255]) {
      const { id } = await graph.quote(user, await graph.givenGame('1000'));
      const order = await graph.purchase(user, id, 'x'.repeat(length));
      assert.equal(order.__typename, 'Order');
    }
  });

  it('stands for its own wish when a document has two', async () => {
    const { user, quoteId } = await givenQuote();
    const BOTH = `mutation ($topUp: TopUpWalletInput!, $purchase: PurchaseGameInput!, $again: TopUpWalletInput!) {
      topUp: topUpWallet(input: $topUp) { ... on TopUp { wallet { balance { minor } } } }
      purchaseGame(input: $purchase) { ... on Order { state } }
      again: topUpWallet(input: $again) { ... on TopUp { wallet { balance { minor } held { minor } } } } }`;
    const amount = { minor: '500', currency: 'EUR' };
    const variables = {
      topUp: { idempotencyKey: newKey(), amount },
      purchase: { idempotencyKey: newKey(), quoteId },
      again: { idempotencyKey: newKey(), amount },
    };
    const { topUp, purchaseGame, again } = await graph.data(BOTH, variables, user.by);
    assert.equal(topUp.wallet.balance.minor, '5500');
    assert.equal(purchaseGame.state, 'HELD');
    assert.deepEqual(again.wallet, { balance: { minor: '5000' }, held: { minor: '1000' } });
  });

  it('is kept for 30 days', async () => {
    const { user, quoteId } = await givenQuote();
    const idempotencyKey = newKey();
    const { id } = await graph.purchase(user, quoteId, idempotencyKey);
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
    await forgetOldKeys(graph.em(), inDays(29.9));
    assert.equal((await graph.purchase(user, quoteId, idempotencyKey)).id, id);
    await forgetOldKeys(graph.em(), inDays(30.1));
    assert.notEqual((await graph.purchase(user, quoteId, idempotencyKey)).id, id);
  });
});
