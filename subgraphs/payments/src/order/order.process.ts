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
import { takeAnswer } from './order.answer.js';
import { Order, OrderState } from './order.entity.js';

const CANCEL_AFTER_MS = 60_000;
const CANCEL_MAX = 500;

const MOVES = { capture, release, refund };

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
  const { event, move } = takeAnswer(order, word, licence, at);
  if (!event) return;
  const { id, walletId, gameId, amount } = order;
  const parts = [{ gameId, minor: amount.minor }];
  if (move && walletId !== null) await MOVES[move](em, { id, walletId, amount, parts }, at);
  record(em, event, at);
}
