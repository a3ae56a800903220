import { performance, type EventLoopUtilization } from 'node:perf_hooks';

const SAMPLE_MS = 20;
/** Below this, waiting for subgraphs is what takes the time. */
const IN_WORK_MIN = 16;
/** Of a sample, from which on the process counts as having no time left. */
const BUSY = 0.98;
const STEP = 0.9;

/**
 * Lets operations wait for their turn while this process has no time left. More of them in work at once would finish
 * nothing sooner, and each holds what its subgraphs have answered meanwhile, for the collector to copy again and again:
 * with 50 clients of the bench's big query, it takes a sixth off the CPU of a request. While there is time left, as
 * when subgraphs are slow, nothing waits.
 *
 * How many may be in work is lowered by a tenth with each sample without time left, and raised with any other.
 */
export class Pacer {
  #inWork = 0;
  #limit = Infinity;
  #sampling: NodeJS.Timeout | undefined;
  #last: EventLoopUtilization = performance.eventLoopUtilization();
  readonly #waiting: (() => void)[] = [];

  /** Does it when its turn comes: at once, as a rule. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inWork >= this.#limit) await new Promise<void>(go => this.#waiting.push(go));
    else this.#inWork++;
    if (this.#inWork > IN_WORK_MIN) this.#sample();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Whoever waits longest gets the place; it stays taken meanwhile. */
  #leave(): void {
    const next = this.#inWork <= this.#limit ? this.#waiting.shift() : undefined;
    if (next) next();
    else this.#inWork--;
  }

  #sample(): void {
    if (this.#sampling) return;
    this.#last = performance.eventLoopUtilization();
    this.#sampling = setInterval(() => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, this.#last);
      this.#last = now;
      if (utilization >= BUSY) {
        this.#limit = Math.max(IN_WORK_MIN, Math.floor(Math.min(this.#limit, this.#inWork) * STEP));
      } else {
        this.#limit = Math.ceil(this.#limit / STEP);
        while (this.#inWork < this.#limit && this.#waiting.length > 0) {
          this.#inWork++;
          this.#waiting.shift()!();
        }
      }
      if (this.#inWork > IN_WORK_MIN || this.#waiting.length > 0) return;
      clearInterval(this.#sampling);
      this.#sampling = undefined;
      this.#limit = Infinity;
    }, SAMPLE_MS).unref();
  }
}
