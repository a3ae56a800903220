import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { ObjectType } from 'type-graphql';
import { ItemContent } from '../item/item-content.js';

/** An item that the next version of a game's data is to bring, change or take away. */
@Entity({ tableName: 'draft_item' })
@ObjectType({
  description: "An item that the next version of a game's data is to bring, change or take away.",
})
export class DraftItem extends ItemContent {
  /** Of the item, if it comes to be. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  gameId!: string;
}
