import { ConnectionArgs, listOf, Stub } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Args, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { Build } from '../build/build.entity.js';
import { BuildFilter, BuildSort } from '../build/build.inputs.js';
import {
  BUILD_ORDERS,
  BuildConnection,
  BUILDS,
  conditionsOf,
  isListedFor,
} from '../build/build.list.js';
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
    @Arg('filter', () => BuildFilter, {
      nullable: true,
      description: 'Such as `{ needsReview: true }` for those that a patch concerns.',
    })
    filter: BuildFilter | null | undefined,
    @Arg('sort', () => BuildSort, { defaultValue: BuildSort.NEWEST }) sort: BuildSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em, viewer }: BuildsContext,
  ) {
    return listOf(
      em,
      `User.builds ${sort} ${JSON.stringify(filter ?? {})}`,
      { column: sql`e.author_id`, id },
      args,
      {
        entity: Build,
        from: BUILDS,
        where: [isListedFor(viewer), ...conditionsOf(filter ?? {})],
        orderBy: BUILD_ORDERS[sort],
      },
    );
  }
}
