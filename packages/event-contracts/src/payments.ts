import { defineAggregate, defineEvent } from '@gamegraph/event-bus';
import { z } from 'zod';

export const OrderState = z.object({
  id: z.uuid(),
  buyerId: z.uuid(),
  gameId: z.uuid(),
  state: z.enum(['HELD', 'COMPLETED', 'REFUSED', 'REFUND_REQUESTED', 'REFUNDED']),
  /** Why it was refused, or why a refund was. */
  reason: z.string().nullable(),
  /** ISO 4217. */
  currency: z.string(),
  /** In the currency's smallest unit. */
  minor: z.string(),
  createdAt: z.iso.datetime(),
  /** Who is to own it, when it is a gift; otherwise the buyer is. */
  recipientId: z.uuid().nullable().optional(),
  /** What is to be licensed, all of it or nothing. Without them: `gameId` alone. */
  lines: z
    .array(
      z.object({
        gameId: z.uuid(),
        minor: z.string(),
        /** Of a DLC: to be owned, or in this order. */
        baseGameId: z.uuid().nullable(),
        /** The bundle that it came in: refunded whole, and judged by the playtime of all. */
        bundleId: z.uuid().nullable(),
      }),
    )
    .optional(),
  /** Which of them a refund was asked for, or given, last. Without them: all. */
  refundGameIds: z.array(z.uuid()).optional(),
});

export type OrderState = z.infer<typeof OrderState>;

export const order = defineAggregate({
  topic: 'payments.order',
  description: 'A purchase of a game, from holding the money to its end.',
  state: OrderState,
});

export const purchaseHeld = defineEvent(
  'PurchaseHeld',
  order,
  'held',
  'The money is held. `library` answers with LicenceGranted or LicenceRefused, once, whose source is this order.',
);

export const purchaseCancelled = defineEvent(
  'PurchaseCancelled',
  order,
  'cancelled',
  'The answer is long in coming. `library` says LicenceGranted again if it had, else LicenceRefused, and means it.',
);

export const paymentProcessed = defineEvent(
  'PaymentProcessed',
  order,
  'processed',
  'The licence is granted and the money is taken: the purchase is complete.',
);

export const purchaseRefused = defineEvent(
  'PurchaseRefused',
  order,
  'refused',
  'There is no licence, and the money was given back.',
);

export const refundRequested = defineEvent(
  'RefundRequested',
  order,
  'refund-requested',
  'The buyer wants the money back, in time. `library` answers with LicenceRevoked or LicenceKept, by the playtime.',
);

export const refundRefused = defineEvent(
  'RefundRefused',
  order,
  'refund-refused',
  'The game was played for too long: the purchase stands.',
);

export const paymentRefunded = defineEvent(
  'PaymentRefunded',
  order,
  'refunded',
  'The licence is revoked and the money was given back.',
);

export const purchaseReversed = defineEvent(
  'PurchaseReversed',
  order,
  'reversed',
  'The payment failed after the licence was granted, or was charged back. `library` revokes it, whatever was played.',
);

export const orderPartRefunded = defineEvent(
  'OrderPartRefunded',
  order,
  'part-refunded',
  'The licences of some lines are revoked and their money was given back; the others stay.',
);
