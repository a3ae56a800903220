import { friendship } from '@gamegraph/event-contracts';
import { defineCounter } from '@gamegraph/subgraph-kit';
import { User } from '../user/user.entity.js';

/** How many friends each user has: `social` owns friendships. */
export const friendsCount = defineCounter({
  name: 'users.friends-count',
  of: friendship,
  into: User,
  column: 'friendsCount',
  keys: ({ areFriends, userIds }) => (areFriends ? userIds : []),
});
