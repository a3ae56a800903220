import { workOut } from '../build.js';
import { CompiledRules } from '../compiled-rules.js';
import { isAtMost } from '../formula/arithmetic.js';
import { FormulaError } from '../formula/syntax.js';
import { type Socket, socketsOf } from '../placements.js';
import { ITEMS_MAX, readFormulas } from '../rule-faults.js';
import type {
  Content,
  Placement,
  RuleItem,
  RuleSet,
  Setting,
  StatDefinition,
} from '../rule-set.js';
import { Expressions } from './expression.js';
import { type Box, Model } from './model.js';
import {
  emptyVariables,
  type Option,
  Options,
  type Part,
  type Place,
  Reader,
  variablesOf,
} from './options.js';
import { Search } from './search.js';

const OBJECTIVE = 'the objective'; // no stat has a key with a space in it

/** What a stat of the build must be. */
export interface Limit {
  stat: string;
  min?: number;
  max?: number;
}

/** What the whole build costs at most. */
export interface Budget {
  costOf(item: RuleItem): number;
  max: number;
}

/** A build that another differs from. */
export interface Other {
  content: Content<RuleItem>;
  differing: number;
}

/** Which build is the best. */
export interface Question {
  /** What is to be as much as possible: a formula of stats, in the language of rules. */
  objective: string;
  parameters: readonly Setting[];
  /** What stays as it is. Its free sockets may be filled. */
  kept: readonly Placement<RuleItem>[];
  /** Keys of the slots that may be filled, those that are sockets included. */
  slots: readonly string[];
  /** What they may be filled with, each as often as the rules allow. */
  candidates: readonly RuleItem[];
  limits: readonly Limit[];
  budget?: Budget;
  /**
   * Builds that it must differ from: so many items at least are in one of both only, what is in sockets not counted. An item
   * for another makes two. Of several copies of an item in a slot all are in both if one is.
   */
  others?: readonly Other[];
  /** An item that it must have, in that slot. */
  required?: { item: RuleItem; slot: string };
  /** Of how many copies of an item there are; without it there are as many as may be wished for. */
  availableOf?(item: RuleItem): number;
  /** A build that is known: what is no better is not looked for. It counts when it is one that is asked for. */
  known?: Content<RuleItem> | undefined;
}

export interface Solution {
  content: Content<RuleItem>;
  objective: number;
}

/** What is known so far. */
export interface Finding {
  best: Solution | null;
  /** No build has more; null while nothing is known. */
  bound: number | null;
  /** OPTIMAL: there is none better. INFEASIBLE: there is none at all. STOPPED: there are too many to tell. */
  state: 'SEARCHING' | 'OPTIMAL' | 'INFEASIBLE' | 'STOPPED';
}

/**
 * Finds the best build there is: first a good one, then better ones, and a bound that none exceeds, until both are the same.
 * It pauses every few milliseconds with what is known.
 *
 * @throws FormulaError when the objective is wrong, or a limit is of no stat
 */
export function* findBest(rules: RuleSet, question: Question): Generator<Finding, Finding> {
  const preparation = new Preparation(rules, question);
  const seed = preparation.known;
  const search = preparation.search(seed?.objective);
  const isOnly = (best: Solution | undefined): Finding =>
    best
      ? { best, bound: best.objective, state: 'OPTIMAL' }
      : { best: null, bound: null, state: 'INFEASIBLE' };
  if (!search) return isOnly(seed);
  const known = (state: Finding['state']): Finding => {
    const { best, objectiveBound } = search;
    return {
      best: best
        ? { objective: best.objective, content: preparation.contentOf(best.options) }
        : (seed ?? null),
      bound: Number.isFinite(objectiveBound) ? objectiveBound : null,
      state,
    };
  };
  for (const _ of search.run()) yield known('SEARCHING');
  if (!search.isDone) return known('STOPPED');
  return isOnly(search.best ? known('OPTIMAL').best! : seed);
}

/**
 * A rule set with one stat more, the last: what is to be as much as possible.
 *
 * @throws FormulaError when it is no formula of stats
 */
export function withObjective(rules: RuleSet, formula: string): RuleSet {
  const objective = { key: OBJECTIVE, name: OBJECTIVE, unit: null, formula, rounding: 'NONE' };
  const extended: RuleSet = { ...rules, stats: [...rules.stats, objective as StatDefinition] };
  const fault = readFormulas(extended).faults.find(({ path }) => path === `stats.${OBJECTIVE}`);
  if (fault) throw new FormulaError(fault.message, fault.offset ?? 0);
  return extended;
}

