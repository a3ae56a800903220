import { parse, YAMLParseError } from 'yaml';
import { faultsOf, workOut } from './build.js';
import { CompiledRules } from './compiled-rules.js';
import { FightProblem } from './fight/fight.js';
import { FightSimulation } from './fight/simulation.js';
import { faultsOfItem } from './item-faults.js';
import { faultsOfRuleSet } from './rule-faults.js';
import { itemsOf, RuleFile } from './rule-file.js';
import { type Content, type RuleItem, type RuleSet, rulesOf } from './rule-set.js';

const FIGHTS = 10_000;

/** What is wrong with a file of rules. */
export interface FileFault {
  /** `stats.damage`, `items.sword.weight`, `expectations.A knight.stats.damage`. */
  path: string;
  message: string;
}

/** What a file of rules has, and all that is wrong with it. */
export interface CheckedFile {
  rules: RuleSet | null;
  items: RuleItem[];
  /** How many builds were worked out, to hold them against what is expected of them. */
  expectations: number;
  faults: FileFault[];
}

/** Reads a file of rules (docs/rules.md), in YAML or JSON, and checks all that can be checked. */
export function checkFile(text: string): CheckedFile {
  const nothing = { rules: null, items: [], expectations: 0 };
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    return { ...nothing, faults: [{ path: 'file', message: error.message }] };
  }
  const read = RuleFile.safeParse(value);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => ({
      path: pathOf(path, value),
      message,
    }));
    return { ...nothing, faults };
  }
  const { expectations } = read.data;
  const rules = rulesOf(read.data);
  const items = itemsOf(read.data);
  const repeated = items.filter(({ key }, n) => items.findIndex(one => one.key === key) !== n);
  const faults = [
    ...faultsOfRuleSet(rules).map(({ path, message, offset }) => ({
      path: offset === undefined ? path : `${path}, at ${offset}`,
      message,
    })),
    ...repeated.map(({ key }) => ({
      path: `items.${key}`,
      message: 'There is another with this key.',
    })),
    ...items.flatMap(item =>
      faultsOfItem(item, rules).map(({ itemKey, attributeKey, message }) => ({
        path: ['items', itemKey, attributeKey ?? []].flat().join('.'),
        message,
      })),
    ),
  ];
  if (faults.length === 0) {
    const compiled = new CompiledRules(rules);
    for (const expectation of expectations)
      faults.push(...faultsOfExpectation(compiled, items, expectation));
  }
  return { rules, items, expectations: expectations.length, faults };
}

function faultsOfExpectation(
  compiled: CompiledRules,
  items: RuleItem[],
  { name, items: worn, parameters, stats, fights, violations }: RuleFile['expectations'][number],
): FileFault[] {
  const fault = (path: string, message: string) => ({
    path: `expectations.${name}.${path}`,
    message,
  });
  const faults: FileFault[] = [];
  const content: Content = {
    placements: worn.map(({ slot, item: key, socket }, n) => {
      const item = items.find(one => one.key === key) ?? null;
      if (!item) faults.push(fault(`items[${n}].item`, `There is no item ${key}.`));
      return { slot, item, ...(socket && { socket }) };
    }),
    parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
  };
  for (const { path, message } of faultsOf(compiled, content)) faults.push(fault(path, message));
  const outcome = workOut(compiled, content);
  for (const [key, expected] of Object.entries(stats)) {
    const stat = outcome.stats.find(one => one.key === key);
    if (!stat) faults.push(fault(`stats.${key}`, 'There is no such stat.'));
    else if (stat.value !== expected) {
      const why = stat.problem === null ? '' : `: ${stat.problem}`;
      faults.push(fault(`stats.${key}`, `It should be ${expected}, and is ${stat.value}${why}`));
    }
  }
  for (const [key, measures] of Object.entries(fights))
    faults.push(
      ...faultsOfFight(compiled, content, key, measures).map(({ path, message }) =>
        fault(path, message),
      ),
    );
  const broken = [...new Set(outcome.violations.map(({ rule }) => rule))].sort();
  if (broken.join() !== [...violations].sort().join()) {
    const told = broken.join(', ') || 'none';
    faults.push(
      fault(
        'violations',
        `It breaks ${told}, and should break ${violations.join(', ') || 'none'}.`,
      ),
    );
  }
  return faults;
}

function faultsOfFight(
  compiled: CompiledRules,
  content: Content,
  key: string,
  expected: Record<string, number>,
): FileFault[] {
  const path = `fights.${key}`;
  const fight = compiled.rules.fights.find(one => one.key === key);
  if (!fight) return [{ path, message: 'There is no such fight.' }];
  const simulation = new FightSimulation(
    ...[compiled, fight, { build: content, opponent: content }],
    { seed: 1, iterations: FIGHTS, precision: null },
  );
  try {
    while (!simulation.isDone) simulation.next();
  } catch (error) {
    if (!(error instanceof FightProblem)) throw error;
    return [{ path, message: error.message }];
  }
  return Object.entries(expected).flatMap(([measure, value]) => {
    const found = simulation.estimates.find(one => one.key === measure);
    if (!found) return [{ path: `${path}.${measure}`, message: 'There is no such measure.' }];
    const { mean, low, high } = found;
    // Twice as far as the interval: chance alone is off so far once in 10,000 times.
    if (mean - 2 * (mean - low) <= value && value <= mean + 2 * (high - mean)) return [];
    const message = `It should be ${value}, and is ${mean} after ${FIGHTS} fights: ${low} to ${high}.`;
    return [{ path: `${path}.${measure}`, message }];
  });
}

/** What is in a list is named by its key, where it has one. */
function pathOf(path: PropertyKey[], value: unknown): string {
  let at: unknown = value;
  const names = path.map(part => {
    at = (at as Record<PropertyKey, unknown> | undefined)?.[part];
    if (typeof part !== 'number') return String(part);
    const { key, name } = Object(at) as { key?: unknown; name?: unknown };
    return [key, name].find(text => typeof text === 'string') ?? String(part);
  });
  return names.join('.') || 'file';
}
