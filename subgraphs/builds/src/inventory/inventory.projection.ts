import { inventory } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import type { EntityManager } from '@mikro-orm/postgresql';

/** What a player has of the items of a game. */
@Entity({ tableName: 'inventory_copy' })
export class InventoryCopy extends Copy {
  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  /** How many there are of each item, by its id: 1 or more. */
  @Property({ type: 'jsonb' })
  quantities!: Record<string, number>;
}

export const inventoryCopy = defineCopy({
  name: 'builds.inventory',
  of: inventory,
  into: InventoryCopy,
  columns: ({ userId, gameId, items }) => ({
    ...{ userId, gameId },
    quantities: Object.fromEntries(items.map(({ itemId, quantity }) => [itemId, quantity])),
  }),
});

/**
 * How many copies of each item of a game somebody has, by the item's id; an item that is not in it, none. There may be
 * items that a release took out of the game. It is theirs alone to know: ask for the viewer.
 */
export async function ownedItems(
  em: EntityManager,
  userId: string,
  gameId: string,
): Promise<Map<string, number>> {
  const copy = await em.findOne(InventoryCopy, { userId, gameId });
  return new Map(Object.entries(copy?.quantities ?? {}));
}
