import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { money, query, transact } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { cancelUnanswered, orderProcess } from '../order/order.process.js';
import { reconcileLately } from '../reconciliation/reconcile.js';
import {
  newKey,
  OPERATOR,
  PURCHASE,
  SECRET,
  type Somebody,
  type TestPayments,
  testPayments,
  uuidIn,
} from '../testing.js';
import { FakeProvider, type FakeProviderOptions } from '../top-up/provider/fake-provider.js';
import type { ChargeId } from '../top-up/provider/payment-provider.js';
import type { Webhook } from '../top-up/provider/webhook.js';
import { pursueDue, settlePayment } from './payment.process.js';

const MINUTE_MS = 60_000;

/** A provider that can be cut off: then nothing reaches it. */
class DistantProvider extends FakeProvider {
  isCutOff = false;
  refundsCount = 0;

  override charge(request: Parameters<FakeProvider['charge']>[0]) {
    return this.#reach(() => super.charge(request));
  }

  override find(id: ChargeId) {
    return this.#reach(() => super.find(id));
  }

  override capture(id: ChargeId) {
    return this.#reach(() => super.capture(id));
  }

  override refund(id: ChargeId, totalMinor: bigint) {
    this.refundsCount++;
    return this.#reach(() => super.refund(id, totalMinor));
  }

  async #reach<T>(act: () => Promise<T>): Promise<T> {
    if (this.isCutOff) throw new Error('There is no connection.');
    return act();
  }
}

const options: FakeProviderOptions = { secret: SECRET };
const provider = new DistantProvider(options);
let graph: TestPayments;
before(async () => {
  graph = await testPayments(provider);
});
after(() => graph.stop());
afterEach(() => {
  for (const name of Object.keys(options) as (keyof FakeProviderOptions)[])
    if (name !== 'secret') delete options[name];
  provider.isCutOff = false;
});

const log = { warn() {} };
const sweep = (minutes: number) =>
  pursueDue(graph.em(), { provider, log }, new Date(Date.now() + minutes * MINUTE_MS));

const idOf = (orderId: string, minor: bigint): ChargeId => ({
  ...{ key: uuidIn(orderId), reference: null, amount: money(minor, 'EUR') },
  createdAt: new Date(),
});

async function post({ headers, body }: Webhook): Promise<void> {
  const url = new URL('/provider/webhook', graph.url);
  const { status } = await fetch(url, { method: 'POST', headers, body });
  assert.equal(status, 200);
}

/** An order for 19.99, paid as it says, with a wallet that has so much. */
async function buy(
  funding: string,
  more: {
    funds?: string;
    minor?: string;
    faults?: Partial<FakeProviderOptions>;
    isCutOff?: boolean;
  } = {},
) {
  const { funds = '500', minor = '1999', faults = {}, isCutOff = false } = more;
  const buyer = await graph.givenPayer(funds);
  const { id: quoteId } = await graph.quote(buyer, await graph.givenGame(minor));
  Object.assign(options, faults);
  provider.isCutOff = isCutOff;
  const input = { idempotencyKey: newKey(), quoteId, funding };
  const ask = async () => (await graph.data(PURCHASE, { input }, buyer.by)).purchaseGame;
  const order = await ask();
  assert.equal(order.__typename, 'Order', order.message);
  return { user: buyer, id: order.id as string, state: order.state as string, ask };
}

async function look(user: Somebody, id: string) {
  const { state, reason, transactions } = await graph.order(user, id);
  const kinds = transactions.map(({ kind }: Answer['data']) => kind).join(' ');
  return { state, reason, kinds };
}

const becomes = (user: Somebody, id: string, state: string) =>
  until(`the order is ${state}`, async () => (await look(user, id)).state === state);

const eventsOf = async (id: string) =>
  (await graph.events(uuidIn(id))).map(({ type }) => type.split('.')[2]).join(' ');

const charged = async (id: string, minor = 1999n) => (await provider.find(idOf(id, minor)))!;

/** An order that the provider was charged all of, and that is complete. */
async function givenPaid(funding = 'PROVIDER') {
  const order = await buy(funding);
  await graph.deliver(graph.licence(order.id).granted());
  await becomes(order.user, order.id, 'COMPLETED');
  return order;
}

