import { type UserState, user } from '@gamegraph/event-contracts';
import { Copy, defineCopy, notFound, query } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

/** PUBLIC, FRIENDS (and oneself) or PRIVATE. */
export type Audience = UserState['privacy']['friends'];

@Entity({ tableName: 'user_copy' })
export class UserCopy extends Copy {
  @Property({ type: 'text' })
  handle!: string;

  @Property({ type: 'text', nullable: true })
  avatarUrl!: string | null;

  @Property({ type: 'text' })
  libraryAudience!: Audience;

  @Property({ type: 'text' })
  friendsAudience!: Audience;

  @Property({ type: 'text' })
  activityAudience!: Audience;

  @Property({ type: 'text' })
  presenceAudience!: Audience;
}

export const userCopy = defineCopy({
  name: 'social.user',
  of: user,
  into: UserCopy,
  columns: ({ handle, avatarUrl, privacy }) => ({
    handle,
    avatarUrl,
    libraryAudience: privacy.library,
    friendsAudience: privacy.friends,
    activityAudience: privacy.activity,
    presenceAudience: privacy.presence,
  }),
});

/**
 * Holds users' rows until the end of the transaction, always in the order of ids. Whoever changes what two users are to
 * each other holds both: so all such changes come one after the other, limits hold for each, and nobody is deleted
 * meanwhile.
 *
 * @throws GraphError NOT_FOUND when one of them has no account (any more: a token outlives its account by minutes)
 */
export async function lockUsers(tx: EntityManager, ids: string[]): Promise<void> {
  const rows = await query(
    tx,
    sql`SELECT id FROM user_copy WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
  );
  if (rows.length < new Set(ids).size) throw notFound('User');
}
