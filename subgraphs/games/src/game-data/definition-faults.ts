import {
  checkFormula,
  FormulaError,
  type FormulaType,
  type Node,
  orderStats,
  parseFormula,
} from '@gamegraph/formula';
import { faultOfText } from '@gamegraph/subgraph-kit';
import {
  type AttributeDefinition,
  AttributeType,
  type ParameterDefinition,
} from './definitions.js';
import type { DefinedGameData } from './game-data.entity.js';
import { isNumeric } from './item-faults.js';

/** What is wrong with a definition. */
export interface DefinitionFault {
  /** `stats.damage`: the kind and the key of the definition. */
  path: string;
  message: string;
  /** Where in the formula. */
  offset?: number;
}

/** All that is wrong with definitions beyond the shape of each field. */
export function faultsOfDefinitions(definitions: DefinedGameData): DefinitionFault[] {
  const { attributes, parameters } = definitions;
  const named = (kind: string, key: string, messages: string[]) =>
    messages.map(message => ({ path: `${kind}.${key}`, message }));
  return [
    ...repeatedKeys(definitions),
    ...attributes.flatMap(one => named('attributes', one.key, faultsOfAttribute(one))),
    ...parameters.flatMap(one => named('parameters', one.key, faultsOfParameter(one))),
    ...faultsOfFormulas(definitions),
  ];
}

function repeatedKeys({ attributes, parameters, slots, stats, rules }: DefinedGameData) {
  return Object.entries({ attributes, parameters, slots, stats, rules }).flatMap(([kind, list]) =>
    list
      .filter(({ key }, n) => list.findIndex(one => one.key === key) !== n)
      .map(({ key }) => ({ path: `${kind}.${key}`, message: 'There is another with this key.' })),
  );
}

function faultsOfAttribute(attribute: AttributeDefinition): string[] {
  const { type, min, max, values } = attribute;
  const isBounded = min !== null || max !== null;
  const isEnum = type === AttributeType.ENUM;
  const faulty = values.find(value => faultOfText(value, { max: 64 }));
  return [
    ...(isBounded && !isNumeric(attribute) ? ['Only numbers have min and max.'] : []),
    ...(min !== null && max !== null && min > max ? ['min is greater than max.'] : []),
    ...(isEnum && values.length === 0 ? ['An ENUM lists its values.'] : []),
    ...(!isEnum && values.length > 0 ? ['Only an ENUM lists values.'] : []),
    ...(new Set(values).size < values.length ? ['A value is listed twice.'] : []),
    ...(faulty === undefined ? [] : [`The value "${faulty}" is no text of 1 to 64 characters.`]),
  ];
}

function faultsOfParameter({ min, max, defaultValue }: ParameterDefinition): string[] {
  return min <= defaultValue && defaultValue <= max
    ? []
    : ['defaultValue lies between min and max.'];
}

function faultsOfFormulas({ attributes, parameters, slots, stats, rules }: DefinedGameData) {
  const keysOf = (list: { key: string }[]) => new Set(list.map(({ key }) => key));
  const vocabulary = {
    parameters: keysOf(parameters),
    stats: keysOf(stats),
    slots: keysOf(slots),
    attributes: keysOf(attributes.filter(isNumeric)),
  };
  const faults: DefinitionFault[] = [];
  const attempt = <T>(path: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      faults.push({ path, message: error.message, offset: error.at });
      return undefined;
    }
  };
  const check = (path: string, formula: string, type: FormulaType) =>
    attempt(path, () => {
      const node = parseFormula(formula);
      checkFormula(node, vocabulary, type);
      return node;
    });
  const parsed = new Map<string, Node>();
  for (const { key, formula } of stats) {
    const node = check(`stats.${key}`, formula, 'number');
    if (node) parsed.set(key, node);
  }
  for (const { key, formula } of rules) check(`rules.${key}`, formula, 'boolean');
  attempt('stats', () => orderStats(parsed));
  return faults;
}
