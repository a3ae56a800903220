import { build } from '@gamegraph/event-contracts';
import { defineCounter } from '@gamegraph/subgraph-kit';
import { User } from '../user/user.entity.js';

/** How many builds each user shows to everyone: `builds` owns them. */
export const buildsCount = defineCounter({
  name: 'users.builds-count',
  of: build,
  into: User,
  column: 'buildsCount',
  keys: ({ visibility, authorId }) => (visibility === 'PUBLIC' ? [authorId] : []),
});
