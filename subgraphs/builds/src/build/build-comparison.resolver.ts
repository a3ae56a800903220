import { type StatValue, withoutNoise } from '@gamegraph/rules';
import { badInput, Public, uuidOf } from '@gamegraph/subgraph-kit';
import { Arg, Ctx, Field, Float, ID, ObjectType, Query, Resolver } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { contentOf } from './build-content.js';
import { BuildItem } from './build-item.type.js';
import { BuildParameter } from './build-outcome.type.js';
import { Build, requireVisible } from './build.entity.js';

const BUILDS_MIN = 2;
const BUILDS_MAX = 8;

@ObjectType({ description: 'A figure of several builds.' })
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

  @Field(() => [Float], {
    nullable: 'items',
    description: 'How much more each has than the first; null where one of the two has no value.',
  })
  differences!: (number | null)[];
}

@ObjectType({ description: 'A slot that does not hold the same in all builds.' })
class BuildSlotComparison {
  @Field(() => String, { description: 'Its key.' })
  slot!: string;

  @Field(() => [[BuildItem]], { description: 'What each build has in it, in their order.' })
  items!: BuildItem[][];

  @Field(() => [Float], {
    nullable: true,
    description:
      'What it costs each build, in their order; null where the game says of nothing what it costs.',
  })
  costs!: number[] | null;
}

@ObjectType({ description: 'A parameter that was not chosen alike in all builds.' })
class BuildParameterComparison {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => [BuildParameter], { description: 'That of each build, in their order.' })
  choices!: BuildParameter[];
}

@ObjectType({ description: 'Builds of one game beside each other.' })
class BuildComparison {
  @Field(() => [Build], { description: 'In the order that was asked for.' })
  builds!: Build[];

  @Field(() => [BuildStatComparison], { description: 'All stats of the game.' })
  stats!: BuildStatComparison[];

  @Field(() => BuildStatComparison, {
    nullable: true,
    description:
      'What they cost, in the game’s own money; null where the game says of nothing what it costs.',
  })
  cost!: BuildStatComparison | null;

  @Field(() => [BuildSlotComparison], {
    description: 'The slots that differ, be it in which socket something is.',
  })
  items!: BuildSlotComparison[];

  @Field(() => [BuildParameterComparison], { description: 'The parameters that differ.' })
  parameters!: BuildParameterComparison[];
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
    const costs = contents.flatMap(({ cost }) => cost ?? []);
    const chosen = contents.map(({ parameters }) => parameters);
    return {
      builds,
      stats: stats[0]!.map((_, n) => beside(stats.map(ofBuild => ofBuild[n]!))),
      cost: costs.length > 0 ? beside(costs) : null,
      items: slotsThatDiffer(
        contents.map(({ buildItems }) => buildItems),
        costs.length > 0,
      ),
      parameters: chosen[0]!
        .map(({ key, name }, n) => ({ key, name, choices: chosen.map(ofBuild => ofBuild[n]!) }))
        .filter(({ choices: [first, ...others] }) =>
          others.some(one => one.value !== first!.value || one.choice !== first!.choice),
        ),
    };
  }
}

function beside(stats: StatValue[]): BuildStatComparison {
  const [{ key, name, unit, value: first }] = stats as [StatValue];
  const values = stats.map(({ value }) => value);
  const differences = values.map(value =>
    value === null || first === null ? null : withoutNoise(value - first),
  );
  return { key, name, unit, values, differences };
}

/** Whatever the order of the items within a slot. */
function slotsThatDiffer(builds: BuildItem[][], haveCosts: boolean): BuildSlotComparison[] {
  const keys = new Set(builds.flatMap(items => items.map(({ slot }) => slot)));
  return [...keys]
    .map(slot => {
      const items = builds.map(all => all.filter(one => one.slot === slot));
      const costs = items.map(all => all.reduce((sum, { cost }) => sum + (cost ?? 0), 0));
      const marks = items.map((all, n) => all.map(one => markOf(one, builds[n]!)).sort());
      return { slot, items, costs: haveCosts ? costs : null, marks: new Set(marks.map(String)) };
    })
    .filter(({ marks }) => marks.size > 1);
}

/** The same for the same item in the same place: of what is in a socket, whose it is. */
function markOf({ item, socket }: BuildItem, items: BuildItem[]): string {
  if (!socket) return item.id;
  const host = items[socket.of];
  return [item.id, host?.slot, host?.position, socket.index].join(' ');
}
