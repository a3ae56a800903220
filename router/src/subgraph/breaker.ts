import type { RouterConfig } from '../config/schema.js';

/**
 * Stops asking a subgraph that fails every time, so that nobody waits for it and it can come back. Closed, it lets all
 * through; after so many failures in a row it is open for a pause; then one request finds out, and closes it or not.
 */
export class Breaker {
  #failures = 0;
  #pausedUntilMs = 0;

  constructor(private readonly settings: RouterConfig['subgraphs']['breaker']) {}

  get isOpen(): boolean {
    return this.#failures >= this.settings.failures;
  }

  /** Whether the subgraph is to be asked. @param nowMs by `performance.now()` */
  allows(nowMs: number): boolean {
    if (!this.isOpen) return true;
    if (nowMs < this.#pausedUntilMs) return false;
    this.#pausedUntilMs = nowMs + this.settings.pauseMs; // the others wait for what this one finds out
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Returns whether this failure is the one that opened it. */
  failed(nowMs: number): boolean {
    this.#failures++;
    if (this.isOpen) this.#pausedUntilMs = nowMs + this.settings.pauseMs;
    return this.#failures === this.settings.failures;
  }
}
