import { gameOf } from '@gamegraph/rules';
import { heroes, items } from 'dotaconstants';
import type { Game, Item } from './catalogue.js';

interface RawItem {
  dname?: string;
  img: string;
  qual?: string;
  cost: number | null;
  tier?: number;
  attrib: { key: string; display?: string; value: string }[];
  components?: string[] | null;
  created: boolean;
}

const RAW_ITEMS: Record<string, RawItem> = items;
const IMAGES = 'https://cdn.cloudflare.steamstatic.com';

/** What counts of an item is what its tooltip announces: the other figures are those of its active ability. */
const BONUSES: Record<string, string> = {
  '+ {value} Strength': 'strength',
  '+ {value} Agility': 'agility',
  '+ {value} Intelligence': 'intelligence',
  '+ {value} All Attributes': 'all_attributes',
  '+ {value} Health': 'health',
  '+ {value} Mana': 'mana',
  '+ {value} Damage': 'damage',
  '+ {value} Armor': 'armor',
  '+ {value} Attack Speed': 'attack_speed',
  '+ {value} Health Regeneration': 'health_regeneration',
  '+ {value} Mana Regeneration': 'mana_regeneration',
  '+ {value} Movement Speed': 'move_speed',
  '+ {value} Move Speed (Ranged Heroes)': 'move_speed',
  '+ {value}% Movement Speed': 'move_speed_percent',
  '+ {value} Attack Range (Melee & Ranged)': 'attack_range',
  '+ {value} Cast Range': 'cast_range',
  '+ {value}% Magic Resistance': 'magic_resistance',
  '+ {value}% Evasion': 'evasion',
  '+ {value}% Spell Amplification': 'spell_amplification',
  '+ {value}% Status Resistance': 'status_resistance',
  '+ {value}% Lifesteal': 'lifesteal',
  '+ {value}% Spell Lifesteal': 'spell_lifesteal',
};
/** Of several pairs of boots only the fastest counts. */
const BOOTS_SPEED = 'boots_move_speed';

const HERO_FIGURES = {
  base_str: 'base_strength',
  base_agi: 'base_agility',
  base_int: 'base_intelligence',
  str_gain: 'strength_gain',
  agi_gain: 'agility_gain',
  int_gain: 'intelligence_gain',
  base_health: 'base_health',
  base_health_regen: 'base_health_regeneration',
  base_mana: 'base_mana',
  base_mana_regen: 'base_mana_regeneration',
  base_armor: 'base_armor',
  base_mr: 'base_magic_resistance',
  base_attack_min: 'base_damage_min',
  base_attack_max: 'base_damage_max',
  base_attack_time: 'base_attack_speed',
  attack_rate: 'base_attack_time',
  attack_range: 'base_attack_range',
  move_speed: 'base_move_speed',
} as const;

const PRIMARIES = { str: 'Strength', agi: 'Agility', int: 'Intelligence', all: 'Universal' };

const HEROES: Item[] = Object.values(heroes).map(hero => {
  const figures = Object.entries(HERO_FIGURES).map(([from, key]) => [
    key,
    hero[from as keyof typeof HERO_FIGURES],
  ]);
  return {
    ...{ key: hero.name.replace('npc_dota_', ''), name: hero.localized_name, category: 'Hero' },
    ...{ iconUrl: IMAGES + hero.img, slots: ['hero'] },
    attributes: {
      ...Object.fromEntries(figures),
      primary_attribute: PRIMARIES[hero.primary_attr as keyof typeof PRIMARIES],
      attack_type: hero.attack_type,
      roles: hero.roles.join(', '),
    },
  };
});

const isEnchantment = (key: string) => key.startsWith('enhancement_');

/** What can be bought or found today. The data also has recipes, and what earlier versions of the game had. */
const EQUIPMENT: Item[] = Object.entries(RAW_ITEMS)
  .filter(([key, { dname, cost, tier }]) => {
    const isAround = (cost ?? 0) > 0 || tier !== undefined || isEnchantment(key);
    return isAround && dname !== undefined && !key.startsWith('recipe_');
  })
  .map(([key, raw]) => {
    const components = raw.tier === undefined ? componentsOf(raw) : []; // neutral items are found
    return {
      ...{ key, name: raw.dname!, category: categoryOf(key, raw), iconUrl: IMAGES + raw.img },
      slots: slotsOf(key, raw),
      attributes: {
        ...bonusesOf(key, raw),
        cost: raw.cost ?? 0,
        ...(raw.tier !== undefined && { tier: raw.tier }),
        ...(components.length > 0 && {
          components: components.map(each => RAW_ITEMS[each]?.dname ?? each).join(', '),
          recipe_cost: RAW_ITEMS[`recipe_${key}`]?.cost ?? 0,
        }),
      },
    };
  });

