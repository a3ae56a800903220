import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '@gamegraph/launcher';
import { JAVA, MAVEN, skipWithout } from '@gamegraph/test-support';

interface Result {
  code: number;
  stdout: string;
  stderr: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  last: any;
}

function drill(...args: string[]): Promise<Result> {
  const program = join(ROOT, 'drill/dist/main.js');
  return new Promise(resolve => {
    execFile(
      process.execPath,
      ['--enable-source-maps', program, ...args],
      (error, stdout, stderr) => {
        const lastLine = stdout.trim().split('\n').at(-1) ?? '';
        const last = lastLine.startsWith('{') ? JSON.parse(lastLine) : undefined;
        resolve({ code: Number(error?.code ?? 0), stdout, stderr, last });
      },
    );
  });
}

function assertNothingLost({ code, stdout, stderr, last }: Result, faults: string[]): void {
  assert.equal(code, 0, stderr);
  const { lost, duplicated, drift, ledgerImbalance, violations, acknowledged } = last;
  assert.deepEqual(
    { lost, duplicated, drift, ledgerImbalance, violations },
    { lost: 0, duplicated: 0, drift: 0, ledgerImbalance: 0, violations: {} },
  );
  assert.ok(acknowledged > 50, `${acknowledged} acknowledged`);
  assert.ok(last.readsWithToken.all > 0, 'tokens were sent');
  assert.ok(last.heard.all > 0 && last.heard.resumed > 0, 'somebody listened, and went on');
  assert.deepEqual(Object.keys(last.faults), faults);
  for (const fault of faults) {
    assert.ok(last.faults[fault] > 0, `${fault} was injected`);
    assert.match(stdout, new RegExp(`^\\| ${fault} `, 'm'));
  }
}

describe('a short drill', { timeout: 580_000 }, () => {
  it('loses, doubles and makes nothing on the embedded bus', async () => {
    const faults = ['F1', 'F2', 'F4', 'F7', 'F11'];
    const result = await drill('--minutes', '0.5', '--seed', '5', '--only', faults.join());
    assertNothingLost(result, faults);
  });

  it(
    'loses, doubles and makes nothing on Apache Kafka',
    { skip: skipWithout(JAVA, MAVEN) },
    async () => {
      const faults = ['F5', 'F6', 'F14'];
      const only = ['--only', faults.join(), '--bus', 'kafka'];
      assertNothingLost(await drill('--minutes', '0.5', '--seed', '5', ...only), faults);
    },
  );

  it('says what is wrong with an option, and does nothing', async () => {
    const { code, stdout, stderr } = await drill('--only', 'F99');
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^There is no fault "F99". There are F1, F2, /);
  });
});
