import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { globalId } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import {
  newKey,
  OPERATOR,
  PURCHASE,
  type SomeGame,
  type Somebody,
  type TestPayments,
  testPayments,
} from '../testing.js';

const FIELDS = `{ amount { minor currency } rules { kind inputs { name value } result { minor } }
  postings(first: 2) { totalCount pageInfo { hasNextPage } edges { node { kind source target amount { minor } } } } }`;
const BALANCE = `query ($id: ID!) { told: explainBalance(walletId: $id) ${FIELDS} }`;
const PRICE = `query ($id: ID!) { told: explainPrice(id: $id) ${FIELDS} }`;
const REFUND = `query ($id: ID!) { told: explainRefund(orderId: $id) ${FIELDS} }`;

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

type Told = Answer['data'];

const explain = async (document: string, id: string, by: object): Promise<Told> =>
  (await graph.data(document, { id }, by)).told;

const sumOf = (amounts: ({ minor: string } | null)[]) =>
  String(amounts.reduce((sum, amount) => sum + BigInt(amount?.minor ?? 0), 0n));

/** The rules add up to the figure, and so do the postings. */
async function assertSums(document: string, id: string, by: object, hasPostings = true) {
  const all = document.replace('first: 2', 'first: 100');
  const { amount, rules, postings } = await explain(all, id, by);
  assert.equal(sumOf(rules.map(({ result }: Told) => result)), amount.minor, 'the rules');
  const moved = sumOf(postings.edges.map(({ node }: Told) => node.amount));
  assert.equal(moved, hasPostings ? amount.minor : '0', 'the postings');
}

/** `KIND result input=value …` of each rule. */
const rulesOf = ({ rules }: Told): string[] =>
  rules.map(({ kind, inputs, result }: Told) =>
    [kind, result?.minor, ...inputs.map(({ name, value }: Told) => `${name}=${value}`)]
      .filter(word => word !== undefined)
      .join(' '),
  );

const THIRD_OFF = [
  {
    ...{ id: uuidv7(), percent: 33 },
    ...{ startsAt: '2020-01-01T00:00:00Z', endsAt: '2090-01-01T00:00:00Z' },
  },
];

const discounted = () => graph.givenGame('1999', 'EUR', { discounts: THIRD_OFF });

/** A purchase for 13.39, which was given back after it was played for a quarter of an hour. */
async function givenRefund() {
  const user = await graph.givenPayer('5000');
  const game = await discounted();
  const { id } = await graph.givenPurchase(user, game);
  await graph.refund(user, id);
  await graph.deliver(graph.licence(id).revoked(900));
  return { user, game, id: id as string };
}

async function givenVoucher(percent: number): Promise<string> {
  const CREATE = 'mutation ($input: CreateVoucherInput!) { createVoucher(input: $input) { code } }';
  const input = { percent, redemptionsMax: 1, expiresAt: '2090-01-01T00:00:00Z' };
  const { createVoucher } = await graph.data(
    CREATE,
    { input: { idempotencyKey: newKey(), ...input } },
    OPERATOR,
  );
  return createVoucher.code;
}

const lineOf = (game: SomeGame, minor: string, bundle?: SomeGame) =>
  `LINE game=${game.id} minor=${minor}${bundle ? ` bundle=${bundle.id}` : ''}`;

describe('explaining a balance', () => {
  it('has a rule for each kind of movement, and its postings in pages', async () => {
    const { user } = await givenRefund();
    await graph.givenOrder(user, await graph.givenGame('500'));
    const { wallet } = await graph.topUp(user, '70');
    const told = await explain(BALANCE, wallet.id, user.by);
    assert.deepEqual(told.amount, { minor: '4570', currency: 'EUR' });
    assert.deepEqual(rulesOf(told), [
      'MOVEMENTS 5070 kind=TOP_UP postings=2',
      'MOVEMENTS -1839 kind=HOLD postings=2',
      'MOVEMENTS 1339 kind=REFUND postings=1',
    ]);
    assert.deepEqual(
      [told.postings.totalCount, told.postings.edges.length, told.postings.pageInfo.hasNextPage],
      [5, 2, true],
    );
    await assertSums(BALANCE, wallet.id, user.by);
    await assertSums(BALANCE, wallet.id, OPERATOR);
  });

  it('is for its owner and the operators', async () => {
    const { wallet } = await graph.topUp(graph.givenUser(), '70');
    const stranger = graph.givenUser().by;
    assert.equal(await graph.code(BALANCE, { id: wallet.id }, stranger), 'NOT_FOUND');
    assert.equal(await graph.code(BALANCE, { id: wallet.id }), 'UNAUTHENTICATED');
    const none = { id: globalId('Wallet', uuidv7()) };
    assert.equal(await graph.code(BALANCE, none, OPERATOR), 'NOT_FOUND');
  });
});

