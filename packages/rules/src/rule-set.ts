import { z } from 'zod';
import { FightDefinition } from './fight/fight-definition.js';

/** As formulas write names. `__proto__` is none: too much of what handles keys takes it for something else. */
export const KEY = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_-]{0,62}(?<!-)$/;

/** How many of each a game may define. */
export const DEFINITIONS_MAX = {
  attributes: 200,
  parameters: 50,
  slots: 50,
  tables: 100,
  stats: 200,
  modifiers: 500,
  rules: 100,
  fights: 20,
} as const;

/** A typed figure of a game's items. */
export const AttributeDefinition = z.object({
  /** What formulas and filters call it: `item.key`. */
  key: z.string(),
  name: z.string(),
  /** A LIST holds some of `values`, in an order, repeats allowed. TEXT is for people: formulas do not see it. */
  type: z.enum(['INTEGER', 'DECIMAL', 'BOOLEAN', 'TEXT', 'ENUM', 'LIST']),
  unit: z.string().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** Of an ENUM or a LIST. */
  values: z.array(z.string()),
  isRequired: z.boolean(),
  /** Of a number: what an item that does not have it has instead. Without one that is 0. */
  defaultValue: z.number().nullable().default(null),
});

export type AttributeDefinition = z.infer<typeof AttributeDefinition>;

/** What whoever makes a build chooses: a whole number, such as a level, or one of some values, such as a class. */
export const ParameterDefinition = z.object({
  /** Formulas call it `param.key`. */
  key: z.string(),
  name: z.string(),
  min: z.number().int(),
  max: z.number().int(),
  defaultValue: z.number().int(),
  /** What there is to choose from; the first is the default. Empty for a number. */
  values: z.array(z.string()).default([]),
});

export type ParameterDefinition = z.infer<typeof ParameterDefinition>;

/** A place for items in the builds of a game. */
export const SlotDefinition = z.object({
  key: z.string(),
  name: z.string(),
  /** How many items it holds. */
  capacity: z.number().int().positive(),
  isRequired: z.boolean(),
  /** Of a slot that is sockets of other items: the LIST that says which sockets an item has. */
  socketsOf: z.string().nullable().default(null),
  /** The LIST of an item for sockets that says which of these it matches. */
  matchedBy: z.string().nullable().default(null),
});

export type SlotDefinition = z.infer<typeof SlotDefinition>;

/** Numbers to look up, by one axis or two. */
export const TableDefinition = z.object({
  /** Formulas call it `table.key(first, second)`. */
  key: z.string(),
  name: z.string(),
  axes: z
    .array(
      z.object({
        /** Rising; empty for an axis of texts. */
        numbers: z.array(z.number()),
        texts: z.array(z.string()),
        match: z.enum(['EXACT', 'STEP', 'LINEAR']),
      }),
    )
    .min(1)
    .max(2),
  /** All of the first key of the first axis, then all of its second, … */
  values: z.array(z.number()),
});

export type TableDefinition = z.infer<typeof TableDefinition>;

export const ROUNDINGS = ['NONE', 'FLOOR', 'CEIL', 'NEAREST', 'TRUNCATE'] as const;

/** How a number becomes a whole one. */
export const Rounding = z.enum(ROUNDINGS);

export type Rounding = z.infer<typeof Rounding>;

/** A figure that follows from a build's items and parameters: its formula, changed by modifiers. */
export const StatDefinition = z.object({
  /** Formulas call it `stat.key`. */
  key: z.string(),
  name: z.string(),
  unit: z.string().nullable(),
  formula: z.string(),
  /** Of what its formula and modifiers come to. */
  rounding: Rounding.default('NONE'),
});

export type StatDefinition = z.infer<typeof StatDefinition>;

/** In the order in which they are applied (docs/rules.md). */
export const LAYERS = ['FLAT', 'CONVERSION', 'INCREASED', 'MORE', 'MINIMUM', 'CAP'] as const;

/** A change of a stat, by a layer: a set bonus, a percentage, a cap. */
export const ModifierDefinition = z.object({
  key: z.string(),
  name: z.string(),
  stat: z.string(),
  layer: z.enum(LAYERS),
  formula: z.string(),
  /** When it applies; null for always. */
  condition: z.string().nullable(),
  /** Of a CONVERSION: the stat of which so many percent become part of this one. */
  from: z.string().nullable(),
  /** Of what the stat is right after it. */
  rounding: Rounding,
});

export type ModifierDefinition = z.infer<typeof ModifierDefinition>;

/** What must hold of a build, or of each of its items, and what to say when it does not. */
export const RuleDefinition = z.object({
  key: z.string(),
  formula: z.string(),
  message: z.string(),
  scope: z.enum(['BUILD', 'ITEM']).default('BUILD'),
  /** How to mend it. */
  cure: z.string().nullable().default(null),
});

export type RuleDefinition = z.infer<typeof RuleDefinition>;

/** What a game's items are made of, and the rules of its builds. */
export const RuleSet = z.object({
  attributes: z.array(AttributeDefinition),
  parameters: z.array(ParameterDefinition),
  slots: z.array(SlotDefinition),
  tables: z.array(TableDefinition).default([]),
  stats: z.array(StatDefinition),
  modifiers: z.array(ModifierDefinition).default([]),
  rules: z.array(RuleDefinition),
  /** The attribute that is what an item costs, in the game's own money; null where nothing costs anything. */
  cost: z.string().nullable().default(null),
  fights: z.array(FightDefinition).default([]),
});

export type RuleSet = z.infer<typeof RuleSet>;

/** The rules alone of what has more. */
export function rulesOf(of: RuleSet): RuleSet {
  const { attributes, parameters, slots, tables, stats, modifiers, rules, fights, cost } = of;
  return { attributes, parameters, slots, tables, stats, modifiers, rules, fights, cost };
}

/** The value of an item's attribute. */
export type AttributeValue = number | boolean | string | readonly string[];

/** An item, as far as it matters to a build. */
export interface RuleItem {
  key: string;
  name: string;
  category: string;
  /** Keys of the slots that it fits. */
  slots: readonly string[];
  attributes: Readonly<Record<string, AttributeValue>>;
  isRemoved: boolean;
}

/** An item in a slot; null is one that there is not. */
export interface Placement<Item extends RuleItem | null = RuleItem | null> {
  /** The slot's key. */
  slot: string;
  item: Item;
  /** Of what is in a socket: which placement has the socket, and which of its sockets it is, both from 0. */
  socket?: { of: number; index: number };
}

/** A parameter that the author has chosen. The others have their defaults. */
export interface Setting {
  key: string;
  value: number | string;
}

/** All parameters of the game, with what the author has chosen or else the default. */
export function settingsOf(
  { parameters }: RuleSet,
  chosen: readonly Setting[],
): (Setting & { name: string })[] {
  const values = new Map(chosen.map(({ key, value }) => [key, value]));
  return parameters.map(({ key, name, values: [first], defaultValue }) => ({
    ...{ key, name, value: values.get(key) ?? first ?? defaultValue },
  }));
}

/** What a build consists of. */
export interface Content<Item extends RuleItem | null = RuleItem | null> {
  placements: readonly Placement<Item>[];
  parameters: readonly Setting[];
}
