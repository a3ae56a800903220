import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { money, query } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { OPERATOR, SECRET, type TestPayments, testPayments, uuidIn } from '../testing.js';
import { FakeProvider } from '../top-up/provider/fake-provider.js';
import { reconcileLately } from './reconcile.js';

const LIST = `query ($from: DateTime!, $to: DateTime!, $first: Int, $after: String) {
  paymentReconciliation(from: $from, to: $to, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { node { kind key reference ourState theirState cure chargedAt foundAt
      ourAmount { minor currency } theirAmount { minor currency } } } } }`;
const COMPARE = `mutation ($from: DateTime!, $to: DateTime!) { reconcilePayments(from: $from, to: $to) }`;

const provider = new FakeProvider({ secret: SECRET });
let graph: TestPayments;
before(async () => {
  graph = await testPayments(provider);
});
after(() => graph.stop());

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const ALL = { from: inMinutes(-60).toISOString(), to: inMinutes(60).toISOString() };

async function givenTopUp(): Promise<string> {
  return uuidIn((await graph.topUp(graph.givenUser(), '1999')).id);
}

const change = (id: string, columns: ReturnType<typeof sql>) =>
  query(graph.em(), sql`UPDATE top_up SET ${columns} WHERE id = ${id}`);

async function found(page: object = {}): Promise<Answer['data']> {
  return (await graph.data(LIST, { ...ALL, ...page }, OPERATOR)).paymentReconciliation;
}

describe('reconciling with the provider', () => {
  it('finds nothing where both say the same', async () => {
    await givenTopUp();
    await graph.topUp(graph.givenUser(), '1402');
    const { reconcilePayments } = await graph.data(COMPARE, ALL, OPERATOR);
    assert.equal(reconcilePayments, 2);
    assert.equal((await found()).totalCount, 0);
  });

  it('finds each kind of mismatch that was planted, with its cure, in pages', async () => {
    const foreign = { amount: money(777n, 'EUR'), capture: true, at: new Date() };
    await provider.charge({ key: uuidv7(), ...foreign });
    const [amount, state, lost] = [await givenTopUp(), await givenTopUp(), await givenTopUp()];
    await change(amount, sql`minor = 1`);
    await change(state, sql`state = 'PENDING'`);
    const unknown = uuidv7();
    await query(
      graph.em(),
      sql`INSERT INTO top_up SELECT ${unknown}, user_id, wallet_id, currency, minor, state, reason, created_at, asked_at
          FROM top_up WHERE id = ${lost}`,
    );
    const refund = await givenTopUp();
    const id = { key: refund, reference: null, amount: money(1999n, 'EUR'), createdAt: new Date() };
    await provider.refund(id, 500n);

    await graph.data(COMPARE, ALL, OPERATOR);
    const nodes = (await found()).edges.map(({ node }: Answer['data']) => node);
    const byKind = new Map(nodes.map((node: Answer['data']) => [node.kind, node]));
    assert.equal(nodes.length, 5);
    const told = (kind: string) => {
      const { key, ourState, theirState, ourAmount, theirAmount, cure } = byKind.get(
        kind,
      ) as Answer['data'];
      assert.ok(cure.length > 50, kind);
      return [key, ourState, theirState, ourAmount?.minor, theirAmount?.minor];
    };
    assert.deepEqual(told('UNKNOWN_HERE').slice(1), [null, 'CAPTURED', undefined, '777']);
    assert.deepEqual(told('UNKNOWN_THERE').slice(0, 4), [unknown, 'CAPTURED', null, '1999']);
    assert.deepEqual(told('AMOUNT'), [amount, 'CAPTURED', 'CAPTURED', '1', '1999']);
    assert.deepEqual(told('STATE'), [state, 'PENDING', 'CAPTURED', '1999', '1999']);
    assert.deepEqual(told('REFUND'), [refund, 'CAPTURED', 'CAPTURED', '0', '500']);

    const first = await found({ first: 3 });
    const second = await found({ first: 3, after: first.pageInfo.endCursor });
    assert.deepEqual([first.edges.length, second.edges.length], [3, 2]);
    assert.equal(first.pageInfo.hasNextPage, true);
  });

  it('forgets what was mended, when the job comes to it, and leaves alone what is fresh', async () => {
    await query(graph.em(), sql`UPDATE top_up SET minor = 1999, state = 'CAPTURED'`);
    await reconcileLately(graph.em(), provider, inMinutes(10));
    assert.equal((await found()).totalCount, 5, 'it may be under way');
    await reconcileLately(graph.em(), provider, inMinutes(30));
    const kinds = (await found()).edges.map(({ node }: Answer['data']) => node.kind).sort();
    assert.deepEqual(
      kinds.filter((kind: string) => kind === 'AMOUNT' || kind === 'STATE'),
      ['AMOUNT'],
      'the declined one is said to have been captured now',
    );
  });

  it('is for who operates payments, over a month at most', async () => {
    assert.equal(await graph.code(LIST, ALL), 'UNAUTHENTICATED');
    assert.equal(await graph.code(LIST, ALL, graph.givenUser().by), 'FORBIDDEN');
    assert.equal(await graph.code(COMPARE, ALL, graph.givenUser().by), 'FORBIDDEN');
    const long = { ...ALL, from: inMinutes(-40 * 24 * 60).toISOString() };
    assert.equal(await graph.code(COMPARE, long, OPERATOR), 'BAD_USER_INPUT');
    const none = { from: ALL.to, to: ALL.from };
    assert.equal(await graph.code(COMPARE, none, OPERATOR), 'BAD_USER_INPUT');
  });
});
