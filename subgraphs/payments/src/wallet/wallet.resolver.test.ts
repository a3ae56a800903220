import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { OPERATOR, type TestPayments, testPayments } from '../testing.js';

const TRANSACTIONS = `totalCount pageInfo { endCursor hasNextPage } edges { node {
  kind direction at amount { minor currency } balanceAfter { minor currency } order { id gameTitle } topUp { id state } } }`;
const WALLET = `id currency balance { minor currency } held { minor currency }`;

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

const nodesOf = (connection: Answer['data']) =>
  connection.edges.map((edge: Answer['data']) => edge.node);

describe('a wallet', () => {
  it('has a balance without what is held, and one for each currency', async () => {
    const user = await graph.givenPayer('5000');
    await graph.topUp(user, '700', 'JPY');
    await graph.givenOrder(user, await graph.givenGame('1999'));
    await graph.givenOrder(user, await graph.givenGame('1'));
    const SELECTION = `{ wallets { ${WALLET} } }`;
    const [{ wallets }] = await graph.entities('User', [user.id], SELECTION, user.by);
    const [euros, yen] = wallets;
    assert.deepEqual(
      [euros.currency, euros.balance.minor, euros.held.minor],
      ['EUR', '3000', '2000'],
    );
    assert.deepEqual([yen.currency, yen.balance.minor, yen.held.minor], ['JPY', '700', '0']);
    const found = await graph.entities('Wallet', [yen.id, euros.id], `{ ${WALLET} }`, user.by);
    assert.deepEqual(found, [yen, euros]);
  });

  it('tells each movement with the balance after it, newest first, in pages', async () => {
    const [user, game] = [await graph.givenPayer('5000'), await graph.givenGame('1999')];
    const refused = await graph.givenOrder(user, game);
    await graph.deliver(graph.licence(refused.id).refused());
    const refunded = await graph.givenPurchase(user, game);
    await graph.refund(user, refunded.id);
    await graph.deliver(graph.licence(refunded.id).revoked());
    const page = async (args: string) => {
      const SELECTION = `{ wallets { transactions(${args}) { ${TRANSACTIONS} } } }`;
      return (await graph.entities('User', [user.id], SELECTION, user.by))[0].wallets[0]
        .transactions;
    };
    const all = await page('first: 100');
    assert.equal(all.totalCount, 5);
    assert.deepEqual(
      nodesOf(all).map((one: Answer['data']) =>
        [one.kind, one.direction, one.amount.minor, one.balanceAfter.minor].join(' '),
      ),
      [
        'REFUND IN 1999 5000',
        'HOLD OUT 1999 3001',
        'RELEASE IN 1999 5000',
        'HOLD OUT 1999 3001',
        'TOP_UP IN 5000 5000',
      ],
    );
    const links = nodesOf(all).map(({ order, topUp }: Answer['data']) => order?.id ?? topUp.state);
    const [one, other] = [refunded.id, refused.id];
    assert.deepEqual(links, [one, one, other, other, 'CAPTURED']);
    const first = await page('first: 3');
    const second = await page(`first: 3, after: "${first.pageInfo.endCursor}"`);
    assert.deepEqual([...nodesOf(first), ...nodesOf(second)], nodesOf(all));
    assert.deepEqual(
      [first, second].map(({ pageInfo }) => pageInfo.hasNextPage),
      [true, false],
    );
    assert.deepEqual(nodesOf(await page('last: 2')), nodesOf(all).slice(-2));
  });

  it('is shown to nobody else, by any path', async () => {
    const [user, other] = [await graph.givenPayer('5000'), await graph.givenPayer('1')];
    const topUp = await graph.topUp(user, '1');
    const order = await graph.givenOrder(user, await graph.givenGame('1'));
    for (const by of [other.by, OPERATOR, {}]) {
      const seen = (type: string, id: string, selection: string) =>
        graph.entities(type, [id], selection, by);
      assert.deepEqual(await seen('Wallet', topUp.wallet.id, '{ id }'), [null]);
      assert.deepEqual(await seen('TopUp', topUp.id, '{ id }'), [null]);
      assert.deepEqual(await seen('User', user.id, '{ wallets { id } }'), [{ wallets: null }]);
    }
    const THROUGH = `query ($id: ID!) { order(id: $id) { buyer { wallets { id } orders { totalCount } } } }`;
    const { order: shown } = await graph.data(THROUGH, { id: order.id }, OPERATOR);
    assert.deepEqual(shown.buyer, { wallets: null, orders: null });
  });

  it('is no hold and no account of the platform', async () => {
    const user = await graph.givenPayer('5000');
    const { id } = await graph.givenOrder(user, await graph.givenGame('1'));
    const hold = Buffer.from(id, 'base64url').toString().replace('Order', 'Wallet');
    const ids = [Buffer.from(hold).toString('base64url')];
    assert.deepEqual(await graph.entities('Wallet', ids, '{ id }', user.by), [null]);
    assert.deepEqual(await graph.entities('Wallet', ids, '{ id }'), [null]);
  });

  it('costs as many statements with all its fields whether there are two or twenty', async () => {
    const user = graph.givenUser();
    const currencies = Intl.supportedValuesOf('currency').slice(0, 20);
    const ids: string[] = [];
    for (const currency of currencies) {
      ids.push((await graph.topUp(user, '100', currency)).wallet.id);
      await graph.givenOrder(user, await graph.givenGame('10', currency));
    }
    const SELECTION = `{ ${WALLET} transactions(first: 5) { ${TRANSACTIONS} } }`;
    const count = async (some: string[]) =>
      (await graph.statements(() => graph.entities('Wallet', some, SELECTION, user.by))).length;
    assert.equal(await count(ids), 7, 'wallets, holds, pages, counts, orders, top-ups, titles');
    assert.equal(await count(ids.slice(0, 2)), 7);
    const mine = await graph.statements(() =>
      graph.entities('User', [user.id], `{ wallets ${SELECTION} }`, user.by),
    );
    assert.equal(mine.length, 7);
  });
});
