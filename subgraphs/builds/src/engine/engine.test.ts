import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SOULS_DEFINITION } from '../testing.js';
import { type Content, faultsOf, type ItemFigures, workOut } from './engine.js';
import { compile, type Definition } from './game-data.js';

const EMPTY: Definition = { attributes: [], parameters: [], slots: [], stats: [], rules: [] };
const souls = compile(1, SOULS_DEFINITION);
const greatSword = figures('Great Sword', 'weapon', { damage: 100, weight: 12 });
const anvil = figures('Anvil', 'weapon', { damage: 5, weight: 60 });
const ring = figures('Ring', 'ring', { damage: 5, weight: 0.5 });

function figures(name: string, slot: string, attributes: ItemFigures['attributes']): ItemFigures {
  return { name, category: name, slots: [slot], attributes, isRemoved: false };
}

const wearing = (...items: ItemFigures[]): Content => ({
  placements: items.map(item => ({ slot: item.slots[0]!, item })),
  parameters: [],
});
const valuesOf = (data: typeof souls, content: Content) =>
  Object.fromEntries(workOut(data, content).stats.map(({ key, value }) => [key, value]));
const stats = (formulas: Record<string, string>) =>
  Object.entries(formulas).map(([key, formula]) => ({ key, name: key, unit: null, formula }));

describe('working a build out', () => {
  it('adds up items, in the order of need, and tells stats in the order of the game', () => {
    const { stats: told, violations } = workOut(souls, wearing(greatSword, ring, ring));
    assert.deepEqual(
      told.map(({ key, value }) => [key, value]),
      [
        ['damage', 110],
        ['burden', 26],
        ['weight', 13],
        ['equip_load', 50],
      ],
    );
    assert.deepEqual(violations, []);
  });

  it('has defaults for parameters that were not chosen', () => {
    const content = { ...wearing(anvil), parameters: [{ key: 'endurance', value: 25 }] };
    assert.equal(valuesOf(souls, content).equip_load, 65);
    assert.deepEqual(workOut(souls, content).violations, []);
    assert.equal(valuesOf(souls, wearing(anvil)).equip_load, 50);
  });

  it('tells each rule that is broken, and each required slot that is empty', () => {
    const broken = (...items: ItemFigures[]) => workOut(souls, wearing(...items)).violations;
    assert.deepEqual(broken(anvil), [
      { rule: 'equip-load', message: 'You cannot carry that much.' },
    ]);
    assert.deepEqual(broken(ring), [{ rule: 'slot.weapon', message: 'Weapon is empty.' }]);
    const heavyRing = figures('Heavy ring', 'ring', { weight: 60 });
    assert.deepEqual(
      broken(heavyRing).map(({ rule }) => rule),
      ['slot.weapon', 'equip-load'],
    );
  });

  it('rounds where the formula says so: the hit points of a Pokémon', () => {
    const parameter = (key: string, max: number) => ({
      ...{ key, name: key, min: 0, max, defaultValue: 0 },
    });
    const data = compile(1, {
      ...EMPTY,
      parameters: [
        parameter('base', 255),
        parameter('iv', 31),
        parameter('ev', 252),
        parameter('level', 100),
      ],
      stats: stats({
        hp: 'floor((2 * param.base + param.iv + floor(param.ev / 4)) * param.level / 100) + param.level + 10',
      }),
    });
    const hp = (base: number, iv: number, ev: number, level: number) =>
      valuesOf(data, {
        placements: [],
        parameters: Object.entries({ base, iv, ev, level }).map(([key, value]) => ({ key, value })),
      }).hp;
    assert.equal(hp(78, 31, 252, 100), 360);
    assert.equal(hp(78, 31, 252, 50), 185);
    assert.equal(hp(78, 31, 255, 50), 185, 'three points of effort are lost');
    assert.equal(hp(1, 0, 3, 1), 11);
  });

  it('is free of the noise of binary fractions, and keeps whole numbers whole', () => {
    const data = compile(1, {
      ...EMPTY,
      stats: stats({ sum: '0.1 + 0.2', product: '5.1 * 9.9', large: '9007199254740990 + 1' }),
    });
    assert.deepEqual(valuesOf(data, wearing()), {
      sum: 0.3,
      product: 50.49,
      large: 9_007_199_254_740_991,
    });
  });

  it('says why a stat has no value, and spares what does not refer to it', () => {
    const data = compile(1, {
      ...EMPTY,
      stats: stats({
        ratio: '1 / count()',
        double: 'stat.ratio * 2',
        items: 'count()',
        typo: 'sum(speed)',
        nonsense: '1 +',
        yes: 'count() = 0',
        vast: '9'.repeat(400),
        less: `-${'9'.repeat(400)}`,
      }),
      rules: [{ key: 'rule', formula: 'stat.ratio > 1', message: 'The ratio is too small.' }],
    });
    const outcome = workOut(data, { placements: [], parameters: [] });
    const problems = Object.fromEntries(outcome.stats.map(each => [each.key, each.problem]));
    assert.deepEqual(problems, {
      ratio: 'This divides by zero.',
      double: 'The stat ratio has no value.',
      items: null,
      typo: 'There is no attribute that is a number and called speed.',
      nonsense: 'The formula ends where a value should be.',
      yes: 'This is a boolean, and should be a number.',
      vast: 'This is larger than any number.',
      less: 'This is larger than any number.',
    });
    assert.equal(outcome.stats[2]!.value, 0);
    assert.deepEqual(outcome.violations, [
      {
        rule: 'rule',
        message: 'The ratio is too small. (This cannot be told: The stat ratio has no value.)',
      },
    ]);
  });

  it('says which stats refer to each other in a circle', () => {
    const data = compile(1, { ...EMPTY, stats: stats({ str: 'stat.hp / 10', hp: 'stat.str' }) });
    const { stats: told } = workOut(data, { placements: [], parameters: [] });
    for (const { value, problem } of told) {
      assert.equal(value, null);
      assert.match(problem!, /str → hp → str/);
    }
  });

  it('counts what was removed from the game for nothing, and says so', () => {
    const removed = { ...greatSword, isRemoved: true };
    assert.equal(valuesOf(souls, wearing(removed)).damage, 0);
    assert.deepEqual(workOut(souls, wearing(removed)).violations, [
      { rule: 'slot.weapon', message: 'Great Sword is not in the game any more.' },
      { rule: 'slot.weapon', message: 'Weapon is empty.' },
    ]);
  });

  it('shows what the newest data has no room for as violations', () => {
    const narrow = compile(2, {
      ...SOULS_DEFINITION,
      parameters: [{ ...SOULS_DEFINITION.parameters[0]!, max: 20 }],
      slots: [{ ...SOULS_DEFINITION.slots[1]!, capacity: 1 }],
    });
    const content = {
      ...wearing(greatSword, ring, ring),
      parameters: [{ key: 'endurance', value: 21 }],
    };
    assert.deepEqual(
      workOut(narrow, content).violations.map(({ rule, message }) => `${rule}: ${message}`),
      [
        'slot.weapon: There is no slot "weapon".',
        'slot.ring: Rings has room for 1.',
        'parameter.endurance: Endurance is a whole number from 1 to 20, not 21.',
      ],
    );
  });
});

