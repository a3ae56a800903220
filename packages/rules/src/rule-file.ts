import { z } from 'zod';
import { FIGHT_PARTS, FightDefinition } from './fight/fight-definition.js';
import {
  AttributeDefinition,
  ModifierDefinition,
  ParameterDefinition,
  RuleDefinition,
  type RuleItem,
  SlotDefinition,
  StatDefinition,
  TableDefinition,
} from './rule-set.js';

/** The definition, where what is not said has the default, the name is the key, and a formula may be a mere number. */
function short<T extends z.ZodType>(definition: T, defaults: object): T {
  return z.preprocess(one => {
    if (typeof one !== 'object' || one === null) return one;
    const { key } = one as Record<string, unknown>;
    const given: Record<string, unknown> = { name: key, ...defaults, ...one };
    for (const field of FORMULAS) {
      const plain = given[field];
      if (typeof plain === 'number' || typeof plain === 'boolean') given[field] = String(plain);
    }
    return given;
  }, definition) as unknown as T;
}

const FORMULAS = ['formula', 'condition', 'speed', 'every', 'first', 'end'];

const attribute = { unit: null, min: null, max: null, values: [], isRequired: false };
const shortAxis = (axis: unknown) => ({ numbers: [], texts: [], match: 'EXACT', ...Object(axis) });
const table = TableDefinition.extend({
  axes: z.preprocess(
    axes => (Array.isArray(axes) ? axes.map(shortAxis) : axes),
    TableDefinition.shape.axes,
  ),
  /** Those of two axes may be in rows: one for each key of the first. */
  values: z.preprocess(
    values => (isOfRows(values) ? values.flat() : values),
    TableDefinition.shape.values,
  ),
});

function isOfRows(values: unknown): values is unknown[][] {
  return (
    Array.isArray(values) &&
    values.every(row => Array.isArray(row) && row.length === values[0].length)
  );
}
const { variable, effect, action, side, measure } = FIGHT_PARTS;
const shortSide = short(
  side.extend({
    variables: z.array(short(variable, {})),
    actions: z.array(
      short(action.extend({ effects: z.array(short(effect, { of: 'SELF' })) }), {
        ...{ every: null, first: null, condition: null, effects: [] },
      }),
    ),
  }),
  { speed: null, variables: [], actions: [] },
);
const fight = FightDefinition.extend({
  build: shortSide,
  target: shortSide.nullable(),
  measures: z.array(short(measure, { unit: null, type: 'NUMBER' })),
});

/** A rule set as people write it: what is not said has its default. */
export const ShortRuleSet = z.strictObject({
  attributes: z.array(short(AttributeDefinition, attribute)).default([]),
  parameters: z.array(short(ParameterDefinition, { min: 0, max: 0, defaultValue: 0 })).default([]),
  slots: z.array(short(SlotDefinition, { capacity: 1, isRequired: false })).default([]),
  tables: z.array(short(table, {})).default([]),
  stats: z.array(short(StatDefinition, { unit: null })).default([]),
  modifiers: z
    .array(short(ModifierDefinition, { condition: null, from: null, rounding: 'NONE' }))
    .default([]),
  rules: z.array(short(RuleDefinition, {})).default([]),
  cost: z.string().nullable().default(null),
  fights: z.array(short(fight, { target: null, end: null })).default([]),
});

const Item = z.strictObject({
  key: z.string().min(1).max(64),
  name: z.string().min(1).max(120),
  category: z.string().min(1).max(64),
  /** Keys of the slots that it fits. */
  slots: z.array(z.string()),
  attributes: z
    .record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.array(z.string())]))
    .default({}),
});

const Expectation = z.strictObject({
  name: z.string(),
  items: z
    .array(
      z.strictObject({
        slot: z.string(),
        item: z.string(),
        socket: z.strictObject({ of: z.int().min(0), index: z.int().min(0) }).optional(),
      }),
    )
    .default([]),
  parameters: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
  /** What stats are to come to; null for those that have no value. Others may be anything. */
  stats: z.record(z.string(), z.number().nullable()).default({}),
  /** What measures of fights are to come to, as near as 10,000 of them can tell; two builds of a fight are both this. */
  fights: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  /** The keys of all rules that it breaks. */
  violations: z.array(z.string()).default([]),
});

/** A game's rules in a file, with items, and with builds of which is known what they come to (docs/rules.md). */
export const RuleFile = ShortRuleSet.extend({
  format: z.literal('gamegraph-rules/1'),
  name: z.string().min(1).max(120),
  items: z.array(Item).default([]),
  expectations: z.array(Expectation).default([]),
});

export type RuleFile = z.infer<typeof RuleFile>;

export function itemsOf({ items }: RuleFile): RuleItem[] {
  return items.map(item => ({ ...item, isRemoved: false }));
}