/** Keys of the items that it is made of. (A recipe of its own is not among them; one that it shares is.) */
export function componentsOf({ components }: Pick<RawItem, 'components'>): string[] {
  return (components ?? []).filter(key => key !== '');
}

function categoryOf(key: string, { tier, qual, created }: RawItem): string {
  if (isEnchantment(key)) return 'Enchantment';
  if (tier !== undefined) return 'Neutral';
  if (qual?.startsWith('consumable')) return 'Consumable';
  return created ? 'Upgrade' : 'Basic';
}

function slotsOf(key: string, { tier }: RawItem): string[] {
  if (isEnchantment(key)) return ['enchantment'];
  return [tier === undefined ? 'items' : 'neutral', 'backpack'];
}

function bonusesOf(key: string, { attrib }: RawItem): Record<string, number> {
  const bonuses: Record<string, number> = {};
  for (const { display, value } of attrib) {
    const bonus = BONUSES[display ?? ''];
    if (!bonus) continue;
    const isOfBoots = bonus === 'move_speed' && isMadeOf(key, 'boots');
    const amount = valueAtLevel(key, value);
    if (amount) bonuses[isOfBoots ? BOOTS_SPEED : bonus] = amount;
  }
  return bonuses;
}

/** `400 / 500 / 600`: what Dagon, Dagon 2 and Dagon 3 have. */
function valueAtLevel(key: string, value: string): number {
  const values = value.split('/').map(Number);
  const level = Number(/_(\d)$/.exec(key)?.[1] ?? 1);
  return values[level - 1] ?? values[0]!;
}

function isMadeOf(key: string, part: string): boolean {
  return (
    key === part ||
    componentsOf(RAW_ITEMS[key] ?? { components: [] }).some(each => isMadeOf(each, part))
  );
}

export const DOTA_2 = {
  title: 'Dota 2',
  studio: 'Valve',
  summary: 'Two teams of five heroes fight over a map, and no two matches are alike.',
  tags: ['Strategy', 'Multiplayer', 'Team-based', 'Fantasy', 'Free to play'],
  platforms: ['WINDOWS', 'MACOS', 'LINUX'],
  priceUsdMinor: 0,
  data: {
    definitions: gameOf('dota-2').rules,
    items: [...HEROES, ...EQUIPMENT],
    achievements: [
      { key: 'first-blood', name: 'First Blood', description: 'Draw first blood.', points: 10 },
      { key: 'rampage', name: 'Rampage', description: 'Defeat five heroes in a row.', points: 50 },
      { key: 'roshan', name: 'Immortal', description: 'Defeat Roshan.', points: 30 },
      {
        ...{ key: 'from-behind', name: 'From behind', description: 'Win without a barracks left.' },
        ...{ points: 80, isSecret: true },
      },
    ],
    imagineBuild(random) {
      const hero = random.pick(HEROES);
      const { primary_attribute: primary, roles } = hero.attributes;
      const useful = [String(primary).toLowerCase(), 'all_attributes', 'damage'];
      const upgrades = EQUIPMENT.filter(({ category }) => category === 'Upgrade');
      const boots = upgrades.filter(({ attributes }) => BOOTS_SPEED in attributes);
      const fitting = upgrades.filter(
        ({ attributes }) =>
          Number(attributes.cost) >= 1_800 &&
          !(BOOTS_SPEED in attributes) &&
          useful.some(key => key in attributes),
      );
      const neutral = random.pick(EQUIPMENT.filter(({ category }) => category === 'Neutral'));
      const role = random.pick(String(roles).split(', '));
      return {
        name: `${hero.name} ${role}`,
        items: [
          { slot: 'hero', key: hero.key },
          { slot: 'items', key: random.pick(boots).key },
          ...random.sample(fitting, random.whole(3, 5)).map(({ key }) => ({ slot: 'items', key })),
          { slot: 'neutral', key: neutral.key },
        ],
        parameters: [{ key: 'level', value: random.whole(12, 30) }],
      };
    },
  },
} satisfies Game;
