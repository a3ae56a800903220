import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkFile, CompiledRules, type Content, type RuleItem } from '@gamegraph/rules';
import { calculate, Field, Generations, Move, NATURES, Pokemon } from '@smogon/calc';
import { Random } from '../random.js';

// The rules of packages/rules/games/pokemon-*.yaml against the community's damage calculator, which nobody here wrote.

const CASES = 11_000; // in each generation; 16 rolls each
const ABILITY = 'Run Away'; // has no effect on damage
const TYPES = [
  'Normal',
  'Fire',
  'Water',
  'Electric',
  'Grass',
  'Ice',
  'Fighting',
  'Poison',
  'Ground',
].concat(['Flying', 'Psychic', 'Bug', 'Rock', 'Ghost', 'Dragon', 'Dark', 'Steel', 'Fairy']);
/** Those that have a rule of their own, which the rules do not claim to cover. */
const UNCOVERED_SPECIES = /^(Ogerpon|Castform|Shedinja)/;

const TYPE_ITEMS = {
  'Silk Scarf': 'Normal', Charcoal: 'Fire', 'Mystic Water': 'Water', Magnet: 'Electric', 'Miracle Seed': 'Grass',
  'Never-Melt Ice': 'Ice', 'Black Belt': 'Fighting', 'Poison Barb': 'Poison', 'Soft Sand': 'Ground', 'Sharp Beak': 'Flying',
  'Twisted Spoon': 'Psychic', 'Silver Powder': 'Bug', 'Hard Stone': 'Rock', 'Spell Tag': 'Ghost', 'Dragon Fang': 'Dragon',
  'Black Glasses': 'Dark', 'Metal Coat': 'Steel',
}; // prettier-ignore

const GENERATIONS = [
  {
    num: 3 as const,
    weathers: { sun: 'Sun', rain: 'Rain' },
    moves: [
      'Thunderbolt',
      'Surf',
      'Ice Beam',
      'Flamethrower',
      'Psychic',
      'Shadow Ball',
      'Dragon Claw',
      'Crunch',
      'Iron Tail',
    ]
      .concat([
        'Sludge Bomb',
        'Giga Drain',
        'Signal Beam',
        'Rock Slide',
        'Cross Chop',
        'Body Slam',
        'Earthquake',
        'Aerial Ace',
      ])
      .concat([
        'Megahorn',
        'Meteor Mash',
        'Drill Peck',
        'Steel Wing',
        'Leaf Blade',
        'Fire Blast',
        'Hydro Pump',
        'Blizzard',
      ])
      .concat([
        'Thunder',
        'Sky Uppercut',
        'Extrasensory',
        'Bite',
        'Overheat',
        'Tackle',
        'Poison Fang',
        'Mud Shot',
        'Astonish',
      ]),
    items: { 'Choice Band': { choice_band: true } },
    typeItem: {},
  },
  {
    num: 9 as const,
    weathers: { sun: 'Sun', rain: 'Rain', sand: 'Sand', snow: 'Snow' },
    moves: [
      'Thunderbolt',
      'Surf',
      'Ice Beam',
      'Flamethrower',
      'Psychic',
      'Shadow Ball',
      'Dragon Claw',
      'Crunch',
      'Iron Head',
    ]
      .concat([
        'Moonblast',
        'Sludge Bomb',
        'Energy Ball',
        'X-Scissor',
        'Rock Slide',
        'Close Combat',
        'Body Slam',
        'Play Rough',
      ])
      .concat([
        'Earth Power',
        'Dark Pulse',
        'Flash Cannon',
        'Bug Buzz',
        'Air Slash',
        'Hyper Voice',
        'Waterfall',
        'Fire Punch',
      ])
      .concat([
        'Ice Punch',
        'Thunder Punch',
        'Poison Jab',
        'Seed Bomb',
        'Zen Headbutt',
        'Stone Edge',
        'Drill Run',
        'Aura Sphere',
      ])
      .concat([
        'Dragon Pulse',
        'Dazzling Gleam',
        'Leaf Blade',
        'Night Slash',
        'Shadow Claw',
        'Power Gem',
        'Brave Bird',
        'Tackle',
      ]),
    items: {
      'Choice Band': { attack_factor: 6144 },
      'Choice Specs': { special_attack_factor: 6144 },
      'Life Orb': { damage_factor: 5324 },
      'Expert Belt': { super_effective_factor: 4915 },
      'Muscle Band': { physical_power_factor: 4505 },
      'Wise Glasses': { special_power_factor: 4505 },
    },
    typeItem: { power_factor: 4915 },
  },
];

