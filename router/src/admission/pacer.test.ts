import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { until } from '@gamegraph/test-support';
import { Pacer } from './pacer.js';

describe('operations', () => {
  it('wait for their turn while the process has no time left, and no longer', async () => {
    const pacer = new Pacer();
    let begun = 0;
    const ends: (() => void)[] = [];
    const work = (answer: string) => () => {
      begun++;
      return new Promise<string>(resolve => ends.push(() => resolve(answer)));
    };
    const answers = Array.from({ length: 40 }, (_, each) => pacer.run(work(`early ${each}`)));
    assert.equal(begun, 40, 'all begin at once');

    await beBusy(1_000);
    answers.push(...Array.from({ length: 40 }, (_, each) => pacer.run(work(`late ${each}`))));
    assert.equal(begun, 40, 'those who come now wait');
    ends.shift()!();
    await beBusy(100);
    assert.equal(begun, 40, 'more are in work than should be, so nobody takes the place');
    for (const end of ends.splice(0)) end();
    await beBusy(100);
    assert.ok(begun >= 56 && begun < 80, `${begun} have begun: some take the places`);

    await until('the process has time again, and all begin', () => begun === 80);
    for (const end of ends.splice(0)) end();
    const all = ['early', 'late'].flatMap(when =>
      [...Array(40).keys()].map(each => `${when} ${each}`),
    );
    assert.deepEqual(await Promise.all(answers), all);
  });

  it('leave their places when they fail', async () => {
    const pacer = new Pacer();
    const failing = () =>
      pacer.run(() => Promise.reject(new Error('down'))).catch((error: unknown) => String(error));
    const failed = Array.from({ length: 100 }, failing);
    await beBusy(500);
    failed.push(...Array.from({ length: 100 }, failing));
    assert.deepEqual(new Set(await Promise.all(failed)), new Set(['Error: down']));
    assert.equal(await pacer.run(() => Promise.resolve('up')), 'up');
  });
});

/** Leaves the event loop not one moment of rest. */
async function beBusy(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const pause = performance.now() + 5;
    while (performance.now() < pause);
    await setImmediate();
  }
}
