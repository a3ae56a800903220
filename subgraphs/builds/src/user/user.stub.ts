import { ConnectionArgs, listOf, Stub } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Args, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { Build } from '../build/build.entity.js';
import { BuildSort } from '../build/build.inputs.js';
import { BUILD_ORDERS, BuildConnection, BUILDS, isListedFor } from '../build/build.list.js';
import type { BuildsContext } from '../context.js';

@ObjectType()
@Stub<BuildsContext, User>('User', id => new User(id))
export class User {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}

@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => BuildConnection, {
    description: 'The builds that somebody has made: their public ones; to themselves, all.',
  })
  builds(
    @Root() { id }: User,
    @Arg('sort', () => BuildSort, { defaultValue: BuildSort.NEWEST }) sort: BuildSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: BuildsContext,
  ) {
    return listOf(em, `User.builds ${sort}`, { column: sql`e.author_id`, id }, args, {
      entity: Build,
      from: BUILDS,
      where: [isListedFor(viewer)],
      orderBy: BUILD_ORDERS[sort],
    });
  }
}
