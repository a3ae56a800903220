import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Program } from './contender.js';
import { DATA_DIRECTORY } from './public-stage.js';

const run = promisify(execFile);

/** Not among the workspace's dependencies: nobody but a bench needs them, and they are many. */
const CACHE_DIRECTORY = join(homedir(), '.cache', 'gamegraph', 'bench');

/** A router on npm. */
interface NpmPeer {
  manifest: { dependencies: Record<string, string>; overrides?: Record<string, string> };
  /** What is started, or its settings; of `bench/router/peers`. */
  file: string;
  /** What it starts, that is not on npm. */
  binary?: { executable: string; from: string };
  /**
   * @param directory where it is installed
   * @param executable the binary, if it has one
   */
  program(directory: string, executable: string): Omit<Program, 'name'>;
}

/** A router that somebody has built. */
interface BinaryPeer extends Pick<Program, 'path' | 'env'> {
  executable: string;
  args(supergraph: string, port: number): string[];
  from: string;
}

const HIVE_GATEWAY = {
  dependencies: {
    '@graphql-hive/gateway': '2.15.1',
    '@graphql-hive/router-runtime': '1.4.23',
    graphql: '16.15.0',
  },
  overrides: { '@graphql-tools/batch-execute': '10.2.0' },
};

const hiveGateway = (file: string): NpmPeer => ({
  ...{ manifest: HIVE_GATEWAY, file },
  program: directory => ({
    command: (supergraph, port) => [
      ...[process.execPath, join(directory, 'node_modules', '.bin', 'hive-gateway')],
      ...['supergraph', supergraph, '-c', join(directory, file)],
      ...['--host', '127.0.0.1', '--port', String(port)],
    ],
  }),
});

const NPM_PEERS: Record<string, NpmPeer> = {
  'hive-gateway': hiveGateway('hive-gateway.mjs'),
  'hive-gateway-rust': hiveGateway('hive-gateway-rust.mjs'),
  mercurius: {
    manifest: {
      dependencies: {
        '@mercuriusjs/gateway': '5.2.0',
        fastify: '5.12.8',
        graphql: '16.12.0', // from 16.15 on, its requests to subgraphs cannot be written
        mercurius: '16.10.1',
      },
    },
    file: 'mercurius.mjs',
    program: directory => ({
      stages: ['public'],
      command: (supergraph, port) => [
        ...[process.execPath, join(directory, 'mercurius.mjs')],
        ...[join(DATA_DIRECTORY, 'federation-1'), supergraph, String(port)],
      ],
    }),
  },
  cosmo: {
    manifest: { dependencies: { wgc: '0.112.7' } },
    file: 'cosmo.mjs',
    binary: {
      executable: 'cosmo-router',
      from: 'github.com/wundergraph/cosmo, `router/cmd/router`',
    },
    program: (directory, executable) => ({
      stages: ['public'],
      command: supergraph => [
        ...[process.execPath, join(directory, 'cosmo.mjs'), executable],
        ...[DATA_DIRECTORY, supergraph],
      ],
      env: (_, port) => ({
        ...{ EXECUTION_CONFIG_FILE_PATH: 'cosmo-config.json', LISTEN_ADDR: `127.0.0.1:${port}` },
        ...{ GRAPHQL_METRICS_ENABLED: 'false', TRACING_ENABLED: 'false', LOG_LEVEL: 'error' },
        ...{ METRICS_OTLP_ENABLED: 'false', PROMETHEUS_ENABLED: 'false' },
      }),
    }),
  },
};

const BINARY_PEERS: Record<string, BinaryPeer> = {
  'hive-router': {
    executable: 'hive_router',
    from: 'github.com/graphql-hive/router',
    args: () => [],
    env: (supergraph, port) => ({
      ...{ SUPERGRAPH_FILE_PATH: supergraph, HOST: '127.0.0.1', PORT: String(port) },
    }),
  },
  'apollo-router': {
    executable: 'apollo-router',
    from: 'github.com/apollographql/router, where it is named `router`',
    path: '/',
    args: (supergraph, port) => ['--supergraph', supergraph, '--listen', `127.0.0.1:${port}`],
    env: () => ({ APOLLO_TELEMETRY_DISABLED: 'true' }),
  },
  grafbase: {
    executable: 'grafbase-gateway',
    from: 'github.com/grafbase/grafbase',
    args: (supergraph, port) => ['--schema', supergraph, '--listen-address', `127.0.0.1:${port}`],
  },
};

/** How to name those that take part. */
export const PEERS_HELP = `${[...Object.keys(NPM_PEERS), ...Object.keys(BINARY_PEERS)].join(', ')}: others to measure, separated by
commas. What is on npm is installed once, below ~/.cache. The rest is looked for on PATH, or NAME=FILE says where it is;
any other NAME=FILE is a program that takes SUPERGRAPH and PORT from its environment.`;

/** A peer that is asked for, or why it cannot take part. */
export async function peer(asked: string): Promise<Program | string> {
  const [name, file] = asked.split('=', 2) as [string, string?];
  const fromNpm = NPM_PEERS[name];
  const binary = BINARY_PEERS[name];
  const needed = fromNpm?.binary ?? binary;
  const found = needed && (file ?? (await onPath(needed.executable)));
  if (needed && !found)
    return `${name}: there is no \`${needed.executable}\` on PATH; get it from ${needed.from}`;
  if (fromNpm) return { name, ...fromNpm.program(await install(fromNpm), found ?? '') };
  if (binary) {
    const { args, ...rest } = binary;
    return { name, ...rest, command: (...target) => [found!, ...args(...target)] };
  }
  if (!file) return `${name}: not known; give a program that starts it, as ${name}=FILE`;
  return {
    name,
    command: () => [file],
    env: (supergraph, port) => ({ SUPERGRAPH: supergraph, PORT: String(port) }),
  };
}

/** All that could have taken part, but for those that were asked for. */
export function absentPeers(asked: string[]): string[] {
  const names = new Set(asked.map(each => each.split('=', 1)[0]));
  const known = [...Object.keys(NPM_PEERS), ...Object.keys(BINARY_PEERS)];
  return known.filter(name => !names.has(name));
}

/** Puts a router into a folder of its own, unless it is there. Returns the folder. */
async function install({ manifest, file }: NpmPeer): Promise<string> {
  const [name] = Object.keys(manifest.dependencies) as [string];
  const directory = join(CACHE_DIRECTORY, name.replaceAll('/', '-'));
  const text = JSON.stringify({ private: true, type: 'module', ...manifest });
  const stamp = join(directory, 'installed.json');
  await mkdir(directory, { recursive: true });
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== text) {
    console.error(`installing ${name} in ${directory} …`);
    await writeFile(join(directory, 'package.json'), text);
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...flags], { cwd: directory });
    await writeFile(stamp, text);
  }
  await copyFile(join(DATA_DIRECTORY, 'peers', file), join(directory, file));
  return directory;
}

async function onPath(executable: string): Promise<string | undefined> {
  const found = await run('which', [executable]).catch(() => undefined);
  return found?.stdout.trim();
}
