import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { studioFounded } from '@gamegraph/event-contracts';
import { globalId, query } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import {
  newKey,
  OPERATOR,
  type SomeGame,
  type Somebody,
  type TestPayments,
  testPayments,
  uuidIn,
} from '../testing.js';
import { payStudios } from './payout.process.js';

const PAYOUTS = `{ payouts { totalCount edges { node { id periodFrom periodTo amount { minor } carried { minor }
  lines { game { id } title share { minor } back { minor } } studio { id } } } } revenueShares { version studioBps studio { id } } }`;
const AGREE = `mutation ($input: AgreeRevenueShareInput!) { agreeRevenueShare(input: $input) {
  version studioBps validFrom studio { id } } }`;
const ANALYST = { userId: uuidv7(), permissions: ['analytics:read'] };

let graph: TestPayments;
let user: Somebody;
/** Their time is their own: nothing is seen of other tests. */
let studioId: string;
const member = { userId: uuidv7() };
before(async () => {
  graph = await testPayments();
});
beforeEach(async () => {
  on('2026-09-10');
  user = await graph.givenPayer('100000');
  studioId = uuidv7();
  await graph.deliver(
    studioFounded({
      ...{ id: studioId, name: 'Studio', handle: `studio-${studioId}` },
      members: [{ userId: member.userId, permissions: ['PUBLISH'] }],
    }),
  );
});
after(() => graph.stop());

const noon = (date: string) => new Date(`${date}T12:00:00Z`);
const on = (date: string) => graph.setClock(noon(date));

const givenGame = (minor: string, title = 'One') =>
  graph.givenGame(minor, 'EUR', { studioId, title });

async function givenRefund(orderId: string): Promise<void> {
  assert.equal((await graph.refund(user, orderId)).state, 'REFUND_REQUESTED');
  await graph.deliver(graph.licence(orderId).revoked());
}

async function givenSale(game: SomeGame): Promise<string> {
  return (await graph.givenPurchase(user, game)).id;
}

/** The job, in three processes at once, and again. */
async function payOn(date: string): Promise<void> {
  await Promise.all([1, 2, 3].map(() => payStudios(graph.em(), noon(date))));
  await payStudios(graph.em(), noon(date));
}

async function seen(by: object): Promise<Answer['data']> {
  const [studio] = await graph.entities('Studio', [globalId('Studio', studioId)], PAYOUTS, by);
  return studio;
}

/** `amount carried` of each, the newest first. */
const amounts = async () =>
  (await seen(OPERATOR)).payouts.edges.map(
    ({ node }: Answer['data']) => `${node.amount.minor} ${node.carried.minor}`,
  );

const agree = (input: object, by: object = OPERATOR) => {
  const own = { idempotencyKey: newKey(), studioId: globalId('Studio', studioId) };
  return graph.ask(AGREE, { input: { ...own, ...input } }, by);
};

describe('a payout', () => {
  it('is what a month brought its studio, by game, once', async () => {
    const [game, other] = [await givenGame('1001'), await givenGame('100', 'Other')];
    const id = await givenSale(game);
    await givenSale(other);
    await graph.givenPurchase(await graph.givenPayer('5000'), game);
    await givenRefund(id);
    on('2026-10-01');
    await graph.givenPurchase(await graph.givenPayer('5000'), game);
    await payOn('2026-10-02');
    const { edges } = (await seen(OPERATOR)).payouts;
    assert.equal(edges.length, 1);
    const { amount, carried, periodFrom, periodTo, lines } = edges[0].node;
    assert.deepEqual([amount.minor, carried.minor], ['770', '0']);
    assert.deepEqual([periodFrom, periodTo], [null, '2026-10-01T00:00:00.000Z']);
    const byTitle = new Map(lines.map((line: Answer['data']) => [line.title, line]));
    assert.deepEqual(byTitle.get('One'), {
      ...{ game: { id: game.id }, title: 'One', share: { minor: '1400' }, back: { minor: '700' } },
    });
    assert.deepEqual(byTitle.get('Other'), {
      ...{ game: { id: other.id }, title: 'Other', share: { minor: '70' }, back: { minor: '0' } },
    });
    await graph.assertBalanced();
  });

  it('waits until nothing of the month is under way any more', async () => {
    await givenSale(await givenGame('1000'));
    await payStudios(graph.em(), new Date('2026-10-01T00:59:00Z'));
    assert.deepEqual(await amounts(), []);
    await payStudios(graph.em(), new Date('2026-10-01T01:00:00Z'));
    assert.deepEqual(await amounts(), ['700 0']);
  });

  it('carries on what is owed while more was given back than was sold', async () => {
    const game = await givenGame('1000');
    on('2026-09-25');
    const id = await givenSale(game);
    await payOn('2026-10-02');
    on('2026-10-05');
    await givenRefund(id);
    await payOn('2026-11-02');
    on('2026-11-03');
    for (let n = 0; n < 2; n++) await graph.givenPurchase(await graph.givenPayer('1000'), game);
    await payOn('2026-12-02');
    assert.deepEqual(await amounts(), ['700 -700', '0 0', '700 0']);
    await graph.assertBalanced();
  });

  it('has what an earlier one left out, and covers months in which none was made', async () => {
    const game = await givenGame('1000');
    await givenSale(game);
    await payOn('2026-10-02');
    on('2026-09-30'); // its transaction ended after the payout was made
    await graph.givenPurchase(await graph.givenPayer('1000'), game);
    on('2026-11-20');
    await graph.givenPurchase(await graph.givenPayer('1000'), game);
    await payOn('2027-01-02');
    assert.deepEqual(await amounts(), ['1400 700', '700 0']);
    await graph.assertBalanced();
  });

  it('never changes', async () => {
    await assert.rejects(query(graph.em(), sql`UPDATE payout SET minor = 1`), /never changes/);
    await assert.rejects(query(graph.em(), sql`DELETE FROM payout`), /never changes/);
  });

  it('is shown to members of its studio, analysts and operators, and to nobody else', async () => {
    await givenSale(await givenGame('1000'));
    await payOn('2026-10-02');
    for (const by of [member, ANALYST, OPERATOR])
      assert.equal((await seen(by)).payouts.totalCount, 1);
    const NODE =
      'query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Payout { id } } }';
    const [{ node }] = (await seen(member)).payouts.edges;
    const ids = [{ __typename: 'Payout', id: node.id }];
    assert.equal((await graph.data(NODE, { ids }, member))._entities[0].id, node.id);
    for (const by of [graph.givenUser().by, {}]) {
      assert.deepEqual(await seen(by), { payouts: null, revenueShares: null });
      assert.deepEqual((await graph.data(NODE, { ids }, by))._entities, [null]);
    }
  });
});

