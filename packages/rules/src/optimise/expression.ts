import type { CompiledRules } from '../compiled-rules.js';
import { zerosOf } from '../explain-stat.js';
import {
  ceil,
  floor,
  isAtMost,
  isLess,
  round,
  roundHalfDown,
  truncate,
} from '../formula/arithmetic.js';
import { type Environment, explain, type ItemInScope, type Value } from '../formula/explain.js';
import { FormulaError, type Node } from '../formula/syntax.js';
import { partsOf as partsOfNode } from '../formula/types.js';
import { ITEMS_MAX } from '../rule-faults.js';
import { type ModifierDefinition, type Rounding, type Setting, settingsOf } from '../rule-set.js';

/**
 * A formula by what items add to it: stats and modifiers are resolved, parameters are numbers, and what remains are sums over
 * items ("features"), and how they make up the result. Truth is 1, untruth 0. Nodes refer to nodes before them.
 */
export type Expression =
  /** Of features that are sums, and of other expressions. */
  | { op: 'linear'; constant: number; features: readonly Term[]; terms: readonly Term[] }
  /** A feature that is a highest or lowest. */
  | { op: 'extreme'; feature: number }
  | { op: 'times'; a: number; b: number }
  /** 1 / a. */
  | { op: 'inverse'; a: number }
  | { op: 'least' | 'most'; a: number; b: number }
  /** 1 where a is 0 or more (strictly: more than 0), else 0. */
  | { op: 'step'; a: number; isStrict: boolean }
  | { op: 'round'; how: Round; a: number }
  /** By points: between them, or the last that is not greater. Beyond them it has no value, but for the last step. */
  | { op: 'curve'; a: number; x: readonly number[]; y: readonly number[]; isLinear: boolean }
  | { op: 'power'; a: number; exponent: number }
  /** `difference` is a - b. */
  | { op: 'choose'; condition: number; a: number; b: number; difference: number }
  /** What cannot be bounded by what its items add: it is worked out for whole builds only. */
  | { op: 'opaque'; lo: number; hi: number };

/** So many times a feature, or an expression. */
export type Term = readonly [id: number, factor: number];

export type Round = 'floor' | 'ceil' | 'round' | 'roundHalfDown' | 'truncate';

/** What items add to: the sum over them of a formula, or the highest or lowest of it. */
export interface Feature {
  how: 'sum' | 'highest' | 'lowest';
  /** An aggregate of the formula language, of one item; null for what is no part of the rules, such as a price. */
  formula: string | null;
  /** Of `highest` and `lowest`: items without this attribute are left out. */
  attribute: string | null;
  /** How many of its items count, of one item: 1 or 0. */
  presence: string | null;
}

const ROUNDS: Record<Rounding, Round | null> = {
  NONE: null,
  FLOOR: 'floor',
  CEIL: 'ceil',
  NEAREST: 'round',
  TRUNCATE: 'truncate',
};

/** The expressions of a rule set, each made once, for the parameters that a build has. */
export class Expressions {
  readonly nodes: Expression[] = [];
  readonly features: Feature[] = [];
  readonly #known = new Map<string, number>();
  readonly #featureIds = new Map<string, number>();
  readonly #stats = new Map<string, number>();
  readonly #givings = new Map<string, { before: number; share: number }>();
  readonly #environment: Environment & { stats: Map<string, number> };

