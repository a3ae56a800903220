import {
  ceil,
  clamp,
  floor,
  isAtMost,
  isLess,
  isNear,
  quotient,
  random,
  randomWhole,
  round,
  roundHalfDown,
  softCap,
  truncate,
} from './arithmetic.js';
import { FormulaError, type Node, type Operation, type Side } from './syntax.js';
import type { Table } from './table.js';

export type Value = number | boolean | string | readonly string[];

/** An item in a slot, as formulas see it. */
export interface ItemInScope {
  name: string;
  slot: string;
  category: string;
  key: string;
  attributes: Readonly<Record<string, Value>>;
  /** How often the build has this item. */
  copies: number;
  /** Whether it has sockets, and each holds what matches it. */
  socketsMatch: boolean;
}

/** What a formula is about. */
export interface Environment {
  items: readonly ItemInScope[];
  parameters: ReadonlyMap<string, number | string>;
  /** Those that were worked out before (`inOrderOfNeed`). */
  stats: ReadonlyMap<string, number>;
  /** What an item that does not have an attribute counts for: 0, false, no text, no list. */
  zeros: ReadonlyMap<string, Value>;
  tables: ReadonlyMap<string, Table>;
  /** For formulas of fights. */
  fight?: {
    /** Undefined for a stat that has no value. */
    valueOf(side: Side, key: string): number | undefined;
    time: number;
    /** At random, from 0 to below 1. */
    unit(): number;
  };
}

/** A value, and what it is made of. The contributions of the parts, added in their order, are the value: exactly. */
export interface Explanation<V extends Value = Value> {
  label: string;
  value: V;
  parts: Part[];
}

export interface Part extends Explanation {
  contribution: number;
}

/**
 * Works a formula out that `checkFormula` has passed, and says how.
 *
 * @param text of the formula
 * @throws FormulaError when there is no value: a division by zero, a result beyond all bounds, a stat that has none itself
 */
export function explain(
  node: Node,
  text: string,
  environment: Environment,
  item?: ItemInScope,
): Explanation {
  return new Explainer(text, environment).explain(node, item);
}

/** Adds what is missing for the contributions to make up the value: the noise of binary fractions, if anything. */
export function exactly(value: number, parts: Part[], label = 'rounding of fractions'): Part[] {
  const rest = value - parts.reduce((sum, { contribution }) => sum + contribution, 0);
  if (rest === 0 || !Number.isFinite(rest)) return parts;
  // Once is enough, unless the value is nothing against what was added up and taken away.
  return exactly(value, [...parts, { label, value: rest, contribution: rest, parts: [] }], label);
}

class Explainer {
  constructor(
    private readonly text: string,
    private readonly environment: Environment,
  ) {}

