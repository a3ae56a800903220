// Runs the tests of the built code: `npm test`, or `npm test -- PATTERN …` for the files whose paths contain a pattern.
// The last line is `N passed, N failed[, N skipped]`. With CI=true a skipped test fails the run.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const patterns = process.argv.slice(2);
const files = globSync(
  '{packages/*,subgraphs/*,router,explorer,examples/*,e2e,drill,bench,client-compat}/dist/**/*.test.js',
)
  // What tsc has built from a source that is gone is gone too.
  .filter(file => existsSync(file.replace('/dist/', '/src/').replace(/\.js$/, '.ts')))
  .filter(file => patterns.length === 0 || patterns.some(pattern => file.includes(pattern)))
  .sort();
if (files.length === 0) {
  console.log(`No test file's path contains ${patterns.join(' or ')}.`);
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'gamegraph-counts-'));
const counts = join(scratch, 'counts.json');
const { status } = spawnSync(
  process.execPath,
  [
    ...['--enable-source-maps', '--test', '--test-concurrency=2', '--test-timeout=600000'],
    '--test-global-setup=packages/test-support/dist/global-setup.js',
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./scripts/count-reporter.mjs', `--test-reporter-destination=${counts}`],
    ...files,
  ],
  { stdio: 'inherit' },
);
const { passed, failed, skipped } = JSON.parse(
  readFileSync(counts, 'utf8') || '{"passed":0,"failed":1,"skipped":0}',
);
rmSync(scratch, { recursive: true });
const skipsFail = process.env.CI === 'true' && skipped > 0;
if (skipsFail) console.log('With CI=true nothing may be skipped.');
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(status === 0 && failed === 0 && !skipsFail ? 0 : 1);
