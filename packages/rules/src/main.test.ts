import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
const SOUND = 'format: gamegraph-rules/1\nname: Sound\nstats: [{ key: a, formula: 1 }]\n';
const FAULTY = SOUND.replace('formula: 1', 'formula: stat.b');
const FAULT = {
  ...{ path: 'stats.a.formula', message: 'There is no stat b. Did you mean a?' },
  ...{ line: 3, column: 28 },
};

describe('gamegraph rules check', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rules-'));
    writeFileSync(join(folder, 'sound.yaml'), SOUND);
    writeFileSync(join(folder, 'faulty.yaml'), FAULTY);
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (words: string[], input = '') => {
    const env = { ...process.env, INIT_CWD: folder };
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
      ...{ input, env, encoding: 'utf8' },
    });
    return { status, lines: stdout.trim().split('\n'), stderr };
  };
  const counts = { stats: 1, rules: 0, items: 0, expectations: 0 };

  it('tells each fault with its place, and what each file has', () => {
    const { status, lines } = run(['check', 'sound.yaml', 'faulty.yaml']);
    assert.equal(status, 1);
    assert.deepEqual(JSON.parse(lines[0]!), {
      ...{ file: 'sound.yaml', ...counts, faults: [], faultsCount: 0 },
    });
    assert.equal(lines[1], `faulty.yaml:3:28: ${FAULT.path}: ${FAULT.message}`);
    assert.deepEqual(JSON.parse(lines[2]!).faults, [FAULT]);
    assert.equal(run(['check', 'sound.yaml']).status, 0);
  });

  it('reads what comes in, and tells tools nothing but JSON', () => {
    const { status, lines } = run(['check', '--json', '-', 'sound.yaml'], FAULTY);
    assert.equal(status, 1);
    assert.deepEqual(
      lines.map(line => JSON.parse(line)).map(({ file, faults }) => [file, faults]),
      [
        ['-', [FAULT]],
        ['sound.yaml', []],
      ],
    );
  });

  it('checks the others when a file cannot be read, and says so in the end', () => {
    const { status, lines, stderr } = run(['check', 'none.yaml', 'sound.yaml']);
    assert.equal(status, 2);
    assert.equal(stderr, 'none.yaml cannot be read: ENOENT\n');
    assert.equal(JSON.parse(lines[0]!).file, 'sound.yaml');
    assert.equal(run(['check', '.']).status, 2);
  });

  it('tells how it is called', () => {
    for (const words of [[], ['check'], ['test', 'sound.yaml'], ['check', '--fast', 'sound.yaml']])
      assert.equal(run(words).status, 2, words.join(' '));
    assert.match(run(['--help']).lines[0]!, /^gamegraph rules check/);
  });
});
