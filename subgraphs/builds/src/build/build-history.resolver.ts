import { isDeepStrictEqual } from 'node:util';
import {
  Authenticated,
  Connection,
  ConnectionArgs,
  listOf,
  notFound,
  transact,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Args,
  createUnionType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { contentOfRevision, revisionOf } from './build-content.js';
import { BuildItem } from './build-item.type.js';
import { BuildParameter, BuildStatDifference } from './build-outcome.type.js';
import { BuildRevision } from './build-revision.entity.js';
import { BuildInPart, lockOwn, saveAs } from './build-saving.js';
import { Build } from './build.entity.js';
import { BuildFaulty } from './build.refusals.js';
import { statDifferences } from './stat-difference.js';

@ObjectType({ description: 'The saved states of a build, newest first.' })
class BuildRevisionConnection extends Connection(BuildRevision, 'BuildRevision') {}

@ObjectType({ description: 'A text that is not what it was.' })
class BuildTextDifference {
  @Field(() => String, { nullable: true })
  before!: string | null;

  @Field(() => String, { nullable: true })
  after!: string | null;
}

@ObjectType({ description: 'A place of a build that does not hold the same, or not as it was.' })
class BuildItemDifference {
  @Field(() => String, { description: 'The key of the slot.' })
  slot!: string;

  @Field(() => BuildItem, { nullable: true, description: 'Null when the place was empty.' })
  before!: BuildItem | null;

  @Field(() => BuildItem, { nullable: true, description: 'Null when the place is empty.' })
  after!: BuildItem | null;
}

@ObjectType({ description: 'A parameter that is not what it was.' })
class BuildParameterDifference {
  @Field(() => String)
  key!: string;

  @Field(() => BuildParameter, {
    nullable: true,
    description: 'Null when the game did not have it.',
  })
  before!: BuildParameter | null;

  @Field(() => BuildParameter, {
    nullable: true,
    description: 'Null when the game has it no more.',
  })
  after!: BuildParameter | null;
}

@ObjectType({ description: 'What changed from one saved state of a build to another.' })
class BuildRevisionDifference {
  @Field(() => BuildRevision)
  from!: BuildRevision;

  @Field(() => BuildRevision)
  to!: BuildRevision;

  @Field(() => BuildTextDifference, { nullable: true, description: 'Null when it is the same.' })
  name!: BuildTextDifference | null;

  @Field(() => BuildTextDifference, { nullable: true, description: 'Null when they are the same.' })
  notes!: BuildTextDifference | null;

  @Field(() => [BuildItemDifference], {
    description: 'Another item, another in a socket, or one that a patch changed meanwhile.',
  })
  items!: BuildItemDifference[];

  @Field(() => [BuildParameterDifference])
  parameters!: BuildParameterDifference[];

  @Field(() => [BuildStatDifference], { description: 'As the two were when they were saved.' })
  stats!: BuildStatDifference[];
}

@InputType({ description: 'Which saved state to go back to.' })
class RestoreBuildInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The number of the revision to restore.' })
  number!: number;

  @Field(() => Int, { description: 'The revision that the build is at, as far as is known.' })
  expectedRevision!: number;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether to leave out what the game has no place for by now, rather than to refuse.',
  })
  isPartial!: boolean;
}

const RestoreBuildResult = createUnionType({
  name: 'RestoreBuildResult',
  types: () => [Build, BuildInPart, BuildFaulty] as const,
});

@Resolver(() => Build)
export class BuildHistoryResolver {
  @FieldResolver(() => BuildRevisionConnection)
  revisions(@Root() { id }: Build, @Args() args: ConnectionArgs, @Ctx() { em }: BuildsContext) {
    return listOf(em, 'Build.revisions', { column: sql`e.build_id`, id }, args, {
      entity: BuildRevision,
      orderBy: [{ by: sql`e.number`, type: 'int8', descending: true }],
    });
  }

