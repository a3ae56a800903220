import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@gamegraph/embedded-postgres';
import { GO, requireProgram } from './programs.js';
import { until } from './until.js';

const VERSION = '0.203.0';

/**
 * Starts Stripe's own mock of its API on loopback: it checks each request against their OpenAPI document, and answers
 * with examples. Built once a version, and kept in ~/.cache.
 *
 * @throws MissingProgram when there is no Go
 */
export async function startStripeMock(): Promise<{ port: number; stop(): Promise<void> }> {
  const program = await build();
  const port = await freePort();
  const child = spawn(program, ['-http-port', String(port)], { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = new Promise(resolve => child.once('exit', resolve));
  await until('stripe-mock serves', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}`).catch(() => undefined);
    return answer !== undefined;
  });
  return {
    port,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

async function build(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gamegraph');
  const folder = join(cache, `stripe-mock-${VERSION}`);
  const program = join(folder, 'stripe-mock');
  if (existsSync(program)) return program;
  const go = requireProgram(GO);
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  const { status } = spawnSync(go, ['install', `github.com/stripe/stripe-mock@v${VERSION}`], {
    env: { ...process.env, GOBIN: unfinished, GOFLAGS: '-modcacherw' },
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`Go could not build stripe-mock; what it said is above.`);
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true })); // another process was faster
  return program;
}
