import { isNear } from '../formula/arithmetic.js';

/** After so many actions a fight is told to be faulty. */
const ACTIONS_MAX = 20_000;
/** Seconds. */
const EVERY_MIN = 0.001;

/** One side of a fight. */
export interface SideState {
  variables: Float64Array;
  /** Of its build; of the other's, for a target. NaN for those without a value. */
  stats: Float64Array;
  parameters: Float64Array;
}

/** What a formula of a fight comes to for `self`. `unit` is at random, from 0 to below 1. */
export type FightCode<Value> = (
  self: SideState,
  other: SideState,
  time: number,
  unit: () => number,
) => Value;

export interface ActionProgram {
  every: FightCode<number>;
  first: FightCode<number>;
  condition: FightCode<boolean>;
  /** Has all effects. */
  act: FightCode<void>;
}

export interface SideProgram {
  /** Gives all variables what they begin with. */
  begin: FightCode<void>;
  speed: FightCode<number> | null;
  actions: ActionProgram[];
}

/** The formulas of a fight, to be called. Those of the build's side first. */
export interface FightProgram {
  pace: 'TIME' | 'TURNS';
  limit: number;
  sides: readonly [SideProgram, SideProgram];
  isOver: FightCode<boolean>;
  /** A CHANCE is 1 or 0. */
  measures: FightCode<number>[];
}

/** A fight that cannot be fought to its end. The message is for whoever wrote it. */
export class FightProblem extends Error {
  override name = 'FightProblem';
}

/**
 * Fights once, and writes what is measured into `measures`.
 *
 * @throws FightProblem
 */
export function fightOnce(
  program: FightProgram,
  states: readonly [SideState, SideState],
  unit: () => number,
  measures: Float64Array,
): void {
  const [self, other] = states;
  program.sides[0].begin(self, other, 0, unit);
  program.sides[1].begin(other, self, 0, unit);
  const end = (program.pace === 'TIME' ? fightByTime : fightByTurns)(program, states, unit);
  for (const [n, measure] of program.measures.entries())
    measures[n] = measure(self, other, end, unit);
}

/** Returns when it ended. What comes at the same time comes in the order in which it is written, the build's first. */
function fightByTime(
  { sides, limit, isOver }: FightProgram,
  [self, other]: readonly [SideState, SideState],
  unit: () => number,
): number {
  if (isOver(self, other, 0, unit)) return 0;
  const coming: { at: number; action: ActionProgram; by: SideState; to: SideState }[] = [];
  for (const [n, { actions }] of sides.entries()) {
    const [by, to] = n === 0 ? [self, other] : [other, self];
    for (const action of actions)
      coming.push({ at: soundDelay(action.first(by, to, 0, unit), 0), action, by, to });
  }
  for (let count = 0; count < ACTIONS_MAX; count++) {
    let next = coming[0];
    for (const one of coming) if (one.at < next!.at) next = one;
    if (!next || next.at >= limit) return limit;
    const { at, action, by, to } = next;
    if (action.condition(by, to, at, unit)) {
      action.act(by, to, at, unit);
      if (isOver(self, other, at, unit)) return at;
    }
    next.at += soundDelay(action.every(by, to, at, unit), EVERY_MIN);
  }
  throw new FightProblem(`It has more than ${ACTIONS_MAX} actions. Have them come less often.`);
}

function soundDelay(seconds: number, least: number): number {
  if (seconds >= least) return seconds;
  throw new FightProblem(`An action comes after ${seconds} seconds: ${least} is the least.`);
}

/** Returns the number of the turn in which it ended. */
function fightByTurns(
  { sides, limit, isOver }: FightProgram,
  [self, other]: readonly [SideState, SideState],
  unit: () => number,
): number {
  if (isOver(self, other, 0, unit)) return 0;
  const [first, second] = sides;
  const takeTurn = (by: SideState, to: SideState, { actions }: SideProgram, turn: number) => {
    actions.find(({ condition }) => condition(by, to, turn, unit))?.act(by, to, turn, unit);
    return isOver(self, other, turn, unit);
  };
  for (let turn = 1; turn <= limit; turn++) {
    const mine = first.speed?.(self, other, turn, unit) ?? 0;
    const theirs = second.speed?.(other, self, turn, unit) ?? 0;
    const isFirst =
      isNear(mine, theirs) && (first.speed || second.speed) ? unit() < 0.5 : mine >= theirs;
    const isEnded = isFirst
      ? takeTurn(self, other, first, turn) || takeTurn(other, self, second, turn)
      : takeTurn(other, self, second, turn) || takeTurn(self, other, first, turn);
    if (isEnded) return turn;
  }
  return limit;
}
