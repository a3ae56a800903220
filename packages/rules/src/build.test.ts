import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf, workOut } from './build.js';
import { CompiledRules } from './compiled-rules.js';
import type { Content, RuleSet } from './rule-set.js';
import { item, ruleSet, valuesOf, wearing } from './testing.js';

const souls = ruleSet({
  attributes: [
    { key: 'damage' },
    { key: 'weight', type: 'DECIMAL', unit: 'kg' },
    { key: 'strength' },
    { key: 'unique', type: 'BOOLEAN' },
    { key: 'set', type: 'ENUM', values: ['Wolf'] },
    { key: 'sockets', type: 'LIST', values: ['red', 'blue'] },
    { key: 'colours', type: 'LIST', values: ['red', 'blue', 'prismatic'] },
    { key: 'socket_bonus' },
  ],
  parameters: [
    { key: 'endurance', name: 'Endurance', min: 1, max: 99, defaultValue: 10 },
    { key: 'class', name: 'Class', values: ['Knight', 'Thief'] },
  ],
  slots: [
    { key: 'weapon', name: 'Weapon', capacity: 1, isRequired: true },
    { key: 'ring', name: 'Rings', capacity: 2 },
    { key: 'gem', name: 'Gems', socketsOf: 'sockets', matchedBy: 'colours' },
  ],
  stats: [
    { key: 'burden', formula: 'stat.weight * 2' },
    { key: 'weight', formula: 'sum(weight)', unit: 'kg' },
    { key: 'damage', formula: 'sum(damage) + sum(socket_bonus, sockets_match())' },
    { key: 'equip_load', formula: '40 + param.endurance' },
  ],
  modifiers: [
    {
      key: 'wolf2',
      name: 'Wolf (2)',
      stat: 'damage',
      layer: 'FLAT',
      formula: '20',
      condition: "count(item.set = 'Wolf') >= 2",
    },
    { key: 'rage', name: 'Rage', stat: 'damage', layer: 'INCREASED', formula: '10' },
    { key: 'fury', name: 'Fury', stat: 'damage', layer: 'INCREASED', formula: '15' },
    { key: 'oath', name: 'Oath', stat: 'damage', layer: 'MORE', formula: '50', rounding: 'FLOOR' },
    { key: 'cap', name: 'Cap', stat: 'damage', layer: 'CAP', formula: '1000' },
  ],
  rules: [
    {
      key: 'load',
      formula: 'stat.weight <= stat.equip_load',
      message: 'You cannot carry that much.',
      cure: 'Raise endurance, or wear less.',
    },
    {
      key: 'unique',
      scope: 'ITEM',
      formula: 'not item.unique or copies() = 1',
      message: 'only one can be worn.',
      cure: 'Take one off.',
    },
  ],
});

const sword = item('Great Sword', 'weapon', { damage: 100, weight: 12 });
const anvil = item('Anvil', 'weapon', { damage: 5, weight: 60 });
const ring = item('Ring', 'ring', { damage: 5, weight: 0.5, set: 'Wolf' });
const seal = item('Seal', 'ring', { unique: true });
const circlet = item('Circlet', 'weapon', { damage: 1, sockets: ['red', 'blue'], socket_bonus: 7 });
const ruby = item('Ruby', 'gem', { colours: ['red'], damage: 2 });
const opal = item('Opal', 'gem', { colours: ['red', 'blue', 'prismatic'], damage: 1 });

const broken = (rules: RuleSet, content: Content) =>
  workOut(new CompiledRules(rules), content).violations;

