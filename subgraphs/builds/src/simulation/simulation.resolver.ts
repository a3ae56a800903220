import {
  type Announcement,
  Authenticated,
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
import { Build, loadVisible, requireVisible } from '../build/build.entity.js';
import { askFor } from '../computation/computation-asking.js';
import { watchComputation } from '../computation/computation-view.js';
import type { BuildsContext } from '../context.js';
import { fightOf, plainContentOf } from './fight-asked.js';
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
    const { seed, iterations, precision = null } = input;
    const build = await requireVisible(context, uuidOf('Build', input.buildId));
    const { fight, opponent, data } = await fightOf(context, [build], input);
    const question: SimulationQuestion = {
      ...{ buildId: build.id, opponentId: opponent?.id ?? null, dataVersion: data.version },
      ...{ fight: fight.key, seed, iterations, precision },
    };
    const material: SimulationMaterial = {
      build: await plainContentOf(context, build),
      opponent: opponent && (await plainContentOf(context, opponent)),
    };
    const id = await askFor(context, requireViewer(context).userId, {
      ...{ kind: 'SIMULATION', gameDataId: data.id, question, material },
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
