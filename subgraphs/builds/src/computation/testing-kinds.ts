import { type ComputationKind, ComputationFailed } from './computation-kind.js';

/** What a test has counted, and how it is to fail. */
interface Counting {
  to: number;
  /** Taken between two numbers. */
  stepMs?: number;
  /** At the last number it throws, hogs memory, or counts on from there. */
  ends?: 'refuses' | 'throws' | 'hogs';
}

/** Counts. What it shows also tells in how many runs it did. */
const COUNTING: ComputationKind<
  Counting,
  unknown,
  { count: number; runs: number },
  { count: number; runs: number }
> = {
  revision: 1,
  *run({ question: { to, stepMs = 0, ends } }, { count, runs } = { count: 0, runs: 0 }) {
    runs++;
    for (; count < to; count++) {
      const until = performance.now() + stepMs;
      while (performance.now() < until);
      const now = { count, runs };
      yield { isDone: false, progress: () => now, checkpoint: () => now };
    }
    if (ends === 'refuses') throw new ComputationFailed('There is nothing to count.');
    if (ends === 'throws') throw new TypeError('A bug.');
    for (const hog: number[][] = []; ends === 'hogs';)
      hog.push(Array.from({ length: 1e6 }, Math.random));
    const now = { count, runs };
    yield { isDone: true, progress: () => now, checkpoint: () => now };
  },
};

export const KINDS = { COUNTING };
