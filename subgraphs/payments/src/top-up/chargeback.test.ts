import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { money } from '@gamegraph/subgraph-kit';
import { SECRET, type Somebody, type TestPayments, testPayments, uuidIn } from '../testing.js';
import { FakeProvider } from './provider/fake-provider.js';
import { settle } from './top-up.process.js';

const provider = new FakeProvider({ secret: SECRET });
let graph: TestPayments;
before(async () => {
  graph = await testPayments(provider);
});
after(() => graph.stop());

/** Has the payer's bank take a top-up back, and the provider tell so twice. */
async function chargeBack(topUpId: string, minor: bigint): Promise<void> {
  const amount = money(minor, 'EUR');
  const id = { key: uuidIn(topUpId), reference: null, amount, createdAt: new Date() };
  provider.dispute(id);
  const charge = (await provider.find(id))!;
  const told = () => settle(graph.em(), id.key, charge, new Date());
  await Promise.all([told(), told()]);
}

const stateOf = async (user: Somebody, id: string) => (await graph.order(user, id)).state;

describe('a chargeback of a top-up', () => {
  it('takes back what is still in the wallet, and nothing else', async () => {
    const user = graph.givenUser();
    const { id } = await graph.topUp(user, '5000');
    const bought = await graph.givenPurchase(user, await graph.givenGame('1000'));
    await graph.topUp(user, '2000');
    await chargeBack(id, 5000n);
    assert.deepEqual(await graph.balance(user), { balance: '1000', held: '0' });
    assert.equal(await stateOf(user, bought.id), 'COMPLETED');
    await graph.assertBalanced();
  });

  it('takes back what was bought with it, the newest first, until nothing is owed', async () => {
    const user = graph.givenUser();
    await graph.topUp(user, '1000');
    const old = await graph.givenPurchase(user, await graph.givenGame('1000'));
    const { id } = await graph.topUp(user, '3000');
    const first = await graph.givenPurchase(user, await graph.givenGame('1000'));
    const second = await graph.givenPurchase(user, await graph.givenGame('500'));
    const last = await graph.givenPurchase(user, await graph.givenGame('1200'));
    await graph.topUp(user, '1200');
    await chargeBack(id, 3000n);
    const orders = [old, first, second, last];
    const states = await Promise.all(orders.map(one => stateOf(user, one.id)));
    assert.deepEqual(states, ['COMPLETED', 'COMPLETED', 'REVERSED', 'REVERSED']);
    assert.deepEqual(await graph.balance(user), { balance: '200', held: '0' });
    const types = (await graph.events(uuidIn(last.id))).map(({ type }) => type.split('.')[2]);
    assert.deepEqual(types, ['held', 'processed', 'reversed']);
    await graph.assertBalanced();
  });

  it('leaves a debt of what is gone, which later money pays first', async () => {
    const user = graph.givenUser();
    const { id } = await graph.topUp(user, '3000');
    const kept = await graph.givenOrder(user, await graph.givenGame('2500'));
    await chargeBack(id, 3000n);
    assert.equal(await stateOf(user, kept.id), 'HELD', 'it is not complete yet');
    await graph.deliver(graph.licence(kept.id).granted());
    await graph.topUp(user, '2600');
    assert.deepEqual(await graph.balance(user), { balance: '100', held: '0' });
    await graph.assertBalanced();
  });
});