  explain(node: Node, item?: ItemInScope): Explanation {
    const label = this.text.slice(node.at, node.end);
    const leaf = (value: Value): Explanation => ({ label, value, parts: [] });
    switch (node.kind) {
      case 'number':
      case 'boolean':
      case 'text':
        return leaf(node.value);
      case 'parameter':
        return leaf(
          known(this.environment.parameters.get(node.key), `The parameter ${node.key}`, node),
        );
      case 'stat':
        return leaf(known(this.environment.stats.get(node.key), `The stat ${node.key}`, node));
      case 'attribute':
        return leaf(this.#attribute(node.key, item!));
      case 'item':
        return leaf(ITEM_VALUES[node.name](item!));
      case 'unary': {
        const operand = this.explain(node.operand, item);
        if (node.operator === 'not') return { label, value: !operand.value, parts: [] };
        const value = -(operand.value as number);
        return { label, value, parts: [{ ...operand, contribution: value }] };
      }
      case 'binary':
        return this.#binary(node, label, item);
      case 'call':
        return this.#call(node, label, item);
      case 'table': {
        const given = node.arguments.map(each => this.explain(each, item));
        const keys = given.map(({ value }) => value as number | string);
        const value = this.environment.tables.get(node.key)!.find(keys[0]!, keys[1]);
        if (Number.isNaN(value))
          throw new FormulaError(`table.${node.key} has nothing for ${keys.join(', ')}.`, node.at);
        return { label: `table.${node.key}(${keys.join(', ')})`, value, parts: [] };
      }
      case 'aggregate':
        // What it is made of is told once, not for each item again: that would be millions of parts.
        return { ...this.#aggregate(node, label), ...(item && { parts: [] }) };
      case 'side': {
        const { side, key } = node;
        return leaf(known(this.environment.fight!.valueOf(side, key), `${side}.${key}`, node));
      }
      case 'fight':
        return leaf(this.#fight(node));
    }
  }

  #fight(node: Node & { kind: 'fight' }): Value {
    const { time, unit } = this.environment.fight!;
    const [first, second] = node.arguments.map(each => this.#number(each).value);
    if (node.name === 'time') return time;
    if (node.name === 'chance') return unit() < first!;
    const value = (node.name === 'random' ? random : randomWhole)(first!, second!, unit());
    if (Number.isNaN(value))
      throw new FormulaError(`There is no number from ${first} to ${second}.`, node.at);
    return value;
  }

  #number(node: Node, item?: ItemInScope): Explanation<number> {
    return this.explain(node, item) as Explanation<number>;
  }

  #attribute(key: string, { attributes }: ItemInScope): Value {
    return Object.hasOwn(attributes, key) ? attributes[key]! : this.environment.zeros.get(key)!;
  }

  #binary(node: Node & { kind: 'binary' }, label: string, item?: ItemInScope): Explanation {
    const { operator } = node;
    const left = this.explain(node.left, item);
    if (operator === 'and' && left.value === false) return { label, value: false, parts: [] };
    if (operator === 'or' && left.value === true) return { label, value: true, parts: [] };
    const right = this.explain(node.right, item);
    if (operator === 'and' || operator === 'or') return { label, value: right.value, parts: [] };
    const [a, b] = [left.value as number, right.value as number];
    if (operator in COMPARISONS) {
      const isText = typeof left.value !== 'number';
      const value = isText
        ? (left.value === right.value) === (operator === '=')
        : COMPARISONS[operator as Comparison](a, b);
      return { label, value, parts: [] };
    }
    if ((operator === '/' || operator === '%') && b === 0)
      throw new FormulaError('This divides by zero.', node.at);
    const value = finite(ARITHMETIC[operator as Arithmetic](a, b), node);
    if (operator === '+' || operator === '-') {
      const before = isSum(node.left) ? left.parts : [{ ...left, contribution: a }];
      const last = { ...right, contribution: operator === '+' ? b : -b };
      return { label, value, parts: exactly(value, [...before, last]) };
    }
    const changed = { ...right, label: `${operator} ${right.label}`, contribution: value - a };
    return { label, value, parts: exactly(value, [{ ...left, contribution: a }, changed]) };
  }

