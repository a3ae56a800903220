import { IdempotentInput } from '@gamegraph/subgraph-kit';
import { ArrayMaxSize, ArrayMinSize } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';

const CHANGES_MAX = 300;

@InputType({ description: 'How many of an item there are to be: `by` or `to`, one of them.' })
export class InventoryChange {
  @Field(() => ID, { description: 'An item of the game. No two changes name the same.' })
  itemId!: string;

  @Field(() => Int, { nullable: true, description: 'So many more; below zero: so many fewer.' })
  by?: number | null;

  @Field(() => Int, { nullable: true, description: 'So many, however many there were; 0: none.' })
  to?: number | null;
}

@InputType({ description: 'Items to give to a player, or to take away.' })
export class ChangeInventoryInput extends IdempotentInput {
  @Field(() => ID)
  userId!: string;

  @Field(() => ID)
  gameId!: string;

  @Field(() => [InventoryChange], { description: `1 to ${CHANGES_MAX}: all are made, or none.` })
  @ArrayMinSize(1)
  @ArrayMaxSize(CHANGES_MAX)
  changes!: InventoryChange[];
}
