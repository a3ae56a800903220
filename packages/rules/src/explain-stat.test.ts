import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { workOut } from './build.js';
import { CompiledRules } from './compiled-rules.js';
import { explainStat } from './explain-stat.js';
import type { Content } from './rule-set.js';
import { assertExact, item, ruleSet, wearing } from './testing.js';

const shared = {
  attributes: [
    { key: 'a' },
    { key: 'b', type: 'DECIMAL', defaultValue: 0.1 },
    { key: 'flag', type: 'BOOLEAN' },
    { key: 'set', type: 'ENUM', values: ['x', 'y'] },
    { key: 'tags', type: 'LIST', values: ['x', 'y', 'z'] },
  ],
  parameters: [
    { key: 'n', min: -5, max: 5 },
    { key: 'class', values: ['x', 'y'] },
  ],
  slots: [{ key: 'one' }, { key: 'two' }],
  tables: [
    {
      key: 't',
      axes: [{ numbers: [-2, 0, 3], texts: [], match: 'LINEAR' }],
      values: [0.3, -1, 7],
    },
    { key: 'u', axes: [{ numbers: [], texts: ['x', 'y'], match: 'EXACT' }], values: [3, 0.7] },
  ],
};

const { numeric, truth } = fc.letrec<{ numeric: string; truth: string; ofItem: string }>(tie => {
  const binary = (of: fc.Arbitrary<string>, operators: string[]) =>
    fc
      .tuple(of, fc.constantFrom(...operators), of)
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`);
  const leaves = ['0', '1', '0.1', '2.5', '7', '1000000', 'param.n', 'count()', 'sum(a)', 'sum(b)'];
  const ofItem = ['item.a', 'item.b', 'copies()', 'size(item.tags)', '3', 'param.n', '0.7'];
  const truths = ["item.set = 'x'", 'item.flag', "has(item.tags, 'z')", "slot() = 'two'"];
  truths.push('item.a < item.b', 'has(item.tags, param.class)', "not (slot() = 'one')");
  return {
    ofItem: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...ofItem) },
      binary(tie('ofItem'), ['+', '-', '*']),
    ),
    truth: fc.oneof(
      binary(tie('numeric'), ['<', '<=', '=', '!=', '>=', '>']),
      fc.constantFrom("param.class = 'x'", 'any(item.flag)', 'all(item.a > 0)'),
    ),
    numeric: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...leaves),
      binary(tie('numeric'), ['+', '-', '*', '/', '%']),
      fc.tuple(tie('numeric'), tie('numeric')).map(([a, b]) => `max(${a}, ${b})`),
      fc.tuple(tie('numeric'), tie('numeric')).map(([a, b]) => `clamp(${a}, -3, ${b})`),
      fc.tuple(tie('numeric'), tie('numeric')).map(([a, b]) => `soft_cap(${a}, ${b}, 0.5)`),
      fc.tuple(tie('numeric'), tie('numeric')).map(([a, b]) => `quotient(${a}, ${b})`),
      fc
        .tuple(fc.constantFrom('floor', 'ceil', 'round', 'abs', 'truncate'), tie('numeric'))
        .map(([name, a]) => `${name}(${a})`),
      fc.tuple(tie('truth'), tie('numeric'), tie('numeric')).map(all => `if(${all.join(', ')})`),
      tie('numeric').map(a => `table.t(${a})`),
      fc.constant('table.u(param.class)'),
      fc
        .tuple(
          fc.constantFrom('sum', 'product', 'highest', 'lowest'),
          tie('ofItem'),
          fc.option(fc.constantFrom(...truths)),
        )
        .map(
          ([name, a, condition]) => `${name}(${a}${condition === null ? '' : `, ${condition}`})`,
        ),
      fc.constantFrom(...truths).map(condition => `count(${condition})`),
    ),
  };
});

const rounding = fc.constantFrom('NONE', 'FLOOR', 'CEIL', 'NEAREST', 'TRUNCATE');
const modifiers = fc.array(
  fc.record({
    stat: fc.constantFrom('s0', 's1'),
    layer: fc.constantFrom('FLAT', 'INCREASED', 'MORE', 'MINIMUM', 'CAP', 'CONVERSION'),
    formula: numeric,
    condition: fc.option(truth),
    rounding,
  }),
  { maxLength: 6 },
);

const content: fc.Arbitrary<Content> = fc
  .array(
    fc.record({
      key: fc.constantFrom('p', 'q', 'r'),
      slot: fc.constantFrom('one', 'two'),
      a: fc.option(fc.integer({ min: -9, max: 9 })),
      b: fc.option(fc.double({ min: -9, max: 9, noNaN: true })),
      flag: fc.boolean(),
      set: fc.constantFrom('x', 'y'),
      tags: fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }),
    }),
    { maxLength: 5 },
  )
  .map(items =>
    wearing(
      ...items.map(({ key, slot, a, b, ...rest }) =>
        item(key, slot, { ...rest, ...(a !== null && { a }), ...(b !== null && { b }) }),
      ),
    ),
  )
  .chain(worn =>
    fc
      .record({ n: fc.integer({ min: -5, max: 5 }), class: fc.constantFrom('x', 'y') })
      .map(chosen => ({
        ...worn,
        parameters: Object.entries(chosen).map(([key, value]) => ({ key, value })),
      })),
  );

describe('an explanation', () => {
  it('comes to what the compiled rules do, and its parts to it, whatever the formulas', () => {
    let valued = 0;
    fc.assert(
      fc.property(numeric, numeric, rounding, modifiers, truth, content, (f, g, r, m, t, build) => {
        const rules = ruleSet({
          ...shared,
          stats: [
            { key: 's0', formula: f },
            { key: 's1', formula: `${g} + stat.s0`, rounding: r },
          ],
          modifiers: m.map((one, n) => ({
            key: `m${n}`,
            ...one,
            ...(one.layer === 'CONVERSION' && { stat: 's1', from: 's0' }),
          })),
          rules: [{ key: 'rule', formula: t }],
        });
        const compiled = new CompiledRules(rules);
        assert.deepEqual(compiled.faults, []);
        for (const { key, value, problem } of workOut(compiled, build).stats) {
          if (value === null) {
            assert.throws(() => explainStat(compiled, build, key), {
              name: 'FormulaError',
              message: problem!,
            });
            continue;
          }
          valued++;
          const explanation = explainStat(compiled, build, key);
          assert.equal(explanation.value, value);
          assertExact(explanation);
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(valued > 1_000, `${valued} had a value`);
  });

  it('names what a figure is made of, by layers and items', () => {
    const rules = ruleSet({
      attributes: [{ key: 'strength' }],
      slots: [{ key: 'ring' }],
      stats: [{ key: 'power', name: 'Power', formula: '10 + sum(strength) * 2' }],
      modifiers: [
        { key: 'rage', name: 'Rage', stat: 'power', layer: 'INCREASED', formula: '50' },
        { key: 'cap', name: 'Cap', stat: 'power', layer: 'CAP', formula: '60' },
      ],
    });
    const build = wearing(
      item('Band', 'ring', { strength: 8 }),
      item('Seal', 'ring', { strength: 12 }),
    );
    const tree = (parts: { label: string; contribution: number; parts: never[] }[]): unknown =>
      parts.map(({ label, contribution, parts: within }) =>
        within.length > 0 ? [label, contribution, tree(within)] : [label, contribution],
      );
    const { value, parts } = explainStat(new CompiledRules(rules), build, 'power');
    assert.equal(value, 60);
    assert.deepEqual(tree(parts as never), [
      [
        '10 + sum(strength) * 2',
        50,
        [
          ['10', 10],
          [
            'sum(strength) * 2',
            40,
            [
              [
                'sum(strength)',
                20,
                [
                  ['Band', 8],
                  ['Seal', 12],
                ],
              ],
              ['* 2', 20],
            ],
          ],
        ],
      ],
      ['Rage', 25],
      ['Cap', -15],
    ]);
  });
});
