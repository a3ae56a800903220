import {
  Authenticated,
  load,
  loaderOf,
  notFound,
  query,
  Stub,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  ObjectType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { RuleViolation } from '../build/build-outcome.type.js';
import { BuildVisibility } from '../build/build-visibility.js';
import { Build, loadVisible } from '../build/build.entity.js';
import { beginningNow, type Watched, watching } from '../build/watching.js';
import type { BuildsContext } from '../context.js';
import { Item } from '../item/item.stub.js';
import { mayEditGames } from '../studio/studio.projection.js';
import { BUCKET_BOUNDS, BUILDS_NAMED_MAX, type Tally } from './impact-tally.js';
import { impactTopic } from './impact.process.js';
import { ProposalCopy } from './proposal.projection.js';

@ObjectType({ description: 'How many builds of one visibility would be affected.' })
class ImpactCount {
  @Field(() => BuildVisibility)
  visibility!: BuildVisibility;

  @Field(() => Int)
  buildsCount!: number;

  @Field(() => Int, { description: 'Of these, how many would break rules that they do not break.' })
  brokenCount!: number;

  @Field(() => Int, { description: 'Of these, how many would have other stats.' })
  shiftedCount!: number;
}

@ObjectType({ description: 'How many builds would have a stat changed by so much.' })
class ImpactBucket {
  @Field(() => Float, {
    nullable: true,
    description: 'As a part of what it was; null for no bound.',
  })
  from!: number | null;

  @Field(() => Float, { nullable: true, description: 'Not part of it; null for no bound.' })
  to!: number | null;

  @Field(() => Int)
  buildsCount!: number;
}

@ObjectType({
  description:
    'What would become of a stat. Changes are parts of what it was: -0.031 is 3.1 % less.',
})
class ImpactStat {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => Int, { description: 'How many builds would have it changed.' })
  buildsCount!: number;

  @Field(() => Int, { description: 'Of these, how many have no value before or after.' })
  withoutValueCount!: number;

  @Field(() => Float, { nullable: true })
  least!: number | null;

  @Field(() => Float, { nullable: true })
  greatest!: number | null;

  @Field(() => Float, { nullable: true })
  mean!: number | null;

  @Field(() => [ImpactBucket], { description: 'Those of which no build is are left out.' })
  distribution!: ImpactBucket[];
}

@ObjectType({
  description: 'An item that would be changed or removed, and that affected builds use.',
})
class ImpactItem {
  @Field(() => Item)
  item!: Item;

  @Field(() => String)
  name!: string;

  @Field(() => Boolean)
  isRemoved!: boolean;

  @Field(() => Int)
  buildsCount!: number;
}

@ObjectType({ description: 'A rule that builds would break which do not break it.' })
class ImpactRule {
  @Field(() => String, { description: 'As `RuleViolation.rule`.' })
  rule!: string;

  @Field(() => String)
  message!: string;

  @Field(() => Int)
  buildsCount!: number;
}

@ObjectType({ description: 'A public build that would have other stats.' })
class ImpactBuild {
  @Field(() => Build)
  build!: Build;

  @Field(() => String, { description: 'As `BuildPatch.summary`.' })
  summary!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      'The greatest change of a stat, as a part of what it was, without its sign; null where one would have no value.',
  })
  change!: number | null;
}

@ObjectType({ description: 'A public build that would break rules which it does not break.' })
class BrokenBuild {
  @Field(() => Build)
  build!: Build;

  @Field(() => [RuleViolation])
  violations!: RuleViolation[];
}

@ObjectType()
@Stub<BuildsContext, GameDataProposal>('GameDataProposal', id => new GameDataProposal(id))
export class GameDataProposal {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}

@ObjectType({
  description:
    'What releasing a proposal would do to the builds of its game, compared with what is released. Only public builds are named.',
})
class GameDataImpact {
  @Field(() => GameDataProposal)
  proposal!: GameDataProposal;

  @Field(() => Boolean, { description: 'Whether all builds have been gone through.' })
  isComplete!: boolean;

  @Field(() => Int, { description: 'How many builds there are to go through.' })
  buildsCount!: number;

  @Field(() => Int, { description: 'How many of them have been gone through.' })
  buildsDone!: number;

  @Field(() => [ImpactCount])
  counts!: ImpactCount[];

  @Field(() => [ImpactStat])
  stats!: ImpactStat[];

  @Field(() => [ImpactItem], { description: 'Those that most builds use first, at most 100.' })
  items!: ImpactItem[];

  @Field(() => Int, {
    description:
      'How many builds would be affected that use none of the items: by the rules alone.',
  })
  byRulesAloneCount!: number;

  @Field(() => [ImpactRule])
  rules!: ImpactRule[];

  @Field(() => [ImpactBuild], {
    description: `The most affected first, at most ${BUILDS_NAMED_MAX}.`,
  })
  mostAffected!: ImpactBuild[];

