import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES } from './errors.js';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

describe('error codes', () => {
  const documented = [
    ...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z_]+)` +\|/gm),
  ];

  it('are those of docs/errors.md', () => {
    assert.deepEqual(
      documented.map(([, code]) => code),
      [...ERROR_CODES],
    );
  });

  it('are the only ones that the router uses', () => {
    const sources = globSync('router/src/**/*.ts', { cwd: ROOT }).filter(
      file => !/test(ing)?\.ts$/.test(file),
    );
    const used = sources.flatMap(file => [
      ...readFileSync(join(ROOT, file), 'utf8').matchAll(
        /(?:code: |Failure\(\s*|refuse\(|HttpError\(\s*\d+,\s*)'([A-Z_]+)'/g,
      ),
    ]);
    const unknown = used
      .map(([, code]) => code!)
      .filter(code => !(ERROR_CODES as readonly string[]).includes(code));
    assert.ok(used.length > 10);
    assert.deepEqual(unknown, []);
  });
});
