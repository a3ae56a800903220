import { gameData } from '@gamegraph/event-contracts';
import { type RuleSet, rulesOf } from '@gamegraph/rules';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** A version of a game's data. It never changes. */
@Entity({ tableName: 'game_data_copy' })
export class GameDataCopy extends Copy {
  @Property({ type: 'uuid' })
  gameId!: string;

  @Property({ type: 'integer' })
  version!: number;

  @Property({ type: 'jsonb' })
  definition!: RuleSet;
}

export const gameDataCopy = defineCopy({
  name: 'builds.game-data',
  of: gameData,
  into: GameDataCopy,
  columns: state => ({
    ...{ gameId: state.gameId, version: state.version },
    definition: rulesOf(state),
  }),
});