describe('a revenue share', () => {
  const sharesOf = async (orderId: string) =>
    (
      await query<{ move: string }>(
        graph.em(),
        sql`SELECT kind || ' ' || minor AS move FROM transfer
            WHERE kind IN ('SHARE', 'SHARE_BACK') AND ref = ${uuidIn(orderId)} ORDER BY id`,
      )
    ).map(({ move }) => move);

  it('counts from its date on, and a refund gives back the share of its sale', async () => {
    const game = await givenGame('1000');
    const sale = async () => (await graph.givenPurchase(user, game)).id as string;
    const first = await sale();
    const validFrom = '2026-09-11T00:00:00.000Z';
    const { data } = await agree({ studioBps: 8850, validFrom });
    const { version } = data!.agreeRevenueShare;
    assert.deepEqual(data!.agreeRevenueShare, {
      ...{ version, studioBps: 8850, validFrom, studio: { id: globalId('Studio', studioId) } },
    });
    user = await graph.givenPayer('5000');
    const second = await sale();
    on('2026-09-11');
    const buyer = await graph.givenPayer('5000');
    const third = (await graph.givenPurchase(buyer, game)).id as string;
    for (const [one, id] of [[user, second] as const, [buyer, third] as const]) {
      await graph.refund(one, id);
      await graph.deliver(graph.licence(id).revoked());
    }
    assert.deepEqual(await sharesOf(first), ['SHARE 700']);
    assert.deepEqual(await sharesOf(second), ['SHARE 700', 'SHARE_BACK 700']);
    assert.deepEqual(await sharesOf(third), ['SHARE 885', 'SHARE_BACK 885']);
    const { revenueShares } = await seen(member);
    assert.equal(revenueShares[0].version, version);
    assert.equal(revenueShares.at(-1).studio, null, 'and what all have');
  });

  it('is agreed once for its key', async () => {
    const input = {
      ...{ idempotencyKey: newKey(), studioBps: 6000, validFrom: '2026-12-01T00:00:00Z' },
    };
    const answers = [await agree(input), await agree(input)];
    const [one, two] = answers.map(({ data }) => data!.agreeRevenueShare.version);
    assert.equal(one, two);
    const { revenueShares } = await seen(OPERATOR);
    assert.equal(
      revenueShares.filter(({ studioBps }: Answer['data']) => studioBps === 6000).length,
      1,
    );
  });

  it('is agreed ahead, by operators, for a studio that there is, and never changes', async () => {
    const codeOf = async (more: object, by: object = OPERATOR) => {
      const { errors } = await agree(
        { studioBps: 5000, validFrom: '2027-01-01T00:00:00Z', ...more },
        by,
      );
      return errors?.[0]?.extensions?.code;
    };
    assert.equal(await codeOf({ validFrom: '2026-09-09T00:00:00Z' }), 'BAD_USER_INPUT');
    assert.equal(await codeOf({ studioBps: 10_001 }), 'BAD_USER_INPUT');
    assert.equal(await codeOf({ studioId: globalId('Studio', uuidv7()) }), 'NOT_FOUND');
    assert.equal(await codeOf({}, member), 'FORBIDDEN');
    assert.equal(await codeOf({}, ANALYST), 'FORBIDDEN');
    await assert.rejects(query(graph.em(), sql`DELETE FROM revenue_share`), /never changes/);
  });
});