  @Field(() => [BrokenBuild], { description: `At most ${BUILDS_NAMED_MAX}.` })
  broken!: BrokenBuild[];
}

const ITEMS_SHOWN_MAX = 100;

@Resolver(() => GameDataProposal)
export class ImpactResolver {
  @FieldResolver(() => GameDataImpact, {
    nullable: true,
    description:
      'What releasing it would do to builds, as far as that is known yet; null until it is begun, and for all who may not EDIT_GAMES.',
  })
  impact(@Root() { id }: GameDataProposal, @Ctx() context: BuildsContext) {
    return impactOf(context, id);
  }

  @Subscription(() => GameDataImpact, {
    description: 'The impact of a proposal as it is worked out, from the first to the last.',
    async subscribe({ args, context }: { args: { proposalId: string }; context: BuildsContext }) {
      const id = uuidOf('GameDataProposal', args.proposalId);
      if (!(await impactOf(context, id))) throw notFound('GameDataProposal');
      const topic = impactTopic(id);
      const events = beginningNow(context.live.subscribe([topic]), { topic, id });
      const look = () => impactOf({ ...context, em: context.em.fork() }, id);
      return watching(events, look, { isEnding: true });
    },
  })
  @Authenticated()
  impactProgressed(
    @Root() { seen }: Watched<GameDataImpact>,
    @Arg('proposalId', () => ID) _proposalId: string,
  ) {
    return seen;
  }
}

interface ReportRow {
  proposal_id: string;
  builds_count: number;
  builds_done: number;
  finished_at: Date | null;
  tally: Tally;
}

/** Null for who may not know. */
async function impactOf(context: BuildsContext, id: string): Promise<GameDataImpact | null> {
  const { em, viewer } = context;
  const proposal = await load(em, ProposalCopy, id);
  if (!proposal || !(await mayEditGames(em, viewer, proposal.studioId))) return null;
  const loader = loaderOf<string, ReportRow | null>(em, 'impact report', async ids => {
    const found = await query<ReportRow>(
      em,
      sql`SELECT * FROM impact_report WHERE proposal_id = ANY(${[...new Set(ids)]}::uuid[])`,
    );
    const byId = new Map(found.map(row => [row.proposal_id, row]));
    return ids.map(wanted => byId.get(wanted) ?? null);
  });
  const row = await loader.load(id);
  return row && told(context, row);
}

async function told(
  context: BuildsContext,
  { proposal_id, builds_count, builds_done, finished_at, tally }: ReportRow,
): Promise<GameDataImpact> {
  return {
    proposal: new GameDataProposal(proposal_id),
    ...{ isComplete: finished_at !== null, buildsCount: builds_count, buildsDone: builds_done },
    counts: Object.values(BuildVisibility).map(visibility => {
      const { builds = 0, broken = 0, shifted = 0 } = tally.counts[visibility] ?? {};
      return { visibility, buildsCount: builds, brokenCount: broken, shiftedCount: shifted };
    }),
    stats: Object.entries(tally.stats)
      .map(([key, { name, unit, builds, withoutValue, count, sum, min, max, buckets }]) => ({
        ...{ key, name, unit, buildsCount: builds, withoutValueCount: withoutValue },
        ...(count > 0
          ? { least: min, greatest: max, mean: sum / count }
          : { least: null, greatest: null, mean: null }),
        distribution: distributionOf(buckets),
      }))
      .sort((a, b) => b.buildsCount - a.buildsCount),
    items: Object.entries(tally.items)
      .map(([itemId, { name, isRemoved, builds }]) => ({
        ...{ item: new Item(itemId), name, isRemoved, buildsCount: builds },
      }))
      .sort((a, b) => b.buildsCount - a.buildsCount)
      .slice(0, ITEMS_SHOWN_MAX),
    byRulesAloneCount: tally.byRulesAlone,
    rules: Object.entries(tally.rules)
      .map(([rule, { message, builds }]) => ({ rule, message, buildsCount: builds }))
      .sort((a, b) => b.buildsCount - a.buildsCount),
    mostAffected: await withBuilds(context, tally.mostAffected),
    broken: await withBuilds(context, tally.broken),
  };
}

/** What is not public any more is not named. */
async function withBuilds<T extends { buildId: string }>(
  context: BuildsContext,
  list: T[],
): Promise<(T & { build: Build })[]> {
  const builds = await Promise.all(list.map(({ buildId }) => loadVisible(context, buildId)));
  return list.flatMap((one, n) => {
    const build = builds[n]!;
    return build?.visibility === BuildVisibility.PUBLIC ? [{ ...one, build }] : [];
  });
}

function distributionOf(buckets: number[]): ImpactBucket[] {
  return buckets
    .map((buildsCount, n) => ({
      ...{ from: BUCKET_BOUNDS[n - 1] ?? null, to: BUCKET_BOUNDS[n] ?? null, buildsCount },
    }))
    .filter(({ buildsCount }) => buildsCount > 0);
}
