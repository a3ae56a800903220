/** What a formula consists of. `at` is the offset in its text, for errors. */
export type Node =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'boolean'; value: boolean; at: number }
  | { kind: 'parameter'; key: string; at: number }
  | { kind: 'stat'; key: string; at: number }
  | { kind: 'unary'; operator: '-' | 'not'; operand: Node; at: number }
  | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node; at: number }
  | { kind: 'call'; name: MathFunction; arguments: Node[]; at: number }
  | {
      kind: 'items';
      name: ItemFunction;
      attribute?: string;
      slot?: string;
      category?: string;
      at: number;
    };

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

/** With the least and the greatest number of arguments. */
export const MATH_FUNCTIONS = {
  abs: [1, 1],
  ceil: [1, 1],
  clamp: [3, 3],
  floor: [1, 1],
  if: [3, 3],
  max: [1, 20],
  min: [1, 20],
  round: [1, 1],
} as const;

export type MathFunction = keyof typeof MATH_FUNCTIONS;

/**
 * Over the items of a build: `sum(damage)`, `sum(damage, weapon)`, `highest(range)`, `lowest(range)`, `count()`,
 * `count(weapon)`, `count_category('Ring')`.
 */
export const ITEM_FUNCTIONS = ['sum', 'highest', 'lowest', 'count', 'count_category'] as const;

export type ItemFunction = (typeof ITEM_FUNCTIONS)[number];

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
