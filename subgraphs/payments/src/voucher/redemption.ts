import { query } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { type Line, split } from '../quote/offer.js';
import { Voucher, VoucherNotValid } from './voucher.entity.js';

/** The voucher with this code, locked until the transaction ends, when this user may redeem it for these games now. */
export async function lockVoucher(
  tx: EntityManager,
  code: string,
  wish: { userId: string; gameIds: string[] },
  at: Date,
): Promise<Voucher | VoucherNotValid> {
  const voucher = await tx.findOne(Voucher, { code }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!voucher?.isGoodFor(wish.gameIds, at)) return new VoucherNotValid();
  const redeemed = await query(
    tx,
    sql`SELECT 1 FROM voucher_redemption WHERE (voucher_id, user_id) = (${voucher.id}, ${wish.userId})`,
  );
  return redeemed.length > 0 ? new VoucherNotValid() : voucher;
}

/** What the lines cost with the voucher: rounded down to a whole minor unit of all, and each bears its share. */
export function reduce(lines: Line[], { percent }: Voucher): Line[] {
  const costs = lines.map(({ minor }) => BigInt(minor));
  const total = costs.reduce((sum, cost) => sum + cost, 0n);
  if (total === 0n) return lines;
  const reduced = split((total * BigInt(100 - percent)) / 100n, costs);
  return lines.map((line, n) => ({ ...line, minor: String(reduced[n]!) }));
}

export async function redeem(
  tx: EntityManager,
  voucher: Voucher,
  order: { id: string; buyerId: string },
  at: Date,
): Promise<void> {
  voucher.redemptionsCount++;
  await query(
    tx,
    sql`INSERT INTO voucher_redemption (voucher_id, user_id, order_id, at)
        VALUES (${voucher.id}, ${order.buyerId}, ${order.id}, ${at})`,
  );
}

/** Nothing came of the order, so its voucher is as good as before. */
export async function giveBackVoucher(tx: EntityManager, orderId: string): Promise<void> {
  await query(
    tx,
    sql`WITH given_back AS (DELETE FROM voucher_redemption WHERE order_id = ${orderId} RETURNING voucher_id)
        UPDATE voucher SET redemptions_count = redemptions_count - 1
        FROM given_back WHERE id = voucher_id`,
  );
}
