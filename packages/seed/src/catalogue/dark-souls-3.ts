import type { BuildIdea, Game, Item } from './catalogue.js';

const WEAPON_SLOTS = ['right_hand', 'left_hand'];

function weapon(
  name: string,
  damage: number,
  weight: number,
  required_strength: number,
  required_dexterity: number,
): Item {
  const attributes = { damage, weight, required_strength, required_dexterity };
  return { key: keyOf(name), name, category: 'Weapon', slots: WEAPON_SLOTS, attributes };
}

function armour(name: string, slot: string, defense: number, weight: number): Item {
  return {
    ...{ key: keyOf(name), name, category: 'Armour', slots: [slot] },
    attributes: { defense, weight },
  };
}

function ring(name: string, weight: number, attributes: Item['attributes'] = {}): Item {
  return {
    ...{ key: keyOf(name), name, category: 'Ring', slots: ['rings'] },
    attributes: { ...attributes, weight },
  };
}

const keyOf = (name: string) => name.toLowerCase().replace(/[^a-z]+/g, '-');

// Figures are simplified: this is the example of how a studio describes a game, not a record of it.
const ITEMS: Item[] = [
  weapon('Great Sword', 100, 12, 28, 10),
  weapon('Long Sword', 55, 4, 10, 10),
  weapon('Claymore', 69, 9, 16, 13),
  weapon('Uchigatana', 57, 5.5, 11, 16),
  weapon('Great Axe', 110, 16, 32, 8),
  weapon('Dagger', 35, 1.5, 5, 9),
  weapon('Great Club', 104, 12, 28, 0),
  {
    ...{ key: 'kite-shield', name: 'Kite Shield', category: 'Shield', slots: ['left_hand'] },
    attributes: { defense: 12, weight: 4.5, required_strength: 12 },
  },
  armour('Knight Helm', 'head', 5, 5.1),
  armour('Knight Armour', 'chest', 15, 10.9),
  armour('Knight Gauntlets', 'hands', 4, 3.6),
  armour('Knight Leggings', 'legs', 9, 6.3),
  armour('Leather Hood', 'head', 3, 1.9),
  armour('Leather Coat', 'chest', 8, 4.8),
  armour('Leather Gloves', 'hands', 2, 1.4),
  armour('Leather Boots', 'legs', 5, 2.9),
  ring('Ring of Favour', 1.5, { health_percent: 3, equip_load_percent: 5 }),
  ring("Havel's Ring", 1.5, { equip_load_percent: 15 }),
  ring('Life Ring', 0.3, { health_percent: 7 }),
  ring('Ring of Steel Protection', 0.8, { defense: 10 }),
];

/** The build of the example. */
export const STRENGTH_BUILD: BuildIdea = {
  name: 'Strength Build',
  notes: 'One heavy blow is better than two light ones. Hold the Great Sword in both hands.',
  items: [
    { slot: 'right_hand', key: 'great-sword' },
    { slot: 'head', key: 'knight-helm' },
    { slot: 'chest', key: 'knight-armour' },
    { slot: 'hands', key: 'knight-gauntlets' },
    { slot: 'legs', key: 'knight-leggings' },
    { slot: 'rings', key: 'havel-s-ring' },
    { slot: 'rings', key: 'ring-of-favour' },
  ],
  parameters: [
    { key: 'strength', value: 40 },
    { key: 'vitality', value: 30 },
    { key: 'two_handed', value: 1 },
  ],
};

const points = (key: string, name: string) => ({ key, name, min: 1, max: 99, defaultValue: 10 });

