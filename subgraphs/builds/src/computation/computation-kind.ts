import type { CompiledRules } from '@gamegraph/rules';

/** How far a computation has come, between two steps. Both functions are called now and then, not at each step. */
export interface Step<Progress, Checkpoint> {
  isDone: boolean;
  /** What there is to show already: JSON, as is all that is kept. Of the last step this is the result. */
  progress(): Progress;
  /** What `run` needs to go on from here, to the same result to the last bit. */
  checkpoint(): Checkpoint;
}

/**
 * Something that takes long, such as a simulation or an optimisation. It runs in a thread of its own, so it imports
 * nothing that is of a database, of GraphQL, or of a request.
 *
 * What it reads besides the game's rules is all in its question and its material, so that it comes to the same wherever
 * and however often it is taken up again. All of these are JSON: no infinities, no NaN, no undefined.
 */
export interface ComputationKind<Question, Material, Progress, Checkpoint> {
  /** To be raised when the same question comes to another result, or a checkpoint is another than it was. */
  revision: number;
  /**
   * Goes on from the checkpoint, if there is one. Steps take some 10 ms, 20 at most: between them it is heard whether to
   * stop. The last step is done.
   *
   * @throws ComputationFailed
   */
  run(
    input: { question: Question; material: Material; rules: CompiledRules },
    checkpoint: Checkpoint | undefined,
  ): Iterable<Step<Progress, Checkpoint>>;
}

/** Any kind. That question, material and checkpoint are its own, who keeps them sees to. */
export type AnyComputationKind = ComputationKind<never, never, unknown, unknown>;

/** It cannot come to a result; the message is for whoever asked. Any other error is a bug of ours. */
export class ComputationFailed extends Error {
  override name = 'ComputationFailed';
}
