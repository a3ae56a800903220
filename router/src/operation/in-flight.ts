/** An answer as it leaves, for all who asked the same at once. */
export class ResponseBody {
  #bytes: Buffer | undefined;

  constructor(readonly json: string) {}

  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.json));
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
    if (known) return known;
    const started = run().finally(() => runs.delete(own));
    runs.set(own, started);
    return started;
  }

  /** Somebody may know by now that something has changed. */
  changed(): void {
    this.#changes++;
  }
}
