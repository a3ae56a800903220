import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Operator } from '@gamegraph/router';
import { ROOT } from './paths.js';
import { Secrets } from './secrets.js';

/** What a running system tells tools on the same machine: where things are. */
export interface Running {
  launcherPid: number;
  /** Of its services. */
  pids: number[];
  graphqlUrl: string;
  /** Name -> URL. */
  subgraphs: Record<string, string>;
}

const fileOf = (directory: string) => join(directory, 'running.json');

export async function writeRunning(directory: string, running: Running): Promise<void> {
  await writeFile(fileOf(directory), JSON.stringify(running, null, 2));
}

export async function removeRunning(directory: string): Promise<void> {
  await rm(fileOf(directory), { force: true });
}

/** The system that runs in this folder, if one does. */
export async function readRunning(directory: string): Promise<Running | undefined> {
  const running = await readFileOf(directory);
  return running && (await isOurs(running.launcherPid)) ? running : undefined;
}

export const NOT_RUNNING = 'Gamegraph does not run here. Start it first: npm start';

/** The same for tools, with what asks its subgraphs. */
export async function operateRunning(
  directory: string,
): Promise<{ running: Running; operator: Operator } | undefined> {
  const running = await readRunning(directory);
  if (!running) return undefined;
  const { routerKey } = await Secrets.open(join(directory, 'secrets.json'));
  return { running, operator: new Operator(routerKey, new Map(Object.entries(running.subgraphs))) };
}

/** Ends what a launcher left that was killed: its services stop by themselves, but they may be slow. */
export async function endOrphans(directory: string): Promise<void> {
  const left = await readFileOf(directory);
  if (!left || (await isOurs(left.launcherPid))) return;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const alive = [];
    for (const pid of left.pids) if (await isOurs(pid)) alive.push(pid);
    if (alive.length === 0) break;
    for (const pid of alive) process.kill(pid, signal);
    for (let tries = 0; tries < 100; tries++) {
      const rest = [];
      for (const pid of alive) if (await isOurs(pid)) rest.push(pid);
      if (rest.length === 0) break;
      await sleep(50);
    }
  }
  await removeRunning(directory);
}

async function readFileOf(directory: string): Promise<Running | undefined> {
  const text = await readFile(fileOf(directory), 'utf8').catch(() => undefined);
  return text ? (JSON.parse(text) as Running) : undefined;
}

/** Whether a process with this id runs a program of this project: ids are used again. */
async function isOurs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return (
    command.includes(ROOT) ||
    /\b(packages|subgraphs|router|bench|drill)\/[^\0]*dist\//.test(command)
  );
}
