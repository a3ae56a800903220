import { Money, Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ implements: Refusal, description: 'There is less in the wallet than it costs.' })
export class InsufficientFunds extends Refusal {
  @Field(() => Money, { description: 'How much more is needed.' })
  missing: Money;

  constructor(missing: Money) {
    super('There is not enough money in your wallet of this currency. Top it up, then try again.');
    this.missing = missing;
  }
}

@ObjectType({ implements: Refusal, description: 'The order cannot be refunded.' })
export class RefundNotPossible extends Refusal {
  // As nullable as the order's own: both are in one union.
  @Field(() => String, { nullable: true, description: 'Why, in words. Always given.' })
  reason: string;

  constructor(reason: string) {
    super(`This order cannot be refunded: ${reason}.`);
    this.reason = reason;
  }
}

@ObjectType({
  implements: Refusal,
  description:
    'Another order for the same game and owner is not complete yet, such as one of another window.',
})
export class PurchaseUnderWay extends Refusal {
  constructor() {
    super('This is being bought already. Look at your orders.');
  }
}
