import {
  type OrderState as AnnouncedOrder,
  paymentProcessed,
  paymentRefunded,
  purchaseCancelled,
  purchaseHeld,
  purchaseRefused,
  refundRefused,
  refundRequested,
} from '@gamegraph/event-contracts';
import { load, Money, money, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentsContext } from '../context.js';
import { RefundNotPossible } from './order.refusals.js';
import type { RefundEligibility } from './refund-eligibility.type.js';

const REFUND_DAYS = 14;
const DAY_MS = 86_400_000;

export enum OrderState {
  HELD = 'HELD',
  COMPLETED = 'COMPLETED',
  REFUSED = 'REFUSED',
  REFUND_REQUESTED = 'REFUND_REQUESTED',
  REFUNDED = 'REFUNDED',
}

registerEnumType(OrderState, {
  name: 'OrderState',
  description: 'How far an order is.',
  valuesConfig: {
    HELD: { description: 'The money is set aside, and the library is asked for the licence.' },
    COMPLETED: { description: 'The licence is granted, and the money is taken.' },
    REFUSED: { description: 'There is no licence, and the money came back.' },
    REFUND_REQUESTED: { description: 'The library is asked to take the licence back.' },
    REFUNDED: { description: 'The licence is taken back, and so is the money given.' },
  },
});

type Step = 'complete' | 'refuse' | 'requestRefund' | 'refund' | 'keep';

/** All that can happen to an order. What is not here does not happen: it was decided otherwise before. */
const TRANSITIONS: Record<OrderState, Partial<Record<Step, OrderState>>> = {
  [OrderState.HELD]: { complete: OrderState.COMPLETED, refuse: OrderState.REFUSED },
  [OrderState.COMPLETED]: { requestRefund: OrderState.REFUND_REQUESTED },
  [OrderState.REFUSED]: {},
  [OrderState.REFUND_REQUESTED]: { refund: OrderState.REFUNDED, keep: OrderState.COMPLETED },
  [OrderState.REFUNDED]: {},
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

  /** Null when it costs nothing. */
  @Property({ type: 'uuid', nullable: true })
  walletId!: string | null;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

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

  static place(
    purchase: { buyerId: string; gameId: string; walletId: string | null },
    { minor, currency }: Money,
    at: Date,
  ) {
    const made = { ...purchase, minor, currency, createdAt: at, askedAt: at };
    const order = Object.assign(new Order(), made);
    return { order, event: purchaseHeld(order.announced()) };
  }

  @Field(() => Money)
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  isVisibleTo(viewer: PaymentsContext['viewer']): boolean {
    return viewer?.userId === this.buyerId || viewer?.permissions.has('payments:operate') === true;
  }

  complete(at: Date) {
    if (!this.take('complete')) return undefined;
    this.completedAt = at;
    return paymentProcessed(this.announced());
  }

  refuse(reason: string) {
    return this.take('refuse', reason) ? purchaseRefused(this.announced()) : undefined;
  }

  /** Asks again what became of the licence, and that there be none if there is none yet. */
  cancel(at: Date) {
    this.askedAt = at;
    return purchaseCancelled(this.announced());
  }

  requestRefund(at: Date) {
    const { reason } = this.refundEligibility(at);
    if (reason !== null) return new RefundNotPossible(reason);
    this.take('requestRefund');
    return refundRequested(this.announced());
  }

  refund() {
    return this.take('refund') ? paymentRefunded(this.announced()) : undefined;
  }

  keep(reason: string) {
    return this.take('keep', reason) ? refundRefused(this.announced()) : undefined;
  }

  /** By what this subgraph knows: the playtime is the library's to judge, and it never gets less. */
  refundEligibility(at: Date): RefundEligibility {
    const until = new Date(this.createdAt.getTime() + REFUND_DAYS * DAY_MS);
    const reason = this.faultOfRefund(until, at);
    return { isEligible: reason === null, reason, until: reason === null ? until : null };
  }

  /** What others may know, and keep copies of. */
  announced(): AnnouncedOrder {
    const { id, buyerId, gameId, state, reason, currency, minor, createdAt } = this;
    return {
      ...{ id, buyerId, gameId, state, reason, currency },
      minor: String(minor),
      createdAt: createdAt.toISOString(),
    };
  }

  private faultOfRefund(until: Date, at: Date): string | null {
    if (this.state === OrderState.HELD) return 'the purchase is not complete yet';
    if (this.state === OrderState.REFUSED) return 'the money came back already';
    if (this.state === OrderState.REFUND_REQUESTED) return 'a refund was asked for already';
    if (this.state === OrderState.REFUNDED) return 'it was refunded already';
    if (this.minor === 0n) return 'it cost nothing';
    if (this.reason !== null) return this.reason;
    return at > until ? `the purchase was more than ${REFUND_DAYS} days ago` : null;
  }

  private take(step: Step, reason: string | null = null): boolean {
    const next = TRANSITIONS[this.state][step];
    if (!next) return false;
    this.state = next;
    this.reason = reason;
    return true;
  }
}
