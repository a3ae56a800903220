import { ConnectionArgs, listOf } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { SocialContext } from '../context.js';
import { FriendConnection } from '../friendship/friend-connection.type.js';
import { admits } from '../user/relation.js';
import { UserCopy } from '../user/user.projection.js';
import { idOf } from '../visible.js';
import { Game } from './game.stub.js';

@Resolver(() => Game)
export class GameResolver {
  @FieldResolver(() => FriendConnection, {
    nullable: true,
    description:
      'The friends of the viewer who own it and show their library. Null for who is not logged in.',
  })
  friendsWhoOwn(
    @Root() { id }: Game,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: SocialContext,
  ) {
    if (!viewer) return null;
    const viewerId = idOf(viewer);
    return listOf(em, 'Game.friendsWhoOwn', { column: sql`owned.game_id`, id }, args, {
      entity: UserCopy,
      from: sql`friend AS f JOIN user_copy AS e ON e.id = f.friend_id
                JOIN library_entry_copy AS owned ON owned.user_id = f.friend_id`,
      where: [sql`f.user_id = ${viewerId}`, sql`owned.is_owned`, admits('e', 'library', viewerId)],
      orderBy: [{ by: sql`e.handle`, type: 'text' }],
      edge: { since: sql`f.since` },
    });
  }
}
