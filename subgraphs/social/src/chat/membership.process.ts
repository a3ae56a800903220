import { badInput, execute, notFound, query } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { NotificationKind } from '../notification/notification.entity.js';
import { settleNotifications } from '../notification/notify.js';
import { isHidden } from '../user/relation.js';
import { ChatMember, ChatRole } from './chat-member.entity.js';
import { Chat, ChatKind } from './chat.entity.js';

/**
 * A chat's row, held until the end of the transaction, and the viewer's place in it.
 *
 * @throws GraphError NOT_FOUND for who is no member
 */
export async function holdChat(
  tx: EntityManager,
  chatId: string,
  userId: string,
): Promise<{ chat: Chat; me: ChatMember }> {
  const chat = await tx.findOne(Chat, { id: chatId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const me = chat && (await tx.findOne(ChatMember, { chatId, userId }));
  if (!me) throw notFound('Chat');
  return { chat, me };
}

/** As `holdChat`, for what is done with groups alone. */
export async function holdGroup(
  tx: EntityManager,
  chatId: string,
  userId: string,
): Promise<{ chat: Chat; me: ChatMember }> {
  const held = await holdChat(tx, chatId, userId);
  if (held.chat.kind !== ChatKind.GROUP)
    throw badInput('This is a direct chat. It stays as it is.');
  return held;
}

/** Whether nobody is there to hear the viewer. Never so in a group. */
export async function isClosed(tx: EntityManager, chat: Chat, viewerId: string): Promise<boolean> {
  if (chat.kind === ChatKind.GROUP) return false;
  const hearing = await query(
    tx,
    sql`SELECT FROM chat_member AS other WHERE other.chat_id = ${chat.id} AND other.user_id <> ${viewerId}
          AND NOT ${isHidden(sql`${viewerId}::uuid`, sql`other.user_id`)}`,
  );
  return hearing.length === 0;
}

/**
 * Ends a user's membership in chats whose rows are held. A group without an owner goes to its oldest member. Returns in
 * how many the user was.
 */
export async function endMemberships(
  tx: EntityManager,
  userId: string,
  chatIds: string[],
  at: Date,
): Promise<number> {
  const ended = await execute(
    tx,
    sql`DELETE FROM chat_member WHERE user_id = ${userId} AND chat_id = ANY(${chatIds}::uuid[])`,
  );
  await execute(
    tx,
    sql`UPDATE chat_member SET role = ${ChatRole.OWNER} WHERE id IN (
          SELECT DISTINCT ON (m.chat_id) m.id FROM chat_member AS m JOIN chat AS c ON c.id = m.chat_id
          WHERE c.id = ANY(${chatIds}::uuid[]) AND c.kind = ${ChatKind.GROUP} AND NOT EXISTS (
            SELECT FROM chat_member AS o WHERE o.chat_id = c.id AND o.role = ${ChatRole.OWNER})
          ORDER BY m.chat_id, m.joined_at, m.id)`,
  );
  const about = sql`chat_id = ANY(${chatIds}::uuid[])`;
  await settleNotifications(tx, userId, NotificationKind.MESSAGE, about, at);
  return ended;
}