/** A question, made into places, what may be put into each, and a model of what that comes to. */
class Preparation {
  readonly #compiled: CompiledRules;
  readonly #expressions: Expressions;
  readonly #outside = new Map<number, (item: RuleItem, slot: string) => number>();
  #places: readonly Place[] = [];

  readonly question: Question;

  constructor(
    private readonly rules: RuleSet,
    asked: Question,
  ) {
    // Items are told apart by their keys.
    const items = new Map(asked.kept.map(({ item }) => [item.key, item]));
    for (const item of asked.candidates) items.set(item.key, item);
    const question = {
      ...asked,
      kept: asked.kept.map(one => ({ ...one, item: items.get(one.item.key)! })),
      candidates: [...new Set(asked.candidates.map(({ key }) => items.get(key)!))],
    };
    this.question = question;
    this.#compiled = new CompiledRules(withObjective(rules, question.objective));
    for (const { stat } of question.limits)
      if (!rules.stats.some(({ key }) => key === stat))
        throw new FormulaError(`There is no stat ${stat}.`, 0);
    this.#expressions = new Expressions(this.#compiled, question.parameters);
  }

  /** The build that is known, if it is one that is asked for. */
  get known(): Solution | undefined {
    const { known: content, kept, slots, candidates } = this.question;
    if (!content) return undefined;
    const isThere = ({ slot, item }: Placement<RuleItem>, of: readonly Placement<RuleItem>[]) =>
      of.some(one => one.slot === slot && one.item.key === item.key);
    const choosable = new Set(candidates.map(({ key }) => key));
    const isAllowed =
      kept.every(one => isThere(one, content.placements)) &&
      content.placements.every(
        one => isThere(one, kept) || (slots.includes(one.slot) && choosable.has(one.item.key)),
      );
    const objective = isAllowed ? this.#check(content) : undefined;
    return objective === undefined ? undefined : { content, objective };
  }

