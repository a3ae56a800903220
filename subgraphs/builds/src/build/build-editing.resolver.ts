import type { Setting } from '@gamegraph/rules';
import {
  Authenticated,
  badInput,
  faultOfText,
  forbidden,
  globalId,
  record,
  requireViewer,
  transact,
  uuidOf,
  violatedConstraint,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, createUnionType, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { GameCopy } from '../game/game.projection.js';
import { ItemCopy } from '../item/item.projection.js';
import { decodeBuild } from './build-code.js';
import { itemsOf, presentRevision } from './build-content.js';
import { keepStats } from './build-figures.js';
import { BuildVisibility } from './build-visibility.js';
import { Build, lockVisible, requireVisible } from './build.entity.js';
import { CreateBuildInput, NAME_MAX, SaveBuildInput } from './build.inputs.js';
import { BuildFaulty, BuildHidden } from './build.refusals.js';
import { propose, settingOf, soundOrFaulty, type WantedItem, wantedItem } from './proposal.js';

const CODES_TRIED_MAX = 5;

const CreateBuildResult = createUnionType({
  name: 'CreateBuildResult',
  types: () => [Build, BuildFaulty] as const,
});

const SaveBuildResult = createUnionType({
  name: 'SaveBuildResult',
  types: () => [Build, BuildFaulty] as const,
});

const ImportBuildResult = createUnionType({
  name: 'ImportBuildResult',
  types: () => [Build, BuildFaulty] as const,
});

const ForkBuildResult = createUnionType({
  name: 'ForkBuildResult',
  types: () => [Build, BuildHidden] as const,
});

const SetBuildVisibilityResult = createUnionType({
  name: 'SetBuildVisibilityResult',
  types: () => [Build, BuildHidden] as const,
});

@Resolver()
export class BuildEditingResolver {
  @Mutation(() => CreateBuildResult, {
    description:
      'Makes a build. Rules that it breaks do not prevent that; they are its violations.',
  })
  @Authenticated()
  createBuild(
    @Arg('input', () => CreateBuildInput) input: CreateBuildInput,
    @Ctx() context: BuildsContext,
  ) {
    const { name, notes = null, visibility } = input;
    const parameters = input.parameters.map(settingOf);
    const gameId = uuidOf('Game', input.gameId);
    const items = input.items.map(wantedItem);
    return begin(context, { gameId, name, notes, visibility }, items, parameters);
  }

  @Mutation(() => SaveBuildResult, {
    description:
      'Makes the next revision of a build, pinned to the newest data of its game. Fails with CONFLICT, and ' +
      '`extensions.presentRevision`, when it is not at the expected revision any more.',
  })
  @Authenticated()
  saveBuild(
    @Arg('input', () => SaveBuildInput) input: SaveBuildInput,
    @Ctx() context: BuildsContext,
  ) {
    const { id, expectedRevision, name, notes } = input;
    return transact(context.em, async tx => {
      const build = await lockOwn(tx, context, id);
      build.requireRevision(expectedRevision);
      const present = await presentRevision(tx, build);
      const items = input.items?.map(wantedItem) ?? present.pins;
      const parameters = input.parameters?.map(settingOf) ?? present.parameters;
      const sound = soundOrFaulty(await propose(tx, context, build.gameId, items, parameters));
      if (sound instanceof BuildFaulty) return sound;
      const at = context.now();
      return keep(tx, { build, ...build.save({ name, notes }, sound, at) }, at);
    });
  }

  @Mutation(() => ImportBuildResult, {
    description: 'Makes a private build of an `exportCode`, be it from another installation.',
  })
  @Authenticated()
  async importBuild(@Arg('code', () => String) code: string, @Ctx() context: BuildsContext) {
    const decoded = decodeBuild(code);
    if ('faults' in decoded) return new BuildFaulty(decoded.faults);
    const { game: slug, name, notes, parameters } = decoded;
    const game = await context.em.findOne(GameCopy, { slug, state: { $ne: 'DRAFT' } });
    if (!game) {
      return new BuildFaulty([{ path: 'game', message: `There is no game "${slug}" here.` }]);
    }
    const keys = [...new Set(decoded.items.map(({ item }) => item))];
    const found = await context.em.find(ItemCopy, { gameId: game.id, key: { $in: keys } });
    const ids = new Map(found.map(({ key, id }) => [key, id]));
    const items = decoded.items.map(({ slot, item: key, socket }) => ({
      ...{ slot, itemId: ids.get(key), key },
      ...(socket && { socket }),
    }));
    const visibility = BuildVisibility.PRIVATE;
    return begin(context, { gameId: game.id, name, notes, visibility }, items, parameters);
  }

  @Mutation(() => ForkBuildResult, {
    description: 'Makes a private build of one’s own that begins as a copy of another.',
  })
  @Authenticated()
  async forkBuild(
    @Arg('id', () => ID) id: string,
    @Arg('name', () => String) name: string,
    @Ctx() context: BuildsContext,
  ) {
    const { userId: authorId } = requireViewer(context);
    const fault = faultOfText(name, { max: NAME_MAX });
    if (fault) throw badInput(`name ${fault}.`);
    return withShareCode(context, async (tx, shareCode) => {
      const source = await requireVisible({ ...context, em: tx }, uuidOf('Build', id));
      const revision = await presentRevision(tx, source);
      // Locked, as `propose` does: the fork is new to a review that is under way.
      const items = await itemsOf(tx, [revision], { locked: true });
      const isPatched = revision.isPatched(items);
      const about = { authorId, name, shareCode };
      const fork = Build.fork(source, { revision, isPatched }, about, context.now());
      return fork instanceof BuildHidden ? fork : keep(tx, fork, context.now());
    });
  }

  @Mutation(() => SetBuildVisibilityResult, { description: 'Says who may see a build.' })
  @Authenticated()
  setBuildVisibility(
    @Arg('id', () => ID) id: string,
    @Arg('visibility', () => BuildVisibility) visibility: BuildVisibility,
    @Ctx() context: BuildsContext,
  ) {
    return transact(context.em, async tx => {
      const build = await lockOwn(tx, context, id);
      const outcome = build.setVisibility(visibility, context.now());
      if (outcome instanceof BuildHidden) return outcome;
      if (outcome) record(tx, outcome, context.now());
      return build;
    });
  }

  @Mutation(() => ID, {
    description: 'Deletes a build with all its revisions. Forks of it stay. Returns the id it had.',
  })
  @Authenticated()
  deleteBuild(@Arg('id', () => ID) id: string, @Ctx() context: BuildsContext) {
    return transact(context.em, async tx => {
      const build = await lockOwn(tx, context, id);
      tx.remove(build); // revisions and likes go with it: foreign keys cascade
      record(tx, build.delete(), context.now());
      return globalId('Build', build.id);
    });
  }
}

/** The viewer's build, to change it. */
async function lockOwn(tx: EntityManager, context: BuildsContext, id: string): Promise<Build> {
  const { userId } = requireViewer(context);
  const build = await lockVisible(tx, context, id);
  if (build.authorId !== userId) throw forbidden('This build is somebody else’s. Fork it.');
  return build;
}

/** A new build of the viewer's. */
function begin(
  context: BuildsContext,
  about: { gameId: string; name: string; notes: string | null; visibility: BuildVisibility },
  items: WantedItem[],
  parameters: Setting[],
): Promise<Build | BuildFaulty> {
  const { userId: authorId } = requireViewer(context);
  return withShareCode(context, async (tx, shareCode) => {
    const at = context.now();
    const sound = soundOrFaulty(await propose(tx, context, about.gameId, items, parameters));
    if (sound instanceof BuildFaulty) return sound;
    return keep(tx, Build.begin({ ...about, authorId, shareCode }, sound, at), at);
  });
}

async function keep(
  tx: EntityManager,
  { build, revision, event }: ReturnType<typeof Build.begin>,
  at: Date,
): Promise<Build> {
  tx.persist([build, revision]);
  record(tx, event, at);
  await keepStats(tx, [{ buildId: build.id, gameId: build.gameId, stats: revision.stats }]);
  return build;
}

/** Codes are made at random; one that is taken already is made anew. */
async function withShareCode<T>(
  { em, newShareCode }: BuildsContext,
  work: (tx: EntityManager, shareCode: string) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(em, tx => work(tx, newShareCode()));
    } catch (error) {
      const isTaken = violatedConstraint(error) === 'build_share_code_unique';
      if (!isTaken || attempt === CODES_TRIED_MAX) throw error;
    }
  }
}
