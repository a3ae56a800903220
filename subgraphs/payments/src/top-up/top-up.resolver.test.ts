import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { money } from '@gamegraph/subgraph-kit';
import {
  newKey,
  SECRET,
  type Somebody,
  type TestPayments,
  testPayments,
  TOP_UP,
  uuidIn,
} from '../testing.js';
import { FakeProvider } from './provider/fake-provider.js';
import type { Charge } from './provider/payment-provider.js';
import { signWebhook } from './provider/webhook.js';
import { reconcileTopUps, settle } from './top-up.process.js';

/** A provider that can be cut off: then no charge reaches it. */
class DistantProvider extends FakeProvider {
  isCutOff = false;

  override async charge(request: Parameters<FakeProvider['charge']>[0]) {
    if (this.isCutOff) throw new Error('There is no connection.');
    return super.charge(request);
  }
}

const providers = {
  prompt: new DistantProvider({ secret: SECRET }),
  forgetful: new FakeProvider({ secret: SECRET, losesAnswers: true }),
};
const graphs = {} as Record<keyof typeof providers, TestPayments>;
before(async () => {
  graphs.prompt = await testPayments(providers.prompt);
  graphs.forgetful = await testPayments(providers.forgetful);
});
after(async () => {
  for (const graph of Object.values(graphs)) await graph.stop();
});

const reconcile = (which: keyof typeof providers, minutes: number) =>
  reconcileTopUps(
    graphs[which].em(),
    { provider: providers[which], log: { warn() {} } },
    new Date(Date.now() + minutes * 60_000),
  );

async function stateOf(graph: TestPayments, user: Somebody, id: string): Promise<string> {
  return (await graph.entities('TopUp', [id], '{ state }', user.by))[0].state;
}

/** Has the provider tell, in an event of its own, that there is something new about a charge. */
async function tell(graph: TestPayments, id: string): Promise<number> {
  const event = { id: newKey(), type: 'charge.captured', key: uuidIn(id) };
  const { headers, body } = signWebhook(SECRET, event, new Date());
  const url = new URL('/provider/webhook', graph.url);
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

describe('topping a wallet up', () => {
  it('opens the wallet of the currency when it is first needed, and puts the money in', async () => {
    const { prompt: graph } = graphs;
    const user = graph.givenUser();
    const first = await graph.topUp(user, '1999');
    assert.deepEqual(first, {
      ...{ __typename: 'TopUp', id: first.id, state: 'CAPTURED' },
      amount: { minor: '1999', currency: 'EUR' },
      wallet: { id: first.wallet.id, balance: { minor: '1999' } },
    });
    const second = await graph.topUp(user, '1');
    assert.deepEqual(second.wallet, { id: first.wallet.id, balance: { minor: '2000' } });
    const yen = await graph.topUp(user, '500', 'JPY');
    assert.notEqual(yen.wallet.id, first.wallet.id);
    await graph.assertBalanced();
  });

  it('opens one wallet for many that come at once', async () => {
    const { prompt: graph } = graphs;
    const user = graph.givenUser();
    const topUps = await Promise.all(Array.from({ length: 8 }, () => graph.topUp(user, '100')));
    assert.equal(new Set(topUps.map(({ wallet }) => wallet.id)).size, 1);
    assert.deepEqual(await graph.balance(user), { balance: '800', held: '0' });
    await graph.assertBalanced();
  });

  it('says that the provider declined, and why', async () => {
    const { prompt: graph } = graphs;
    const [user, key] = [graph.givenUser(), newKey()];
    const declined = await graph.topUp(user, '3402', 'EUR', key);
    const message = 'The payment was declined: The card has not enough money.';
    assert.deepEqual(declined, { __typename: 'TopUpDeclined', message });
    assert.deepEqual(await graph.topUp(user, '3402', 'EUR', key), declined);
    assert.deepEqual(await graph.balance(user), { balance: '0', held: '0' });
  });

  it('takes amounts from 1 to 10^12, in currencies that there are', async () => {
    const { prompt: graph } = graphs;
    const user = graph.givenUser();
    const bad = [
      ...['0', '-1', '1000000000001', '1e3', '01', '1.5', ' 1', '٣', '9223372036854775808'].map(
        minor => ({ minor, currency: 'EUR' }),
      ),
      ...['eur', 'EURO', 'ABC', ''].map(currency => ({ minor: '1', currency })),
      { minor: 1, currency: 'EUR' },
    ];
    for (const amount of bad) {
      const input = { idempotencyKey: newKey(), amount };
      const code = await graph.code(TOP_UP, { input }, user.by);
      assert.equal(code, 'BAD_USER_INPUT', JSON.stringify(amount));
    }
    for (const [minor, currency] of [
      ['1', 'KWD'],
      ['1000000000000', 'JPY'],
    ] as const)
      assert.equal((await graph.topUp(user, minor, currency)).state, 'CAPTURED');
  });

  it('is for who is logged in', async () => {
    const input = { idempotencyKey: newKey(), amount: { minor: '1', currency: 'EUR' } };
    assert.equal(await graphs.prompt.code(TOP_UP, { input }), 'UNAUTHENTICATED');
  });
});

describe('a top-up whose answer was lost', () => {
  it('is pending, and credited once however many ask what became of it', async () => {
    const { forgetful: graph } = graphs;
    const user = graph.givenUser();
    const { id, state } = await graph.topUp(user, '1999');
    assert.equal(state, 'PENDING');
    await reconcile('forgetful', 0.9);
    assert.equal(await stateOf(graph, user, id), 'PENDING', 'it is too early to ask');
    const amount = money(1999n, 'EUR');
    const asked = { key: uuidIn(id), reference: null, amount, createdAt: new Date() };
    const charge = await providers.forgetful.find(asked);
    const told = [1, 2, 3, 4].map(() => tell(graph, id));
    const heard = [1, 2, 3, 4].map(() => settle(graph.em(), uuidIn(id), charge!, new Date()));
    await Promise.all([...heard, reconcile('forgetful', 1.1), reconcile('forgetful', 1.1)]);
    assert.deepEqual(await Promise.all(told), [200, 200, 200, 200]);
    await reconcile('forgetful', 3);
    assert.equal(await stateOf(graph, user, id), 'CAPTURED');
    assert.deepEqual(await graph.balance(user), { balance: '1999', held: '0' });
    await graph.assertBalanced();
  });

  it('is brought to its end by a retry with the same key, and charged once', async () => {
    const { forgetful: graph } = graphs;
    const [user, key] = [graph.givenUser(), newKey()];
    const { id, state } = await graph.topUp(user, '1999', 'EUR', key);
    assert.equal(state, 'PENDING');
    const retries = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const input = { idempotencyKey: key, amount: { minor: '1999', currency: 'EUR' } };
        return graph.ask(TOP_UP, { input }, user.by);
      }),
    );
    for (const { data, errors } of retries) {
      if (errors) assert.equal(errors[0]!.extensions?.code, 'IDEMPOTENCY_IN_PROGRESS');
      else assert.deepEqual([data.topUpWallet.id, data.topUpWallet.state], [id, 'CAPTURED']);
    }
    assert.deepEqual(await graph.balance(user), { balance: '1999', held: '0' });
    await graph.assertBalanced();
  });
});

