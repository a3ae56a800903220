import type { GraphContext } from '@gamegraph/subgraph-kit';

/** What this subgraph's resolvers get: the kit's context is enough. */
export type SocialContext = GraphContext;
