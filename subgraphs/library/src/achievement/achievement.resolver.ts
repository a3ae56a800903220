import {
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  execute,
  type GraphContext,
  listOf,
  load,
  loaderOf,
  notFound,
  query,
  record,
  tidy,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import { LibraryEntry } from '../entry/entry.entity.js';
import { GameNotOwned } from '../entry/entry.refusals.js';
import { Game } from '../game/game.stub.js';
import { operates, requireOperator } from '../studio/operating.js';
import { User } from '../user/user.stub.js';
import { AchievementUnlock } from './achievement-unlock.entity.js';
import { Achievement } from './achievement.entity.js';
import { AchievementInput } from './achievement.inputs.js';

const DEFINITIONS_MAX = 200;

@ObjectType({ description: 'The achievements of a game.' })
class AchievementConnection extends Connection(Achievement, 'Achievement') {}

@ObjectType({ description: 'What a player has reached in a game, the latest first.' })
class AchievementUnlockConnection extends Connection(AchievementUnlock, 'AchievementUnlock') {}

@ObjectType({ description: 'How many of a game’s achievements a player has.' })
class AchievementProgress {
  @Field(() => Int)
  unlocked!: number;

  @Field(() => Int, { description: 'Of those that can be reached, and those that were.' })
  total!: number;
}

const UnlockAchievementResult = createUnionType({
  name: 'UnlockAchievementResult',
  types: () => [AchievementUnlock, GameNotOwned] as const,
});

@Resolver(() => Achievement)
export class AchievementResolver {
  @Mutation(() => Game, {
    description:
      `Defines up to ${DEFINITIONS_MAX} achievements of a game. One whose key is known is changed, and comes back when it ` +
      'was retired; none goes away. For those who operate the game, and for moderators of games.',
  })
  @Authenticated()
  async defineAchievements(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('achievements', () => [AchievementInput]) achievements: AchievementInput[],
    @Ctx() context: GraphContext,
  ) {
    const game = uuidOf('Game', gameId);
    await requireOperator(context, game, 'games:moderate');
    if (achievements.length > DEFINITIONS_MAX)
      throw badInput(`achievements holds ${DEFINITIONS_MAX} at most.`);
    const keys = new Set(achievements.map(({ key }) => key));
    if (keys.size < achievements.length) throw badInput('Two achievements have the same key.');
    const rows = achievements.map(one => ({
      ...{ id: uuidv7(), key: one.key, name: tidy(one.name), description: tidy(one.description) },
      ...{ icon_url: one.iconUrl, points: one.points, is_secret: one.isSecret },
    }));
    await execute(
      context.em,
      // In the order of keys, so that two at once wait for each other instead of both failing.
      sql`INSERT INTO achievement (id, game_id, key, name, description, icon_url, points, is_secret, is_retired, unlocks_count)
          SELECT id, ${game}, key, name, description, icon_url, points, is_secret, false, 0
          FROM jsonb_to_recordset(${JSON.stringify(rows)}) AS input(
            id uuid, key text, name text, description text, icon_url text, points int, is_secret boolean)
          ORDER BY key
          ON CONFLICT (game_id, key) DO UPDATE SET (name, description, icon_url, points, is_secret, is_retired) =
            (excluded.name, excluded.description, excluded.icon_url, excluded.points, excluded.is_secret, false)`,
    );
    return new Game(game);
  }

  @Mutation(() => Achievement, {
    description:
      'Lets an achievement be reached no more. Who has it keeps it. For those who operate the game, and for moderators.',
  })
  @Authenticated()
  async retireAchievement(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('key', () => String) key: string,
    @Ctx() context: GraphContext,
  ) {
    const game = uuidOf('Game', gameId);
    await requireOperator(context, game, 'games:moderate');
    return transact(context.em, async tx => {
      const achievement = await tx.findOne(Achievement, { gameId: game, key });
      if (!achievement) throw notFound('Achievement');
      achievement.isRetired = true;
      return achievement;
    });
  }

  @Mutation(() => UnlockAchievementResult, {
    description:
      'Says that a player has reached an achievement; once is as good as often. For those who operate the game, such as ' +
      'its servers: a player’s own word is not enough.',
  })
  @Authenticated()
  async unlockAchievement(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('userId', () => ID) userId: string,
    @Arg('key', () => String) key: string,
    @Ctx() context: GraphContext,
  ) {
    const whose = { gameId: uuidOf('Game', gameId), userId: uuidOf('User', userId) };
    await requireOperator(context, whose.gameId);
    const found = await context.em.findOne(Achievement, { gameId: whose.gameId, key });
    if (!found) throw notFound('Achievement');
    const once = { achievementId: found.id, userId: whose.userId };
    const before = await context.em.findOne(AchievementUnlock, once);
    if (before) return before; // so that repeating it, as game servers do, takes no lock
    return transact(context.em, async tx => {
      const lock = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
      const achievement = await tx.findOneOrFail(Achievement, found.id, lock);
      const meanwhile = await tx.findOne(AchievementUnlock, once);
      if (meanwhile) return meanwhile;
      if (achievement.isRetired) throw notFound('Achievement');
      const entry = await tx.findOne(LibraryEntry, whose); // owned, or once owned: an entry stays
      if (!entry) return new GameNotOwned('This player never owned the game.');
      const { unlock, event } = achievement.unlock(entry, context.now());
      tx.persist(unlock);
      record(tx, event, context.now());
      return unlock;
    });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Null when it is secret: it shows to who has the achievement, and to those who operate the game.',
  })
  async description(@Root() achievement: Achievement, @Ctx() context: GraphContext) {
    const { id, gameId, isSecret, description } = achievement;
    const mayRead =
      !isSecret || (await hasUnlocked(context, id)) || (await operates(context, gameId));
    return mayRead ? description : null;
  }

  @FieldResolver(() => Float, {
    description: 'Of those in whose library the game is: how many in a hundred have it.',
  })
  async unlockedPercent(
    @Root() { gameId, unlocksCount }: Achievement,
    @Ctx() { em }: GraphContext,
  ) {
    const tallies = loaderOf<string, number>(em, 'in how many libraries', async ids => {
      const found = await query<{ game_id: string; entries_count: number }>(
        em,
        sql`SELECT game_id, entries_count FROM game_tally WHERE game_id = ANY(${[...new Set(ids)]}::uuid[])`,
      );
      const counts = new Map(found.map(row => [row.game_id, row.entries_count]));
      return ids.map(id => counts.get(id) ?? 0);
    });
    const entriesCount = await tallies.load(gameId);
    return entriesCount === 0 ? 0 : (100 * unlocksCount) / entriesCount;
  }

  @FieldResolver(() => Game)
  game(@Root() { gameId }: Achievement) {
    return new Game(gameId);
  }
}

