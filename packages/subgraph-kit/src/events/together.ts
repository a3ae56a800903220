/** Has work done one after the other: what comes while some is under way is done in one piece after it. */
export class Together<Item> {
  #items: Item[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly work: (items: Item[]) => Promise<void>) {}

  /** Resolves when these are done, and rejects when that of which they were a part fails. */
  add(items: Item[]): Promise<void> {
    this.#items.push(...items);
    if (!this.#next) {
      const before = this.#last;
      this.#next = this.#last = (async () => {
        await before.catch(() => {}); // told to those whose it was
        const all = this.#items;
        this.#items = [];
        this.#next = undefined;
        await this.work(all);
      })();
    }
    return this.#next;
  }
}
