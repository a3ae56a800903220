/** 97.5 % of a normal distribution are below this. */
const Z = 1.959963984540054;
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];

/** What many fights came to, by one measure: JSON, to go on from. */
export interface TallyState {
  count: number;
  mean: number;
  /** The sum of the squares of what the values are off the mean. */
  squares: number;
  min: number;
  max: number;
  /** How many values are in each bin that has some. */
  bins: [bin: number, count: number][];
}

/** What many fights came to, to show. */
export interface Estimate {
  mean: number;
  /** Of single fights. */
  deviation: number;
  /** The interval that holds the true mean 95 times of 100. */
  low: number;
  high: number;
  min: number;
  max: number;
  /** Which value so many parts of all do not exceed, to within a percent. Empty for a CHANCE. */
  quantiles: { part: number; value: number }[];
}

/**
 * Adds values up one by one, by Welford's method: the same values in the same order are the same to the last bit, wherever
 * one stops and goes on.
 *
 * @see Knuth, The Art of Computer Programming, volume 2, section 4.2.2
 */
export class Tally {
  #count: number;
  #mean: number;
  #squares: number;
  #min: number;
  #max: number;
  readonly #bins: Map<number, number>;

  constructor(from?: TallyState) {
    this.#count = from?.count ?? 0;
    this.#mean = from?.mean ?? 0;
    this.#squares = from?.squares ?? 0;
    this.#min = from?.min ?? 0;
    this.#max = from?.max ?? 0;
    this.#bins = new Map(from?.bins);
  }

  add(value: number): void {
    const off = value - this.#mean;
    this.#count++;
    this.#mean += off / this.#count;
    this.#squares += off * (value - this.#mean);
    if (this.#count === 1 || value < this.#min) this.#min = value;
    if (this.#count === 1 || value > this.#max) this.#max = value;
    const bin = binOf(value);
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + 1);
  }

  get count(): number {
    return this.#count;
  }

  get state(): TallyState {
    return {
      ...{ count: this.#count, mean: this.#mean, squares: this.#squares },
      ...{ min: this.#min, max: this.#max, bins: [...this.#bins].sort(([a], [b]) => a - b) },
    };
  }

  /** @param isChance whether values are 1 and 0, for what was so and what was not */
  estimate(isChance: boolean): Estimate {
    const [n, mean] = [this.#count, this.#mean];
    const deviation = n > 1 ? Math.sqrt(this.#squares / (n - 1)) : 0;
    const about = { mean, deviation, min: this.#min, max: this.#max };
    if (isChance) return { ...about, ...wilson(mean, n), quantiles: [] };
    const half = n > 1 ? (Z * deviation) / Math.sqrt(n) : 0;
    return { ...about, low: mean - half, high: mean + half, quantiles: this.#quantiles() };
  }

  #quantiles(): Estimate['quantiles'] {
    const sorted = [...this.#bins].sort(([a], [b]) => a - b);
    return QUANTILES.map(part => {
      let left = part * this.#count;
      const [bin] = sorted.find(([, count]) => (left -= count) <= 0) ?? sorted.at(-1) ?? [0];
      return { part, value: Math.min(Math.max(valueOf(bin), this.#min), this.#max) };
    });
  }
}

/** @see Wilson, Probable inference, the law of succession, and statistical inference, 1927 */
function wilson(part: number, n: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const scale = 1 + Z ** 2 / n;
  const middle = (part + Z ** 2 / (2 * n)) / scale;
  const half = (Z * Math.sqrt((part * (1 - part)) / n + Z ** 2 / (4 * n ** 2))) / scale;
  return { low: part === 0 ? 0 : middle - half, high: part === 1 ? 1 : middle + half };
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer); // the low word first, as on all machines that Node.js runs on
const BITS_DROPPED = 13; // of 20 of the fraction in the high word: bins are 1/128 of their values wide

/** The sign, the exponent and the first 7 bits of the fraction, in the order of the numbers. */
function binOf(value: number): number {
  float[0] = Math.abs(value);
  const bin = words[1]! >>> BITS_DROPPED;
  return value < 0 ? -bin - 1 : bin;
}

/** The value of a bin that is nearest to zero: small whole numbers are themselves. */
function valueOf(bin: number): number {
  words[0] = 0;
  words[1] = (bin < 0 ? -bin - 1 : bin) << BITS_DROPPED;
  return bin < 0 ? -float[0]! : float[0]!;
}
