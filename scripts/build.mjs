// Compiles every TypeScript project of the workspace, and those they need first. Does nothing to what is up to date.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

const folders = [
  ...globSync(['packages/*', 'subgraphs/*']).sort(),
  ...[
    'router',
    'explorer',
    'explorer/page',
    'examples/web-client',
    'e2e',
    'drill',
    'bench',
    'client-compat',
  ],
];
const projects = folders.filter(folder => existsSync(join(folder, 'tsconfig.json')));
const { status } = spawnSync('pnpm', ['exec', 'tsc', '-b', ...projects], { stdio: 'inherit' });
process.exit(status ?? 1);
