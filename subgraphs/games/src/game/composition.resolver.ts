import {
  Authenticated,
  badInput,
  type GraphContext,
  query,
  record,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { StudioPermission } from '../studio/studio.entity.js';
import { Game, visibleGame } from './game.entity.js';
import { lockGame, requireGame } from './lock-game.js';

const PARTS_MAX = 50;

/** What games have to do with each other: DLC with what they extend, bundles with what they consist of. */
@Resolver(() => Game)
export class CompositionResolver {
  @Mutation(() => Game, {
    description:
      'Makes a draft a DLC: who buys it owns the base game, or buys it in the same order. Both are of one studio. Needs ' +
      'the permission EDIT_GAMES of the studio.',
  })
  @Authenticated()
  declareDlc(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('baseGameId', () => ID) baseGameId: string,
    @Ctx() context: GraphContext,
  ) {
    const baseId = uuidOf('Game', baseGameId);
    return compose(context, gameId, [baseId], (game, [base]) => game.extend(base!));
  }

  @Mutation(() => Game, {
    description:
      'Makes a draft a bundle of games of the same studio, with prices of its own. Whoever owns some of them pays less, by ' +
      'their share in what all of them cost. Needs the permission EDIT_GAMES of the studio.',
  })
  @Authenticated()
  declareBundle(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('partIds', () => [ID], { description: '2 to 50.' }) partIds: string[],
    @Ctx() context: GraphContext,
  ) {
    const ids = [...new Set(partIds.map(id => uuidOf('Game', id)))];
    if (ids.length < 2 || ids.length > PARTS_MAX)
      throw badInput(`A bundle has 2 to ${PARTS_MAX} games.`);
    return compose(context, gameId, ids, (game, parts) => game.bundle(parts));
  }

  @FieldResolver(() => Game, { nullable: true, description: 'What it extends, if it is a DLC.' })
  baseGame(@Root() { baseGameId }: Game, @Ctx() context: GraphContext) {
    return baseGameId === null ? null : visibleGame(context, baseGameId);
  }

  @FieldResolver(() => [Game], {
    description: 'What it consists of, if it is a bundle; otherwise none.',
  })
  async parts(@Root() { partIds }: Game, @Ctx() context: GraphContext) {
    const parts = await Promise.all(partIds.map(id => visibleGame(context, id)));
    return parts.filter(part => part !== null);
  }
}

function compose(
  context: GraphContext,
  gameId: string,
  otherIds: string[],
  step: (game: Game, others: Game[]) => ReturnType<Game['extend']>,
): Promise<Game> {
  const id = uuidOf('Game', gameId);
  return transact(context.em, async tx => {
    const game = await lockGame(tx, context, id, StudioPermission.EDIT_GAMES);
    const users = await query(
      tx,
      sql`SELECT 1 FROM game WHERE part_ids @> ARRAY[${id}]::uuid[] OR base_game_id = ${id} LIMIT 1`,
    );
    if (users.length > 0) throw badInput('It is a part or the base of another game already.');
    const others: Game[] = [];
    for (const other of otherIds)
      others.push(await requireGame(tx, context, other, StudioPermission.EDIT_GAMES));
    record(tx, step(game, others), context.now());
    return game;
  });
}
