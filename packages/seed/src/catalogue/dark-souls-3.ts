import { gameOf } from '@gamegraph/rules';
import type { BuildIdea, Game } from './catalogue.js';

const { rules, items: ITEMS } = gameOf('dark-souls-like');

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
    definitions: rules,
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
