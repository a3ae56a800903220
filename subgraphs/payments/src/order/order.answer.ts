import {
  licenceGranted,
  licenceRefused,
  licenceRevoked,
  type LicenceState,
} from '@gamegraph/event-contracts';
import type { Payment } from '../payment/payment.entity.js';
import { type Order, OrderState } from './order.entity.js';

const REFUND_PLAYTIME_S = 2 * 60 * 60;

/** What the library's word makes of an order, and where its money goes then. No event: nothing changes. */
export interface Answer {
  event: ReturnType<Order['refund']>;
  move?: 'capture' | 'collect' | 'release' | 'refund';
}

/** @param word the type of the event by which the library speaks: granted, refused, revoked or kept */
export function takeAnswer(
  order: Order,
  word: string,
  licence: LicenceState,
  at: Date,
  payment: Payment | null = null,
): Answer {
  switch (word) {
    case licenceGranted.type:
      return payment && !payment.isCaptured
        ? { event: undefined, ...(order.collect() && { move: 'collect' }) }
        : { event: order.complete(at), move: 'capture' };
    case licenceRefused.type:
      return order.state === OrderState.HELD
        ? { event: order.refuse(licence.reason ?? 'the library gave no reason'), move: 'release' }
        : { event: order.refund(), move: 'refund' }; // to a wish for a refund, it says that there is nothing to keep
    case licenceRevoked.type:
      return order.isAsked(licence.gameId)
        ? { event: order.refund(licence.playtimeSeconds), move: 'refund' }
        : { event: undefined };
    default:
      return {
        event: order.isAsked(licence.gameId)
          ? order.keep(reasonToKeep(licence), licence.playtimeSeconds)
          : undefined,
      };
  }
}

function reasonToKeep({ reason, playtimeSeconds }: LicenceState): string {
  if (playtimeSeconds < REFUND_PLAYTIME_S) return reason ?? 'the library gave no reason';
  const minutes = Math.floor(playtimeSeconds / 60);
  const rest = String(minutes % 60).padStart(2, '0');
  return `played for ${Math.floor(minutes / 60)} h ${rest} min; the limit is 2 h`;
}
