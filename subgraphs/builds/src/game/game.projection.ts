import { game } from '@gamegraph/event-contracts';
import { Copy, defineCopy } from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';

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

/** Until the transaction ends: no release of the game is reviewed meanwhile, or nothing of it is saved. */
export function lockGame(
  tx: EntityManager,
  id: string,
  lockMode: LockMode.PESSIMISTIC_READ | LockMode.PESSIMISTIC_WRITE = LockMode.PESSIMISTIC_READ,
): Promise<GameCopy | null> {
  return tx.findOne(GameCopy, id, { lockMode });
}
