import { query, record } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { addActivity, removeActivities } from '../activity/activities.js';
import { ActivityKind } from '../activity/activity.entity.js';
import { NotificationKind } from '../notification/notification.entity.js';
import { notify, settleNotifications } from '../notification/notify.js';
import { pairOf } from '../user/pair.js';
import { FriendRequest } from './friend-request.entity.js';
import { Friendship } from './friendship.entity.js';
import { FRIENDS_MAX, FriendsLimitReached } from './friendship.refusals.js';

// All of these run while both users' rows are held: see `lockUsers`.

export function requestBetween(
  tx: EntityManager,
  one: string,
  other: string,
): Promise<FriendRequest | null> {
  const directions = [
    { fromId: one, toId: other },
    { fromId: other, toId: one },
  ];
  return tx.findOne(FriendRequest, { $or: directions });
}

/** Takes an open request away, and with it what is still to be told of it. */
export async function endRequest(
  tx: EntityManager,
  request: FriendRequest,
  at: Date,
): Promise<void> {
  tx.remove(request);
  const { id, toId } = request;
  const about = sql`dedupe_key = ${id}`;
  await settleNotifications(tx, toId, NotificationKind.FRIEND_REQUEST, about, at);
}

/** Makes friends of the two that a request is between. */
export async function befriend(
  tx: EntityManager,
  request: FriendRequest,
  at: Date,
): Promise<FriendsLimitReached | undefined> {
  const { fromId, toId } = request;
  const [most] = await query<{ count: number }>(
    tx,
    sql`SELECT count(*)::int AS count FROM friend WHERE user_id IN (${fromId}, ${toId})
        GROUP BY user_id ORDER BY count DESC LIMIT 1`,
  );
  if (most && most.count >= FRIENDS_MAX) return new FriendsLimitReached();
  await endRequest(tx, request, at);
  const pair = pairOf(fromId, toId);
  const friendship = (await tx.findOne(Friendship, pair)) ?? Friendship.between(pair);
  tx.persist(friendship);
  record(tx, friendship.begin(at), at);
  const subjectId = friendship.id;
  for (const [userId, friendId] of [
    [fromId, toId],
    [toId, fromId],
  ] as const) {
    await addActivity(tx, { kind: ActivityKind.FRIEND_ADDED, subjectId, userId, friendId, at });
  }
  const kind = NotificationKind.FRIEND_ACCEPTED;
  await notify(tx, [{ userId: fromId, kind, dedupeKey: request.id, actorId: toId }], at);
}

export async function endFriendship(
  tx: EntityManager,
  friendship: Friendship,
  at: Date,
): Promise<void> {
  record(tx, friendship.end(at), at);
  await removeActivities(tx, ActivityKind.FRIEND_ADDED, friendship.id);
}
