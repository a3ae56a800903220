import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompiledRules, type RuleItem, ShortRuleSet, workOut } from '@gamegraph/rules';
import { type BuildSide, differenceOf, digestOf, summaryOf } from './build-patch.js';

const rules = new CompiledRules(
  ShortRuleSet.parse({
    attributes: [
      { key: 'damage', type: 'INTEGER' },
      { key: 'constructor', type: 'INTEGER' },
      { key: 'speed', type: 'INTEGER' },
    ],
    slots: [{ key: 'hand', capacity: 2 }],
    stats: [
      { key: 'dps', name: 'dps', formula: 'sum(damage) * 10' },
      { key: 'pace', name: 'Pace', unit: 's', formula: 'sum(speed)' },
      { key: 'rate', name: 'Rate', formula: '100 / stat.pace' },
    ],
    rules: [{ key: 'weak', formula: 'stat.dps >= 700', message: 'This is weak.' }],
  }),
);

function side(...items: Partial<RuleItem>[]): BuildSide {
  const placements = items.map(more => ({
    slot: 'hand',
    item: {
      ...{ key: 'sword', name: 'Sword', category: 'Weapon', slots: ['hand'], isRemoved: false },
      attributes: {},
      ...more,
    },
  }));
  return { placements, outcome: workOut(rules, { placements, parameters: [] }) };
}

const sword = { attributes: { damage: 100, speed: 4 } };
const ring = { key: 'ring', name: 'Ring', attributes: { damage: 1 } };

describe('the difference between two versions of a build', () => {
  it('is none when only names have changed', () => {
    assert.equal(differenceOf(side(sword), side({ ...sword, name: 'Blade' })), null);
  });

  it('has stats, items and rules, and says so in short', () => {
    const before = side(sword, ring);
    const difference = differenceOf(
      before,
      side({ attributes: { damage: 69, speed: 4 } }, { ...ring, isRemoved: true }),
    )!;
    assert.deepEqual(difference.stats, [
      {
        ...{ key: 'dps', name: 'dps', unit: null, before: 1010, after: 690 },
        ...{ change: -320, relativeChange: -320 / 1010 },
      },
    ]);
    assert.deepEqual(difference.items, [
      {
        ...{ placement: 0, isRemoved: false },
        attributes: [{ key: 'damage', before: 100, after: 69 }],
      },
      { placement: 1, isRemoved: true, attributes: [] },
    ]);
    assert.deepEqual(
      difference.newViolations.map(({ rule }) => rule),
      ['slot.hand', 'weak'],
    );
    assert.equal(
      summaryOf(difference),
      '-31.7 % dps, 1 item removed, 1 item changed, 2 rules broken',
    );
    const back = differenceOf(side({ attributes: { damage: 1, speed: 4 } }), side(sword))!;
    assert.equal(summaryOf(back), '+9900.0 % dps, 1 item changed, 1 rule no longer broken');
  });

  it('names the stats that changed most, first those that have no value any more', () => {
    const gone = differenceOf(side(sword), side({ attributes: { damage: 100, speed: 0 } }))!;
    assert.deepEqual(
      gone.stats.map(({ key, after, change, relativeChange }) => [
        key,
        after,
        change,
        relativeChange,
      ]),
      [
        ['pace', 0, -4, -1],
        ['rate', null, null, null],
      ],
    );
    assert.equal(summaryOf(gone), 'Rate has no value, -100.0 % Pace, 1 item changed');
    const came = differenceOf(
      side({ attributes: {} }),
      side({ attributes: { damage: 100, speed: 8 } }),
    )!;
    assert.match(summaryOf(came), /^dps 1000, Pace 8 s, 1 more stat, /);
    const little = differenceOf(
      side({ attributes: { damage: 1_000_000, speed: 1 } }),
      side({ attributes: { damage: 999_999, speed: 1 } }),
    )!;
    assert.equal(summaryOf(little), '-0.0001 % dps, 1 item changed');
  });

  it('counts an item once however often it is worn, and knows attributes by any name', () => {
    const before = side(sword, sword);
    const after = { attributes: { ...sword.attributes, constructor: 1 as never } };
    const { items } = differenceOf(before, side(after, after))!;
    assert.deepEqual(items, [
      {
        ...{ placement: 0, isRemoved: false },
        attributes: [{ key: 'constructor', before: null, after: 1 }],
      },
    ]);
  });

  it('is the same by its digest when nothing else changed', () => {
    const digest = (damage: number) =>
      digestOf(differenceOf(side(sword), side({ attributes: { damage, speed: 4 } }))!);
    assert.equal(digest(90), digest(90));
    assert.notEqual(digest(90), digest(91));
  });
});
