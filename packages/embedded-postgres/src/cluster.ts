import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { locateBinaries } from './binaries.js';
import { unprivilegedIdentity } from './identity.js';
import { freePort } from './ports.js';

const SUPERUSER = 'postgres';
const LOG_LINES_KEPT = 200;

export interface ClusterOptions {
  /** Everything that the cluster writes goes in here. */
  directory: string;
  /** The loopback port; by default a free one. */
  port?: number;
  /** Trade durability for speed: for tests, whose data nobody will miss. */
  ephemeral?: boolean;
  /** Further server settings, as in postgresql.conf. */
  settings?: Record<string, string | number>;
}

export interface DatabaseOptions {
  name: string;
  /** The role that owns the database, made when there is none; by default named like it. */
  owner?: string;
  /** A database to copy; nobody may be connected to it. */
  template?: string;
}

/** A running PostgreSQL server of our own. */
export interface Cluster {
  port: number;
  /** Connects as the superuser, or as a role that `createDatabase` made. */
  url(database: string, role?: string): string;
  /**
   * Makes a database that only its owner may enter. Does nothing when it exists. Returns the owner's URL.
   *
   * Beside its owner it gets a keeper, `<name>_keeper`, a role that nobody logs in as: migrations may give it what the
   * owner, as which the program runs, is not to change (`SET ROLE` in a migration that comes after).
   */
  createDatabase(options: DatabaseOptions): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Ends every session and the server. */
  stop(): Promise<void>;
  /** Ends it as `pg_ctl stop -m immediate` does: at once, with no word to its sessions or to the disk. */
  crash(): Promise<void>;
  /** Resolves when the server is gone, whoever ended it. */
  exited: Promise<void>;
}

