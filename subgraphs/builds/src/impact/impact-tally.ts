import { type BuildDifference, summaryOf } from '../build/build-patch.js';
import type { BuildVisibility } from '../build/build-visibility.js';

/** Of relative changes: the first is of those below, the last of those from there on. 0 is in none. */
export const BUCKET_BOUNDS = [-0.5, -0.2, -0.1, -0.05, -0.01, 0, 0.01, 0.05, 0.1, 0.2, 0.5];
export const BUILDS_NAMED_MAX = 50;

/** What is known of the builds that a report went through so far: JSON, and never larger than the game's rules make it. */
export interface Tally {
  /** By visibility. */
  counts: Record<string, { builds: number; broken: number; shifted: number }>;
  stats: Record<string, StatTally>;
  /** By the ids of items that are changed or removed: how many builds that are affected use them. */
  items: Record<string, { name: string; isRemoved: boolean; builds: number }>;
  /** By the keys of rules that are newly broken. */
  rules: Record<string, { message: string; builds: number }>;
  /** How many affected builds use no item that is changed: by the rules alone. */
  byRulesAlone: number;
  /** Public ones, the most affected first. */
  mostAffected: AffectedBuild[];
  /** Public ones that break rules which they did not break, the first that were met. */
  broken: { buildId: string; violations: BuildDifference['newViolations'] }[];
}

export interface StatTally {
  name: string;
  unit: string | null;
  builds: number;
  /** How many have no value any more, or had none before. */
  withoutValue: number;
  /** Of the relative changes of those that have one. */
  count: number;
  sum: number;
  min: number;
  max: number;
  buckets: number[];
}

export interface AffectedBuild {
  buildId: string;
  summary: string;
  /** The greatest relative change of a stat, without its sign; null where one has no value any more. */
  change: number | null;
}

export function emptyTally(): Tally {
  return {
    ...{ counts: {}, stats: {}, items: {}, rules: {}, byRulesAlone: 0 },
    ...{ mostAffected: [], broken: [] },
  };
}

/** Counts one build. @param itemIdOf the id of what is in a placement */
export function count(
  tally: Tally,
  build: { id: string; visibility: BuildVisibility },
  difference: BuildDifference | null,
  itemIdOf: (placement: number) => { id: string; name: string },
): void {
  const ofKind = (tally.counts[build.visibility] ??= { builds: 0, broken: 0, shifted: 0 });
  ofKind.builds++;
  if (!difference) return;
  const { stats, items, newViolations } = difference;
  if (newViolations.length > 0) ofKind.broken++;
  if (stats.length > 0) ofKind.shifted++;
  if (items.length === 0) tally.byRulesAlone++;
  for (const stat of stats) countStat(tally, stat);
  for (const { placement, isRemoved } of items) {
    const { id, name } = itemIdOf(placement);
    (tally.items[id] ??= { name, isRemoved, builds: 0 }).builds++;
  }
  const broken = new Map(newViolations.map(({ rule, message }) => [rule, message]));
  for (const [rule, message] of broken) {
    const known = Object.hasOwn(tally.rules, rule);
    if (!known) tally.rules[rule] = { message, builds: 0 };
    tally.rules[rule]!.builds++;
  }
  if (build.visibility !== 'PUBLIC') return;
  nameBuild(tally, build.id, difference);
}

function nameBuild(tally: Tally, buildId: string, difference: BuildDifference): void {
  const { stats, newViolations } = difference;
  if (newViolations.length > 0 && tally.broken.length < BUILDS_NAMED_MAX)
    tally.broken.push({ buildId, violations: newViolations });
  if (stats.length === 0) return;
  const change = stats.some(({ after }) => after === null)
    ? null
    : Math.max(...stats.map(({ relativeChange }) => Math.abs(relativeChange ?? 0)));
  const last = tally.mostAffected.at(-1);
  if (tally.mostAffected.length === BUILDS_NAMED_MAX && weight(last!.change) >= weight(change))
    return;
  tally.mostAffected.push({ buildId, change, summary: summaryOf(difference) });
  tally.mostAffected.sort((a, b) => weight(b.change) - weight(a.change));
  tally.mostAffected.splice(BUILDS_NAMED_MAX);
}

function weight(change: number | null): number {
  return change ?? Number.MAX_VALUE;
}

function countStat(tally: Tally, stat: BuildDifference['stats'][number]): void {
  const { key, name: statName, unit, relativeChange } = stat;
  if (!Object.hasOwn(tally.stats, key))
    tally.stats[key] = {
      ...{ name: statName, unit, builds: 0, withoutValue: 0, count: 0, sum: 0, min: 0, max: 0 },
      buckets: Array<number>(BUCKET_BOUNDS.length + 1).fill(0),
    };
  const of = tally.stats[key]!;
  of.builds++;
  if (stat.before === null || stat.after === null) of.withoutValue++;
  if (relativeChange === null) return;
  of.min = of.count === 0 ? relativeChange : Math.min(of.min, relativeChange);
  of.max = of.count === 0 ? relativeChange : Math.max(of.max, relativeChange);
  of.count++;
  of.sum += relativeChange;
  const bucket = BUCKET_BOUNDS.findIndex(bound => relativeChange < bound);
  of.buckets[bucket < 0 ? BUCKET_BOUNDS.length : bucket]!++;
}
