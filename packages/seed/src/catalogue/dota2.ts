import { heroes, items } from 'dotaconstants';
import type { Attribute, Game, Item } from './catalogue.js';

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

// What counts of an item is what its tooltip announces: the other figures are those of its active ability.
const BONUSES: Record<string, Attribute> = {
  '+ {value} Strength': whole('strength', 'Strength'),
  '+ {value} Agility': whole('agility', 'Agility'),
  '+ {value} Intelligence': whole('intelligence', 'Intelligence'),
  '+ {value} All Attributes': whole('all_attributes', 'All attributes'),
  '+ {value} Health': whole('health', 'Health'),
  '+ {value} Mana': whole('mana', 'Mana'),
  '+ {value} Damage': whole('damage', 'Damage'),
  '+ {value} Armor': decimal('armor', 'Armor'),
  '+ {value} Attack Speed': whole('attack_speed', 'Attack speed'),
  '+ {value} Health Regeneration': decimal('health_regeneration', 'Health regeneration', '/s'),
  '+ {value} Mana Regeneration': decimal('mana_regeneration', 'Mana regeneration', '/s'),
  '+ {value} Movement Speed': whole('move_speed', 'Move speed'),
  '+ {value} Move Speed (Ranged Heroes)': whole('move_speed', 'Move speed'),
  '+ {value}% Movement Speed': whole('move_speed_percent', 'Move speed', '%'),
  '+ {value} Attack Range (Melee & Ranged)': whole('attack_range', 'Attack range'),
  '+ {value} Cast Range': whole('cast_range', 'Cast range'),
  '+ {value}% Magic Resistance': whole('magic_resistance', 'Magic resistance', '%'),
  '+ {value}% Evasion': whole('evasion', 'Evasion', '%'),
  '+ {value}% Spell Amplification': whole('spell_amplification', 'Spell amplification', '%'),
  '+ {value}% Status Resistance': whole('status_resistance', 'Status resistance', '%'),
  '+ {value}% Lifesteal': whole('lifesteal', 'Lifesteal', '%'),
  '+ {value}% Spell Lifesteal': whole('spell_lifesteal', 'Spell lifesteal', '%'),
};
/** Of several pairs of boots only the fastest counts. */
const BOOTS_SPEED = whole('boots_move_speed', 'Move speed of boots');

const HERO_FIGURES = {
  base_str: decimal('base_strength', 'Base strength'),
  base_agi: decimal('base_agility', 'Base agility'),
  base_int: decimal('base_intelligence', 'Base intelligence'),
  str_gain: decimal('strength_gain', 'Strength gain', '/level'),
  agi_gain: decimal('agility_gain', 'Agility gain', '/level'),
  int_gain: decimal('intelligence_gain', 'Intelligence gain', '/level'),
  base_health: whole('base_health', 'Base health'),
  base_health_regen: decimal('base_health_regeneration', 'Base health regeneration', '/s'),
  base_mana: whole('base_mana', 'Base mana'),
  base_mana_regen: decimal('base_mana_regeneration', 'Base mana regeneration', '/s'),
  base_armor: decimal('base_armor', 'Base armor'),
  base_attack_min: whole('base_damage_min', 'Least base damage'),
  base_attack_max: whole('base_damage_max', 'Greatest base damage'),
  base_attack_time: whole('base_attack_speed', 'Base attack speed'),
  attack_rate: decimal('base_attack_time', 'Base attack time', 's'),
  attack_range: whole('base_attack_range', 'Base attack range'),
  move_speed: whole('base_move_speed', 'Base move speed'),
} as const;

type Primary = 'str' | 'agi' | 'int' | 'all';
const PRIMARIES = { str: 'Strength', agi: 'Agility', int: 'Intelligence', all: 'Universal' };
/** Of universal heroes, for each point of each attribute: since 7.38. */
const UNIVERSAL_DAMAGE = 0.45;

function whole(key: string, name: string, unit?: string): Attribute {
  return { key, name, type: 'INTEGER', min: -1_000, max: 10_000, ...(unit && { unit }) };
}