describe('what keeps a build from being saved', () => {
  it('is told all at once, with where it is', () => {
    const content: Content = {
      placements: [
        { slot: 'weapon', item: greatSword },
        { slot: 'weapon', item: ring },
        { slot: 'hat', item: null },
        { slot: 'ring', item: { ...ring, isRemoved: true } },
        { slot: 'ring', item: null },
      ],
      parameters: [
        { key: 'luck', value: 1 },
        { key: 'endurance', value: 0 },
        { key: 'endurance', value: 1.5 },
      ],
    };
    assert.deepEqual(
      faultsOf(souls, content).map(({ path, message }) => `${path}: ${message}`),
      [
        'items[1].slot: Weapon has room for 1.',
        'items[1].slot: Ring does not fit Weapon.',
        'items[2].slot: There is no slot "hat".',
        'items[3].item: Ring is not in the game any more.',
        'parameters[0].key: There is no parameter "luck".',
        'parameters[1].value: Endurance is a whole number from 1 to 99, not 0.',
        'parameters[2].key: Endurance is given twice.',
        'parameters[2].value: Endurance is a whole number from 1 to 99, not 1.5.',
      ],
    );
  });

  it('is not a rule that is broken, nor a required slot that is empty', () => {
    assert.deepEqual(faultsOf(souls, wearing(anvil)), []);
    assert.deepEqual(faultsOf(souls, wearing()), []);
  });
});
