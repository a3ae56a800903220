import type { CompiledRules } from './compiled-rules.js';
import { withoutNoise } from './formula/arithmetic.js';
import { isNumeric } from './rule-faults.js';
import type { Content } from './rule-set.js';

/** What one more of an attribute does to a build. */
export interface Sensitivity {
  /** The key of the attribute. */
  attribute: string;
  /** By the keys of stats: how much more or less each is. Those that stay as they are, or have no value, are left out. */
  effects: { stat: string; change: number }[];
}

/**
 * The exact effect of one more of each attribute, on top of what a build has: as if it wore one item more that has nothing
 * but that, and that no slot, category or count knows. Not a derivative: what caps and roundings do is in it.
 */
export function sensitivityOf(compiled: CompiledRules, content: Content): Sensitivity[] {
  const before = compiled.stats(compiled.frameOf(content));
  return compiled.rules.attributes.filter(isNumeric).map(({ key: attribute }) => {
    const one = compiled.vectorOfOne(attribute);
    const after = compiled.stats(compiled.frameOf(content, [one]));
    const effects = compiled.rules.stats
      .map(({ key: stat }, n) => ({ stat, change: withoutNoise(after[n]! - before[n]!) }))
      .filter(({ change }) => change !== 0 && !Number.isNaN(change));
    return { attribute, effects };
  });
}
