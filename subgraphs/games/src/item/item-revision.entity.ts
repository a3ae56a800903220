import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { ItemContent } from './item-content.js';
import { Item } from './item.entity.js';

/** An item as a version of the data left it. The table takes new ones only. */
@Entity({ tableName: 'item_revision' })
export class ItemRevision extends ItemContent {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  itemId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'integer' })
  dataVersion!: number;

  /** The item as it was in a version of the data. */
  asOf(version: number): Item {
    return Object.assign(new Item(), this, { id: this.itemId, asOfVersion: version });
  }
}
