import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { ROOT } from './paths.js';
import type { Running } from './running.js';

const directory = await mkdtemp(join(tmpdir(), 'gamegraph-launcher-'));
const PORT = '0';

/** `npm start` as the bootstrap runs it, its output not a terminal. */
class Launch {
  output = '';
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;

  constructor(env: NodeJS.ProcessEnv = {}, ...args: string[]) {
    const { FORCE_COLOR: _, ...inherited } = process.env;
    this.child = spawn(process.execPath, ['packages/launcher/dist/main.js', '--empty', ...args], {
      cwd: ROOT,
      env: { ...inherited, NO_COLOR: '1', PORT, DATA_DIRECTORY: directory, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', data => (this.output += String(data)));
    this.exited = once(this.child, 'exit').then(([code]) => code as number | null);
  }

  /** Where it serves. */
  async url(): Promise<string> {
    const urlOf = () => /GraphQL +(http\S+)/.exec(this.output)?.[1];
    const hasEnded = () => this.child.exitCode !== null;
    await until('the screen', () => urlOf() ?? hasEnded(), { timeoutMs: 90_000 }).catch(() => {});
    return urlOf() ?? assert.fail(this.output);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }
}

async function ask(url: string, query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { data: unknown }).data;
}

const running = async () =>
  JSON.parse(await readFile(join(directory, 'running.json'), 'utf8')) as Running;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('npm start', { timeout: 240_000 }, () => {
  const launches: Launch[] = [];
  const launch = (...args: ConstructorParameters<typeof Launch>) => {
    const one = new Launch(...args);
    launches.push(one);
    return one;
  };
  after(async () => {
    for (const one of launches) if (one.child.exitCode === null) await one.end('SIGTERM');
    await rm(directory, { recursive: true, force: true });
  });

  it('says in one line what is wrong with a setting, and what would be right', async () => {
    const wrong: [NodeJS.ProcessEnv, RegExp][] = [
      [{ PORT: 'four thousand' }, /^PORT must be a whole number/],
      [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of/],
      [{ KAFKA_BROKERS: 'kafka' }, /^KAFKA_BROKERS must be host:port/],
    ];
    for (const [env, message] of wrong) {
      const one = launch(env);
      assert.equal(await one.exited, 1);
      assert.match(one.output, message);
      assert.equal(one.output.trim().split('\n').length, 1, one.output);
    }
  });

  it('says what to do about a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const one = launch({ PORT: String(port) });
    assert.equal(await one.exited, 1);
    assert.match(one.output, /^Port \d+ is in use .* PORT=\d+ npm start\n$/);
    server.close();
  });

  it('refuses a Node that is too old, and says which would do', async () => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'version',{value:'v18.19.0'})`;
    const child = spawn(process.execPath, ['--import', pretend, 'scripts/bootstrap.mjs', 'start'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', data => (said += String(data)));
    const [code] = await once(child, 'exit');
    assert.equal(code, 1);
    assert.match(said, /Node v18\.19\.0 is too old to start from\. Install Node 20 or newer\.\n$/);
  });

  it('serves the graph; survives being killed; keeps what there was; and stops in order', async () => {
    const first = launch();
    const url = await first.url();
    const REGISTER = `mutation { register(input: { email: "ann@example.com", password: "a long password", handle: "ann" }) {
      __typename } }`;
    assert.deepEqual(await ask(url, REGISTER), { register: { __typename: 'SignedIn' } });

    const second = launch();
    assert.equal(await second.exited, 1);
    assert.match(second.output, /^Gamegraph runs already, at http/);

    const { pids } = await running();
    await first.end('SIGKILL');
    const third = launch();
    const again = await third.url();
    assert.deepEqual(
      pids.filter(pid => isAlive(pid)),
      [],
      'nothing is left of the first',
    );
    assert.deepEqual(await ask(again, '{ userByHandle(handle: "ann") { handle } }'), {
      userByHandle: { handle: 'ann' },
    });

    const left = (await running()).pids;
    assert.equal(await third.end('SIGINT'), 0);
    assert.match(third.output, /Stopped in order\.\n$/);
    assert.deepEqual(left.filter(isAlive), []);
    assert.ok(!(await readdir(directory)).includes('running.json'));
  });

  it('starts over when told to', async () => {
    const one = launch({}, '--reset');
    assert.deepEqual(await ask(await one.url(), '{ users { totalCount } }'), {
      users: { totalCount: 0 },
    });
    assert.equal(await one.end('SIGTERM'), 0);
  });
});