describe('the damage of Pokémon', () => {
  for (const { num, weathers, moves, items, typeItem } of GENERATIONS) {
    it(`is to the unit what the calculator says, for all 16 rolls of ${CASES} cases of generation ${num}`, () => {
      const file = new URL(`../../../rules/games/pokemon-${num}.yaml`, import.meta.url);
      const compiled = new CompiledRules(checkFile(readFileSync(file, 'utf8')).rules!);
      const [damage, hp] = ['damage', 'target_hp'].map(key =>
        compiled.rules.stats.findIndex(stat => stat.key === key),
      ) as [number, number];
      const gen = Generations.get(num);
      const species = [...gen.species].filter(({ name }) => !UNCOVERED_SPECIES.test(name));
      const natures = Object.keys(NATURES);
      const held = new Map<string, object>(Object.entries(items));
      for (const [name, type] of Object.entries(TYPE_ITEMS))
        held.set(name, { boosts_type: TYPES.indexOf(type) + 1, ...typeItem });
      const random = new Random(num);
      let differing = 0;
      let hits = 0;
      for (let n = 0; n < CASES; n++) {
        const [attacks, defends] = [random.pick(species), random.pick(species)];
        const [nature, targetNature] = [random.pick(natures), random.pick(natures)];
        const itemName = random.whole(0, 1) === 0 ? undefined : random.pick([...held.keys()]);
        const [weather, weatherName] =
          random.whole(0, 1) === 0 ? ['none', undefined] : random.pick(Object.entries(weathers));
        const flag = () => (random.whole(0, 3) === 0 ? 1 : 0);
        const boost = () => (random.whole(0, 2) === 0 ? random.whole(0, 12) - 6 : 0);
        const iv = () => (random.whole(0, 1) === 0 ? 31 : random.whole(0, 31));
        const ev = () => 4 * random.whole(0, 63);
        const level = () => 1 + random.whole(0, 99);
        const chosen = {
          ...{ level: level(), target_level: level(), weather },
          ...{ attack_iv: iv(), special_attack_iv: iv(), target_defense_iv: iv() },
          ...{ target_special_defense_iv: iv(), target_hp_iv: iv() },
          ...{ attack_ev: ev(), special_attack_ev: ev(), target_defense_ev: ev() },
          ...{ target_special_defense_ev: ev(), target_hp_ev: ev() },
          ...{ attack_boost: boost(), special_attack_boost: boost() },
          ...{ target_defense_boost: boost(), target_special_defense_boost: boost() },
          ...{ critical: flag(), burned: flag(), reflect: flag(), light_screen: flag() },
          ...(num === 9 && { doubles: flag() }),
        };
        const move = new Move(gen, random.pick(moves), { isCrit: chosen.critical === 1 });
        const attacker = new Pokemon(gen, attacks.name, {
          ...{ level: chosen.level, nature, ability: ABILITY, ...(itemName && { item: itemName }) },
          ...(chosen.burned === 1 && { status: 'brn' as const }),
          evs: { atk: chosen.attack_ev, spa: chosen.special_attack_ev },
          ivs: { atk: chosen.attack_iv, spa: chosen.special_attack_iv },
          boosts: { atk: chosen.attack_boost, spa: chosen.special_attack_boost },
        });
        const target = new Pokemon(gen, defends.name, {
          ...{ level: chosen.target_level, nature: targetNature, ability: ABILITY },
          evs: {
            ...{ def: chosen.target_defense_ev, spd: chosen.target_special_defense_ev },
            hp: chosen.target_hp_ev,
          },
          ivs: {
            ...{ def: chosen.target_defense_iv, spd: chosen.target_special_defense_iv },
            hp: chosen.target_hp_iv,
          },
          boosts: {
            ...{ def: chosen.target_defense_boost, spd: chosen.target_special_defense_boost },
          },
        });
        const field = new Field({
          gameType: chosen.doubles === 1 ? 'Doubles' : 'Singles',
          ...(weatherName !== undefined && { weather: weatherName as never }),
          defenderSide: {
            ...{ isReflect: chosen.reflect === 1, isLightScreen: chosen.light_screen === 1 },
          },
        });
        const expected = calculate(gen, attacker, target, move, field).damage;
        const placements = [
          { slot: 'attacker', item: speciesItem(attacks) },
          { slot: 'target', item: speciesItem(defends) },
          { slot: 'attacker_nature', item: natureItem(nature) },
          { slot: 'target_nature', item: natureItem(targetNature) },
          { slot: 'move', item: moveItem(move) },
          ...(itemName
            ? [{ slot: 'attacker_item', item: ruleItem(itemName, held.get(itemName)!) }]
            : []),
        ];
        const rolls = Array.from({ length: 16 }, (_, roll) => {
          const content: Content = {
            placements,
            parameters: Object.entries({ ...chosen, roll: 85 + roll }).map(([key, value]) => ({
              key,
              value,
            })),
          };
          const stats = compiled.stats(compiled.frameOf(content));
          assert.equal(stats[hp], target.rawStats.hp, `${defends.name}'s hit points`);
          return stats[damage];
        });
        const all = typeof expected === 'number' ? rolls.map(() => expected) : expected;
        if (JSON.stringify(rolls) === JSON.stringify(all)) {
          if (rolls[15]! > 0) hits++;
          continue;
        }
        if (++differing <= 5)
          console.error(
            attacks.name,
            move.name,
            defends.name,
            itemName,
            JSON.stringify(chosen),
            rolls.join(),
            '|',
            String(all),
          );
      }
      assert.equal(differing, 0);
      assert.ok(hits > CASES * 0.8, `${hits} hit`);
    });
  }
});

