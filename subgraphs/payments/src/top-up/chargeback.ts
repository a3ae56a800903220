import { query } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { chargeback } from '../ledger/ledger.js';
import { Order, OrderState } from '../order/order.entity.js';
import { Payment } from '../payment/payment.entity.js';
import { takeBack } from '../payment/payment.process.js';
import type { TopUp } from './top-up.entity.js';

const ORDERS_MAX = 100;

/**
 * The money of a top-up is gone. The wallet gives what is in it; for what was spent, the orders since then are taken back,
 * the newest first, until nothing is owed any more. What is owed all the same is a debt, which later money pays first.
 */
export async function chargeBack(tx: EntityManager, topUp: TopUp, at: Date): Promise<void> {
  const { walletId, currency } = topUp;
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const since = await tx.find(
    Order,
    {
      ...{ walletId, createdAt: { $gte: topUp.createdAt } },
      state: { $in: [OrderState.COMPLETED, OrderState.REFUND_REQUESTED] },
    },
    { orderBy: { id: 'desc' }, limit: ORDERS_MAX, lockMode },
  );
  await chargeback(tx, topUp, at);
  for (const order of since) {
    if ((await debtOf(tx, walletId, currency)) === 0n) return;
    const payment =
      order.chargedMinor > 0n ? await tx.findOne(Payment, order.id, { lockMode }) : null;
    if (order.kept(payment).walletMinor === 0n) continue;
    const reason = 'the money it was paid with was charged back';
    await takeBack(tx, order, payment, { reason, isDisputed: false }, at);
    await tx.flush();
  }
}

async function debtOf(tx: EntityManager, walletId: string, currency: string): Promise<bigint> {
  const [debt] = await query<{ minor: string }>(
    tx,
    sql`SELECT output - input AS minor FROM account
        WHERE owner_id = ${walletId} AND kind = 'DEBT' AND currency = ${currency}`,
  );
  return BigInt(debt?.minor ?? 0);
}
