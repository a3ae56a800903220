import { notificationAdded } from '@gamegraph/event-contracts';
import { execute, query, record } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { isHidden } from '../user/relation.js';
import type { Notification, NotificationKind } from './notification.entity.js';

type Notice = Pick<Notification, 'userId' | 'kind' | 'dedupeKey'> &
  Partial<Pick<Notification, 'actorId' | 'gameId' | 'buildId' | 'chatId'>>;

/** Tells users of something, unless they were told already, do not want to be, or a block hides who did it. */
export async function notify(tx: EntityManager, notices: Notice[], at: Date): Promise<void> {
  const rows = notices.map(notice => ({ id: uuidv7(), ...notice }));
  const added = await query<{ id: string; user_id: string; kind: string }>(
    tx,
    sql`INSERT INTO notification (id, user_id, kind, dedupe_key, actor_id, game_id, build_id, chat_id, created_at)
        SELECT n.id, n."userId", n.kind, n."dedupeKey", n."actorId", n."gameId", n."buildId", n."chatId", ${at}::timestamptz
        FROM jsonb_to_recordset(${JSON.stringify(rows)}) AS n(id uuid, "userId" uuid, kind text, "dedupeKey" text,
          "actorId" uuid, "gameId" uuid, "buildId" uuid, "chatId" uuid)
        WHERE NOT ${isHidden(sql`n."userId"`, sql`n."actorId"`)} AND NOT EXISTS (
          SELECT FROM notification_preference AS p
          WHERE (p.user_id, p.kind) = (n."userId", n.kind) AND NOT p.is_enabled)
        ORDER BY n.id ON CONFLICT ON CONSTRAINT notification_unique DO NOTHING RETURNING id, user_id, kind`,
  );
  for (const { id, user_id: userId, kind } of added)
    record(tx, notificationAdded({ id, userId, kind, createdAt: at.toISOString() }), at);
}

/** What some of a user's notifications tell has come to its end: they are read, whether they were opened or not. */
export async function settleNotifications(
  tx: EntityManager,
  userId: string,
  kind: NotificationKind,
  about: RawBuilder<unknown>,
  at: Date,
): Promise<void> {
  await execute(
    tx,
    sql`UPDATE notification SET read_at = ${at}, seen_at = coalesce(seen_at, ${at})
        WHERE user_id = ${userId} AND kind = ${kind} AND read_at IS NULL AND ${about}`,
  );
}
