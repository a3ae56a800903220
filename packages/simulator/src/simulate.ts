import { violations } from './invariants.js';
import { type Parts, SOUND } from './parts.js';
import { type Plan, planOf, type Step } from './plan.js';
import { World } from './world.js';

const RUNS_MAX = 400; // to make a history smaller

/** A plan under which something does not hold. */
export interface Failure {
  seed: number;
  violations: string[];
  /** What is left of the plan: without any one of these steps, all is well. */
  steps: Step[];
  history: string[];
}

/** Lives through a plan. Returns what does not hold at its end. */
export async function simulate(plan: Plan, parts: Parts = SOUND): Promise<string[]> {
  const world = new World(plan, parts);
  return violations(world, await world.run());
}

/** Lives through what a seed brings. Returns the smallest plan that fails, if it does. */
export async function simulateSeed(
  seed: number,
  parts: Parts = SOUND,
): Promise<Failure | undefined> {
  const plan = planOf(seed);
  if ((await simulate(plan, parts)).length === 0) return undefined;
  const steps = await smallest(plan, parts);
  const world = new World({ seed, steps }, parts, true);
  const found = violations(world, await world.run());
  return { seed, violations: found, steps, history: world.history };
}

/** Leaves out what is not needed for the failure: halves first, then less and less, at last one by one. */
async function smallest({ seed, steps }: Plan, parts: Parts): Promise<Step[]> {
  let kept = steps;
  let runs = 0;
  for (let size = Math.ceil(kept.length / 2); ;) {
    let isSmaller = false;
    for (let start = 0; start < kept.length && runs < RUNS_MAX; runs++) {
      const fewer = kept.toSpliced(start, size);
      if ((await simulate({ seed, steps: fewer }, parts)).length > 0) {
        kept = fewer;
        isSmaller = true;
      } else start += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!isSmaller || runs >= RUNS_MAX) return kept;
  }
}
