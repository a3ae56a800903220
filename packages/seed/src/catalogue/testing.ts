import assert from 'node:assert/strict';
import { CompiledRules, faultsOfRuleSet, type RuleItem, workOut } from '@gamegraph/rules';
import type { BuildableData, BuildIdea } from './catalogue.js';

/** The stats of builds of a game, and the keys of the rules that they break; as `builds` works them out. */
export function calculatorOf({ definitions: rules, items }: BuildableData) {
  assert.deepEqual(faultsOfRuleSet(rules), []);
  const compiled = new CompiledRules(rules);
  const byKey = new Map(
    items.map((item): [string, RuleItem] => [item.key, { ...item, isRemoved: false }]),
  );
  return (build: Pick<BuildIdea, 'items' | 'parameters'>) => {
    const placements = build.items.map(({ slot, key }) => ({ slot, item: byKey.get(key)! }));
    const { stats, violations } = workOut(compiled, { placements, parameters: build.parameters });
    return {
      stats: Object.fromEntries(stats.map(({ key, value }) => [key, value])),
      broken: violations.map(({ rule }) => rule),
    };
  };
}
