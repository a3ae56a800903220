import { withoutNoise } from './formula/arithmetic.js';
import type { Content, RuleItem, RuleSet } from './rule-set.js';

/** What an item costs, by the attribute that the game says is the cost; null where it says none. */
export function costOfItem({ attributes, cost }: RuleSet, item: RuleItem): number | null {
  const definition = attributes.find(({ key }) => key === cost);
  if (!definition) return null;
  const value = Object.hasOwn(item.attributes, definition.key)
    ? item.attributes[definition.key]
    : definition.defaultValue;
  return typeof value === 'number' ? value : 0;
}

/** What the items of a build cost together; null where the game says of nothing what it costs. Removed ones cost nothing. */
export function costOfBuild(rules: RuleSet, { placements }: Content): number | null {
  if (!rules.attributes.some(({ key }) => key === rules.cost)) return null;
  return withoutNoise(
    placements.reduce(
      (sum, { item }) => (item && !item.isRemoved ? sum + costOfItem(rules, item)! : sum),
      0,
    ),
  );
}
