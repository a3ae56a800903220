import { Money } from '@gamegraph/subgraph-kit';
import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'What a game costs in a region at this moment.' })
export class PriceOffer {
  @Field(() => String, {
    description: 'ISO 3166-1 alpha-2, or `*`: the price of all regions without one of their own.',
  })
  region!: string;

  @Field(() => Money, { description: 'Without the discount.' })
  base!: Money;

  @Field(() => Money, {
    description: 'To pay: less the discount, rounded down to whole minor units.',
  })
  final!: Money;

  @Field(() => Int, { description: '0 when there is no discount.' })
  discountPercent!: number;

  @Field(() => Date, { nullable: true })
  discountEndsAt!: Date | null;
}
