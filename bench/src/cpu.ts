import { readdir, readFile } from 'node:fs/promises';

const TICKS_PER_S = 100; // USER_HZ: the same on every Linux

interface Times {
  parent: number;
  ticks: number;
  /** Of its children that have ended. */
  childrenTicks: number;
}

/** The CPU time of processes so far, in seconds. NaN where there is no /proc. */
export async function cpuSeconds(pids: number[]): Promise<number> {
  const all = await Promise.all(pids.map(timesOf));
  return all.reduce((sum, times) => sum + (times?.ticks ?? NaN), 0) / TICKS_PER_S;
}

/** As `cpuSeconds`, of a process and all that it has started: PostgreSQL has a process for each session. */
export async function treeCpuSeconds(root: number): Promise<number> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter(name => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(timesOf));
  const own = all[pids.indexOf(root)];
  const children = all.filter(times => times?.parent === root);
  const ticks = children.reduce((sum, times) => sum + times!.ticks, 0);
  return ((own?.ticks ?? NaN) + (own?.childrenTicks ?? 0) + ticks) / TICKS_PER_S;
}

/** @see proc_pid_stat(5) */
async function timesOf(pid: number): Promise<Times | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // Behind the name, which is in parentheses and may hold anything, are the third field and those after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    parent: field(4),
    ticks: field(14) + field(15),
    childrenTicks: field(16) + field(17),
  };
}
