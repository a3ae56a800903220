import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { globalId, query } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { type Somebody, type TestPayments, testPayments } from '../testing.js';
import { issueInvoices } from './invoice.process.js';

const INVOICES = `query ($id: ID!) { order(id: $id) { invoices {
  kind number issuedAt amount { minor } seller { id } lines { game { id } title amount { minor } } } } }`;

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

const issue = () => issueInvoices(graph.em(), new Date());

/** Issues until the order has so many: what happened last waits for transactions that run beside it. */
const issued = async (user: Somebody, id: string, count: number): Promise<Answer['data'][]> => {
  let invoices: Answer['data'][] = [];
  await until(`there are ${count}`, async () => {
    await issue();
    invoices = (await graph.data(INVOICES, { id }, user.by)).order.invoices;
    return invoices.length === count;
  });
  return invoices;
};

async function numbersOf(...sellers: string[]): Promise<string[]> {
  const rows = await query<{ numbers: string }>(
    graph.em(),
    sql`SELECT string_agg(number::text, ' ' ORDER BY number) AS numbers FROM invoice
        WHERE seller_id = ANY(${sellers}::uuid[]) GROUP BY seller_id ORDER BY array_position(${sellers}::uuid[], seller_id)`,
  );
  return rows.map(({ numbers }) => numbers);
}

describe('invoices', () => {
  it('are a receipt for what was paid, and a credit note for what was given back', async () => {
    const user = await graph.givenPayer('5000');
    const game = await graph.givenGame('1999', 'EUR', { title: 'Nox' });
    const { id } = await graph.givenPurchase(user, game);
    const [receipt] = await issued(user, id, 1);
    assert.deepEqual([receipt.kind, receipt.number], ['RECEIPT', '1']);
    assert.equal(receipt.seller.id, globalId('Studio', game.state.studioId));
    const lines = [{ game: { id: game.id }, title: 'Nox', amount: { minor: '1999' } }];
    assert.deepEqual(receipt.lines, lines);
    await graph.change(game, { title: 'Nox II' });
    await graph.refund(user, id);
    await graph.deliver(graph.licence(id).revoked());
    const [first, note] = await issued(user, id, 2);
    assert.deepEqual(first, receipt);
    assert.deepEqual([note.kind, note.number, note.amount.minor], ['CREDIT_NOTE', '2', '1999']);
    for (const change of [sql`UPDATE invoice SET minor = 1`, sql`DELETE FROM invoice`])
      await assert.rejects(query(graph.em(), change), /never changes/);
  });

  it('are one of each seller, the platform too', async () => {
    const user = await graph.givenPayer('5000');
    const [one, nobodys] = [await graph.givenGame('1000'), await graph.givenGame('2000')];
    await query(
      graph.em(),
      sql`UPDATE game_copy SET studio_id = NULL WHERE id = ${nobodys.state.id}`,
    );
    const partIds = [one.state.id, nobodys.state.id];
    const bundle = await graph.givenGame('1500', 'EUR', { partIds });
    const { id } = await graph.givenPurchase(user, bundle);
    const receipts = await issued(user, id, 2);
    const told = receipts.map(({ seller, amount }) => [seller?.id ?? null, amount.minor]);
    assert.deepEqual(
      new Map(told as never),
      new Map([
        [globalId('Studio', one.state.studioId), '500'],
        [null as never, '1000'],
      ]),
    );
  });

  it("are numbered without a gap among each seller's, also when several issue them at once", async () => {
    const user = await graph.givenPayer('50000');
    const [studioId, otherId] = [uuidv7(), uuidv7()];
    let last = '';
    for (let n = 0; n < 9; n++) {
      const seller = { studioId: n % 3 === 2 ? otherId : studioId };
      last = (await graph.givenPurchase(user, await graph.givenGame('10', 'EUR', seller))).id;
      if (n % 2) await Promise.allSettled([issue(), issue(), issue()]);
    }
    await issued(user, last, 1);
    assert.deepEqual(await numbersOf(studioId, otherId), ['1 2 3 4 5 6', '1 2 3']);
    const row = (number: number) => sql`INSERT INTO invoice
      (id, seller_id, number, kind, order_id, op, currency, minor, lines, xid, issued_at)
      VALUES (gen_random_uuid(), ${studioId}, ${number}, 'RECEIPT', gen_random_uuid(), gen_random_uuid(), 'EUR', 1, '[]', '1', now())`;
    for (const number of [8, 6])
      await assert.rejects(query(graph.em(), row(number)), /number_without_gap/);
  });

  it('are for whoever may see the order, and there is none for what costs nothing', async () => {
    const user = await graph.givenPayer('5000');
    const free = await graph.givenPurchase(user, await graph.givenGame('0'));
    const { id } = await graph.givenPurchase(user, await graph.givenGame('10'));
    await issued(user, id, 1);
    assert.deepEqual((await graph.data(INVOICES, { id: free.id }, user.by)).order.invoices, []);
    assert.equal((await graph.data(INVOICES, { id }, graph.givenUser().by)).order, null);
  });
});
