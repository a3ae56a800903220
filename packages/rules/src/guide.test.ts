import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { FIGHT_PARTS, FightDefinition } from './fight/fight-definition.js';
import { AGGREGATES, ITEM_FUNCTIONS, OPERATIONS } from './formula/syntax.js';
import { RuleFile, ShortRuleSet } from './rule-file.js';
import {
  AttributeDefinition,
  DEFINITIONS_MAX,
  LAYERS,
  ModifierDefinition,
  ParameterDefinition,
  ROUNDINGS,
  RuleDefinition,
  SlotDefinition,
  StatDefinition,
  TableDefinition,
} from './rule-set.js';

const GUIDE = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');

describe('the guide for authors of rules', () => {
  it('names every field, every function and every word that has a meaning', () => {
    const shapes = [
      ...[AttributeDefinition, ParameterDefinition, SlotDefinition, TableDefinition],
      ...[StatDefinition, ModifierDefinition, RuleDefinition, FightDefinition],
      ...[...Object.values(FIGHT_PARTS), RuleFile],
    ];
    const words = new Set([
      ...shapes.flatMap(({ shape }) => Object.keys(shape)),
      ...[...LAYERS, ...ROUNDINGS],
      ...AttributeDefinition.shape.type.options,
    ]);
    const missing = [...words].filter(word => !new RegExp(`\\b${word}\\b`).test(GUIDE));
    assert.deepEqual(missing, []);
    const functions = [...Object.keys(OPERATIONS), ...AGGREGATES, ...ITEM_FUNCTIONS];
    assert.deepEqual(
      functions.filter(name => !GUIDE.includes(`${name}(`)),
      [],
    );
  });

  it('tells how many of each a game may define', () => {
    for (const [kind, most] of Object.entries(DEFINITIONS_MAX))
      assert.match(GUIDE, new RegExp(`^\\| \`${kind}\` .*\\b${most} at most`, 'm'), kind);
  });

  it('has examples of the shape that a file has', () => {
    const examples = [...GUIDE.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => parse(text!));
    assert.ok(examples.length >= 6);
    for (const { format, ...example } of examples) {
      const read = (format ? RuleFile : ShortRuleSet).safeParse({
        ...(format && { format }),
        ...example,
      });
      assert.deepEqual(read.error?.issues ?? [], []);
    }
  });
});