  constructor(
    private readonly compiled: CompiledRules,
    parameters: readonly Setting[],
  ) {
    this.#environment = {
      items: [],
      parameters: new Map(
        settingsOf(compiled.rules, parameters).map(({ key, value }) => [key, value]),
      ),
      stats: new Map(),
      zeros: zerosOf(compiled.rules),
      tables: compiled.tables,
    };
    for (const key of compiled.order) {
      const id = this.#statOf(key);
      this.#stats.set(key, id);
      const known = this.constantOf(id);
      if (known !== undefined) this.#environment.stats.set(key, known);
    }
  }

  stat(key: string): number {
    return this.#stats.get(key) ?? this.unknown();
  }

  /** Of the formula with that path: `rules.unique`. */
  formula(path: string, item?: ItemInScope): number {
    const formula = this.compiled.formulas.get(path);
    return formula ? this.#number(formula.node, formula.text, item) : this.unknown();
  }

  /** The sum of what is no part of the rules, as a feature of its own. */
  sumOfOutside(): { sum: number; feature: number } {
    const feature = { how: 'sum', formula: null, attribute: null, presence: null } as const;
    const id = this.features.push(feature) - 1;
    const sum = this.add({ op: 'linear', constant: 0, features: [[id, 1]], terms: [] });
    return { sum, feature: id };
  }

  /** What must all be true for a truth: the parts of a conjunction. */
  conjuncts(id: number): number[] {
    const node = this.nodes[id]!;
    return node.op === 'least' ? [node.a, node.b].flatMap(part => this.conjuncts(part)) : [id];
  }

  add(expression: Expression): number {
    const key = JSON.stringify(expression);
    let id = this.#known.get(key);
    if (id === undefined || expression.op === 'opaque') {
      id = this.nodes.push(expression) - 1;
      this.#known.set(key, id);
    }
    return id;
  }

  constant(value: number): number {
    return Number.isFinite(value)
      ? this.add({ op: 'linear', constant: value, features: [], terms: [] })
      : this.unknown();
  }

  /** The number that it is whatever the items are, if it is one. */
  constantOf(id: number): number | undefined {
    const node = this.nodes[id]!;
    const isConstant =
      node.op === 'linear' && node.features.length === 0 && node.terms.length === 0;
    return isConstant ? node.constant : undefined;
  }

  sum(parts: readonly Term[], constant = 0): number {
    const features = new Map<number, number>();
    const terms = new Map<number, number>();
    const more = (to: Map<number, number>, id: number, by: number) =>
      to.set(id, (to.get(id) ?? 0) + by);
    let all = constant;
    for (const [id, factor] of parts) {
      const node = this.nodes[id]!;
      if (node.op === 'linear') {
        all += factor * node.constant;
        for (const [feature, by] of node.features) more(features, feature, factor * by);
        for (const [term, by] of node.terms) more(terms, term, factor * by);
      } else {
        more(terms, id, factor);
      }
    }
    const listed = (each: Map<number, number>): Term[] =>
      [...each].filter(([, factor]) => factor !== 0).toSorted(([a], [b]) => a - b);
    const [ofFeatures, others] = [listed(features), listed(terms)];
    const isOther = all === 0 && ofFeatures.length === 0 && others.length === 1;
    if (isOther && others[0]![1] === 1) return others[0]![0];
    return this.add({ op: 'linear', constant: all, features: ofFeatures, terms: others });
  }

  times(a: number, b: number): number {
    const [x, y] = [this.constantOf(a), this.constantOf(b)];
    if (x !== undefined) return this.sum([[b, x]]);
    if (y !== undefined) return this.sum([[a, y]]);
    return this.add({ op: 'times', a: Math.min(a, b), b: Math.max(a, b) });
  }

  /** Whether a is at most b; strictly: less. */
  isAtMost(a: number, b: number, isStrict = false): number {
    const difference = this.sum([
      [b, 1],
      [a, -1],
    ]);
    const known = this.constantOf(difference);
    if (known === undefined) return this.add({ op: 'step', a: difference, isStrict });
    return this.constant(Number(isStrict ? isLess(0, known) : isAtMost(0, known)));
  }

  both(a: number, b: number): number {
    return this.#extreme('least', a, b);
  }

  not(a: number): number {
    return this.sum([[a, -1]], 1);
  }

  /** Cannot be bounded. */
  unknown(lo = -Infinity, hi = Infinity): number {
    return this.add({ op: 'opaque', lo, hi });
  }

  #extreme(op: 'least' | 'most', a: number, b: number): number {
    if (a === b) return a;
    const [x, y] = [this.constantOf(a), this.constantOf(b)];
    if (x !== undefined && y !== undefined)
      return this.constant(op === 'least' ? Math.min(x, y) : Math.max(x, y));
    return this.add({ op, a: Math.min(a, b), b: Math.max(a, b) });
  }

  #inverse(a: number): number {
    const known = this.constantOf(a);
    return known === undefined ? this.add({ op: 'inverse', a }) : this.constant(1 / known);
  }

  #choose(condition: number, a: number, b: number): number {
    const known = this.constantOf(condition);
    if (known !== undefined) return known === 1 ? a : b;
    if (a === b) return a;
    const difference = this.sum([
      [a, 1],
      [b, -1],
    ]);
    const change = this.constantOf(difference);
    if (change !== undefined)
      return this.sum([
        [b, 1],
        [condition, change],
      ]);
    return this.add({ op: 'choose', condition, a, b, difference });
  }

  #round(how: Round | null, a: number): number {
    const known = this.constantOf(a);
    if (how === null) return a;
    return known === undefined
      ? this.add({ op: 'round', how, a })
      : this.constant(ROUND[how](known));
  }

  /** As `compiled-rules.ts` has it: the formula, changed layer by layer. */
  #statOf(key: string): number {
    const { stats, modifiers } = this.compiled.rules;
    let value = this.formula(`stats.${key}`);
    const each = (
      layer: ModifierDefinition['layer'],
      change: (amount: number, one: ModifierDefinition) => number,
    ) => {
      for (const one of modifiers) {
        if (one.stat !== key || one.layer !== layer) continue;
        const path = `modifiers.${one.key}`;
        const condition = one.condition === null ? null : this.formula(`${path}.condition`);
        const how = ROUNDS[one.rounding];
        const amount = this.formula(path);
        if (condition === null) value = this.#round(how, change(amount, one));
        else if (how === null && layer !== 'MINIMUM' && layer !== 'CAP')
          value = change(this.#choose(condition, amount, this.constant(0)), one);
        else value = this.#choose(condition, this.#round(how, change(amount, one)), value);
      }
    };
    const plus = (a: number, b: number, factor = 1) =>
      this.sum([
        [a, 1],
        [b, factor],
      ]);
    const percent = (amount: number) => this.sum([[amount, 0.01]], 1);
    each('FLAT', amount => plus(value, amount));
    each('CONVERSION', (amount, { from }) => {
      const giving = this.#givings.get(from!);
      if (!giving) return this.unknown();
      const given = this.times(this.times(giving.before, amount), giving.share);
      return plus(value, given, 0.01);
    });
    const before = value;
    let total = this.constant(1);
    const isPlain = modifiers.every(
      one => one.stat !== key || one.layer !== 'INCREASED' || one.rounding === 'NONE',
    );
    each('INCREASED', amount => {
      total = plus(total, amount, 0.01);
      // As a product of sums where nothing is rounded in between, for that is bounded better.
      return isPlain ? this.times(before, total) : plus(value, this.times(before, amount), 0.01);
    });
    each('MORE', amount => this.times(value, percent(amount)));
    each('MINIMUM', amount => this.#extreme('most', value, amount));
    each('CAP', amount => this.#extreme('least', value, amount));
    value = this.#give(key, value);
    return this.#round(ROUNDS[stats.find(one => one.key === key)!.rounding], value);
  }

  #give(key: string, value: number): number {
    const given = this.compiled.rules.modifiers.filter(({ from }) => from === key);
    if (given.length === 0) return value;
    const zero = this.constant(0);
    const amounts = given.map(({ key: modifier, condition }) => {
      const amount = this.formula(`modifiers.${modifier}`);
      return condition === null
        ? amount
        : this.#choose(this.formula(`modifiers.${modifier}.condition`), amount, zero);
    });
    const total = this.sum(amounts.map(amount => [amount, 1]));
    const hundred = this.constant(100);
    const share = this.sum([[this.#inverse(this.#extreme('most', total, hundred)), 100]]);
    this.#givings.set(key, { before: value, share });
    const kept = this.sum([[this.#extreme('least', total, hundred), -0.01]], 1);
    return this.times(value, kept);
  }

  #number(node: Node, text: string, item?: ItemInScope): number {
    const known = this.#constant(node, text, item);
    if (known !== undefined)
      return typeof known === 'number' || typeof known === 'boolean'
        ? this.constant(Number(known))
        : this.unknown();
    const of = (part: Node) => this.#number(part, text, item);
    switch (node.kind) {
      case 'stat':
        return this.stat(node.key);
      case 'unary':
        return node.operator === 'not'
          ? this.not(of(node.operand))
          : this.sum([[of(node.operand), -1]]);
      case 'binary':
        return this.#binary(node, of);
      case 'call':
        return this.#call(node, of);
      case 'table':
        return this.#table(node, text, item);
      case 'aggregate':
        return this.#aggregate(node, text);
      default:
        return this.unknown();
    }
  }

  #binary(node: Node & { kind: 'binary' }, of: (part: Node) => number): number {
    const { operator } = node;
    const [a, b] = [of(node.left), of(node.right)];
    switch (operator) {
      case '+':
      case '-':
        return this.sum([
          [a, 1],
          [b, operator === '+' ? 1 : -1],
        ]);
      case '*':
        return this.times(a, b);
      case '/':
        return this.times(a, this.#inverse(b));
      case '%':
        return this.unknown();
      case 'and':
        return this.both(a, b);
      case 'or':
        return this.#extreme('most', a, b);
      case '=':
        return this.both(this.isAtMost(a, b), this.isAtMost(b, a));
      case '!=':
        return this.#extreme('most', this.isAtMost(a, b, true), this.isAtMost(b, a, true));
      case '<':
        return this.isAtMost(a, b, true);
      case '<=':
        return this.isAtMost(a, b);
      case '>':
        return this.isAtMost(b, a, true);
      case '>=':
        return this.isAtMost(b, a);
    }
  }

  #call(node: Node & { kind: 'call' }, of: (part: Node) => number): number {
    const given = node.arguments.map(of);
    const [a, b, c] = given as [number, number, number];
    switch (node.name) {
      case 'abs':
        return this.#extreme('most', a, this.sum([[a, -1]]));
      case 'min':
        return given.reduce((one, other) => this.#extreme('least', one, other));
      case 'max':
        return given.reduce((one, other) => this.#extreme('most', one, other));
      case 'clamp':
        return this.#extreme('least', this.#extreme('most', a, b), c);
      case 'floor':
      case 'ceil':
      case 'round':
      case 'truncate':
        return this.#round(node.name, a);
      case 'round_half_down':
        return this.#round('roundHalfDown', a);
      case 'quotient':
        return this.#round('floor', this.times(a, this.#inverse(b)));
      case 'soft_cap': {
        const above = this.#extreme(
          'most',
          this.sum([
            [a, 1],
            [b, -1],
          ]),
          this.constant(0),
        );
        return this.sum([
          [a, 1],
          [this.times(this.sum([[c, 1]], -1), above), 1],
        ]);
      }
      case 'power': {
        const exponent = this.constantOf(b);
        if (exponent === 1) return a;
        return exponent === undefined ? this.unknown() : this.add({ op: 'power', a, exponent });
      }
      case 'if':
        return this.#choose(a, b, c);
      default:
        return this.unknown();
    }
  }

  #table(node: Node & { kind: 'table' }, text: string, item?: ItemInScope): number {
    const table = this.compiled.tables.get(node.key)!;
    const keys = node.arguments.map(part => this.#constant(part, text, item));
    const open = keys.indexOf(undefined);
    const axis = table.axes[open];
    if (!axis || keys.lastIndexOf(undefined) !== open || axis.texts.length > 0)
      return this.unknown();
    if (axis.match === 'EXACT') return this.unknown();
    const at = (key: number) => {
      const [first, second] = keys.with(open, key) as (number | string)[];
      return table.find(first!, second);
    };
    const [x, y] = [axis.numbers, axis.numbers.map(at)];
    if (y.some(value => !Number.isFinite(value))) return this.unknown();
    const a = this.#number(node.arguments[open]!, text, item);
    return this.add({ op: 'curve', a, x, y, isLinear: axis.match === 'LINEAR' });
  }

  #aggregate(node: Node & { kind: 'aggregate' }, text: string): number {
    const inner = [node.value, node.condition].filter(part => part !== null);
    if (inner.some(part => asksOfOthers(part)))
      switch (node.name) {
        case 'any':
        case 'all':
          return this.unknown(0, 1);
        case 'count':
          return this.unknown(0, ITEMS_MAX);
        default:
          return this.unknown();
      }
    const of = (part: Node) => text.slice(part.at, part.end);
    const count = (condition: Node | null) =>
      this.#feature({
        ...{ how: 'sum', attribute: null, presence: null },
        formula: condition ? `count(${of(condition)})` : 'count()',
      });
    switch (node.name) {
      case 'count':
        return count(node.condition);
      case 'any':
        return this.isAtMost(this.constant(1), count(node.condition));
      case 'all':
        return this.isAtMost(count(null), count(node.condition));
      case 'product':
        return this.unknown();
      default: {
        const { name, value, condition } = node;
        const when = condition ? `, ${of(condition)}` : '';
        const isSum = name === 'sum';
        return this.#feature({
          how: name,
          formula: `sum(${of(value!)}${when})`,
          attribute: !isSum && value?.kind === 'attribute' ? value.key : null,
          presence: isSum || !condition ? null : `count(${of(condition)})`,
        });
      }
    }
  }

  #feature(feature: Feature): number {
    const key = JSON.stringify(feature);
    let id = this.#featureIds.get(key);
    if (id === undefined) {
      id = this.features.push(feature) - 1;
      this.#featureIds.set(key, id);
    }
    return feature.how === 'sum'
      ? this.add({ op: 'linear', constant: 0, features: [[id, 1]], terms: [] })
      : this.add({ op: 'extreme', feature: id });
  }

  /** What it is whatever the other items are. */
  #constant(node: Node, text: string, item?: ItemInScope): Value | undefined {
    if (!this.#isConstant(node, item)) return undefined;
    try {
      return explain(node, text, this.#environment, item).value;
    } catch (error) {
      if (error instanceof FormulaError) return undefined;
      throw error;
    }
  }

  #isConstant(node: Node, item?: ItemInScope): boolean {
    switch (node.kind) {
      case 'stat':
        return this.#environment.stats.has(node.key);
      case 'attribute':
      case 'item':
        return item !== undefined;
      case 'aggregate':
        return false;
      default:
        return partsOfNode(node).every(part => this.#isConstant(part, item));
    }
  }
}

/** Of what is in an aggregate: whether it depends on more than its item. */
function asksOfOthers(node: Node): boolean {
  if (node.kind === 'stat' || node.kind === 'aggregate') return true;
  if (node.kind === 'item' && node.name === 'copies') return true;
  return partsOfNode(node).some(asksOfOthers);
}

/** What an expression refers to. */
export function partsOf(node: Expression): number[] {
  switch (node.op) {
    case 'linear':
      return node.terms.map(([id]) => id);
    case 'times':
    case 'least':
    case 'most':
      return [node.a, node.b];
    case 'choose':
      return [node.condition, node.a, node.b, node.difference];
    case 'extreme':
    case 'opaque':
      return [];
    default:
      return [node.a];
  }
}

export const ROUND: Record<Round, (x: number) => number> = {
  ...{ floor, ceil, round, roundHalfDown, truncate },
};