function decimal(key: string, name: string, unit?: string): Attribute {
  return { ...whole(key, name, unit), type: 'DECIMAL' };
}

const damagePer = (primary: Primary, attribute: Exclude<Primary, 'all'>) =>
  primary === 'all' ? UNIVERSAL_DAMAGE : primary === attribute ? 1 : 0;

const HEROES: Item[] = Object.values(heroes).map(hero => {
  const primary = hero.primary_attr as Primary;
  const figures = Object.entries(HERO_FIGURES).map(([from, { key }]) => [
    key,
    hero[from as keyof typeof HERO_FIGURES],
  ]);
  return {
    ...{ key: hero.name.replace('npc_dota_', ''), name: hero.localized_name, category: 'Hero' },
    ...{ iconUrl: IMAGES + hero.img, slots: ['hero'] },
    attributes: {
      ...Object.fromEntries(figures),
      primary_attribute: PRIMARIES[primary],
      attack_type: hero.attack_type,
      roles: hero.roles.join(', '),
      damage_per_strength: damagePer(primary, 'str'),
      damage_per_agility: damagePer(primary, 'agi'),
      damage_per_intelligence: damagePer(primary, 'int'),
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
    const isOfBoots = bonus.key === 'move_speed' && isMadeOf(key, 'boots');
    const amount = valueAtLevel(key, value);
    if (amount) bonuses[isOfBoots ? BOOTS_SPEED.key : bonus.key] = amount;
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

/** What is in the backpack gives nothing. */
const worn = (attribute: string) =>
  `(${['items', 'neutral', 'enchantment'].map(slot => `sum(${attribute}, ${slot})`).join(' + ')})`;
const ofHero = (attribute: string) => `sum(${attribute}, hero)`;
const fastest = (attribute: string) =>
  `max(highest(${attribute}, items), highest(${attribute}, neutral))`;

const grown = (attribute: string) =>
  `${ofHero(`base_${attribute}`)} + ${ofHero(`${attribute}_gain`)} * (param.level - 1) + ` +
  `2 * param.attribute_bonuses + ${worn(attribute)} + ${worn('all_attributes')}`;
const damage = (base: string) =>
  `floor(${ofHero(base)} + ${['strength', 'agility', 'intelligence']
    .map(attribute => `${ofHero(`damage_per_${attribute}`)} * stat.${attribute}`)
    .join(' + ')} + ${worn('damage')})`;

export const DOTA_2 = {
  title: 'Dota 2',
  studio: 'Valve',
  summary: 'Two teams of five heroes fight over a map, and no two matches are alike.',
  tags: ['Strategy', 'Multiplayer', 'Team-based', 'Fantasy', 'Free to play'],
  platforms: ['WINDOWS', 'MACOS', 'LINUX'],
  priceUsdMinor: 0,
  data: {
    definitions: {
      attributes: [
        ...new Map(Object.values(BONUSES).map(bonus => [bonus.key, bonus])).values(),
        BOOTS_SPEED,
        ...Object.values(HERO_FIGURES),
        decimal('damage_per_strength', 'Damage per point of strength'),
        decimal('damage_per_agility', 'Damage per point of agility'),
        decimal('damage_per_intelligence', 'Damage per point of intelligence'),
        {
          ...{ key: 'primary_attribute', name: 'Primary attribute', type: 'ENUM' },
          values: Object.values(PRIMARIES),
        },
        { key: 'attack_type', name: 'Attack type', type: 'ENUM', values: ['Melee', 'Ranged'] },
        { key: 'roles', name: 'Roles', type: 'TEXT' },
        { key: 'cost', name: 'Cost', type: 'INTEGER', unit: 'gold', min: 0, max: 20_000 },
        { key: 'recipe_cost', name: 'Recipe', type: 'INTEGER', unit: 'gold', min: 0, max: 20_000 },
        { key: 'components', name: 'Components', type: 'TEXT' },
        { key: 'tier', name: 'Tier', type: 'INTEGER', min: 1, max: 5 },
      ],
      parameters: [
        { key: 'level', name: 'Level', min: 1, max: 30, defaultValue: 1 },
        { key: 'attribute_bonuses', name: 'Attribute bonuses', min: 0, max: 7, defaultValue: 0 },
      ],
      slots: [
        { key: 'hero', name: 'Hero', isRequired: true },
        { key: 'items', name: 'Items', capacity: 6 },
        { key: 'neutral', name: 'Neutral item' },
        { key: 'enchantment', name: 'Enchantment' },
        { key: 'backpack', name: 'Backpack', capacity: 3 },
      ],
      stats: [
        { key: 'strength', name: 'Strength', formula: grown('strength') },
        { key: 'agility', name: 'Agility', formula: grown('agility') },
        { key: 'intelligence', name: 'Intelligence', formula: grown('intelligence') },
        {
          ...{ key: 'health', name: 'Health' },
          formula: `floor(${ofHero('base_health')} + 22 * stat.strength + ${worn('health')})`,
        },
        {
          ...{ key: 'health_regeneration', name: 'Health regeneration', unit: '/s' },
          formula: `${ofHero('base_health_regeneration')} + 0.1 * stat.strength + ${worn('health_regeneration')}`,
        },
        {
          ...{ key: 'mana', name: 'Mana' },
          formula: `floor(${ofHero('base_mana')} + 12 * stat.intelligence + ${worn('mana')})`,
        },
        {
          ...{ key: 'mana_regeneration', name: 'Mana regeneration', unit: '/s' },
          formula: `${ofHero('base_mana_regeneration')} + 0.05 * stat.intelligence + ${worn('mana_regeneration')}`,
        },
        {
          ...{ key: 'armor', name: 'Armor' },
          formula: `${ofHero('base_armor')} + stat.agility / 6 + ${worn('armor')}`,
        },
        {
          ...{ key: 'physical_resistance', name: 'Physical resistance', unit: '%' },
          formula: '100 * 0.06 * stat.armor / (1 + 0.06 * abs(stat.armor))',
        },
        { key: 'damage_min', name: 'Least damage', formula: damage('base_damage_min') },
        { key: 'damage_max', name: 'Greatest damage', formula: damage('base_damage_max') },
        {
          ...{ key: 'attack_speed', name: 'Attack speed' },
          formula: `clamp(${ofHero('base_attack_speed')} + stat.agility + ${worn('attack_speed')}, 20, 700)`,
        },
        {
          ...{ key: 'attack_interval', name: 'Time between attacks', unit: 's' },
          formula: `${ofHero('base_attack_time')} * 100 / stat.attack_speed`,
        },
        {
          ...{ key: 'damage_per_second', name: 'Damage per second', unit: '/s' },
          formula: '(stat.damage_min + stat.damage_max) / 2 / stat.attack_interval',
        },
        {
          ...{ key: 'attack_range', name: 'Attack range' },
          formula: `${ofHero('base_attack_range')} + ${worn('attack_range')}`,
        },
        {
          ...{ key: 'move_speed', name: 'Move speed' },
          formula:
            `clamp((${ofHero('base_move_speed')} + ${fastest(BOOTS_SPEED.key)} + ${worn('move_speed')}) * ` +
            `(1 + ${fastest('move_speed_percent')} / 100), 100, 550)`,
        },
        { key: 'cost', name: 'Cost', unit: 'gold', formula: 'sum(cost)' },
      ],
      rules: [
        {
          ...{ key: 'enchanted', message: 'An enchantment is for a neutral item.' },
          formula: 'count(enchantment) <= count(neutral)',
        },
        {
          ...{ key: 'bonuses', message: 'There is one attribute bonus for a level at most.' },
          formula: 'param.attribute_bonuses <= param.level',
        },
      ],
    },
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
      const boots = upgrades.filter(({ attributes }) => BOOTS_SPEED.key in attributes);
      const fitting = upgrades.filter(
        ({ attributes }) =>
          Number(attributes.cost) >= 1_800 &&
          !(BOOTS_SPEED.key in attributes) &&
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
