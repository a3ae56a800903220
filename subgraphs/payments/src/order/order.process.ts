import {
  type LicenceState,
  licenceGranted,
  licenceKept,
  licenceRefused,
  licenceRevoked,
} from '@gamegraph/event-contracts';
import { defineConsumer, type HandlerContext, on, record, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { capture, refund, release } from '../ledger/ledger.js';
import { Order, OrderState } from './order.entity.js';

const CANCEL_AFTER_MS = 60_000;
const CANCEL_MAX = 500;
const REFUND_PLAYTIME_S = 2 * 60 * 60;

/**
 * How a purchase and a refund end: as the library decides about the licence. The order's row lock and its transitions let
 * the first answer count; the same told again, or another, changes nothing.
 */
export const orderProcess = defineConsumer({
  name: 'payments.order',
  subscriptions: [
    on(licenceGranted, (licence, context) =>
      answered(licence, context, (order, at) => [order.complete(at), capture]),
    ),
    on(licenceRefused, (licence, context) => {
      const reason = licence.reason ?? 'the library gave no reason';
      return answered(
        licence,
        context,
        order =>
          order.state === OrderState.HELD
            ? [order.refuse(reason), release]
            : [order.refund(), refund], // to a wish for a refund, it says that there is nothing to keep
      );
    }),
    on(licenceRevoked, (licence, context) =>
      answered(licence, context, order => [order.refund(), refund]),
    ),
    on(licenceKept, (licence, context) =>
      answered(licence, context, order => [order.keep(reasonToKeep(licence))]),
    ),
  ],
});

/** Asks again about orders that had no answer for a minute, so that each comes to its end. */
export async function cancelUnanswered(em: EntityManager, now: Date): Promise<void> {
  await transact(em, async tx => {
    const unanswered = await tx.find(
      Order,
      {
        state: OrderState.HELD,
        askedAt: { $lt: new Date(now.getTime() - CANCEL_AFTER_MS) },
      },
      {
        orderBy: { askedAt: 'asc' },
        limit: CANCEL_MAX,
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, // the others are being answered
      },
    );
    for (const order of unanswered) record(tx, order.cancel(now), now);
  });
}

/** What the order makes of an answer, and where its money goes then. */
type Step = (order: Order, at: Date) => [ReturnType<Order['refund']>, typeof capture?];

/** An order that is not known makes the event poison: somebody would have a game for money that nobody has. */
async function answered(
  { source, sourceId }: LicenceState,
  { em, at }: HandlerContext,
  step: Step,
): Promise<void> {
  if (source !== 'ORDER') return;
  const order = await em.findOneOrFail(Order, sourceId, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const { id, walletId, amount } = order;
  const [event, move] = step(order, at);
  if (!event) return;
  if (move && walletId !== null) await move(em, { id, walletId, amount }, at);
  record(em, event, at);
}

function reasonToKeep({ reason, playtimeSeconds }: LicenceState): string {
  if (playtimeSeconds < REFUND_PLAYTIME_S) return reason ?? 'the library gave no reason';
  const minutes = Math.floor(playtimeSeconds / 60);
  const rest = String(minutes % 60).padStart(2, '0');
  return `played for ${Math.floor(minutes / 60)} h ${rest} min; the limit is 2 h`;
}
