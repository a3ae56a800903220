import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { query } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { type SomeGame, type Somebody, type TestPayments, testPayments } from '../testing.js';
import { rollUp } from './ledger.js';

const WRITERS = 12;
const ROUNDS = 6;

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

/** The same numbers in each run: what a writer does is decided by who it is, and in which round. */
const chance = (writer: number, round: number, of: number) => (writer * 7 + round * 13) % of;

/** Buys something, has it granted or refused, and now and then gives it back, with or without success. */
async function trade(user: Somebody, game: SomeGame, writer: number, round: number) {
  const { id: quoteId } = await graph.quote(user, game);
  const order = await graph.purchase(user, quoteId);
  if (order.__typename === 'InsufficientFunds') {
    await graph.topUp(user, '1500');
    return;
  }
  assert.equal(order.__typename, 'Order');
  const { granted, refused, revoked, kept } = graph.licence(order.id);
  if (chance(writer, round, 4) === 0) return graph.deliver(refused());
  await graph.deliver(granted());
  if (chance(writer, round, 3) > 0) return;
  await Promise.all([graph.refund(user, order.id), graph.refund(user, order.id)]);
  await graph.deliver(chance(writer, round, 5) === 0 ? kept(9000) : revoked());
}

describe('the ledger under load', () => {
  it(
    'balances at every moment, and no wallet is ever below zero',
    { timeout: 120_000 },
    async () => {
      const users = [
        await graph.givenPayer('4000'),
        await graph.givenPayer('4000'),
        await graph.givenPayer('4000'),
      ];
      const prices = ['700', '1100'];
      let isOver = false;
      let audits = 0;
      const watch = async () => {
        while (!isOver) {
          await graph.assertBalanced();
          await rollUp(graph.em());
          audits++;
        }
      };
      const write = async (writer: number) => {
        for (let round = 0; round < ROUNDS; round++) {
          const game = await graph.givenGame(prices[chance(writer, round, prices.length)]); // nobody buys one twice
          await trade(users[writer % users.length]!, game, writer, round);
        }
      };
      const watching = watch();
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
      isOver = true;
      await watching;
      assert.ok(audits > 0);

      await graph.assertBalanced();
      const below = await query(
        graph.em(),
        sql`SELECT id FROM account WHERE kind IN ('WALLET', 'HOLD') AND input < output
          UNION ALL SELECT src FROM transfer WHERE src_balance < 0`,
      );
      assert.deepEqual(below, []);
      const undecided = await query(
        graph.em(),
        sql`SELECT id FROM account WHERE kind = 'HOLD' AND input <> output`,
      );
      assert.deepEqual(undecided, [], 'each hold has ended');
      const wrong = await query(
        graph.em(),
        sql`SELECT o.id, o.state FROM game_order AS o
          LEFT JOIN transfer AS t ON t.ref = o.id AND kind NOT IN ('SHARE', 'SHARE_BACK')
          GROUP BY o.id HAVING string_agg(t.kind, ' ' ORDER BY t.id) <> CASE o.state
            WHEN 'COMPLETED' THEN 'HOLD CAPTURE' WHEN 'REFUSED' THEN 'HOLD RELEASE' ELSE 'HOLD CAPTURE REFUND' END`,
      );
      assert.deepEqual(wrong, [], 'orders and their money tell the same');
      const states = await query<{ state: string }>(
        graph.em(),
        sql`SELECT DISTINCT state FROM game_order ORDER BY state`,
      );
      assert.deepEqual(
        states.map(({ state }) => state),
        ['COMPLETED', 'REFUNDED', 'REFUSED'],
      );
    },
  );
});
