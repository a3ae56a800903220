import { faultsOfFights, formulasOfFight } from './fight/fight-formulas.js';
import { parseFormula } from './formula/parse.js';
import { FormulaError, type Node } from './formula/syntax.js';
import {
  type Axis,
  checkFormula,
  costOf,
  statsIn,
  type Type,
  type Vocabulary,
} from './formula/types.js';
import {
  type AttributeDefinition,
  type ParameterDefinition,
  type RuleSet,
  rulesOf,
  type SlotDefinition,
  type TableDefinition,
} from './rule-set.js';

/** What is wrong with a definition. */
export interface DefinitionFault {
  /** `stats.damage`: the kind and the key of the definition. */
  path: string;
  message: string;
  /** Where in the formula. */
  offset?: number;
}

export const ITEMS_MAX = 200; // in a build, those in sockets included
const STEPS_MAX = 5_000_000; // some 50 ms for the largest build
const FIGHT_STEPS_MAX = 5_000; // some 20 µs for all of them
const TABLE_VALUES_MAX = 10_000;
const LIST_VALUES_MAX = 31; // each has a bit of a whole number

/** All that is wrong with definitions beyond the shape of each field. */
export function faultsOfRuleSet(rules: RuleSet): DefinitionFault[] {
  const { attributes, parameters, slots, tables } = rules;
  const named = (kind: string, key: string, messages: string[]) =>
    messages.map(message => ({ path: `${kind}.${key}`, message }));
  return [
    ...repeatedKeys(rules),
    ...attributes.flatMap(one => named('attributes', one.key, faultsOfAttribute(one))),
    ...parameters.flatMap(one => named('parameters', one.key, faultsOfParameter(one))),
    ...slots.flatMap(one => named('slots', one.key, faultsOfSlot(one, rules))),
    ...tables.flatMap(one => named('tables', one.key, faultsOfTable(one))),
    ...faultsOfFights(rules),
    ...faultsOfFormulas(rules),
    ...faultsOfCost(rules),
  ];
}

function repeatedKeys(rules: RuleSet): DefinitionFault[] {
  const { cost: _, ...kinds } = rulesOf(rules);
  return Object.entries(kinds).flatMap(([kind, list]) =>
    list
      .filter(({ key }, n) => list.findIndex(one => one.key === key) !== n)
      .map(({ key }) => ({ path: `${kind}.${key}`, message: 'There is another with this key.' })),
  );
}

export function isNumeric({ type }: Pick<AttributeDefinition, 'type'>): boolean {
  return type === 'INTEGER' || type === 'DECIMAL';
}

function faultsOfCost({ attributes, cost }: RuleSet): DefinitionFault[] {
  if (cost === null || attributes.some(one => one.key === cost && isNumeric(one))) return [];
  return [{ path: 'cost', message: `There is no attribute ${cost} that is a number.` }];
}

function faultsOfAttribute(attribute: AttributeDefinition): string[] {
  const { type, min, max, values, defaultValue } = attribute;
  const isNumber = isNumeric(attribute);
  const lists = type === 'ENUM' || type === 'LIST';
  return [
    ...((min !== null || max !== null) && !isNumber ? ['Only numbers have min and max.'] : []),
    ...(min !== null && max !== null && min > max ? ['min is greater than max.'] : []),
    ...(lists && values.length === 0 ? ['An ENUM or a LIST names its values.'] : []),
    ...(!lists && values.length > 0 ? ['Only an ENUM or a LIST names values.'] : []),
    ...(type === 'LIST' && values.length > LIST_VALUES_MAX
      ? [`A LIST names ${LIST_VALUES_MAX} values at most.`]
      : []),
    ...(defaultValue !== null && !isNumber ? ['Only numbers have a defaultValue.'] : []),
    ...faultsOfValues(values),
  ];
}

function faultsOfValues(values: string[]): string[] {
  const faulty = values.find(value => !/^[^\p{C}]{1,64}$/u.test(value) || value.trim() !== value);
  return [
    ...(new Set(values).size < values.length ? ['A value is listed twice.'] : []),
    ...(faulty === undefined ? [] : [`The value "${faulty}" is no text of 1 to 64 characters.`]),
  ];
}

function faultsOfParameter({ min, max, defaultValue, values }: ParameterDefinition): string[] {
  const isBetween = min <= defaultValue && defaultValue <= max;
  return [
    ...(isBetween ? [] : ['defaultValue lies between min and max.']),
    ...faultsOfValues(values),
  ];
}

