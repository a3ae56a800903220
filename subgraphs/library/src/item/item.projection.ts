import { item } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** That a game has such an item, or had it: what players have of one that a release removed stays theirs. */
@Entity({ tableName: 'item_copy' })
export class ItemCopy extends Copy {
  @Property({ type: 'uuid' })
  gameId!: string;
}

export const itemCopy = defineCopy({
  name: 'library.item',
  of: item,
  into: ItemCopy,
  columns: ({ gameId }) => ({ gameId }),
});
