/** A part of a formula, and where in its text it stands, for errors and explanations. */
export type Node = { at: number; end: number } & (
  | { kind: 'number'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'text'; value: string }
  | { kind: 'parameter'; key: string }
  | { kind: 'stat'; key: string }
  /** Of the item that an aggregate, or a rule for items, is at. */
  | { kind: 'attribute'; key: string }
  | { kind: 'item'; name: ItemFunction }
  | { kind: 'unary'; operator: '-' | 'not'; operand: Node }
  | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node }
  | { kind: 'call'; name: Operation; arguments: Node[] }
  | { kind: 'table'; key: string; arguments: Node[] }
  | { kind: 'aggregate'; name: Aggregate; value: Node | null; condition: Node | null }
  /** Of a fight: a variable of a side, or else a stat of its build. */
  | { kind: 'side'; side: Side; key: string }
  | { kind: 'fight'; name: FightFunction; arguments: Node[] }
);

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'and'
  | 'or';

/** How many arguments each takes, at least and at most. */
export const OPERATIONS = {
  abs: [1, 1],
  ceil: [1, 1],
  clamp: [3, 3],
  floor: [1, 1],
  has: [2, 2],
  if: [3, 3],
  max: [1, 20],
  min: [1, 20],
  power: [2, 2],
  quotient: [2, 2],
  round: [1, 1],
  round_half_down: [1, 1],
  size: [1, 1],
  soft_cap: [3, 3],
  truncate: [1, 1],
} as const satisfies Record<string, readonly [number, number]>;

export type Operation = keyof typeof OPERATIONS;

/** Over the items of a build: `sum(item.damage * 2, slot() = 'weapon')`, `count(item.set = 'Wolf')`. */
export const AGGREGATES = ['sum', 'product', 'highest', 'lowest', 'count', 'any', 'all'] as const;

export type Aggregate = (typeof AGGREGATES)[number];

/** What an item is beside its attributes: where it is, and how it goes with the others. */
export const ITEM_FUNCTIONS = ['slot', 'category', 'key', 'copies', 'sockets_match'] as const;

export type ItemFunction = (typeof ITEM_FUNCTIONS)[number];

/** Of a fight: whose turn it is, and against whom. */
export const SIDES = ['self', 'other'] as const;

export type Side = (typeof SIDES)[number];

/** What only formulas of fights may ask, and how many values each takes. */
export const FIGHT_FUNCTIONS = { chance: 1, random: 2, random_whole: 2, time: 0 } as const;

export type FightFunction = keyof typeof FIGHT_FUNCTIONS;

/** A formula that is wrong, or that has no value. The message is for whoever wrote it. */
export class FormulaError extends Error {
  override name = 'FormulaError';

  constructor(
    message: string,
    /** Offset in the text. */
    readonly at: number,
  ) {
    super(message);
  }
}
