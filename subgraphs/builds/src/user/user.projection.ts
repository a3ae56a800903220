import { user } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** An author, as lists of builds show, filter and sort them. There is none when the account was deleted. */
@Entity({ tableName: 'user_copy' })
export class UserCopy extends Copy {
  @Property({ type: 'text' })
  handle!: string;

  @Property({ type: 'text', nullable: true })
  avatarUrl!: string | null;

  @Property({ type: 'text', nullable: true })
  region!: string | null;
}

export const userCopy = defineCopy({
  name: 'builds.user',
  of: user,
  into: UserCopy,
  columns: ({ handle, avatarUrl, region }) => ({ handle, avatarUrl, region }),
});
