import { load, Money, money, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentsContext } from '../context.js';
import type { Charge, ChargeId } from './provider/payment-provider.js';

export enum TopUpState {
  PENDING = 'PENDING',
  CAPTURED = 'CAPTURED',
  DECLINED = 'DECLINED',
  CHARGED_BACK = 'CHARGED_BACK',
}

registerEnumType(TopUpState, {
  name: 'TopUpState',
  description: 'How far a top-up is. Clients must expect further values.',
  valuesConfig: {
    PENDING: { description: 'The payment provider has not said yet what became of it.' },
    CAPTURED: { description: 'The money is in the wallet.' },
    DECLINED: { description: 'The payment provider declined it: no money moved.' },
    CHARGED_BACK: { description: 'The payer had the bank take the money back.' },
  },
});

/** What the provider's word does in each state. One that we gave up may have been captured after all. */
const TRANSITIONS: Record<TopUpState, Partial<Record<Charge['state'], TopUpState>>> = {
  [TopUpState.PENDING]: { captured: TopUpState.CAPTURED, declined: TopUpState.DECLINED },
  [TopUpState.DECLINED]: { captured: TopUpState.CAPTURED },
  [TopUpState.CAPTURED]: {},
  [TopUpState.CHARGED_BACK]: {},
};

@Entity({ tableName: 'top_up' })
@ObjectType({ description: 'Money on its way from the payment provider into a wallet.' })
@Node<PaymentsContext, TopUp>('TopUp', async (id, { em, viewer }) => {
  const topUp = await load(em, TopUp, id);
  return viewer && topUp?.userId === viewer.userId ? topUp : null;
})
export class TopUp {
  /** Also the key of its charge at the provider. */
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  walletId!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

  @Field(() => TopUpState)
  @Property({ type: 'text' })
  state: TopUpState = TopUpState.PENDING;

  /** Why it was declined. */
  @Property({ type: 'text', nullable: true })
  reason: string | null = null;

  /** The provider's, of its charge. */
  @Property({ type: 'text', nullable: true })
  reference: string | null = null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the payer’s client needs to confirm a top-up that is PENDING: the client secret of a payment intent (Stripe), ' +
      'or the address to lead the payer to (YooKassa).',
  })
  @Property({ type: 'text', nullable: true })
  confirmation: string | null = null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** When the provider was last asked what became of it. */
  @Property({ type: 'timestamptz' })
  askedAt!: Date;

  static begin(owner: { userId: string; walletId: string }, { minor, currency }: Money, at: Date) {
    return Object.assign(new TopUp(), { ...owner, minor, currency, createdAt: at, askedAt: at });
  }

  @Field(() => Money)
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  get chargeId(): ChargeId {
    const { id: key, reference, amount, createdAt } = this;
    return { key, reference, amount, createdAt };
  }

  /** Takes the provider's word. Returns whether the money came with it: it does so once. */
  settle(charge: Charge): boolean {
    this.reference ??= charge.reference;
    this.confirmation = charge.confirmation;
    const next = TRANSITIONS[this.state][charge.state];
    if (!next) return false;
    this.state = next;
    this.reason = charge.reason;
    return next === TopUpState.CAPTURED;
  }

  /** The payer had the bank take it back. Returns whether that is news. */
  chargeBack({ isDisputed }: Charge): boolean {
    if (!isDisputed || this.state !== TopUpState.CAPTURED) return false;
    this.state = TopUpState.CHARGED_BACK;
    return true;
  }
}
