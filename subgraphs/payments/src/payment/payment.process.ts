import {
  afterCommit,
  type GraphContext,
  query,
  record,
  transact,
  wakeJob,
} from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { capture, chargebackOrder, holdCharge, refund, release } from '../ledger/ledger.js';
import { Order, OrderState } from '../order/order.entity.js';
import { decline, isFor } from '../top-up/provider/charge.js';
import { type Charge, type PaymentProvider, Refused } from '../top-up/provider/payment-provider.js';
import { giveBackVoucher } from '../voucher/redemption.js';
import { Payment, PaymentState } from './payment.entity.js';

export const PURSUE_PAYMENTS = 'pursue payments';

const ASK_AGAIN_MS = 60_000;
const ASK_MAX = 100;
const AT_ONCE = 10;
/** A payment takes three at most: to be charged, taken, and given back. */
const STEPS_MAX = 4;
/** After this, a payment that nobody has confirmed is let go, and one that the provider does not know will not come. */
const GIVE_UP_AFTER_MS = 60 * 60_000;
const NEVER_CAME = 'It never reached the payment provider.';

interface Asking {
  provider: PaymentProvider;
  log: Pick<GraphContext['log'], 'warn'>;
}

// A payment is written down with its order before the provider hears of it, so that none is ever forgotten: a retry of the
// purchase, a webhook, or the job below brings it to where it is wanted. What it means for the order is decided in
// settlePayment alone, in one transaction with the money that follows.

/** Asks the provider for what a payment needs, until there is nothing more to ask, or no answer that is news. */
export async function pursue(
  em: EntityManager,
  { provider, log }: Asking,
  id: string,
  now: Date,
): Promise<void> {
  let step: Payment['step'];
  try {
    for (let n = 0; n < STEPS_MAX; n++) {
      const payment = await em.fork().findOne(Payment, id);
      step = payment?.step;
      if (!payment || !step) return;
      const charge = await ask(provider, payment, now);
      if (!charge || !(await settlePayment(em, id, charge, now))) return;
    }
  } catch (error) {
    if (step === 'refund' && error instanceof Refused) {
      log.warn({ error, payment: id }, 'a refund was refused for good');
      return refuseRefund(em, id, error.message);
    }
    // Perhaps it was done, perhaps not: it is asked for again.
    log.warn({ error, payment: id }, 'a payment had no answer');
  }
}

/** The job: pursues the payments that are due, and lets go what nobody has confirmed for an hour. */
export async function pursueDue(em: EntityManager, asking: Asking, now: Date): Promise<void> {
  await query(
    em,
    sql`UPDATE payment SET goal = 'RETURNED' WHERE due_at IS NOT NULL AND state = 'PENDING'
          AND goal = 'AUTHORISED' AND created_at < ${new Date(now.getTime() - GIVE_UP_AFTER_MS)}`,
  );
  const due = await query<{ id: string }>(
    em,
    sql`UPDATE payment SET due_at = ${new Date(now.getTime() + ASK_AGAIN_MS)} WHERE id IN (
          SELECT id FROM payment WHERE due_at <= ${now} ORDER BY due_at LIMIT ${ASK_MAX} FOR UPDATE SKIP LOCKED)
        RETURNING id`,
  );
  for (let start = 0; start < due.length; start += AT_ONCE) {
    const some = due.slice(start, start + AT_ONCE);
    await Promise.all(some.map(({ id }) => pursue(em, asking, id, now)));
  }
}

