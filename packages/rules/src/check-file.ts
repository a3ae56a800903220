import { faultsOf, workOut } from './build.js';
import { CompiledRules } from './compiled-rules.js';
import { FightProblem } from './fight/fight.js';
import { FightSimulation } from './fight/simulation.js';
import { faultsOfItem } from './item-faults.js';
import { type Found, type Path, readFile } from './read-file.js';
import { faultsOfRuleSet } from './rule-faults.js';
import { type FileItem, itemsOf, type RuleFile } from './rule-file.js';
import { type Content, type RuleItem, type RuleSet, rulesOf } from './rule-set.js';
import { type Place, SourceText } from './source-text.js';

const FAULTS_MAX = 1_000;
const FIGHTS = 10_000;

/** What is wrong with a file of rules. */
export interface FileFault {
  /** `stats.damage`, `items.sword.weight`, `expectations.A knight.stats.damage`. */
  path: string;
  message: string;
  /** Where in the file, from 1; null where that cannot be said. */
  line: number | null;
  column: number | null;
}

/** What a file of rules has, and all that is wrong with it. */
export interface CheckedFile {
  rules: RuleSet | null;
  items: FileItem[];
  /** How many builds were worked out, to hold them against what is expected of them. */
  expectations: number;
  /** The first thousand. */
  faults: FileFault[];
  faultsCount: number;
}

/**
 * Reads a file of rules (docs/rules.md), in YAML or JSON, and checks all that can be checked. The time that this takes
 * grows with the file: whoever has it from strangers checks it apart (`FileChecker`).
 */
export function checkFile(text: string): CheckedFile {
  const source = new SourceText(text);
  const told = (
    found: Found[],
    rest: Omit<CheckedFile, 'faults' | 'faultsCount'>,
  ): CheckedFile => ({
    ...rest,
    faults: found.slice(0, FAULTS_MAX).map(({ path, message, offset }) => ({
      ...{ path: nameOf(path, source.value), message },
      ...placeIn(source.placeOf(path, offset)),
    })),
    faultsCount: found.length,
  });
  const nothing = { rules: null, items: [], expectations: 0 };
  if (source.faults.length > 0) {
    const faults = source.faults
      .slice(0, FAULTS_MAX)
      .map(({ message, place }) => ({ path: 'file', message, ...placeIn(place) }));
    return { ...nothing, faults, faultsCount: source.faults.length };
  }
  const { file, faults, leftOut, itemPlaces } = readFile(source.value);
  if (!file) return told(faults, nothing);
  const rules = rulesOf(file);
  const items = itemsOf(file);
  const found = [
    ...faultsOfRuleSet(rules).map(fault => ({ ...fault, path: pathOf(fault, source.value) })),
    ...faultsOfItems(items, itemPlaces, rules),
  ].filter(({ message }) => !leftOut.has(/^There is no \w+ ([^\s.]+)/.exec(message)?.[1] ?? ''));
  if (faults.length > 0) return told([...faults, ...found], nothing);
  const { expectations } = file;
  if (found.length === 0) {
    const compiled = new CompiledRules(rules);
    const byKey = new Map(items.map(item => [item.key, item]));
    for (const [n, expectation] of expectations.entries())
      for (const { path, message } of faultsOfExpectation(compiled, byKey, expectation))
        found.push({ path: ['expectations', n, ...path], message });
  }
  return told(found, { rules, items, expectations: expectations.length });
}

function placeIn(place: Place | null): Pick<FileFault, 'line' | 'column'> {
  return { line: place?.line ?? null, column: place?.column ?? null };
}

/** `modifiers.rage.condition`, `fights.duel.build.actions.hit.effects[0]`: of those with one key it is the last that is too much. */
function pathOf({ path, offset }: { path: string; offset?: number }, file: unknown): Path {
  const found: PropertyKey[] = [];
  let at: unknown = file;
  for (const part of path.split(/[.[\]]+/).filter(Boolean)) {
    const isNamed = Array.isArray(at) && !/^\d+$/.test(part);
    const next = isNamed ? (at as unknown[]).findLastIndex(one => Object(one).key === part) : part;
    at = (at as Record<PropertyKey, unknown>)[next];
    if (at === undefined) break; // `formulas`: all of them
    found.push(Array.isArray(at) || isNamed ? next : part);
  }
  return offset !== undefined && typeof at === 'object' ? [...found, 'formula'] : found;
}

