import { CompiledRules, type Frame } from '../compiled-rules.js';
import { inScope } from '../explain-stat.js';
import type { Node } from '../formula/syntax.js';
import { ITEM_FUNCTIONS } from '../formula/syntax.js';
import { partsOf } from '../formula/types.js';
import { listOf, type Socket, socketsOf } from '../placements.js';
import { ITEMS_MAX } from '../rule-faults.js';
import type { RuleItem, Setting, SlotDefinition } from '../rule-set.js';
import type { Expressions, Feature } from './expression.js';
import type { Model } from './model.js';

/** An item in a slot, and what it adds. */
export interface Part {
  item: RuleItem;
  slot: string;
  /** By features. */
  adds: Float64Array;
  /** By features, where its sockets match; the same where it has none. */
  addsMatched: Float64Array;
  /** What must be true of a build that has it: numbers of expressions. */
  conditions: readonly number[];
  /** How often a build may have it. */
  copies: number;
}

/** What may be put in one place: an item with what is in its sockets, or nothing. */
export interface Option {
  host: Part | null;
  /** By its sockets; null for an empty one. */
  inserts: readonly (Part | null)[];
  variables: Float64Array;
  /** Numbers of conditions, rising. */
  owes: readonly number[];
  /** The items in it that a build may not have as often as it has room for them, each as often as it is there. */
  limited: readonly RuleItem[];
}

/** One place of a slot, and the items for it. */
export interface Place {
  slot: SlotDefinition;
  parts: readonly Part[];
  mayBeEmpty: boolean;
  /** Of the one item that is there already: what stays in its sockets. */
  kept?: readonly (Part | undefined)[];
}

/** With so many of the best: what is left in vain costs little, for bounds leave it out later. */
const COMPARED_MAX = 100;
const NONE: readonly never[] = [];
/** As many as there is room for. */
const COPIES_MAX = ITEMS_MAX;

const COPIES = ITEM_FUNCTIONS.indexOf('copies');
const SOCKETS_MATCH = ITEM_FUNCTIONS.indexOf('sockets_match');

/** Reads items once: what they add to features, and what the rules for items say of each by itself. */
export class Reader {
  readonly #features: CompiledRules;
  readonly #all: readonly Feature[];
  readonly #rules: ItemRule[];
  readonly #conditions = new Map<string, number>();
  readonly #stats: Float64Array;
  /** Lists that say which sockets an item has. */
  readonly #kinds: string[];

