import { execute, type Money, query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { TransferKind } from './transfer.type.js';

const ROLL_UP_MAX = 100_000;

// The only code that moves money. A transfer takes it from one account and gives it to another, in the transaction of
// what it is for; nothing else writes accounts. Whoever calls has locked what it is for (the order, the top-up) before,
// so that all take their locks in one order: first that, then accounts by their ids.

/** An order or a top-up, as the ledger needs to know it. An order's hold has the order's own id. */
export interface Movement {
  id: string;
  walletId: string;
  amount: Money;
}

/** The wallet's id: it is opened when it is first needed. */
export async function openWallet(
  tx: EntityManager,
  userId: string,
  currency: string,
): Promise<string> {
  const find = () =>
    query<{ id: string }>(
      tx,
      sql`SELECT id FROM account WHERE user_id = ${userId} AND currency = ${currency}`,
    );
  return (await find())[0]?.id ?? open(tx, { kind: 'WALLET', currency, userId }, find);
}

/** The wallet and what is in it, which nobody else changes until the transaction ends. */
export async function lockWallet(
  tx: EntityManager,
  userId: string,
  currency: string,
): Promise<{ id: string; balanceMinor: bigint } | undefined> {
  const [wallet] = await query<{ id: string; balance: string }>(
    tx,
    sql`SELECT id, input - output AS balance FROM account
        WHERE user_id = ${userId} AND currency = ${currency} FOR NO KEY UPDATE`,
  );
  return wallet && { id: wallet.id, balanceMinor: BigInt(wallet.balance) };
}

/** Puts money that came from the provider into a wallet. */
export async function creditTopUp(tx: EntityManager, topUp: Movement, at: Date): Promise<void> {
  const src = await platformAccount(tx, 'CLEARING', topUp.amount.currency);
  await post(tx, TransferKind.TOP_UP, { src, dst: topUp.walletId }, topUp, at);
}

/** Sets an order's price aside, out of the wallet. */
export async function hold(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const { id, walletId, amount } = order;
  await query(
    tx,
    sql`INSERT INTO account (id, kind, currency) VALUES (${id}, 'HOLD', ${amount.currency})`,
  );
  await post(tx, TransferKind.HOLD, { src: walletId, dst: id }, order, at);
}

/** Takes what was set aside. */
export async function capture(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const dst = await platformAccount(tx, 'REVENUE', order.amount.currency);
  await post(tx, TransferKind.CAPTURE, { src: order.id, dst }, order, at);
}

/** Gives back what was set aside. */
export async function release(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  await post(tx, TransferKind.RELEASE, { src: order.id, dst: order.walletId }, order, at);
}

/** Gives back what was taken. */
export async function refund(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const src = await platformAccount(tx, 'REVENUE', order.amount.currency);
  await post(tx, TransferKind.REFUND, { src, dst: order.walletId }, order, at);
}

/** Adds what was posted to the platform's accounts to their rows, a limited number of transfers at a time. */
export async function rollUp(em: EntityManager): Promise<void> {
  await query(
    em,
    sql`WITH taken AS (
          DELETE FROM account_change WHERE transfer_id IN (
            SELECT transfer_id FROM account_change ORDER BY transfer_id LIMIT ${ROLL_UP_MAX})
          RETURNING account_id, input, output
        ), total AS (
          SELECT account_id, sum(input) AS input, sum(output) AS output FROM taken GROUP BY account_id
        )
        UPDATE account SET input = account.input + total.input, output = account.output + total.output
        FROM total WHERE account.id = total.account_id`,
  );
}

/** Each kind comes at most once for the same order or top-up: constraints see to that, whatever the callers do. */
async function post(
  tx: EntityManager,
  kind: TransferKind,
  { src, dst }: { src: string; dst: string },
  { id, amount: { currency, minor } }: Movement,
  at: Date,
): Promise<void> {
  await query(
    tx,
    sql`SELECT post(${uuidv7()}, ${src}, ${dst}, ${currency}, ${minor}, ${kind}, ${id}, ${at})`,
  );
}

async function platformAccount(
  tx: EntityManager,
  kind: 'CLEARING' | 'REVENUE',
  currency: string,
): Promise<string> {
  const find = () =>
    query<{ id: string }>(
      tx,
      sql`SELECT id FROM account WHERE kind = ${kind} AND currency = ${currency}`,
    );
  return (await find())[0]?.id ?? open(tx, { kind, currency, userId: null }, find);
}

/** Constraints decide who of two opens it; both find it then. */
async function open(
  tx: EntityManager,
  { kind, currency, userId }: { kind: string; currency: string; userId: string | null },
  find: () => Promise<{ id: string }[]>,
): Promise<string> {
  await execute(
    tx,
    sql`INSERT INTO account (id, kind, currency, user_id)
        VALUES (${uuidv7()}, ${kind}, ${currency}, ${userId}) ON CONFLICT DO NOTHING`,
  );
  return (await find())[0]!.id;
}
