import {
  type Announcement,
  Authenticated,
  badInput,
  notFound,
  Public,
  requireViewer,
  tryUuidOf,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import {
  Arg,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { type Build, loadVisible, requireVisible } from '../build/build.entity.js';
import { askFor } from '../computation/computation-asking.js';
import { watchComputation } from '../computation/computation-view.js';
import type { BuildsContext } from '../context.js';
import type { GameData } from '../game-data/game-data-versions.js';
import { findItems } from '../item/item.projection.js';
import { Item } from '../item/item.stub.js';
import { fightOf, plainContentOf, plainItem } from './fight-asked.js';
import type {
  BatchChoice,
  BatchMaterial,
  BatchQuestion,
  Contestant,
} from './simulation-batch.computation.js';
import { CONTESTANTS_MAX, SimulateBuildsInput } from './simulation-batch.inputs.js';
import {
  loadSimulationBatch,
  SimulatedContestant,
  SimulationBatch,
} from './simulation-batch.type.js';

const RESULTS_MAX = 100;

@Resolver(() => SimulationBatch)
export class SimulationBatchResolver {
  @Mutation(() => SimulationBatch, {
    description:
      'Has several builds fight, or builds with several items, as they are now, and ranks them. Goes on in the background: ' +
      '`simulationBatchProgress` tells how far it has come.',
  })
  @Authenticated()
  async simulateBuilds(
    @Arg('input', () => SimulateBuildsInput) input: SimulateBuildsInput,
    @Ctx() context: BuildsContext,
  ): Promise<SimulationBatch> {
    const { seed, iterations, precision = null, isLowestFirst } = input;
    const buildIds = [...new Set(input.buildIds.map(id => uuidOf('Build', id)))];
    const builds = await Promise.all(buildIds.map(id => requireVisible(context, id)));
    const { fight, opponent, data } = await fightOf(context, builds, input);
    const rankBy = input.rankBy ?? fight.measures[0]!.key;
    if (!fight.measures.some(({ key }) => key === rankBy))
      throw badInput(
        `${fight.name} has no measure ${JSON.stringify(rankBy)}. It has: ${fight.measures.map(({ key }) => key).join(', ')}.`,
      );
    const choices = await choicesOf(context, builds[0]!, data, input);
    const question: BatchQuestion = {
      ...{ buildIds, fight: fight.key, opponentId: opponent?.id ?? null },
      ...{ dataVersion: data.version, seed, iterations, precision, rankBy, isLowestFirst },
      choices: choices.map(({ ids, slot, position }) => ({ slot, position, items: ids })),
    };
    const material: BatchMaterial = {
      builds: await Promise.all(builds.map(build => plainContentOf(context, build))),
      opponent: opponent && (await plainContentOf(context, opponent)),
      choices: choices.map(({ slot, position, items }) => ({ slot, position, items })),
    };
    const id = await askFor(context, requireViewer(context).userId, {
      ...{ kind: 'SIMULATION_BATCH', gameDataId: data.id, question, material },
      buildIds: [...new Set([...buildIds, ...(opponent ? [opponent.id] : [])])],
    });
    const batch = await loadSimulationBatch(id, { ...context, em: context.em.fork() });
    if (!batch) throw notFound('SimulationBatch');
    return batch;
  }

  @Query(() => SimulationBatch, { nullable: true, description: 'For whoever may see its builds.' })
  @Public()
  simulationBatch(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return loadSimulationBatch(uuidOf('SimulationBatch', id), context);
  }

  @Subscription(() => SimulationBatch, {
    description: 'The batch as it is, then each time that it has come further, until it ends.',
    subscribe: ({ args, context }: { args: { id: string }; context: BuildsContext }) =>
      watchComputation(context, uuidOf('SimulationBatch', args.id)),
  })
  @Public()
  async simulationBatchProgress(
    @Root() { id }: Announcement,
    @Arg('id', () => ID) _id: string,
    @Ctx() context: BuildsContext,
  ) {
    const batch = await loadSimulationBatch(id, context);
    if (!batch) throw notFound('SimulationBatch');
    return batch;
  }

  @FieldResolver(() => [SimulatedContestant], {
    description: `Those that have fought so far, the best first: ${RESULTS_MAX} at most.`,
  })
  results(
    @Root() { question, progress }: SimulationBatch,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Ctx() context: BuildsContext,
  ): SimulatedContestant[] {
    if (first < 1 || first > RESULTS_MAX)
      throw badInput(`first is a number from 1 to ${RESULTS_MAX}.`);
    const { results } = progress;
    const [best] = results;
    return results.slice(0, first).map((one, n) => ({
      ...{ rank: n + 1, fought: one.fought, measures: one.measures, problem: one.problem },
      build: loadVisible(context, question.buildIds[one.build]!),
      items: one.picks.map((pick, choice) => {
        const { slot, position, items } = question.choices[choice]!;
        return { slot, position, item: new Item(items[pick]!) };
      }),
      isPerhapsBest: one.problem === null && reaches(one, best!, question),
    }));
  }
}

/** Whether its interval meets that of the best. */
function reaches(one: Contestant, best: Contestant, { rankBy }: BatchQuestion): boolean {
  const [a, b] = [one, best].map(({ measures }) => measures.find(({ key }) => key === rankBy)!);
  return a!.high >= b!.low && a!.low <= b!.high;
}

interface FoundChoice extends BatchChoice<ReturnType<typeof plainItem>> {
  ids: string[];
}

/** @throws GraphError BAD_USER_INPUT that tells which item does not go where */
async function choicesOf(
  { em }: BuildsContext,
  { gameId }: Build,
  { rules: { rules } }: GameData,
  { choices, buildIds }: SimulateBuildsInput,
): Promise<FoundChoice[]> {
  const wanted = choices.map(({ slot, position, itemIds }, n) => {
    const definition = rules.slots.find(({ key }) => key === slot);
    const path = `choices[${n}]`;
    if (!definition) throw badInput(`${path}: there is no slot ${JSON.stringify(slot)}.`);
    if (definition.socketsOf !== null)
      throw badInput(`${path}: ${definition.name} are sockets, and stay as they are.`);
    if (position >= definition.capacity)
      throw badInput(`${path}: ${definition.name} has room for ${definition.capacity}.`);
    return { slot, position, path, name: definition.name, itemIds: [...new Set(itemIds)] };
  });
  const places = wanted.map(({ slot, position }) => `${slot} ${position}`);
  if (new Set(places).size < places.length)
    throw badInput('Two choices are of the same place: name all its items in one.');
  const count = wanted.reduce((product, { itemIds }) => product * itemIds.length, buildIds.length);
  if (count > CONTESTANTS_MAX)
    throw badInput(
      `These are ${count} combinations. At most ${CONTESTANTS_MAX} are tried at once.`,
    );
  const uuids = (itemIds: string[]) => itemIds.map(id => tryUuidOf('Item', id));
  const found = await findItems(
    em,
    wanted.flatMap(({ itemIds }) => uuids(itemIds).filter(id => id !== undefined)),
  );
  return wanted.map(({ slot, position, path, name, itemIds }) => {
    const items = uuids(itemIds).map((id, n) => {
      const item = id === undefined ? undefined : found.get(id);
      const at = `${path}.itemIds[${n}]`;
      if (item?.gameId !== gameId || item.isRemoved)
        throw badInput(`${at}: there is no such item in this game.`);
      if (!item.slots.includes(slot)) throw badInput(`${at}: ${item.name} does not fit ${name}.`);
      return item;
    });
    return { slot, position, items: items.map(plainItem), ids: items.map(({ id }) => id) };
  });
}
