import { game } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'game_copy' })
export class GameCopy extends Copy {
  @Property({ type: 'text' })
  title!: string;
}

/** Drafts are left out: what friends play must not tell their titles. */
export const gameCopy = defineCopy({
  name: 'social.game',
  of: game,
  into: GameCopy,
  columns: ({ state, title }) => (state === 'DRAFT' ? null : { title }),
});