/** Takes the provider's word on a payment. Returns whether it was news. */
export function settlePayment(
  em: EntityManager,
  id: string,
  charge: Charge,
  at: Date,
): Promise<boolean> {
  return transact(em, async tx => {
    const order = await tx.findOne(Order, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    const payment = await tx.findOne(Payment, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!order || !payment || !isFor(charge, payment.chargeId)) return false;
    const isNews = payment.take(charge, at);
    if (isNews) await react(tx, order, payment, at);
    if (isNews && payment.step) pursueSoon(tx);
    return isNews;
  });
}

function refuseRefund(em: EntityManager, id: string, fault: string): Promise<void> {
  return transact(em, async tx => {
    const lockMode = LockMode.PESSIMISTIC_WRITE;
    const payment = await tx.findOneOrFail(Payment, id, { lockMode });
    if (payment.step === 'refund') payment.refuseRefund(fault); // else it was done meanwhile, by hand or by the bank
  });
}

/** Has the job see to a payment as soon as this transaction is through. */
export function pursueSoon(tx: EntityManager): void {
  afterCommit(tx, () => wakeJob(PURSUE_PAYMENTS));
}

/** What a payment's news mean for its order. What is not here is no news to it. */
async function react(tx: EntityManager, order: Order, payment: Payment, at: Date): Promise<void> {
  const { state } = payment;
  const isTaken = state === PaymentState.CAPTURED;
  if (order.state === OrderState.PAYING && (isTaken || state === PaymentState.AUTHORISED)) {
    if (isTaken) await holdCharge(tx, order.movement(payment), at);
    record(tx, order.pay(at)!, at);
  } else if (order.state === OrderState.PAYING && state === PaymentState.DECLINED) {
    await giveBackHeld(tx, order, payment, at);
    record(tx, order.refuse(payment.reason ?? 'the payment was declined')!, at);
  } else if (order.state === OrderState.COLLECTING && isTaken) {
    await holdCharge(tx, order.movement(payment), at);
    await capture(tx, order.movement(payment), at);
    record(tx, order.collected(at)!, at);
  } else if (order.state === OrderState.COLLECTING && state === PaymentState.DECLINED) {
    await reverseUnpaid(tx, order, payment, at);
  }
  await takeBackDisputed(tx, order, payment, at);
}

/** Takes a sale back that the payer disputes. One that is not complete yet is taken back as soon as it is. */
export async function takeBackDisputed(
  tx: EntityManager,
  order: Order,
  payment: Payment,
  at: Date,
): Promise<void> {
  if (!payment.isDisputed || order.completedAt === null) return;
  const why = { reason: 'the payment was charged back', isDisputed: true };
  await takeBack(tx, order, payment, why, at);
}

/** Gives back what is held of an order: the wallet's part, and the provider's where that was taken already. */
export async function giveBackHeld(
  tx: EntityManager,
  order: Order,
  payment: Payment | null,
  at: Date,
): Promise<void> {
  const held = order.movement(payment);
  if (held.amount.minor > 0n) await release(tx, held, at);
  await giveBackVoucher(tx, order.id);
  payment?.pursue('RETURNED', at);
  pursueSoon(tx);
}

/** There is a licence, and the payment for it cannot be taken any more. */
export async function reverseUnpaid(
  tx: EntityManager,
  order: Order,
  payment: Payment,
  at: Date,
): Promise<void> {
  await giveBackHeld(tx, order, payment, at);
  record(tx, order.reverse('the payment could not be taken')!, at);
}

/**
 * Takes a sale back whose money is gone: the licence is to be revoked, and what else was paid for it is the buyer's again.
 * What the provider was charged it has taken back itself when that was `disputed`; otherwise it is to give it back.
 */
export async function takeBack(
  tx: EntityManager,
  order: Order,
  payment: Payment | null,
  { reason, isDisputed }: { reason: string; isDisputed: boolean },
  at: Date,
): Promise<void> {
  const event = order.reverse(reason);
  if (!event) return;
  const { chargedMinor, walletMinor } = order.kept(payment);
  const { id, walletId, currency } = order;
  if (chargedMinor > 0n) {
    const charged = { id, walletId, amount: { minor: chargedMinor, currency }, chargedMinor };
    await (isDisputed ? chargebackOrder : refund)(tx, charged, at);
    if (!isDisputed) payment!.giveBack(chargedMinor, at);
  }
  if (walletMinor > 0n)
    await refund(tx, { id, walletId, amount: { minor: walletMinor, currency } }, at);
  record(tx, event, at);
  pursueSoon(tx);
}

async function ask(
  provider: PaymentProvider,
  payment: Payment,
  now: Date,
): Promise<Charge | undefined> {
  const { chargeId, step } = payment;
  switch (step) {
    case 'charge': {
      const { key, amount, createdAt } = chargeId;
      return provider.charge({ key, amount, capture: false, at: createdAt });
    }
    case 'capture':
      return provider.capture(chargeId);
    case 'refund':
      return provider.refund(chargeId, payment.refundDueMinor);
    default: {
      const found = await provider.find(chargeId);
      if (!found) {
        const isOld = now.getTime() - chargeId.createdAt.getTime() > GIVE_UP_AFTER_MS;
        return isOld ? decline(chargeId, NEVER_CAME) : undefined;
      }
      const isToCancel = found.state === 'pending' || found.state === 'authorised';
      const id = { ...chargeId, reference: found.reference };
      return step === 'cancel' && isToCancel ? provider.cancel(id) : found;
    }
  }
}
