import {
  type LicenceState,
  licenceGranted,
  licenceKept,
  licenceRefused,
  licenceRevoked,
} from '@gamegraph/event-contracts';
import { defineConsumer, type HandlerContext, on, record, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { capture, refund } from '../ledger/ledger.js';
import { Payment, PaymentState } from '../payment/payment.entity.js';
import {
  giveBackHeld,
  pursueSoon,
  reverseUnpaid,
  takeBackDisputed,
} from '../payment/payment.process.js';
import { takeAnswer } from './order.answer.js';
import { Order, OrderState } from './order.entity.js';

const CANCEL_AFTER_MS = 60_000;
const CANCEL_MAX = 500;

/**
 * How a purchase and a refund end: as the library decides about the licence. The order's row lock and its transitions let
 * the first answer count; the same told again, or another, changes nothing.
 */
export const orderProcess = defineConsumer({
  name: 'payments.order',
  subscriptions: [licenceGranted, licenceRefused, licenceRevoked, licenceKept].map(word =>
    on(word, (licence, context) => answered(word.type, licence, context)),
  ),
});

/** Asks again about orders that had no answer for a minute, so that each comes to its end. */
export async function cancelUnanswered(em: EntityManager, now: Date): Promise<void> {
  await transact(em, async tx => {
    const unanswered = await tx.find(
      Order,
      {
        state: { $in: [OrderState.HELD, OrderState.REFUND_REQUESTED] },
        askedAt: { $lt: new Date(now.getTime() - CANCEL_AFTER_MS) },
      },
      {
        orderBy: { askedAt: 'asc' },
        limit: CANCEL_MAX,
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, // the others are being answered
      },
    );
    for (const order of unanswered) {
      const isHeld = order.state === OrderState.HELD;
      record(tx, isHeld ? order.cancel(now) : order.repeatRefundRequest(now), now);
    }
  });
}

/** An order that is not known makes the event poison: somebody would have a game for money that nobody has. */
async function answered(
  word: string,
  licence: LicenceState,
  { em, at }: HandlerContext,
): Promise<void> {
  if (licence.source !== 'ORDER') return;
  const order = await em.findOneOrFail(Order, licence.sourceId, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
  });
  const { id } = order;
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
  const payment = order.chargedMinor > 0n ? await em.findOne(Payment, id, lock) : null;
  const { event, move } = takeAnswer(order, word, licence, at, payment);
  if (move === 'collect') await collect(em, order, payment!, at);
  if (!event) return;
  if (move === 'release') await giveBackHeld(em, order, payment, at);
  if (move === 'capture' && order.minor > 0n) await capture(em, order.movement(payment), at);
  if (move === 'refund') await giveBack(em, order, payment, at);
  record(em, event, at);
  if (payment) await takeBackDisputed(em, order, payment, at);
}

/** Gives back what a refund was asked for, each part to where it came from. */
async function giveBack(
  em: EntityManager,
  order: Order,
  payment: Payment | null,
  at: Date,
): Promise<void> {
  const movement = order.refundMovement(payment);
  if (movement.amount.minor > 0n) await refund(em, movement, at);
  if (!payment) return;
  payment.giveBack(movement.chargedMinor!, at);
  pursueSoon(em);
}

/** The licence is granted, so the money that was set aside is to be taken; should it be gone, so is the licence. */
async function collect(em: EntityManager, order: Order, payment: Payment, at: Date): Promise<void> {
  payment.pursue('CAPTURED', at);
  if (payment.state === PaymentState.DECLINED) await reverseUnpaid(em, order, payment, at);
  else pursueSoon(em);
}