  @FieldResolver(() => BuildRevisionDifference, {
    nullable: true,
    description:
      'What changed from one of its revisions to another; null where there is none such.',
  })
  async revisionDifference(
    @Root() { id }: Build,
    @Arg('from', () => Int) fromNumber: number,
    @Arg('to', () => Int) toNumber: number,
    @Ctx() context: BuildsContext,
  ): Promise<BuildRevisionDifference | null> {
    const [from, to] = await Promise.all([
      revisionOf(context.em, id, fromNumber),
      revisionOf(context.em, id, toNumber),
    ]);
    if (!from || !to) return null;
    const contents = await Promise.all([
      contentOfRevision(context, from),
      contentOfRevision(context, to),
    ]);
    const [itemsBefore, itemsAfter] = contents.map(({ buildItems }) => byPlace(buildItems));
    const [chosenBefore, chosenAfter] = contents.map(
      ({ parameters }) => new Map(parameters.map(one => [one.key, one])),
    );
    return {
      ...{ from, to },
      name: textDifference(from.name, to.name),
      notes: textDifference(from.notes, to.notes),
      items: differing(itemsBefore!, itemsAfter!, markOf).map(({ before, after }) => ({
        ...{ slot: (after ?? before)!.slot, before, after },
      })),
      parameters: differing(chosenBefore!, chosenAfter!, one => one).map(({ before, after }) => ({
        ...{ key: (after ?? before)!.key, before, after },
      })),
      stats: statDifferences(from.stats, to.stats),
    };
  }

  @Mutation(() => RestoreBuildResult, {
    description:
      'Makes a revision of a build what the build is again, as its next revision, pinned to the newest data of its game.',
  })
  @Authenticated()
  restoreBuild(
    @Arg('input', () => RestoreBuildInput) input: RestoreBuildInput,
    @Ctx() context: BuildsContext,
  ) {
    const { id, number, expectedRevision, isPartial } = input;
    return transact(context.em, async tx => {
      const build = await lockOwn(tx, context, id);
      build.requireRevision(expectedRevision);
      const revision = await revisionOf(tx, build.id, number);
      if (!revision) throw notFound('BuildRevision');
      const { name, notes, pins, parameters } = revision;
      return saveAs(tx, context, build, { name, notes }, { items: pins, parameters, isPartial });
    });
  }
}

@Resolver(() => BuildRevision)
export class BuildRevisionResolver {
  @FieldResolver(() => [BuildItem])
  async items(@Root() revision: BuildRevision, @Ctx() context: BuildsContext) {
    return (await contentOfRevision(context, revision)).buildItems;
  }

  @FieldResolver(() => [BuildParameter], { description: 'All that the game has.' })
  async parameters(@Root() revision: BuildRevision, @Ctx() context: BuildsContext) {
    return (await contentOfRevision(context, revision)).parameters;
  }
}

function textDifference(before: string | null, after: string | null): BuildTextDifference | null {
  return before === after ? null : { before, after };
}

/** What the two do not have alike, by its key. */
function differing<T>(was: Map<string, T>, is: Map<string, T>, contentOf: (one: T) => unknown) {
  return [...new Set([...was.keys(), ...is.keys()])]
    .map(key => ({ before: was.get(key) ?? null, after: is.get(key) ?? null }))
    .filter(
      ({ before, after }) =>
        !isDeepStrictEqual(before && contentOf(before), after && contentOf(after)),
    );
}

/** Items by where they are: those in sockets by whose these are. */
function byPlace(items: BuildItem[]): Map<string, BuildItem> {
  return new Map(
    items.map(item => {
      const { slot, position, socket } = item;
      const host = socket && items[socket.of];
      const place = host ? [host.slot, host.position, socket.index] : [position];
      return [[slot, ...place].join(' '), item];
    }),
  );
}

/** The same for the same item, as it was when it was saved. */
function markOf({ item, attributes }: BuildItem) {
  const pinned = attributes.map(({ key, pinnedValue }) => [key, pinnedValue]);
  return [item.id, Object.fromEntries(pinned)];
}
