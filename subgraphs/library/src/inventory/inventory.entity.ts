import {
  INVENTORY_ITEMS_MAX,
  inventoryChanged,
  type InventoryState,
} from '@gamegraph/event-contracts';
import { Entity, Formula, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { type InventoryFault, InventoryFaulty } from './inventory.refusals.js';

const QUANTITY_MAX = 1_000_000_000;

/** A change of how many there are of an item; without an id, of one that the game does not have. */
export interface ItemChange {
  itemId: string | undefined;
  by?: number | null | undefined;
  to?: number | null | undefined;
}

/** What somebody has of a game's items. Whoever changes it holds the lock of the library entry. */
@Entity({ tableName: 'inventory' })
@ObjectType({ description: 'What somebody has of the items of a game, as the game says.' })
export class Inventory {
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid' })
  gameId!: string;

  /** How many there are of each item, by its id. Read with the rest; `keepQuantities` writes it. */
  @Formula<Inventory>(
    ({ userId, gameId }) =>
      `(SELECT coalesce(jsonb_object_agg(i.item_id, i.quantity), '{}') FROM inventory_item AS i
        WHERE (i.user_id, i.game_id) = (${userId}, ${gameId}))`,
    { type: 'jsonb' },
  )
  quantities: Record<string, number> = {};

  static of(whose: Pick<Inventory, 'userId' | 'gameId'>): Inventory {
    return Object.assign(new Inventory(), whose);
  }

  /** Makes all changes, or none. Returns how many there are now of the items of which there were not so many, and the fact. */
  change(changes: ItemChange[]) {
    const faults: InventoryFault[] = [];
    const changed = new Map<string, number>();
    const firsts = new Map<string, number>();
    for (const [n, { itemId, by, to }] of changes.entries()) {
      const present = this.quantities[itemId ?? ''] ?? 0;
      const fault =
        faultOfItem(itemId, firsts.get(itemId ?? '')) ?? faultOfQuantity(present, by, to);
      if (fault) faults.push({ ...fault, path: `changes[${n}]${fault.path}` });
      if (itemId === undefined) continue;
      if (!firsts.has(itemId)) firsts.set(itemId, n);
      const quantity = to ?? present + (by ?? 0);
      if (!fault && quantity !== present) changed.set(itemId, quantity);
    }
    const quantities = { ...this.quantities, ...Object.fromEntries(changed) };
    const kept = Object.entries(quantities).filter(([, quantity]) => quantity > 0);
    if (kept.length > INVENTORY_ITEMS_MAX) {
      const message = `There would be ${kept.length} different items, and ${INVENTORY_ITEMS_MAX} is the most.`;
      faults.push({ path: 'changes', message, cure: 'Take others away, by the same changes.' });
    }
    if (faults.length > 0) return new InventoryFaulty(faults);
    this.quantities = Object.fromEntries(kept);
    return { changed, event: inventoryChanged(this.state()) };
  }

  /** What others may know, and keep copies of. */
  state(): InventoryState {
    const { id, userId, gameId, quantities } = this;
    const items = Object.entries(quantities).map(([itemId, quantity]) => ({ itemId, quantity }));
    return { id, userId, gameId, items: items.sort((a, b) => (a.itemId < b.itemId ? -1 : 1)) };
  }
}

/** A row of an inventory, as its list makes it. */
@Entity({ expression: 'SELECT' })
@ObjectType({ description: 'An item that somebody has.' })
export class InventoryItem {
  /** The item's. */
  @Property({ type: 'uuid' })
  id!: string;

  @Field(() => Int, { description: 'How many copies of it: 1 or more.' })
  @Property({ type: 'integer' })
  quantity!: number;
}

function faultOfItem(itemId: string | undefined, first?: number): InventoryFault | undefined {
  if (itemId === undefined) {
    const cure =
      'Name an item of its released data. What was released a moment ago is known here a little later.';
    return { path: '.itemId', message: 'The game has no such item.', cure };
  }
  if (first === undefined) return undefined;
  const message = `\`changes[${first}]\` names this item too.`;
  return { path: '.itemId', message, cure: 'Make one change of the two.' };
}

function faultOfQuantity(
  present: number,
  by: number | null | undefined,
  to: number | null | undefined,
): InventoryFault | undefined {
  if ((by == null) === (to == null)) {
    const message = `It says ${by == null ? 'neither `by` nor' : 'both `by` and'} \`to\`.`;
    return { path: '', message, cure: 'Say one of the two.' };
  }
  const [path, quantity] = to == null ? ['.by', present + by!] : ['.to', to];
  if (quantity < 0) {
    const message = `There are ${present}, and there would be ${quantity}.`;
    const cure =
      to == null ? `Take ${present} away at most.` : 'Say 0, so that there is none any more.';
    return { path, message, cure };
  }
  if (quantity <= QUANTITY_MAX) return undefined;
  const message = `There would be ${quantity}, and ${QUANTITY_MAX} is the most.`;
  const most = to == null ? `Add ${QUANTITY_MAX - present}` : `Say ${QUANTITY_MAX}`;
  return { path, message, cure: `${most} at most.` };
}
