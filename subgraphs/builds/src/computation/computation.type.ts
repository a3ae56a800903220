import { Field, ID, InterfaceType, registerEnumType } from 'type-graphql';

export enum ComputationState {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  DONE = 'DONE',
  CANCELLED = 'CANCELLED',
  FAILED = 'FAILED',
}

registerEnumType(ComputationState, {
  name: 'ComputationState',
  description: 'How far a computation has come.',
  valuesConfig: {
    QUEUED: { description: 'It waits for its turn, the first time or once more.' },
    CANCELLED: { description: 'It was stopped; what it has come to so far is kept.' },
    FAILED: { description: 'It cannot come to an end; `problem` says why.' },
  },
});

/** As it is kept. Question and progress are those of its kind. */
export interface ComputationRow {
  id: string;
  kind: string;
  game_data_id: string;
  build_ids: string[];
  state: ComputationState;
  question: unknown;
  progress: unknown;
  problem: string | null;
  queued_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

type ComputationClass = new (row: ComputationRow) => Computation;

const TYPES = new Map<string, ComputationClass>();

/** Makes a class the type of a kind of computation (`KINDS`). */
export function OfKind(kind: string) {
  return (type: ComputationClass) => void TYPES.set(kind, type);
}

export function typeOfKind(kind: string): ComputationClass | undefined {
  return TYPES.get(kind);
}

/** The names of all types that there are. */
export function computationTypes(): string[] {
  return [...TYPES.values()].map(({ name }) => name);
}

/** Each kind has a type of its own that extends this. */
@InterfaceType({
  description:
    'Something that takes long to work out. It goes on after restarts; whoever asks the same joins it, or has its result at once.',
})
export abstract class Computation {
  @Field(() => ID)
  id: string;

  @Field(() => ComputationState)
  state: ComputationState;

  @Field(() => String, { nullable: true, description: 'Why it has failed.' })
  problem: string | null;

  @Field(() => Date, { description: 'When it was put into the queue, the last time.' })
  queuedAt: Date;

  @Field(() => Date, { nullable: true, description: 'When it first ran.' })
  startedAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it was done, was cancelled or failed.' })
  finishedAt: Date | null;

  constructor(row: ComputationRow) {
    this.id = row.id;
    this.state = row.state;
    this.problem = row.problem;
    this.queuedAt = new Date(row.queued_at);
    this.startedAt = row.started_at && new Date(row.started_at);
    this.finishedAt = row.finished_at && new Date(row.finished_at);
  }
}
