import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOptions } from './options.js';

const read = (...args: string[]) => readOptions(args, ['F1', 'F5']);

describe('the options of a drill', () => {
  it('are what was said, and else ten minutes of all faults on the embedded bus', () => {
    const said = read('--minutes', '1.5', '--seed', '7', '--only', 'F5,f1', '--bus', 'kafka');
    assert.deepEqual(said, { minutes: 1.5, seed: 7, only: ['F5', 'F1'], bus: 'kafka' });
    const { seed, ...rest } = read() as { seed: number };
    assert.ok(Number.isInteger(seed));
    assert.deepEqual(rest, { minutes: 10, only: undefined, bus: 'embedded' });
    assert.equal(read('--help'), 'help');
  });

  it('are refused with what they must be', () => {
    assert.throws(
      () => read('--minutes', 'ten'),
      /--minutes must be a number from 0.5 to 600, and is "ten"/,
    );
    assert.throws(() => read('--seed', '-1'), /seed/);
    assert.throws(() => read('--seed=1.5'), /--seed must be a whole number from 0, and is "1.5"/);
    assert.throws(
      () => read('--bus', 'rabbit'),
      /--bus must be kafka or embedded, and is "rabbit"/,
    );
    assert.throws(() => read('--only', 'F1,F99'), /There is no fault "F99". There are F1, F5/);
    assert.throws(() => read('--onyl', 'F1'), /onyl/);
  });
});
