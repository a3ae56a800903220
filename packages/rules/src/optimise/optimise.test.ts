import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompiledRules } from '../compiled-rules.js';
import { FormulaError } from '../formula/syntax.js';
import type { Content, RuleItem } from '../rule-set.js';
import { item, ruleSet } from '../testing.js';
import { findBest, type Question } from './find-best.js';
import { type Conflict, optimise, type Optimum } from './optimise.js';
import { upgradesOf } from './upgrades.js';

const RULES = ruleSet({
  attributes: [
    ...['power', 'armor', 'price', 'level'].map(key => ({ key })),
    { key: 'unique', type: 'BOOLEAN' },
    { key: 'sockets', type: 'LIST', values: ['red', 'blue'] },
    { key: 'colours', type: 'LIST', values: ['red', 'blue'] },
  ],
  parameters: [{ key: 'level', name: 'Level', min: 1, max: 10, defaultValue: 5 }],
  slots: [
    { key: 'weapon', capacity: 1 },
    { key: 'ring', capacity: 2 },
    { key: 'gem', socketsOf: 'sockets', matchedBy: 'colours' },
  ],
  stats: [
    { key: 'power', formula: 'sum(power) + if(any(sockets_match()), 3, 0)' },
    { key: 'armor', formula: 'sum(armor)' },
  ],
  rules: [
    { key: 'level', scope: 'ITEM', formula: 'item.level <= param.level' },
    { key: 'unique', scope: 'ITEM', formula: 'not item.unique or copies() = 1' },
  ],
});

const SWORD = item('sword', 'weapon', { power: 10, price: 50, sockets: ['red'] });
const CLUB = item('club', 'weapon', { power: 8, armor: 5, price: 10 });
const HEAVEN = item('heaven', 'weapon', { power: 99, level: 9 });
const RUBY = item('ruby', 'gem', { power: 2, colours: ['red'], price: 5 });
const PEARL = item('pearl', 'gem', { power: 3, colours: ['blue'], price: 5 });
const BAND = item('band', 'ring', { power: 4, unique: true, price: 30 });
const HOOP = item('hoop', 'ring', { power: 3, armor: 1, price: 2 });
const ITEMS = [SWORD, CLUB, HEAVEN, RUBY, PEARL, BAND, HOOP];
const costOf = ({ attributes }: RuleItem) => (attributes['price'] as number | undefined) ?? 0;

const asking = (more: Partial<Question> = {}): Question => ({
  ...{ objective: 'stat.power', parameters: [], kept: [], limits: [] },
  slots: ['weapon', 'ring', 'gem'],
  ...{ candidates: ITEMS, ...more },
});

function ended(question: Question, wanted = { count: 1, differing: 1 }): Optimum {
  const search = optimise(RULES, question, wanted);
  for (;;) {
    const { value, done } = search.next();
    if (done) return value;
  }
}

const keysOf = ({ placements }: Content) => placements.map(one => one.item!.key).toSorted();

function best(more: Partial<Question>): [string[], number] {
  const { answers, state } = ended(asking(more));
  assert.equal(state, 'OPTIMAL');
  const [{ content, objective, isOptimal }] = answers as [Optimum['answers'][number]];
  assert.ok(isOptimal);
  return [keysOf(content), objective];
}

function conflicts(more: Partial<Question>): Conflict[] {
  const { answers, state, conflicts: found } = ended(asking(more));
  assert.deepEqual([answers, state], [[], 'INFEASIBLE']);
  return found!;
}

