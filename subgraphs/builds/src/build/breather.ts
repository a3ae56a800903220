import { setImmediate } from 'node:timers/promises';

/** Well below what is felt by requests, with room for the step that comes next. */
const WORK_MS_MAX = 8;

/** Awaited between steps of work, lets the process do something else when it has worked for long enough. */
export function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < WORK_MS_MAX) return;
    await setImmediate();
    since = performance.now();
  };
}
