import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { workOut } from './build.js';
import { CompiledRules } from './compiled-rules.js';
import { explainStat } from './explain-stat.js';
import type { Part } from './formula/explain.js';
import { faultsOfRuleSet } from './rule-faults.js';
import { item, ruleSet, valuesOf, wearing } from './testing.js';

const VAST = `1${'0'.repeat(308)}`;
const TINY = `0.${'0'.repeat(307)}1`;
const given = {
  attributes: [{ key: 'a', type: 'DECIMAL' }, { key: 'b' }],
  parameters: [{ key: 'n', min: -9, max: 9 }],
  slots: [{ key: 's', capacity: 100 }],
  tables: [
    { key: 't', axes: [{ numbers: [0, 1, 2], match: 'LINEAR' }], values: [-1e300, 1e300, 5e-324] },
  ],
};
const worn = wearing(
  item('x', 's', { a: 1e308, b: 3 }),
  item('y', 's', { a: -1e308 }),
  item('z', 's', { a: 5e-324, b: -2 }),
);
const withStats = (...formulas: string[]) =>
  ruleSet({ ...given, stats: formulas.map((formula, n) => ({ key: `f${n}`, formula })) });

/** Formulas of which most run into what numbers cannot be. */
const { extreme } = fc.letrec<{ extreme: string }>(tie => {
  const one = tie('extreme');
  const two = fc.tuple(one, one);
  return {
    extreme: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom(
        VAST,
        TINY,
        '0',
        '-1',
        'sum(a)',
        'sum(b)',
        'highest(a)',
        'lowest(a, s)',
        'param.n',
        'count()',
      ),
      fc.tuple(one, fc.constantFrom('+', '-', '*', '/', '%'), one).map(all => `(${all.join(' ')})`),
      two.map(([a, b]) => `power(${a}, ${b})`),
      two.map(([a, b]) => `quotient(${a}, ${b})`),
      two.map(([a, b]) => `soft_cap(${a}, ${b}, ${VAST})`),
      two.map(([a, b]) => `min(${a}, ${b})`),
      two.map(([a, b]) => `if(${a} < ${b}, ${b}, ${a})`),
      one.map(a => `round(${a})`),
      one.map(a => `table.t(${a})`),
      one.map(a => `sum(item.a * ${a})`),
      one.map(a => `product(${a})`),
      one.map(a => `highest(${a}, item.b > ${a})`),
    ),
  };
});

describe('a formula that means harm', () => {
  it('has a finite value, or none with the reason, by the compiled rules and by the explanation alike', () => {
    const layers = fc.constantFrom('FLAT', 'INCREASED', 'MORE', 'MINIMUM', 'CAP');
    fc.assert(
      fc.property(extreme, extreme, layers, (formula, amount, layer) => {
        fc.pre(formula.length + amount.length < 3_000);
        const rules = ruleSet({
          ...given,
          stats: [
            { key: 'f0', formula },
            { key: 'f1', formula: '1 / stat.f0' },
          ],
          modifiers: [{ key: 'm', stat: 'f0', layer, formula: amount }],
        });
        if (faultsOfRuleSet(rules).length > 0) return;
        const compiled = new CompiledRules(rules);
        for (const { key, value, problem } of workOut(compiled, worn).stats) {
          if (problem !== null) continue; // the explanation has said so
          assert.ok(Number.isFinite(value));
          assert.equal(explainStat(compiled, worn, key).value, value);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('is refused with the place, or counts, whatever it is made of', () => {
    const word = fc.constantFrom(
      ...[
        'sum',
        'if',
        'item',
        'param',
        'stat',
        'table',
        '.',
        '(',
        ')',
        ',',
        '+',
        '-',
        'not',
        'and',
      ],
      ...[
        'a',
        'n',
        't',
        's',
        '1',
        "'s'",
        '=',
        '<',
        'slot',
        '__proto__',
        'constructor',
        '𝟙',
        '"',
        '\u2028',
        '`',
        '${',
      ],
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), words => {
        const text = words.join(' ');
        const rules = withStats(text);
        const [fault] = faultsOfRuleSet(rules);
        if (!fault) return void valuesOf(rules, worn);
        assert.equal(fault.path, 'stats.f0');
        assert.ok(fault.offset === undefined || (fault.offset >= 0 && fault.offset <= text.length));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is made ready in steps by its length, however operators hang together', () => {
    for (const operator of ['+', '-', '*', '/', '%']) {
      const chain = Array.from({ length: 140 }, () => '7').join(operator);
      assert.deepEqual(faultsOfRuleSet(withStats(chain)), []);
      new CompiledRules(withStats(chain));
    }
    let nested = '1';
    for (let n = 0; n < 18; n++) nested = `if(${nested} < 2, 3 / ${n + 1}, 1)`;
    assert.equal(valuesOf(withStats(nested), worn)['f0'], 0.16666666666667);
  });

  it('is refused when it counts all items for each item, again and again', () => {
    for (const formula of ['sum(sum(sum(sum(sum(a)))))', 'sum(item.a * sum(item.a * sum(a, s)))'])
      assert.match(
        faultsOfRuleSet(withStats(formula)).at(-1)!.message,
        /steps for a build of 200 items/,
      );
    const numbers = Array.from({ length: 10_000 }, (_, n) => n);
    const lookUp = `sum(sum(${Array.from({ length: 20 }, () => 'table.t(9998.5)').join(' + ')}))`;
    const tables = [{ key: 't', axes: [{ numbers, match: 'LINEAR' }], values: numbers }];
    const faults = faultsOfRuleSet(
      ruleSet({ ...given, tables, stats: [{ key: 'f', formula: lookUp }] }),
    );
    assert.match(faults[0]!.message, /steps for a build of 200 items/);
  });

  it('is explained in so many parts as its length and the items have, not as their product', () => {
    const inner = Array.from({ length: 15 }, () => 'item.a * item.b').join(' + ');
    const rules = withStats(`sum(sum(${inner}))`);
    assert.deepEqual(faultsOfRuleSet(rules), []);
    const items = Array.from({ length: 200 }, (_, n) => item(`i${n}`, 's', { a: n, b: 2 }));
    const explanation = explainStat(new CompiledRules(rules), wearing(...items), 'f0');
    const count = ({ parts }: Pick<Part, 'parts'>): number =>
      parts.reduce((sum, part) => sum + count(part), 1);
    assert.equal(count(explanation), 202);
  });
});
