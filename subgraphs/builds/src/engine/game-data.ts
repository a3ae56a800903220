import type { GameDataState } from '@gamegraph/event-contracts';
import {
  checkFormula,
  FormulaError,
  type FormulaType,
  type Node,
  orderStats,
  parseFormula,
  type Vocabulary,
} from '@gamegraph/formula';

/** What a version of a game's data says about builds, as it was announced. */
export type Definition = Pick<
  GameDataState,
  'attributes' | 'parameters' | 'slots' | 'stats' | 'rules'
>;

/** A formula, read and checked; or what is wrong with it, which is the game developer's to mend. */
export type Formula = { node: Node } | { problem: string };

/** A version of a game's data, ready to work builds out. */
export interface GameData extends Definition {
  version: number;
  /** By the keys of stats, each after those that it refers to. */
  statFormulas: ReadonlyMap<string, Formula>;
  /** By the keys of rules. */
  ruleFormulas: ReadonlyMap<string, Formula>;
}

/** Reads all formulas. One that is wrong takes down what refers to it, and nothing else. */
export function compile(version: number, definition: Definition): GameData {
  const { attributes, parameters, slots, stats, rules } = definition;
  const vocabulary: Vocabulary = {
    parameters: keysOf(parameters),
    stats: keysOf(stats),
    slots: keysOf(slots),
    attributes: keysOf(attributes.filter(({ type }) => type === 'INTEGER' || type === 'DECIMAL')),
  };
  const read = (formulas: { key: string; formula: string }[], type: FormulaType) =>
    new Map(formulas.map(({ key, formula }) => [key, readFormula(formula, vocabulary, type)]));
  return {
    ...{ version, attributes, parameters, slots, stats, rules },
    statFormulas: inOrderOfNeed(read(stats, 'number')),
    ruleFormulas: read(rules, 'boolean'),
  };
}

function readFormula(text: string, vocabulary: Vocabulary, type: FormulaType): Formula {
  return orProblem(() => {
    const node = parseFormula(text);
    checkFormula(node, vocabulary, type);
    return { node };
  });
}

function inOrderOfNeed(formulas: Map<string, Formula>): Map<string, Formula> {
  const nodes = new Map<string, Node>();
  for (const [key, formula] of formulas) if ('node' in formula) nodes.set(key, formula.node);
  const order = orProblem(() => ({ keys: orderStats(nodes) }));
  if ('problem' in order) return new Map([...formulas.keys()].map(key => [key, order]));
  return new Map([...order.keys, ...formulas.keys()].map(key => [key, formulas.get(key)!]));
}

/** The value of `work`, or what a formula's error says instead. */
export function orProblem<T>(work: () => T): T | { problem: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof FormulaError) return { problem: error.message };
    throw error;
  }
}

function keysOf(definitions: { key: string }[]): Set<string> {
  return new Set(definitions.map(({ key }) => key));
}
