import type { NotificationState } from '@gamegraph/event-contracts';
import { Node, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { sql } from 'kysely';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { SocialContext } from '../context.js';
import { isHidden } from '../user/relation.js';
import { idOf, loadVisible, type Visible } from '../visible.js';

export enum NotificationKind {
  FRIEND_REQUEST = 'FRIEND_REQUEST',
  FRIEND_ACCEPTED = 'FRIEND_ACCEPTED',
  MESSAGE = 'MESSAGE',
  BUILD_NEEDS_REVIEW = 'BUILD_NEEDS_REVIEW',
}

registerEnumType(NotificationKind, {
  name: 'NotificationKind',
  description: 'What a notification is about. Clients must expect further values.',
  valuesConfig: {
    FRIEND_REQUEST: { description: '`actor` wants to be friends.' },
    FRIEND_ACCEPTED: { description: '`actor` is a friend now, as was asked.' },
    MESSAGE: {
      description: '`actor` wrote in `chat`, where all had been read. What follows is not told.',
    },
    BUILD_NEEDS_REVIEW: { description: 'A patch of `game` concerns `build`.' },
  },
});

/** What it says is derived from its kind and from whom and what it names, so that it is never out of date. */
@Entity({ tableName: 'notification' })
@ObjectType({ description: 'Something that a user is to be told. The client puts it into words.' })
@Node<SocialContext, Notification>('Notification', (id, { em, viewer }) =>
  loadVisible(em, visibleNotifications(viewer), id),
)
export class Notification {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Field(() => NotificationKind)
  @Property({ type: 'text' })
  kind!: NotificationKind;

  /** No two of a user and kind have the same. */
  @Property({ type: 'text' })
  dedupeKey!: string;

  @Property({ type: 'uuid', nullable: true })
  actorId: string | null = null;

  @Property({ type: 'uuid', nullable: true })
  gameId: string | null = null;

  @Property({ type: 'uuid', nullable: true })
  buildId: string | null = null;

  @Property({ type: 'uuid', nullable: true })
  chatId: string | null = null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it was first shown in a list.' })
  @Property({ type: 'timestamptz', nullable: true })
  seenAt: Date | null = null;

  @Field(() => Date, { nullable: true, description: 'When it was opened, or had no more to tell.' })
  @Property({ type: 'timestamptz', nullable: true })
  readAt: Date | null = null;

  state(): NotificationState {
    const { id, userId, kind, createdAt } = this;
    return { id, userId, kind, createdAt: createdAt.toISOString() };
  }
}

/** A user's own, but for those about whom a block hides. */
export function visibleNotifications(viewer: Viewer | undefined): Visible<Notification> {
  const viewerId = idOf(viewer);
  return {
    entity: Notification,
    from: sql`notification AS e`,
    where: [sql`e.user_id = ${viewerId}`, sql`NOT ${isHidden(viewerId, sql`e.actor_id`)}`],
  };
}
