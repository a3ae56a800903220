import { libraryEntry } from '@gamegraph/event-contracts';
import { defineCounter } from '@gamegraph/subgraph-kit';
import { Game } from '../game/game.entity.js';

/** How many users own each game: `library` owns licences. */
export const ownersCount = defineCounter({
  name: 'games.owners-count',
  of: libraryEntry,
  into: Game,
  column: 'ownersCount',
  keys: ({ isOwned, gameId }) => (isOwned ? [gameId] : []),
});
