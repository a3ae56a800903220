import { Field, Float, ObjectType } from 'type-graphql';
import { Item } from '../item/item.stub.js';

@ObjectType({
  description: 'One item for another, or in an empty place, that makes a build better.',
})
export class BuildUpgrade {
  @Field(() => String, { description: 'The key of the slot.' })
  slot!: string;

  @Field(() => Item)
  item!: Item;

  @Field(() => String)
  name!: string;

  @Field(() => Item, {
    nullable: true,
    description: 'What it takes the place of; null for an empty place.',
  })
  replaces!: Item | null;

  @Field(() => Float, { description: 'How much more the objective is.' })
  gain!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'What the item costs; null where the game says of nothing what it costs.',
  })
  cost!: number | null;
}
