import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompiledRules, gameOf } from '@gamegraph/rules';
import { calcStat, Generations, type StatID } from '@smogon/calc';
import { Random } from '../random.js';
import { NATURES, POKEMON, speciesItem, STATS, TYPES } from './pokemon.js';

/** Builds in each generation, of six stats each. `POKEMON_BUILDS=1000000` makes a night of it. */
const BUILDS = Number(process.env['POKEMON_BUILDS'] ?? 9_000);
const STAT_IDS = Object.keys(STATS) as StatID[];

describe('the stats of Pokémon', () => {
  for (const num of [3, 9] as const) {
    it(`are to the unit those that the damage calculator works out, for ${BUILDS * 6} of generation ${num}`, () => {
      const compiled = new CompiledRules(gameOf('pokemon-stats').rules);
      const places = STAT_IDS.map(stat =>
        compiled.rules.stats.findIndex(({ key }) => key === STATS[stat]),
      );
      const random = new Random(num);
      const species = random
        .shuffled([...Generations.get(num).species])
        .map(one => ({ ...one, item: { ...speciesItem(one), isRemoved: false } }));
      const natures = NATURES.map(nature => ({ ...nature, isRemoved: false }));
      assert.ok(BUILDS >= species.length && species.some(({ name }) => name === 'Shedinja'));
      const mismatches = [];
      for (let n = 0; n < BUILDS; n++) {
        const { baseStats, item } = species[n % species.length]!; // each of them
        const nature = natures[n % natures.length]!;
        const level = random.whole(1, 100);
        const given = STAT_IDS.map(stat => ({
          ...{ stat, iv: random.whole(0, 31), ev: random.whole(0, 252) },
        }));
        const stats = compiled.stats(
          compiled.frameOf({
            placements: [
              { slot: 'species', item },
              { slot: 'nature', item: nature },
            ],
            parameters: [
              { key: 'level', value: level },
              ...given.flatMap(({ stat, iv, ev }) => [
                { key: `iv_${STATS[stat]}`, value: iv },
                { key: `ev_${STATS[stat]}`, value: ev },
              ]),
            ],
          }),
        );
        for (const [at, { stat, iv, ev }] of given.entries()) {
          const expected = calcStat(num, stat, baseStats[stat], iv, ev, level, nature.name);
          const actual = stats[places[at]!];
          if (actual !== expected)
            mismatches.push({ item, nature, level, stat, iv, ev, expected, actual });
        }
      }
      assert.deepEqual(mismatches.slice(0, 5), []);
    });
  }

  it('know each nature: 20 that raise one stat and lower another, 5 that do nothing', () => {
    const effects = NATURES.map(({ attributes }) => Object.values(attributes).toSorted());
    assert.equal(effects.filter(values => values.length === 0).length, 5);
    assert.equal(effects.filter(values => String(values) === '-10,10').length, 20);
  });
});

describe('the rule file of Pokémon', () => {
  it('has items as the catalogue has them, and all types', () => {
    const { rules, items } = gameOf('pokemon-stats');
    for (const item of items)
      assert.deepEqual(
        POKEMON.data.items.find(({ key }) => key === item.key),
        item,
      );
    const { values } = rules.attributes.find(({ key }) => key === 'type')!;
    assert.deepEqual(values.toSorted(), TYPES.toSorted());
  });
});
