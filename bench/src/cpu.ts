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

/** As `cpuSeconds`, of a process and all below it: PostgreSQL has a process for each session. */
export async function treeCpuSeconds(root: number): Promise<number> {
  const all = [...(await tree(root)).values()];
  const ticks = all.reduce((sum, times) => sum + times.ticks + times.childrenTicks, 0);
  return all.length > 0 ? ticks / TICKS_PER_S : NaN;
}

/** The memory of a process and all below it, in MB. */
export async function treeMemoryMb(root: number): Promise<number> {
  const pids = [...(await tree(root)).keys()];
  const texts = await Promise.all(
    pids.map(pid => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')),
  );
  const kilobytes = texts.map(text => Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0));
  return pids.length > 0 ? kilobytes.reduce((sum, each) => sum + each, 0) / 1024 : NaN;
}

/** How long a core has had something to do so far, in seconds. @see proc_stat(5) */
export async function coreBusySeconds(core: number): Promise<number> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(text)?.[1];
  const [user, nice, system, , , irq, softirq, steal] = (line ?? '').split(' ').map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) / TICKS_PER_S;
}

/** A process and all below it, by id. */
async function tree(root: number): Promise<Map<number, Times>> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter(name => /^\d+$/.test(name)).map(Number);
  const all = new Map<number, Times>();
  const read = await Promise.all(pids.map(async pid => [pid, await timesOf(pid)] as const));
  for (const [pid, times] of read) if (times) all.set(pid, times);
  const isBelow = (pid: number): boolean =>
    pid === root || (all.has(pid) && isBelow(all.get(pid)!.parent));
  return new Map([...all].filter(([pid]) => isBelow(pid)));
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
