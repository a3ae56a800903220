import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { checkFile } from './check-file.js';

const GUIDE = new URL('../../../docs/rules.md', import.meta.url);

/** The file that docs/rules.md begins with. */
const example = /```yaml\n(format:.*?)```/s.exec(readFileSync(GUIDE, 'utf8'))![1]!;
const fights = /```yaml\n(fights:.*?)```/s.exec(readFileSync(GUIDE, 'utf8'))![1]!;
const told = (text: string) =>
  checkFile(text).faults.map(({ path, message }) => `${path}: ${message}`);

/** The example, with something in it that is not as it should be. */
function changed(change: (file: Record<string, any>) => void): string {
  const file = parse(example);
  change(file);
  return stringify(file);
}

describe('a file of rules', () => {
  it('is sound in the guide for whoever writes one, and its builds come to what is expected', () => {
    const { faults, items, expectations } = checkFile(example);
    assert.deepEqual(faults, []);
    assert.deepEqual([items.length, expectations], [2, 2]);
  });

  it('may have the fights of the guide, and expects of them what it says', () => {
    const withFights = (expected: object) =>
      changed(file => {
        file['fights'] = parse(fights).fights;
        file['expectations'] = [{ ...file['expectations'][0], fights: expected }];
      });
    // Two who are the same: either wins as often.
    assert.deepEqual(told(withFights({ duel: { won: 0.5 }, dummy: {} })), []);
    const [won, measure, fight] = told(
      withFights({ duel: { won: 0.6, lost: 0.5 }, battle: { won: 1 } }),
    );
    assert.match(
      won!,
      /a wolf\.fights\.duel\.won: It should be 0\.6, and is 0\.\d+ after 10000 fights/,
    );
    assert.match(measure!, /fights\.duel\.lost: There is no such measure/);
    assert.match(fight!, /fights\.battle: There is no such fight/);
  });

  it('is told to be wrong where it is, all of it at once', () => {
    const faults = told(
      changed(file => {
        file['stats'][2].formula = 'sum(damge)';
        file['modifiers'][0].stat = 'speed';
        file['items'][0].attributes.weight = 'heavy';
        file['items'][1].slots = ['finger'];
        file['items'].push(file['items'][0]);
        file['cost'] = 'set';
      }),
    );
    assert.deepEqual(faults, [
      'stats.damage.formula: There is no attribute damge. Did you mean damage?',
      'modifiers.wolf: There is no stat speed.',
      'cost: There is no attribute set that is a number.',
      'items.sword.attributes.weight: weight must be a number.',
      'items.band: There is no slot finger.',
      'items.sword: There is another with this key.',
      'items.sword.attributes.weight: weight must be a number.',
    ]);
  });

  it('is held against what its builds should come to', () => {
    const faults = told(
      changed(file => {
        file['expectations'][0].stats.damage = 121;
        file['expectations'][0].stats.luck = 1;
        file['expectations'][1].violations = ['unique'];
        file['expectations'][1].items[0].item = 'ring';
      }),
    );
    assert.deepEqual(faults, [
      'expectations.a wolf.stats.damage: It should be 121, and is 120',
      'expectations.a wolf.stats.luck: There is no such stat.',
      'expectations.two of what is unique, and no weapon.items.0.item: There is no item ring.',
      'expectations.two of what is unique, and no weapon.violations: It breaks slot.weapon, and should break unique.',
    ]);
  });

  it('is told the other faults too when something has the wrong shape', () => {
    const faults = told(
      changed(file => {
        file['stats'][0].rounding = 'UP'; // weight: to which a rule refers
        file['stats'][2].formula = 'sum(damge)';
        file['modifiers'][0].colour = 'red';
        file['modifiers'][0].stat = 'speed';
        delete file['items'][0].category;
        file['items'][1].attributes.luck = 7;
        file['name'] = '';
      }),
    );
    assert.deepEqual(
      faults.map(fault => fault.replace(/: (Invalid|Too|This is no).*/, '')),
      [
        'stats.weight.rounding',
        'modifiers.wolf.colour: There is no colour here.',
        'name',
        'items.sword.category: This is missing: a string.',
        'stats.damage.formula: There is no attribute damge. Did you mean damage?',
        'modifiers.wolf: There is no stat speed.',
        'items.band.attributes.luck: There is no attribute luck.',
      ],
    );
  });

  it('is told where in it each fault is, within a formula too, however that is written', () => {
    const places = (text: string) =>
      checkFile(text).faults.map(({ line, column, path }) => `${line}:${column} ${path}`);
    const head =
      'format: gamegraph-rules/1\nname: x\nattributes: [{ key: damage, type: INTEGER }]\n';
    const formulas = [
      ['sum(damge)', '5:18'],
      ["'sum(damge)'", '5:19'],
      ["'count(slot() = ''a'') + sum(damge)'", '5:43'],
      ['"sum(damge)"', '5:19'],
      ['>-\n      1 +\n\n      sum(damge)', '8:11'],
      ['|\n      sum(damge)', '6:11'],
      ['1 + sum(damage) +', '5:31'],
    ];
    for (const [formula, place] of formulas)
      assert.deepEqual(
        places(`${head}stats:\n  - formula: ${formula}\n    key: a\nslots: [{ key: a }]\n`),
        [`${place} stats.a.formula`],
        formula,
      );
    assert.deepEqual(places(`${head}stats:\n  - { key: a }\nrules: 7\n`), [
      '5:5 stats.a.formula',
      '6:8 rules',
    ]);
    assert.deepEqual(places('a: 1\nb: [\na: 2'), ['3:1 file', '3:1 file']);
    assert.deepEqual(places('a: 1\nb:\n  c: 1\n  c: 2'), ['4:3 file']);
    assert.deepEqual(places(JSON.stringify({ format: 'gamegraph-rules/1', name: 7 })), [
      '1:38 name',
    ]);
  });

  it('may have the values of a table in rows, all of one length', () => {
    const axes = [{ numbers: [1, 2] }, { numbers: [1, 2] }];
    const stats = [{ key: 'found', formula: 'table.t(2, 1)' }];
    const expectations = [{ name: 'x', stats: { found: 3 } }];
    const faultsOf = (values: unknown) =>
      told(
        stringify({
          ...{ format: 'gamegraph-rules/1', name: 'x', stats, expectations },
          tables: [{ key: 't', axes, values }],
        }),
      );
    assert.deepEqual(faultsOf([1, 2, 3, 4]), []);
    assert.deepEqual(faultsOf([[1, 2], [3, 4]]), []); // prettier-ignore
    assert.match(faultsOf([[1, 2, 3], [4]]).join(), /^tables\.t\.values\.0: /);
  });

  it('is refused where its shape is wrong, by the names of what is', () => {
    const faults = told(
      changed(file => {
        file['stats'][0].rounding = 'UP';
        file['color'] = 'red';
        delete file['items'][0].category;
      }),
    );
    assert.equal(faults.length, 3);
    assert.match(faults.join('\n'), /stats\.weight\.rounding: .*FLOOR/);
    assert.match(faults.join('\n'), /items\.sword\.category: /);
    assert.match(faults.join('\n'), /^color: There is no color here\.$/m);
    assert.match(told('a: [')[0]!, /^file: /);
    assert.match(told('')[0]!, /^file: /);
    assert.match(told('format: gamegraph-rules/2\nname: x')[0]!, /^format: /);
  });
});
