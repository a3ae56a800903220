import { user, userDeleted, type UserState } from '@gamegraph/event-contracts';
import { Copy, defineConsumer, defineCopy, execute, on } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { sql } from 'kysely';
import { eraseInventories } from '../inventory/keeping.js';

/** Who may see whose library, and who may not get a licence. */
@Entity({ tableName: 'user_copy' })
export class UserCopy extends Copy {
  @Property({ type: 'text' })
  handle!: string;

  @Property({ type: 'jsonb' })
  privacy!: UserState['privacy'];

  @Property({ type: 'boolean' })
  isBanned!: boolean;
}

export const userCopy = defineCopy({
  name: 'library.user',
  of: user,
  into: UserCopy,
  columns: ({ handle, privacy, isBanned }) => ({ handle, privacy, isBanned }),
});

/**
 * Of whom there is no copy is gone, or so new that no event told us yet: this tells the two apart. What they had in games
 * goes with them.
 */
export const deletedUsers = defineConsumer({
  name: 'library.deleted-users',
  subscriptions: [
    on(userDeleted, async ({ id }, { em, at }) => {
      await execute(em, sql`INSERT INTO deleted_user VALUES (${id}) ON CONFLICT DO NOTHING`);
      await eraseInventories(em, id, at);
    }),
  ],
});
