import { query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

/**
 * Whether one of these games is being bought for this owner already. Nobody else begins that until the transaction ends:
 * of two windows that buy at once, one finds the order of the other.
 */
export async function isUnderWay(
  tx: EntityManager,
  ownerId: string,
  gameIds: string[],
): Promise<boolean> {
  for (const gameId of gameIds.toSorted()) {
    await query(
      tx,
      sql`SELECT pg_advisory_xact_lock(hashtextextended(${`purchase ${ownerId} ${gameId}`}, 0))`,
    );
  }
  const found = await query(
    tx,
    sql`SELECT 1 FROM game_order
        WHERE coalesce(recipient_id, buyer_id) = ${ownerId} AND state IN ('PAYING', 'HELD', 'COLLECTING')
          AND EXISTS (SELECT 1 FROM jsonb_array_elements(lines) AS line
                      WHERE line->>'gameId' = ANY(${gameIds}::text[])) LIMIT 1`,
  );
  return found.length > 0;
}
