import { type CompiledRules, isPresent } from './compiled-rules.js';
import { ceil, floor, round, truncate, withoutNoise } from './formula/arithmetic.js';
import {
  type Environment,
  exactly,
  explain,
  type Explanation,
  type ItemInScope,
  type Part,
  type Value,
} from './formula/explain.js';
import { FormulaError } from './formula/syntax.js';
import { circleMessage } from './rule-faults.js';
import {
  type AttributeDefinition,
  type Content,
  type ModifierDefinition,
  type Rounding,
  type RuleItem,
  type RuleSet,
  settingsOf,
} from './rule-set.js';

/** What a stat gives to others, before it does. */
interface Giving {
  before: number;
  /** Below 1 where more than all is asked for. */
  share: number;
}

/**
 * Works the stats of a build out once more, and says how: slower than the compiled rules by far, and by code of its own, so
 * that each can be held against the other (explain-stat.test.ts).
 */
class Explainer {
  readonly #environment: Environment & { stats: Map<string, number> };
  readonly #givings = new Map<string, Giving>();

  constructor(
    private readonly compiled: CompiledRules,
    content: Content,
  ) {
    const { rules, tables } = compiled;
    const present = [...content.placements.entries()].filter(([, one]) => isPresent(one));
    const matches = compiled.socketMatches(content);
    const copies = Map.groupBy(present, ([, { item }]) => item!.key);
    this.#environment = {
      items: present.map(([n, { slot, item }]) =>
        inScope(rules, item!, slot, copies.get(item!.key)!.length, matches[n]!),
      ),
      parameters: new Map(
        settingsOf(rules, content.parameters).map(({ key, value }) => [key, value]),
      ),
      stats: new Map(),
      zeros: zerosOf(rules),
      tables,
    };
  }

  /** Those before it in the order of need, and then the stat. */
  stat(key: string): Explanation<number> {
    const { order, circle } = this.compiled;
    if (!order.includes(key)) throw new FormulaError(circleMessage([...(circle ?? [key])]), 0);
    this.#workOut(order.slice(0, order.indexOf(key)));
    return this.#stat(key);
  }

  /** Of the build, or of one of its items that are in the game. */
  rule(key: string, item: number): Value {
    this.#workOut(this.compiled.order);
    return this.#explain(`rules.${key}`, this.#environment.items[item]).value;
  }

  #workOut(stats: readonly string[]): void {
    for (const key of stats) {
      try {
        this.#environment.stats.set(key, this.#stat(key).value);
      } catch (error) {
        if (!(error instanceof FormulaError)) throw error; // it has no value, which matters to who refers to it
      }
    }
  }

  #explain(path: string, item?: ItemInScope): Explanation {
    const formula = this.compiled.formulas.get(path);
    if (!formula) {
      const fault = this.compiled.faults.find(one => one.path === path)!;
      throw new FormulaError(fault.message, fault.offset ?? 0);
    }
    return explain(formula.node, formula.text, this.#environment, item);
  }

  #stat(key: string): Explanation<number> {
    const { stats, modifiers } = this.compiled.rules;
    const { name, rounding } = stats.find(one => one.key === key)!;
    const base = this.#explain(`stats.${key}`) as Explanation<number>;
    const parts: Part[] = [{ ...base, contribution: base.value }];
    let value = base.value;
    const step = (label: string, next: number, of?: Explanation) => {
      finite(next);
      if (next !== value)
        parts.push({ value: next, parts: [], ...of, label, contribution: next - value });
      value = next;
    };
    const each = (
      layer: ModifierDefinition['layer'],
      change: (amount: number, modifier: ModifierDefinition) => number,
    ) => {
      for (const modifier of modifiers) {
        if (modifier.stat !== key || modifier.layer !== layer) continue;
        const amount = this.#amountOf(modifier);
        if (!amount) continue;
        step(modifier.name, change(amount.value, modifier), amount);
        step(`${modifier.name}: rounding`, ROUNDS[modifier.rounding](value));
      }
    };
    each('FLAT', amount => value + amount);
    each('CONVERSION', (amount, { from }) => {
      const giving = this.#givings.get(from!);
      if (!giving) throw new FormulaError(`The stat ${from} has no value.`, 0);
      return value + ((giving.before * amount) / 100) * giving.share;
    });
    const before = value;
    each('INCREASED', amount => value + (before * amount) / 100);
    each('MORE', amount => value + (value * amount) / 100);
    each('MINIMUM', amount => Math.max(value, amount));
    each('CAP', amount => Math.min(value, amount));
    this.#give(key, value, next => step('converted', next));
    step('rounding', ROUNDS[rounding](value));
    return { label: name, value, parts: exactly(value, parts) };
  }

  /** What becomes part of other stats is not part of this one. */
  #give(key: string, value: number, step: (next: number) => void): void {
    const given = this.compiled.rules.modifiers.filter(({ from }) => from === key);
    if (given.length === 0) return;
    const amounts = given.map(modifier => this.#amountOf(modifier)?.value ?? 0);
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    this.#givings.set(key, { before: value, share: total > 100 ? 100 / total : 1 });
    step(value - (value * Math.min(total, 100)) / 100);
  }

  /** Undefined when its condition is not met. */
  #amountOf({ key, condition }: ModifierDefinition): Explanation<number> | undefined {
    const path = `modifiers.${key}`;
    if (condition !== null && this.#explain(`${path}.condition`).value !== true) return undefined;
    return this.#explain(path) as Explanation<number>;
  }
}

