import { load, Money, money, Node, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { isOneOfOrOperates, type PaymentsContext } from '../context.js';
import { EscrowEnded } from './escrow.refusals.js';

export enum EscrowState {
  FUNDED = 'FUNDED',
  RELEASED = 'RELEASED',
  REFUNDED = 'REFUNDED',
  SPLIT = 'SPLIT',
}

registerEnumType(EscrowState, {
  name: 'EscrowState',
  description: 'How an escrow stands.',
  valuesConfig: {
    FUNDED: { description: "The payer's money is set aside." },
    RELEASED: { description: 'The payee has it.' },
    REFUNDED: { description: 'The payer has it back.' },
    SPLIT: { description: 'The arbiter gave a part to each.' },
  },
});

export enum EscrowStep {
  RELEASE = 'RELEASE',
  REFUND = 'REFUND',
  SPLIT = 'SPLIT',
}

/** All that can happen to an escrow: it ends, once. */
const TRANSITIONS: Record<EscrowState, Partial<Record<EscrowStep, EscrowState>>> = {
  [EscrowState.FUNDED]: {
    [EscrowStep.RELEASE]: EscrowState.RELEASED,
    [EscrowStep.REFUND]: EscrowState.REFUNDED,
    [EscrowStep.SPLIT]: EscrowState.SPLIT,
  },
  [EscrowState.RELEASED]: {},
  [EscrowState.REFUNDED]: {},
  [EscrowState.SPLIT]: {},
};

export enum EscrowDeadline {
  RELEASE = 'RELEASE',
  REFUND = 'REFUND',
}

registerEnumType(EscrowDeadline, {
  name: 'EscrowDeadline',
  description: 'Who gets the money when nobody decided until the deadline.',
  valuesConfig: {
    RELEASE: { description: 'The payee.' },
    REFUND: { description: 'The payer.' },
  },
});

/**
 * Money that a payer set aside for a payee, until one of them gives it to the other, the arbiter decides, or the deadline
 * does. The payer alone can release it and the payee alone refund it: nobody takes it. The arbiter can do both, and split
 * it; where none is named, those who operate payments are.
 */
@Entity()
@ObjectType({
  description:
    'Money set aside by one user for another. For its parties, its arbiter and those who operate payments.',
})
@Node<PaymentsContext, Escrow>('Escrow', async (id, { em, viewer }) => {
  const escrow = await load(em, Escrow, id);
  return escrow?.isVisibleTo(viewer) ? escrow : null;
})
export class Escrow {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  payerId!: string;

  @Property({ type: 'uuid' })
  payeeId!: string;

  @Property({ type: 'uuid', nullable: true })
  arbiterId!: string | null;

  /** The payer's. */
  @Property({ type: 'uuid' })
  walletId!: string;

  @Field(() => String, { description: 'What it is for, in words of the payer.' })
  @Property({ type: 'text' })
  purpose!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

  /** Of what it ended in: the rest is the payer's. */
  @Property({ type: 'bigint', nullable: true })
  payeeMinor: bigint | null = null;

  @Field(() => EscrowState)
  @Property({ type: 'text' })
  state: EscrowState = EscrowState.FUNDED;

  @Field(() => Date, { description: 'When it ends by itself.' })
  @Property({ type: 'timestamptz' })
  deadlineAt!: Date;

  @Field(() => EscrowDeadline)
  @Property({ type: 'text' })
  atDeadline!: EscrowDeadline;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  endedAt: Date | null = null;

  @Field(() => Money)
  get amount(): Money {
    return money(this.minor, this.currency);
  }

  @Field(() => Money, { nullable: true, description: 'What the payee got; null until it ended.' })
  get payeeAmount(): Money | null {
    return this.payeeMinor === null ? null : money(this.payeeMinor, this.currency);
  }

  isVisibleTo(viewer: Viewer | undefined): boolean {
    return isOneOfOrOperates(viewer, [this.payerId, this.payeeId, this.arbiterId]);
  }

  /** Whether somebody who may see it may take the step. */
  allows(viewer: Viewer, step: EscrowStep): boolean {
    const isArbiter =
      this.arbiterId === null
        ? viewer.permissions.has('payments:operate')
        : viewer.userId === this.arbiterId;
    const giver = { RELEASE: this.payerId, REFUND: this.payeeId, SPLIT: null }[step];
    return isArbiter || viewer.userId === giver;
  }

  /** Ends it, or says that it ended before. `payeeMinor` is the arbiter's to say, of a split. */
  end(step: EscrowStep, at: Date, payeeMinor?: bigint): EscrowEnded | undefined {
    const next = TRANSITIONS[this.state][step];
    if (!next) return new EscrowEnded(this.state);
    this.state = next;
    this.payeeMinor = payeeMinor ?? (step === EscrowStep.RELEASE ? this.minor : 0n);
    this.endedAt = at;
    return undefined;
  }
}