function faultsOfItems(items: RuleItem[], places: readonly number[], rules: RuleSet): Found[] {
  const seen = new Set<string>();
  return items.flatMap((item, at) => {
    const n = places[at]!;
    const isRepeated = seen.has(item.key);
    seen.add(item.key);
    return [
      ...(isRepeated ? [{ path: ['items', n], message: 'There is another with this key.' }] : []),
      ...faultsOfItem(item, rules).map(({ attributeKey, message }) => ({
        path: ['items', n, ...(attributeKey === null ? [] : ['attributes', attributeKey])],
        message,
      })),
    ];
  });
}

function faultsOfExpectation(
  compiled: CompiledRules,
  byKey: ReadonlyMap<string, RuleItem>,
  { items, parameters, stats, fights, violations }: RuleFile['expectations'][number],
): Found[] {
  const found: Found[] = [];
  const content: Content = {
    placements: items.map(({ slot, item: key, socket }, n) => {
      const item = byKey.get(key) ?? null;
      if (!item) found.push({ path: ['items', n, 'item'], message: `There is no item ${key}.` });
      return { slot, item, ...(socket && { socket }) };
    }),
    parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
  };
  for (const { path, message } of faultsOf(compiled, content)) {
    const [, list, n, field] = /^(\w+)\[(\d+)\]\.(\w+)$/.exec(path)!;
    const at =
      list === 'items' ? [list, Number(n), field!] : [list!, content.parameters[Number(n)]!.key];
    found.push({ path: at, message });
  }
  const outcome = workOut(compiled, content);
  for (const [key, expected] of Object.entries(stats)) {
    const path = ['stats', key];
    const stat = outcome.stats.find(one => one.key === key);
    if (!stat) found.push({ path, message: 'There is no such stat.' });
    else if (stat.value !== expected) {
      const why = stat.problem === null ? '' : `: ${stat.problem}`;
      found.push({ path, message: `It should be ${expected}, and is ${stat.value}${why}` });
    }
  }
  for (const [key, measures] of Object.entries(fights))
    found.push(...faultsOfFight(compiled, content, key, measures));
  const broken = [...new Set(outcome.violations.map(({ rule }) => rule))].sort();
  if (broken.join() !== [...violations].sort().join()) {
    const told = broken.join(', ') || 'none';
    const wanted = violations.join(', ') || 'none';
    found.push({ path: ['violations'], message: `It breaks ${told}, and should break ${wanted}.` });
  }
  return found;
}

function faultsOfFight(
  compiled: CompiledRules,
  content: Content,
  key: string,
  expected: Record<string, number>,
): Found[] {
  const path = ['fights', key];
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
    if (!found) return [{ path: [...path, measure], message: 'There is no such measure.' }];
    const { mean, low, high } = found;
    // Twice as far as the interval: chance alone is off so far once in 10,000 times.
    if (mean - 2 * (mean - low) <= value && value <= mean + 2 * (high - mean)) return [];
    const message = `It should be ${value}, and is ${mean} after ${FIGHTS} fights: ${low} to ${high}.`;
    return [{ path: [...path, measure], message }];
  });
}

/** What is in a list is named by its key, where it has one. */
function nameOf(path: Path, value: unknown): string {
  let at: unknown = value;
  const names = path.map(part => {
    at = (at as Record<PropertyKey, unknown> | undefined)?.[part];
    if (typeof part !== 'number') return String(part);
    const { key, name } = Object(at) as { key?: unknown; name?: unknown };
    return [key, name].find(text => typeof text === 'string') ?? String(part);
  });
  return names.join('.') || 'file';
}
