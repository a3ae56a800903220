import { Node, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { sql } from 'kysely';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { SocialContext } from '../context.js';
import { admits, isHidden } from '../user/relation.js';
import { idOf, loadVisible, type Visible } from '../visible.js';

export enum ActivityKind {
  GAME_ADDED = 'GAME_ADDED',
  BUILD_PUBLISHED = 'BUILD_PUBLISHED',
  ACHIEVEMENT_UNLOCKED = 'ACHIEVEMENT_UNLOCKED',
  FRIEND_ADDED = 'FRIEND_ADDED',
}

registerEnumType(ActivityKind, {
  name: 'ActivityKind',
  description: 'What somebody did. Clients must expect further values.',
  valuesConfig: {
    GAME_ADDED: { description: 'They bought a game, or were given one.' },
    BUILD_PUBLISHED: { description: 'They showed a build to everyone.' },
    ACHIEVEMENT_UNLOCKED: { description: 'They reached an achievement of a game.' },
    FRIEND_ADDED: { description: 'They became friends with somebody.' },
  },
});

/** A fact about somebody. The row stays for as long as the fact does: until a refund, say, or the end of a friendship. */
@Entity({ tableName: 'activity' })
@ObjectType({ description: 'What somebody did.' })
@Node<SocialContext, Activity>('Activity', (id, { em, viewer }) =>
  loadVisible(em, visibleActivities(viewer), id),
)
export class Activity {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => ActivityKind)
  @Property({ type: 'text' })
  kind!: ActivityKind;

  /** The aggregate that it tells of: no fact of a kind is told twice. */
  @Property({ type: 'uuid' })
  subjectId!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'uuid', nullable: true })
  gameId: string | null = null;

  @Property({ type: 'uuid', nullable: true })
  buildId: string | null = null;

  @Property({ type: 'uuid', nullable: true })
  friendId: string | null = null;

  @Field(() => String, { nullable: true, description: 'Of ACHIEVEMENT_UNLOCKED.' })
  @Property({ type: 'text', nullable: true })
  achievementName: string | null = null;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  at!: Date;
}

/**
 * By the present privacy of who did it: of their activity, and of what it tells of (their games, their friends).
 * A block hides both who did it and the friend whom it names. `u` is who did it.
 */
export function visibleActivities(viewer: Viewer | undefined): Visible<Activity> {
  const viewerId = idOf(viewer);
  return {
    entity: Activity,
    from: sql`activity AS e JOIN user_copy AS u ON u.id = e.user_id`,
    where: [
      admits('u', 'activity', viewerId),
      sql`CASE WHEN e.kind IN ('GAME_ADDED', 'ACHIEVEMENT_UNLOCKED') THEN ${admits('u', 'library', viewerId)}
               WHEN e.kind = 'FRIEND_ADDED' THEN ${admits('u', 'friends', viewerId)} ELSE true END`,
      sql`NOT ${isHidden(viewerId, sql`e.user_id`)}`,
      sql`NOT ${isHidden(viewerId, sql`e.friend_id`)}`,
    ],
  };
}
