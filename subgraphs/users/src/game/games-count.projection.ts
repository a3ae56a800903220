import { libraryEntry } from '@gamegraph/event-contracts';
import { defineCounter } from '@gamegraph/subgraph-kit';
import { User } from '../user/user.entity.js';

/** How many games each user owns: `library` owns licences. */
export const gamesCount = defineCounter({
  name: 'users.games-count',
  of: libraryEntry,
  into: User,
  column: 'gamesCount',
  keys: ({ isOwned, userId }) => (isOwned ? [userId] : []),
});
