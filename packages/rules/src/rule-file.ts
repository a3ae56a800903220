import { z } from 'zod';
import { FIGHT_PARTS, FightDefinition } from './fight/fight-definition.js';
import { ITEMS_MAX } from './rule-faults.js';
import {
  AttributeDefinition,
  DEFINITIONS_MAX,
  KEY,
  ModifierDefinition,
  ParameterDefinition,
  RuleDefinition,
  type RuleItem,
  SlotDefinition,
  StatDefinition,
  TableDefinition,
} from './rule-set.js';

const ITEMS_OF_GAME_MAX = 20_000;
const EXPECTATIONS_MAX = 20_000;
const LIST_ENTRIES_MAX = 30; // of an attribute: each socket has a bit

const Key = z.string().regex(KEY, {
  error: 'A key consists of letters, digits, _ and -, and begins with a letter: attack_speed.',
});
const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029]*\S[^\p{Cc}\u2028\u2029]*$/u, {
      error: 'This is no text of one line.',
    });
const Name = text(80);
const Unit = text(20).nullable();
const texts = (max: number) => z.array(z.string()).max(max).default([]);

/** The definition, where what is not said has its default, and a formula may be a mere number. */
function short<T extends z.ZodType>(
  definition: T,
  defaultsOf: (given: Record<string, unknown>) => object,
): T {
  return z.preprocess(one => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    const given: Record<string, unknown> = {
      ...defaultsOf(one as Record<string, unknown>),
      ...one,
    };
    for (const field of FORMULAS) {
      const plain = given[field];
      if (typeof plain === 'number' || typeof plain === 'boolean') given[field] = String(plain);
    }
    return given;
  }, definition) as unknown as T;
}

const FORMULAS = ['formula', 'condition', 'speed', 'every', 'first', 'end'];

const shortAxis = (axis: unknown) => ({ numbers: [], texts: [], match: 'EXACT', ...Object(axis) });

function isOfRows(values: unknown): values is unknown[][] {
  return (
    Array.isArray(values) &&
    values.every(row => Array.isArray(row) && row.length === values[0].length)
  );
}

/** By keys. The library drops the one key that is none, where nobody would notice. */
const record = <T extends z.ZodType>(value: T) =>
  z
    .preprocess(
      (given, context) => {
        if (given instanceof Object && Object.hasOwn(given, '__proto__'))
          context.addIssue('There is no __proto__ here.');
        return given;
      },
      z.record(z.string(), value),
    )
    .default({} as Record<string, z.input<T>> & Record<string, z.output<T>>);

/** All of it is said in the file, and nothing else. The name of what has none is its key. */
const strict = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject({ ...shape, key: Key, name: Name });

const attribute = short(
  strict({ ...AttributeDefinition.shape, unit: Unit, values: texts(500) }),
  ({ key: name }) => ({
    ...{ name, unit: null, min: null, max: null },
    ...{ values: [], isRequired: false },
  }),
);
const parameter = short(
  strict({ ...ParameterDefinition.shape, values: texts(200) }),
  ({ key: name, min = 0 }) => ({
    ...{ name, min, max: 0, defaultValue: min },
  }),
);
const slot = short(
  strict({ ...SlotDefinition.shape, capacity: z.int().min(1).max(100) }),
  ({ key: name }) => ({ name, capacity: 1, isRequired: false }),
);
const table = short(
  strict({
    ...TableDefinition.shape,
    axes: z.preprocess(
      axes => (Array.isArray(axes) ? axes.map(shortAxis) : axes),
      TableDefinition.shape.axes,
    ),
    /** Those of two axes may be in rows: one for each key of the first. */
    values: z.preprocess(
      values => (isOfRows(values) ? values.flat() : values),
      TableDefinition.shape.values,
    ),
  }),
  ({ key: name }) => ({ name }),
);
const stat = short(strict({ ...StatDefinition.shape, unit: Unit }), ({ key: name }) => ({
  ...{ name, unit: null },
}));
const modifier = short(strict(ModifierDefinition.shape), ({ key: name }) => ({
  ...{ name, condition: null, from: null, rounding: 'NONE' },
}));
const rule = short(
  z.strictObject({
    ...RuleDefinition.shape,
    ...{ key: Key, message: text(200), cure: text(200).nullable().default(null) },
  }),
  () => ({}),
);

