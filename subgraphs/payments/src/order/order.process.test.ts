import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { globalId, transact } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { type Somebody, type TestPayments, testPayments, uuidIn } from '../testing.js';
import { cancelUnanswered, orderProcess } from './order.process.js';

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

/** Does with an event what the inbox would: for answers that race, as they do in two processes. */
function answer(event: ReturnType<ReturnType<TestPayments['licence']>['granted']>) {
  const { handle } = orderProcess.handlers.get(event.type)!;
  return transact(graph.em(), async em => {
    await handle(event.data as never, { em, envelope: {} as never, at: new Date() });
  });
}

const kindsOf = ({ transactions }: Answer['data']) =>
  transactions.map(({ kind }: Answer['data']) => kind).join(' ');

const eventsOf = async (orderId: string) =>
  (await graph.events(uuidIn(orderId))).map(({ type }) => type.split('.')[2]);

async function givenRefundRequest(): Promise<{ user: Somebody; id: string }> {
  const user = await graph.givenPayer('5000');
  const { id } = await graph.givenPurchase(user, await graph.givenGame('1999'));
  assert.equal((await graph.refund(user, id)).state, 'REFUND_REQUESTED');
  return { user, id };
}

describe('the answer to a purchase', () => {
  it('completes it: the money is taken, and that is announced', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame('1999')];
    const { id } = await graph.givenPurchase(user, game);
    const order = await graph.order(user, id);
    assert.deepEqual([order.state, kindsOf(order)], ['COMPLETED', 'HOLD CAPTURE']);
    assert.deepEqual(await graph.balance(user), { balance: '3001', held: '0' });
    assert.deepEqual(await eventsOf(id), ['held', 'processed']);
  });

  it('refuses it: the money comes back, and the reason is told', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame('1999')];
    const { id } = await graph.givenOrder(user, game);
    await graph.deliver(graph.licence(id).refused('owned already'));
    const order = await graph.order(user, id);
    assert.deepEqual([order.state, order.reason], ['REFUSED', 'owned already']);
    assert.equal(kindsOf(order), 'HOLD RELEASE');
    assert.deepEqual(await graph.balance(user), { balance: '5000', held: '0' });
    assert.deepEqual(await eventsOf(id), ['held', 'refused']);
  });

  it('counts once, however often it comes', async () => {
    const user = await graph.givenPayer('9000');
    const one = await graph.givenOrder(user, await graph.givenGame('1999'));
    const other = await graph.givenOrder(user, await graph.givenGame('1999'));
    const { granted } = graph.licence(one.id);
    const { refused } = graph.licence(other.id);
    await graph.deliver(granted(), refused(), granted(), refused(), granted());
    assert.deepEqual(await eventsOf(one.id), ['held', 'processed']);
    assert.deepEqual(await eventsOf(other.id), ['held', 'refused']);
    assert.deepEqual(await graph.balance(user), { balance: '7001', held: '0' });
    await graph.assertBalanced();
  });

  it('ends each hold once when granted and refused race', async () => {
    const user = await graph.givenPayer('90000');
    const orders = [];
    for (let n = 0; n < 12; n++)
      orders.push(await graph.givenOrder(user, await graph.givenGame('1000')));
    await Promise.all(
      orders.flatMap(({ id }) => {
        const { granted, refused } = graph.licence(id);
        return [answer(granted()), answer(refused()), answer(granted()), answer(refused())];
      }),
    );
    let taken = 0n;
    for (const { id } of orders) {
      const order = await graph.order(user, id);
      assert.match(kindsOf(order), /^HOLD (CAPTURE|RELEASE)$/);
      assert.equal(order.state, kindsOf(order) === 'HOLD CAPTURE' ? 'COMPLETED' : 'REFUSED');
      if (order.state === 'COMPLETED') taken += 1000n;
    }
    assert.deepEqual(await graph.balance(user), { balance: String(90_000n - taken), held: '0' });
    await graph.assertBalanced();
  });

  it('is of no interest when the licence was a gift', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame()];
    const { id } = await graph.givenOrder(user, game);
    const { data, ...event } = graph.licence(id).granted();
    const [grant, gift] = [{ ...data, source: 'GRANT' as const }, globalId('Order', uuidv7())];
    await graph.deliver({ ...event, data: { ...grant, id: uuidIn(gift) } });
    assert.equal((await graph.order(user, id)).state, 'HELD');
  });
});

