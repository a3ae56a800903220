/** How a value is looked up on an axis of a table. */
export type Match = 'EXACT' | 'STEP' | 'LINEAR';

/** What the values of a table are looked up by: numbers, rising, or texts. */
export interface TableAxis {
  numbers: readonly number[];
  texts: readonly string[];
  /** For numbers: the same number; the greatest that is not greater; or between the two that are next to it. */
  match: Match;
}

/** Where on an axis a value lies: from the key `at`, the part `rest` (0 to 1) of the way to the next. */
interface Place {
  at: number;
  rest: number;
}

/** A table of one or two axes, ready to be asked. */
export class Table {
  readonly #width: number;
  readonly #indexes: readonly ReadonlyMap<number | string, number>[];

  constructor(
    readonly key: string,
    readonly axes: readonly TableAxis[],
    private readonly values: readonly number[],
  ) {
    this.#indexes = axes.map(axis => new Map(keysOf(axis).map((at, n) => [at, n])));
    this.#width = axes.length === 2 ? keysOf(axes[1]!).length : 1;
  }

  /** NaN where it has nothing. */
  find(first: number | string, second?: number | string): number {
    const row = this.#place(0, first);
    if (!row) return NaN;
    if (second === undefined) return between(row, n => this.values[n]!);
    const column = this.#place(1, second);
    if (!column) return NaN;
    return between(row, n => between(column, m => this.values[n * this.#width + m]!));
  }

  #place(axis: number, value: number | string): Place | undefined {
    const at = this.#indexes[axis]!.get(value);
    if (at !== undefined) return { at, rest: 0 };
    const { numbers, match } = this.axes[axis]!;
    if (match === 'EXACT' || typeof value === 'string') return undefined;
    if (Number.isNaN(value)) return undefined;
    const above = firstAbove(numbers, value);
    if (above === 0) return undefined;
    if (match === 'STEP') return { at: above - 1, rest: 0 };
    if (above === numbers.length) return undefined;
    const [from, to] = [numbers[above - 1]!, numbers[above]!];
    return { at: above - 1, rest: (value - from) / (to - from) };
  }
}

/** The place of the first of rising numbers that is greater, by halves: 10,000 take 14 steps. */
function firstAbove(numbers: readonly number[], value: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle]! > value) to = middle;
    else from = middle + 1;
  }
  return from;
}

function between({ at, rest }: Place, value: (n: number) => number): number {
  return rest === 0 ? value(at) : value(at) + (value(at + 1) - value(at)) * rest;
}

function keysOf({ numbers, texts }: TableAxis): readonly (number | string)[] {
  return numbers.length > 0 ? numbers : texts;
}
