// What must hold before anything lands, apart from the tests: `npm run check`, or `npm run check -- --fix`.
// Types are checked by the build that every task starts with.
import { spawnSync } from 'node:child_process';

const fix = process.argv.includes('--fix');
const checks = [
  { name: 'format', command: 'oxfmt', args: fix ? ['.'] : ['--check', '.'] },
  {
    name: 'lint',
    command: 'oxlint',
    args: ['--type-aware', '--deny-warnings', ...(fix ? ['--fix'] : []), '.'],
  },
  {
    name: 'typed operations',
    command: 'graphql-codegen',
    args: ['--silent', ...(fix ? [] : ['--check'])],
  },
  {
    name: 'schema and composition',
    command: 'node',
    args: ['packages/launcher/dist/emit-schema.js', ...(fix ? [] : ['--check'])],
  },
  {
    name: 'published events',
    command: 'node',
    args: ['packages/event-contracts/dist/main.js'],
  },
  { name: 'dead code', command: 'knip', args: ['--no-progress', '--no-config-hints'] },
];

let failed = 0;
for (const { name, command, args } of checks) {
  const began = performance.now();
  const { status } = spawnSync('pnpm', ['exec', command, ...args], { stdio: 'inherit' });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${status === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
  if (status !== 0) failed++;
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
