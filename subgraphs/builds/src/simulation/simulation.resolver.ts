import type { Content, RuleItem } from '@gamegraph/rules';
import {
  type Announcement,
  Authenticated,
  badInput,
  notFound,
  Public,
  requireViewer,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import {
  Arg,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { contentOf } from '../build/build-content.js';
import { Build, loadVisible, requireVisible } from '../build/build.entity.js';
import { askFor } from '../computation/computation-asking.js';
import { watchComputation } from '../computation/computation-view.js';
import type { BuildsContext } from '../context.js';
import type { SimulationMaterial, SimulationQuestion } from './simulation.computation.js';
import { SimulateBuildInput } from './simulation.inputs.js';
import { loadSimulation, Simulation } from './simulation.type.js';

@Resolver(() => Simulation)
export class SimulationResolver {
  @Mutation(() => Simulation, {
    description:
      'Has a build fight, as it is now. Goes on in the background: `simulationProgress` tells how far it has come.',
  })
  @Authenticated()
  async simulateBuild(
    @Arg('input', () => SimulateBuildInput) input: SimulateBuildInput,
    @Ctx() context: BuildsContext,
  ): Promise<Simulation> {
    const { fight: key, seed, iterations, precision = null } = input;
    const build = await requireVisible(context, uuidOf('Build', input.buildId));
    const opponent =
      input.opponentId == null
        ? null
        : await requireVisible(context, uuidOf('Build', input.opponentId));
    const data = await context.gameData.newest(context.em, build.gameId);
    const fights = data?.rules.rules.fights ?? [];
    const fight = fights.find(one => one.key === key);
    if (!fight) {
      const known = fights.map(one => one.key).join(', ') || 'none';
      throw badInput(`There is no fight ${JSON.stringify(key)} in this game. There are: ${known}.`);
    }
    if (fight.target && opponent)
      throw badInput(`${fight.name} is against a target: leave opponentId out.`);
    if (!fight.target && !opponent)
      throw badInput(`${fight.name} is a fight of two builds: say the other by opponentId.`);
    if (opponent && opponent.gameId !== build.gameId)
      throw badInput('Both builds are of one game.');
    const question: SimulationQuestion = {
      ...{ buildId: build.id, opponentId: opponent?.id ?? null, dataVersion: data!.version },
      ...{ fight: key, seed, iterations, precision },
    };
    const material: SimulationMaterial = {
      build: plain((await contentOf(context, build)).content),
      opponent: opponent && plain((await contentOf(context, opponent)).content),
    };
    const id = await askFor(context, requireViewer(context).userId, {
      ...{ kind: 'SIMULATION', gameDataId: data!.id, question, material },
      buildIds: [...new Set([build.id, opponent?.id ?? build.id])],
    });
    const simulation = await loadSimulation(id, { ...context, em: context.em.fork() });
    if (!simulation) throw notFound('Simulation');
    return simulation;
  }

  @Query(() => Simulation, { nullable: true, description: 'For whoever may see its builds.' })
  @Public()
  simulation(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return loadSimulation(uuidOf('Simulation', id), context);
  }

  @Subscription(() => Simulation, {
    description: 'The simulation as it is, then each time that it has come further, until it ends.',
    subscribe: ({ args, context }: { args: { id: string }; context: BuildsContext }) =>
      watchComputation(context, uuidOf('Simulation', args.id)),
  })
  @Public()
  async simulationProgress(
    @Root() { id }: Announcement,
    @Arg('id', () => ID) _id: string,
    @Ctx() context: BuildsContext,
  ) {
    const simulation = await loadSimulation(id, context);
    if (!simulation) throw notFound('Simulation');
    return simulation;
  }

  @FieldResolver(() => Build)
  build(@Root() { question }: Simulation, @Ctx() context: BuildsContext) {
    return requireVisible(context, question.buildId);
  }

  @FieldResolver(() => Build, { nullable: true, description: 'In a fight of two builds.' })
  opponent(@Root() { question }: Simulation, @Ctx() context: BuildsContext) {
    return question.opponentId === null ? null : loadVisible(context, question.opponentId);
  }
}

/** What a build consists of, by itself. */
function plain({ placements, parameters }: Content): Content {
  return {
    placements: placements.map(({ slot, item, socket }) => ({
      ...{ slot, item: item && plainItem(item) },
      ...(socket && { socket }),
    })),
    parameters,
  };
}

function plainItem({ key, name, category, slots, attributes, isRemoved }: RuleItem): RuleItem {
  return { key, name, category, slots, attributes, isRemoved };
}
