import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '@gamegraph/launcher';
import type { Program } from './contender.js';
import type { FloorSettings } from './floor.program.js';

const node = (file: string, ...args: string[]) => [
  ...[process.execPath, '--enable-source-maps', file, ...args],
];

const programOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** As `npm run router` runs it. */
export const OURS: Program = {
  name: 'Gamegraph',
  command: () => [
    ...[process.execPath, '--enable-source-maps', '--max-semi-space-size=16'],
    ...['--heap-growing-percent=150', '--no-memory-reducer'],
    join(ROOT, 'router', 'dist', 'main.js'),
  ],
  env: (supergraph, port) => ({ SUPERGRAPH: supergraph, PORT: String(port) }),
};

export const STOCK: Program = {
  name: 'stock @apollo/gateway',
  command: (supergraph, port) => node(programOf('stock.program.js'), supergraph, String(port)),
};

/** The floor with sockets alone, and with Node's own client and server. */
export async function floors(settings: FloorSettings, directory: string): Promise<Program[]> {
  const file = join(directory, 'floor.json');
  await writeFile(file, JSON.stringify(settings));
  const floor = (name: string, http: string): Program => ({
    ...{ name, isFloor: true },
    command: (_, port) => node(programOf('floor.program.js'), file, String(port), http),
  });
  return [floor(FLOOR, 'sockets'), floor('floor, by node:http', 'http')];
}

export const FLOOR = 'floor, on sockets';
