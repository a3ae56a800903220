import {
  Authenticated,
  Connection,
  ConnectionArgs,
  list,
  listOf,
  load,
  type Order,
  requireViewer,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Args, Ctx, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Build } from '../build/build.stub.js';
import type { SocialContext } from '../context.js';
import { GameCopy } from '../game/game.projection.js';
import { Game } from '../game/game.stub.js';
import { maySee, relationTo } from '../user/relation.js';
import { UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { idOf } from '../visible.js';
import { Activity, visibleActivities } from './activity.entity.js';

/** The feed is gathered when it is read, from each friend; this bounds how much of each. */
const FEED_DAYS = 30;
const DAY_MS = 86_400_000;

@ObjectType({ description: 'What people did, newest first.' })
class ActivityConnection extends Connection(Activity, 'Activity') {}

const NEWEST_FIRST: Order[] = [{ by: sql`e.at`, type: 'timestamptz', descending: true }];

@Resolver(() => Activity)
export class ActivityResolver {
  @Query(() => ActivityConnection, {
    description: `What the viewer and their friends did in the last ${FEED_DAYS} days, newest first.`,
  })
  @Authenticated()
  feed(@Args() args: ConnectionArgs, @Ctx() context: SocialContext) {
    const viewer = requireViewer(context);
    const viewerId = idOf(viewer);
    const since = new Date(context.now().getTime() - FEED_DAYS * DAY_MS);
    const { entity, from, where } = visibleActivities(viewer);
    return list(context.em, args, {
      entity,
      // Not as a condition on each activity of everyone: authors first, then what they did.
      from: sql`(SELECT friend_id AS id FROM friend WHERE user_id = ${viewerId} UNION ALL SELECT ${viewerId}) AS author
                JOIN (${from}) ON e.user_id = author.id`,
      where: [
        sql`e.at > ${since}`,
        // The viewer's new friendships are told by the viewer's own activity.
        sql`e.friend_id IS DISTINCT FROM ${viewerId}`,
        ...where,
      ],
      orderBy: NEWEST_FIRST,
    });
  }

  @FieldResolver(() => User, { description: 'Who did it.' })
  user(@Root() { userId }: Activity) {
    return new User(userId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The present handle of who did it. Null when the account is gone.',
  })
  async userHandle(@Root() { userId }: Activity, @Ctx() { em }: SocialContext) {
    return (await load(em, UserCopy, userId))?.handle ?? null;
  }

  @FieldResolver(() => Game, { nullable: true, description: 'Of all but FRIEND_ADDED.' })
  game(@Root() { gameId }: Activity) {
    return gameId && new Game(gameId);
  }

  @FieldResolver(() => String, { nullable: true, description: 'The present title of `game`.' })
  async gameTitle(@Root() { gameId }: Activity, @Ctx() { em }: SocialContext) {
    return gameId && ((await load(em, GameCopy, gameId))?.title ?? null);
  }

  @FieldResolver(() => Build, { nullable: true, description: 'Of BUILD_PUBLISHED.' })
  build(@Root() { buildId }: Activity) {
    return buildId && new Build(buildId);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Of FRIEND_ADDED: the new friend.' })
  friend(@Root() { friendId }: Activity) {
    return friendId && new User(friendId);
  }
}

@Resolver(() => User)
export class UserActivityResolver {
  @FieldResolver(() => ActivityConnection, {
    nullable: true,
    description: 'What they did, newest first. Null for whom they do not show it to.',
  })
  async activities(
    @Root() { id }: User,
    @Args() args: ConnectionArgs,
    @Ctx() context: SocialContext,
  ) {
    if (!maySee(await relationTo(context, id), 'activity')) return null;
    return listOf(context.em, 'User.activities', { column: sql`e.user_id`, id }, args, {
      ...visibleActivities(context.viewer),
      orderBy: NEWEST_FIRST,
    });
  }
}
