import type { Request } from './graphql.js';
import { Helper } from './helper.js';

/** A load: requests sent one after the other, over and over, on each of some connections. */
export interface Load {
  url: string;
  requests: Request[];
  connections: number;
  /** How many requests to send, all of which are waited for. */
  amount: number;
  /** How many to send a second, at most; without it, the next goes out as soon as an answer is there. */
  perSecond?: number;
}

export interface LoadResult {
  requests: number;
  /** How long it really took. */
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers that were none, or had errors. */
  faults: number;
}

/** Puts loads on routers, from a process of its own. */
export class LoadGenerator {
  readonly #helper = new Helper('load.program.js');

  /** @throws Error when a request failed: figures of failures mean nothing */
  async run(load: Load): Promise<LoadResult> {
    const result = await this.#helper.ask<LoadResult>(load);
    if (result.faults > 0)
      throw new Error(`${result.faults} of ${result.requests} requests to ${load.url} failed.`);
    return result;
  }

  stop(): Promise<void> {
    return this.#helper.stop();
  }
}
