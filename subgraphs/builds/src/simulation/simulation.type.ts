import { Node } from '@gamegraph/subgraph-kit';
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { loadComputation } from '../computation/computation-view.js';
import { Computation, type ComputationRow, OfKind } from '../computation/computation.type.js';
import type { BuildsContext } from '../context.js';
import type { SimulationProgress, SimulationQuestion } from './simulation.computation.js';

export enum SimulatedMeasureType {
  NUMBER = 'NUMBER',
  CHANCE = 'CHANCE',
}

registerEnumType(SimulatedMeasureType, {
  name: 'SimulatedMeasureType',
  description: 'What was measured of fights.',
  valuesConfig: { CHANCE: { description: 'How often something was so: `mean` is 0 to 1.' } },
});

@ObjectType({ description: 'A value that so many of all fights did not exceed.' })
class SimulatedQuantile {
  @Field(() => Float, { description: '0.05 for one of twenty; 0.5 is the median.' })
  part!: number;

  @Field(() => Float, { description: 'To within a percent.' })
  value!: number;
}

@ObjectType({ description: 'What fights came to, by one of their measures.' })
export class SimulatedMeasure {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  unit!: string | null;

  @Field(() => SimulatedMeasureType)
  type!: `${SimulatedMeasureType}`;

  @Field(() => Float)
  mean!: number;

  @Field(() => Float, { description: 'The standard deviation of single fights.' })
  deviation!: number;

  @Field(() => Float, {
    description: 'The mean of endlessly many fights is from `low` to `high`, 95 times of 100.',
  })
  low!: number;

  @Field(() => Float)
  high!: number;

  @Field(() => Float)
  min!: number;

  @Field(() => Float)
  max!: number;

  @Field(() => [SimulatedQuantile], { description: 'Of a NUMBER.' })
  quantiles!: SimulatedQuantile[];
}

@ObjectType({
  implements: Computation,
  description:
    'Fights of a build, as its game defines them, fought again and again. The same seed makes the same fights.',
})
@Node<BuildsContext, Simulation>('Simulation', loadSimulation)
@OfKind('SIMULATION')
export class Simulation extends Computation {
  readonly question: SimulationQuestion;

  @Field(() => Int, { description: 'How many fights were fought so far.' })
  fought: number;

  @Field(() => [SimulatedMeasure], { description: 'By the fights so far; none before the first.' })
  measures: SimulatedMeasure[];

  constructor(row: ComputationRow) {
    super(row);
    this.question = row.question as SimulationQuestion;
    const { fought, measures } = (row.progress as SimulationProgress | null) ?? NOTHING;
    this.fought = fought;
    this.measures = measures;
  }

  @Field(() => String, { description: 'The key of the fight.' })
  get fight(): string {
    return this.question.fight;
  }

  @Field(() => Int, { description: 'The version of the game’s data by which it was fought.' })
  get dataVersion(): number {
    return this.question.dataVersion;
  }

  @Field(() => Int)
  get seed(): number {
    return this.question.seed;
  }

  @Field(() => Int, { description: 'How many fights were asked for, at most.' })
  get iterations(): number {
    return this.question.iterations;
  }

  @Field(() => Float, {
    nullable: true,
    description: 'How closely was to be known what it comes to.',
  })
  get precision(): number | null {
    return this.question.precision;
  }
}

const NOTHING: SimulationProgress = { fought: 0, measures: [] };

/** The simulation with this id, or null when there is none that the viewer may see. */
export async function loadSimulation(
  id: string,
  context: BuildsContext,
): Promise<Simulation | null> {
  const computation = await loadComputation(context, id);
  return computation instanceof Simulation ? computation : null;
}
