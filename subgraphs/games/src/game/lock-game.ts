import { type GraphContext, notFound } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { isInsider, requireStudioPermission } from '../studio/studio-access.js';
import type { StudioPermission } from '../studio/studio.entity.js';
import { Game } from './game.entity.js';
import { GameState } from './game.enums.js';

/**
 * The game, for somebody who wants to act on it.
 *
 * @throws GraphError NOT_FOUND when there is none that the viewer may know of, FORBIDDEN naming the missing permission
 */
export async function requireGame(
  tx: EntityManager,
  { viewer }: GraphContext,
  id: string,
  permission: StudioPermission,
  lockMode = LockMode.NONE,
): Promise<Game> {
  const game = await tx.findOne(Game, id, { lockMode });
  const asking = { em: tx, viewer };
  const isKnown =
    game && (game.state !== GameState.DRAFT || (await isInsider(asking, game.studioId)));
  if (!isKnown) throw notFound('Game');
  await requireStudioPermission(asking, game.studioId, permission);
  return game;
}

/** As `requireGame`, and nobody else changes the game until the transaction ends. */
export function lockGame(
  tx: EntityManager,
  context: GraphContext,
  id: string,
  permission: StudioPermission,
): Promise<Game> {
  return requireGame(tx, context, id, permission, LockMode.PESSIMISTIC_WRITE);
}
