import { type StatValue, withoutNoise } from '@gamegraph/rules';

/** A stat that is not what it was. */
export interface StatDifference {
  key: string;
  name: string;
  unit: string | null;
  /** Null when it had no value, or was not there. */
  before: number | null;
  /** Null when it has no value, or is gone. */
  after: number | null;
  /** Null where one of the two is. */
  change: number | null;
  /** The change as a part of what it was; null where that was 0. */
  relativeChange: number | null;
}

/** The stats that differ, in their order; those that are gone come last. */
export function statDifferences(
  before: readonly StatValue[],
  after: readonly StatValue[],
): StatDifference[] {
  const was = new Map(before.map(stat => [stat.key, stat.value]));
  const is = new Map(after.map(stat => [stat.key, stat.value]));
  const gone = before.filter(({ key }) => !is.has(key));
  return [...after, ...gone]
    .filter(({ key }) => was.get(key) !== is.get(key))
    .map(({ key, name, unit }) => {
      const [old = null, present = null] = [was.get(key), is.get(key)];
      const change = old === null || present === null ? null : withoutNoise(present - old);
      const relativeChange = change === null || old === 0 ? null : change / Math.abs(old!);
      return { key, name, unit, before: old, after: present, change, relativeChange };
    });
}