  /** Undefined where nothing needs to be searched to know that there is no such build. */
  search(known: number | undefined): Search | undefined {
    const expressions = this.#expressions;
    const demands = this.#demands();
    const objective = expressions.stat(OBJECTIVE);
    // What rules for items ask of all is the same for each, and must be known before the first is read.
    for (const { key, scope } of this.rules.rules)
      if (scope === 'ITEM') expressions.formula(`rules.${key}`);
    const { parameters } = this.question;
    const { availableOf } = this.question;
    const reader = new Reader(this.#compiled, expressions, parameters, this.#outside, availableOf);
    const fillers = this.#fillers(reader);
    const places = this.#placesFor(reader);
    if (!places) return undefined;
    this.#places = places;
    const parts = [...places.flatMap(place => [...place.parts, ...keptIn(place)])];
    const conditions = new Set(
      [...parts, ...[...fillers.values()].flat()].flatMap(part => part.conditions),
    );
    const model = new Model(
      expressions.nodes,
      objective,
      demands.flatMap(id => expressions.conjuncts(id)),
      [...conditions],
      expressions.features,
      shape => this.#rangeOf(shape, places, fillers),
    );
    if (model.isImpossible(model.root)) return undefined;
    const copies = new Map<RuleItem, number>();
    for (const { item, copies: most } of [...parts, ...[...fillers.values()].flat()])
      copies.set(item, Math.min(most, copies.get(item) ?? ITEMS_MAX));
    const options = new Options(
      model,
      this.rules.slots,
      fillers,
      new Map([...conditions].map((id, n) => [id, n])),
      placesOf(places, fillers),
    );
    // Places that are alike have the same options: what is known of the one is known of the others.
    const made = new Map<Place, Option[]>();
    for (const place of places) if (!made.has(place)) made.set(place, options.of(place));
    const stages = places.map(place => made.get(place)!);
    const start = { host: null, inserts: [], owes: [], limited: [] };
    return new Search(
      model,
      stages,
      { ...start, variables: emptyVariables(model) },
      item => copies.get(item)!,
      chosen => this.#check(this.contentOf(chosen)),
      known,
    );
  }

  /** The build that consists of one option for each place. */
  contentOf(chosen: readonly Option[]): Content<RuleItem> {
    const placements: Placement<RuleItem>[] = [];
    const inSockets: Placement<RuleItem>[] = [];
    for (const [n, { host, inserts }] of chosen.entries()) {
      if (!host) continue;
      const of = placements.push({ slot: this.#places[n]!.slot.key, item: host.item }) - 1;
      const sockets = socketsOf(host.item, this.rules.slots);
      for (const [m, insert] of inserts.entries()) {
        if (!insert) continue;
        const { slot, index } = sockets[m]!;
        inSockets.push({ slot: slot.key, item: insert.item, socket: { of, index } });
      }
    }
    return {
      placements: [...placements, ...inSockets],
      parameters: this.question.parameters,
    };
  }

  #demands(): number[] {
    const expressions = this.#expressions;
    const { limits, budget, others = [] } = this.question;
    const most = (sum: number, max: number) => expressions.isAtMost(sum, expressions.constant(max));
    const ofLimits = limits.flatMap(({ stat, min, max }) => [
      ...(min === undefined
        ? []
        : [expressions.isAtMost(expressions.constant(min), expressions.stat(stat))]),
      ...(max === undefined ? [] : [most(expressions.stat(stat), max)]),
    ]);
    const sumOf = (value: (item: RuleItem, slot: string) => number): number => {
      const { sum, feature } = expressions.sumOfOutside();
      this.#outside.set(feature, value);
      return sum;
    };
    return [
      ...this.rules.rules
        .filter(({ scope }) => scope === 'BUILD')
        .map(({ key }) => expressions.formula(`rules.${key}`)),
      ...ofLimits,
      ...(budget
        ? [
            most(
              sumOf(item => budget.costOf(item)),
              budget.max,
            ),
          ]
        : []),
      ...others.map(other =>
        most(
          sumOf((item, slot) => this.#shared(other, item, slot)),
          wornIn(other.content).length - other.differing,
        ),
      ),
    ];
  }

  /** Of an item: 1 when another build has it in that slot, else -1. What is in sockets is not counted. */
  #shared({ content }: Other, item: RuleItem, slot: string): number {
    if (this.rules.slots.some(({ key, socketsOf: list }) => key === slot && list !== null))
      return 0;
    const isWorn = wornIn(content).some(one => one.slot === slot && one.item.key === item.key);
    return isWorn ? 1 : -1;
  }

  #fillers(reader: Reader): Map<string, Part[]> {
    const { slots, candidates } = this.question;
    return new Map(
      this.rules.slots
        .filter(({ key, socketsOf: list }) => list !== null && slots.includes(key))
        .map(({ key }) => [key, readAll(reader, candidates, key)]),
    );
  }

  #placesFor(reader: Reader): Place[] | undefined {
    const { kept, slots, candidates, required } = this.question;
    const places: Place[] = [];
    for (const slot of this.rules.slots.filter(({ socketsOf: list }) => list === null)) {
      const here = [...kept.entries()].filter(([, one]) => one.slot === slot.key);
      for (const [of, { item }] of here) {
        const part = reader.read(item, slot.key);
        if (!part) return undefined; // it breaks a rule by itself
        const stays = socketsOf(item, this.rules.slots).map(socket => {
          const insert = keptInSocket(kept, of, socket);
          return insert && (reader.read(insert.item, socket.slot.key) ?? null);
        });
        if (stays.includes(null)) return undefined;
        const inSockets = stays as (Part | undefined)[];
        places.push({ slot, parts: [part], mayBeEmpty: false, kept: inSockets });
      }
      const room = slot.capacity - here.length;
      if (required?.slot === slot.key) {
        const same = candidates.find(({ key }) => key === required.item.key);
        const part = room > 0 && reader.read(same ?? required.item, slot.key);
        if (!part) return undefined;
        places.push({ slot, parts: [part], mayBeEmpty: false });
      }
      if (!slots.includes(slot.key)) continue;
      const parts = readAll(reader, candidates, slot.key);
      const taken = places.filter(place => place.slot === slot).length;
      const alike = { slot, parts, mayBeEmpty: true };
      for (let n = taken; n < slot.capacity; n++)
        places.push(n === 0 && slot.isRequired ? { ...alike, mayBeEmpty: false } : alike);
    }
    return places;
  }

