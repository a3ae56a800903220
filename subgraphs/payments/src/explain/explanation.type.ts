import { Connection, Money, money } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { TransferKind } from '../ledger/transfer.type.js';

/** A transfer as it counts towards a figure: found when it is asked for, and kept nowhere. */
@Entity({ expression: 'SELECT NULL' })
@ObjectType({ description: 'A transfer of the ledger, as it counts towards a figure.' })
export class Posting {
  /** Of the operation that it is a leg of. */
  @Property({ type: 'uuid' })
  id!: string;

  @Field(() => TransferKind)
  @Property({ type: 'text' })
  kind!: TransferKind;

  @Field(() => String, { description: 'The kind of account that it was taken from.' })
  @Property({ type: 'text' })
  source!: string;

  @Field(() => String, { description: 'The kind of account that it was given to.' })
  @Property({ type: 'text' })
  target!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'bigint' })
  minor!: bigint;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  at!: Date;

  @Field(() => Money, {
    description: 'What it adds to the figure: negative where it takes from it.',
  })
  get amount(): Money {
    return money(this.minor, this.currency);
  }
}

@ObjectType({ description: 'The postings behind a figure, oldest first.' })
export class PostingConnection extends Connection(Posting, 'Posting') {}

export enum RuleKind {
  MOVEMENTS = 'MOVEMENTS',
  BASE_PRICE = 'BASE_PRICE',
  DISCOUNT = 'DISCOUNT',
  VOUCHER = 'VOUCHER',
  AGREED_PRICE = 'AGREED_PRICE',
  LINE = 'LINE',
  REFUND_TERMS = 'REFUND_TERMS',
  GIVEN_BACK = 'GIVEN_BACK',
}

registerEnumType(RuleKind, {
  name: 'RuleKind',
  description: 'What a rule says. Clients must expect further values.',
  valuesConfig: {
    MOVEMENTS: { description: 'All movements of one kind: `kind`, and how many `postings`.' },
    BASE_PRICE: {
      description:
        'The price of the `region`, or the one for all others. Of a bundle, what is owned already is taken off, by its share ' +
        'in what all its games cost alone.',
    },
    DISCOUNT: {
      description: 'The highest discount that runs, `percent`; the price is rounded down.',
    },
    VOUCHER: { description: 'A voucher takes `percent` off that; the price is rounded down.' },
    AGREED_PRICE: { description: 'The price that was agreed on, before its parts were kept.' },
    LINE: {
      description:
        'Of the price, `minor` is for a `game`, perhaps of a `bundle`: as its price alone is to that of all, rounded so that ' +
        'nothing is lost. Adds nothing.',
    },
    REFUND_TERMS: {
      description:
        'An order may be given back within 14 days of `purchasedAt` (or of the release, if that was later), when it was played ' +
        'for less than two hours: `playtimeSeconds`, as the library judged. Adds nothing.',
    },
    GIVEN_BACK: {
      description:
        'Of `paidMinor` for a `game`, so much was given back. Its studio gave back the same part of its share, rounded down: ' +
        '`studioGaveBackMinor` of `studioShareMinor`, which those are told who operate payments.',
    },
  },
});

@ObjectType({ description: 'Something that a rule looked at.' })
class RuleInput {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  value!: string;
}

@ObjectType({ description: 'A rule that made a figure, or a part of it.' })
export class AppliedRule {
  @Field(() => RuleKind)
  kind!: RuleKind;

  @Field(() => [RuleInput])
  inputs!: RuleInput[];

  @Field(() => Money, { nullable: true, description: 'What it adds to the figure, if anything.' })
  result!: Money | null;
}

@ObjectType({
  description:
    'What a figure is made of: the results of its rules add up to it, and so do its postings when all its money has moved.',
})
export class Explanation {
  @Field(() => Money, { description: 'The figure.' })
  amount!: Money;

  @Field(() => [AppliedRule])
  rules!: AppliedRule[];

  /** How its postings are found. */
  source!: PostingSource;
}

/** Whose postings: a wallet's, or those of some kinds of an order. */
export type PostingSource = { walletId: string } | { orderId: string; kinds: TransferKind[] };

export function rule(
  kind: RuleKind,
  inputs: Record<string, string | number | bigint | null>,
  result: Money | null = null,
): AppliedRule {
  const told = Object.entries(inputs).flatMap(([name, value]) =>
    value === null ? [] : [{ name, value: String(value) }],
  );
  return { kind, inputs: told, result };
}
