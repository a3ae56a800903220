import { Money, money } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Charge, ChargeId } from '../top-up/provider/payment-provider.js';

const ASK_AFTER_MS = 60_000;

export enum PaymentState {
  PENDING = 'PENDING',
  AUTHORISED = 'AUTHORISED',
  CAPTURED = 'CAPTURED',
  DECLINED = 'DECLINED',
}

registerEnumType(PaymentState, {
  name: 'PaymentState',
  description: 'How far the payment provider is with a payment.',
  valuesConfig: {
    PENDING: { description: 'The payer has to confirm it, or the provider has not said yet.' },
    AUTHORISED: { description: 'The money is set aside at the payer’s bank.' },
    CAPTURED: { description: 'The money was taken. `refunded` of it was given back.' },
    DECLINED: { description: 'No money moved, and none will.' },
  },
});

/** What is wanted of a payment in the end: that its money be set aside, taken, or the payer's as if it had never been. */
export type Goal = 'AUTHORISED' | 'CAPTURED' | 'RETURNED';

/** What to ask the provider for next. */
type Step = 'charge' | 'find' | 'capture' | 'cancel' | 'refund';

/** From where to where the provider's word leads. One that we gave up may have been captured after all. */
const TRANSITIONS: Record<PaymentState, Partial<Record<Charge['state'], PaymentState>>> = {
  [PaymentState.PENDING]: {
    authorised: PaymentState.AUTHORISED,
    captured: PaymentState.CAPTURED,
    declined: PaymentState.DECLINED,
  },
  [PaymentState.AUTHORISED]: {
    captured: PaymentState.CAPTURED,
    declined: PaymentState.DECLINED,
  },
  [PaymentState.DECLINED]: {
    authorised: PaymentState.AUTHORISED,
    captured: PaymentState.CAPTURED,
  },
  [PaymentState.CAPTURED]: {},
};

/**
 * What the provider is charged of an order's price. It has the order's id, which is also the key of the charge.
 *
 * `goal` is what we want, `state` what the provider said last; as long as they differ, `step` is asked for, again and
 * again until they agree. So nothing depends on any one request being answered, or on a process that lives on.
 */
@Entity({ tableName: 'payment' })
@ObjectType({ description: 'What the payment provider is charged of an order’s price.' })
export class Payment {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

  @Field(() => PaymentState)
  @Property({ type: 'text' })
  state: PaymentState = PaymentState.PENDING;

  @Property({ type: 'text' })
  goal: Goal = 'AUTHORISED';

  /** The provider's, of its charge. */
  @Property({ type: 'text', nullable: true })
  reference: string | null = null;

  @Property({ type: 'text', nullable: true })
  reason: string | null = null;

  @Field(() => String, {
    nullable: true,
    description: 'What the payer’s client needs to confirm it while it is PENDING: as in a top-up.',
  })
  @Property({ type: 'text', nullable: true })
  confirmation: string | null = null;

  @Property({ type: 'bigint' })
  refundedMinor: bigint = 0n;

  /** So much is to have been given back in the end. */
  @Property({ type: 'bigint' })
  refundDueMinor: bigint = 0n;

  /** Why the provider will not give that back however often it is asked. Whoever operates payments is to see to it. */
  @Field(() => String, {
    nullable: true,
    description: 'Why the provider will not give back what is due, in its words, if so.',
  })
  @Property({ type: 'text', nullable: true })
  refundFault: string | null = null;

  @Property({ type: 'boolean' })
  isDisputed: boolean = false;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** When the provider is to be asked next; null when there is nothing to ask. */
  @Property({ type: 'timestamptz', nullable: true })
  dueAt!: Date | null;

  static begin(id: string, { minor, currency }: Money, at: Date): Payment {
    const dueAt = new Date(at.getTime() + ASK_AFTER_MS); // whoever begins it asks at once
    return Object.assign(new Payment(), { id, minor, currency, createdAt: at, dueAt });
  }

  @Field(() => Money)
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  @Field(() => Money, { description: 'What was given back of it so far.' })
  get refunded(): Money {
    return money(this.refundedMinor, this.currency);
  }

  get chargeId(): ChargeId {
    const { id: key, reference, amount, createdAt } = this;
    return { key, reference, amount, createdAt };
  }

  get isCaptured(): boolean {
    return this.state === PaymentState.CAPTURED;
  }

  get step(): Step | undefined {
    const { state, goal } = this;
    if (state === PaymentState.PENDING) {
      if (goal === 'RETURNED') return 'cancel';
      return this.reference === null ? 'charge' : 'find';
    }
    if (state === PaymentState.AUTHORISED)
      return goal === 'AUTHORISED' ? undefined : goal === 'CAPTURED' ? 'capture' : 'cancel';
    // What is disputed the bank gives back.
    const isRefundable = this.isCaptured && !this.isDisputed && this.refundFault === null;
    return isRefundable && this.refundedMinor < this.refundDueMinor ? 'refund' : undefined;
  }

  /** Wants something else of it, from now on. */
  pursue(goal: Goal, at: Date): void {
    this.goal = goal;
    this.plan(at);
  }

  /** Wants so much more of what was taken given back. */
  giveBack(minor: bigint, at: Date): void {
    this.refundDueMinor += minor;
    this.refundFault = null;
    this.plan(at);
  }

  /** The provider will never give back what is due: it is not asked for that any more. */
  refuseRefund(fault: string): void {
    this.refundFault = fault;
    this.dueAt = null;
  }

  /** Takes the provider's word, however often it comes. Returns whether it was news. */
  take(charge: Charge, at: Date): boolean {
    const next = TRANSITIONS[this.state][charge.state];
    const isNews =
      next !== undefined ||
      charge.refundedMinor > this.refundedMinor ||
      (charge.isDisputed && !this.isDisputed);
    this.state = next ?? this.state;
    this.reference ??= charge.reference;
    this.confirmation = charge.confirmation;
    this.reason = charge.reason ?? this.reason;
    if (charge.refundedMinor > this.refundedMinor) this.refundedMinor = charge.refundedMinor;
    if (this.refundedMinor >= this.refundDueMinor) this.refundFault = null;
    this.isDisputed ||= charge.isDisputed;
    this.plan(isNews ? at : new Date(at.getTime() + ASK_AFTER_MS));
    return isNews;
  }

  private plan(at: Date): void {
    if (this.isCaptured && this.goal === 'RETURNED') this.refundDueMinor = this.minor;
    this.dueAt = this.step === undefined ? null : at;
  }
}
