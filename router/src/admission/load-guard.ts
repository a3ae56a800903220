import type { RouterConfig } from '../config/schema.js';

const SAMPLE_MS = 100;
const SMOOTHING = 0.3; // of one sample in the mean: a single long task is no overload

type Settings = Pick<RouterConfig['limits'], 'requests' | 'eventLoopDelayMs'>;

/** Keeps what is in work within what this process can do: who comes on top of that is told to come again. */
export class LoadGuard {
  #requests = 0;
  #delayMs = 0;
  #settings!: Settings;
  #sampling: NodeJS.Timeout | undefined;

  constructor(settings: Settings) {
    this.use(settings);
  }

  /** Requests in work. */
  get requests(): number {
    return this.#requests;
  }

  use(settings: Settings): void {
    this.#settings = settings;
    clearInterval(this.#sampling);
    this.#sampling = undefined;
    this.#delayMs = 0;
    if (settings.eventLoopDelayMs === undefined) return;
    let last = performance.now();
    this.#sampling = setInterval(() => {
      const now = performance.now();
      const late = Math.max(0, now - last - SAMPLE_MS);
      last = now;
      this.#delayMs += SMOOTHING * (late - this.#delayMs);
    }, SAMPLE_MS).unref();
  }

  /** Returns whether there is room for one more request, and takes it. */
  enter(): boolean {
    const { requests, eventLoopDelayMs = Infinity } = this.#settings;
    if (this.#requests >= requests || this.#delayMs > eventLoopDelayMs) return false;
    this.#requests++;
    return true;
  }

  leave(): void {
    this.#requests--;
  }

  close(): void {
    clearInterval(this.#sampling);
  }
}