/**
 * Starts PostgreSQL in `directory`, making the cluster at the first time and recovering it after any kind of end:
 * a server that outlived its launcher is stopped first, and PostgreSQL replays its log.
 *
 * @throws Error when another process runs this directory, or PostgreSQL does not come up (with the end of its log)
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const directory = resolve(options.directory);
  const data = join(directory, 'cluster');
  await mkdir(directory, { recursive: true });
  const lock = await claim(directory);
  try {
    const { initdb, postgres } = await locateBinaries();
    const password = await superuserPassword(directory);
    const identity = await unprivilegedIdentity(directory, [postgres]);
    const { uid, gid } = identity;

    if (!(await exists(join(data, 'PG_VERSION')))) {
      await rm(data, { recursive: true, force: true }); // what an initdb that was killed left
      const [file, args] = identity.command(initdb, [
        ...['--pgdata', data, '--username', SUPERUSER, '--pwfile', passwordFile(directory)],
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8'],
        ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
        ...['--no-instructions', '--no-sync'],
      ]);
      await promisify(execFile)(file, args, { uid, gid, cwd: '/', env: {} });
    }
    await stopOrphan(data);

    const port = options.port ?? (await freePort());
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      shared_buffers: '64MB',
      // A session that forgot its transaction would hold back vacuum, and with it the outbox's speed.
      idle_in_transaction_session_timeout: '30s',
      ...(options.ephemeral && {
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
      }),
      ...options.settings,
    };
    const [file, args] = identity.command(postgres, [
      ...['-D', data, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const child = spawn(file, args, {
      ...{ uid, gid, cwd: '/', env: {} },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // out of the terminal's process group: Ctrl-C is ours to pass on, last
    });
    await untilReady(child);
    return runningCluster(child, port, password, lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}

function runningCluster(child: ChildProcess, port: number, secret: string, lock: Server): Cluster {
  child.once('exit', () => lock.close());
  // A role's password follows from the superuser's: nothing more to keep, and none opens another's database.
  const passwordOf = (role: string) =>
    role === SUPERUSER ? secret : createHmac('sha256', secret).update(role).digest('base64url');
  const url = (database: string, role = SUPERUSER) =>
    `postgresql://${role}:${passwordOf(role)}@127.0.0.1:${port}/${database}`;
  const asSuperuser = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client(url('postgres'));
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };

  return {
    port,
    url,
    createDatabase: ({ name, owner = name, template }) =>
      asSuperuser(async client => {
        const [database, role] = [client.escapeIdentifier(name), client.escapeIdentifier(owner)];
        const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [owner]);
        if (roles.rowCount === 0) {
          await client.query(
            `CREATE ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(passwordOf(owner))}`,
          );
        }
        const keepers = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [
          `${name}_keeper`,
        ]);
        if (keepers.rowCount === 0) {
          const keeper = client.escapeIdentifier(`${name}_keeper`);
          await client.query(
            `CREATE ROLE ${keeper} NOLOGIN; GRANT ${keeper} TO ${role} WITH INHERIT FALSE, SET TRUE`,
          );
        }
        const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
          name,
        ]);
        if (databases.rowCount === 0) {
          const copy = template
            ? `TEMPLATE ${client.escapeIdentifier(template)} STRATEGY file_copy`
            : '';
          await client.query(`CREATE DATABASE ${database} OWNER ${role} ${copy}`);
          await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
        }
        return url(name, owner);
      }),
    dropDatabase: name =>
      asSuperuser(async client => {
        await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      }),
    stop: () => stopChild(child, 'SIGINT'), // "fast": ends sessions, writes a checkpoint
    crash: () => stopChild(child, 'SIGQUIT'),
    exited: new Promise(resolve => child.once('exit', () => resolve())),
  };
}

/** One launcher a directory. The lock is a listening socket: no manner of death leaves it behind. */
async function claim(directory: string): Promise<Server> {
  const name = `gamegraph-postgres-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
  const path =
    process.platform === 'linux'
      ? `\0${name}`
      : process.platform === 'win32'
        ? `\\\\.\\pipe\\${name}`
        : join(tmpdir(), `${name}.sock`);
  if (path.endsWith('.sock')) await removeDeadSocket(path);
  return new Promise((resolve, reject) => {
    const lock = createServer().unref();
    lock
      .once('error', () =>
        reject(
          new Error(`Another process is running the PostgreSQL in ${directory}. Stop it first.`),
        ),
      )
      .listen(path, () => resolve(lock));
  });
}

function removeDeadSocket(path: string): Promise<void> {
  return new Promise(resolve => {
    const probe = connect(path)
      .once('connect', () => {
        probe.destroy();
        resolve();
      })
      .once('error', () => void rm(path, { force: true }).then(resolve));
  });
}

const passwordFile = (directory: string) => join(directory, 'superuser.password');

async function superuserPassword(directory: string): Promise<string> {
  const file = passwordFile(directory);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return kept.trim();
  const made = randomBytes(24).toString('base64url');
  await writeFile(file, made, { mode: 0o600 });
  return made;
}

/** Stops a server that outlived its launcher; makes the pid file of a dead one harmless. */
async function stopOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!pid) return;
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!(await isServerOf(pid, data))) break;
    process.kill(pid, signal);
    for (let tries = 0; tries < 100 && (await isServerOf(pid, data)); tries++) await sleep(50);
  }
  // Deleting the file would skip PostgreSQL's own check (a shared memory segment named in it) for sessions still alive.
  // With our pid in it, that of the new server's parent, PostgreSQL sees no rival and does check.
  if (await exists(file)) await writeFile(file, [process.pid, ...lines.slice(1)].join('\n'));
}

async function isServerOf(pid: number, data: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  // Signal 0 also succeeds on a zombie that nobody reaped, and on a stranger with a recycled pid.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(data);
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    const failed = (code: number | null) =>
      reject(new Error(`PostgreSQL exited (${code}) before it was ready:\n${log.join('')}`));
    child.once('error', reject).once('exit', failed);
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      log.push(chunk);
      if (log.length > LOG_LINES_KEPT) log.shift();
      if (!chunk.includes('ready to accept connections')) return;
      child.off('exit', failed);
      resolve();
    });
  });
}

async function stopChild(child: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise(resolve => child.once('exit', resolve));
  child.kill(signal);
  await exited;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
