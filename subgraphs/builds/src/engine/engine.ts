import { type Environment, evaluate } from '@gamegraph/formula';
import { type Formula, type GameData, orProblem } from './game-data.js';

/** An item, as far as it matters to a build. */
export interface ItemFigures {
  name: string;
  category: string;
  /** Keys of the slots that it fits. */
  slots: string[];
  attributes: Record<string, number | boolean | string>;
  isRemoved: boolean;
}

/** An item in a slot; null is one that there is not. */
export interface Placement<Item extends ItemFigures | null = ItemFigures | null> {
  /** The slot's key. */
  slot: string;
  item: Item;
}

/** A parameter that the author has chosen. The others have their defaults. */
export interface Setting {
  key: string;
  value: number;
}

/** What a build consists of. */
export interface Content<Item extends ItemFigures | null = ItemFigures | null> {
  placements: Placement<Item>[];
  parameters: Setting[];
}

/** A part of a build that does not go with the game's data: such a build is not saved. */
export interface Fault {
  /** Where: `items[3].slot`. */
  path: string;
  message: string;
}

/** What a build should be and is not. It may be saved nevertheless. */
export interface Violation {
  /** The key of a rule; or `slot.<key>`, `parameter.<key>` for what the game's data demands by itself. */
  rule: string;
  message: string;
}

/** A figure of a build. It has a value, or a problem. */
export interface StatValue {
  key: string;
  name: string;
  unit: string | null;
  value: number | null;
  problem: string | null;
}

export interface Outcome {
  /** In the order of the game's data. */
  stats: StatValue[];
  /** All of them. */
  violations: Violation[];
}

/** All that keeps a build from being saved. Items that there are not are for whoever looked for them to tell. */
export function faultsOf(data: GameData, content: Content): (Fault & Violation)[] {
  return [...faultsOfItems(data, content.placements), ...faultsOfParameters(data, content)];
}

/** The figures of a build, and all rules that it breaks. */
export function workOut(data: GameData, content: Content): Outcome {
  const stats = new Map<string, number>();
  const environment = { ...equipment(data, content), stats };
  const results = new Map<string, Result>();
  for (const [key, formula] of data.statFormulas) {
    const result = resultOf(formula, environment);
    if ('value' in result) stats.set(key, Number(result.value));
    results.set(key, result);
  }
  return {
    stats: data.stats.map(({ key, name, unit }) => {
      const result = results.get(key)!;
      const [value, problem] =
        'value' in result ? [Number(result.value), null] : [null, result.problem];
      return { key, name, unit, value, problem };
    }),
    violations: [
      // After a patch, what was sound when it was saved may be none any more.
      ...faultsOf(data, content).map(({ rule, message }) => ({ rule, message })),
      ...emptySlots(data, content),
      ...brokenRules(data, environment),
    ],
  };
}

/** All parameters of the game, with what the author has chosen or else the default. */
export function settingsOf(
  data: GameData,
  { parameters }: Content,
): (Setting & { name: string })[] {
  const chosen = new Map(parameters.map(({ key, value }) => [key, value]));
  return data.parameters.map(({ key, name, defaultValue }) => ({
    ...{ key, name, value: chosen.get(key) ?? defaultValue },
  }));
}

function* faultsOfItems(
  { slots }: GameData,
  placements: Placement[],
): Generator<Fault & Violation> {
  const filled = new Map<string, number>();
  for (const [n, { slot: key, item }] of placements.entries()) {
    const rule = `slot.${key}`;
    const slotPath = `items[${n}].slot`;
    const slot = slots.find(each => each.key === key);
    const count = (filled.get(key) ?? 0) + 1;
    filled.set(key, count);
    if (item?.isRemoved) {
      const message = `${item.name} is not in the game any more.`;
      yield { path: `items[${n}].item`, rule, message };
    }
    if (!slot) {
      yield { path: slotPath, rule, message: `There is no slot "${key}".` };
      continue;
    }
    if (count > slot.capacity) {
      yield { path: slotPath, rule, message: `${slot.name} has room for ${slot.capacity}.` };
    }
    if (item && !item.isRemoved && !item.slots.includes(key)) {
      yield { path: slotPath, rule, message: `${item.name} does not fit ${slot.name}.` };
    }
  }
}

function* faultsOfParameters(
  data: GameData,
  { parameters }: Content,
): Generator<Fault & Violation> {
  const seen = new Set<string>();
  for (const [n, { key, value }] of parameters.entries()) {
    const rule = `parameter.${key}`;
    const parameter = data.parameters.find(each => each.key === key);
    if (!parameter) {
      yield { path: `parameters[${n}].key`, rule, message: `There is no parameter "${key}".` };
      continue;
    }
    const { name, min, max } = parameter;
    if (seen.has(key)) {
      yield { path: `parameters[${n}].key`, rule, message: `${name} is given twice.` };
    }
    seen.add(key);
    if (!Number.isInteger(value) || value < min || value > max) {
      const message = `${name} is a whole number from ${min} to ${max}, not ${value}.`;
      yield { path: `parameters[${n}].value`, rule, message };
    }
  }
}

function emptySlots({ slots }: GameData, { placements }: Content): Violation[] {
  const filled = new Set(
    placements.filter(({ item }) => item && !item.isRemoved).map(({ slot }) => slot),
  );
  return slots
    .filter(({ key, isRequired }) => isRequired && !filled.has(key))
    .map(({ key, name }) => ({ rule: `slot.${key}`, message: `${name} is empty.` }));
}

function* brokenRules(data: GameData, environment: Environment): Generator<Violation> {
  for (const { key, message } of data.rules) {
    const result = resultOf(data.ruleFormulas.get(key)!, environment);
    if ('problem' in result) {
      yield { rule: key, message: `${message} (This cannot be told: ${result.problem})` };
    } else if (result.value === false) {
      yield { rule: key, message };
    }
  }
}

/** What was removed from the game counts for nothing. */
function equipment(data: GameData, content: Content): Omit<Environment, 'stats'> {
  const items = content.placements.flatMap(({ slot, item }) =>
    item && !item.isRemoved ? [{ slot, category: item.category, attributes: item.attributes }] : [],
  );
  const parameters = new Map(settingsOf(data, content).map(({ key, value }) => [key, value]));
  return { items, parameters };
}

type Result = { value: number | boolean } | { problem: string };

function resultOf(formula: Formula, environment: Environment): Result {
  if ('problem' in formula) return formula;
  return orProblem(() => {
    const value = evaluate(formula.node, environment);
    // A literal of 400 digits is Infinity, and would fail the whole answer.
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return { problem: 'This is larger than any number.' };
    }
    return { value: typeof value === 'number' ? withoutNoise(value) : value };
  });
}

/** 0.1 + 0.2 is 0.3: what lies behind the 14th digit of a fraction is the noise of binary numbers. */
function withoutNoise(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(14));
}