function faultsOfSlot({ socketsOf, matchedBy }: SlotDefinition, { attributes }: RuleSet): string[] {
  const isList = (key: string) => attributes.some(one => one.key === key && one.type === 'LIST');
  const noList = (key: string | null) =>
    key === null || isList(key) ? [] : [`There is no attribute ${key} that is a LIST.`];
  return [
    ...noList(socketsOf),
    ...noList(matchedBy),
    ...(matchedBy !== null && socketsOf === null ? ['Only sockets are matched.'] : []),
  ];
}

function faultsOfTable({ axes, values }: TableDefinition): string[] {
  const sizes = axes.map(({ numbers, texts }) => numbers.length + texts.length);
  const size = sizes.reduce((product, each) => product * each, 1);
  return [
    ...axes.flatMap(({ numbers, texts, match }) => [
      ...(numbers.length > 0 === texts.length > 0 ? ['An axis has numbers, or texts.'] : []),
      ...(numbers.some((key, n) => n > 0 && key <= numbers[n - 1]!) ? ['Numbers rise.'] : []),
      ...(new Set(texts).size < texts.length ? ['A text is listed twice.'] : []),
      ...(texts.length > 0 && match !== 'EXACT' ? ['Texts are matched EXACT.'] : []),
    ]),
    ...(values.length === size
      ? []
      : [`It has room for ${size} values, and has ${values.length}.`]),
    ...(size > TABLE_VALUES_MAX ? [`A table has ${TABLE_VALUES_MAX} values at most.`] : []),
    ...([...values, ...axes.flatMap(({ numbers }) => numbers)].every(isSmall)
      ? []
      : ['All its numbers lie between -1e300 and 1e300.']), // so that what is between two is a number
  ];
}

function isSmall(number: number): boolean {
  return Math.abs(number) <= 1e300;
}

/** A formula of a rule set that was read and checked. */
export interface CheckedFormula {
  text: string;
  node: Node;
}

/** By path, such as `stats.damage` or `modifiers.rage.condition`. */
export type CheckedFormulas = ReadonlyMap<string, CheckedFormula>;

/** Reads all formulas of a rule set; those that are wrong are told, and left out. */
export function readFormulas(rules: RuleSet): {
  formulas: CheckedFormulas;
  faults: DefinitionFault[];
} {
  const vocabulary = vocabularyOf(rules);
  const formulas = new Map<string, CheckedFormula>();
  const faults: DefinitionFault[] = [];
  const read = (
    path: string,
    text: string,
    type: 'number' | 'boolean',
    { scope = 'build', fight }: { scope?: 'build' | 'item'; fight?: Vocabulary['fight'] } = {},
  ) => {
    try {
      const node = parseFormula(text);
      checkFormula(node, fight ? { ...vocabulary, fight } : vocabulary, type, scope);
      formulas.set(path, { text, node });
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      faults.push({ path, message: error.message, offset: error.at });
    }
  };
  for (const { key, formula } of rules.stats) read(`stats.${key}`, formula, 'number');
  for (const { key, formula, condition } of rules.modifiers) {
    read(`modifiers.${key}`, formula, 'number');
    if (condition !== null) read(`modifiers.${key}.condition`, condition, 'boolean');
  }
  for (const { key, formula, scope } of rules.rules)
    read(`rules.${key}`, formula, 'boolean', { scope: scope === 'ITEM' ? 'item' : 'build' });
  for (const fight of rules.fights)
    for (const { path, text, type, names } of formulasOfFight(fight, rules)) {
      const known = ({ variables, stats }: (typeof names)['self']) =>
        new Set([...variables, ...stats]);
      read(path, text, type, { fight: { self: known(names.self), other: known(names.other) } });
    }
  return { formulas, faults };
}

function faultsOfFormulas(rules: RuleSet): DefinitionFault[] {
  const { formulas, faults } = readFormulas(rules);
  const { circle } = inOrderOfNeed(rules, formulas);
  if (circle) faults.push({ path: `stats.${circle[0]!}`, message: circleMessage(circle) });
  faults.push(...faultsOfModifiers(rules));
  for (const { key } of rules.fights) {
    const path = `fights.${key}`;
    const of = [...formulas].filter(([at]) => at.startsWith(`${path}.`));
    const steps = of.reduce((sum, [, { node }]) => sum + costOf(node, 0), 0);
    if (steps > FIGHT_STEPS_MAX)
      faults.push({
        path,
        message: `Its formulas have ${steps} parts, and may have ${FIGHT_STEPS_MAX}. Make stats of what does not change during the fight.`,
      });
  }
  const steps = [...formulas].reduce((sum, [path, { node }]) => {
    if (path.startsWith('fights.')) return sum;
    const isPerItem = rules.rules.some(
      ({ key, scope }) => scope === 'ITEM' && path === `rules.${key}`,
    );
    return sum + costOf(node, ITEMS_MAX) * (isPerItem ? ITEMS_MAX : 1);
  }, 0);
  if (steps > STEPS_MAX)
    faults.push({
      path: 'formulas',
      message: `All formulas together take ${steps} steps for a build of ${ITEMS_MAX} items, and may take ${STEPS_MAX}. Have stats for what several formulas count over all items.`,
    });
  return faults;
}