describe('a purchase that the provider is charged', () => {
  it('has the money set aside, and taken when there is a licence', async () => {
    const { user, id, state } = await buy('PROVIDER');
    assert.equal(state, 'HELD');
    assert.equal((await charged(id)).state, 'authorised');
    assert.equal((await look(user, id)).kinds, '', 'nothing has come yet');
    await graph.deliver(graph.licence(id).granted());
    await becomes(user, id, 'COMPLETED');
    assert.equal((await charged(id)).state, 'captured');
    assert.equal((await look(user, id)).kinds, 'CHARGE CAPTURE');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    assert.equal(await eventsOf(id), 'held processed');
    await graph.assertBalanced();
  });

  it('takes from the wallet what it has, and the rest from the provider', async () => {
    const { user, id } = await buy('MIXED');
    assert.deepEqual(await graph.balance(user), { balance: '0', held: '500' });
    assert.equal((await charged(id, 1499n)).amount.minor, 1499n);
    await graph.deliver(graph.licence(id).granted());
    await becomes(user, id, 'COMPLETED');
    assert.equal((await look(user, id)).kinds, 'HOLD CHARGE CAPTURE');
    assert.deepEqual(await graph.balance(user), { balance: '0', held: '0' });
    await graph.assertBalanced();
  });

  it('charges nothing when the wallet has enough, or it costs nothing', async () => {
    const enough = await buy('MIXED', { funds: '5000' });
    assert.equal(await provider.find(idOf(enough.id, 1999n)), undefined);
    const free = await buy('PROVIDER', { minor: '0' });
    assert.deepEqual([free.state, (await look(free.user, free.id)).kinds], ['HELD', '']);
  });

  it('lets go what was set aside when there is no licence', async () => {
    const { user, id } = await buy('MIXED');
    await graph.deliver(graph.licence(id).refused('owned already'));
    assert.equal((await look(user, id)).state, 'REFUSED');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    await until('it is let go', async () => (await charged(id)).state === 'declined');
    await graph.assertBalanced();
  });

  it('gives back what was taken at once by a provider that can do no other', async () => {
    const faults = { cannotAuthorise: true };
    const kept = await buy('MIXED', { faults });
    assert.equal((await look(kept.user, kept.id)).kinds, 'HOLD CHARGE');
    await graph.deliver(graph.licence(kept.id).granted());
    assert.equal((await look(kept.user, kept.id)).kinds, 'HOLD CHARGE CAPTURE');
    const { user, id } = await buy('MIXED', { faults });
    await graph.deliver(graph.licence(id).refused());
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    await until('it is given back', async () => (await charged(id)).refundedMinor === 1499n);
    await graph.assertBalanced();
  });

  it('ends when the provider declines, and says why', async () => {
    const { user, id, state } = await buy('MIXED', { minor: '2902' });
    assert.equal(state, 'REFUSED');
    assert.equal((await look(user, id)).reason, 'The card has not enough money.');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    assert.equal(await eventsOf(id), 'refused');
    await graph.assertBalanced();
  });

  it('waits for the payer, who learns how to confirm, and is told of by three webhooks', async () => {
    const faults = { delayMs: 300, webhooks: { copies: 3, post } };
    const { user, id, state } = await buy('PROVIDER', { faults });
    assert.equal(state, 'PAYING');
    const PAYMENT =
      'query ($id: ID!) { order(id: $id) { payment { state confirmation amount { minor } refunded { minor } } } }';
    const { payment } = (await graph.data(PAYMENT, { id }, user.by)).order;
    assert.deepEqual(payment, {
      ...{ state: 'PENDING', confirmation: `https://provider.example/confirm/${uuidIn(id)}` },
      ...{ amount: { minor: '1999' }, refunded: { minor: '0' } },
    });
    await becomes(user, id, 'HELD');
    assert.equal(await eventsOf(id), 'held');
  });
});

