import { user } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** What orders show of their buyers: `users` owns them. */
@Entity({ tableName: 'user_copy' })
export class UserCopy extends Copy {
  @Property({ type: 'text' })
  handle!: string;
}

export const userCopy = defineCopy({
  name: 'payments.user',
  of: user,
  into: UserCopy,
  columns: ({ handle }) => ({ handle }),
});