describe('a top-up that never reached the provider', () => {
  it('is charged by a retry with the same key', async () => {
    const { prompt: graph } = graphs;
    const [user, key] = [graph.givenUser(), newKey()];
    providers.prompt.isCutOff = true;
    const { id } = await graph.topUp(user, '1999', 'EUR', key);
    providers.prompt.isCutOff = false;
    const retry = await graph.topUp(user, '1999', 'EUR', key);
    assert.deepEqual([retry.id, retry.state], [id, 'CAPTURED']);
    assert.deepEqual(await graph.balance(user), { balance: '1999', held: '0' });
  });

  it('is given up after an hour, and credited all the same if the charge comes later', async () => {
    const { prompt: graph } = graphs;
    const [user, key] = [graph.givenUser(), newKey()];
    providers.prompt.isCutOff = true;
    const { id } = await graph.topUp(user, '1999', 'EUR', key);
    providers.prompt.isCutOff = false;
    await reconcile('prompt', 59);
    assert.equal(await stateOf(graph, user, id), 'PENDING');
    await reconcile('prompt', 61);
    assert.equal(await stateOf(graph, user, id), 'DECLINED');
    assert.equal((await graph.topUp(user, '1999', 'EUR', key)).__typename, 'TopUpDeclined');
    assert.deepEqual(await graph.balance(user), { balance: '0', held: '0' });

    await providers.prompt.charge({
      ...{ key: uuidIn(id), amount: money(1999n, 'EUR'), capture: true, at: new Date() },
    });
    await tell(graph, id);
    assert.equal(await stateOf(graph, user, id), 'CAPTURED');
    assert.deepEqual(await graph.balance(user), { balance: '1999', held: '0' });
  });
});

describe('a charge that is not what was asked for', () => {
  it('credits nothing: another sum, another currency, or one of somebody else', async () => {
    const { prompt: graph } = graphs;
    const user = graph.givenUser();
    providers.prompt.isCutOff = true;
    const { id } = await graph.topUp(user, '1999');
    providers.prompt.isCutOff = false;
    const charge: Charge = {
      ...{
        key: uuidIn(id),
        reference: 'r',
        state: 'captured' as const,
        amount: money(1999n, 'EUR'),
      },
      ...{ refundedMinor: 0n, isDisputed: false, reason: null, confirmation: null },
      createdAt: new Date(),
    };
    for (const other of [
      { amount: money(1n, 'EUR') },
      { amount: money(1999n, 'JPY') },
      { key: newKey() },
      { key: null },
    ])
      await settle(graph.em(), uuidIn(id), { ...charge, ...other }, new Date());
    assert.equal(await stateOf(graph, user, id), 'PENDING');
    await settle(graph.em(), uuidIn(id), charge, new Date());
    assert.deepEqual(await graph.balance(user), { balance: '1999', held: '0' });
  });
});
