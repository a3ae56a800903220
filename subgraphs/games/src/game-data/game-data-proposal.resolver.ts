import type { ProposedItemsState } from '@gamegraph/event-contracts';
import { faultsOfItem } from '@gamegraph/rules';
import {
  Authenticated,
  Connection,
  ConnectionArgs,
  type GraphContext,
  listOf,
  query,
  record,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { requireGame } from '../game/lock-game.js';
import { StudioPermission } from '../studio/studio.entity.js';
import { lockDraft } from './change-draft.js';
import { changedItems, DIFFERS } from './draft-items.js';
import { GameDataDraft } from './game-data-draft.entity.js';
import { GameDataProposal, ProposedItems } from './game-data-proposal.entity.js';
import { haveDefinitionsChanged, itemsToBe } from './game-data-release.js';
import { GameDataFaulty, GameDataUnchanged } from './game-data.refusals.js';

const ITEMS_PER_PART = 100;
/** Of one game; those before are forgotten. */
const PROPOSALS_KEPT = 5;

@ObjectType({ description: 'Proposals of a game’s data, newest first.' })
class GameDataProposalConnection extends Connection(GameDataProposal, 'GameDataProposal') {}

const ProposeGameDataResult = createUnionType({
  name: 'ProposeGameDataResult',
  types: () => [GameDataProposal, GameDataFaulty, GameDataUnchanged] as const,
});

@Resolver(() => GameDataDraft)
export class GameDataProposalResolver {
  @Mutation(() => ProposeGameDataResult, {
    description:
      'Keeps the draft of a game’s data as it is now, to see what releasing it would do (`impact`). Nothing is released. ' +
      `The last ${PROPOSALS_KEPT} of a game are kept. Needs the permission EDIT_GAMES of the studio.`,
  })
  @Authenticated()
  proposeGameData(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('expectedDraftRevision', () => Int, {
      nullable: true,
      description: 'The revision that is meant; CONFLICT when it has moved on.',
    })
    expected: number | null | undefined,
    @Ctx() context: GraphContext,
  ) {
    const id = uuidOf('Game', gameId);
    return transact(context.em, async tx => {
      const game = await requireGame(tx, context, id, StudioPermission.EDIT_GAMES);
      const draft = await lockDraft(tx, id); // neither changed nor released meanwhile
      draft.requireRevision(expected);
      const isChanged =
        (await haveDefinitionsChanged(tx, game)) || (await changedItems(tx, id)).length > 0;
      if (!isChanged) return new GameDataUnchanged();
      const faults = (await itemsToBe(tx, id)).flatMap(item => faultsOfItem(item, draft));
      if (faults.length > 0) return new GameDataFaulty(faults);
      const at = context.now();
      const items = await itemsConcerned(tx, id);
      const partsCount = Math.ceil(items.length / ITEMS_PER_PART);
      const proposal = GameDataProposal.of(game, draft, partsCount, at);
      const parts = Array.from({ length: partsCount }, (_, n) =>
        ProposedItems.of(proposal.id, items.slice(n * ITEMS_PER_PART, (n + 1) * ITEMS_PER_PART)),
      );
      tx.persist([proposal, ...parts]);
      for (const event of [proposal.propose(), ...parts.map(part => part.tell())])
        record(tx, event, at);
      await forgetOlder(tx, id, at);
      return proposal;
    });
  }

  @FieldResolver(() => GameDataProposalConnection)
  proposals(
    @Root() { gameId }: GameDataDraft,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: GraphContext,
  ) {
    return listOf(em, 'GameDataDraft.proposals', { column: sql`e.game_id`, id: gameId }, args, {
      entity: GameDataProposal,
      orderBy: [{ by: sql`e.proposed_at`, type: 'timestamptz', descending: true }],
    });
  }
}

/** The released items that the draft changes or takes away: no build uses those that it brings. */
function itemsConcerned(tx: EntityManager, gameId: string): Promise<ProposedItemsState['items']> {
  return query(
    tx,
    sql`SELECT i.id, d.key, d.name, d.category, d.slots, d.attributes, d.is_removed AS "isRemoved"
        FROM draft_item AS d JOIN item AS i ON (i.game_id, i.key) = (d.game_id, d.key)
        WHERE d.game_id = ${gameId} AND ${DIFFERS} ORDER BY d.key`,
  );
}

/** Those that are new are not written yet. */
async function forgetOlder(tx: EntityManager, gameId: string, at: Date): Promise<void> {
  const older = await tx.find(
    GameDataProposal,
    { gameId },
    {
      orderBy: { proposedAt: 'desc', id: 'desc' },
      offset: PROPOSALS_KEPT - 1,
      flushMode: 'commit',
    },
  );
  const ids = older.map(one => one.id);
  const parts = await tx.find(ProposedItems, { proposalId: { $in: ids } }, { flushMode: 'commit' });
  for (const one of [...older, ...parts]) {
    tx.remove(one);
    record(tx, one.forget(), at);
  }
}
