import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gameOf } from '@gamegraph/rules';
import { heroes, items, patchnotes } from 'dotaconstants';
import { componentsOf, DOTA_2 } from './dota2.js';
import { calculatorOf } from './testing.js';

const { data } = DOTA_2;
const calculate = calculatorOf(data);
const source = items as Record<string, { cost: number | null; components?: string[] | null }>;

/** Items of the source whose cost is not that of their parts, and why. */
const OTHER_COSTS = {
  diffusal_blade_2: 'left the game; its cost is that of an older patch than its parts have',
  eternal_shroud: 'the source has its cost from a newer patch than its parts',
  iron_talon: 'left the game, and costs nothing',
  medallion_of_courage:
    'is found now, and costs nothing; its parts are those of when it was bought',
};

describe('the items of Dota 2', () => {
  it('cost what their components and their recipe cost, all of the source but four', () => {
    const composed = Object.entries(source).filter(([, item]) => componentsOf(item).length > 0);
    const others = composed.filter(([key, item]) => {
      const parts = [...componentsOf(item), `recipe_${key}`].filter(part => part in source);
      return parts.reduce((sum, part) => sum + (source[part]!.cost ?? 0), 0) !== item.cost;
    });
    assert.equal(composed.length, 122);
    assert.deepEqual(others.map(([key]) => key).toSorted(), Object.keys(OTHER_COSTS));
  });

  it('cost in a build what they cost in the source', () => {
    for (const { key, slots, attributes } of data.items) {
      if (!slots.includes('items')) continue;
      const build = { items: [{ slot: 'items', key }], parameters: [] };
      assert.equal(calculate(build).stats['cost'], source[key]!.cost, key);
      const { components, recipe_cost } = attributes;
      if (components === undefined || key in OTHER_COSTS) continue;
      const parts = componentsOf(source[key]!).reduce((sum, part) => sum + source[part]!.cost!, 0);
      assert.equal(parts + Number(recipe_cost), attributes['cost'], key);
    }
  });

  it('give what their tooltips announce, each level of an item its own', () => {
    const attributesOf = (key: string) => data.items.find(item => item.key === key)!.attributes;
    assert.equal(attributesOf('black_king_bar')['strength'], 10);
    assert.equal(attributesOf('black_king_bar')['damage'], 24);
    assert.equal(attributesOf('dagon')['all_attributes'], 6);
    assert.equal(attributesOf('dagon_3')['all_attributes'], 8);
    assert.equal(attributesOf('travel_boots')['boots_move_speed'], 90);
    assert.equal(attributesOf('travel_boots')['move_speed'], undefined);
  });
});

describe('the heroes of Dota 2', () => {
  it('have at each of 30 levels what the source says of them, by whole numbers worked out by hand', () => {
    let figures = 0;
    for (const hero of Object.values(heroes)) {
      const key = hero.name.replace('npc_dota_', '');
      for (let level = 1; level <= 30; level++) {
        const { stats } = calculate({
          items: [{ slot: 'hero', key }],
          parameters: [{ key: 'level', value: level }],
        });
        // In hundredths, so that nothing is a binary fraction.
        const at = (base: number, gain: number) =>
          hundredths(base) + hundredths(gain) * BigInt(level - 1);
        const strength = at(hero.base_str, hero.str_gain);
        const agility = at(hero.base_agi, hero.agi_gain);
        const intelligence = at(hero.base_int, hero.int_gain);
        const primary = { str: strength, agi: agility, int: intelligence };
        const damage = (base: number) =>
          hero.primary_attr === 'all'
            ? (hundredths(base) * 100n + 45n * (strength + agility + intelligence)) / 10_000n
            : (hundredths(base) + primary[hero.primary_attr as keyof typeof primary]) / 100n;
        const expected = {
          strength: Number(strength) / 100,
          agility: Number(agility) / 100,
          intelligence: Number(intelligence) / 100,
          health: Number((hundredths(hero.base_health) + 22n * strength) / 100n),
          health_regeneration: Number(hundredths(hero.base_health_regen) * 10n + strength) / 1000,
          mana: Number((hundredths(hero.base_mana) + 12n * intelligence) / 100n),
          mana_regeneration: Number(hundredths(hero.base_mana_regen) * 20n + intelligence) / 2000,
          base_magic_resistance: Number(hundredths(hero.base_mr) * 10n + intelligence) / 1000,
          damage_min: Number(damage(hero.base_attack_min)),
          damage_max: Number(damage(hero.base_attack_max)),
          attack_speed: Number(hundredths(hero.base_attack_time) + agility) / 100,
          move_speed: hero.move_speed,
          attack_range: hero.attack_range,
        };
        for (const [stat, value] of Object.entries(expected))
          assert.equal(stats[stat], value, `${key} at ${level}: ${stat}`);
        // A sixth is no decimal number: held in six hundredths.
        const armor = hundredths(hero.base_armor) * 6n + agility;
        assert.equal(Math.round(stats['armor']! * 600), Number(armor), key);
        figures += Object.keys(expected).length + 1;
      }
    }
    assert.equal(figures, 127 * 30 * 14);
  });

  it('gain of an attribute what the notes of the patches in the source say', () => {
    const notes = Object.entries(patchnotes as Record<string, { general?: string[] }>).map(
      ([patch, { general }]): [string, string] => [patch, (general ?? []).join('\n')],
    );
    /** What the last note that matches says. */
    const said = (note: RegExp) => {
      const found = notes.flatMap(([, text]) => [...text.matchAll(note)].map(([, x]) => x!));
      return found.at(-1)!;
    };
    assert.equal(said(/HP per point of Strength increased from \S+ to (\S+)/g), '22');
    assert.equal(said(/Armor per agility increased slightly from \S+ to (\S+)/g), '1/6');
    assert.match(said(/Armor formula is now (.*)/g), /Armor \* 0.06 \/ \( 1 \+ Armor \* 0.06/);
    assert.equal(said(/grants (\S+)% base Magic Resistance per point/g), '0.1');
    assert.equal(said(/damage per attribute \w+ from \S+ to (\S+)/g), '0.45');
    assert.equal(said(/Added (\S+) Attributes leveling for up to 7 times/g), '+2');
    const of = (parameters: { key: string; value: number }[]) =>
      calculate({ items: [{ slot: 'hero', key: 'hero_abaddon' }], parameters }).stats;
    const [before, after] = [of([]), of([{ key: 'attribute_bonuses', value: 1 }])];
    const gain = (stat: string) => Number((after[stat]! - before[stat]!).toFixed(6));
    assert.deepEqual(
      ['strength', 'health', 'armor', 'base_magic_resistance', 'attribute_damage'].map(gain),
      [2, 2 * 22, 0.333333, 2 * 0.1, 6 * 0.45],
    );
    const armor = after['armor']!;
    assert.equal(
      after['physical_resistance']!.toFixed(9),
      ((6 * armor) / (1 + 0.06 * armor)).toFixed(9),
    );
  });
});

describe('the rule file of Dota 2', () => {
  it('has items as the catalogue has them', () => {
    for (const item of gameOf('dota-2').items) {
      const { iconUrl: _, ...known } = data.items.find(({ key }) => key === item.key)!;
      assert.deepEqual(known, item);
    }
  });
});

/** Of a figure of two decimals at most. */
function hundredths(value: number): bigint {
  const [whole, fraction = ''] = String(Math.abs(value)).split('.') as [string, string?];
  assert.ok(fraction.length <= 2, String(value));
  return BigInt(whole + fraction.padEnd(2, '0')) * (value < 0 ? -1n : 1n);
}
