import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { money, query, transact } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { type SomeGame, type Somebody, type TestPayments, testPayments } from '../testing.js';
import {
  capture,
  chargeback,
  chargebackOrder,
  creditTopUp,
  hold,
  holdCharge,
  type Movement,
  openWallet,
  refund,
  release,
} from './ledger.js';

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

const at = new Date();
const carryOut = (work: (tx: EntityManager) => Promise<void>) => transact(graph.em(), work);

/** A wallet with that much in it, by a top-up that a test may charge back. */
async function givenWallet(minor: bigint, user: Somebody = graph.givenUser()) {
  const topUp: Movement = { id: uuidv7(), walletId: null, amount: money(minor, 'EUR') };
  await carryOut(async tx => {
    topUp.walletId = await openWallet(tx, user.userId, 'EUR');
    await creditTopUp(tx, topUp, at);
  });
  return { user, walletId: topUp.walletId!, topUp };
}

const orderOf = (
  walletId: string | null,
  minor: bigint,
  more: Partial<Movement> = {},
): Movement => ({
  ...{ id: uuidv7(), walletId, amount: money(minor, 'EUR') },
  ...more,
});

const partOf = (game: SomeGame, minor: bigint) => ({ gameId: game.state.id, minor });

/** Every figure of an operation is read from the transfers: kind, amount, and the kinds of both accounts. */
async function movesOf({ id }: Movement): Promise<string[]> {
  const rows = await query<{ move: string }>(
    graph.em(),
    sql`SELECT t.kind || ' ' || s.kind || '>' || d.kind || ' ' || minor AS move
        FROM transfer AS t JOIN account AS s ON s.id = src JOIN account AS d ON d.id = dst
        WHERE ref = ${id} ORDER BY t.id`,
  );
  return rows.map(({ move }) => move);
}

/** What an account has by its transfers: rows of studios and of the platform lag behind. */
async function heldBy(kind: string, ownerId: string): Promise<string> {
  const [row] = await query<{ balance: string }>(
    graph.em(),
    sql`SELECT coalesce(sum(CASE WHEN dst = a.id THEN minor ELSE -minor END), 0) AS balance
        FROM account AS a JOIN transfer ON a.id IN (src, dst) WHERE a.kind = ${kind} AND owner_id = ${ownerId}`,
  );
  return row!.balance;
}

describe('a game whose studio is not known', () => {
  it('is sold all the same, and the platform has all of its price', async () => {
    const { walletId } = await givenWallet(1000n);
    const [known, unknown] = [await graph.givenGame(), await graph.givenGame()];
    await query(
      graph.em(),
      sql`UPDATE game_copy SET studio_id = NULL WHERE id = ${unknown.state.id}`,
    );
    const parts = [partOf(unknown, 600n), partOf(known, 400n)];
    const order = orderOf(walletId, 1000n, { parts });
    await carryOut(tx => hold(tx, order, at));
    await carryOut(tx => capture(tx, order, at));
    await carryOut(tx => refund(tx, order, at));
    assert.deepEqual(
      (await movesOf(order)).filter(move => move.startsWith('SHARE')),
      ['SHARE REVENUE>STUDIO 280', 'SHARE_BACK STUDIO>REVENUE 280'],
    );
    await graph.assertBalanced();
  });
});

