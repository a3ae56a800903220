import { gameData } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import type { Definition } from '../engine/game-data.js';

/** A version of a game's data. It never changes. */
@Entity({ tableName: 'game_data_copy' })
export class GameDataCopy extends Copy {
  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'integer' })
  version!: number;

  @Property({ type: 'jsonb' })
  definition!: Definition;
}

export const gameDataCopy = defineCopy({
  name: 'builds.game-data',
  of: gameData,
  into: GameDataCopy,
  columns: ({ gameId, version, attributes, parameters, slots, stats, rules }) => ({
    ...{ gameId, version },
    definition: { attributes, parameters, slots, stats, rules },
  }),
});
