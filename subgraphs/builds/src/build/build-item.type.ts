import { JsonValue } from '@gamegraph/subgraph-kit';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Item } from '../item/item.stub.js';

@ObjectType({
  description: 'A figure of an item: as it is now, and as it was when the build was saved.',
})
export class BuildItemAttribute {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => JsonValue, {
    nullable: true,
    description:
      'A number, a boolean, a text or a list of texts, as the newest version of the game’s data has it.',
  })
  value!: unknown;

  @Field(() => JsonValue, { nullable: true, description: 'What it was when the build was saved.' })
  pinnedValue!: unknown;

  @Field(() => Boolean, { description: 'Whether the two differ: a patch changed it.' })
  isChanged!: boolean;
}

@ObjectType({ description: 'A socket of an item of a build.' })
export class BuildSocket {
  @Field(() => Int, { description: 'Which of the build’s `items` has it: 0, 1, 2 …' })
  of!: number;

  @Field(() => Int, { description: 'Which of its sockets: 0, 1, 2 …' })
  index!: number;
}

@ObjectType({ description: 'An item in a slot of a build.' })
export class BuildItem {
  @Field(() => String, { description: 'The key of the slot.' })
  slot!: string;

  @Field(() => Int, { description: 'Its place in the slot: 0, 1, 2 …' })
  position!: number;

  @Field(() => BuildSocket, {
    nullable: true,
    description: 'Where the slot is sockets of other items.',
  })
  socket!: BuildSocket | null;

  @Field(() => Item)
  item!: Item;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  category!: string;

  @Field(() => String, { nullable: true })
  iconUrl!: string | null;

  @Field(() => [BuildItemAttribute], { description: 'In the order of the game’s data.' })
  attributes!: BuildItemAttribute[];

  @Field(() => Float, {
    nullable: true,
    description: 'In the game’s own money; null where the game has none, or the item is removed.',
  })
  cost!: number | null;

  @Field(() => Boolean, {
    description: 'Whether a patch took it out of the game. It counts for nothing then.',
  })
  isRemoved!: boolean;
}
