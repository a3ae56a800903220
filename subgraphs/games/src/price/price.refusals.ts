import { Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';
import { Discount, type DiscountState } from './discount.type.js';

@ObjectType({
  implements: Refusal,
  description: 'Prices stay as they are while a discount is live or scheduled.',
})
export class PriceFrozen extends Refusal {
  @Field(() => Date, { description: 'When the last discount ends.' })
  until: Date;

  constructor(until: Date) {
    super(
      `Prices are frozen until the last discount ends, at ${until.toISOString()}. Cancel it to change them before.`,
    );
    this.until = until;
  }
}

@ObjectType({ implements: Refusal, description: 'There is another discount in this time.' })
export class DiscountOverlaps extends Refusal {
  @Field(() => Discount, { description: 'The other one.' })
  discount: DiscountState;

  constructor(discount: DiscountState) {
    super(
      `This overlaps with ${discount.percent} % from ${discount.startsAt} to ${discount.endsAt}.`,
    );
    this.discount = discount;
  }
}

@ObjectType({
  implements: Refusal,
  description:
    'There are 30 days between two discounts, and after the release and after a rise of any price.',
})
export class DiscountCoolingDown extends Refusal {
  @Field(() => Date, { description: 'The first moment at which it could start.' })
  until: Date;

  constructor(until: Date) {
    super(
      `A discount keeps 30 days from others, from the release and from a rise of any price. This one can start at ${until.toISOString()}.`,
    );
    this.until = until;
  }
}
