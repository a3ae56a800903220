/** Counts what is open, so that there are never more than a limit says. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /**
   * Counts one more of each, if there may be one more of all.
   *
   * @param limits name -> how many there may be
   * @returns the name of what there may be no more of
   */
  take(limits: Record<string, number>): string | undefined {
    const full = Object.entries(limits).find(([name, max]) => this.count(name) >= max);
    if (full) return full[0];
    for (const name of Object.keys(limits)) this.#counts.set(name, this.count(name) + 1);
    return undefined;
  }

  release(names: string[]): void {
    for (const name of names) {
      const left = this.count(name) - 1;
      if (left > 0) this.#counts.set(name, left);
      else this.#counts.delete(name);
    }
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}
