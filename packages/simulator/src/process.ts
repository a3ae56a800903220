import type { Random } from '@gamegraph/seed/random';
import type { VirtualTime } from './virtual-time.js';

const SLOWED = 40; // times, while it is slow

/**
 * A process of a subgraph. What it does, it does between its sleeps: killed, it wakes from none of those that it was in,
 * and nothing else is left of it.
 */
export class Process {
  #life = 0;
  #isAlive = false;
  #isSlow = false;

  constructor(
    readonly name: string,
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly main: (self: Process) => void,
  ) {}

  /** Which of its lives it is in. */
  get life(): number {
    return this.#life;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  start(): void {
    if (this.#isAlive) return;
    this.#isAlive = true;
    this.main(this);
  }

  kill(): void {
    this.#isAlive = false;
    this.#isSlow = false;
    this.#life++;
  }

  slow(forMs: number): void {
    this.#isSlow = true;
    this.time.after(forMs, () => (this.#isSlow = false));
  }

  sleep(delayMs: number): Promise<void> {
    const life = this.#life;
    return new Promise(resolve =>
      this.time.after(delayMs, () => {
        if (life === this.#life) resolve();
      }),
    );
  }

  /** For as long as a step of this much takes now. */
  work(ms: number): Promise<void> {
    return this.sleep(ms * (0.2 + 1.6 * this.random.next()) * (this.#isSlow ? SLOWED : 1));
  }

  /** What a promise of somebody else's comes to; never, when this process has been killed meanwhile. */
  wait<T>(promise: Promise<T>): Promise<T> {
    const life = this.#life;
    return new Promise((resolve, reject) => {
      promise.then(
        value => life === this.#life && resolve(value),
        (error: unknown) => life === this.#life && reject(error),
      );
    });
  }
}
