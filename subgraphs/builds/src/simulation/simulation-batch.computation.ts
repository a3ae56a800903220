import {
  type CompiledRules,
  type Content,
  FightSimulation,
  type MeasureEstimate,
  type RuleItem,
  type RuleSet,
  type SimulationPlan,
  type TallyState,
  withItemAt,
  workOut,
} from '@gamegraph/rules';
import { ComputationFailed, type ComputationKind } from '../computation/computation-kind.js';
import { fightFor } from './simulation.computation.js';

const STEP_MS = 10;

/** A place in builds, where one of several items is to be. */
export interface BatchChoice<Item> {
  slot: string;
  /** Which of the slot's items, from 0. */
  position: number;
  items: Item[];
}

/** Which builds, with which items instead of theirs, and which fight. */
export interface BatchQuestion extends SimulationPlan {
  buildIds: string[];
  choices: BatchChoice<string>[];
  opponentId: string | null;
  fight: string;
  dataVersion: number;
  rankBy: string;
  isLowestFirst: boolean;
}

export interface BatchMaterial {
  builds: Content[];
  choices: BatchChoice<RuleItem>[];
  opponent: Content | null;
}

/** A build with an item of each choice, and what its fights came to. */
export interface Contestant {
  /** Which of the builds, and of each choice which item: from 0. */
  build: number;
  picks: number[];
  fought: number;
  /** Why its fights could not be fought. */
  problem: string | null;
  measures: MeasureEstimate[];
}

export interface BatchProgress {
  /** How many are to fight. */
  contestants: number;
  /** How many break rules of the game that their build does not, and so are left out. */
  leftOut: number;
  /** Those that have fought, the best first. */
  results: Contestant[];
}

interface BatchCheckpoint {
  results: Contestant[];
  /** Of who fights now. */
  tallies: TallyState[];
}

/** Fights of many builds, or of one with many items, one after the other. All have the same chances. */
export const SIMULATION_BATCH: ComputationKind<
  BatchQuestion,
  BatchMaterial,
  BatchProgress,
  BatchCheckpoint
> = {
  revision: 1,
  *run({ question, material, rules }, from) {
    const fight = rules.rules.fights.find(({ key }) => key === question.fight)!;
    const { contestants, leftOut } = contestantsOf(rules, material);
    const results = [...(from?.results ?? [])];
    const ranked = () => results.toSorted(better(question));
    const progress = () => ({ contestants: contestants.length, leftOut, results: ranked() });
    if (contestants.length === 0)
      throw new ComputationFailed('Each of them breaks rules that its build does not.');
    for (const { build, picks, content } of contestants.slice(results.length)) {
      const isFirst = results.length === from?.results.length;
      const simulation = new FightSimulation(
        ...[rules, fight, { build: content, opponent: material.opponent }, question],
        isFirst ? from.tallies : undefined,
      );
      let problem: string | null = null;
      const result = () => ({
        ...{ build, picks, problem, fought: simulation.iterations },
        measures: simulation.estimates.map(one => ({ ...one, quantiles: [] })),
      });
      do {
        try {
          fightFor(simulation, STEP_MS);
        } catch (error) {
          if (!(error instanceof ComputationFailed)) throw error;
          problem = error.message;
        }
        if (problem === null && !simulation.isDone)
          yield {
            ...{ isDone: false, progress },
            checkpoint: () => ({ results: [...results], tallies: simulation.state }),
          };
      } while (problem === null && !simulation.isDone);
      results.push(result());
      yield {
        ...{ isDone: results.length === contestants.length, progress },
        checkpoint: () => ({ results: [...results], tallies: [] }),
      };
    }
  },
};

/** All combinations, those of the first build and of the first items first. */
function contestantsOf(rules: CompiledRules, { builds, choices }: BatchMaterial) {
  let combinations: number[][] = [[]];
  for (const { items } of choices)
    combinations = combinations.flatMap(picks => items.map((_, n) => [...picks, n]));
  const contestants: { build: number; picks: number[]; content: Content }[] = [];
  for (const [build, content] of builds.entries()) {
    const broken = new Set(brokenBy(rules, content));
    for (const picks of combinations) {
      const changed = choices.reduce(
        (before, choice, n) => withItem(rules.rules, before, choice, choice.items[picks[n]!]!),
        content,
      );
      if (brokenBy(rules, changed).every(rule => broken.has(rule)))
        contestants.push({ build, picks, content: changed });
    }
  }
  return { contestants, leftOut: builds.length * combinations.length - contestants.length };
}

function brokenBy(rules: CompiledRules, content: Content): string[] {
  return workOut(rules, content).violations.map(({ rule }) => rule);
}

/** With that item there. What was in sockets that it does not have is gone. */
export function withItem(
  { slots }: RuleSet,
  content: Content,
  { slot, position }: Pick<BatchChoice<unknown>, 'slot' | 'position'>,
  item: RuleItem,
): Content {
  const { placements, parameters } = content;
  const places = placements.flatMap((one, n) => (one.slot === slot ? [n] : []));
  const at = places[position];
  if (at === undefined) return { parameters, placements: [...placements, { slot, item }] };
  return { parameters, placements: withItemAt(slots, placements, at, item) };
}

function better({ rankBy, isLowestFirst }: BatchQuestion) {
  const valueOf = ({ measures, problem }: Contestant) => {
    const mean = measures.find(({ key }) => key === rankBy)!.mean;
    return problem !== null ? -Infinity : isLowestFirst ? -mean : mean;
  };
  return (a: Contestant, b: Contestant) => {
    const [mine, theirs] = [valueOf(a), valueOf(b)];
    return mine === theirs ? 0 : theirs - mine;
  };
}
