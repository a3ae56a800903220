import {
  Connection,
  ConnectionArgs,
  list,
  type Order,
  RequiresScopes,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import type { BuildsContext } from '../context.js';

/** A group of builds, not a table: the list that makes it says from what. */
@Entity({ expression: 'SELECT' })
@ObjectType({ description: 'The public builds of the authors of one region.' })
export class RegionBuilds {
  /** Of the region's name, so that the order of a list is total. */
  @Property({ type: 'uuid' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'ISO 3166-1 alpha-2; null for authors who do not say.',
  })
  @Property({ type: 'text', nullable: true })
  region!: string | null;

  @Field(() => Int)
  @Property({ type: 'integer' })
  buildsCount!: number;

  @Field(() => Int)
  @Property({ type: 'integer' })
  authorsCount!: number;

  @Field(() => Int)
  @Property({ type: 'integer' })
  likesCount!: number;
}

@ObjectType({ description: 'Regions, with the public builds of their authors.' })
class RegionBuildsConnection extends Connection(RegionBuilds, 'RegionBuilds') {}

@InputType({ description: 'Which builds to count.' })
class RegionBuildsFilter {
  @Field(() => ID, { nullable: true })
  gameId?: string | null;
}

enum RegionBuildsSort {
  BUILDS_COUNT = 'BUILDS_COUNT',
  AUTHORS_COUNT = 'AUTHORS_COUNT',
  LIKES_COUNT = 'LIKES_COUNT',
  REGION = 'REGION',
}

registerEnumType(RegionBuildsSort, {
  name: 'RegionBuildsSort',
  description: 'The order of regions; counts from high to low.',
});

const ORDERS: Record<RegionBuildsSort, Order[]> = {
  [RegionBuildsSort.BUILDS_COUNT]: [{ by: sql`e.builds_count`, type: 'int8', descending: true }],
  [RegionBuildsSort.AUTHORS_COUNT]: [{ by: sql`e.authors_count`, type: 'int8', descending: true }],
  [RegionBuildsSort.LIKES_COUNT]: [{ by: sql`e.likes_count`, type: 'int8', descending: true }],
  [RegionBuildsSort.REGION]: [{ by: sql`coalesce(e.region, '')`, type: 'text' }],
};

@Resolver()
export class RegionBuildsResolver {
  @Query(() => RegionBuildsConnection, {
    description: 'The public builds, counted by the region of their authors.',
  })
  @RequiresScopes('analytics:read')
  buildsByRegion(
    @Arg('filter', () => RegionBuildsFilter, { nullable: true })
    filter: RegionBuildsFilter | null | undefined,
    @Arg('sort', () => RegionBuildsSort, { defaultValue: RegionBuildsSort.BUILDS_COUNT })
    sort: RegionBuildsSort,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: BuildsContext,
  ) {
    const gameId = filter?.gameId == null ? undefined : uuidOf('Game', filter.gameId);
    return list(em, args, {
      entity: RegionBuilds,
      from: sql`(
        SELECT md5(coalesce(u.region, ''))::uuid AS id, u.region, count(*)::int AS builds_count,
               count(DISTINCT b.author_id)::int AS authors_count, sum(b.likes_count)::int AS likes_count
        FROM build AS b LEFT JOIN user_copy AS u ON u.id = b.author_id
        WHERE b.visibility = 'PUBLIC' ${gameId === undefined ? sql`` : sql`AND b.game_id = ${gameId}`}
        GROUP BY u.region) AS e`,
      orderBy: ORDERS[sort],
    });
  }
}
