import {
  type OrderState as AnnouncedOrder,
  orderPartRefunded,
  paymentProcessed,
  paymentRefunded,
  purchaseCancelled,
  purchaseHeld,
  purchaseRefused,
  purchaseReversed,
  refundRefused,
  refundRequested,
} from '@gamegraph/event-contracts';
import { load, Money, money, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { isOneOfOrOperates, type PaymentsContext } from '../context.js';
import type { Movement } from '../ledger/ledger.js';
import type { Payment } from '../payment/payment.entity.js';
import type { Line, Pricing } from '../quote/offer.js';
import { RefundNotPossible } from './order.refusals.js';
import type { RefundEligibility } from './refund-eligibility.type.js';

const REFUND_DAYS = 14;
const DAY_MS = 86_400_000;

export enum OrderState {
  PAYING = 'PAYING',
  HELD = 'HELD',
  COLLECTING = 'COLLECTING',
  COMPLETED = 'COMPLETED',
  REFUSED = 'REFUSED',
  REFUND_REQUESTED = 'REFUND_REQUESTED',
  REFUNDED = 'REFUNDED',
  REVERSED = 'REVERSED',
}

registerEnumType(OrderState, {
  name: 'OrderState',
  description: 'How far an order is. Clients must expect further values.',
  valuesConfig: {
    PAYING: { description: 'The payer is to confirm the payment: see `payment`.' },
    HELD: { description: 'The money is set aside, and the library is asked for the licence.' },
    COLLECTING: {
      description: 'The licence is granted, and the payment provider is asked for the money.',
    },
    COMPLETED: { description: 'The licence is granted, and the money is taken.' },
    REFUSED: { description: 'There is no licence, and the money came back.' },
    REFUND_REQUESTED: { description: 'The library is asked to take the licence back.' },
    REFUNDED: { description: 'The licence is taken back, and so is the money given.' },
    REVERSED: { description: 'The payment failed or was charged back: the licence is taken back.' },
  },
});

type Step =
  | 'pay'
  | 'collect'
  | 'complete'
  | 'refuse'
  | 'requestRefund'
  | 'refund'
  | 'refundPart'
  | 'keep'
  | 'reverse';

/** All that can happen to an order. What is not here does not happen: it was decided otherwise before. */
const TRANSITIONS: Record<OrderState, Partial<Record<Step, OrderState>>> = {
  [OrderState.PAYING]: { pay: OrderState.HELD, refuse: OrderState.REFUSED },
  [OrderState.HELD]: {
    complete: OrderState.COMPLETED,
    collect: OrderState.COLLECTING,
    refuse: OrderState.REFUSED,
  },
  [OrderState.COLLECTING]: { complete: OrderState.COMPLETED, reverse: OrderState.REVERSED },
  [OrderState.COMPLETED]: {
    requestRefund: OrderState.REFUND_REQUESTED,
    reverse: OrderState.REVERSED,
  },
  [OrderState.REFUSED]: {},
  [OrderState.REFUND_REQUESTED]: {
    refund: OrderState.REFUNDED,
    refundPart: OrderState.COMPLETED,
    keep: OrderState.COMPLETED,
    reverse: OrderState.REVERSED,
  },
  [OrderState.REFUNDED]: {},
  [OrderState.REVERSED]: {},
};

/** The states as others know them: what is on its way in or out of the provider is no matter of theirs. */
const ANNOUNCED: Record<OrderState, AnnouncedOrder['state']> = {
  ...OrderState,
  PAYING: 'HELD', // is not announced at all
  COLLECTING: 'HELD',
  REVERSED: 'REFUNDED',
};

/** A purchase of a game. The steps return the event that tells of them, or undefined when they are not to be made. */
@Entity({ tableName: 'game_order' })
@ObjectType({
  description: 'A purchase of a game. For its buyer, and for those who operate payments.',
})
@Node<PaymentsContext, Order>('Order', async (id, { em, viewer }) => {
  const order = await load(em, Order, id);
  return order?.isVisibleTo(viewer) ? order : null;
})
export class Order {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  buyerId!: string;

  @Property({ type: 'uuid' }) // owned by `games`: an id, never a foreign key
  gameId!: string;

  /** Who is to own it, if that is not the buyer. */
  @Property({ type: 'uuid', nullable: true })
  recipientId: string | null = null;

  /** What is licensed, all of it or nothing. */
  @Property({ type: 'jsonb' })
  lines!: Line[];

  /** Of the lines: those that a refund was asked for last. */
  @Property({ type: 'uuid[]', nullable: true })
  refundGameIds: string[] | null = null;

  @Property({ type: 'uuid[]' })
  refundedGameIds: string[] = [];

  /** How long it was played, as the library judged the refund that was asked for last. */
  @Property({ type: 'integer', nullable: true })
  refundPlaytimeSeconds: number | null = null;

  /** Null of orders that are older than this. */
  @Property({ type: 'jsonb', nullable: true })
  pricing: Pricing | null = null;

  /** Null when it costs nothing. */
  @Property({ type: 'uuid', nullable: true })
  walletId!: string | null;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

  /** So much of it the provider is charged; the wallet pays the rest. */
  @Property({ type: 'bigint' })
  chargedMinor: bigint = 0n;

  @Field(() => OrderState)
  @Property({ type: 'text' })
  state: OrderState = OrderState.HELD;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was refused, or why a refund was, in words.',
  })
  @Property({ type: 'text', nullable: true })
  reason: string | null = null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When the licence was granted.' })
  @Property({ type: 'timestamptz', nullable: true })
  completedAt: Date | null = null;

  /** When the library was last asked for its answer. */
  @Property({ type: 'timestamptz' })
  askedAt!: Date;

  /** With something to charge, it is PAYING at first, and there is nothing to announce. */
  static place(
    purchase: {
      buyerId: string;
      gameId: string;
      walletId: string | null;
      chargedMinor?: bigint;
      recipientId?: string | null;
      lines?: Line[];
      pricing?: Pricing;
    },
    { minor, currency }: Money,
    at: Date,
  ) {
    const { gameId } = purchase;
    const lines = [{ gameId, minor: String(minor), baseGameId: null, bundleId: null }];
    const made = { lines, ...purchase, minor, currency, createdAt: at, askedAt: at };
    const order = Object.assign(new Order(), made);
    if (order.chargedMinor > 0n) order.state = OrderState.PAYING;
    return { order, event: purchaseHeld(order.announced()) };
  }

  @Field(() => Money)
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  isVisibleTo(viewer: PaymentsContext['viewer']): boolean {
    return isOneOfOrOperates(viewer, [this.buyerId]);
  }

  /** Its money in the ledger: all of it but what the provider has not taken yet. */
  movement(payment: Payment | null): Movement {
    const { id, walletId, currency, minor } = this;
    const chargedMinor = payment?.isCaptured === true ? this.chargedMinor : 0n;
    const amount = money(minor - this.chargedMinor + chargedMinor, currency);
    return { id, walletId, amount, chargedMinor, parts: partsOf(this.lines) };
  }

  /** The refund that was asked for last: what the provider was charged goes back there first. */
  refundMovement(payment: Payment | null): Movement {
    const { id, walletId, currency } = this;
    const parts = partsOf(this.lines.filter(({ gameId }) => this.refundGameIds?.includes(gameId)));
    const minor = parts.reduce((sum, part) => sum + part.minor, 0n);
    const left = payment ? payment.minor - payment.refundDueMinor : 0n;
    const chargedMinor = minor < left ? minor : left;
    return { id, walletId, amount: money(minor, currency), chargedMinor, parts };
  }

  /** What was not given back yet, of what the provider was charged and of what the wallet paid. */
  kept(payment: Payment | null): { chargedMinor: bigint; walletMinor: bigint } {
    const refunded = this.lines.filter(({ gameId }) => this.refundedGameIds.includes(gameId));
    const whole = partsOf(refunded).reduce((sum, { minor }) => sum - minor, this.minor);
    const chargedMinor = payment ? payment.minor - payment.refundDueMinor : 0n;
    return { chargedMinor, walletMinor: whole - chargedMinor };
  }

  get ownerId(): string {
    return this.recipientId ?? this.buyerId;
  }

  /** Whether an answer about a game is about the refund that was asked for last. */
  isAsked(gameId: string): boolean {
    const isLine = this.lines.some(line => line.gameId === gameId);
    return !isLine || this.refundGameIds === null || this.refundGameIds.includes(gameId);
  }

  /** What is to be paid is set aside, so the library can be asked. */
  pay(at: Date) {
    if (!this.take('pay')) return undefined;
    this.askedAt = at;
    return purchaseHeld(this.announced());
  }

  /** There is a licence: the provider is to take what it has set aside. */
  collect(): boolean {
    return this.take('collect');
  }

  /** What the provider had set aside is taken. */
  collected(at: Date) {
    return this.state === OrderState.COLLECTING ? this.finish(at) : undefined;
  }

  /** There is a licence, and all of the money is here. */
  complete(at: Date) {
    return this.state === OrderState.HELD ? this.finish(at) : undefined;
  }

  /** There is no money any more: there is to be no licence either, whatever was played. */
  reverse(reason: string) {
    return this.take('reverse', reason) ? purchaseReversed(this.announced()) : undefined;
  }

  refuse(reason: string) {
    return this.take('refuse', reason) ? purchaseRefused(this.announced()) : undefined;
  }

  /** Asks again what became of the licence, and that there be none if there is none yet. */
  cancel(at: Date) {
    this.askedAt = at;
    return purchaseCancelled(this.announced());
  }

  /** Asks once more for the answer to a wish for a refund. */
  repeatRefundRequest(at: Date) {
    this.askedAt = at;
    return refundRequested(this.announced());
  }

  /**
   * @param wanted uuids of games; null: all that were not refunded yet
   * @param releasedAt when what was bought came out, or will: who bought ahead has time from then
   */
  requestRefund(at: Date, wanted: string[] | null = null, releasedAt: Date | null = null) {
    const gameIds = wanted ?? this.refundable.map(line => line.gameId);
    const { reason } = this.refundEligibility(at, releasedAt);
    const fault = reason ?? this.faultOfLines(gameIds);
    if (fault !== null) return new RefundNotPossible(fault);
    this.take('requestRefund');
    this.askedAt = at;
    this.refundGameIds = gameIds;
    return refundRequested(this.announced());
  }

  /** @param playtimeSeconds null when there was no licence, and so nothing to play */
  refund(playtimeSeconds: number | null = null) {
    if (this.state !== OrderState.REFUND_REQUESTED) return undefined;
    this.refundPlaytimeSeconds = playtimeSeconds;
    const asked = this.refundGameIds ?? this.lines.map(({ gameId }) => gameId);
    this.refundedGameIds = [...this.refundedGameIds, ...asked];
    const isWhole = this.refundable.length === 0;
    this.take(isWhole ? 'refund' : 'refundPart');
    return isWhole ? paymentRefunded(this.announced()) : orderPartRefunded(this.announced());
  }

  keep(reason: string, playtimeSeconds: number | null = null) {
    if (!this.take('keep', reason)) return undefined;
    this.refundPlaytimeSeconds = playtimeSeconds;
    return refundRefused(this.announced());
  }

  /** By what this subgraph knows: the playtime is the library's to judge, and it never gets less. */
  refundEligibility(at: Date, releasedAt: Date | null = null): RefundEligibility {
    const since = Math.max(this.createdAt.getTime(), releasedAt?.getTime() ?? 0);
    const until = new Date(since + REFUND_DAYS * DAY_MS);
    const reason = this.faultOfRefund(until, at);
    return { isEligible: reason === null, reason, until: reason === null ? until : null };
  }

  /** What others may know, and keep copies of. */
  announced(): AnnouncedOrder {
    const { id, buyerId, gameId, reason, currency, minor, createdAt } = this;
    return {
      ...{ id, buyerId, gameId, state: ANNOUNCED[this.state], reason, currency },
      minor: String(minor),
      createdAt: createdAt.toISOString(),
      recipientId: this.recipientId,
      lines: this.lines.map(line => ({ ...line })),
      ...(this.refundGameIds && { refundGameIds: [...this.refundGameIds] }),
    };
  }

  private faultOfRefund(until: Date, at: Date): string | null {
    const isUnderWay = [OrderState.PAYING, OrderState.HELD, OrderState.COLLECTING];
    if (isUnderWay.includes(this.state)) return 'the purchase is not complete yet';
    if (this.state === OrderState.REVERSED) return 'the payment failed, or was charged back';
    if (this.state === OrderState.REFUSED) return 'the money came back already';
    if (this.state === OrderState.REFUND_REQUESTED) return 'a refund was asked for already';
    if (this.state === OrderState.REFUNDED) return 'it was refunded already';
    if (this.minor === 0n) return 'it cost nothing';
    if (this.reason !== null && this.refundable.every(({ gameId }) => this.isAsked(gameId)))
      return this.reason;
    return at > until ? `the purchase was more than ${REFUND_DAYS} days ago` : null;
  }

  private get refundable(): Line[] {
    return this.lines.filter(({ gameId }) => !this.refundedGameIds.includes(gameId));
  }

  /** Why these lines are not to be refunded by themselves, if so. */
  private faultOfLines(gameIds: string[]): string | null {
    const wanted = new Set(gameIds);
    const lines = this.refundable.filter(({ gameId }) => wanted.has(gameId));
    if (lines.length === 0 || lines.length < wanted.size)
      return 'the order does not have these games, or not any more';
    if (this.reason !== null && lines.some(({ gameId }) => this.isAsked(gameId)))
      return this.reason;
    const bundles = new Set(lines.flatMap(({ bundleId }) => bundleId ?? []));
    const isTorn = this.refundable.some(
      ({ gameId, bundleId }) => bundleId !== null && bundles.has(bundleId) && !wanted.has(gameId),
    );
    return isTorn ? 'a bundle is refunded whole' : null;
  }

  private finish(at: Date) {
    this.take('complete');
    this.completedAt = at;
    return paymentProcessed(this.announced());
  }

  private take(step: Step, reason: string | null = null): boolean {
    const next = TRANSITIONS[this.state][step];
    if (!next) return false;
    this.state = next;
    this.reason = reason;
    return true;
  }
}

function partsOf(lines: Line[]): { gameId: string; minor: bigint }[] {
  return lines.map(({ gameId, minor }) => ({ gameId, minor: BigInt(minor) }));
}
