import type { GameState } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';

export type DiscountState = GameState['discounts'][number];

@ObjectType({ description: "A discount on all of a game's prices, for some days." })
export class Discount implements DiscountState {
  /** The uuid; clients see the global id. */
  id!: string;

  @Field(() => Int)
  percent!: number;

  @Field(() => Date)
  startsAt!: string;

  @Field(() => Date)
  endsAt!: string;
}

@Resolver(() => Discount)
export class DiscountResolver {
  @FieldResolver(() => ID)
  id(@Root() { id }: Discount) {
    return globalId('Discount', id);
  }
}
