import type { GraphQLFormattedError } from 'graphql';

/** A deferred part of a plan in work. It fills the data of the whole execution, but has its own errors. */
export interface DeferredRun {
  done: Promise<void>;
  errors: GraphQLFormattedError[];
}

/** The deferred parts of one execution, and the fetches that they wait for, of whatever part these are. */
export class DeferredRuns {
  readonly #runs = new Map<string, DeferredRun>();
  readonly #fetches = new Map<string, PromiseWithResolvers<void>>();

  get(label: string): DeferredRun | undefined {
    return this.#runs.get(label);
  }

  /** Runs a part as soon as the fetches that it depends on have ended. */
  begin(label: string, fetchIds: string[], errors: GraphQLFormattedError[], run: () => unknown) {
    const done = Promise.all(fetchIds.map(id => this.#fetch(id).promise)).then(async () => {
      await run();
    });
    done.catch(() => {}); // who waits for it is told; maybe nobody does
    this.#runs.set(label, { done, errors });
  }

  /** The answer to a fetch is merged, or it is sure that there will be none. */
  fetched(id: string): void {
    this.#fetch(id).resolve();
  }

  #fetch(id: string): PromiseWithResolvers<void> {
    const fetch = this.#fetches.get(id) ?? Promise.withResolvers<void>();
    this.#fetches.set(id, fetch);
    return fetch;
  }
}
