import { loadBy, query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { ChatMember } from '../chat/chat-member.entity.js';
import { NotificationKind } from '../notification/notification.entity.js';
import { notify } from '../notification/notify.js';
import { isUnread, type Message } from './message.entity.js';

/** Notifies the members of a chat who had read all before: what they do not read then, they are told of once. */
export async function notifyMembers(tx: EntityManager, message: Message, at: Date): Promise<void> {
  const { id, chatId, authorId: actorId } = message;
  const members = await query<{ id: string; user_id: string; read_sequence: number }>(
    tx,
    sql`SELECT me.id, me.user_id, me.read_sequence FROM message AS e
          JOIN chat AS c ON c.id = e.chat_id JOIN chat_member AS me ON me.chat_id = e.chat_id
        WHERE e.id = ${id} AND ${isUnread('e')} AND NOT EXISTS (
          SELECT FROM message AS earlier WHERE earlier.chat_id = e.chat_id
            AND earlier.sequence < e.sequence AND ${isUnread('earlier')})`,
  );
  const kind = NotificationKind.MESSAGE;
  const notices = members.map(({ id: memberId, user_id: userId, read_sequence }) => {
    const dedupeKey = `${memberId}:${read_sequence}`;
    return { userId, kind, dedupeKey, actorId, chatId };
  });
  if (notices.length > 0) await notify(tx, notices, at);
}

/** The topics of a message: its chat's, and those of its members, who listen to all of their chats. */
export async function messageTopics(
  em: EntityManager,
  chatId: string,
  chatTopic: string,
  inboxTopic: string,
): Promise<string[]> {
  const members = await loadBy(em, ChatMember, 'chatId', chatId);
  return [`${chatTopic}:${chatId}`, ...members.map(({ userId }) => `${inboxTopic}:${userId}`)];
}
