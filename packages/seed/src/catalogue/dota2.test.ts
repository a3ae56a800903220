import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { items } from 'dotaconstants';
import { componentsOf, DOTA_2 } from './dota2.js';
import { calculatorOf } from './testing.js';

const { data } = DOTA_2;
const calculate = calculatorOf(data);
const levelOne = [{ key: 'level', value: 1 }];
const antiMage = { slot: 'hero', key: 'hero_antimage' };
const inItems = (key: string) => ({ slot: 'items', key });

describe('the items of Dota 2', () => {
  it('cost what their components and their recipe cost, but for two faults of the source', () => {
    const source = items as Record<string, { cost: number | null; components?: string[] | null }>;
    const crafted = data.items.filter(({ attributes }) => 'components' in attributes);
    const faulty = crafted.filter(({ key, attributes }) => {
      const costs = componentsOf(source[key]!).map(part => source[part]?.cost ?? Number.NaN);
      return (
        costs.reduce((sum, cost) => sum + cost, Number(attributes.recipe_cost)) !== attributes.cost
      );
    });
    assert.equal(crafted.length, 118);
    assert.deepEqual(faulty.map(({ key }) => key).toSorted(), [
      'diffusal_blade_2',
      'eternal_shroud',
    ]);
  });

  it('give what their tooltips announce, each level of an item its own', () => {
    const attributesOf = (key: string) => data.items.find(item => item.key === key)!.attributes;
    assert.equal(attributesOf('black_king_bar').strength, 10);
    assert.equal(attributesOf('black_king_bar').damage, 24);
    assert.equal(attributesOf('dagon').all_attributes, 6);
    assert.equal(attributesOf('dagon_3').all_attributes, 8);
    assert.equal(attributesOf('travel_boots').boots_move_speed, 90);
    assert.equal(attributesOf('travel_boots').move_speed, undefined);
  });
});

describe('the stats of Dota 2', () => {
  it('are those of the game for a hero without items', () => {
    const { stats } = calculate({ items: [antiMage], parameters: levelOne });
    assert.deepEqual(
      [stats.health, stats.mana, stats.armor, stats.damage_min, stats.damage_max, stats.move_speed],
      [582, 219, 6, 53, 57, 310],
    );
    assert.equal(stats.attack_speed, 124);
    assert.equal(stats.attack_interval!.toFixed(2), '1.13');
  });

  it('count the fastest boots alone, and nothing in the backpack', () => {
    const both = [antiMage, inItems('boots'), inItems('travel_boots')];
    const { stats } = calculate({ items: both, parameters: levelOne });
    assert.equal(stats.move_speed, 400);
    const carried = [antiMage, { slot: 'backpack', key: 'reaver' }];
    assert.equal(calculate({ items: carried, parameters: levelOne }).stats.strength, 21);
    const worn = [antiMage, inItems('reaver')];
    assert.equal(calculate({ items: worn, parameters: levelOne }).stats.health, 582 + 25 * 22);
  });

  it('give universal heroes damage of every attribute', () => {
    const hero = data.items.find(({ attributes }) => attributes.primary_attribute === 'Universal')!;
    const { attributes } = hero;
    const { stats } = calculate({ items: [{ slot: 'hero', key: hero.key }], parameters: levelOne });
    const sum =
      Number(attributes.base_strength) +
      Number(attributes.base_agility) +
      Number(attributes.base_intelligence);
    assert.equal(stats.damage_min, Math.floor(Number(attributes.base_damage_min) + 0.45 * sum));
  });
});