  /** What the variables may come to, before anything is left out. */
  #rangeOf(
    shape: Pick<Model, 'forms' | 'extremes'>,
    places: readonly Place[],
    fillers: ReadonlyMap<string, readonly Part[]>,
  ): Box {
    const sums = shape.forms.length;
    const size = sums + shape.extremes.length;
    const root: Box = { lo: new Float64Array(size), hi: new Float64Array(size) };
    const rangeOfParts = (parts: readonly Part[], mayBeEmpty: boolean): Box => {
      const all = parts.flatMap(({ adds, addsMatched }) =>
        adds === addsMatched ? [adds] : [adds, addsMatched],
      );
      const range = { lo: new Float64Array(size), hi: new Float64Array(size) };
      if (!mayBeEmpty && all.length > 0) {
        range.lo.fill(Infinity, 0, sums);
        range.hi.fill(-Infinity, 0, sums);
      }
      for (const adds of all) {
        const variables = variablesOf(shape, adds);
        for (let n = 0; n < size; n++) {
          if (!Number.isFinite(variables[n]!)) continue;
          range.lo[n] = Math.min(range.lo[n]!, variables[n]!);
          range.hi[n] = Math.max(range.hi[n]!, variables[n]!);
        }
      }
      return range;
    };
    const add = (to: Box, more: Box) => {
      for (let n = 0; n < size; n++) {
        const isSum = n < sums;
        to.lo[n] = isSum ? to.lo[n]! + more.lo[n]! : Math.min(to.lo[n]!, more.lo[n]!);
        to.hi[n] = isSum ? to.hi[n]! + more.hi[n]! : Math.max(to.hi[n]!, more.hi[n]!);
      }
    };
    const ofFillers = new Map(
      [...fillers].map(([slot, parts]) => [slot, rangeOfParts(parts, true)]),
    );
    for (const place of places) {
      add(root, rangeOfParts(place.parts, place.mayBeEmpty));
      // As many sockets as any of them has, each with whatever fits it.
      const most = new Map<string, number>();
      for (const { item } of place.parts) {
        const sockets = socketsOf(item, this.rules.slots);
        for (const [slot, { length }] of Map.groupBy(sockets, one => one.slot.key))
          most.set(slot, Math.max(most.get(slot) ?? 0, length));
      }
      const stays = keptIn(place);
      for (const part of stays) add(root, rangeOfParts([part], true));
      for (const [slot, count] of most)
        for (let n = 0; n < count; n++) if (ofFillers.has(slot)) add(root, ofFillers.get(slot)!);
    }
    return root;
  }

  /** What a build comes to, by the rules themselves; undefined when it is none that was asked for. */
  #check(content: Content<RuleItem>): number | undefined {
    const { required, availableOf } = this.question;
    const counts = Map.groupBy(content.placements, ({ item }) => item.key);
    for (const [, copies] of availableOf ? counts : [])
      if (copies.length > availableOf!(copies[0]!.item)) return undefined;
    const isRequired = ({ slot, item }: Placement<RuleItem>) =>
      slot === required?.slot && item.key === required.item.key;
    if (required && !content.placements.some(isRequired)) return undefined;
    const { stats, violations } = workOut(this.#compiled, content);
    const values = new Map(stats.map(({ key, value }) => [key, value]));
    const objective = values.get(OBJECTIVE) ?? undefined;
    const { limits, budget } = this.question;
    const isWithin = limits.every(({ stat, min = -Infinity, max = Infinity }) => {
      const value = values.get(stat) ?? NaN;
      return isAtMost(min, value) && isAtMost(value, max);
    });
    const cost = content.placements.reduce((sum, one) => sum + (budget?.costOf(one.item) ?? 0), 0);
    const isPaid = !budget || isAtMost(cost, budget.max);
    const isOther = (this.question.others ?? []).every(other => {
      const shared = content.placements.map(({ item, slot }) => this.#shared(other, item, slot));
      const sum = shared.reduce((all, one) => all + one, 0);
      return sum <= wornIn(other.content).length - other.differing;
    });
    const isAsked = isWithin && isPaid && isOther;
    return violations.length === 0 && isAsked ? objective : undefined;
  }
}

/** What is not in a socket. */
function wornIn({ placements }: Content<RuleItem>): readonly Placement<RuleItem>[] {
  return placements.filter(({ socket }) => !socket);
}

function readAll(reader: Reader, items: readonly RuleItem[], slot: string): Part[] {
  return items
    .filter(item => item.slots.includes(slot))
    .flatMap(item => reader.read(item, slot) ?? []);
}

function keptIn({ kept = [] }: Place): Part[] {
  return kept.filter(part => part !== undefined);
}

function keptInSocket(
  kept: readonly Placement<RuleItem>[],
  of: number,
  { slot, index }: Socket,
): Placement<RuleItem> | undefined {
  return kept.find(
    one => one.slot === slot.key && one.socket?.of === of && one.socket.index === index,
  );
}

/** In how many places each item may be at once, at most. */
function placesOf(
  places: readonly Place[],
  fillers: ReadonlyMap<string, readonly Part[]>,
): ReadonlyMap<RuleItem, number> {
  const counts = new Map<RuleItem, number>();
  for (const place of places)
    for (const item of new Set([...place.parts, ...keptIn(place)].map(part => part.item)))
      counts.set(item, (counts.get(item) ?? 0) + 1);
  for (const { item } of [...fillers.values()].flat()) counts.set(item, ITEMS_MAX);
  return counts;
}
