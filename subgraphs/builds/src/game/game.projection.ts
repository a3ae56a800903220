import { game } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** A game, as far as lists of builds filter and sort by it. */
@Entity({ tableName: 'game_copy' })
export class GameCopy extends Copy {
  @Property({ type: 'text' })
  slug!: string;

  @Property({ type: 'text' })
  title!: string;

  @Property({ type: 'text[]' })
  tags!: string[];

  @Property({ type: 'text' })
  state!: 'DRAFT' | 'PUBLISHED' | 'WITHDRAWN';
}

export const gameCopy = defineCopy({
  name: 'builds.game',
  of: game,
  into: GameCopy,
  columns: ({ slug, title, tags, state }) => ({ slug, title, tags, state }),
});