@Resolver(() => AchievementUnlock)
export class AchievementUnlockResolver {
  @FieldResolver(() => Achievement)
  achievement(@Root() { achievementId }: AchievementUnlock, @Ctx() { em }: GraphContext) {
    return load(em, Achievement, achievementId);
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: AchievementUnlock) {
    return new User(userId);
  }
}

@Resolver(() => Game)
export class GameAchievementsResolver {
  @FieldResolver(() => AchievementConnection, {
    description: 'In the order in which they were defined, without those that were retired.',
  })
  achievements(@Root() { id }: Game, @Args() args: ConnectionArgs, @Ctx() { em }: GraphContext) {
    return listOf(em, 'Game.achievements', { column: sql`e.game_id`, id }, args, {
      entity: Achievement,
      where: [sql`NOT e.is_retired`],
      orderBy: [],
    });
  }
}

@Resolver(() => LibraryEntry)
export class EntryAchievementsResolver {
  @FieldResolver(() => AchievementProgress)
  achievements(@Root() { id }: LibraryEntry, @Ctx() { em }: GraphContext) {
    const loader = loaderOf<string, AchievementProgress>(em, 'progress', async ids => {
      const found = await query<AchievementProgress & { id: string }>(
        em,
        sql`SELECT e.id, count(u.id)::int AS unlocked,
              (count(a.id) FILTER (WHERE NOT a.is_retired OR u.id IS NOT NULL))::int AS total
            FROM library_entry AS e LEFT JOIN achievement AS a ON a.game_id = e.game_id
            LEFT JOIN achievement_unlock AS u ON u.achievement_id = a.id AND u.user_id = e.user_id
            WHERE e.id = ANY(${[...new Set(ids)]}::uuid[]) GROUP BY e.id`,
      );
      const byId = new Map(found.map(row => [row.id, row]));
      return ids.map(one => byId.get(one)!);
    });
    return loader.load(id);
  }

  @FieldResolver(() => AchievementUnlockConnection)
  unlockedAchievements(
    @Root() { id }: LibraryEntry,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: GraphContext,
  ) {
    return listOf(em, 'LibraryEntry.unlockedAchievements', { column: sql`e.entry_id`, id }, args, {
      entity: AchievementUnlock,
      orderBy: [{ by: sql`e.unlocked_at`, type: 'timestamptz', descending: true }],
    });
  }
}

/** Whether the viewer has an achievement; one statement for all that is asked in one moment. */
function hasUnlocked({ em, viewer }: GraphContext, achievementId: string): Promise<boolean> {
  const loader = loaderOf<string, boolean>(em, 'has unlocked', async ids => {
    const found = await query<{ achievement_id: string }>(
      em,
      sql`SELECT achievement_id FROM achievement_unlock
          WHERE user_id = ${viewer?.userId ?? null} AND achievement_id = ANY(${[...new Set(ids)]}::uuid[])`,
    );
    const unlocked = new Set(found.map(row => row.achievement_id));
    return ids.map(id => unlocked.has(id));
  });
  return loader.load(achievementId);
}