describe('explaining a price', () => {
  it('has the base price, less the discount with its rounding, of a quote and of its order', async () => {
    const { user, game, id } = await givenRefund();
    const rules = ['BASE_PRICE 1999 region=DE', 'DISCOUNT -660 percent=33', lineOf(game, '1339')];
    const quote = await graph.quote(user, game);
    assert.deepEqual(rulesOf(await explain(PRICE, quote.id, user.by)), rules);
    await assertSums(PRICE, quote.id, user.by, false);
    const told = await explain(PRICE, id, user.by);
    assert.deepEqual(rulesOf(told), rules);
    assert.deepEqual(told.postings.edges[0].node, {
      ...{ kind: 'HOLD', source: 'WALLET', target: 'HOLD', amount: { minor: '1339' } },
    });
    await assertSums(PRICE, id, OPERATOR);
  });

  it('has the voucher, and what each game of a bundle bears of the price', async () => {
    const user = await graph.givenPayer('5000');
    const parts = [await graph.givenGame('1000'), await graph.givenGame('2000')];
    const partIds = parts.map(({ state }) => state.id);
    const bundle = await graph.givenGame('2001', 'EUR', { partIds });
    const { id: quoteId } = await graph.quote(user, bundle);
    const voucherCode = await givenVoucher(10);
    const input = { idempotencyKey: newKey(), quoteId, voucherCode };
    const { id } = (await graph.data(PURCHASE, { input }, user.by)).purchaseGame;
    const rules = [
      ...['BASE_PRICE 2001 region=DE', 'VOUCHER -201 percent=10'],
      ...[lineOf(parts[0]!, '600', bundle), lineOf(parts[1]!, '1200', bundle)],
    ];
    assert.deepEqual(rulesOf(await explain(PRICE, id, user.by)), rules);
    await assertSums(PRICE, id, user.by);
    await graph.deliver(graph.licence(id).refused());
    assert.deepEqual(
      rulesOf(await explain(PRICE, id, user.by)),
      rules,
      'the voucher is free again',
    );
  });

  it('is for who pays it and the operators', async () => {
    const { user, game, id } = await givenRefund();
    const quote = await graph.quote(user, game);
    const stranger = graph.givenUser().by;
    for (const one of [quote.id, id]) {
      assert.equal(await graph.code(PRICE, { id: one }, stranger), 'NOT_FOUND');
      assert.equal(await graph.code(PRICE, { id: one }), 'UNAUTHENTICATED');
    }
  });
});

describe('explaining a refund', () => {
  const termsOf = (told: Told) => rulesOf(told)[0]!;

  it('has the terms with the time played, and what each game gave back', async () => {
    const { user, game, id } = await givenRefund();
    const told = await explain(REFUND, id, user.by);
    assert.equal(told.amount.minor, '1339');
    assert.match(
      termsOf(told),
      /^REFUND_TERMS purchasedAt=\S+ state=REFUNDED playtimeSeconds=900 /,
    );
    assert.equal(rulesOf(told)[1], `GIVEN_BACK 1339 game=${game.id} paidMinor=1339`);
    await assertSums(REFUND, id, user.by);
  });

  it('tells the studio’s share to the operators alone', async () => {
    const { id } = await givenRefund();
    const [, given] = rulesOf(await explain(REFUND, id, OPERATOR));
    assert.match(given!, /paidMinor=1339 studioShareMinor=937 studioGaveBackMinor=937$/);
  });

  it('says why nothing was given back', async () => {
    const user = await graph.givenPayer('5000');
    const { id } = await graph.givenPurchase(user, await graph.givenGame('500'));
    const first = await explain(REFUND, id, user.by);
    assert.deepEqual([first.amount.minor, first.rules.length], ['0', 1]);
    assert.match(termsOf(first), /state=COMPLETED possibleUntil=/);
    await graph.refund(user, id);
    await graph.deliver(graph.licence(id).kept(7_440));
    assert.match(
      termsOf(await explain(REFUND, id, user.by)),
      /reason=played for 2 h 04 min; the limit is 2 h playtimeSeconds=7440 notPossibleSince=/,
    );
  });

  it('is for the buyer and the operators', async () => {
    const { id } = await givenRefund();
    const stranger: Somebody = graph.givenUser();
    assert.equal(await graph.code(REFUND, { id }, stranger.by), 'NOT_FOUND');
    assert.equal(await graph.code(REFUND, { id }), 'UNAUTHENTICATED');
  });
});
