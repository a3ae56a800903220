import assert from 'node:assert/strict';
import { workOut } from './build.js';
import { CompiledRules } from './compiled-rules.js';
import { explainStat } from './explain-stat.js';
import type { Part } from './formula/explain.js';
import { ShortRuleSet } from './rule-file.js';
import type { Content, RuleItem, RuleSet } from './rule-set.js';

/** A rule set, written in short: what is not given has defaults. */
export function ruleSet(given: Partial<Record<keyof RuleSet, object[]>>): RuleSet {
  const slots = given.slots?.map(slot => ({ capacity: 10, ...slot }));
  const attributes = given.attributes?.map(one => ({ type: 'INTEGER', ...one }));
  const rules = given.rules?.map(one => ({ message: 'No.', ...one }));
  return ShortRuleSet.parse({ ...given, slots, attributes, rules });
}

export function item(
  key: string,
  slot: string,
  attributes: RuleItem['attributes'],
  category = key,
): RuleItem {
  return { key, name: key, category, slots: [slot], attributes, isRemoved: false };
}

export function wearing(...items: RuleItem[]): Content {
  return {
    placements: items.map(one => ({ slot: one.slots[0]!, item: one })),
    parameters: [],
  };
}

/** The stats by their keys. Each that has a value is explained too, and the explanation must come to the same. */
export function valuesOf(rules: RuleSet, content: Content): Record<string, number | string | null> {
  const compiled = new CompiledRules(rules);
  return Object.fromEntries(
    workOut(compiled, content).stats.map(({ key, value, problem }) => {
      if (problem !== null) return [key, problem];
      const explanation = explainStat(compiled, content, key);
      assert.equal(explanation.value, value, key);
      assertExact(explanation);
      return [key, value];
    }),
  );
}

/** Of each part that has parts, their contributions are its value. */
export function assertExact({ label, value, parts }: Omit<Part, 'contribution'>): void {
  for (const part of parts) assertExact(part);
  if (parts.length === 0) return;
  const sum = parts.reduce((total, { contribution }) => total + contribution, 0);
  assert.ok(sum === value, `${label}: ${sum} is not ${String(value)}`); // 0 may be -0
}
