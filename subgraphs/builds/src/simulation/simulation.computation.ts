import {
  type Content,
  FightProblem,
  FightSimulation,
  type MeasureEstimate,
  type SimulationPlan,
  type TallyState,
} from '@gamegraph/rules';
import { ComputationFailed, type ComputationKind } from '../computation/computation-kind.js';

const STEP_MS = 10;

/** Which fight, and how often. */
export interface SimulationQuestion extends SimulationPlan {
  buildId: string;
  opponentId: string | null;
  /** Its key. */
  fight: string;
  /** Of the game's data. */
  dataVersion: number;
}

/** What the builds consisted of when it was asked. */
export interface SimulationMaterial {
  build: Content;
  opponent: Content | null;
}

export interface SimulationProgress {
  fought: number;
  measures: MeasureEstimate[];
}

/** Fights of a build, again and again. */
export const SIMULATION: ComputationKind<
  SimulationQuestion,
  SimulationMaterial,
  SimulationProgress,
  TallyState[]
> = {
  revision: 1,
  *run({ question, material, rules }, from) {
    const fight = rules.rules.fights.find(({ key }) => key === question.fight)!;
    const simulation = new FightSimulation(rules, fight, material, question, from);
    for (;;) {
      fightFor(simulation, STEP_MS);
      yield {
        isDone: simulation.isDone,
        progress: () => ({ fought: simulation.iterations, measures: simulation.estimates }),
        checkpoint: () => simulation.state,
      };
    }
  },
};

/** @throws ComputationFailed */
export function fightFor(simulation: FightSimulation, ms: number): void {
  const until = performance.now() + ms;
  try {
    while (!simulation.isDone && performance.now() < until) simulation.next();
  } catch (error) {
    throw error instanceof FightProblem ? new ComputationFailed(error.message) : error;
  }
}
