import type { CompiledRules } from '../compiled-rules.js';
import type { Content } from '../rule-set.js';
import { chance } from './chance.js';
import { type CompiledFight, compileFight } from './compiled-fight.js';
import type { FightDefinition } from './fight-definition.js';
import { fightOnce, FightProblem, type SideState } from './fight.js';
import { readFight } from './read-fight.js';
import { type Estimate, Tally, type TallyState } from './tally.js';

export const ITERATIONS_MIN = 100;
export const ITERATIONS_MAX = 1_000_000;
/** The squares of a million of these are numbers still. */
const MEASURED_MAX = 1e100;
/** How often it is looked whether the intervals are narrow enough. */
const CHECK_EVERY = 100;

/** How often, and by which chance. */
export interface SimulationPlan {
  /** A whole number from 0 to 2^53 - 1: the same seed makes the same fights. */
  seed: number;
  /** How many fights, at most. */
  iterations: number;
  /** Enough are fought when no interval is wider to a side than this part of its mean; a chance: than this itself. */
  precision: number | null;
}

/** One measure of a fight, over all. */
export interface MeasureEstimate extends Estimate {
  key: string;
  name: string;
  unit: string | null;
  type: 'NUMBER' | 'CHANCE';
}

/** Fights a build's fight again and again. Each has chances of its own, by the seed and its number, from 0. */
export class FightSimulation {
  readonly #fight: CompiledFight;
  readonly #states: readonly [SideState, SideState];
  readonly #tallies: Tally[];
  readonly #measured: Float64Array;

  /** @param opponent of a fight of two builds */
  constructor(
    private readonly compiled: CompiledRules,
    private readonly definition: FightDefinition,
    { build, opponent }: { build: Content; opponent: Content | null },
    private readonly plan: SimulationPlan,
    from?: TallyState[],
  ) {
    this.#fight = compileFight(compiled, definition);
    const side = (content: Content, variables: number): SideState => {
      const frame = compiled.frameOf(content);
      const stats = compiled.stats(frame);
      return { variables: new Float64Array(variables), stats, parameters: frame.parameters };
    };
    const second = definition.target ?? definition.build;
    this.#states = [
      side(build, definition.build.variables.length),
      side(opponent ?? build, second.variables.length),
    ];
    const { measures } = definition;
    this.#tallies = measures.map((_, n) => new Tally(from?.[n]));
    this.#measured = new Float64Array(measures.length);
  }

  /** Fights so far. */
  get iterations(): number {
    return this.#tallies[0]!.count;
  }

  get isDone(): boolean {
    const { iterations, precision } = this.plan;
    const fought = this.iterations;
    if (fought >= iterations) return true;
    if (precision === null || fought === 0 || fought % CHECK_EVERY !== 0) return false;
    return this.estimates.every(({ type, mean, low, high }) => {
      const width = type === 'CHANCE' ? precision : precision * Math.abs(mean);
      return (high - low) / 2 <= width;
    });
  }

  /** To go on from. */
  get state(): TallyState[] {
    return this.#tallies.map(({ state }) => state);
  }

  get estimates(): MeasureEstimate[] {
    return this.definition.measures.map(({ key, name, unit, type }, n) => ({
      ...{ key, name, unit, type, ...this.#tallies[n]!.estimate(type === 'CHANCE') },
    }));
  }

  /** Fights once more. @throws FightProblem */
  next(): void {
    const number = this.#tallies[0]!.count;
    try {
      fightOnce(this.#fight.program, this.#states, chance(this.plan.seed, number), this.#measured);
    } catch (error) {
      if (!(error instanceof FightProblem)) throw error;
      this.#fight.wasBad();
      throw this.#problemOf(number) ?? error;
    }
    if (this.#fight.wasBad()) throw this.#problemOf(number) ?? new FightProblem('It has no value.');
    for (const [n, tally] of this.#tallies.entries()) {
      const value = this.#measured[n]! + 0; // the sign of zero would be lost with a state
      if (Math.abs(value) > MEASURED_MAX)
        throw new FightProblem(
          `fights.${this.definition.key}.measures.${this.definition.measures[n]!.key}: This is too large a number.`,
        );
      tally.add(value);
    }
  }

  /** What is wrong with the fight of that number. */
  #problemOf(number: number): FightProblem | undefined {
    const { seed } = this.plan;
    try {
      const program = readFight(this.compiled, this.definition);
      fightOnce(program, this.#states, chance(seed, number), this.#measured);
      return undefined;
    } catch (error) {
      if (error instanceof FightProblem) return error;
      throw error;
    }
  }
}
