import { build } from '@gamegraph/event-contracts';
import { defineCounter } from '@gamegraph/subgraph-kit';
import { Game } from '../game/game.entity.js';

/** How many builds of each game are shown to everyone: `builds` owns them. */
export const buildsCount = defineCounter({
  name: 'games.builds-count',
  of: build,
  into: Game,
  column: 'buildsCount',
  keys: ({ visibility, gameId }) => (visibility === 'PUBLIC' ? [gameId] : []),
});
