import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calcStat, Generations, type StatID } from '@smogon/calc';
import { Random } from '../random.js';
import { POKEMON, STATS } from './pokemon.js';
import { calculatorOf } from './testing.js';

const CASES = 500;
const STAT_IDS = Object.keys(STATS) as StatID[];
const newest = Generations.get(9);
const calculate = calculatorOf(POKEMON.data);
const itemsOf = (category: string) => POKEMON.data.items.filter(item => item.category === category);

describe('the stats of Pokémon', () => {
  it('are to the unit those that the damage calculator works out', () => {
    const random = new Random(9);
    const [allSpecies, natures] = [itemsOf('Species'), itemsOf('Nature')];
    const shedinja = allSpecies.find(({ name }) => name === 'Shedinja')!;
    const mismatches = [];
    for (let n = 0; n < CASES; n++) {
      const species = n === 0 ? shedinja : random.pick(allSpecies);
      const nature = random.pick(natures);
      const level = random.whole(1, 100);
      const given = STAT_IDS.map(stat => ({
        stat,
        iv: random.whole(0, 31),
        ev: random.whole(0, 252),
      }));
      const { stats } = calculate({
        items: [
          { slot: 'species', key: species.key },
          { slot: 'nature', key: nature.key },
        ],
        parameters: [
          { key: 'level', value: level },
          ...given.flatMap(({ stat, iv, ev }) => [
            { key: `iv_${STATS[stat].key}`, value: iv },
            { key: `ev_${STATS[stat].key}`, value: ev },
          ]),
        ],
      });
      const { baseStats } = [...newest.species].find(({ name }) => name === species.name)!;
      for (const { stat, iv, ev } of given) {
        const expected = calcStat(9, stat, baseStats[stat], iv, ev, level, nature.name);
        const actual = stats[STATS[stat].key];
        if (actual !== expected)
          mismatches.push({ species, nature, level, stat, iv, ev, expected, actual });
      }
    }
    assert.deepEqual(mismatches, []);
  });

  it('know each nature: 20 that raise one stat and lower another, 5 that do nothing', () => {
    const effects = itemsOf('Nature').map(({ attributes }) => Object.values(attributes).toSorted());
    assert.equal(effects.filter(values => values.length === 0).length, 5);
    assert.equal(effects.filter(values => String(values) === '-10,10').length, 20);
  });
});
