import { Authenticated, JsonValue, transact } from '@gamegraph/subgraph-kit';
import {
  Arg,
  createUnionType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { Item } from '../item/item.stub.js';
import { contentOf, presentRevision } from './build-content.js';
import { BuildStatDifference, RuleViolation } from './build-outcome.type.js';
import { summaryOf } from './build-patch.js';
import { BuildInPart, lockOwn, saveAs } from './build-saving.js';
import { Build } from './build.entity.js';
import { BuildFaulty } from './build.refusals.js';

@ObjectType({ description: 'An attribute of an item that is not what it was.' })
class BuildAttributeDifference {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => JsonValue, { nullable: true, description: 'Null when it did not have it.' })
  before!: unknown;

  @Field(() => JsonValue, { nullable: true, description: 'Null when it does not have it.' })
  after!: unknown;
}

@ObjectType({ description: 'An item of a build that is not what it was when the build was saved.' })
class BuildPatchItem {
  @Field(() => Item)
  item!: Item;

  @Field(() => String, { description: 'As it was.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it is not in the game any more.' })
  isRemoved!: boolean;

  @Field(() => [BuildAttributeDifference], {
    description: 'None when it only fits other slots, or is of another category.',
  })
  attributes!: BuildAttributeDifference[];
}

@ObjectType({ description: 'What later versions of a game’s data made of a saved build.' })
export class BuildPatch {
  @Field(() => Int, { description: 'The version of the data that the build was saved for.' })
  fromVersion!: number;

  @Field(() => Int, { description: 'The newest version of the data.' })
  toVersion!: number;

  @Field(() => String, {
    description:
      'In short: `-3.1 % Damage, 1 item removed`. The stats that changed most are named.',
  })
  summary!: string;

  @Field(() => [BuildStatDifference], {
    description: 'The stats that differ: as they were when it was saved, and as they are.',
  })
  stats!: BuildStatDifference[];

  @Field(() => [BuildPatchItem], { description: 'The items that differ, or are gone.' })
  items!: BuildPatchItem[];

  @Field(() => [RuleViolation], { description: 'The rules that it did not break before.' })
  newViolations!: RuleViolation[];

  @Field(() => [RuleViolation], { description: 'The rules that it does not break any more.' })
  goneViolations!: RuleViolation[];
}

const AcceptBuildPatchResult = createUnionType({
  name: 'AcceptBuildPatchResult',
  types: () => [Build, BuildInPart, BuildFaulty] as const,
});

@Resolver(() => Build)
export class BuildPatchResolver {
  @FieldResolver(() => BuildPatch, {
    nullable: true,
    description:
      'What patches made of it since it was saved; null when that is nothing. Its figures as they were are in `revisions`.',
  })
  patch(@Root() build: Build, @Ctx() context: BuildsContext): Promise<BuildPatch | null> {
    return patchToldOf(context, build);
  }

  @Mutation(() => AcceptBuildPatchResult, {
    description:
      'Saves a build as patches made it: the next revision, pinned to the newest data of its game, without what was removed from it.',
  })
  @Authenticated()
  acceptBuildPatch(
    @Arg('id', () => ID) id: string,
    @Arg('expectedRevision', () => Int, {
      description: 'The revision that the build is at, as far as is known; CONFLICT otherwise.',
    })
    expectedRevision: number,
    @Ctx() context: BuildsContext,
  ) {
    return transact(context.em, async tx => {
      const build = await lockOwn(tx, context, id);
      build.requireRevision(expectedRevision);
      const { pins, parameters } = await presentRevision(tx, build);
      return saveAs(tx, context, build, {}, { items: pins, parameters, isPartial: true });
    });
  }
}

/** What patches made of a build since it was saved. */
export async function patchToldOf(
  context: BuildsContext,
  build: Build,
): Promise<BuildPatch | null> {
  const { em, gameData } = context;
  const { gameId, dataVersion: fromVersion } = build;
  const [content, { pins }, newest, pinned] = await Promise.all([
    contentOf(context, build),
    presentRevision(em, build),
    gameData.newest(em, gameId),
    gameData.at(em, gameId, fromVersion),
  ]);
  const difference = content.patchSince(pinned);
  if (!difference || !newest) return null;
  const { version: toVersion, rules } = newest;
  const definitions = new Map(rules.rules.attributes.map(one => [one.key, one]));
  return {
    ...difference,
    ...{ fromVersion, toVersion, summary: summaryOf(difference) },
    items: difference.items.map(({ placement, isRemoved, attributes }) => ({
      item: new Item(pins[placement]!.itemId),
      ...{ name: pins[placement]!.name, isRemoved },
      attributes: attributes.map(one => {
        const { name = one.key, unit = null } = definitions.get(one.key) ?? {};
        return { ...one, name, unit };
      }),
    })),
  };
}
