import type { ItemState } from '@gamegraph/event-contracts';
import { type GraphContext, load, Node } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { visibleGame } from '../game/game.entity.js';
import { ItemContent } from './item-content.js';

/** The item if the viewer may know of its game. */
export async function visibleItem(context: GraphContext, id: string): Promise<Item | null> {
  const item = await load(context.em, Item, id);
  return item && (await visibleGame(context, item.gameId)) ? item : null;
}

/** An item as the newest version of the data has it. Only a release writes it. */
@Entity({ tableName: 'item' })
@ObjectType({ description: 'An item of a game: what builds are made of.' })
@Node<GraphContext, Item>('Item', (id, context) => visibleItem(context, id))
export class Item extends ItemContent {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Field(() => Int, { description: "The version of the game's data in which it became so." })
  @Property({ type: 'integer' })
  dataVersion!: number;

  /** The version that it is shown as of; the newest when undefined. */
  asOfVersion?: number;

  /** What others may know, and keep copies of. */
  state(): ItemState {
    const { id, gameId, key, dataVersion, name, category, iconUrl, isRemoved } = this;
    return {
      ...{ id, gameId, key, dataVersion, name, category, iconUrl, isRemoved },
      slots: [...this.slots],
      attributes: { ...this.attributes },
    };
  }
}
