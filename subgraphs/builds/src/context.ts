import type { GraphContext } from '@gamegraph/subgraph-kit';
import type { Computations } from './computation/computation-asking.js';
import type { GameDataVersions } from './game-data/game-data-versions.js';

/** What this subgraph's resolvers get. */
export interface BuildsContext extends GraphContext {
  gameData: GameDataVersions;
  /** At random: a constraint tells whether it is taken. */
  newShareCode(): string;
  computations: Computations;
}
