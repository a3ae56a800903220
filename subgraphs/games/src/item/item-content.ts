import type { ItemState } from '@gamegraph/event-contracts';
import { Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType } from 'type-graphql';

/** What is said of an item: in the draft, as of a version, and now. */
@ObjectType()
export abstract class ItemContent {
  @Field(() => String, { description: 'Unique within the game, and for ever.' })
  @Property({ type: 'text' })
  key!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  category!: string;

  @Field(() => String, { nullable: true, description: 'Of an image, by https.' })
  @Property({ type: 'text', nullable: true })
  iconUrl: string | null = null;

  @Field(() => [String], { description: 'Keys of the slots that it fits.' })
  @Property({ type: 'text[]' })
  slots!: string[];

  /** By the keys of the game's data. */
  @Property({ type: 'jsonb' })
  attributes!: ItemState['attributes'];

  @Field(() => Boolean, { description: 'Whether it was taken out of the game.' })
  @Property({ type: 'boolean' })
  isRemoved: boolean = false;
}