describe('an order that is paid in part by the wallet, in part by the provider', () => {
  it('is captured as a whole, and goes back to where it came from', async () => {
    const { user, walletId } = await givenWallet(1000n);
    const game = await graph.givenGame();
    const parts = [partOf(game, 1999n)];
    const order = orderOf(walletId, 1999n, { chargedMinor: 1200n, parts });
    await carryOut(tx => hold(tx, order, at));
    await assert.rejects(
      carryOut(tx => capture(tx, order, at)),
      /account_not_below_zero/,
    );
    await carryOut(tx => holdCharge(tx, order, at));
    assert.deepEqual(await graph.balance(user), { balance: '201', held: '799' });
    await carryOut(tx => capture(tx, order, at));
    await carryOut(tx => refund(tx, order, at));
    assert.deepEqual(await movesOf(order), [
      'HOLD WALLET>HOLD 799',
      'CHARGE CLEARING>HOLD 1200',
      'CAPTURE HOLD>REVENUE 1999',
      'SHARE REVENUE>STUDIO 1399',
      'REFUND REVENUE>WALLET 799',
      'REFUND REVENUE>CLEARING 1200',
      'SHARE_BACK STUDIO>REVENUE 1399',
    ]);
    assert.deepEqual(await graph.balance(user), { balance: '1000', held: '0' });
    await graph.assertBalanced();
  });

  it('is released likewise, and also when no wallet had a part in it', async () => {
    const { walletId } = await givenWallet(1000n);
    const mixed = orderOf(walletId, 1500n, { chargedMinor: 600n });
    const charged = orderOf(null, 700n, { chargedMinor: 700n });
    await carryOut(tx => hold(tx, mixed, at));
    await carryOut(tx => holdCharge(tx, mixed, at));
    await carryOut(tx => holdCharge(tx, charged, at));
    for (const order of [mixed, charged]) await carryOut(tx => release(tx, order, at));
    assert.deepEqual((await movesOf(mixed)).slice(2), [
      'RELEASE HOLD>WALLET 900',
      'RELEASE HOLD>CLEARING 600',
    ]);
    assert.deepEqual((await movesOf(charged)).slice(1), ['RELEASE HOLD>CLEARING 700']);
    await graph.assertBalanced();
  });
});

describe('refunds of parts of an order', () => {
  it('are never more together than was captured, also when they race', async () => {
    const { walletId } = await givenWallet(1000n);
    const game = await graph.givenGame();
    const order = orderOf(walletId, 1000n, { parts: [partOf(game, 1000n)] });
    await carryOut(tx => hold(tx, order, at));
    await assert.rejects(carryOut(tx => refund(tx, order, at)));
    await carryOut(tx => capture(tx, order, at));
    const part = { ...order, parts: undefined, amount: money(300n, 'EUR') };
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => carryOut(tx => refund(tx, part, at))),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3);
    const last = { ...part, amount: money(100n, 'EUR') };
    await carryOut(tx => refund(tx, last, at));
    await assert.rejects(carryOut(tx => refund(tx, { ...part, amount: money(1n, 'EUR') }, at)));
    await graph.assertBalanced();
  });

  it('happen once for their operation', async () => {
    const { user, walletId } = await givenWallet(1000n);
    const order = orderOf(walletId, 1000n);
    await carryOut(tx => hold(tx, order, at));
    await carryOut(tx => capture(tx, order, at));
    const [op, part] = [uuidv7(), { ...order, amount: money(10n, 'EUR') }];
    await carryOut(tx => refund(tx, part, at, op));
    await assert.rejects(
      carryOut(tx => refund(tx, part, at, op)),
      /transfer_once/,
    );
    assert.equal((await graph.balance(user))!.balance, '10');
  });

  it('take from the studio exactly what it had, in however many steps', async () => {
    const { walletId } = await givenWallet(10_000n);
    const [one, other] = [await graph.givenGame(), await graph.givenGame()];
    const order = orderOf(walletId, 2000n, { parts: [partOf(one, 1001n), partOf(other, 999n)] });
    await carryOut(tx => hold(tx, order, at));
    await carryOut(tx => capture(tx, order, at));
    const studioOf = ({ state }: SomeGame) => heldBy('STUDIO', state.studioId);
    assert.deepEqual([await studioOf(one), await studioOf(other)], ['700', '699']);
    for (const minor of [333n, 333n, 334n]) {
      const part = { ...order, amount: money(minor, 'EUR'), parts: [partOf(one, minor)] };
      await carryOut(tx => refund(tx, part, at));
    }
    assert.deepEqual([await studioOf(one), await studioOf(other)], ['1', '699']);
    const rest = { ...order, amount: money(1000n, 'EUR'), parts: undefined };
    await carryOut(tx => refund(tx, rest, at));
    assert.deepEqual([await studioOf(one), await studioOf(other)], ['0', '0']);
    await graph.assertBalanced();
  });
});

