import {
  chosenOf,
  type CompiledRules,
  costOfItem,
  FormulaError,
  type Placement,
  type RuleItem,
  upgradesOf,
  withObjective,
} from '@gamegraph/rules';
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
  Float,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { breather } from '../build/breather.js';
import { contentOf } from '../build/build-content.js';
import { Build, requireVisible } from '../build/build.entity.js';
import { askFor } from '../computation/computation-asking.js';
import { watchComputation } from '../computation/computation-view.js';
import type { BuildsContext } from '../context.js';
import type { GameData } from '../game-data/game-data-versions.js';
import { ownedItems } from '../inventory/inventory.projection.js';
import { ItemCopy } from '../item/item.projection.js';
import { Item } from '../item/item.stub.js';
import { plainItem } from '../simulation/fight-asked.js';
import { BuildUpgrade } from './build-upgrade.type.js';
import type {
  Candidate,
  OptimisationMaterial,
  OptimisationQuestion,
} from './optimisation.computation.js';
import { OptimiseBuildInput } from './optimisation.inputs.js';
import { loadOptimisation, Optimisation } from './optimisation.type.js';

const UPGRADES_MAX = 100;
/** A question holds all of them. */
const CANDIDATES_MAX = 20_000;

@Resolver(() => Optimisation)
export class OptimisationResolver {
  @Mutation(() => Optimisation, {
    description:
      'Finds the best build for what you want. Goes on in the background: `optimisationProgress` tells of better ones, and how ' +
      'good one can be at most.',
  })
  @Authenticated()
  async optimiseBuild(
    @Arg('input', () => OptimiseBuildInput) input: OptimiseBuildInput,
    @Ctx() context: BuildsContext,
  ): Promise<Optimisation> {
    const build = await requireVisible(context, uuidOf('Build', input.buildId));
    const { objective, limits, lockedSlots, ownedOnly, alternatives, differing, seconds } = input;
    return ask(context, build, {
      ...{ buildId: build.id, objective, ownedOnly, alternatives, differing, seconds },
      limits: limits.map(({ stat, min, max }) => ({
        ...{ stat, ...(min != null && { min }), ...(max != null && { max }) },
      })),
      lockedSlots: [...new Set(lockedSlots)].toSorted(),
      budget: input.budget ?? null,
      excludedItemIds: [...new Set(input.excludedItemIds.map(id => uuidOf('Item', id)))].toSorted(),
      required: input.required
        ? { itemId: uuidOf('Item', input.required.itemId), slot: input.required.slot }
        : null,
      without: null,
    });
  }

  @Mutation(() => Optimisation, {
    description:
      'Why an item is not in the best build: the best build that has it. Its `loss` is what that costs, and `conflicts` what is ' +
      'in the way where there is none.',
  })
  @Authenticated()
  async whyNotItem(
    @Arg('optimisationId', () => ID) optimisationId: string,
    @Arg('itemId', () => ID) itemId: string,
    @Arg('slot', () => String, {
      nullable: true,
      description: 'The key of the slot to have it in; needed where it fits several.',
    })
    slot: string | null,
    @Ctx() context: BuildsContext,
  ): Promise<Optimisation> {
    const without = await loadOptimisation(uuidOf('Optimisation', optimisationId), context);
    if (!without) throw notFound('Optimisation');
    const build = await requireVisible(context, without.question.buildId);
    const item = await itemOf(context, build, uuidOf('Item', itemId));
    const [only, ...others] = slot == null ? item.slots : [slot];
    if (only === undefined || others.length > 0)
      throw badInput(`Say the slot: ${item.name} fits ${item.slots.join(', ') || 'none'}.`);
    const { dataVersion: _, excludedItemIds, ...asked } = without.question;
    return ask(context, build, {
      ...{ ...asked, without: without.id, required: { itemId: item.id, slot: only } },
      excludedItemIds: excludedItemIds.filter(id => id !== item.id),
      alternatives: 1,
    });
  }

  @Query(() => Optimisation, { nullable: true, description: 'For whoever may see its build.' })
  @Public()
  optimisation(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return loadOptimisation(uuidOf('Optimisation', id), context);
  }

