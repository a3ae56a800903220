import { Node, type Viewer } from '@gamegraph/subgraph-kit';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { sql } from 'kysely';
import { Field, ID, ObjectType } from 'type-graphql';
import { v7 as uuidv7 } from 'uuid';
import type { SocialContext } from '../context.js';
import { isHidden } from '../user/relation.js';
import { idOf, loadVisible, type Visible } from '../visible.js';

/**
 * An open request. It ends by being accepted, declined or cancelled, by a request the other way, which accepts it, and
 * by a block; then the row is gone. No two users have more than one, whoever sent it.
 */
@Entity({ tableName: 'friend_request' })
@ObjectType({
  description: 'Somebody wants to be friends with somebody, who has not answered yet.',
})
@Node<SocialContext, FriendRequest>('FriendRequest', (id, { em, viewer }) =>
  loadVisible(em, visibleRequests(viewer), id),
)
export class FriendRequest {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id: string = uuidv7();

  @Property({ type: 'uuid' })
  fromId!: string;

  @Property({ type: 'uuid' })
  toId!: string;

  @Field(() => Date)
  @Property({ type: 'timestamptz' })
  sentAt!: Date;

  static send(fromId: string, toId: string, at: Date): FriendRequest {
    return Object.assign(new FriendRequest(), { fromId, toId, sentAt: at });
  }
}

/** A request is for its two users; whoever has blocked its sender does not know of it. */
export function visibleRequests(viewer: Viewer | undefined): Visible<FriendRequest> {
  const viewerId = idOf(viewer);
  return {
    entity: FriendRequest,
    from: sql`friend_request AS e`,
    where: [
      sql`(e.from_id = ${viewerId} OR e.to_id = ${viewerId} AND NOT ${isHidden(viewerId, sql`e.from_id`)})`,
    ],
  };
}