const { variable, effect, action, side, measure } = FIGHT_PARTS;
const shortSide = short(
  z.strictObject({
    ...side.shape,
    variables: z.array(short(strict(variable.shape), ({ key: name }) => ({ name }))),
    actions: z.array(
      short(
        strict({
          ...action.shape,
          effects: z.array(short(z.strictObject(effect.shape), () => ({ of: 'SELF' }))),
        }),
        ({ key: name }) => ({
          ...{ name, every: null, first: null },
          ...{ condition: null, effects: [] },
        }),
      ),
    ),
  }),
  () => ({ speed: null, variables: [], actions: [] }),
);
const fight = short(
  strict({
    ...FightDefinition.shape,
    build: shortSide,
    target: shortSide.nullable(),
    measures: z.array(
      short(strict({ ...measure.shape, unit: Unit }), ({ key: name }) => ({
        ...{ name, unit: null, type: 'NUMBER' },
      })),
    ),
  }),
  ({ key: name }) => ({ name, target: null, end: null }),
);

/** A rule set as people write it: what is not said has its default. */
export const ShortRuleSet = z.strictObject({
  attributes: z.array(attribute).max(DEFINITIONS_MAX.attributes).default([]),
  parameters: z.array(parameter).max(DEFINITIONS_MAX.parameters).default([]),
  slots: z.array(slot).max(DEFINITIONS_MAX.slots).default([]),
  tables: z.array(table).max(DEFINITIONS_MAX.tables).default([]),
  stats: z.array(stat).max(DEFINITIONS_MAX.stats).default([]),
  modifiers: z.array(modifier).max(DEFINITIONS_MAX.modifiers).default([]),
  rules: z.array(rule).max(DEFINITIONS_MAX.rules).default([]),
  cost: z.string().nullable().default(null),
  fights: z.array(fight).max(DEFINITIONS_MAX.fights).default([]),
});

const Item = z.strictObject({
  key: z.string().regex(/^[^\s\p{Cc}]{1,64}$/u, {
    error: 'The key of an item has 1 to 64 characters, and no spaces.',
  }),
  name: text(120),
  category: text(64),
  /** Of an image. */
  iconUrl: z
    .url({ protocol: /^https$/ })
    .max(2_048)
    .optional(),
  /** Keys of the slots that it fits. */
  slots: z.array(z.string()).max(DEFINITIONS_MAX.slots),
  attributes: record(
    z.union([
      z.number(),
      z.boolean(),
      z.string().max(500),
      z.array(z.string()).max(LIST_ENTRIES_MAX),
    ]),
  ),
});

const Expectation = z.strictObject({
  name: text(200),
  items: z
    .array(
      z.strictObject({
        slot: z.string(),
        item: z.string(),
        socket: z.strictObject({ of: z.int().min(0), index: z.int().min(0) }).optional(),
      }),
    )
    .max(ITEMS_MAX)
    .default([]),
  parameters: record(z.union([z.number(), z.string()])),
  /** What stats are to come to; null for those that have no value. Others may be anything. */
  stats: record(z.number().nullable()),
  /** What measures of fights are to come to, as near as 10,000 of them can tell; two builds of a fight are both this. */
  fights: record(record(z.number())),
  /** The keys of all rules that it breaks. */
  violations: z.array(z.string()).default([]),
});

/** A game's rules in a file, with items, and with builds of which is known what they come to (docs/rules.md). */
export const RuleFile = ShortRuleSet.extend({
  format: z.literal('gamegraph-rules/1'),
  name: text(120),
  items: z.array(Item).max(ITEMS_OF_GAME_MAX).default([]),
  expectations: z.array(Expectation).max(EXPECTATIONS_MAX).default([]),
});

export type RuleFile = z.infer<typeof RuleFile>;

/** An item of a file, which is a `RuleItem`. */
export type FileItem = RuleFile['items'][number] & Pick<RuleItem, 'isRemoved'>;

export function itemsOf({ items }: RuleFile): FileItem[] {
  return items.map(item => ({ ...item, isRemoved: false }));
}
