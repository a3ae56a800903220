import { Node } from '@gamegraph/subgraph-kit';
import { Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { BuildSocket } from '../build/build-item.type.js';
import { BuildStat } from '../build/build-outcome.type.js';
import { loadComputation } from '../computation/computation-view.js';
import { Computation, type ComputationRow, OfKind } from '../computation/computation.type.js';
import type { BuildsContext } from '../context.js';
import { Item } from '../item/item.stub.js';
import type {
  OptimisationProgress,
  OptimisationQuestion,
  OptimisedContent,
} from './optimisation.computation.js';

export enum OptimisationOutcome {
  SEARCHING = 'SEARCHING',
  OPTIMAL = 'OPTIMAL',
  STOPPED = 'STOPPED',
  INFEASIBLE = 'INFEASIBLE',
}

registerEnumType(OptimisationOutcome, {
  name: 'OptimisationOutcome',
  description: 'What is known of the best build.',
  valuesConfig: {
    SEARCHING: { description: 'There may be a better one.' },
    OPTIMAL: { description: 'There is none better: that is proven.' },
    STOPPED: {
      description: 'Time is over. `bound` says how much better another could be at most.',
    },
    INFEASIBLE: { description: 'There is no such build: `conflicts` names what is in the way.' },
  },
});

export enum OptimisationConflictKind {
  LIMIT = 'LIMIT',
  BUDGET = 'BUDGET',
  REQUIRED = 'REQUIRED',
  KEPT = 'KEPT',
}

registerEnumType(OptimisationConflictKind, {
  name: 'OptimisationConflictKind',
  description: 'What is asked of a build.',
});

@ObjectType({ description: 'An item of a build that was found.' })
export class OptimisedBuildItem {
  @Field(() => String, { description: 'The key of the slot.' })
  slot!: string;

  @Field(() => Item)
  item!: Item;

  @Field(() => String)
  name!: string;

  @Field(() => BuildSocket, {
    nullable: true,
    description: 'Where the slot is sockets of other items.',
  })
  socket!: BuildSocket | null;
}

@ObjectType({
  description: 'A build that was found. `saveBuild` and `createBuild` take its items.',
})
export class OptimisedBuild {
  @Field(() => Float, { description: 'What it comes to.' })
  objective!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'No build that is asked for has more; null while that is not known.',
  })
  bound!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How much better another could be at most, as a part of this: 0.01 is one percent.',
  })
  gap!: number | null;

  @Field(() => Boolean, { description: 'Whether there is none better: that is proven.' })
  isOptimal!: boolean;

  @Field(() => [OptimisedBuildItem])
  items!: OptimisedBuildItem[];

  @Field(() => [BuildStat])
  stats!: BuildStat[];

  @Field(() => Float, {
    nullable: true,
    description: 'What its items cost; null where the game says of nothing what it costs.',
  })
  cost!: number | null;
}

@ObjectType({
  description:
    'Something that is asked for, and cannot be had with the rest of what `conflicts` names.',
})
export class OptimisationConflict {
  @Field(() => OptimisationConflictKind)
  kind!: `${OptimisationConflictKind}`;

  @Field(() => String, { description: 'What it is, and how to mend it.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'Of a LIMIT: the key of the stat.' })
  stat!: string | null;

  @Field(() => String, { nullable: true, description: 'Of an item that is kept or required.' })
  slot!: string | null;
}

@ObjectType({
  implements: Computation,
  description:
    'The best build of a game for what somebody wants: first a good one, then better ones, until it is proven that there is none better.',
})
@Node<BuildsContext, Optimisation>('Optimisation', loadOptimisation)
@OfKind('OPTIMISATION')
export class Optimisation extends Computation {
  readonly question: OptimisationQuestion;
  readonly progress: OptimisationProgress;

  constructor(row: ComputationRow) {
    super(row);
    this.question = row.question as OptimisationQuestion;
    this.progress = (row.progress as OptimisationProgress | null) ?? NOTHING;
  }

  @Field(() => String, { description: 'What is to be as much as possible.' })
  get objective(): string {
    return this.question.objective;
  }

  @Field(() => OptimisationOutcome)
  get outcome(): `${OptimisationOutcome}` {
    return this.progress.state;
  }

  @Field(() => [OptimisedBuild], {
    description: 'The best first, as far as is known; then those that differ from all before.',
  })
  get answers(): OptimisedBuild[] {
    return this.progress.answers.map(optimisedBuild);
  }

  @Field(() => [OptimisationConflict], {
    nullable: true,
    description:
      'Of INFEASIBLE: a smallest set of what is asked for that no build can do. Empty where the game’s own rules leave no build.',
  })
  get conflicts(): OptimisationConflict[] | null {
    return this.progress.conflicts?.map(one => conflict(one, this.question)) ?? null;
  }
}

const NOTHING: OptimisationProgress = { state: 'SEARCHING', answers: [], conflicts: null };

function optimisedBuild({ objective, bound, items, ...rest }: OptimisedContent): OptimisedBuild {
  const gap = bound === null || objective === 0 ? null : (bound - objective) / Math.abs(objective);
  return {
    ...{ ...rest, objective, bound },
    gap: rest.isOptimal ? 0 : gap,
    items: items.map(({ slot, itemId, name, socket }) => ({
      ...{ slot, item: new Item(itemId), name, socket: socket ?? null },
    })),
  };
}

function conflict(
  found: NonNullable<OptimisationProgress['conflicts']>[number],
  { budget, required }: OptimisationQuestion,
): OptimisationConflict {
  const none = { stat: null, slot: null };
  switch (found.kind) {
    case 'LIMIT': {
      const { stat, min, max } = found.limit;
      const message =
        found.side === 'min'
          ? `${stat} is to be ${min} at least. Ask for less of it.`
          : `${stat} is to be ${max} at most. Allow more of it.`;
      return { ...none, kind: found.kind, stat, message };
    }
    case 'BUDGET':
      return {
        ...none,
        kind: found.kind,
        message: `All of it is to cost ${budget} at most. Allow more.`,
      };
    case 'REQUIRED': {
      const { slot } = required!;
      return {
        ...none,
        kind: found.kind,
        slot,
        message: `An item is required in ${slot}. Leave it out.`,
      };
    }
    case 'KEPT': {
      const slot = found.slot!;
      return { ...none, kind: found.kind, slot, message: `What is in ${slot} stays. Unlock it.` };
    }
  }
}

/** The optimisation with this id, or null when there is none that the viewer may see. */
export async function loadOptimisation(
  id: string,
  context: BuildsContext,
): Promise<Optimisation | null> {
  const computation = await loadComputation(context, id);
  return computation instanceof Optimisation ? computation : null;
}
