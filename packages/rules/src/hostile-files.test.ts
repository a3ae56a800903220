import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { checkFile } from './check-file.js';
import { FileChecker } from './file-checker.js';

const checker = new FileChecker(60_000);
const HEAD = 'format: gamegraph-rules/1\nname: x\n';
const game = (more: object) => stringify({ format: 'gamegraph-rules/1', name: 'x', ...more });

/** The file that docs/rules.md begins with. */
const GUIDE = new URL('../../../docs/rules.md', import.meta.url);
const EXAMPLE = /```yaml\n(format:.*?)```/s.exec(readFileSync(GUIDE, 'utf8'))![1]!;

function isAnswered(text: string): void {
  const lines = text.split('\n').length;
  for (const { path, message, line, column } of checkFile(text).faults) {
    assert.ok(path.length > 0 && message.length > 0);
    assert.ok(line === null || (line >= 1 && line <= lines), `${line} of ${lines}`);
    assert.ok(column === null || column >= 1);
  }
}

/** Each has an end, in a thread that has 512 MB. */
async function told(text: string): Promise<string> {
  const { faults } = await checker.check(text);
  return faults.map(({ path, message }) => `${path}: ${message}`).join('\n');
}

describe('a file that means harm', () => {
  it('is told what is wrong with it: aliases of aliases, depth, and what is no text', async () => {
    let bomb = `${HEAD}a: &a0 [x, x, x, x, x, x, x, x, x]\n`;
    for (let n = 1; n < 12; n++)
      bomb += `b${n}: &a${n} [${Array.from({ length: 9 }, () => `*a${n - 1}`).join()}]\n`;
    assert.match(await told(bomb), /^file: Its aliases stand for too much/);
    assert.match(await told(`${HEAD}a: ${'['.repeat(2_000)}`), /^file: /);
    assert.match(await told(`${HEAD}a: ${'- '.repeat(2_000)}x`), /^file: /);
    assert.match(await told(`{"a": ${'['.repeat(3_000_000)}`), /^file: This is no JSON/);
    assert.match(await told(`{"a": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`), /no a here/);
    const deep = `[${'{"key":'.repeat(500_000)}1${'}'.repeat(500_000)}]`;
    const json = `{"format":"gamegraph-rules/1","name":"x","stats":${deep}}`;
    assert.equal(await told(json), 'file: It is nested too deeply.');
    assert.match(await told('\0'.repeat(1_000)), /^file: /);
    assert.match(await told(`${HEAD}rules: !!js/function 'x'\n`), /^file: Unresolved tag/);
    assert.match(await told(`${HEAD}---\n${HEAD}`), /^file: .*multiple documents/);
  });

  it('is not read when it is too long, and formulas neither', async () => {
    const items = Array.from({ length: 1_000_000 }, (_, n) => ({ key: `i${n}` }));
    assert.match(
      await told(JSON.stringify({ items })),
      /^file: It has \d+ characters, and may have 16000000/,
    );
    assert.match(await told(' '.repeat(2_000_001)), /^file: It has 2000001 .*Write it as JSON/);
    const formula = `${'1+'.repeat(500_000)}1`;
    assert.match(
      await told(game({ stats: [{ key: 'a', formula }] })),
      /^stats\.a\.formula: A formula has 2000 characters at most\.$/,
    );
  });

  it('may define so many of each, and no more', async () => {
    const many = (length: number) =>
      Array.from({ length }, (_, n) => ({ key: `k${n}`, formula: 1 }));
    assert.match(await told(game({ stats: many(201) })), /^stats: Too big: .*<=200 items\.$/);
    const items = Array.from({ length: 20_001 }, (_, n) => ({
      ...{ key: `i${n}`, name: 'x', category: 'x', slots: [] },
    }));
    const file = { format: 'gamegraph-rules/1', name: 'x', items };
    assert.match(await told(JSON.stringify(file)), /^items: Too big: .*<=20000 items\.$/);
    file.items.pop();
    assert.equal(await told(JSON.stringify(file)), '');
  });

  it('shows a thousand faults, and says how many there are', async () => {
    const items = Array.from({ length: 5_000 }, () => ({
      ...{ key: 'same', name: 'x', category: 'x', slots: ['none'] },
    }));
    const { faults, faultsCount } = await checker.check(
      JSON.stringify({ format: 'gamegraph-rules/1', name: 'x', items }),
    );
    assert.deepEqual([faults.length, faultsCount], [1_000, 9_999]);
  });

  it('has keys that mean something to JavaScript, and they are keys', () => {
    const keys = [
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'valueOf',
      'S',
      'F',
      'bad',
    ];
    const { faults } = checkFile(
      game({
        attributes: keys.map(key => ({ key, type: 'INTEGER' })),
        parameters: keys.map(key => ({ key, max: 9, defaultValue: 2 })),
        slots: keys.map(key => ({ key })),
        tables: keys.map(key => ({ key, axes: [{ numbers: [1] }], values: [3] })),
        stats: keys.map(key => ({
          ...{ key, formula: `sum(${key}) + param.${key} + table.${key}(1) + count(${key})` },
        })),
        items: keys.map(key => ({
          ...{ key, name: key, category: key, slots: keys },
          attributes: Object.fromEntries(keys.map(one => [one, 1])),
        })),
        rules: keys.map(key => ({ key, message: 'x', formula: `stat.${key} >= 6` })),
        expectations: [
          {
            name: 'all of them',
            items: keys.map(key => ({ slot: key, item: key })),
            stats: Object.fromEntries(keys.map(key => [key, keys.length + 2 + 3 + 1])),
          },
          {
            name: 'one',
            items: [{ slot: 'constructor', item: 'toString' }],
            stats: { constructor: 7, toString: 6 },
          },
        ],
      }),
    );
    assert.deepEqual(faults, []);
  });

  it('may not use the one key that is none', async () => {
    const own = (key: string) => `{ ${key}: 1 }`;
    for (const [text, path] of [
      [`stats: [{ key: __proto__, formula: 1 }]`, 'stats.__proto__.key'],
      [`__proto__: { stats: [] }`, '__proto__'],
      [
        `items: [{ key: i, name: i, category: i, slots: [], attributes: ${own('__proto__')} }]`,
        'items.i.attributes',
      ],
      [`expectations: [{ name: e, stats: ${own('__proto__')} }]`, 'expectations.e.stats'],
      [`expectations: [{ name: e, parameters: ${own('__proto__')} }]`, 'expectations.e.parameters'],
    ] as const)
      assert.match(await told(`${HEAD}${text}\n`), new RegExp(`^${path}`), text);
    const json =
      '{"format":"gamegraph-rules/1","name":"x","expectations":[{"name":"e","stats":{"__proto__":1}}]}';
    assert.match(await told(json), /^expectations\.e\.stats: There is no __proto__ here/);
    assert.equal(Object.hasOwn(Object.prototype, 'stats'), false);
  });

  it('is answered, and each fault has its place, whatever stands where', () => {
    const strange = fc.constantFrom<unknown>(
      ...[
        null,
        true,
        -1,
        0.5,
        1e308,
        '',
        ' ',
        '__proto__',
        'constructor',
        '\ud800',
        'x'.repeat(3_000),
      ],
      ...[
        [],
        {},
        [null],
        [[]],
        [[1], [1, 2]],
        { key: 'a' },
        { key: null },
        [{ key: 'a' }, { key: 'a' }],
      ],
    );
    const where = fc.array(fc.nat(), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(where, strange), { minLength: 1, maxLength: 3 }), changes => {
        const file = parse(EXAMPLE);
        for (const [way, value] of changes) {
          let at = file;
          for (const [n, step] of way.entries()) {
            const keys = Object.keys(at);
            const key = keys[step % keys.length]!;
            const isLast = n === way.length - 1 || Object.keys(Object(at[key])).length === 0;
            if (!isLast) at = at[key];
            else if (keys.length > 0) at[key] = structuredClone(value);
            if (isLast || typeof at !== 'object') break;
          }
        }
        isAnswered(JSON.stringify(file, null, 2));
        isAnswered(stringify(file));
      }),
      { numRuns: 80 },
    );
  });

  it('is answered, whatever is written into it or torn out of it', () => {
    const scrap = fc.constantFrom(
      ...[
        '\n',
        '  ',
        '- ',
        ': ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '#',
        '&a ',
        '*a',
        '|',
        '>',
        '!',
        '%',
        '@',
        '\t',
        '0x1',
        '~',
        '?',
        '---',
        '\u2028',
      ],
    );
    const change = fc.record({ at: fc.nat(EXAMPLE.length), length: fc.nat(12), scrap });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
        let text = EXAMPLE;
        for (const { at, length, scrap: by } of changes)
          text = text.slice(0, at) + by + text.slice(at + length);
        isAnswered(text);
      }),
      { numRuns: 80 },
    );
  });

  it('is given up when it takes too long, and the next is checked', async () => {
    const impatient = new FileChecker(1);
    const [first, second] = await Promise.all([impatient.check(HEAD), impatient.check(HEAD)]);
    assert.match(first.faults[0]!.message, /takes longer than 0.001 s/);
    assert.match(second.faults[0]!.message, /takes longer than/);
    const many = await Promise.all(Array.from({ length: 17 }, () => impatient.check(HEAD)));
    assert.match(many.at(-1)!.faults[0]!.message, /Too many are being checked/);
  });
});
