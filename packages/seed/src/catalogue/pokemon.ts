import { gameOf } from '@gamegraph/rules';
import { Generations, type StatID } from '@smogon/calc';
import type { Game, Item } from './catalogue.js';

const NEWEST = Generations.get(9);

/** The six stats: as the source calls them, and as the rules do. */
export const STATS = {
  hp: 'hp',
  atk: 'attack',
  def: 'defense',
  spa: 'special_attack',
  spd: 'special_defense',
  spe: 'speed',
} as const satisfies Record<StatID, string>;

const STAT_IDS = Object.keys(STATS) as StatID[];
type Specie = typeof NEWEST.species extends Iterable<infer S> ? S : never;
const NATURE_PERCENT = 10;

export const TYPES = [...NEWEST.types].map(({ name }) => name).filter(name => name !== '???');

/** As the rules have a species of any generation. */
export function speciesItem({
  id,
  name,
  types,
  baseStats,
  weightkg,
}: Pick<Specie, 'id' | 'name' | 'types' | 'baseStats' | 'weightkg'>): Item {
  const base = STAT_IDS.map(stat => [`base_${STATS[stat]}`, baseStats[stat]]);
  return {
    ...{ key: `species-${id}`, name, category: 'Species', slots: ['species'] },
    attributes: {
      ...Object.fromEntries(base),
      type: types[0],
      ...(types[1] && { second_type: types[1] }),
      weight: weightkg,
    },
  };
}

/** Those that evolve no further, each in its usual forme. */
const SPECIES: Item[] = [...NEWEST.species]
  .filter(({ nfe, baseSpecies }) => !nfe && !baseSpecies)
  .map(speciesItem);

export const NATURES: Item[] = [...NEWEST.natures].map(({ id, name, plus, minus }) => ({
  ...{ key: `nature-${id}`, name, category: 'Nature', slots: ['nature'] },
  // One that raises and lowers the same stat does nothing.
  attributes:
    plus && minus && plus !== minus
      ? {
          [`nature_${STATS[plus]}`]: NATURE_PERCENT,
          [`nature_${STATS[minus]}`]: -NATURE_PERCENT,
        }
      : {},
}));

/** Not what is thrown, or read, or does no more than to turn one forme into another. */
const HELD_ITEMS: Item[] = [...NEWEST.items]
  .filter(({ name, megaStone }) => !megaStone && !/ (Ball|Drive|Fossil|Mail|Memory|Z)$/.test(name))
  .map(({ id, name, isBerry }) => ({
    ...{ key: `item-${id}`, name, category: isBerry ? 'Berry' : 'Held item' },
    ...{ slots: ['held_item'], attributes: {} },
  }));

/** Those that can be learned: not what other moves turn into for a turn. */
const MOVES: Item[] = [...NEWEST.moves]
  .filter(({ name, isZ, isMax }) => name !== '(No Move)' && !isZ && !isMax)
  .map(({ id, name, type, category, basePower, priority, flags }) => ({
    ...{ key: `move-${id}`, name, category: 'Move', slots: ['moves'] },
    attributes: {
      type,
      damage_class: category ?? 'Status',
      power: basePower,
      priority: priority ?? 0,
      makes_contact: flags.contact === 1,
    },
  }));

/** Fighters, and what serves nearly each of them. */
const FIGHTERS = SPECIES.filter(({ attributes }) => {
  const total = STAT_IDS.reduce((sum, stat) => sum + Number(attributes[`base_${STATS[stat]}`]), 0);
  return total >= 480 && total <= 600;
});
const FAVOURITES = ['Leftovers', 'Life Orb', 'Focus Sash', 'Choice Scarf', 'Assault Vest'];
const FAVOURITE_ITEMS = HELD_ITEMS.filter(({ name }) => FAVOURITES.includes(name));

export const POKEMON = {
  title: 'Pokémon',
  studio: 'Game Freak',
  summary: 'Catch them, train them, and find out how far a team of six can come.',
  tags: ['Role-playing', 'Turn-based', 'Creature collector', 'Family', 'Multiplayer'],
  platforms: ['SWITCH'],
  priceUsdMinor: 59_99,
  data: {
    definitions: gameOf('pokemon-stats').rules,
    items: [...SPECIES, ...NATURES, ...HELD_ITEMS, ...MOVES],
    achievements: [
      { key: 'first-catch', name: 'First catch', description: 'Catch one.', points: 5 },
      { key: 'eight-badges', name: 'Eight badges', description: 'Win every badge.', points: 40 },
      { key: 'champion', name: 'Champion', description: 'Pass the final test.', points: 60 },
      {
        ...{ key: 'area-zero', name: 'Area Zero', description: 'Find what waits at the bottom.' },
        ...{ points: 90, isSecret: true },
      },
    ],
    imagineBuild(random) {
      const { key, name, attributes } = random.pick(FIGHTERS);
      const isPhysical = Number(attributes.base_attack) >= Number(attributes.base_special_attack);
      const best = isPhysical ? 'attack' : 'special_attack';
      const nature = random.pick(
        NATURES.filter(({ attributes: effects }) => effects[`nature_${best}`] === 10),
      );
      const types = [attributes.type, attributes.second_type];
      const own = MOVES.filter(
        ({ attributes: { type, damage_class, power } }) =>
          types.includes(type as string) &&
          damage_class === (isPhysical ? 'Physical' : 'Special') &&
          Number(power) >= 60 &&
          Number(power) <= 120,
      );
      const helping = MOVES.filter(({ attributes: { damage_class } }) => damage_class === 'Status');
      const moves = [...random.sample(own, 3), ...random.sample(helping, 4)].slice(0, 4);
      return {
        name: `${random.pick(['Bulky', 'Fast', 'Fearless', 'Patient', 'Surprising'])} ${name}`,
        items: [
          { slot: 'species', key },
          { slot: 'nature', key: nature.key },
          { slot: 'held_item', key: random.pick(FAVOURITE_ITEMS).key },
          ...moves.map(move => ({ slot: 'moves', key: move.key })),
        ],
        parameters: [
          { key: 'level', value: random.pick([50, 100]) },
          { key: `ev_${best}`, value: 252 },
          { key: `ev_${random.pick(['speed', 'hp'])}`, value: 252 },
          { key: 'ev_defense', value: 4 },
        ],
      };
    },
  },
} satisfies Game;
