import { Money, money } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { Payment } from '../payment/payment.entity.js';

export enum PaymentMismatchKind {
  UNKNOWN_HERE = 'UNKNOWN_HERE',
  UNKNOWN_THERE = 'UNKNOWN_THERE',
  AMOUNT = 'AMOUNT',
  STATE = 'STATE',
  REFUND = 'REFUND',
  REFUND_REFUSED = 'REFUND_REFUSED',
}

registerEnumType(PaymentMismatchKind, {
  name: 'PaymentMismatchKind',
  description: 'In what the payment provider and we differ. Clients must expect further values.',
  valuesConfig: {
    UNKNOWN_HERE: { description: 'The provider has a charge that is none of ours.' },
    UNKNOWN_THERE: { description: 'We have one that the provider does not know.' },
    AMOUNT: { description: 'The sum or the currency is another.' },
    STATE: { description: 'The provider is further with it, or not so far.' },
    REFUND: { description: 'Not as much was given back.' },
    REFUND_REFUSED: { description: 'The provider will not give back what is due: see `fault`.' },
  },
});

const CURES: Record<PaymentMismatchKind, string> = {
  UNKNOWN_HERE:
    'Look it up at the provider by its reference. If it was made elsewhere with the same account, nothing is to be done; ' +
    'otherwise refund it there: nothing was sold for it.',
  UNKNOWN_THERE:
    'If it is CAPTURED here, something was given for money that never came: check that this is the right account of the ' +
    'provider, then take the purchase back. Otherwise it is given up by itself after an hour.',
  AMOUNT:
    'It was not credited here, and will not be. Refund it at the provider, and find out who changed the sum: it is set by ' +
    'us alone.',
  STATE:
    'A webhook was lost, or has not come yet. Open top-ups and payments are asked about each minute, which mends it; one ' +
    'that stays for an hour was decided here, and the provider is to be asked to undo its own.',
  REFUND:
    'What is due is asked for each minute. More there than here was given back at the provider by hand: revoke the licence, ' +
    'if that is what was meant.',
  REFUND_REFUSED:
    'It is not asked for any more. Give the money back at the provider by hand, which ends this when its webhook comes; if ' +
    'the provider cannot, pay it by another way and note that with the provider’s reference.',
};

/** A charge of which the provider and we did not say the same, when that was compared last. */
@Entity({ tableName: 'payment_mismatch' })
@ObjectType({ description: 'A charge of which the payment provider and we do not say the same.' })
export class PaymentMismatch {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Field(() => PaymentMismatchKind)
  @Property({ type: 'text' })
  kind!: PaymentMismatchKind;

  @Field(() => ID, {
    nullable: true,
    description: 'Of the charge: the uuid of our top-up or order. Null when it is none of ours.',
  })
  @Property({ type: 'text', nullable: true })
  key!: string | null;

  @Field(() => String, { nullable: true, description: 'What the provider calls it.' })
  @Property({ type: 'text', nullable: true })
  reference!: string | null;

  @Field(() => String, { nullable: true, description: 'Its state here.' })
  @Property({ type: 'text', nullable: true })
  ourState!: string | null;

  @Field(() => String, { nullable: true, description: 'Its state at the provider.' })
  @Property({ type: 'text', nullable: true })
  theirState!: string | null;

  @Property({ type: 'text', nullable: true })
  ourCurrency!: string | null;

  /** Of a REFUND: what was given back; of a REFUND_REFUSED: what is to be. */
  @Property({ type: 'bigint', nullable: true })
  ourMinor!: bigint | null;

  @Property({ type: 'text', nullable: true })
  theirCurrency!: string | null;

  @Property({ type: 'bigint', nullable: true })
  theirMinor!: bigint | null;

  @Field(() => String, { nullable: true, description: 'Of a REFUND_REFUSED: why, as it says.' })
  @Property({ type: 'text', nullable: true })
  fault: string | null = null;

  @Field(() => Date, { description: 'When the charge was begun.' })
  @Property({ type: 'timestamptz' })
  chargedAt!: Date;

  @Field(() => Date, { description: 'When the two were compared.' })
  @Property({ type: 'timestamptz' })
  foundAt!: Date;

  static ofRefusedRefund(payment: Payment, foundAt: Date): PaymentMismatch {
    const { id: key, reference, state, currency, createdAt, refundFault } = payment;
    return Object.assign(new PaymentMismatch(), {
      ...{ kind: PaymentMismatchKind.REFUND_REFUSED, key, reference, fault: refundFault },
      ...{ ourState: state, theirState: state, ourCurrency: currency, theirCurrency: currency },
      ...{ ourMinor: payment.refundDueMinor, theirMinor: payment.refundedMinor },
      ...{ chargedAt: createdAt, foundAt },
    });
  }

  @Field(() => Money, {
    nullable: true,
    description: 'The sum here; of a REFUND, what we gave back; of a REFUND_REFUSED, what is due.',
  })
  get ourAmount(): Money | null {
    return this.ourMinor === null ? null : money(this.ourMinor, this.ourCurrency!);
  }

  @Field(() => Money, {
    nullable: true,
    description: 'The sum at the provider; of a REFUND or a REFUND_REFUSED, what it gave back.',
  })
  get theirAmount(): Money | null {
    return this.theirMinor === null ? null : money(this.theirMinor, this.theirCurrency!);
  }

  @Field(() => String, { description: 'What to do about it, in words.' })
  get cure(): string {
    return CURES[this.kind];
  }
}