  #call(node: Node & { kind: 'call' }, label: string, item?: ItemInScope): Explanation {
    if (node.name === 'if') {
      const [condition, yes, no] = node.arguments as [Node, Node, Node];
      const asked = this.explain(condition, item);
      const chosen = this.explain(asked.value === true ? yes : no, item); // the other may have no value
      if (typeof chosen.value !== 'number') return { label, value: chosen.value, parts: [] };
      const parts = [
        { ...asked, contribution: 0 },
        { ...chosen, contribution: chosen.value },
      ];
      return { label, value: chosen.value, parts };
    }
    const given = node.arguments.map(each => this.explain(each, item));
    if (node.name === 'has' || node.name === 'size') {
      const list = given[0]!.value as readonly string[];
      const value = node.name === 'size' ? list.length : list.includes(given[1]!.value as string);
      return { label, value, parts: [] };
    }
    const values = given.map(({ value }) => value as number);
    if (node.name === 'quotient' && values[1] === 0)
      throw new FormulaError('This divides by zero.', node.at);
    const value = finite(FUNCTIONS[node.name](...(values as [number, number, number])), node);
    const [first, ...others] = given as Explanation<number>[];
    // What came first is changed to the result by the others, or by the function itself.
    const by = others.find(other => other.value === value);
    const rest = value - first!.value;
    const changed = { ...(by ?? { value: rest, parts: [] }), label: by?.label ?? node.name };
    const parts: Part[] = [{ ...first!, contribution: first!.value }];
    if (rest !== 0) parts.push({ ...changed, contribution: rest });
    return { label, value, parts: exactly(value, parts) };
  }

  #aggregate(node: Node & { kind: 'aggregate' }, label: string): Explanation {
    const { name, value: inner, condition } = node;
    const chosen = this.environment.items.filter(
      item => !condition || this.explain(condition, item).value === true,
    );
    if (name === 'any') return { label, value: chosen.length > 0, parts: [] };
    if (name === 'all')
      return { label, value: chosen.length === this.environment.items.length, parts: [] };
    // An item that does not have the attribute is neither the highest nor the lowest, nor a factor.
    const having = chosen.filter(
      ({ attributes }) => inner?.kind !== 'attribute' || Object.hasOwn(attributes, inner.key),
    );
    const parts = having.map(item => {
      const { value, parts: within } = inner ? this.#number(inner, item) : { value: 1, parts: [] };
      return { label: item.name, value, parts: within, contribution: value };
    });
    if (name === 'sum' || name === 'count') {
      const value = parts.reduce((sum, part) => sum + part.value, 0);
      return { label, value: finite(value, node), parts: parts.filter(part => part.value !== 0) };
    }
    if (name === 'product') {
      let value = 1;
      const steps = parts.map(part => {
        const before = value;
        value *= part.value;
        return { ...part, contribution: value - before };
      });
      const one: Part = { label: '1', value: 1, contribution: 1, parts: [] };
      const changes = steps.filter(({ contribution }) => contribution !== 0);
      return { label, value: finite(value, node), parts: exactly(value, [one, ...changes]) };
    }
    const values = parts.map(part => part.value);
    const value =
      values.length === 0 ? 0 : name === 'highest' ? Math.max(...values) : Math.min(...values);
    const best = parts.find(part => part.value === value);
    return { label, value, parts: best ? [best] : [] };
  }
}

const ITEM_VALUES = {
  slot: ({ slot }: ItemInScope) => slot,
  category: ({ category }: ItemInScope) => category,
  key: ({ key }: ItemInScope) => key,
  copies: ({ copies }: ItemInScope) => copies,
  sockets_match: ({ socketsMatch }: ItemInScope) => socketsMatch,
};

const COMPARISONS = {
  '=': isNear,
  '!=': (a: number, b: number) => !isNear(a, b),
  '<': isLess,
  '<=': isAtMost,
  '>': (a: number, b: number) => isLess(b, a),
  '>=': (a: number, b: number) => isAtMost(b, a),
};

type Comparison = keyof typeof COMPARISONS;

const ARITHMETIC = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
};

type Arithmetic = keyof typeof ARITHMETIC;

/** Given as many values as each takes (`checkFormula`). */
type Numeric = Exclude<Operation, 'if' | 'has' | 'size'>;

const FUNCTIONS: { [name in Numeric]: (...values: [number, number, number]) => number } = {
  abs: Math.abs,
  ceil,
  clamp,
  floor,
  max: Math.max,
  min: Math.min,
  power: Math.pow,
  quotient,
  round,
  round_half_down: roundHalfDown,
  soft_cap: softCap,
  truncate,
};

function isSum(node: Node): boolean {
  return node.kind === 'binary' && (node.operator === '+' || node.operator === '-');
}

function known<T>(value: T | undefined, what: string, { at }: Node): T {
  if (value === undefined) throw new FormulaError(`${what} has no value.`, at);
  return value;
}

function finite(value: number, { at }: Node): number {
  if (!Number.isFinite(value)) throw new FormulaError('This is no number, or too large a one.', at);
  return value;
}