describe('a chargeback', () => {
  it('of a top-up that was spent leaves a debt, which later top-ups and refunds pay first', async () => {
    const { user, walletId, topUp } = await givenWallet(1000n);
    const order = orderOf(walletId, 700n);
    await carryOut(tx => hold(tx, order, at));
    await carryOut(tx => capture(tx, order, at));
    await carryOut(tx => chargeback(tx, topUp, at));
    await assert.rejects(
      carryOut(tx => chargeback(tx, topUp, at)),
      /one_of_each_kind/,
    );
    assert.deepEqual((await movesOf(topUp)).slice(1), [
      'CHARGEBACK DEBT>CLEARING 700',
      'CHARGEBACK WALLET>CLEARING 300',
    ]);
    assert.equal((await graph.balance(user))!.balance, '0');
    assert.equal(await heldBy('DEBT', walletId), '-700');
    const { topUp: second } = await givenWallet(500n, user);
    assert.deepEqual(await movesOf(second), ['TOP_UP CLEARING>DEBT 500']);
    await carryOut(tx => refund(tx, order, at));
    assert.deepEqual((await movesOf(order)).slice(2), [
      'REFUND REVENUE>DEBT 200',
      'REFUND REVENUE>WALLET 500',
    ]);
    assert.equal(await heldBy('DEBT', walletId), '0');
    assert.equal((await graph.balance(user))!.balance, '500');
    await graph.assertBalanced();
  });

  it('races with a purchase and a top-up, and no wallet is below zero', async () => {
    const { walletId, topUp, user } = await givenWallet(1000n);
    await Promise.allSettled([
      ...Array.from({ length: 4 }, () => carryOut(tx => hold(tx, orderOf(walletId, 400n), at))),
      carryOut(tx => chargeback(tx, topUp, at)),
      givenWallet(50n, user),
    ]);
    const { balance, held } = (await graph.balance(user))!;
    const total = BigInt(balance) + BigInt(held) + BigInt(await heldBy('DEBT', walletId));
    assert.equal(total, 50n);
    await graph.assertBalanced();
  });

  it('of an order takes back from its sale what is left of it, and the rest from the buyer', async () => {
    const { walletId, user } = await givenWallet(100n);
    const game = await graph.givenGame();
    const parts = [partOf(game, 1000n)];
    const order = orderOf(walletId, 1000n, { chargedMinor: 1000n, parts });
    await carryOut(tx => holdCharge(tx, order, at));
    await carryOut(tx => capture(tx, order, at));
    // A refund to the wallet of what the provider was charged for; then the payer disputes the charge as well.
    const part = { ...order, chargedMinor: 0n, amount: money(400n, 'EUR'), parts: undefined };
    await carryOut(tx => refund(tx, part, at));
    await carryOut(tx => chargebackOrder(tx, order, at));
    assert.deepEqual((await movesOf(order)).slice(3), [
      'REFUND REVENUE>WALLET 400',
      'SHARE_BACK STUDIO>REVENUE 280',
      'CHARGEBACK REVENUE>CLEARING 600',
      'SHARE_BACK STUDIO>REVENUE 420',
      'CHARGEBACK WALLET>CLEARING 400',
    ]);
    assert.equal(await heldBy('STUDIO', game.state.studioId), '0');
    assert.equal((await graph.balance(user))!.balance, '100');
    await assert.rejects(
      carryOut(tx => refund(tx, part, at)),
      /is not what was captured/,
    );
    await graph.assertBalanced();
  });
});
