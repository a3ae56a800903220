import { setImmediate } from 'node:timers/promises';
import { wakeJob } from '@gamegraph/subgraph-kit';

/** Well below what is felt by requests, with room for the step that comes next. */
const WORK_MS_MAX = 8;
/** A process that stops waits for no longer. */
const RUN_MS_MAX = 1_000;

/** Awaited between pieces of work, lets the process do something else when it has worked for long enough. */
export function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < WORK_MS_MAX) return;
    await setImmediate();
    since = performance.now();
  };
}

/** Does one step of a job after the other while there are any, for a while: then the job is run again. */
export async function inSteps(job: string, step: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + RUN_MS_MAX;
  while (await step()) if (performance.now() > end) return wakeJob(job);
}
