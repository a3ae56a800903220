import { inventoryDeleted } from '@gamegraph/event-contracts';
import { execute, query, record } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { lockEntries } from '../entry/locking.js';
import type { Inventory } from './inventory.entity.js';

/** Keeps how many there are of items by now, where `change` of the inventory says so. */
export async function keepQuantities(
  tx: EntityManager,
  { userId, gameId }: Inventory,
  changed: Map<string, number>,
): Promise<void> {
  const rows = [...changed].map(([item_id, quantity]) => ({ item_id, quantity }));
  await execute(
    tx,
    sql`WITH changed AS (
          SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}) AS c(item_id uuid, quantity int)
        ), gone AS (
          DELETE FROM inventory_item AS i USING changed AS c
          WHERE (i.user_id, i.game_id, i.item_id) = (${userId}, ${gameId}, c.item_id) AND c.quantity = 0
        )
        INSERT INTO inventory_item (user_id, game_id, item_id, quantity)
        SELECT ${userId}, ${gameId}, item_id, quantity FROM changed WHERE quantity > 0
        ON CONFLICT (user_id, game_id, item_id) DO UPDATE SET quantity = excluded.quantity`,
  );
}

/**
 * Deletes what somebody had, and announces that. Whoever changes it meanwhile is waited for; whoever comes later must
 * see that the account is gone, which the same transaction says.
 */
export async function eraseInventories(tx: EntityManager, userId: string, at: Date): Promise<void> {
  await lockEntries(tx, { userId });
  const erased = await query<{ id: string }>(
    tx,
    sql`DELETE FROM inventory WHERE user_id = ${userId} RETURNING id`,
  );
  for (const { id } of erased) record(tx, inventoryDeleted({ id }), at);
}