  @Subscription(() => Optimisation, {
    description:
      'The optimisation as it is, then each time that it has come further, until it ends.',
    subscribe: ({ args, context }: { args: { id: string }; context: BuildsContext }) =>
      watchComputation(context, uuidOf('Optimisation', args.id)),
  })
  @Public()
  async optimisationProgress(
    @Root() { id }: Announcement,
    @Arg('id', () => ID) _id: string,
    @Ctx() context: BuildsContext,
  ) {
    const optimisation = await loadOptimisation(id, context);
    if (!optimisation) throw notFound('Optimisation');
    return optimisation;
  }

  @FieldResolver(() => Build, { description: 'The build that it began with.' })
  build(@Root() { question }: Optimisation, @Ctx() context: BuildsContext) {
    return requireVisible(context, question.buildId);
  }

  @FieldResolver(() => Item, { nullable: true, description: 'The item that builds must have.' })
  requiredItem(@Root() { question: { required } }: Optimisation) {
    return required && new Item(required.itemId);
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description:
      'Of `whyNotItem`: how much less the best build with the item comes to than the best without asking for it. Null while ' +
      'either is not known.',
  })
  async loss(
    @Root() { question: { without }, answers: [own] }: Optimisation,
    @Ctx() context: BuildsContext,
  ): Promise<number | null> {
    const other = without === null ? null : await loadOptimisation(without, context);
    const best = other?.answers[0];
    return best && own ? best.objective - own.objective : null;
  }

  @Query(() => [BuildUpgrade], {
    description:
      'What to change next about a build: single items that make it better and break no rule, the most gain for the cost first.',
  })
  @Authenticated()
  async buildUpgrades(
    @Arg('buildId', () => ID) buildId: string,
    @Arg('objective', () => String, {
      description: 'What is to become more: a formula of the game’s own stats.',
    })
    objective: string,
    @Arg('maxCost', () => Float, { nullable: true, description: 'Of the one item.' })
    maxCost: number | null,
    @Arg('ownedOnly', () => Boolean, { defaultValue: false }) ownedOnly: boolean,
    @Arg('first', () => Int, { defaultValue: 10 }) first: number,
    @Ctx() context: BuildsContext,
  ): Promise<BuildUpgrade[]> {
    if (first < 1 || first > UPGRADES_MAX)
      throw badInput(`first is a number from 1 to ${UPGRADES_MAX}.`);
    const build = await requireVisible(context, uuidOf('Build', buildId));
    const data = await requireData(context, build);
    const { rules } = data.rules;
    checkObjective(data.rules, objective);
    const { placements, parameters } = (await contentOf(context, build)).content;
    const present = withoutRemoved(placements);
    const candidates = await candidatesOf(context, build, { ownedOnly, excluded: [] }, []);
    const search = upgradesOf(
      data.rules,
      { placements: present, parameters },
      {
        ...{ objective, candidates, ...(maxCost != null && { max: maxCost }) },
        costOf: item => costOfItem(rules, item),
        availableOf: item => (item as Candidate).available ?? Infinity,
      },
    );
    const breathe = breather();
    for (;;) {
      const { value, done } = search.next();
      if (done)
        return value.slice(0, first).map(({ slot, item, replaces, gain, cost }) => ({
          ...{ slot, item: new Item((item as Candidate).id), name: item.name, gain, cost },
          replaces: replaces === null ? null : new Item(present[replaces]!.item.id),
        }));
      await breathe();
    }
  }
}