/** The example of a game with items and rules: small enough to be read as a whole. */
export const DARK_SOULS_3 = {
  title: 'Dark Souls III',
  studio: 'FromSoftware',
  summary:
    'As the fires fade, an Ashen One sets out to bring the Lords of Cinder back to their thrones.',
  tags: ['Role-playing', 'Action', 'Fantasy', 'Difficult', 'Multiplayer'],
  platforms: ['WINDOWS', 'PLAYSTATION', 'XBOX'],
  priceUsdMinor: 59_99,
  launchDiscount: { percent: 50, days: 14 },
  data: {
    definitions: {
      attributes: [
        { key: 'damage', name: 'Damage', type: 'INTEGER', min: 0, max: 1_000 },
        { key: 'defense', name: 'Defense', type: 'INTEGER', min: 0, max: 100 },
        { key: 'weight', name: 'Weight', type: 'DECIMAL', min: 0, max: 100, isRequired: true },
        { key: 'required_strength', name: 'Required strength', type: 'INTEGER', min: 0, max: 99 },
        { key: 'required_dexterity', name: 'Required dexterity', type: 'INTEGER', min: 0, max: 99 },
        { key: 'health_percent', name: 'Health', type: 'INTEGER', unit: '%', min: 0, max: 100 },
        {
          ...{ key: 'equip_load_percent', name: 'Equip load', type: 'INTEGER', unit: '%' },
          ...{ min: 0, max: 100 },
        },
      ],
      parameters: [
        points('vigor', 'Vigor'),
        points('vitality', 'Vitality'),
        points('strength', 'Strength'),
        points('dexterity', 'Dexterity'),
        {
          key: 'two_handed',
          name: 'In both hands (1) or not (0)',
          min: 0,
          max: 1,
          defaultValue: 0,
        },
      ],
      slots: [
        { key: 'right_hand', name: 'Right hand', isRequired: true },
        { key: 'left_hand', name: 'Left hand' },
        { key: 'head', name: 'Head' },
        { key: 'chest', name: 'Chest' },
        { key: 'hands', name: 'Hands' },
        { key: 'legs', name: 'Legs' },
        { key: 'rings', name: 'Rings', capacity: 4 },
      ],
      stats: [
        {
          ...{ key: 'effective_strength', name: 'Effective strength' },
          formula: 'if(param.two_handed = 1, floor(param.strength * 3 / 2), param.strength)',
        },
        {
          ...{ key: 'damage', name: 'Damage' },
          formula: 'floor(sum(damage, right_hand) * (100 + stat.effective_strength) / 100)',
        },
        { key: 'defense', name: 'Defense', formula: 'sum(defense)' },
        {
          ...{ key: 'health', name: 'Health' },
          formula: 'floor((400 + 20 * param.vigor) * (1 + sum(health_percent) / 100))',
        },
        { key: 'weight', name: 'Weight', formula: 'sum(weight)' },
        {
          ...{ key: 'equip_load', name: 'Equip load' },
          formula: '(40 + param.vitality) * (1 + sum(equip_load_percent) / 100)',
        },
        {
          ...{ key: 'load', name: 'Load', unit: '%' },
          formula: '100 * stat.weight / stat.equip_load',
        },
      ],
      rules: [
        {
          ...{ key: 'strong_enough', message: 'A weapon needs more strength.' },
          formula: 'highest(required_strength) <= stat.effective_strength',
        },
        {
          ...{ key: 'skilled_enough', message: 'A weapon needs more dexterity.' },
          formula: 'highest(required_dexterity) <= param.dexterity',
        },
        {
          ...{ key: 'can_roll', message: 'Above 70 % of the equip load one can hardly roll.' },
          formula: 'stat.load <= 70',
        },
        {
          ...{ key: 'both_hands', message: 'What is held in both hands leaves no hand free.' },
          formula: 'param.two_handed = 0 or count(left_hand) = 0',
        },
      ],
    },
    items: ITEMS,
    achievements: [
      { key: 'first-flame', name: 'First Flame', description: 'Light a bonfire.', points: 10 },
      { key: 'iudex', name: 'Judged', description: 'Defeat the first lord.', points: 20 },
      {
        key: 'four-lords',
        name: 'Lords Enthroned',
        description: 'Bring four lords back.',
        points: 50,
      },
      {
        ...{ key: 'usurper', name: 'Usurper', description: 'End the age in another way.' },
        ...{ points: 90, isSecret: true },
      },
    ],
    imagineBuild(random) {
      const weapons = ITEMS.filter(({ category }) => category === 'Weapon');
      const right = random.pick(weapons);
      const set = random.pick(['knight', 'leather']);
      const rings = random.sample(
        ITEMS.filter(({ category }) => category === 'Ring'),
        random.whole(1, 4),
      );
      const worn = ITEMS.filter(
        ({ key, category }) => category === 'Armour' && key.startsWith(set),
      );
      const required = right.attributes as {
        required_strength: number;
        required_dexterity: number;
      };
      const isTwoHanded = random.chance(0.5);
      return {
        name: `${random.pick(['Reliable', 'Reckless', 'Patient', 'Heavy', 'Swift'])} ${right.name}`,
        items: [
          { slot: 'right_hand', key: right.key },
          ...(isTwoHanded ? [] : [{ slot: 'left_hand', key: 'kite-shield' }]),
          ...worn.map(({ key, slots }) => ({ slot: slots[0]!, key })),
          ...rings.map(({ key }) => ({ slot: 'rings', key })),
        ],
        parameters: [
          { key: 'strength', value: Math.max(required.required_strength, random.whole(12, 40)) },
          { key: 'dexterity', value: Math.max(required.required_dexterity, random.whole(10, 30)) },
          { key: 'vitality', value: random.whole(10, 40) },
          { key: 'vigor', value: random.whole(10, 50) },
          { key: 'two_handed', value: isTwoHanded ? 1 : 0 },
        ],
      };
    },
  },
} satisfies Game;
