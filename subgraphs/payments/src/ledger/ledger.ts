import { type Money, query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { givenBack, type Part, sold } from './share.js';
import { TransferKind } from './transfer.type.js';

const ROLL_UP_MAX = 100_000;

// The only code that moves money. An operation has one leg or several, each of which takes from one account and gives to
// another, in the transaction of what it is for; nothing else writes accounts. Whoever calls has locked what it is for
// (the order, the top-up) before, so that all take their locks in one order: first that, then accounts by their ids.

/** An order or a top-up, as the ledger needs to know it. An order's hold has the order's own id. */
export interface Movement {
  id: string;
  /** Null when no wallet has a part in it. */
  walletId: string | null;
  /** All of it, wherever it comes from or goes to. Of a refund: what is given back, which may be a part. */
  amount: Money;
  /** So much of the amount came from the provider, for this alone, and goes back there; the rest is the wallet's. */
  chargedMinor?: bigint;
  /** What was bought, and for how much; together the amount. Studios have their shares of it. */
  parts?: Part[] | undefined;
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
  const [known] = await find();
  if (known) return known.id;
  await query(tx, sql`SELECT open_account(${uuidv7()}, 'WALLET', ${currency}, ${userId}, NULL)`);
  return (await find())[0]!.id; // whoever of two has opened it
}

/** The wallet and what is in it, which nobody else changes until the transaction ends. */
export async function lockWallet(
  tx: EntityManager,
  userId: string,
  currency: string,
): Promise<{ id: string; balanceMinor: bigint } | undefined> {
  const [wallet] = await query<{ id: string; balance: string }>(
    tx,
    sql`SELECT id, balance FROM lock_wallet(${userId}, ${currency})`,
  );
  return wallet && { id: wallet.id, balanceMinor: BigInt(wallet.balance) };
}

/** Puts money that came from the provider into a wallet, where it pays what the owner owes first. */
export async function creditTopUp(tx: EntityManager, topUp: Movement, at: Date): Promise<void> {
  const { minor, currency } = topUp.amount;
  const src = platform('CLEARING', currency);
  await post(tx, topUp, at, [{ kind: TransferKind.TOP_UP, src, dst: topUp.walletId!, minor }]);
}

/** Sets the wallet's part of an order's price aside. */
export async function hold(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const { id, walletId, amount, chargedMinor = 0n } = order;
  const minor = amount.minor - chargedMinor;
  await post(tx, order, at, [{ kind: TransferKind.HOLD, src: walletId!, dst: id, minor }]);
}

/** Sets aside what the provider was charged of an order's price, when it came. */
export async function holdCharge(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const src = platform('CLEARING', order.amount.currency);
  const minor = order.chargedMinor!;
  await post(tx, order, at, [{ kind: TransferKind.CHARGE, src, dst: order.id, minor }]);
}

/** Takes what was set aside, all of it, and gives studios their shares, as they are agreed at this moment. */
export async function capture(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const { id, amount, parts = [{ gameId: null, minor: amount.minor }] } = order;
  const paid = parts.filter(({ minor }) => minor > 0n);
  await query(
    tx,
    sql`SELECT capture(${uuidv7()}, ${id}, ${amount.currency}, ${at}, ${paid.map(({ gameId }) => gameId)}::uuid[],
          ${paid.map(({ minor }) => String(minor))}::bigint[])`,
  );
}

/** Gives back what was set aside, all of it: the wallet's part to the wallet, the provider's to the provider. */
export async function release(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const to = sinksOf(order);
  await post(
    tx,
    order,
    at,
    to.map(sink => ({ kind: TransferKind.RELEASE, src: order.id, ...sink })),
  );
}

/**
 * Gives back what was taken, or a part of it; studios give back the same part of their shares. More than was captured
 * cannot be given back, however often it is tried (`refunds_at_most_captured`).
 *
 * @param op makes this one refund happen once; needed where an order has several
 */
export async function refund(
  tx: EntityManager,
  order: Movement,
  at: Date,
  op?: string,
): Promise<void> {
  await post(tx, order, at, await legsBack(tx, TransferKind.REFUND, order), op);
}

/**
 * The provider took back what it had paid for an order (the amount), for the payer disputed it. What is left of the sale
 * gives it; what was refunded before the buyer has, and it is taken from the wallet, as a top-up is.
 */
export async function chargebackOrder(tx: EntityManager, order: Movement, at: Date): Promise<void> {
  const { amount, walletId } = order;
  const rest = (await sold(tx, order.id)).reduce(
    (sum, part) => sum + part.capturedMinor - part.refundedMinor,
    0n,
  );
  const minor = amount.minor < rest ? amount.minor : rest;
  const ofSale = { ...order, parts: undefined, amount: { ...amount, minor }, chargedMinor: minor };
  const legs = await legsBack(tx, TransferKind.CHARGEBACK, ofSale);
  if (amount.minor > minor) {
    const dst = platform('CLEARING', amount.currency);
    legs.push({
      ...{ kind: TransferKind.CHARGEBACK, src: walletId!, dst },
      minor: amount.minor - minor,
    });
  }
  await post(tx, order, at, legs);
}

/**
 * The provider took back what came into a wallet, for the payer disputed it. The wallet gives what is in it; the rest
 * its owner owes, and whatever comes into the wallet later pays that first.
 */
export async function chargeback(tx: EntityManager, topUp: Movement, at: Date): Promise<void> {
  const { minor, currency } = topUp.amount;
  const dst = platform('CLEARING', currency);
  await post(tx, topUp, at, [{ kind: TransferKind.CHARGEBACK, src: topUp.walletId!, dst, minor }]);
}

/** Sets money of a wallet aside for an escrow, whose id its account has. */
export async function fundEscrow(tx: EntityManager, escrow: Movement, at: Date): Promise<void> {
  const { id, walletId, amount } = escrow;
  const leg = { kind: TransferKind.ESCROW, src: walletId!, dst: id, minor: amount.minor };
  await post(tx, escrow, at, [leg]);
}

/** Gives what is in an escrow, all of it, to wallets: in whichever way, it ends once. */
export async function endEscrow(
  tx: EntityManager,
  escrow: Pick<Movement, 'id' | 'amount'>,
  kind: TransferKind.ESCROW_RELEASE | TransferKind.ESCROW_REFUND | TransferKind.ESCROW_SPLIT,
  to: { dst: string; minor: bigint }[],
  at: Date,
): Promise<void> {
  await post(
    tx,
    escrow,
    at,
    to.map(share => ({ kind, src: escrow.id, ...share })),
  );
}

/** Adds what was posted to accounts that are not kept by transfers to their rows, a limited number at a time. */
export async function rollUp(em: EntityManager): Promise<void> {
  await query(em, sql`SELECT roll_up(${ROLL_UP_MAX})`);
}

/** An account's id, or an expression that finds it (or opens it) in the statement that it is part of. */
type Account = string | RawBuilder<unknown>;

/** A movement from one account to another. */
export interface Leg {
  kind: TransferKind;
  src: Account;
  dst: Account;
  minor: bigint;
  /** What was sold, if this is about something that was. */
  gameId?: string | null;
}

/**
 * Posts an operation. Its first leg says what it is, and comes at most once for the same thing, but for refunds:
 * constraints see to that, whatever the callers do. What sets money aside opens the account that it is set aside in.
 */
export async function post(
  tx: EntityManager,
  { id, amount: { currency } }: Pick<Movement, 'id' | 'amount'>,
  at: Date,
  legs: Leg[],
  op: string = uuidv7(),
): Promise<void> {
  const column = (of: (leg: Leg) => unknown) => sql`ARRAY[${sql.join(legs.map(of))}]`;
  await query(
    tx,
    sql`SELECT post(${op}, ${id}, ${currency}, ${at}, ${column(leg => leg.kind)}::text[],
          ${column(leg => leg.src)}::uuid[], ${column(leg => leg.dst)}::uuid[],
          ${column(leg => leg.minor)}::bigint[], ${column(leg => leg.gameId ?? null)}::uuid[])`,
  );
}

/** The account of all of a currency's money that is at the provider, or that was earned. */
const platform = (kind: 'CLEARING' | 'REVENUE', currency: string) =>
  sql`platform_account(${kind}, ${currency})`;

/** As `platform`, for who needs the id itself. */
export async function platformAccount(
  tx: EntityManager,
  kind: 'CLEARING' | 'REVENUE',
  currency: string,
): Promise<string> {
  const [account] = await query<{ id: string }>(tx, sql`SELECT ${platform(kind, currency)} AS id`);
  return account!.id;
}

/** Where money of an order goes back to, and how much: first the wallet's part, then the provider's. */
function sinksOf({ walletId, amount, chargedMinor = 0n }: Movement): {
  dst: Account;
  minor: bigint;
}[] {
  const ofWallet = amount.minor - chargedMinor;
  const clearing = platform('CLEARING', amount.currency);
  return [
    ...(ofWallet > 0n ? [{ dst: walletId!, minor: ofWallet }] : []),
    ...(chargedMinor > 0n ? [{ dst: clearing, minor: chargedMinor }] : []),
  ];
}

/** What gives an order's money back: the sale of each of its games, and for that in turn the studio's share. */
async function legsBack(tx: EntityManager, kind: TransferKind, order: Movement): Promise<Leg[]> {
  const revenue = platform('REVENUE', order.amount.currency);
  const parts = givenBack(await sold(tx, order.id), order);
  const sinks = sinksOf(order);
  const legs: Leg[] = [];
  for (const { gameId, minor } of parts) {
    let left = minor;
    for (const sink of sinks) {
      const taken = left < sink.minor ? left : sink.minor;
      if (taken === 0n) continue;
      legs.push({ kind, src: revenue, dst: sink.dst, minor: taken, gameId });
      left -= taken;
      sink.minor -= taken;
    }
  }
  for (const { gameId, studioAccountId, shareMinor } of parts) {
    if (studioAccountId === null || shareMinor === 0n) continue;
    const [src, minor] = [studioAccountId, shareMinor];
    legs.push({ kind: TransferKind.SHARE_BACK, src, dst: revenue, minor, gameId });
  }
  return legs;
}