async function ask(
  context: BuildsContext,
  build: Build,
  asked: Omit<OptimisationQuestion, 'dataVersion'>,
): Promise<Optimisation> {
  const data = await requireData(context, build);
  const { rules } = data.rules;
  checkObjective(data.rules, asked.objective);
  for (const { stat } of asked.limits)
    if (!rules.stats.some(({ key }) => key === stat))
      throw badInput(
        `There is no stat ${JSON.stringify(stat)} in this game. There are: ${keysOf(rules.stats)}.`,
      );
  const unknown = [...asked.lockedSlots, ...(asked.required ? [asked.required.slot] : [])].find(
    slot => !rules.slots.some(({ key }) => key === slot),
  );
  if (unknown !== undefined)
    throw badInput(
      `There is no slot ${JSON.stringify(unknown)} in this game. There are: ${keysOf(rules.slots)}.`,
    );
  if (asked.budget !== null && rules.cost === null)
    throw badInput('Nothing costs anything in this game: leave budget out.');
  const { placements, parameters } = (await contentOf(context, build)).content;
  const present = withoutRemoved(placements);
  const { ownedOnly, excludedItemIds: excluded, required } = asked;
  const locked = present.filter(({ slot }) => asked.lockedSlots.includes(slot));
  const material: OptimisationMaterial = {
    ...{ parameters, placements: present },
    candidates: await candidatesOf(context, build, { ownedOnly, excluded }, locked),
    required: required && plain(await itemOf(context, build, required.itemId)),
  };
  const question: OptimisationQuestion = { ...asked, dataVersion: data.version };
  const id = await askFor(context, requireViewer(context).userId, {
    ...{ kind: 'OPTIMISATION', gameDataId: data.id, question, material },
    // What somebody owns is nobody else's to see.
    buildIds: ownedOnly ? [] : [build.id],
  });
  const optimisation = await loadOptimisation(id, { ...context, em: context.em.fork() });
  if (!optimisation) throw notFound('Optimisation');
  return optimisation;
}

async function requireData(context: BuildsContext, { gameId }: Build): Promise<GameData> {
  const data = await context.gameData.newest(context.em, gameId);
  if (!data) throw badInput('The game has no rules that builds could be made by.');
  return data;
}

/** @throws GraphError BAD_USER_INPUT */
function checkObjective({ rules }: CompiledRules, objective: string): void {
  try {
    withObjective(rules, objective);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    throw badInput(`objective: ${error.message} (at character ${error.at + 1})`);
  }
}

async function itemOf(context: BuildsContext, { gameId }: Build, id: string): Promise<ItemCopy> {
  const item = await context.em.findOne(ItemCopy, { id, gameId, isRemoved: false });
  if (!item) throw badInput('There is no such item in this game. Choose one of it.');
  return item;
}

/** All that may be chosen. What is locked may stay, whether or not its viewer owns as many. */
async function candidatesOf(
  context: BuildsContext,
  { gameId }: Build,
  { ownedOnly, excluded }: { ownedOnly: boolean; excluded: readonly string[] },
  locked: readonly Placement<Candidate>[],
): Promise<Candidate[]> {
  const { em } = context;
  const owned = ownedOnly ? await ownedItems(em, requireViewer(context).userId, gameId) : null;
  const filter = {
    ...(excluded.length > 0 && { $nin: [...excluded] }),
    ...(owned && { $in: [...owned.keys()] }),
  };
  const items = await em.find(
    ItemCopy,
    { gameId, isRemoved: false, ...(Object.keys(filter).length > 0 && { id: filter }) },
    { orderBy: { id: 'asc' }, limit: CANDIDATES_MAX + 1 },
  );
  if (items.length > CANDIDATES_MAX)
    throw badInput(`There are more than ${CANDIDATES_MAX} items to choose from. Exclude some.`);
  const worn = Map.groupBy(locked, ({ item }) => item.id);
  return items.map(item => {
    const available = owned && Math.max(owned.get(item.id) ?? 0, worn.get(item.id)?.length ?? 0);
    return { ...plain(item), available };
  });
}

function withoutRemoved(placements: readonly Placement[]): Placement<Candidate>[] {
  return chosenOf(
    placements,
    ({ item, socket }) =>
      item?.isRemoved === false && (!socket || placements[socket.of]!.item?.isRemoved === false),
  ).map(({ slot, item, socket }) => ({
    ...{ slot, item: plain(item as ItemCopy) },
    ...(socket && { socket }),
  }));
}

function plain(item: RuleItem & { id?: string; itemId?: string }): Candidate {
  return { ...plainItem(item), id: (item.id ?? item.itemId)!, available: null };
}

const keysOf = (list: { key: string }[]) => list.map(({ key }) => key).join(', ');
