import { chosenOf } from '../placements.js';
import type { RuleSet } from '../rule-set.js';
import { findBest, type Finding, type Limit, type Question, type Solution } from './find-best.js';

const TRIES_MAX = 400; // some 2 s

/** A build that is the best of those that are asked for, or the best that was found so far. */
export interface Answer extends Solution {
  /** No such build has more; null while that is not known. */
  bound: number | null;
  /** Whether there is none better. */
  isOptimal: boolean;
}

/** Something that is asked for, and that cannot be had together with the rest. */
export type Conflict =
  | { kind: 'LIMIT'; limit: Question['limits'][number]; side: 'min' | 'max' }
  | { kind: 'BUDGET' }
  | { kind: 'REQUIRED' }
  | { kind: 'KEPT'; placement: number };

/** What is known so far. */
export interface Optimum {
  state: Finding['state'];
  /** The best build, and then others that differ from those before; the last one may not be final. */
  answers: Answer[];
  /** Where there is no build at all: a smallest set of what is asked for that no build meets. None: no build is sound. */
  conflicts: Conflict[] | null;
}

/** The best build, and as many alternatives as wanted, each the best of those that differ from all before. */
export interface Wanted {
  count: number;
  /** How many items are in one of two only, at least (`Question.others`): 2 for one item for another. */
  differing: number;
}

/**
 * As `findBest`, with alternatives, or with what is in the way.
 *
 * @throws FormulaError when the objective is wrong, or a limit is of no stat
 */
export function* optimise(
  rules: RuleSet,
  question: Question,
  { count, differing }: Wanted,
): Generator<Optimum, Optimum> {
  const answers: Answer[] = [];
  const known = (state: Optimum['state'], { best, bound }: Finding, isOptimal = false) => ({
    ...{ state, conflicts: null },
    answers: best ? [...answers, { ...best, bound, isOptimal }] : [...answers],
  });
  let state: Optimum['state'] = 'OPTIMAL';
  while (answers.length < count) {
    const others = [
      ...(question.others ?? []),
      ...answers.map(({ content }) => ({ content, differing })),
    ];
    const search = findBest(rules, { ...question, others });
    let step = search.next();
    for (; !step.done; step = search.next()) yield known('SEARCHING', step.value);
    const { best, bound, state: end } = step.value;
    if (best) answers.push({ ...best, bound, isOptimal: end === 'OPTIMAL' });
    if (end === 'STOPPED') state = 'STOPPED';
    if (!best) {
      if (end === 'INFEASIBLE' && answers.length === 0) {
        const conflicts = yield* conflictsOf(rules, question);
        return { state: 'INFEASIBLE', answers, conflicts };
      }
      break; // there are no more
    }
  }
  return { state, answers, conflicts: null };
}

/** Leaves one thing after another out: where there still is no build, it is not what is in the way. */
function* conflictsOf(rules: RuleSet, question: Question): Generator<Optimum, Conflict[]> {
  const { limits, budget, required, kept } = question;
  let conflicts: Conflict[] = [
    ...limits.flatMap((limit): Conflict[] => [
      ...(limit.min === undefined ? [] : [{ kind: 'LIMIT', limit, side: 'min' } as const]),
      ...(limit.max === undefined ? [] : [{ kind: 'LIMIT', limit, side: 'max' } as const]),
    ]),
    ...(budget ? [{ kind: 'BUDGET' } as const] : []),
    ...(required ? [{ kind: 'REQUIRED' } as const] : []),
    ...kept.flatMap(({ socket }, placement) =>
      socket ? [] : [{ kind: 'KEPT', placement } as const],
    ),
  ];
  for (const one of [...conflicts]) {
    const others = conflicts.filter(other => other !== one);
    if (!(yield* mayBe(rules, withOnly(question, others)))) conflicts = others;
  }
  return conflicts;
}

/** Whether there is any build; true also when that cannot be told in time. */
function* mayBe(rules: RuleSet, question: Question): Generator<Optimum, boolean> {
  const search = findBest(rules, { ...question, objective: '0' });
  let step = search.next();
  for (let n = 0; !step.done && n < TRIES_MAX; n++, step = search.next()) {
    if (step.value.best) return true;
    yield { state: 'SEARCHING', answers: [], conflicts: null };
  }
  return !step.done || step.value.state !== 'INFEASIBLE';
}

/** Asks for no more than that. */
function withOnly(question: Question, asked: readonly Conflict[]): Question {
  const { budget, required, kept, ...rest } = question;
  const hosts = new Set(asked.flatMap(one => (one.kind === 'KEPT' ? [one.placement] : [])));
  return {
    ...rest,
    limits: asked.flatMap((one): Limit[] => {
      if (one.kind !== 'LIMIT') return [];
      const { stat, min, max } = one.limit;
      return one.side === 'min' ? [{ stat, min: min! }] : [{ stat, max: max! }];
    }),
    ...(budget && asked.some(({ kind }) => kind === 'BUDGET') && { budget }),
    ...(required && asked.some(({ kind }) => kind === 'REQUIRED') && { required }),
    kept: chosenOf(kept, ({ socket }, n) => hosts.has(socket ? socket.of : n)),
  };
}
