import { userDeleted } from '@gamegraph/event-contracts';
import { defineConsumer, execute, on, query } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { endMemberships } from '../chat/membership.process.js';
import { endFriendship } from '../friendship/befriending.process.js';
import { Friendship } from '../friendship/friendship.entity.js';

/**
 * Ends what somebody had here who has no account any more. What they said stays, without a name. Their copied row is
 * gone before, and with it what others would need to begin anything with them.
 */
export const leaving = defineConsumer({
  name: 'social.leaving',
  subscriptions: [
    on(userDeleted, async ({ id }, { em, at }) => {
      const sides = [{ userLow: id }, { userHigh: id }];
      for (const friendship of await em.find(Friendship, { $or: sides, areFriends: true }))
        await endFriendship(em, friendship, at);
      const chats = await query<{ id: string }>(
        em,
        sql`SELECT id FROM chat WHERE id IN (SELECT chat_id FROM chat_member WHERE user_id = ${id})
            ORDER BY id FOR UPDATE`,
      );
      await endMemberships(
        em,
        id,
        chats.map(chat => chat.id),
        at,
      );
      for (const remains of [
        sql`friend_request WHERE from_id = ${id} OR to_id = ${id}`,
        sql`block WHERE blocker_id = ${id} OR blocked_id = ${id}`,
        sql`presence WHERE id = ${id}`,
        sql`activity WHERE user_id = ${id}`,
        sql`notification WHERE user_id = ${id} OR actor_id = ${id}`,
        sql`notification_preference WHERE user_id = ${id}`,
      ])
        await execute(em, sql`DELETE FROM ${remains}`);
    }),
  ],
});