describe('a payment without an answer', () => {
  it('is charged once, whatever was lost: the sweeper asks, and so does a retry', async () => {
    const faults = { losesAnswers: true };
    const one = await buy('PROVIDER', { faults });
    options.losesAnswers = false;
    const other = await buy('PROVIDER', { faults });
    assert.deepEqual([one.state, other.state], ['PAYING', 'PAYING']);
    assert.equal((await other.ask()).state, 'HELD');
    await sweep(0.9);
    assert.equal((await look(one.user, one.id)).state, 'PAYING', 'it is too early to ask');
    await Promise.all([sweep(1.1), sweep(1.1), sweep(1.1)]);
    await becomes(one.user, one.id, 'HELD');
    assert.equal(await eventsOf(one.id), 'held');
    const { charges } = await provider.list(new Date(0), new Date(Date.now() + 1), null);
    assert.equal(charges.filter(({ key }) => key === uuidIn(one.id)).length, 1);
  });

  it('is told of by a webhook that comes before the answer, which is lost', async () => {
    const early: Promise<void>[] = [];
    const webhooks = {
      copies: 2,
      post: async (webhook: Webhook) => void early.push(post(webhook)),
    };
    const { user, id } = await buy('PROVIDER', { faults: { losesAnswers: true, webhooks } });
    await Promise.all(early);
    assert.equal((await look(user, id)).state, 'HELD');
  });

  it('is let go after an hour when the payer never confirmed it', async () => {
    const { user, id } = await buy('MIXED', { faults: { delayMs: 10 * MINUTE_MS } });
    await sweep(59);
    assert.equal((await look(user, id)).state, 'PAYING');
    await sweep(61);
    assert.equal((await look(user, id)).state, 'REFUSED');
    assert.equal((await charged(id, 1499n)).state, 'declined');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
  });

  it('that never reached the provider is given up after an hour, and given back should it come', async () => {
    const { user, id, state } = await buy('PROVIDER', { isCutOff: true });
    assert.equal(state, 'PAYING');
    await sweep(61);
    provider.isCutOff = false;
    await sweep(63);
    assert.equal((await look(user, id)).state, 'REFUSED');
    options.webhooks = { copies: 1, post };
    await provider.charge({ ...idOf(id, 1999n), capture: true, at: new Date() });
    await until('it is given back', async () => (await charged(id)).refundedMinor === 1999n);
    assert.equal((await look(user, id)).kinds, '');
    await graph.assertBalanced();
  });

  it('is taken as soon as the provider is there again, and asked for each minute until then', async () => {
    const { user, id } = await buy('PROVIDER');
    provider.isCutOff = true;
    await graph.deliver(graph.licence(id).granted());
    await sweep(1.1);
    await cancelUnanswered(graph.em(), new Date(Date.now() + 2 * MINUTE_MS));
    await graph.deliver(graph.licence(id).granted());
    assert.equal((await look(user, id)).state, 'COLLECTING', 'that there is a licence is no money');
    provider.isCutOff = false;
    await sweep(3);
    await becomes(user, id, 'COMPLETED');
    assert.equal(await eventsOf(id), 'held processed');
  });

  it('that is gone when it is to be taken takes the licence with it', async () => {
    const { user, id } = await buy('MIXED');
    await provider.cancel(idOf(id, 1499n));
    await graph.deliver(graph.licence(id).granted());
    await becomes(user, id, 'REVERSED');
    assert.equal(await eventsOf(id), 'held reversed');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    await graph.deliver(graph.licence(id).revoked());
    assert.equal((await look(user, id)).state, 'REVERSED');
    await graph.assertBalanced();
  });
});

describe('a refund of what the provider was charged', () => {
  it('goes back where it came from, also when the provider is away for a while', async () => {
    const { user, id } = await givenPaid('MIXED');
    assert.equal((await graph.refund(user, id)).state, 'REFUND_REQUESTED');
    provider.isCutOff = true;
    await graph.deliver(graph.licence(id).revoked());
    assert.equal((await look(user, id)).state, 'REFUNDED');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    provider.isCutOff = false;
    await sweep(2);
    assert.equal((await charged(id)).refundedMinor, 1499n);
    options.losesAnswers = true;
    await sweep(4);
    assert.equal((await charged(id)).refundedMinor, 1499n, 'once');
    await graph.assertBalanced();
  });

  it('that was asked for is asked for again when the library is silent', async () => {
    const { user, id } = await givenPaid();
    await graph.refund(user, id);
    await cancelUnanswered(graph.em(), new Date(Date.now() + 1.1 * MINUTE_MS));
    assert.equal(await eventsOf(id), 'held processed refund-requested refund-requested');
  });
});

describe('a refund that the provider refuses for good', () => {
  const MISMATCHES = `{ paymentReconciliation(from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z") { edges { node {
    kind key fault cure ourAmount { minor } theirAmount { minor } } } } }`;
  const PAYMENT = 'query ($id: ID!) { order(id: $id) { state payment { refundFault } } }';

  it('is not asked for again, and is listed until it was given back by hand', async () => {
    const { user, id } = await givenPaid();
    const listed = async () => {
      await reconcileLately(graph.em(), provider, new Date());
      const { paymentReconciliation } = await graph.data(MISMATCHES, {}, OPERATOR);
      const nodes = paymentReconciliation.edges.map(({ node }: Answer['data']) => node);
      return nodes.filter(({ key }: Answer['data']) => key === uuidIn(id));
    };
    await graph.refund(user, id);
    options.refusesRefunds = true;
    await graph.deliver(graph.licence(id).revoked());
    const order = () => graph.data(PAYMENT, { id }, OPERATOR).then(({ order: one }) => one);
    await until('it is refused', async () => (await order()).payment.refundFault !== null);
    assert.deepEqual(await order(), {
      state: 'REFUNDED',
      payment: { refundFault: 'The card is closed.' },
    });
    const { refundsCount } = provider;
    for (const minutes of [2, 60, 600]) await sweep(minutes);
    assert.equal(provider.refundsCount, refundsCount);
    const [{ kind, fault, ourAmount, theirAmount }, ...more] = await listed();
    assert.deepEqual([kind, fault, more.length], ['REFUND_REFUSED', 'The card is closed.', 0]);
    assert.deepEqual([ourAmount, theirAmount], [{ minor: '1999' }, { minor: '0' }]);
    options.refusesRefunds = false;
    options.webhooks = { copies: 1, post };
    await provider.refund(idOf(id, 1999n), 1999n);
    await until('it is told of', async () => (await order()).payment.refundFault === null);
    assert.deepEqual(await listed(), []);
    await graph.assertBalanced();
  });
});

