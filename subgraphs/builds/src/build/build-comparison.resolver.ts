import { badInput, Public, uuidOf } from '@gamegraph/subgraph-kit';
import { Arg, Ctx, Field, Float, ID, ObjectType, Query, Resolver } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { contentOf } from './build-content.js';
import { BuildItem } from './build-item.type.js';
import { Build, requireVisible } from './build.entity.js';

const BUILDS_MIN = 2;
const BUILDS_MAX = 8;

@ObjectType({ description: 'A stat of several builds.' })
class BuildStatComparison {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => [Float], {
    nullable: 'items',
    description: 'One for each build, in their order; null where it has no value.',
  })
  values!: (number | null)[];
}

@ObjectType({ description: 'A slot that does not hold the same in all builds.' })
class BuildSlotComparison {
  @Field(() => String, { description: 'Its key.' })
  slot!: string;

  @Field(() => [[BuildItem]], { description: 'What each build has in it, in their order.' })
  items!: BuildItem[][];
}

@ObjectType({ description: 'Builds of one game beside each other.' })
class BuildComparison {
  @Field(() => [Build], { description: 'In the order that was asked for.' })
  builds!: Build[];

  @Field(() => [BuildStatComparison], { description: 'All stats of the game.' })
  stats!: BuildStatComparison[];

  @Field(() => [BuildSlotComparison], { description: 'The slots that differ.' })
  items!: BuildSlotComparison[];
}

@Resolver()
export class BuildComparisonResolver {
  @Query(() => BuildComparison, {
    description: `Compares ${BUILDS_MIN} to ${BUILDS_MAX} builds of one game.`,
  })
  @Public()
  async compareBuilds(
    @Arg('ids', () => [ID]) ids: string[],
    @Ctx() context: BuildsContext,
  ): Promise<BuildComparison> {
    const uuids = [...new Set(ids.map(id => uuidOf('Build', id)))];
    if (uuids.length < BUILDS_MIN || uuids.length > BUILDS_MAX) {
      throw badInput(`Name ${BUILDS_MIN} to ${BUILDS_MAX} builds, each of them once.`);
    }
    const builds = await Promise.all(uuids.map(uuid => requireVisible(context, uuid)));
    if (builds.some(({ gameId }) => gameId !== builds[0]!.gameId)) {
      throw badInput('Builds of one game can be compared, not of several.');
    }
    const contents = await Promise.all(builds.map(build => contentOf(context, build)));
    const stats = contents.map(({ outcome }) => outcome.stats);
    return {
      builds,
      stats: stats[0]!.map(({ key, name, unit }, n) => ({
        ...{ key, name, unit },
        values: stats.map(ofBuild => ofBuild[n]!.value),
      })),
      items: slotsThatDiffer(contents.map(({ buildItems }) => buildItems)),
    };
  }
}

/** Whatever the order of the items within a slot. */
function slotsThatDiffer(builds: BuildItem[][]): BuildSlotComparison[] {
  const keys = new Set(builds.flatMap(items => items.map(({ slot }) => slot)));
  return [...keys]
    .map(slot => ({ slot, items: builds.map(items => items.filter(one => one.slot === slot)) }))
    .filter(({ items }) => new Set(items.map(idsOf)).size > 1);
}

function idsOf(items: BuildItem[]): string {
  return items
    .map(({ item }) => item.id)
    .sort()
    .join();
}
