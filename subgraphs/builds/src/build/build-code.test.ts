import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { type BuildCode, decodeBuild, encodeBuild } from './build-code.js';

const build: BuildCode = {
  version: 1,
  game: 'dark-souls',
  name: 'Löwe 🦁',
  notes: 'one\ntwo',
  items: [{ slot: 'weapon', item: 'great-sword' }],
  parameters: [{ key: 'endurance', value: 40 }],
};
const codeOf = (value: unknown) => deflateSync(JSON.stringify(value)).toString('base64url');
const pathsOf = (code: string) => {
  const decoded = decodeBuild(code);
  assert.ok('faults' in decoded, 'it has faults');
  return decoded.faults.map(({ path }) => path);
};

describe('the code of a build', () => {
  it('comes back as it went out, with space around it too', () => {
    assert.match(encodeBuild(build), /^[\w-]+$/);
    assert.deepEqual(decodeBuild(encodeBuild(build)), build);
    assert.deepEqual(decodeBuild(`  ${encodeBuild(build)}\n`), build);
  });

  it('names each place that is wrong', () => {
    const { game: _, ...noGame } = build;
    assert.deepEqual(pathsOf(codeOf(noGame)), ['game']);
    const items = [...build.items, { slot: 'weapon' }, { slot: 1, item: 'x' }];
    const parameters = [{ key: 'endurance', value: true }];
    assert.deepEqual(pathsOf(codeOf({ ...build, items, parameters })), [
      'items[1].item',
      'items[2].slot',
      'parameters[0].value',
    ]);
    assert.deepEqual(pathsOf(codeOf([])), ['code']);
    assert.deepEqual(pathsOf(codeOf({ ...build, version: 3 })), ['version']);
    assert.deepEqual(pathsOf(codeOf({ ...build, name: ' ' })), ['name']);
  });

  it('is refused when it is nonsense, cut off, or no JSON', () => {
    for (const code of [
      '',
      'nonsense',
      '<script>',
      encodeBuild(build).slice(0, -8),
      deflateSync('{').toString('base64url'),
      deflateSync('['.repeat(60_000)).toString('base64url'),
      'A'.repeat(100_001),
    ]) {
      assert.deepEqual(pathsOf(code), ['code'], code.slice(0, 20));
    }
  });

  it('is not inflated beyond 64 KiB, however small it is', () => {
    const bomb = deflateSync(`{"version":1,"game":"${'x'.repeat(50_000_000)}"}`);
    assert.ok(bomb.length < 64 * 1024);
    assert.deepEqual(pathsOf(bomb.toString('base64url')), ['code']);
  });

  it('holds no text that a database could not', () => {
    const item = { slot: 'weapon\0', item: 'great\ud800sword' };
    assert.deepEqual(pathsOf(codeOf({ ...build, items: [item] })), [
      'items[0].slot',
      'items[0].item',
    ]);
    assert.deepEqual(pathsOf(codeOf({ ...build, name: 'a\0b', notes: 'a\ud800' })), [
      'name',
      'notes',
    ]);
  });

  it('cannot reach what objects inherit', () => {
    const json = JSON.stringify(build).replace('{', '{"__proto__":{"isAdmin":true},');
    const decoded = decodeBuild(deflateSync(json).toString('base64url'));
    assert.deepEqual(decoded, build);
    assert.equal((decoded as { isAdmin?: boolean }).isAdmin, undefined);
  });
});