describe('asking for the best build', () => {
  it('fills slots and sockets, with what the rules allow', () => {
    assert.deepEqual(best({}), [['band', 'hoop', 'ruby', 'sword'], 22]);
    const parameters = [{ key: 'level', value: 9 }];
    assert.deepEqual(best({ parameters }), [['band', 'heaven', 'hoop'], 106]);
  });

  it('keeps what is to stay, and fills its sockets', () => {
    const ring = { slot: 'ring', item: { ...HOOP } };
    const kept = [
      ring,
      { slot: 'ring', item: { ...HOOP } },
      { slot: 'weapon', item: { ...SWORD } },
    ];
    assert.deepEqual(best({ kept }), [['hoop', 'hoop', 'ruby', 'sword'], 21]);
    const gem = { slot: 'gem', item: { ...PEARL }, socket: { of: 2, index: 0 } };
    assert.deepEqual(best({ kept: [...kept, gem] }), [['hoop', 'hoop', 'pearl', 'sword'], 19]);
    assert.deepEqual(best({ kept, slots: ['ring'] }), [['hoop', 'hoop', 'sword'], 16]);
    assert.deepEqual(best({ kept: [{ slot: 'ring', item: { ...BAND } }] }), [
      ['band', 'hoop', 'ruby', 'sword'],
      22,
    ]);
  });

  it('stays within limits and a budget', () => {
    assert.deepEqual(best({ limits: [{ stat: 'armor', min: 6 }] })[0], ['band', 'club', 'hoop']);
    assert.deepEqual(best({ limits: [{ stat: 'power', max: 13 }] })[1], 13);
    assert.deepEqual(best({ budget: { costOf, max: 14 } })[0], ['club', 'hoop', 'hoop']);
    assert.deepEqual(best({ candidates: [] }), [[], 0]);
    const required = { item: { ...CLUB }, slot: 'weapon' };
    assert.deepEqual(best({ required }), [['band', 'club', 'hoop'], 15]);
  });

  it('takes no more copies than there are', () => {
    const one = { availableOf: ({ key }: RuleItem) => (key === 'band' ? 0 : 1) };
    assert.deepEqual(best(one), [['hoop', 'ruby', 'sword'], 18]);
  });

  it('goes on from a build that is known, if that is one that is asked for', () => {
    const placements = [
      { slot: 'weapon', item: { ...SWORD } },
      { slot: 'gem', item: { ...RUBY }, socket: { of: 0, index: 0 } },
      ...[BAND, HOOP].map(each => ({ slot: 'ring', item: { ...each } })),
    ];
    const known = { placements, parameters: [] };
    const [first] = ended(asking({ known })).answers;
    assert.equal(first!.content, known);
    assert.ok(first!.isOptimal && first!.bound === 22);
    const limits = [{ stat: 'power', max: 21 }];
    assert.deepEqual(best({ known, limits }), [['hoop', 'hoop', 'ruby', 'sword'], 21]);
    assert.deepEqual(best({ known: { ...known, placements: placements.slice(0, 1) } })[1], 22);
  });

  it('tells of alternatives, each the best that differs from all before', () => {
    const { answers, state } = ended(asking(), { count: 3, differing: 3 });
    assert.equal(state, 'OPTIMAL');
    assert.deepEqual(
      answers.map(({ content, objective }) => [keysOf(content).join(' '), objective]),
      [
        ['band hoop ruby sword', 22],
        ['band club', 12],
      ],
    );
    const all = ended(asking({ slots: ['weapon'] }), { count: 9, differing: 1 }).answers;
    assert.deepEqual(
      all.map(({ content }) => keysOf(content).join()),
      ['sword', 'club', ''],
    );
  });

  it('names what is in the way where there is no such build', () => {
    const max = { stat: 'power', max: 9 };
    const min = { stat: 'armor', min: 6 };
    assert.deepEqual(conflicts({ limits: [max, min, { stat: 'armor', max: 90 }] }), [
      { kind: 'LIMIT', limit: max, side: 'max' },
      { kind: 'LIMIT', limit: min, side: 'min' },
    ]);
    const budget = { costOf, max: 9 };
    assert.deepEqual(conflicts({ limits: [min], budget }), [
      { kind: 'LIMIT', limit: min, side: 'min' },
      { kind: 'BUDGET' },
    ]);
    const kept = [
      { slot: 'ring', item: HOOP },
      { slot: 'weapon', item: HEAVEN },
    ];
    assert.deepEqual(conflicts({ kept }), [{ kind: 'KEPT', placement: 1 }]);
    const required = { item: HEAVEN, slot: 'weapon' };
    assert.deepEqual(conflicts({ required }), [{ kind: 'REQUIRED' }]);
    assert.deepEqual(conflicts({ required: { item: CLUB, slot: 'weapon' }, kept: [kept[1]!] }), [
      { kind: 'KEPT', placement: 0 },
    ]);
  });

  it('refuses what is no formula of stats', () => {
    const refused = (more: Partial<Question>) => () => findBest(RULES, asking(more)).next();
    assert.throws(refused({ objective: 'stat.powr' }), /There is no stat powr. Did you mean power/);
    assert.throws(refused({ objective: 'item.power' }), FormulaError);
    assert.throws(refused({ objective: 'stat.power >= 3' }), FormulaError);
    assert.throws(refused({ limits: [{ stat: 'mana', min: 1 }] }), /There is no stat mana/);
  });

  it('finds the best also of what it cannot bound', () => {
    assert.deepEqual(best({ objective: 'stat.power % 7 + sum(item.armor * stat.armor)' }), [
      ['club', 'hoop', 'hoop'],
      49,
    ]);
  });
});

describe('the next upgrade', () => {
  type Asked = Parameters<typeof upgradesOf>[2];
  const all = (content: Content<RuleItem>, more: Partial<Asked> = {}) => {
    const asked = { objective: 'stat.power', candidates: ITEMS, costOf, ...more };
    const search = upgradesOf(new CompiledRules(RULES), content, asked);
    for (;;) {
      const { value, done } = search.next();
      if (done) return value;
    }
  };
  const upgrades = (content: Content<RuleItem>, max?: number) =>
    all(content, max === undefined ? {} : { max }).map(
      ({ slot, item: { key }, replaces, gain, cost }) => [slot, key, replaces, gain, cost],
    );

  it('is that with the most gain for its cost, in an empty place or another one', () => {
    const worn = { placements: [{ slot: 'weapon', item: CLUB }], parameters: [] };
    assert.deepEqual(upgrades(worn), [
      ['ring', 'hoop', null, 3, 2],
      ['ring', 'band', null, 4, 30],
      ['weapon', 'sword', 0, 2, 50],
    ]);
    assert.deepEqual(upgrades(worn, 10), [['ring', 'hoop', null, 3, 2]]);
  });

  it('may be for a socket, and what is in sockets goes along', () => {
    const placements = [
      { slot: 'weapon', item: SWORD },
      { slot: 'gem', item: PEARL, socket: { of: 0, index: 0 } },
      ...[BAND, HOOP].map(one => ({ slot: 'ring', item: one })),
    ];
    assert.deepEqual(upgrades({ placements, parameters: [] }), [['gem', 'ruby', 1, 2, 5]]);
    const parameters = [{ key: 'level', value: 9 }];
    const [first] = all({ placements, parameters }, { candidates: [HEAVEN] });
    assert.deepEqual(keysOf(first!.content), ['band', 'heaven', 'hoop']);
  });
});
