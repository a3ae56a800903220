const NAMES_MAX = 100_000;

/**
 * What has changed, by a clock that ticks with every change. Whatever is kept remembers the tick at which it was begun,
 * and the names of what is in it; it holds while none of these was marked later. So there is nothing to search for when
 * something changes, and an answer that was on its way meanwhile is found to be too old like any other.
 */
export class Marks {
  readonly #ticks = new Map<string, number>(); // oldest first
  #now = 0;
  /** Of names that were marked so long ago that they are forgotten. */
  #floor = 0;

  constructor(private readonly namesMax = NAMES_MAX) {}

  /** The present tick: what is begun now is as new as this. */
  get now(): number {
    return this.#now;
  }

  /** These have changed. */
  mark(names: Iterable<string>): void {
    const tick = ++this.#now;
    for (const name of names) {
      this.#ticks.delete(name);
      this.#ticks.set(name, tick);
    }
    for (const [name, forgotten] of this.#ticks) {
      if (this.#ticks.size <= this.namesMax) break;
      this.#ticks.delete(name);
      this.#floor = forgotten; // what is older may have been marked
    }
  }

  /** Everything may have changed. */
  markAll(): void {
    this.#ticks.clear();
    this.#floor = ++this.#now;
  }

  /** Whether what was begun at this tick and has all these names in it still holds. */
  isCurrent(begun: number, names: Iterable<string>): boolean {
    if (begun < this.#floor) return false;
    for (const name of names) if ((this.#ticks.get(name) ?? 0) > begun) return false;
    return true;
  }
}
