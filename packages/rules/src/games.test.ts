import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkFile } from './check-file.js';

const GAMES = new URL('../games/', import.meta.url);

describe('the rules of games', () => {
  for (const file of readdirSync(GAMES)) {
    it(`are sound, and come to what is expected: ${file}`, () => {
      const { faults, expectations } = checkFile(readFileSync(new URL(file, GAMES), 'utf8'));
      assert.deepEqual(faults, []);
      assert.ok(expectations > 0);
    });
  }
});
