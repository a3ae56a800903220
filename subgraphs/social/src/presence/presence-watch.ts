import { type Live, query, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { Presence } from './presence.type.js';
import { UserPresence } from './user-presence.entity.js';

const SWEEP_MAX = 1_000; // users at a time

/** Changes a presence, and tells whether others see a difference. */
export function isNewsToOthers(presence: UserPresence, change: () => void): boolean {
  const before = Presence.toOthers(presence);
  change();
  const after = Presence.toOthers(presence);
  return before.status !== after.status || before.gameId !== after.gameId;
}

/** Ends the connections that were not heard of for too long, or ended a while ago. */
export async function sweepPresence(
  em: EntityManager,
  at: Date,
  live: Pick<Live, 'announce'>,
): Promise<void> {
  const userIds = await transact(em, async tx => {
    const due = await tx.find(
      UserPresence,
      { nextEndAt: { $lte: at } },
      {
        limit: SWEEP_MAX,
        orderBy: { nextEndAt: 'asc' },
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, // whoever is reporting just now is not due
      },
    );
    const changed = due.filter(each => isNewsToOthers(each, () => each.settle(at)));
    for (const each of due) if (each.connections.length === 0) tx.remove(each);
    return changed.map(({ id }) => id);
  });
  await announcePresence(em, userIds, live);
}

/** Tells the friends of these users to look. Each has a topic of their own: new friends need no new one. */
export async function announcePresence(
  em: EntityManager,
  userIds: string[],
  live: Pick<Live, 'announce'>,
): Promise<void> {
  if (userIds.length === 0) return;
  const friends = await query<{ user_id: string; friend_id: string }>(
    em,
    sql`SELECT user_id, friend_id FROM friend WHERE friend_id = ANY(${userIds}::uuid[])`,
  );
  await live.announce(
    friends.map(({ user_id, friend_id }) => ({
      topic: `friends-presence:${user_id}`,
      id: friend_id,
    })),
  );
}
