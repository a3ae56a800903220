import {
  Authenticated,
  Connection,
  ConnectionArgs,
  listOf,
  load,
  notFound,
  type Order,
  requireViewer,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { hasBlocked } from '../block/block.js';
import type { SocialContext } from '../context.js';
import { NotificationKind } from '../notification/notification.entity.js';
import { notify } from '../notification/notify.js';
import { pairOf } from '../user/pair.js';
import { isHidden, maySee, relationTo } from '../user/relation.js';
import { lockUsers, UserCopy } from '../user/user.projection.js';
import { User } from '../user/user.stub.js';
import { idOf } from '../visible.js';
import { befriend, endFriendship, endRequest, requestBetween } from './befriending.process.js';
import { FriendConnection } from './friend-connection.type.js';
import { FriendRequest, visibleRequests } from './friend-request.entity.js';
import { FriendshipStatus } from './friendship-status.js';
import { Friendship } from './friendship.entity.js';
import { FriendRequestDirection, FriendSort } from './friendship.inputs.js';
import {
  FriendRequestsLimitReached,
  FriendsLimitReached,
  OPEN_REQUESTS_MAX,
  UserBlocked,
} from './friendship.refusals.js';

@ObjectType({ description: 'Open friend requests of a user, newest first.' })
class FriendRequestConnection extends Connection(FriendRequest, 'FriendRequest') {}

const SendFriendRequestResult = createUnionType({
  name: 'SendFriendRequestResult',
  description: 'The other user, whose `friendship` says what came of it.',
  types: () => [User, UserBlocked, FriendsLimitReached, FriendRequestsLimitReached] as const,
});

const AcceptFriendRequestResult = createUnionType({
  name: 'AcceptFriendRequestResult',
  description: 'The new friend.',
  types: () => [User, FriendsLimitReached] as const,
});

const ORDERS: Record<FriendSort, Order[]> = {
  [FriendSort.HANDLE]: [{ by: sql`e.handle`, type: 'text' }],
  [FriendSort.SINCE]: [{ by: sql`f.since`, type: 'timestamptz', descending: true }],
};

@Resolver(() => User)
export class FriendshipResolver {
  @Mutation(() => SendFriendRequestResult, {
    description:
      'Asks somebody to be friends, once however often it is called. Makes friends at once when they have asked too.',
  })
  @Authenticated()
  sendFriendRequest(@Arg('userId', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: viewerId } = requireViewer(context);
    const userId = uuidOf('User', id);
    const pair = pairOf(viewerId, userId);
    return transact(context.em, async tx => {
      await lockUsers(tx, [viewerId, userId]);
      const at = context.now();
      const other = new User(userId);
      if (await hasBlocked(tx, viewerId, userId)) return new UserBlocked();
      if (await tx.findOne(Friendship, { ...pair, areFriends: true })) return other;
      const open = await requestBetween(tx, viewerId, userId);
      if (open?.fromId === viewerId) return other;
      if (open) return (await befriend(tx, open, at)) ?? other;
      const sent = await tx.count(FriendRequest, { fromId: viewerId });
      if (sent >= OPEN_REQUESTS_MAX) return new FriendRequestsLimitReached();
      const request = FriendRequest.send(viewerId, userId, at);
      tx.persist(request);
      const kind = NotificationKind.FRIEND_REQUEST;
      await notify(tx, [{ userId, kind, dedupeKey: request.id, actorId: viewerId }], at);
      return other;
    });
  }

  @Mutation(() => AcceptFriendRequestResult, { description: 'Makes a friend of who asked.' })
  @Authenticated()
  acceptFriendRequest(@Arg('id', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: toId } = requireViewer(context);
    return transact(context.em, async tx => {
      const request = await holdRequest(tx, { id: uuidOf('FriendRequest', id), toId });
      if (await hasBlocked(tx, toId, request.fromId)) throw notFound('FriendRequest');
      return (await befriend(tx, request, context.now())) ?? new User(request.fromId);
    });
  }

  @Mutation(() => User, { description: 'Ends a request to the viewer. Who asked is not told.' })
  @Authenticated()
  declineFriendRequest(@Arg('id', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: toId } = requireViewer(context);
    return transact(context.em, async tx => {
      const request = await holdRequest(tx, { id: uuidOf('FriendRequest', id), toId });
      await endRequest(tx, request, context.now());
      return new User(request.fromId);
    });
  }

  @Mutation(() => User, { description: 'Takes a request of the viewer back.' })
  @Authenticated()
  cancelFriendRequest(@Arg('id', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: fromId } = requireViewer(context);
    return transact(context.em, async tx => {
      const request = await holdRequest(tx, { id: uuidOf('FriendRequest', id), fromId });
      await endRequest(tx, request, context.now());
      return new User(request.toId);
    });
  }

  @Mutation(() => User, {
    description: 'Ends a friendship, if there is one. The other is not told.',
  })
  @Authenticated()
  unfriend(@Arg('userId', () => ID) id: string, @Ctx() context: SocialContext) {
    const { userId: viewerId } = requireViewer(context);
    const userId = uuidOf('User', id);
    const pair = pairOf(viewerId, userId);
    return transact(context.em, async tx => {
      await lockUsers(tx, [viewerId, userId]);
      const friendship = await tx.findOne(Friendship, { ...pair, areFriends: true });
      if (friendship) await endFriendship(tx, friendship, context.now());
      return new User(userId);
    });
  }

  @FieldResolver(() => FriendConnection, {
    nullable: true,
    description: 'Null for whom they do not show their friends to.',
  })
  async friends(
    @Root() { id }: User,
    @Arg('sort', () => FriendSort, { defaultValue: FriendSort.HANDLE }) sort: FriendSort,
    @Args() args: ConnectionArgs,
    @Ctx() context: SocialContext,
  ) {
    if (!maySee(await relationTo(context, id), 'friends')) return null;
    const viewerId = idOf(context.viewer);
    return listOf(context.em, `User.friends ${sort}`, { column: sql`f.user_id`, id }, args, {
      entity: UserCopy,
      from: sql`friend AS f JOIN user_copy AS e ON e.id = f.friend_id`,
      where: [sql`NOT ${isHidden(viewerId, sql`e.id`)}`],
      orderBy: ORDERS[sort],
      edge: { since: sql`f.since` },
    });
  }

  @FieldResolver(() => FriendConnection, {
    nullable: true,
    description: 'Who is a friend of theirs, and of the viewer. Null where `friends` is.',
  })
  async mutualFriends(
    @Root() { id }: User,
    @Args() args: ConnectionArgs,
    @Ctx() context: SocialContext,
  ) {
    if (!maySee(await relationTo(context, id), 'friends')) return null;
    const viewerId = idOf(context.viewer);
    return listOf(context.em, 'User.mutualFriends', { column: sql`f.user_id`, id }, args, {
      entity: UserCopy,
      from: sql`friend AS f JOIN user_copy AS e ON e.id = f.friend_id
                JOIN friend AS mine ON mine.friend_id = e.id AND mine.user_id = ${viewerId}`,
      orderBy: ORDERS[FriendSort.HANDLE],
      edge: { since: sql`f.since` },
    });
  }

  @FieldResolver(() => FriendshipStatus, {
    nullable: true,
    description: 'What they are to the viewer. Null for oneself, and for who is not logged in.',
  })
  async friendship(@Root() { id }: User, @Ctx() context: SocialContext) {
    const relation = context.viewer && (await relationTo(context, id));
    if (!relation || relation.isViewer) return null;
    if (relation.isBlocked) return FriendshipStatus.BLOCKED;
    if (relation.areFriends) return FriendshipStatus.FRIENDS;
    if (relation.requestFromId === null) return FriendshipStatus.NONE;
    return relation.requestFromId === id
      ? FriendshipStatus.REQUEST_RECEIVED
      : FriendshipStatus.REQUEST_SENT;
  }

  @FieldResolver(() => FriendRequest, {
    nullable: true,
    description: 'The open request between them and the viewer, whoever sent it.',
  })
  async friendRequest(@Root() { id }: User, @Ctx() context: SocialContext) {
    const relation = await relationTo(context, id);
    if (!relation?.requestId || relation.isBlocked) return null;
    return load(context.em, FriendRequest, relation.requestId);
  }

  @FieldResolver(() => FriendRequestConnection, {
    nullable: true,
    description: 'For its owner alone.',
  })
  friendRequests(
    @Root() { id }: User,
    @Arg('direction', () => FriendRequestDirection) direction: FriendRequestDirection,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: SocialContext,
  ) {
    if (viewer?.userId !== id) return null;
    const column = direction === FriendRequestDirection.SENT ? sql`e.from_id` : sql`e.to_id`;
    return listOf(em, `User.friendRequests ${direction}`, { column, id }, args, {
      ...visibleRequests(viewer),
      orderBy: [{ by: sql`e.sent_at`, type: 'timestamptz', descending: true }],
    });
  }
}

@Resolver(() => FriendRequest)
export class FriendRequestResolver {
  @FieldResolver(() => User, { description: 'Who asks.' })
  from(@Root() { fromId }: FriendRequest) {
    return new User(fromId);
  }

  @FieldResolver(() => User, { description: 'Who is asked.' })
  to(@Root() { toId }: FriendRequest) {
    return new User(toId);
  }
}

/** An open request, and with it both users' rows: nobody else ends it meanwhile. */
async function holdRequest(
  tx: EntityManager,
  which: { id: string } & ({ toId: string } | { fromId: string }),
): Promise<FriendRequest> {
  const found = await tx.findOne(FriendRequest, which);
  if (!found) throw notFound('FriendRequest');
  await lockUsers(tx, [found.fromId, found.toId]);
  // Between the look and the lock it may have been answered.
  const request = await tx.findOne(FriendRequest, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!request) throw notFound('FriendRequest');
  return request;
}
