import { type Part, FormulaError } from '@gamegraph/rules';
import { badInput } from '@gamegraph/subgraph-kit';
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Float,
  Int,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { BuildsContext } from '../context.js';
import { contentOf } from './build-content.js';
import { Build } from './build.entity.js';

const PARTS_MAX = 2_000;

@ObjectType({
  description:
    'A part of a figure. The parts that follow it one level deeper are what it is made of itself: their contributions, added up, are its value.',
})
class BuildStatPart {
  @Field(() => Int, { description: '0 for a part of the stat, 1 for a part of that, and so on.' })
  depth!: number;

  @Field(() => String, { description: 'A modifier, an item, or a piece of a formula.' })
  label!: string;

  @Field(() => Float, { nullable: true, description: 'Null for what is no number: a condition.' })
  value!: number | null;

  @Field(() => Float, { description: 'What it adds to what it is a part of.' })
  contribution!: number;
}

@ObjectType({ description: 'What a stat of a build is made of.' })
class BuildStatExplanation {
  @Field(() => Float, { nullable: true, description: 'As `BuildStat.value`.' })
  value!: number | null;

  @Field(() => String, { nullable: true, description: 'As `BuildStat.problem`.' })
  problem!: string | null;

  @Field(() => [BuildStatPart], {
    description:
      'Each followed by its own parts. The contributions of those of depth 0, added up, are the value: exactly.',
  })
  parts!: BuildStatPart[];
}

@ObjectType({ description: 'What a change does to a stat.' })
class BuildStatChange {
  @Field(() => String, { description: 'The key of the stat.' })
  stat!: string;

  @Field(() => Float)
  change!: number;
}

@ObjectType({ description: 'What one more of an attribute does to a build.' })
class BuildSensitivity {
  @Field(() => String, { description: 'The key of the attribute.' })
  attribute!: string;

  @Field(() => [BuildStatChange], { description: 'The stats that are not what they were.' })
  effects!: BuildStatChange[];
}

@Resolver(() => Build)
export class BuildAnalysisResolver {
  @FieldResolver(() => BuildStatExplanation, { description: 'What a stat is made of.' })
  async explain(
    @Root() build: Build,
    @Arg('stat', () => String, { description: 'Its key.' }) stat: string,
    @Ctx() context: BuildsContext,
  ): Promise<BuildStatExplanation> {
    const content = await contentOf(context, build);
    try {
      const explanation = content.explain(stat);
      if (!explanation) throw badInput(`There is no stat ${JSON.stringify(stat)} in this game.`);
      const parts = [...flattened(explanation.parts, 0)];
      if (parts.length > PARTS_MAX)
        throw badInput(`${stat} has ${parts.length} parts, and ${PARTS_MAX} are shown at most.`);
      return { value: explanation.value, problem: null, parts };
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      return { value: null, problem: error.message, parts: [] };
    }
  }

  @FieldResolver(() => [BuildSensitivity], {
    description:
      'The exact effect of one more of each attribute that is a number, with what caps and roundings do to it.',
  })
  async sensitivity(@Root() build: Build, @Ctx() context: BuildsContext) {
    return (await contentOf(context, build)).sensitivity;
  }
}

function* flattened(parts: Part[], depth: number): Generator<BuildStatPart> {
  for (const { label, value, contribution, parts: within } of parts) {
    yield { depth, label, value: typeof value === 'number' ? value : null, contribution };
    yield* flattened(within, depth + 1);
  }
}