/**
 * A stat of a build, and what it is made of: by layers, items and steps, down to what the build consists of.
 *
 * @throws FormulaError when it has no value
 */
export function explainStat(
  compiled: CompiledRules,
  content: Content,
  key: string,
): Explanation<number> {
  const { label, value, parts } = new Explainer(compiled, content).stat(key);
  const shown = withoutNoise(value);
  return { label, value: shown, parts: exactly(shown, parts) };
}

/** Why a stat, or a rule, has no value. */
export function problemOf(
  compiled: CompiledRules,
  content: Content,
  key: string,
  ofRule?: { item: number },
): string {
  const explainer = new Explainer(compiled, content);
  try {
    if (ofRule) explainer.rule(key, ofRule.item);
    else explainer.stat(key);
  } catch (error) {
    if (error instanceof FormulaError) return error.message;
    throw error;
  }
  throw new Error(`${key} has a value, and the compiled rules found none`);
}

/** An item, as formulas see it. */
export function inScope(
  { attributes: definitions }: RuleSet,
  { key, name, category, attributes }: RuleItem,
  slot: string,
  copies: number,
  socketsMatch: boolean,
): ItemInScope {
  const given = Object.fromEntries(
    definitions
      .filter(({ defaultValue }) => defaultValue !== null)
      .map(one => [one.key, one.defaultValue!]),
  );
  const own = { ...given, ...attributes };
  return { key, name, category, slot, attributes: own, copies, socketsMatch };
}

/** What an item that does not have an attribute counts for. */
export function zerosOf({ attributes }: RuleSet): Map<string, Value> {
  return new Map(attributes.map(({ key, type }) => [key, ZEROS[type]]));
}

const ZEROS: Record<AttributeDefinition['type'], Value> = {
  INTEGER: 0,
  DECIMAL: 0,
  BOOLEAN: false,
  TEXT: '',
  ENUM: '',
  LIST: [],
};

const ROUNDS: Record<Rounding, (value: number) => number> = {
  NONE: value => value,
  FLOOR: floor,
  CEIL: ceil,
  NEAREST: round,
  TRUNCATE: truncate,
};

function finite(value: number): void {
  if (!Number.isFinite(value)) throw new FormulaError('This is no number, or too large a one.', 0);
}