  constructor(
    private readonly compiled: CompiledRules,
    private readonly expressions: Expressions,
    private readonly parameters: readonly Setting[],
    /** By the features that are no part of the rules: what an item adds to each. */
    private readonly outside: ReadonlyMap<number, (item: RuleItem, slot: string) => number>,
    private readonly availableOf: (item: RuleItem) => number = () => COPIES_MAX,
  ) {
    const { features } = expressions;
    this.#all = [...features];
    const formulas = features.flatMap(({ formula, presence }, n) => [
      ...(formula === null ? [] : [{ key: `value ${n}`, formula }]),
      ...(presence === null ? [] : [{ key: `presence ${n}`, formula: presence }]),
    ]);
    this.#features = new CompiledRules({
      ...compiled.rules,
      stats: formulas.map(one => ({ ...one, name: one.key, unit: null, rounding: 'NONE' })),
      modifiers: [],
      rules: [],
    });
    this.#stats = new Float64Array(compiled.rules.stats.length);
    this.#kinds = compiled.rules.slots.flatMap(({ socketsOf: list }) => list ?? []);
    this.#rules = compiled.rules.rules.flatMap(({ key, scope }, number) => {
      const formula = compiled.formulas.get(`rules.${key}`);
      if (scope === 'BUILD' || !formula) return [];
      return [{ number, path: `rules.${key}`, asks: asksOf(formula.node) }];
    });
  }

  /** Undefined for what no build may have, and what has no value. */
  read(item: RuleItem, slot: string): Part | undefined {
    if (item.isRemoved) return undefined;
    const placements = [{ slot, item }];
    const { parameters } = this;
    const adds = this.#adds(this.#features.frameOf({ placements, parameters }), item, slot);
    const frame = this.compiled.frameOf({ placements, parameters });
    if (adds.some(each => each?.some(Number.isNaN))) return undefined;
    const conditions: number[] = [];
    let copies = Math.min(COPIES_MAX, this.availableOf(item));
    if (copies < 1) return undefined;
    for (const rule of this.#rules) {
      if (rule.asks.others) {
        const condition = this.#condition(rule, item, slot);
        const known = this.expressions.constantOf(condition);
        if (known === 0) return undefined;
        if (known === undefined) conditions.push(condition);
        continue;
      }
      const most = rule.asks.copies ? copies : 1;
      let allowed = 0;
      while (allowed < most && this.#holds(rule.number, frame, allowed + 1)) allowed++;
      if (allowed === 0) return undefined;
      if (rule.asks.copies) copies = Math.min(copies, allowed);
    }
    return { item, slot, adds: adds[0], addsMatched: adds[1] ?? adds[0], conditions, copies };
  }

  /** Without and with matching sockets, if it has any. */
  #adds(frame: Frame, item: RuleItem, slot: string): [Float64Array, Float64Array?] {
    frame.places[COPIES] = 1;
    frame.places[SOCKETS_MATCH] = 0;
    const adds = this.#addsOf(frame, item, slot);
    if (!this.#kinds.some(list => listOf(item, list).length > 0)) return [adds];
    frame.places[SOCKETS_MATCH] = 1;
    return [adds, this.#addsOf(frame, item, slot)];
  }

  #addsOf(frame: Frame, item: RuleItem, slot: string): Float64Array {
    const values = this.#features.stats(frame);
    const adds = new Float64Array(this.#all.length);
    let at = 0;
    for (const [n, { how, formula, attribute, presence }] of this.#all.entries()) {
      if (formula === null) {
        adds[n] = this.outside.get(n)!(item, slot);
        continue;
      }
      adds[n] = values[at++]!;
      const isPresent = presence === null || values[at++] === 1;
      if (how === 'sum' || (isPresent && this.#has(item, attribute))) continue;
      adds[n] = how === 'highest' ? -Infinity : Infinity;
    }
    return adds;
  }

  #has({ attributes }: RuleItem, attribute: string | null): boolean {
    if (attribute === null || Object.hasOwn(attributes, attribute)) return true;
    const defined = this.compiled.rules.attributes.find(({ key }) => key === attribute);
    return defined!.defaultValue !== null;
  }

  #holds(rule: number, frame: Frame, copies: number): boolean {
    frame.places[COPIES] = copies;
    return this.compiled.holds(rule, frame, this.#stats, 0) === true;
  }

  /** Made once for all items of which the rule asks the same. */
  #condition({ path, asks }: ItemRule, item: RuleItem, slot: string): number {
    if (asks.sockets) return this.expressions.unknown();
    const scope = inScope(this.compiled.rules, item, slot, 1, false);
    const asked = [...asks.attributes].map(key => scope.attributes[key] ?? null);
    const of = [asks.slot && slot, asks.item && item.key, path, ...asked];
    const key = JSON.stringify(of);
    let condition = this.#conditions.get(key);
    if (condition === undefined) {
      condition = this.expressions.formula(path, scope);
      this.#conditions.set(key, condition);
    }
    return condition;
  }
}

/** A rule for items: its number among all rules. */
interface ItemRule {
  number: number;
  path: string;
  asks: Asks;
}

/** What a rule for items asks of a build. */
interface Asks {
  /** More than the item itself: stats, sums, or whether its sockets match. */
  others: boolean;
  copies: boolean;
  sockets: boolean;
  slot: boolean;
  /** By its key or category. */
  item: boolean;
  attributes: Set<string>;
}

function asksOf(rule: Node): Asks {
  const asks: Asks = {
    ...{ others: false, copies: false, sockets: false, slot: false, item: false },
    attributes: new Set(),
  };
  const visit = (node: Node): void => {
    if (node.kind === 'stat') asks.others = true;
    if (node.kind === 'attribute') asks.attributes.add(node.key);
    if (node.kind === 'item') {
      if (node.name === 'copies') asks.copies = true;
      else if (node.name === 'slot') asks.slot = true;
      else if (node.name === 'sockets_match') asks.others = asks.sockets = true;
      else asks.item = true;
    }
    if (node.kind === 'aggregate') asks.others = true;
    else for (const part of partsOf(node)) visit(part);
  };
  visit(rule);
  return asks;
}

export function matches({ slot, name }: Socket, item: RuleItem): boolean {
  return slot.matchedBy === null || listOf(item, slot.matchedBy).includes(name);
}

/** The variables of a model that features make up. */
export function variablesOf(model: Pick<Model, 'forms' | 'extremes'>, adds: Float64Array) {
  const variables = new Float64Array(model.forms.length + model.extremes.length);
  for (const [n, form] of model.forms.entries())
    for (const { feature, factor } of form) variables[n]! += adds[feature]! * factor;
  for (const [n, feature] of model.extremes.entries())
    variables[model.forms.length + n] = adds[feature]!;
  return variables;
}

/**
 * What may be put in each place, without what something else there is as good as in every way: it would never be missed.
 *
 * @param fillers of the slots that are sockets, by slot
 */
export class Options {
  readonly #filled = new Map<string, Filling[]>();

  constructor(
    private readonly model: Model,
    private readonly slots: readonly SlotDefinition[],
    private readonly fillers: ReadonlyMap<string, readonly Part[]>,
    private readonly conditionIds: ReadonlyMap<number, number>,
    /** In how many places an item may be at once, at most. */
    private readonly placesOf: ReadonlyMap<RuleItem, number>,
  ) {}

  of({ parts, mayBeEmpty, kept }: Place): Option[] {
    const options = parts.flatMap(part => this.#ofPart(part, kept));
    if (mayBeEmpty || parts.length === 0) options.push(this.#option(null, []));
    return this.best(options);
  }

  /** Those that no other is better than in every way. */
  best<T extends Comparable>(options: readonly T[]): T[] {
    if (!this.model.isExact) return [...options];
    const order = new Dominance(this.model);
    const left: { option: T; key: number }[] = [];
    const sorted = options
      .map(option => ({ option, key: order.rank(option.variables) }))
      .toSorted((a, b) => b.key - a.key);
    for (const one of sorted) {
      const { limited } = one.option;
      let rivals = 0;
      let isNeedless = false;
      const counted = new Set<RuleItem>();
      for (const { option: other } of left.slice(0, COMPARED_MAX)) {
        if (!order.isAsGood(other.variables, one.option.variables)) continue;
        if (!isWithin(other.owes, one.option.owes)) continue;
        if (isWithin(other.limited, limited)) isNeedless = true;
        else if (other.limited.length === 1 && !counted.has(other.limited[0]!)) {
          // Of so many different ones, the other places cannot take all.
          counted.add(other.limited[0]!);
          rivals = Math.max(rivals, this.placesOf.get(other.limited[0]!)!);
          if (counted.size >= rivals) isNeedless = true;
        }
        if (isNeedless) break;
      }
      if (!isNeedless) left.push(one);
    }
    return left.map(({ option }) => option);
  }

  #ofPart(part: Part, kept: Place['kept']): Option[] {
    const sockets = socketsOf(part.item, this.slots);
    if (sockets.length === 0) return [this.#option(part, [])];
    const alone = [this.#option(part, []), this.#option(part, [], true)] as const;
    return this.best(
      this.#fillings(sockets, kept).map(filling => {
        const { inserts, isMatched } = filling;
        return { ...this.#joined(alone[isMatched ? 1 : 0], filling), host: part, inserts };
      }),
    );
  }

  /** What two parts of an option come to together. */
  #joined(one: Comparable, other: Comparable): Comparable {
    const variables = one.variables.slice();
    merge(this.model, variables, other.variables);
    const owes = one.owes.length > 0 || other.owes.length > 0 ? [...one.owes, ...other.owes] : NONE;
    return {
      variables,
      owes: owes.length > 1 ? [...new Set(owes)].toSorted((a, b) => a - b) : owes,
      limited:
        one.limited.length > 0 || other.limited.length > 0
          ? [...one.limited, ...other.limited]
          : NONE,
    };
  }

  /** The same for all items with the same sockets. */
  #fillings(sockets: readonly Socket[], kept: Place['kept']): Filling[] {
    const key = JSON.stringify(sockets.map(({ slot, name }) => [slot.key, name]));
    const known = kept ? undefined : this.#filled.get(key);
    if (known) return known;
    let fillings: Filling[] = [{ ...this.#option(null, []), isMatched: true }];
    for (const [n, socket] of sockets.entries()) {
      const stays = kept?.[n];
      const choices = stays ? [stays] : [...(this.fillers.get(socket.slot.key) ?? []), null];
      const inserts = choices.map(insert => ({
        ...this.#option(null, [insert]),
        isMatched: insert !== null && matches(socket, insert.item),
      }));
      const more = fillings.flatMap(filling =>
        inserts.map(insert => ({
          ...this.#joined(filling, insert),
          ...{ host: null, inserts: [...filling.inserts, ...insert.inserts] },
          isMatched: filling.isMatched && insert.isMatched,
        })),
      );
      fillings = [true, false].flatMap(is =>
        this.best<Filling>(more.filter(({ isMatched }) => isMatched === is)),
      );
    }
    if (!kept) this.#filled.set(key, fillings);
    return fillings;
  }

  #option(host: Part | null, inserts: readonly (Part | null)[], isMatched = false): Option {
    const { model } = this;
    const parts = [host, ...inserts].filter(part => part !== null);
    const variables = emptyVariables(model);
    for (const part of parts)
      merge(model, variables, this.#variablesOf(part, part === host && isMatched));
    const owes = new Set(parts.flatMap(({ conditions }) => conditions));
    return {
      ...{ host, inserts, variables },
      owes: [...owes].map(id => this.conditionIds.get(id)!).toSorted((a, b) => a - b),
      limited: parts
        .filter(({ item, copies }) => copies < this.placesOf.get(item)!)
        .map(({ item }) => item),
    };
  }

  readonly #variables = new Map<Part, [Float64Array, Float64Array]>();

  #variablesOf(part: Part, isMatched: boolean): Float64Array {
    let known = this.#variables.get(part);
    if (!known) {
      known = [variablesOf(this.model, part.adds), variablesOf(this.model, part.addsMatched)];
      this.#variables.set(part, known);
    }
    return known[isMatched ? 1 : 0];
  }
}

interface Filling extends Option {
  isMatched: boolean;
}

/** What is compared of an option, and of a build that is not complete. */
export interface Comparable {
  variables: Float64Array;
  owes: readonly number[];
  limited: readonly RuleItem[];
}

/** Whether one build, or part of one, is as good as another whatever comes to both. */
export class Dominance {
  readonly #linear: number[] = [];
  readonly #good: number[] = [];
  readonly #bad: number[] = [];
  readonly #mixed: number[] = [];

  constructor(private readonly model: Model) {
    const lists = { LINEAR: this.#linear, GOOD: this.#good, BAD: this.#bad, MIXED: this.#mixed };
    for (const [n, sense] of model.senses.entries()) if (sense !== 'NONE') lists[sense].push(n);
  }

  isAsGood(one: Float64Array, other: Float64Array): boolean {
    for (const n of this.#mixed) if (one[n] !== other[n]) return false;
    for (const n of this.#good) if (one[n]! < other[n]!) return false;
    for (const n of this.#bad) if (one[n]! > other[n]!) return false;
    return this.#linearOf(one) >= this.#linearOf(other);
  }

  /** Whatever is as good as another ranks no lower. */
  rank(variables: Float64Array): number {
    let rank = this.#linearOf(variables);
    for (const n of this.#good) rank += finite(variables[n]!);
    for (const n of this.#bad) rank -= finite(variables[n]!);
    return rank;
  }

  #linearOf(variables: Float64Array): number {
    let sum = 0;
    for (const n of this.#linear) sum += variables[n]! * this.model.slopes[n]!;
    return sum;
  }
}

const finite = (x: number) => (Number.isFinite(x) ? x : Math.sign(x) * 1e15);

/** Of nothing: no sum, and neither highest nor lowest. */
export function emptyVariables(model: Model): Float64Array {
  const variables = new Float64Array(model.size);
  for (const [n, how] of model.extremesAre.entries())
    variables[model.forms.length + n] = how === 'highest' ? -Infinity : Infinity;
  return variables;
}

/** Adds what comes to a build. */
export function merge(model: Model, variables: Float64Array, more: Float64Array): void {
  const sums = model.forms.length;
  for (let n = 0; n < sums; n++) variables[n]! += more[n]!;
  for (let n = sums; n < model.size; n++)
    variables[n] =
      model.extremesAre[n - sums] === 'highest'
        ? Math.max(variables[n]!, more[n]!)
        : Math.min(variables[n]!, more[n]!);
}

/** Whether all of the one are in the other, as often. */
export function isWithin<T>(one: readonly T[], other: readonly T[]): boolean {
  if (one.length === 0) return true;
  if (one.length > other.length) return false;
  const rest = [...other];
  return one.every(each => {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}
