import { forbidden, type GraphContext, load, notFound } from '@gamegraph/subgraph-kit';
import { GameCopy } from '../game/game.projection.js';
import { StudioCopy } from './studio.projection.js';

/** Whether the viewer is a member of the game's studio who may operate its games. */
export async function operates(context: GraphContext, gameId: string): Promise<boolean> {
  const game = context.viewer ? await load(context.em, GameCopy, gameId) : null;
  return game !== null && operatesFor(context, game.studioId);
}

/**
 * Lets those pass who operate the game, and whoever has the permission that is as good as that.
 *
 * @throws GraphError NOT_FOUND, FORBIDDEN
 */
export async function requireOperator(
  context: GraphContext,
  gameId: string,
  orPermission?: string,
): Promise<void> {
  const game = await load(context.em, GameCopy, gameId);
  if (!game) throw notFound('Game');
  if (orPermission && context.viewer?.permissions.has(orPermission)) return;
  if (!(await operatesFor(context, game.studioId)))
    throw forbidden('This is for members of the studio who may operate its games.');
}

async function operatesFor({ em, viewer }: GraphContext, studioId: string): Promise<boolean> {
  const studio = await load(em, StudioCopy, studioId);
  const member = studio?.members.find(({ userId }) => userId === viewer?.userId);
  return member?.permissions.includes('OPERATE') ?? false;
}
