#!/usr/bin/env node
// What every `npm run` of this repository goes through, and `npx gamegraph TASK`: the pinned Node and pnpm, the dependencies, a build, the task.
// Plain JavaScript for any Node >= 20, without dependencies; says what it does on stderr, so that stdout is the task's.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Task name -> program and its fixed arguments, run by the pinned Node from the root. */
const TASKS = {
  start: ['packages/launcher/dist/main.js'],
  seed: ['packages/seed/dist/main.js'],
  drift: ['packages/launcher/dist/drift.js'],
  'dead-letters': ['packages/launcher/dist/dead-letters.js'],
  // A young generation that is filled within milliseconds anyway, and an old one that is not let grow fourfold between two
  // collections: 220 MB under load instead of 380, for a tenth more CPU. The collections of an idle process would throw away
  // what was compiled: the first seconds after a rest took half as much CPU again.
  router: [
    '--enable-source-maps',
    '--max-semi-space-size=16',
    '--heap-growing-percent=150',
    '--no-memory-reducer',
    'router/dist/main.js',
  ],
  rules: ['--enable-source-maps', 'packages/rules/dist/main.js'],
  simulate: ['--enable-source-maps', 'packages/simulator/dist/main.js'],
  drill: ['--enable-source-maps', 'drill/dist/main.js'],
  bench: ['bench/dist/main.js'],
  schema: ['packages/launcher/dist/emit-schema.js'],
  events: ['packages/event-contracts/dist/main.js'],
  codegen: ['node_modules/@graphql-codegen/cli/esm/bin.js', '--silent'],
  test: ['scripts/test.mjs'],
  check: ['scripts/check.mjs'],
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';
const [task = 'start', ...rest] = process.argv.slice(2);
if (!(task in TASKS))
  fail(`There is no task "${task}". Use one of: ${Object.keys(TASKS).join(', ')}.`);
if (majorOf(process.version) < 20)
  fail(`Node ${process.version} is too old to start from. Install Node 20 or newer.`);

const nodeVersion = readFileSync(join(root, '.node-version'), 'utf8').trim();
const pnpmVersion = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
).packageManager.split('@')[1];
// npm hands its own settings down; the workspace's tools are to read the workspace's. What reaches a registry stays.
const kept =
  /^npm_config_(registry|cache|offline|prefer_offline|proxy|https_proxy|noproxy|cafile|userconfig)$/i;
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name)),
);

// Tasks run in the root; what files are called is said from where the command was.
env.INIT_CWD ??= process.cwd();

const began = performance.now();
useToolchain();
step('dependencies', 'pnpm', [
  'install',
  '--frozen-lockfile',
  '--prefer-offline',
  '--reporter=silent',
]);
// What codegen writes is part of what is built.
if (task !== 'codegen') step('build', 'node', ['scripts/build.mjs']);
runTask();

/** Puts Node >= 24 and pnpm >= 12 on PATH: the machine's own when they are there, else the pinned ones from npm. */
function useToolchain() {
  const pnpmFound = spawnSync('pnpm', ['--version'], {
    cwd: tmpdir(),
    env,
    encoding: 'utf8',
    shell: windows,
  });
  if (majorOf(process.version) >= 24 && majorOf(pnpmFound.stdout) >= 12) {
    env.PATH = dirname(process.execPath) + delimiter + env.PATH;
    return;
  }
  const directory = join(root, '.toolchain');
  const stamp = join(directory, 'installed');
  const os = windows ? 'win' : process.platform;
  // The binary packages themselves: `node` on npm fetches them in an install script, which a safe npm does not run.
  const binary = `${os === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'}-${os}-${process.arch}`;
  const wanted = [`${binary}@${nodeVersion}`, `pnpm@${pnpmVersion}`];
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted.join()) {
    say(`fetching Node ${nodeVersion} and pnpm ${pnpmVersion} from npm`);
    rmSync(stamp, { force: true });
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
    const flags = [
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    const npm = process.env.npm_execpath?.endsWith('npm-cli.js')
      ? [process.execPath, process.env.npm_execpath]
      : [windows ? 'npm.cmd' : 'npm'];
    run(npm[0], [...npm.slice(1), 'install', ...flags, ...wanted], directory);
    writeFileSync(stamp, wanted.join());
  }
  env.PATH = join(directory, 'node_modules', '.bin') + delimiter + env.PATH;
}

function step(name, command, args) {
  const started = performance.now();
  run(command, args, root);
  const seconds = (performance.now() - started) / 1000;
  if (seconds > 2) say(`${name} (${seconds.toFixed(1)} s)`);
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    env,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: windows,
  });
  if (error) fail(`${command} could not be run: ${error.message}.`);
  if (status !== 0)
    fail(`${command} ${args[0]} failed (exit ${status}). What it said is above.`, status ?? 1);
}

function runTask() {
  // Tools (npm, pnpm) die without telling their children: a task hears of it by IPC, and stops in order.
  const child = spawn('node', [...TASKS[task], ...rest], {
    cwd: root,
    env: { ...env, GAMEGRAPH_BEGAN: String(Date.now() - (performance.now() - began)) },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole process group: the task has heard it too.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 250).unref();
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

function majorOf(version) {
  return Number(/^v?(\d+)/.exec(version ?? '')?.[1] ?? 0);
}

function say(text) {
  process.stderr.write(`gamegraph: ${text}\n`);
}

function fail(text, code = 1) {
  say(text);
  process.exit(code);
}
