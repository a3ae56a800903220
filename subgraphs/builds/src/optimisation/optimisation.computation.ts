import {
  chosenOf,
  type CompiledRules,
  type Conflict,
  type Content,
  costOfBuild,
  costOfItem,
  FormulaError,
  optimise,
  type Optimum,
  type Placement,
  type Question,
  type RuleItem,
  type Setting,
  type StatValue,
  workOut,
} from '@gamegraph/rules';
import { ComputationFailed, type ComputationKind } from '../computation/computation-kind.js';

/** What the best build is to be like. Ids are uuids. */
export interface OptimisationQuestion {
  buildId: string;
  /** Of the game's data. */
  dataVersion: number;
  objective: string;
  limits: Question['limits'];
  /** What the whole build costs at most, by the attribute that is the game's `cost`. */
  budget: number | null;
  lockedSlots: string[];
  ownedOnly: boolean;
  excludedItemIds: string[];
  required: { itemId: string; slot: string } | null;
  alternatives: number;
  differing: number;
  /** When to stop if the best is not proven by then. */
  seconds: number;
  /** The optimisation that this is compared with: the same without `required`. */
  without: string | null;
}

/** An item that may be chosen, or that is there. */
export interface Candidate extends RuleItem {
  id: string;
  /** How many of it may be chosen; null for as many as may be. */
  available: number | null;
}

export interface OptimisationMaterial {
  parameters: readonly Setting[];
  /** What the build consists of now. */
  placements: readonly Placement<Candidate>[];
  candidates: readonly Candidate[];
  required: Candidate | null;
}

/** A build that was found. */
export interface OptimisedContent {
  objective: number;
  bound: number | null;
  isOptimal: boolean;
  items: { slot: string; itemId: string; name: string; socket?: { of: number; index: number } }[];
  stats: StatValue[];
  cost: number | null;
}

export interface OptimisationProgress {
  state: Optimum['state'];
  answers: OptimisedContent[];
  conflicts: OptimisationConflictFound[] | null;
}

/** `Conflict`, with what it is about. */
export type OptimisationConflictFound = Conflict & { itemId?: string; slot?: string };

/** What was found, and for how long it was looked for. */
interface Checkpoint {
  best: { placements: Placement<Candidate>[] } | null;
  spentMs: number;
}

/** The best build of a game for what somebody wants. */
export const OPTIMISATION: ComputationKind<
  OptimisationQuestion,
  OptimisationMaterial,
  OptimisationProgress,
  Checkpoint
> = {
  revision: 1,
  *run({ question, material, rules }, from) {
    const began = performance.now() - (from?.spentMs ?? 0);
    const asked = askedOf(question, material, rules, from?.best?.placements);
    const wanted = { count: question.alternatives, differing: question.differing };
    const search = failing(optimise(rules.rules, asked, wanted));
    const step = (known: Optimum, isDone: boolean) => ({
      isDone,
      progress: () => progressOf(rules, asked, known),
      checkpoint: () => ({
        best: bestOf(known) ?? from?.best ?? null,
        spentMs: performance.now() - began,
      }),
    });
    for (;;) {
      const { value: known, done } = search.next();
      if (done) return yield step(known, true);
      if (performance.now() - began > question.seconds * 1_000)
        return yield step({ ...known, state: 'STOPPED' }, true);
      yield step(known, false);
    }
  },
};

function askedOf(
  question: OptimisationQuestion,
  { parameters, placements, candidates, required }: OptimisationMaterial,
  { rules }: CompiledRules,
  found: readonly Placement<Candidate>[] | undefined,
): Question {
  const { objective, limits, budget, lockedSlots } = question;
  const locked = new Set(lockedSlots);
  const isKept = ({ slot, socket }: Placement<Candidate>) =>
    locked.has(socket ? placements[socket.of]!.slot : slot);
  const kept = chosenOf(placements, isKept);
  return {
    ...{ objective, parameters, limits, candidates, kept },
    slots: rules.slots.map(({ key }) => key).filter(key => !locked.has(key)),
    ...(budget !== null && {
      budget: { max: budget, costOf: item => costOfItem(rules, item) ?? 0 },
    }),
    ...(required &&
      question.required && {
        required: { item: required, slot: question.required.slot },
      }),
    availableOf: item => (item as Candidate).available ?? Infinity,
    known: { placements: found ?? placements, parameters },
  };
}

function bestOf({ answers: [best] }: Optimum): Checkpoint['best'] {
  return best ? { placements: [...best.content.placements] as Placement<Candidate>[] } : null;
}

function progressOf(
  rules: CompiledRules,
  { kept }: Question,
  { state, answers, conflicts }: Optimum,
): OptimisationProgress {
  return {
    state,
    answers: answers.map(({ content, objective, bound, isOptimal }) => ({
      ...{ objective, bound, isOptimal },
      items: itemsOf(content),
      stats: workOut(rules, content).stats,
      cost: costOfBuild(rules.rules, content),
    })),
    conflicts:
      conflicts?.map(conflict => {
        if (conflict.kind !== 'KEPT') return conflict;
        const { slot, item } = kept[conflict.placement]!;
        return { ...conflict, slot, itemId: (item as Candidate).id };
      }) ?? null,
  };
}

function itemsOf({ placements }: Content<RuleItem>): OptimisedContent['items'] {
  return placements.map(({ slot, item, socket }) => ({
    ...{ slot, itemId: (item as Candidate).id, name: item.name },
    ...(socket && { socket }),
  }));
}

/** A formula that is wrong was refused when it was asked; what is left is one that the rules made wrong. */
function* failing<T, R>(search: Generator<T, R>): Generator<T, R> {
  try {
    return yield* search;
  } catch (error) {
    throw error instanceof FormulaError ? new ComputationFailed(error.message) : error;
  }
}
