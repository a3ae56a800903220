import { Node } from '@gamegraph/subgraph-kit';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Build } from '../build/build.entity.js';
import { loadComputation } from '../computation/computation-view.js';
import { Computation, type ComputationRow, OfKind } from '../computation/computation.type.js';
import type { BuildsContext } from '../context.js';
import { Item } from '../item/item.stub.js';
import type { BatchProgress, BatchQuestion } from './simulation-batch.computation.js';
import { SimulatedMeasure } from './simulation.type.js';

@ObjectType({ description: 'An item that a build has in a batch of simulations.' })
class SimulatedItem {
  @Field(() => String, { description: 'The key of the slot.' })
  slot!: string;

  @Field(() => Int, { description: 'Which of the slot’s items: 0, 1, 2 …' })
  position!: number;

  @Field(() => Item)
  item!: Item;
}

@ObjectType({ description: 'A build of a batch of simulations, with what its fights came to.' })
export class SimulatedContestant {
  @Field(() => Int, { description: '1 is the best.' })
  rank!: number;

  @Field(() => Build, { nullable: true })
  build!: Promise<Build | null>;

  @Field(() => [SimulatedItem], { description: 'Instead of its own: one of each choice.' })
  items!: SimulatedItem[];

  @Field(() => Int, { description: 'How many fights were fought.' })
  fought!: number;

  @Field(() => [SimulatedMeasure])
  measures!: SimulatedMeasure[];

  @Field(() => Boolean, {
    description: 'Whether its interval reaches that of the best: chance may be why it is behind.',
  })
  isPerhapsBest!: boolean;

  @Field(() => String, { nullable: true, description: 'Why its fights could not be fought.' })
  problem!: string | null;
}

@ObjectType({
  implements: Computation,
  description:
    'Fights of several builds, or of builds with several items. All have the same chances, so that differences are of the builds.',
})
@Node<BuildsContext, SimulationBatch>('SimulationBatch', loadSimulationBatch)
@OfKind('SIMULATION_BATCH')
export class SimulationBatch extends Computation {
  readonly question: BatchQuestion;
  readonly progress: BatchProgress;

  @Field(() => Int, { description: 'How many are to fight; 0 before the first has.' })
  contestants: number;

  @Field(() => Int, {
    description: 'How many were left out, since they break rules that their build does not.',
  })
  leftOut: number;

  @Field(() => Int, { description: 'How many have fought so far.' })
  finished: number;

  constructor(row: ComputationRow) {
    super(row);
    this.question = row.question as BatchQuestion;
    this.progress = (row.progress as BatchProgress | null) ?? NOTHING;
    this.contestants = this.progress.contestants;
    this.leftOut = this.progress.leftOut;
    this.finished = this.progress.results.length;
  }

  @Field(() => String, { description: 'The key of the fight.' })
  get fight(): string {
    return this.question.fight;
  }

  @Field(() => String, { description: 'The key of the measure.' })
  get rankBy(): string {
    return this.question.rankBy;
  }

  @Field(() => Int, { description: 'The version of the game’s data by which it was fought.' })
  get dataVersion(): number {
    return this.question.dataVersion;
  }

  @Field(() => Int)
  get seed(): number {
    return this.question.seed;
  }

  @Field(() => Int, { description: 'How many fights of each were asked for, at most.' })
  get iterations(): number {
    return this.question.iterations;
  }

  @Field(() => Float, {
    nullable: true,
    description: 'How closely was to be known what they come to.',
  })
  get precision(): number | null {
    return this.question.precision;
  }
}

const NOTHING: BatchProgress = { contestants: 0, leftOut: 0, results: [] };

/** The batch with this id, or null when there is none that the viewer may see. */
export async function loadSimulationBatch(
  id: string,
  context: BuildsContext,
): Promise<SimulationBatch | null> {
  const computation = await loadComputation(context, id);
  return computation instanceof SimulationBatch ? computation : null;
}
