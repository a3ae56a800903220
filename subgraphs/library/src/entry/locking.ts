import { execute } from '@gamegraph/subgraph-kit';
import { type EntityManager, type FilterQuery, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { LibraryEntry } from './entry.entity.js';

/**
 * Locks entries, in the order of their ids. Whoever changes the licences or play sessions of an entry holds its lock, and
 * took it before any lock on those.
 */
export function lockEntries(
  tx: EntityManager,
  where: FilterQuery<LibraryEntry>,
): Promise<LibraryEntry[]> {
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  return tx.find(LibraryEntry, where, { lockMode, orderBy: { id: 'asc' } });
}

/** Locks the entry of somebody for a game; makes it when there is none. Whoever does that also grants a licence. */
export async function lockOrMakeEntry(
  tx: EntityManager,
  { userId, gameId }: { userId: string; gameId: string },
  at: Date,
): Promise<LibraryEntry> {
  const [entry] = await lockOrMakeEntries(tx, userId, [gameId], at);
  return entry!;
}

/** As `lockOrMakeEntry`, of several games. */
export async function lockOrMakeEntries(
  tx: EntityManager,
  userId: string,
  gameIds: string[],
  at: Date,
): Promise<LibraryEntry[]> {
  const whose = { userId, gameId: { $in: gameIds } };
  const found = await lockEntries(tx, whose);
  if (found.length === gameIds.length) return found;
  for (const gameId of gameIds.toSorted()) {
    await execute(
      tx,
      sql`WITH made AS (
            INSERT INTO library_entry
              (id, user_id, game_id, is_owned, is_favorite, is_hidden, playtime_seconds, added_at)
            VALUES (${uuidv7()}, ${userId}, ${gameId}, false, false, false, 0, ${at})
            ON CONFLICT (user_id, game_id) DO NOTHING RETURNING game_id)
          INSERT INTO game_tally AS tally SELECT game_id, 1 FROM made
          ON CONFLICT (game_id) DO UPDATE SET entries_count = tally.entries_count + 1`,
    );
  }
  return lockEntries(tx, whose);
}