describe('a chargeback', () => {
  it('that comes before there is a licence takes the order back when there is one', async () => {
    const { user, id } = await buy('MIXED', { faults: { cannotAuthorise: true } });
    options.webhooks = { copies: 2, post };
    provider.dispute(idOf(id, 1499n));
    await until('it is known', async () => {
      const [row] = await query<{ known: boolean }>(
        graph.em(),
        sql`SELECT is_disputed AS known FROM payment WHERE id = ${uuidIn(id)}`,
      );
      return row!.known;
    });
    assert.equal((await look(user, id)).state, 'HELD');
    await graph.deliver(graph.licence(id).granted());
    assert.equal((await look(user, id)).state, 'REVERSED');
    assert.equal((await look(user, id)).kinds, 'HOLD CHARGE CAPTURE CHARGEBACK REFUND');
    assert.equal(await eventsOf(id), 'held processed reversed');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    await graph.assertBalanced();
  });

  it('is all that is given back of what the library refuses: the bank does that', async () => {
    const { user, id } = await buy('PROVIDER', { faults: { cannotAuthorise: true } });
    provider.dispute(idOf(id, 1999n));
    await settlePayment(graph.em(), uuidIn(id), await charged(id), new Date());
    const { refundsCount } = provider;
    await graph.deliver(graph.licence(id).refused());
    await sweep(2);
    assert.equal((await look(user, id)).state, 'REFUSED');
    assert.equal(provider.refundsCount, refundsCount);
    await graph.assertBalanced();
  });

  it('takes the licence back, and leaves the wallet’s part to the buyer', async () => {
    const { user, id } = await givenPaid('MIXED');
    options.webhooks = { copies: 2, post };
    provider.dispute(idOf(id, 1499n));
    await becomes(user, id, 'REVERSED');
    assert.equal((await look(user, id)).reason, 'the payment was charged back');
    assert.equal(await eventsOf(id), 'held processed reversed');
    assert.deepEqual(await graph.balance(user), { balance: '500', held: '0' });
    await graph.assertBalanced();
  });
});

describe('all that can happen to a payment at once', () => {
  it('ends each hold once, and leaves the provider with the money of what was granted alone', async () => {
    const answer = (event: ReturnType<ReturnType<TestPayments['licence']>['granted']>) =>
      transact(graph.em(), async em => {
        const { handle } = orderProcess.handlers.get(event.type)!;
        await handle(event.data as never, { em, envelope: {} as never, at: new Date() });
      });
    const orders: Awaited<ReturnType<typeof buy>>[] = [];
    for (let n = 0; n < 8; n++) orders.push(await buy('MIXED'));
    await Promise.all(
      orders.flatMap(({ id }) => {
        const { granted, refused } = graph.licence(id);
        return [
          answer(granted()),
          answer(refused()),
          sweep(2),
          answer(granted()),
          answer(refused()),
        ];
      }),
    );
    await until('all are at their end', async () => {
      await sweep(4);
      const states = await Promise.all(orders.map(({ user, id }) => look(user, id)));
      return states.every(({ state }) => state === 'COMPLETED' || state === 'REFUSED');
    });
    for (const { user, id } of orders) {
      const { state, kinds } = await look(user, id);
      const isComplete = state === 'COMPLETED';
      assert.equal(kinds, isComplete ? 'HOLD CHARGE CAPTURE' : 'HOLD RELEASE');
      await until('the provider is done', async () => {
        const charge = await charged(id);
        return charge.state === (isComplete ? 'captured' : 'declined');
      });
      const balance = isComplete ? '0' : '500';
      assert.deepEqual(await graph.balance(user), { balance, held: '0' });
    }
    await graph.assertBalanced();
  });
});