interface Species {
  name: string;
  types: readonly [string, ...string[]] | readonly string[];
  baseStats: { hp: number; atk: number; def: number; spa: number; spd: number };
}

function ruleItem(name: string, attributes: object): RuleItem {
  const all = attributes as RuleItem['attributes'];
  return { key: name, name, category: 'any', slots: [], attributes: all, isRemoved: false };
}

function speciesItem({ name, types, baseStats }: Species): RuleItem {
  return ruleItem(name, {
    ...{ base_hp: baseStats.hp, base_attack: baseStats.atk, base_defense: baseStats.def },
    ...{ base_special_attack: baseStats.spa, base_special_defense: baseStats.spd },
    ...{ type1: TYPES.indexOf(types[0]) + 1, type2: types[1] ? TYPES.indexOf(types[1]) + 1 : 0 },
  });
}

function natureItem(nature: string): RuleItem {
  const [plus, minus] = NATURES[nature]! as [string, string];
  const of = (stat: string) => (plus === minus ? 0 : stat === plus ? 10 : stat === minus ? -10 : 0);
  return ruleItem(nature, {
    ...{ nature_attack: of('atk'), nature_defense: of('def') },
    ...{ nature_special_attack: of('spa'), nature_special_defense: of('spd') },
  });
}

function moveItem({ name, bp, type, category, target }: Move): RuleItem {
  const special = category === 'Special';
  const spread = target === 'allAdjacent' || target === 'allAdjacentFoes';
  return ruleItem(name, { power: bp, move_type: TYPES.indexOf(type) + 1, special, spread });
}
