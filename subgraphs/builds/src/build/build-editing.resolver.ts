import {
  Authenticated,
  badInput,
  faultOfText,
  globalId,
  record,
  requireViewer,
  transact,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { Arg, createUnionType, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { lockGame } from '../game/game.projection.js';
import { itemsOf, presentRevision } from './build-content.js';
import { begin, keep, lockOwn, saveAs, withShareCode } from './build-saving.js';
import { BuildVisibility } from './build-visibility.js';
import { Build, requireVisible } from './build.entity.js';
import { CreateBuildInput, NAME_MAX, SaveBuildInput } from './build.inputs.js';
import { BuildFaulty, BuildHidden } from './build.refusals.js';
import { settingOf, wantedItem } from './proposal.js';
import { contentsOf } from './review.process.js';

const CreateBuildResult = createUnionType({
  name: 'CreateBuildResult',
  types: () => [Build, BuildFaulty] as const,
});

const SaveBuildResult = createUnionType({
  name: 'SaveBuildResult',
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
    return begin(context, { gameId, name, notes, visibility }, { items, parameters });
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
      return saveAs(tx, context, build, { name, notes }, { items, parameters });
    });
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
      await lockGame(tx, source.gameId);
      await itemsOf(tx, [revision], { locked: true });
      const [content] = await contentsOf(tx, context.gameData, [revision]);
      const { standing, content: now } = content!();
      const about = { authorId, name, shareCode };
      const fork = Build.fork(source, { revision, patch: standing }, about, context.now());
      if (fork instanceof BuildHidden) return fork;
      return keep(tx, { ...fork, stats: now.outcome.stats }, context.now());
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
