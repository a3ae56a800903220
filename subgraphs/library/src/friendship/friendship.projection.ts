import { friendship } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** Two users who are friends, or were: the row of those who were keeps a rebuild from showing their past as present. */
@Entity({ tableName: 'friendship_copy' })
export class FriendshipCopy extends Copy {
  @Property({ type: 'uuid' })
  lesserUserId!: string;

  @Property({ type: 'uuid' })
  greaterUserId!: string;

  @Property({ type: 'boolean' })
  areFriends!: boolean;
}

export const friendshipCopy = defineCopy({
  name: 'library.friendship',
  of: friendship,
  into: FriendshipCopy,
  columns: ({ userIds: [lesserUserId, greaterUserId], areFriends }) => ({
    ...{ lesserUserId, greaterUserId, areFriends },
  }),
});