describe('the answer to a wish for a refund', () => {
  it('leaves the purchase as it is when the game was played for too long, and says for how long', async () => {
    const { user, id } = await givenRefundRequest();
    await graph.deliver(graph.licence(id).kept(2 * 3600 + 4 * 60 + 59));
    const order = await graph.order(user, id);
    const reason = 'played for 2 h 04 min; the limit is 2 h';
    assert.deepEqual([order.state, order.reason], ['COMPLETED', reason]);
    assert.deepEqual(order.refundEligibility, { isEligible: false, reason, until: null });
    assert.equal(kindsOf(order), 'HOLD CAPTURE');
    assert.deepEqual(await graph.balance(user), { balance: '3001', held: '0' });
    assert.equal((await eventsOf(id)).at(-1), 'refund-refused');
    const again = await graph.refund(user, id);
    assert.equal(again.message, `This order cannot be refunded: ${reason}.`);
  });

  it("tells the library's reason when it was another", async () => {
    const { user, id } = await givenRefundRequest();
    await graph.deliver(graph.licence(id).kept(60, 'the account is suspended'));
    assert.equal((await graph.order(user, id)).reason, 'the account is suspended');
  });

  it('gives the money back when there never was a licence', async () => {
    const { user, id } = await givenRefundRequest();
    await graph.deliver(graph.licence(id).refused('never granted'));
    assert.equal((await graph.order(user, id)).state, 'REFUNDED');
    assert.deepEqual(await graph.balance(user), { balance: '5000', held: '0' });
  });

  it('gives the money back once when answers race', async () => {
    const requests = await Promise.all([1, 2, 3, 4].map(givenRefundRequest));
    await Promise.all(
      requests.flatMap(({ id }) => {
        const { revoked, kept, granted } = graph.licence(id);
        return [revoked(), kept(9000), revoked(), granted(), kept(9000), revoked()].map(answer);
      }),
    );
    for (const { user, id } of requests) {
      const order = await graph.order(user, id);
      const isRefunded = order.state === 'REFUNDED';
      assert.equal(kindsOf(order), isRefunded ? 'HOLD CAPTURE REFUND' : 'HOLD CAPTURE');
      assert.deepEqual(await graph.balance(user), {
        balance: isRefunded ? '5000' : '3001',
        held: '0',
      });
    }
    await graph.assertBalanced();
  });
});

describe('an order without an answer', () => {
  it('is asked about again after a minute, and each minute, until there is one', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame()];
    const { id } = await graph.givenOrder(user, game);
    const cancelled = async () => (await eventsOf(id)).filter(type => type === 'cancelled').length;
    const began = Date.now();
    const sweep = (seconds: number) =>
      cancelUnanswered(graph.em(), new Date(began + seconds * 1000));
    await sweep(59);
    assert.equal(await cancelled(), 0);
    await sweep(61);
    assert.equal(await cancelled(), 1);
    await sweep(100);
    assert.equal(await cancelled(), 1);
    await Promise.all([sweep(125), sweep(125), sweep(125)]);
    assert.equal(await cancelled(), 2, 'by one of three');
    assert.equal((await graph.order(user, id)).state, 'HELD');
    await graph.deliver(graph.licence(id).refused('cancelled before it was granted'));
    await sweep(600);
    assert.equal(await cancelled(), 2);
    assert.deepEqual(await graph.balance(user), { balance: '5000', held: '0' });
  });
});