describe('working a build out', () => {
  it('applies layers in their order: added, increased, more, capped', () => {
    assert.equal(valuesOf(souls, wearing(sword)).damage, 187); // floor(100 * 1.25 * 1.5)
    assert.equal(valuesOf(souls, wearing(sword, ring, ring)).damage, 243); // floor((110 + 20) * 1.25 * 1.5)
    const heavy = item('Star', 'weapon', { damage: 900 });
    assert.equal(valuesOf(souls, wearing(heavy)).damage, 1000);
  });

  it('tells stats in the order of the game, and has defaults for what was not chosen', () => {
    const values = valuesOf(souls, wearing(sword, ring));
    assert.deepEqual(Object.keys(values), ['burden', 'weight', 'damage', 'equip_load']);
    assert.deepEqual([values.burden, values.weight, values.equip_load], [25, 12.5, 50]);
    const strong = { ...wearing(sword), parameters: [{ key: 'endurance', value: 25 }] };
    assert.equal(valuesOf(souls, strong).equip_load, 65);
  });

  it('converts a part of one stat into another, of what it is before it gives', () => {
    const rules = (...percents: number[]) =>
      ruleSet({
        stats: [
          { key: 'physical', formula: '200', rounding: 'FLOOR' },
          { key: 'fire', formula: '10' },
        ],
        modifiers: percents.map((percent, n) => ({
          key: `c${n}`,
          stat: 'fire',
          layer: 'CONVERSION',
          from: 'physical',
          formula: String(percent),
        })),
      });
    assert.deepEqual(valuesOf(rules(25), wearing()), { physical: 150, fire: 60 });
    assert.deepEqual(valuesOf(rules(25, 50), wearing()), { physical: 50, fire: 160 });
    assert.deepEqual(valuesOf(rules(150, 50), wearing()), { physical: 0, fire: 210 });
  });

  it('counts a socket bonus when all sockets hold what matches them', () => {
    const socketed = (...gems: (typeof ruby | null)[]): Content => ({
      parameters: [],
      placements: [
        { slot: 'weapon', item: circlet },
        ...gems.flatMap((gem, index) =>
          gem ? [{ slot: 'gem', item: gem, socket: { of: 0, index } }] : [],
        ),
      ],
    });
    const damage = (content: Content) => valuesOf({ ...souls, modifiers: [] }, content).damage;
    assert.equal(damage(socketed(ruby, opal)), 1 + 2 + 1 + 7);
    assert.equal(damage(socketed(ruby, ruby)), 1 + 2 + 2);
    assert.equal(damage(socketed(ruby, null)), 1 + 2);
    assert.deepEqual(faultsOf(new CompiledRules(souls), socketed(ruby, opal)), []);
    const wrong: Content = {
      parameters: [],
      placements: [
        { slot: 'weapon', item: circlet },
        { slot: 'gem', item: ruby },
        { slot: 'gem', item: ruby, socket: { of: 0, index: 2 } },
        { slot: 'gem', item: ruby, socket: { of: 9, index: 0 } },
        { slot: 'ring', item: ring, socket: { of: 0, index: 0 } },
      ],
    };
    assert.deepEqual(
      faultsOf(new CompiledRules(souls), wrong).map(({ path, message }) => `${path}: ${message}`),
      [
        'items[1].socket: Gems is in a socket of another item.',
        'items[2].socket: Circlet has 2 sockets, and none is number 2, from 0.',
        'items[3].socket: There is no item 9 with sockets.',
        'items[4].socket: Rings is in no socket.',
      ],
    );
  });

  it('tells each rule that is broken at once, with the item and the cure', () => {
    assert.deepEqual(broken(souls, wearing(anvil)), [
      {
        rule: 'load',
        message: 'You cannot carry that much.',
        cure: 'Raise endurance, or wear less.',
        placement: null,
      },
    ]);
    const told = broken(souls, wearing(seal, seal, anvil));
    assert.deepEqual(
      told.map(({ rule, message, placement }) => [rule, message, placement]),
      [
        ['load', 'You cannot carry that much.', null],
        ['unique', 'Seal: only one can be worn.', 0],
        ['unique', 'Seal: only one can be worn.', 1],
      ],
    );
    assert.deepEqual(
      broken(souls, wearing(ring)).map(({ rule, message }) => [rule, message]),
      [['slot.weapon', 'Weapon is empty.']],
    );
  });

  it('is free of the noise of binary fractions, and keeps whole numbers whole', () => {
    const rules = ruleSet({
      stats: [
        { key: 'sum', formula: '0.1 + 0.2' },
        { key: 'product', formula: '5.1 * 9.9' },
        { key: 'large', formula: '9007199254740990 + 1' },
      ],
    });
    const expected = { sum: 0.3, product: 50.49, large: 9_007_199_254_740_991 };
    assert.deepEqual(valuesOf(rules, wearing()), expected);
  });

  it('says why a stat has no value, and spares what does not refer to it', () => {
    const formulas = {
      ratio: '1 / count()',
      double: 'stat.ratio * 2',
      items: 'count()',
      typo: 'sum(speed)',
      nonsense: '1 +',
      yes: 'count() = 0',
      vast: '9'.repeat(400),
      a: 'stat.b',
      b: '-stat.a',
    };
    const rules = ruleSet({
      stats: Object.entries(formulas).map(([key, formula]) => ({ key, formula })),
      rules: [{ key: 'rule', formula: 'stat.ratio > 1', message: 'The ratio is too small.' }],
    });
    assert.deepEqual(valuesOf(rules, wearing()), {
      ratio: 'This divides by zero.',
      double: 'The stat ratio has no value.',
      items: 0,
      typo: 'There is no attribute speed.',
      nonsense: 'The formula ends where a value should be.',
      yes: 'This is a boolean, and should be a number.',
      vast: 'This is larger than any number.',
      a: 'These stats refer to each other in a circle: a → b → a.',
      b: 'These stats refer to each other in a circle: a → b → a.',
    });
    assert.deepEqual(
      broken(rules, wearing()).map(({ message }) => message),
      ['The ratio is too small. (This cannot be told: The stat ratio has no value.)'],
    );
  });

  it('counts what was removed from the game for nothing, and says so', () => {
    const removed = { ...sword, isRemoved: true };
    assert.equal(valuesOf(souls, wearing(removed)).damage, 0);
    assert.deepEqual(
      broken(souls, wearing(removed)).map(({ rule, message }) => `${rule}: ${message}`),
      ['slot.weapon: Great Sword is not in the game any more.', 'slot.weapon: Weapon is empty.'],
    );
  });
});

