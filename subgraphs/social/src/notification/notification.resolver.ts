import {
  type Announcement,
  Authenticated,
  badInput,
  Connection,
  ConnectionArgs,
  execute,
  listOf,
  loaderOf,
  query,
  requireViewer,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { Build } from '../build/build.stub.js';
import { Chat, visibleChats } from '../chat/chat.entity.js';
import type { SocialContext } from '../context.js';
import { Game } from '../game/game.stub.js';
import { User } from '../user/user.stub.js';
import { loadVisible } from '../visible.js';
import { Notification, NotificationKind, visibleNotifications } from './notification.entity.js';
import { MarkNotificationsInput, NotificationFilter } from './notification.inputs.js';

@ObjectType({ description: 'Notifications, newest first.' })
class NotificationConnection extends Connection(Notification, 'Notification') {}

@ObjectType({ description: 'Whether a user wants to be told of something.' })
class NotificationPreference {
  @Field(() => NotificationKind)
  kind!: NotificationKind;

  @Field(() => Boolean, { description: 'True until it is switched off.' })
  isEnabled!: boolean;
}

@Resolver(() => Notification)
export class NotificationResolver {
  @Mutation(() => User, {
    description: 'Keeps that notifications were shown. Returns the viewer, whose counts follow.',
  })
  @Authenticated()
  markNotificationsSeen(
    @Arg('input', () => MarkNotificationsInput) input: MarkNotificationsInput,
    @Ctx() context: SocialContext,
  ) {
    return mark(context, input, sql`seen_at = coalesce(seen_at, ${context.now()})`);
  }

  @Mutation(() => User, {
    description:
      'Keeps that notifications were opened, and so were shown. Returns the viewer, whose counts follow.',
  })
  @Authenticated()
  markNotificationsRead(
    @Arg('input', () => MarkNotificationsInput) input: MarkNotificationsInput,
    @Ctx() context: SocialContext,
  ) {
    const at = context.now();
    return mark(context, input, sql`seen_at = coalesce(seen_at, ${at}), read_at = ${at}`);
  }

  @Mutation(() => NotificationPreference, {
    description: 'Says whether the viewer wants to be told of something from now on.',
  })
  @Authenticated()
  async setNotificationPreference(
    @Arg('kind', () => NotificationKind) kind: NotificationKind,
    @Arg('isEnabled', () => Boolean) isEnabled: boolean,
    @Ctx() context: SocialContext,
  ) {
    const { userId } = requireViewer(context);
    await execute(
      context.em,
      sql`INSERT INTO notification_preference VALUES (${userId}, ${kind}, ${isEnabled})
          ON CONFLICT (user_id, kind) DO UPDATE SET is_enabled = excluded.is_enabled`,
    );
    return { kind, isEnabled };
  }

  @Subscription(() => Notification, {
    description: 'Each new notification of the viewer.',
    subscribe: ({ context }: { context: SocialContext }) => {
      const { userId } = requireViewer(context);
      return context.live.subscribe(
        [`notifications:${userId}`],
        async ({ id }) =>
          (await loadNotification({ ...context, em: context.em.fork() }, id)) !== null,
      );
    },
  })
  @Authenticated()
  notificationAdded(@Root() { id }: Announcement, @Ctx() context: SocialContext) {
    return loadNotification(context, id);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who did it.' })
  actor(@Root() { actorId }: Notification) {
    return actorId && new User(actorId);
  }

  @FieldResolver(() => Game, { nullable: true })
  game(@Root() { gameId }: Notification) {
    return gameId && new Game(gameId);
  }

  @FieldResolver(() => Build, { nullable: true })
  build(@Root() { buildId }: Notification) {
    return buildId && new Build(buildId);
  }

  @FieldResolver(() => Chat, { nullable: true, description: 'Null also when it was left since.' })
  chat(@Root() { chatId }: Notification, @Ctx() { em, viewer }: SocialContext) {
    return chatId && loadVisible(em, visibleChats(viewer), chatId);
  }
}

@Resolver(() => User)
export class UserNotificationsResolver {
  @FieldResolver(() => NotificationConnection, {
    nullable: true,
    description: 'For its owner alone.',
  })
  notifications(
    @Root() { id }: User,
    @Arg('filter', () => NotificationFilter, { nullable: true })
    filter: NotificationFilter | null | undefined,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: SocialContext,
  ) {
    if (viewer?.userId !== id) return null;
    const isRead = filter?.isRead ?? null;
    const { where, ...visible } = visibleNotifications(viewer);
    return listOf(em, `User.notifications ${isRead}`, { column: sql`e.user_id`, id }, args, {
      ...visible,
      where: isRead === null ? where : [...where, sql`(e.read_at IS NOT NULL) = ${isRead}`],
      orderBy: [{ by: sql`e.created_at`, type: 'timestamptz', descending: true }],
    });
  }

  @FieldResolver(() => Int, { nullable: true, description: 'For its owner alone.' })
  async unreadNotificationsCount(@Root() { id }: User, @Ctx() context: SocialContext) {
    return (await countsOf(context, id))?.unread ?? null;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'How many were not yet shown. For its owner alone.',
  })
  async unseenNotificationsCount(@Root() { id }: User, @Ctx() context: SocialContext) {
    return (await countsOf(context, id))?.unseen ?? null;
  }

  @FieldResolver(() => [NotificationPreference], {
    nullable: true,
    description: 'For each kind. For its owner alone.',
  })
  async notificationPreferences(@Root() { id }: User, @Ctx() { em, viewer }: SocialContext) {
    if (viewer?.userId !== id) return null;
    const rows = await query<{ kind: NotificationKind }>(
      em,
      sql`SELECT kind FROM notification_preference WHERE user_id = ${id} AND NOT is_enabled`,
    );
    const disabled = new Set(rows.map(({ kind }) => kind));
    return Object.values(NotificationKind).map(kind => ({ kind, isEnabled: !disabled.has(kind) }));
  }
}

function loadNotification({ em, viewer }: SocialContext, id: string): Promise<Notification | null> {
  return loadVisible(em, visibleNotifications(viewer), id);
}

interface Counts {
  unread: number;
  unseen: number;
}

/** Null for all but the viewer. */
function countsOf({ em, viewer }: SocialContext, userId: string): Promise<Counts> | null {
  if (viewer?.userId !== userId) return null;
  const loader = loaderOf<string, Counts>(em, 'User.notifications counts', async ids => {
    const { from, where } = visibleNotifications(viewer);
    const [counts] = await query<Counts>(
      em,
      sql`SELECT count(*)::int AS unread, (count(*) FILTER (WHERE e.seen_at IS NULL))::int AS unseen
          FROM ${from} WHERE ${sql.join([...where, sql`e.read_at IS NULL`], sql` AND `)}`,
    );
    return ids.map(() => counts!);
  });
  return loader.load(userId);
}

async function mark(
  context: SocialContext,
  { ids, upTo }: MarkNotificationsInput,
  change: ReturnType<typeof sql>,
): Promise<User> {
  const { userId } = requireViewer(context);
  if ((ids == null) === (upTo == null)) throw badInput('Give `ids` or `upTo`, one of the two.');
  const which = ids
    ? sql`id = ANY(${ids.map(id => uuidOf('Notification', id))}::uuid[])`
    : sql`created_at <= ${upTo}`;
  await execute(
    context.em,
    sql`UPDATE notification SET ${change} WHERE user_id = ${userId} AND read_at IS NULL AND ${which}`,
  );
  return new User(userId);
}