function faultsOfModifiers({ stats, modifiers }: RuleSet): DefinitionFault[] {
  const known = new Set(stats.map(({ key }) => key));
  return modifiers.flatMap(({ key, stat, layer, from }) => {
    const path = `modifiers.${key}`;
    const messages = [
      ...(known.has(stat) ? [] : [`There is no stat ${stat}.`]),
      ...(from !== null && !known.has(from) ? [`There is no stat ${from}.`] : []),
      ...((layer === 'CONVERSION') !== (from !== null)
        ? ['A CONVERSION, and nothing else, says from which stat.']
        : []),
      ...(from === stat ? ['A stat does not become part of itself.'] : []),
    ];
    return messages.map(message => ({ path, message }));
  });
}

export function circleMessage(circle: string[]): string {
  return `These stats refer to each other in a circle: ${[...circle, circle[0]].join(' → ')}.`;
}

/** What a stat needs to be worked out before it: by its formula, and by the modifiers of it. */
function needsOf({ modifiers }: RuleSet, formulas: CheckedFormulas): Map<string, Set<string>> {
  const needs = new Map<string, Set<string>>();
  const add = (stat: string, path: string) => {
    const { node } = formulas.get(path) ?? {};
    const known = needs.get(stat) ?? new Set();
    needs.set(stat, known);
    if (node) for (const key of statsIn(node)) known.add(key);
  };
  for (const path of formulas.keys()) {
    const [kind, key] = path.split('.') as [string, string];
    if (kind === 'stats') add(key, path);
  }
  for (const { key, stat, from } of modifiers) {
    for (const path of [`modifiers.${key}`, `modifiers.${key}.condition`]) {
      add(stat, path);
      if (from !== null) add(from, path); // what it gives away, it does not have
    }
    if (from !== null) needs.get(stat)!.add(from);
  }
  return needs;
}

/** The keys of stats in an order in which each comes after those that it needs; those in a circle are left out. */
export function inOrderOfNeed(
  rules: RuleSet,
  formulas: CheckedFormulas,
): { order: string[]; circle?: string[] } {
  const needs = needsOf(rules, formulas);
  const order: string[] = [];
  const states = new Map<string, 'open' | 'done' | 'in a circle'>();
  let circle: string[] | undefined;
  const visit = (key: string, path: string[]): boolean => {
    const state = states.get(key);
    if (state === 'open') circle ??= path.slice(path.indexOf(key));
    if (state) return state === 'done';
    states.set(key, 'open');
    const isSound = [...(needs.get(key) ?? [])]
      .map(inner => visit(inner, [...path, key]))
      .every(Boolean);
    states.set(key, isSound ? 'done' : 'in a circle');
    if (isSound) order.push(key);
    return isSound;
  };
  for (const { key } of rules.stats) visit(key, []);
  return { order, ...(circle && { circle }) };
}

function vocabularyOf(rules: RuleSet): Vocabulary {
  return {
    parameters: new Map(rules.parameters.map(one => [one.key, typeOfParameter(one)])),
    stats: new Set(rules.stats.map(({ key }) => key)),
    slots: new Set(rules.slots.map(({ key }) => key)),
    attributes: new Map(rules.attributes.flatMap(typeOfAttribute)),
    tables: new Map(rules.tables.map(({ key, axes }) => [key, axes.map(typeOfAxis)])),
  };
}

function typeOfParameter({ values }: ParameterDefinition): Type {
  return values.length > 0 ? { type: 'text', values: new Set(values) } : { type: 'number' };
}

function typeOfAttribute({ key, type, values }: AttributeDefinition): [string, Type][] {
  switch (type) {
    case 'TEXT':
      return [];
    case 'BOOLEAN':
      return [[key, { type: 'boolean' }]];
    case 'ENUM':
      return [[key, { type: 'text', values: new Set([...values, '']) }]]; // '': of what does not have it
    case 'LIST':
      return [[key, { type: 'list', values: new Set(values) }]];
    default:
      return [[key, { type: 'number' }]];
  }
}

function typeOfAxis({ texts }: { texts: string[] }): Axis {
  return texts.length > 0 ? { type: 'text', values: new Set(texts) } : { type: 'number' };
}