describe('what keeps a build from being saved', () => {
  it('is told all at once, with where it is', () => {
    const content: Content = {
      placements: [
        { slot: 'weapon', item: sword },
        { slot: 'weapon', item: ring },
        { slot: 'hat', item: null },
        { slot: 'ring', item: { ...ring, isRemoved: true } },
        { slot: 'ring', item: null },
      ],
      parameters: [
        { key: 'luck', value: 1 },
        { key: 'endurance', value: 0 },
        { key: 'endurance', value: 1.5 },
        { key: 'class', value: 'Wizard' },
      ],
    };
    assert.deepEqual(
      faultsOf(new CompiledRules(souls), content).map(({ path, message }) => `${path}: ${message}`),
      [
        'items[1].slot: Weapon has room for 1.',
        'items[1].slot: Ring does not fit Weapon.',
        'items[2].slot: There is no slot "hat".',
        'items[3].item: Ring is not in the game any more.',
        'parameters[0].key: There is no parameter "luck".',
        'parameters[1].value: Endurance is a whole number from 1 to 99, not 0.',
        'parameters[2].key: Endurance is given twice.',
        'parameters[2].value: Endurance is a whole number from 1 to 99, not 1.5.',
        'parameters[3].value: Class is one of Knight, Thief, not Wizard.',
      ],
    );
  });

  it('is not a rule that is broken, nor a required slot that is empty', () => {
    assert.deepEqual(faultsOf(new CompiledRules(souls), wearing(anvil)), []);
    assert.deepEqual(faultsOf(new CompiledRules(souls), wearing()), []);
  });
});
