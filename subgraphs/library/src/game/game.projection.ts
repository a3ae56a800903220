import { game, type GameState } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

/** What a library shows, searches, filters and sorts by; and whose studio may operate the game. */
@Entity({ tableName: 'game_copy' })
export class GameCopy extends Copy {
  @Property({ type: 'uuid' })
  studioId!: string;

  @Property({ type: 'text' })
  slug!: string;

  @Property({ type: 'text' })
  title!: string;

  @Property({ type: 'text', nullable: true })
  coverUrl!: string | null;

  @Property({ type: 'text[]' })
  tags!: string[];

  @Property({ type: 'text[]' })
  platforms!: string[];

  @Property({ type: 'text' })
  state!: GameState['state'];
}

export const gameCopy = defineCopy({
  name: 'library.game',
  of: game,
  into: GameCopy,
  columns: ({ studioId, slug, title, coverUrl, tags, platforms, state }) => ({
    ...{ studioId, slug, title, coverUrl, tags, platforms, state },
  }),
});
