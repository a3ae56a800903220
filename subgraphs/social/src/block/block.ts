import { query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

/** Whether a block is in force, in this direction. Those of a pair change while both users' rows are held. */
export async function hasBlocked(
  tx: EntityManager,
  blockerId: string,
  blockedId: string,
): Promise<boolean> {
  const rows = await query(
    tx,
    sql`SELECT FROM block WHERE (blocker_id, blocked_id) = (${blockerId}, ${blockedId})`,
  );
  return rows.length > 0;
}
