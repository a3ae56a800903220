import { type GraphContext, transact, uuidOf } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { requireGame } from '../game/lock-game.js';
import { StudioPermission } from '../studio/studio.entity.js';
import { GameDataDraft } from './game-data-draft.entity.js';

export type MaybeRevision = number | null | undefined;

/** Changes the draft of a game as one revision. The game's own row is not locked: prices and pages change meanwhile. */
export function changeDraft(
  context: GraphContext,
  gameId: string,
  expectedRevision: MaybeRevision,
  change: (tx: EntityManager, draft: GameDataDraft) => Promise<void>,
) {
  const id = uuidOf('Game', gameId);
  return transact(context.em, async tx => {
    await requireGame(tx, context, id, StudioPermission.EDIT_GAMES);
    const draft = await lockDraft(tx, id);
    draft.touch(expectedRevision);
    await change(tx, draft);
    return draft;
  });
}

export function lockDraft(tx: EntityManager, gameId: string): Promise<GameDataDraft> {
  return tx.findOneOrFail(GameDataDraft, { gameId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
