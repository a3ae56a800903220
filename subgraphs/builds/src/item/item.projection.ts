import { item } from '@gamegraph/event-contracts';
import type { RuleItem } from '@gamegraph/rules';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';

/** An item, as the newest version of its game's data has it. */
@Entity({ tableName: 'item_copy' })
export class ItemCopy extends Copy implements RuleItem {
  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'text' })
  key!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  category!: string;

  @Property({ type: 'text', nullable: true })
  iconUrl!: string | null;

  @Property({ type: 'text[]' })
  slots!: string[];

  @Property({ type: 'jsonb' })
  attributes!: RuleItem['attributes'];

  @Property({ type: 'boolean' })
  isRemoved!: boolean;
}

export const itemCopy = defineCopy({
  name: 'builds.item',
  of: item,
  into: ItemCopy,
  columns: ({ gameId, key, name, category, iconUrl, slots, attributes, isRemoved }) => ({
    ...{ gameId, key, name, category, iconUrl, slots, attributes, isRemoved },
  }),
});

/** Items by their ids. Those that are locked are locked in one order, so that no two wait for each other. */
export async function findItems(
  em: EntityManager,
  ids: Iterable<string>,
  { locked = false } = {},
): Promise<Map<string, ItemCopy>> {
  const distinct = [...new Set(ids)];
  if (distinct.length === 0) return new Map();
  const found = await em.find(
    ItemCopy,
    { id: { $in: distinct } },
    { orderBy: { id: 'asc' }, ...(locked && { lockMode: LockMode.PESSIMISTIC_READ }) },
  );
  return new Map(found.map(one => [one.id, one]));
}
