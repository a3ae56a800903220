/** An answer as it leaves, for all who asked the same at once. */
export class ResponseBody {
  /** Whether several get it. */
  isShared = false;
  #bytes: Buffer | undefined;

  /**
   * @param cacheControl for how long caches on the way may keep it; undefined for not at all
   * @param keptSinceMs since when this router has had it, by `performance.now()`; undefined for one that was just made
   */
  constructor(
    readonly json: string,
    readonly cacheControl?: string,
    readonly keptSinceMs?: number,
  ) {}

  /** As it is written: as bytes when it is written several times. */
  get written(): string | Buffer {
    return this.isShared ? (this.#bytes ??= Buffer.from(this.json)) : this.json;
  }
}

/**
 * Runs of operations that are in work. Who asks what another with the same rights asks at this moment gets the answer of
 * the same run: under load, most clients of a page do.
 *
 * An answer that was begun before something changed is not for those who ask after it: whoever has seen the end of a
 * mutation, or an event, would look into the past.
 */
export class InFlight {
  readonly #runs = new WeakMap<object, Map<string, Promise<ResponseBody>>>();
  readonly #shared = new WeakSet<Promise<ResponseBody>>();
  #changes = 0;

  /**
   * @param operation what is the same for all who ask the same operation
   * @param key what else their answers depend on
   */
  share(operation: object, key: string, run: () => Promise<ResponseBody>): Promise<ResponseBody> {
    let runs = this.#runs.get(operation);
    if (!runs) this.#runs.set(operation, (runs = new Map()));
    const own = `${this.#changes} ${key}`;
    const known = runs.get(own);
    if (known) {
      this.#shared.add(known);
      return known;
    }
    const started = run().finally(() => runs.delete(own));
    const marked: Promise<ResponseBody> = started.then(body => {
      body.isShared = this.#shared.has(marked);
      return body;
    });
    runs.set(own, marked);
    return marked;
  }

  /** Somebody may know by now that something has changed. */
  changed(): void {
    this.#changes++;
  }
}
