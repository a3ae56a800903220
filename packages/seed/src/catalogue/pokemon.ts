import { Generations, type StatID } from '@smogon/calc';
import type { Definitions, Game, Item } from './catalogue.js';

const NEWEST = Generations.get(9);

/** The six stats: as the source calls them, and as we do. */
export const STATS = {
  hp: { key: 'hp', name: 'HP' },
  atk: { key: 'attack', name: 'Attack' },
  def: { key: 'defense', name: 'Defense' },
  spa: { key: 'special_attack', name: 'Special attack' },
  spd: { key: 'special_defense', name: 'Special defense' },
  spe: { key: 'speed', name: 'Speed' },
} as const satisfies Record<StatID, { key: string; name: string }>;

const STAT_IDS = Object.keys(STATS) as StatID[];
const TYPES = [...NEWEST.types].map(({ name }) => name).filter(name => name !== '???');
const NATURE_PERCENT = 10;

/** Those that evolve no further, each in its usual forme. */
const SPECIES: Item[] = [...NEWEST.species]
  .filter(({ nfe, baseSpecies }) => !nfe && !baseSpecies)
  .map(({ id, name, types, baseStats, weightkg }) => {
    const base = STAT_IDS.map(stat => [`base_${STATS[stat].key}`, baseStats[stat]]);
    return {
      ...{ key: `species-${id}`, name, category: 'Species', slots: ['species'] },
      attributes: {
        ...Object.fromEntries(base),
        type: types[0],
        ...(types[1] && { second_type: types[1] }),
        weight: weightkg,
      },
    };
  });

const NATURES: Item[] = [...NEWEST.natures].map(({ id, name, plus, minus }) => ({
  ...{ key: `nature-${id}`, name, category: 'Nature', slots: ['nature'] },
  // One that raises and lowers the same stat does nothing.
  attributes:
    plus && minus && plus !== minus
      ? {
          [`nature_${STATS[plus].key}`]: NATURE_PERCENT,
          [`nature_${STATS[minus].key}`]: -NATURE_PERCENT,
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

const STAT_FORMULAS = STAT_IDS.map(stat => {
  const { key, name } = STATS[stat];
  // Every division of the game drops what is left over, at the place where it stands.
  const grown = `floor((2 * sum(base_${key}, species) + param.iv_${key} + floor(param.ev_${key} / 4)) * param.level / 100)`;
  const formula =
    stat === 'hp'
      ? `if(sum(base_hp, species) = 1, 1, ${grown} + param.level + 10)` // Shedinja has one, always
      : `floor((${grown} + 5) * (100 + sum(nature_${key}, nature)) / 100)`;
  return { key, name, formula };
});

const DEFINITIONS: Definitions = {
  attributes: [
    ...STAT_IDS.map(stat => ({
      ...{
        key: `base_${STATS[stat].key}`,
        name: `Base ${STATS[stat].name}`,
        type: 'INTEGER' as const,
      },
      ...{ min: 1, max: 255 },
    })),
    ...STAT_IDS.filter(stat => stat !== 'hp').map(stat => ({
      ...{ key: `nature_${STATS[stat].key}`, name: STATS[stat].name, type: 'INTEGER' as const },
      ...{ unit: '%', min: -NATURE_PERCENT, max: NATURE_PERCENT },
    })),
    { key: 'type', name: 'Type', type: 'ENUM', values: TYPES },
    { key: 'second_type', name: 'Second type', type: 'ENUM', values: TYPES },
    { key: 'weight', name: 'Weight', type: 'DECIMAL', unit: 'kg', min: 0, max: 1_000 },
    {
      ...{ key: 'damage_class', name: 'Class', type: 'ENUM' },
      values: ['Physical', 'Special', 'Status'],
    },
    { key: 'power', name: 'Power', type: 'INTEGER', min: 0, max: 250 },
    { key: 'priority', name: 'Priority', type: 'INTEGER', min: -7, max: 5 },
    { key: 'makes_contact', name: 'Makes contact', type: 'BOOLEAN' },
  ],
  parameters: [
    { key: 'level', name: 'Level', min: 1, max: 100, defaultValue: 50 },
    ...STAT_IDS.map(stat => ({
      ...{ key: `iv_${STATS[stat].key}`, name: `${STATS[stat].name} IV` },
      ...{ min: 0, max: 31, defaultValue: 31 },
    })),
    ...STAT_IDS.map(stat => ({
      ...{ key: `ev_${STATS[stat].key}`, name: `${STATS[stat].name} EV` },
      ...{ min: 0, max: 252, defaultValue: 0 },
    })),
  ],
  slots: [
    { key: 'species', name: 'Species', isRequired: true },
    { key: 'nature', name: 'Nature', isRequired: true },
    { key: 'held_item', name: 'Held item' },
    { key: 'moves', name: 'Moves', capacity: 4, isRequired: true },
  ],
  stats: [
    ...STAT_FORMULAS,
    {
      ...{ key: 'base_total', name: 'Base stat total' },
      formula: STAT_IDS.map(stat => `sum(base_${STATS[stat].key}, species)`).join(' + '),
    },
    {
      ...{ key: 'ev_total', name: 'EV total' },
      formula: STAT_IDS.map(stat => `param.ev_${STATS[stat].key}`).join(' + '),
    },
  ],
  rules: [
    { key: 'ev_total', formula: 'stat.ev_total <= 510', message: 'There are 510 EVs at most.' },
  ],
};

/** Fighters, and what serves nearly each of them. */
const FIGHTERS = SPECIES.filter(({ attributes }) => {
  const total = STAT_IDS.reduce(
    (sum, stat) => sum + Number(attributes[`base_${STATS[stat].key}`]),
    0,
  );
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
    definitions: DEFINITIONS,
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
