import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkFormula,
  type Environment,
  evaluate,
  FormulaError,
  orderStats,
  parseFormula,
} from './index.js';

const environment: Environment = {
  items: [
    {
      slot: 'weapon',
      category: 'Weapon',
      attributes: { damage: 100, weight: 12, name: 'Great Sword' },
    },
    { slot: 'ring', category: 'Ring', attributes: { damage: 5, weight: 0.5 } },
    { slot: 'ring', category: 'Ring', attributes: { weight: 0.25 } },
  ],
  parameters: new Map([['level', 50]]),
  stats: new Map([['strength', 40]]),
};
const vocabulary = {
  parameters: new Set(['level']),
  stats: new Set(['strength']),
  slots: new Set(['weapon', 'ring', 'off-hand']),
  attributes: new Set(['damage', 'weight']),
};
const valueOf = (text: string) => evaluate(parseFormula(text), environment);
const failsAt = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof FormulaError, String(error));
    return error.at;
  }
  return assert.fail('it did not fail');
};

describe('a formula', () => {
  it('computes by the usual precedence', () => {
    const cases: [string, number | boolean][] = [
      ['1 + 2 * 3', 7],
      ['(1 + 2) * 3', 9],
      ['10 - 2 - 3', 5],
      ['-2 * -3', 6],
      ['7 % 4 / 2', 1.5],
      ['1 + 1 = 2 and not 3 < 2 or false', true],
      ['if(param.level >= 50, stat.strength, 0)', 40],
      ['min(3, 1, 2) + max(3, 1, 2)', 4],
      ['clamp(120, 0, 99) + abs(-1)', 100],
      ['floor(2.9) + ceil(2.1) + round(2.5) + round(-2.5)', 5],
    ];
    for (const [text, expected] of cases) assert.equal(valueOf(text), expected, text);
  });

  it('adds up, counts and compares items, of all slots or of one', () => {
    const cases: [string, number][] = [
      ['sum(damage)', 105],
      ['sum(weight, ring)', 0.75],
      ['sum(damage, off-hand)', 0],
      ['highest(weight) - lowest(weight)', 11.75],
      ['highest(damage, off-hand)', 0],
      ['count() * 10 + count(ring)', 32],
      ["count_category('Weapon')", 1],
    ];
    for (const [text, expected] of cases) assert.equal(valueOf(text), expected, text);
  });

  it('rounds where it says so, and nowhere else', () => {
    // A Pokémon's hit points: one misplaced floor breaks hundreds of published sets.
    const hp = 'floor((2 * 78 + 31 + floor(252 / 4)) * param.level / 100) + param.level + 10';
    assert.equal(valueOf(hp), 185);
  });

  it('has no value rather than a wrong one', () => {
    for (const text of [
      '1 / 0',
      '5 % (1 - 1)',
      'stat.unknown + 1',
      `${'9'.repeat(300)} * ${'9'.repeat(300)}`,
    ]) {
      assert.throws(() => valueOf(text), FormulaError, text);
    }
    assert.equal(valueOf('if(true, 1, 1 / 0)'), 1, 'the branch that is not taken does no harm');
  });

  it('says where it is wrong', () => {
    assert.equal(
      failsAt(() => parseFormula('1 + ')),
      4,
    );
    assert.equal(
      failsAt(() => parseFormula('1 $ 2')),
      2,
    );
    assert.equal(
      failsAt(() => parseFormula('2 * (3 + 4')),
      10,
    );
    assert.equal(
      failsAt(() => parseFormula('damage + 1')),
      0,
    );
    assert.equal(
      failsAt(() => parseFormula('1 + eval(2)')),
      4,
    );
    assert.equal(
      failsAt(() => parseFormula('floor(1, 2)')),
      0,
    );
    assert.equal(
      failsAt(() => checkFormula(parseFormula('1 + sum(speed)'), vocabulary, 'number')),
      4,
    );
    assert.equal(
      failsAt(() => checkFormula(parseFormula('1 + (2 < 3)'), vocabulary, 'number')),
      7,
    );
    assert.equal(
      failsAt(() => checkFormula(parseFormula('count() < 3'), vocabulary, 'number')),
      8,
    );
  });

  it('is bounded, however it is written', () => {
    assert.throws(() => parseFormula(`${'('.repeat(500)}1${')'.repeat(500)}`), FormulaError);
    assert.throws(() => parseFormula('1+'.repeat(400) + '1'), FormulaError);
    assert.throws(() => parseFormula('1'.repeat(3000)), FormulaError);
    assert.throws(() => parseFormula('9'.repeat(400)), FormulaError);
    assert.throws(() => parseFormula('- '.repeat(900) + '1'), FormulaError);
  });

  it('orders stats by what they need, and finds circles', () => {
    const formulas = (texts: Record<string, string>) =>
      new Map(Object.entries(texts).map(([key, text]) => [key, parseFormula(text)]));
    const order = orderStats(formulas({ c: 'stat.a + stat.b', b: 'stat.a', a: '1' }));
    assert.deepEqual(order, ['a', 'b', 'c']);
    assert.throws(
      () => orderStats(formulas({ str: 'stat.hp / 10', hp: '100 + stat.con', con: 'stat.str' })),
      /str → hp → con → str/,
    );
  });
});
