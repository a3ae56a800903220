import {
  Authenticated,
  Connection,
  ConnectionArgs,
  execute,
  listOf,
  requireViewer,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { SocialContext } from '../context.js';
import { endFriendship, endRequest, requestBetween } from '../friendship/befriending.process.js';
import { Friendship } from '../friendship/friendship.entity.js';
import { pairOf } from '../user/pair.js';
import { SinceEdge } from '../user/since-edge.type.js';
import { lockUsers, UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';

@ObjectType({ description: 'Whom a user has blocked, newest first.' })
class BlockedUserConnection extends Connection(User, 'BlockedUser', SinceEdge) {}

@Resolver(() => User)
export class BlockResolver {
  @Mutation(() => User, {
    description:
      'Blocks somebody, who is not told: a friendship and requests end, and the two are hidden from each other here.',
  })
  @Authenticated()
  blockUser(@Arg('userId', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: viewerId } = requireViewer(context);
    const userId = uuidOf('User', id);
    const pair = pairOf(viewerId, userId);
    return transact(context.em, async tx => {
      await lockUsers(tx, [viewerId, userId]);
      const at = context.now();
      await execute(
        tx,
        sql`INSERT INTO block VALUES (${viewerId}, ${userId}, ${at}) ON CONFLICT DO NOTHING`,
      );
      const friendship = await tx.findOne(Friendship, { ...pair, areFriends: true });
      if (friendship) await endFriendship(tx, friendship, at);
      const request = await requestBetween(tx, viewerId, userId);
      if (request) await endRequest(tx, request, at);
      return new User(userId);
    });
  }

  @Mutation(() => User, {
    description: 'Takes a block back. What it has ended stays ended.',
  })
  @Authenticated()
  unblockUser(@Arg('userId', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: viewerId } = requireViewer(context);
    const userId = uuidOf('User', id);
    return transact(context.em, async tx => {
      await lockUsers(tx, [viewerId, userId]);
      const lifted = await execute(
        tx,
        sql`DELETE FROM block WHERE (blocker_id, blocked_id) = (${viewerId}, ${userId})`,
      );
      // What was asked for during the block was never heard, and is not heard now.
      const request = lifted > 0 && (await requestBetween(tx, viewerId, userId));
      if (request) await endRequest(tx, request, context.now());
      return new User(userId);
    });
  }

  @FieldResolver(() => BlockedUserConnection, {
    nullable: true,
    description: 'For its owner alone.',
  })
  blockedUsers(
    @Root() { id }: User,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: SocialContext,
  ) {
    if (viewer?.userId !== id) return null;
    return listOf(em, 'User.blockedUsers', { column: sql`b.blocker_id`, id }, args, {
      entity: UserCopy,
      from: sql`block AS b JOIN user_copy AS e ON e.id = b.blocked_id`,
      orderBy: [{ by: sql`b.since`, type: 'timestamptz', descending: true }],
      edge: { since: sql`b.since` },
    });
  }
}
