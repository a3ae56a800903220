import { ConnectionArgs, listOf, Stub } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Arg, Args, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { Build } from '../build/build.entity.js';
import { BuildSort } from '../build/build.inputs.js';
import { BUILD_ORDERS, BuildConnection, BUILDS, IS_PUBLIC } from '../build/build.list.js';
import type { BuildsContext } from '../context.js';

@ObjectType()
@Stub<BuildsContext, Game>('Game', id => new Game(id))
export class Game {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}

@Resolver(() => Game)
export class GameResolver {
  @FieldResolver(() => BuildConnection, { description: 'The public builds of this game.' })
  builds(
    @Root() { id }: Game,
    @Arg('sort', () => BuildSort, { defaultValue: BuildSort.MOST_LIKED }) sort: BuildSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: BuildsContext,
  ) {
    return listOf(em, `Game.builds ${sort}`, { column: sql`e.game_id`, id }, args, {
      entity: Build,
      from: BUILDS,
      where: [IS_PUBLIC],
      orderBy: BUILD_ORDERS[sort],
    });
  }
}
