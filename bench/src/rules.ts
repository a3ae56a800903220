import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '@gamegraph/launcher';
import {
  checkFile,
  CompiledRules,
  type Content,
  explainStat,
  type RuleItem,
} from '@gamegraph/rules';
import { Random } from '@gamegraph/seed/random';
import type { Bench } from './bench.js';
import { median } from './statistics.js';
import { figure, type Section } from './table.js';

const BUILDS = 500;
const SLOTS = [
  'head',
  'neck',
  'shoulder',
  'back',
  'chest',
  'wrist',
  'hands',
  'waist',
  'legs',
  'feet',
].concat(['finger', 'finger', 'trinket', 'trinket', 'main_hand', 'off_hand', 'ranged']);
const NUMBERS = ['strength', 'agility', 'stamina', 'intellect', 'spirit', 'armor', 'attack_power']
  .concat(['spell_power', 'crit_rating', 'haste_rating', 'hit_rating', 'expertise_rating'])
  .concat([
    'armor_penetration_rating',
    'defense_rating',
    'dodge_rating',
    'resilience_rating',
    'item_level',
  ]);
const COLOURS = ['red', 'yellow', 'blue'];

type Attributes = RuleItem['attributes'];

/** Whole builds of 17 items and some 20 gems by the rules of packages/rules/games/wotlk-like.yaml, next to the same written by hand. */
export async function measureRules({ isQuick }: Bench): Promise<Section> {
  const file = join(ROOT, 'packages', 'rules', 'games', 'wotlk-like.yaml');
  const { rules, faults } = checkFile(await readFile(file, 'utf8'));
  assert.deepEqual(faults, []);
  const compiled = new CompiledRules(rules!);
  const builds = makeBuilds();
  const frames = builds.map(build => compiled.frameOf(build));
  const into = new Float64Array(rules!.stats.length);
  for (const build of builds)
    assert.deepEqual(
      [...compiled.stats(compiled.frameOf(build))].map(rough),
      byHand(build).map(rough),
    );

  const ways: Record<string, (n: number) => unknown> = {
    'compiled rules: a build, from its items to all stats': n =>
      compiled.stats(compiled.frameOf(builds[n]!), into),
    'compiled rules: the stats alone': n => compiled.stats(frames[n]!, into),
    'written by hand: a build, from its items to all stats': n => byHand(builds[n]!),
    'explained: one stat, with all that it is made of': n =>
      explainStat(compiled, builds[n]!, 'dps'),
  };
  const rates: Record<string, number[]> = {};
  for (let round = 0; round < (isQuick ? 3 : 15); round++) {
    for (const [name, way] of Object.entries(ways)) (rates[name] ??= []).push(rateOf(way));
  }
  const medians = Object.entries(rates).map(([name, each]): [string, number] => [
    name,
    median(each.slice(1)), // the first was compiled on the way
  ]);
  const hand = medians[2]![1];
  return {
    title: 'Rules',
    columns: ['what', 'per second', 'of what is written by hand'],
    rows: medians.map(([name, rate]) => [name, figure(rate), figure(rate / hand)]),
    notes: [
      `${BUILDS} builds of 17 items with gems in their sockets, ${rules!.stats.length} stats, on one core; medians of rounds in turns. ` +
        'Limits: 20,000 builds a second, and a third of what is written by hand.',
    ],
  };
}

/** How often in a second of CPU time: what else the machine does is left out. */
function rateOf(way: (n: number) => unknown): number {
  let done = 0;
  const began = process.cpuUsage();
  const seconds = () => process.cpuUsage(began).user / 1e6;
  while (seconds() < 0.3) {
    for (let n = 0; n < BUILDS; n++) way(n);
    done += BUILDS;
  }
  return done / seconds();
}

const rough = (value: number) => Number(value.toPrecision(12));

function makeBuilds(): Content[] {
  const random = new Random(1);
  const piece = (slot: string, n: number, attributes: Attributes): RuleItem => ({
    ...{ key: `${slot}-${n}`, name: slot, category: slot, slots: [slot], attributes },
    isRemoved: false,
  });
  const numbers = (count: number, size: number): Attributes =>
    Object.fromEntries(
      Array.from({ length: count }, () => [random.pick(NUMBERS), random.whole(1, size)]),
    );
  const pools = SLOTS.map(slot =>
    Array.from({ length: 20 }, (_, n) =>
      piece(slot, n, {
        ...numbers(6, 150),
        level: 80,
        sockets: Array.from({ length: random.whole(0, 2) }, () => random.pick(COLOURS)),
        bonus_spell_power: 5,
        ...(random.chance(0.2) && { set: 'Bloodmage' }),
      }),
    ),
  );
  const gems = Array.from({ length: 30 }, (_, n) =>
    piece('gem', n, { ...numbers(2, 20), colours: [random.pick(COLOURS), random.pick(COLOURS)] }),
  );
  return Array.from({ length: BUILDS }, () => {
    const worn = pools.map(pool => random.pick(pool));
    const sockets = worn.flatMap((item, of) =>
      (item.attributes['sockets'] as string[]).map((_, index) => ({
        slot: 'gem',
        item: random.pick(gems),
        socket: { of, index },
      })),
    );
    const placements = worn.map((item, n) => ({ slot: SLOTS[n]!, item }));
    return { placements: [...placements, ...sockets], parameters: [] };
  });
}

/** An item, as somebody would keep it who needs no other game. */
interface Piece {
  numbers: Float64Array;
  isOfSet: boolean;
  sockets: string[];
  colours: string[] | null;
  bonus: number;
}

const pieces = new WeakMap<RuleItem, Piece>();

function pieceOf(item: RuleItem): Piece {
  const known = pieces.get(item);
  if (known) return known;
  const { attributes } = item;
  const piece = {
    numbers: Float64Array.from(NUMBERS, key => (attributes[key] as number | undefined) ?? 0),
    isOfSet: attributes['set'] === 'Bloodmage',
    sockets: (attributes['sockets'] as string[] | undefined) ?? [],
    colours: (attributes['colours'] as string[] | undefined) ?? null,
    bonus: (attributes['bonus_spell_power'] as number | undefined) ?? 0,
  };
  pieces.set(item, piece);
  return piece;
}

/** The stats of wotlk-like.yaml of a mage at level 80, as somebody would write them who needs no other game. */
function byHand({ placements }: Content): number[] {
  const sums = new Float64Array(NUMBERS.length);
  const missing = new Map<number, number>();
  let bonus = 0;
  let ofSet = 0;
  let counted = 0;
  for (const [of, { item }] of placements.entries()) {
    const piece = pieceOf(item!);
    for (let n = 0; n < NUMBERS.length; n++) sums[n]! += piece.numbers[n]!;
    if (piece.isOfSet) ofSet++;
    if (!piece.colours) counted++;
    if (piece.sockets.length > 0) missing.set(of, piece.sockets.length);
  }
  for (const { item, socket } of placements) {
    if (!socket) continue;
    const host = pieceOf(placements[socket.of]!.item!);
    if (pieceOf(item!).colours!.includes(host.sockets[socket.index]!)) {
      const left = missing.get(socket.of)! - 1;
      missing.set(socket.of, left);
      if (left === 0) bonus += host.bonus;
    }
  }
  const [
    str,
    agi,
    sta,
    int,
    spi,
    armor,
    ap,
    sp,
    crit,
    haste,
    hit,
    expertise,
    pen,
    def,
    dodge,
    resi,
    level,
  ] = sums as unknown as number[] & { length: 17 };
  const strength = 33 + str!;
  const agility = 40 + agi!;
  const stamina = 60 + sta!;
  const intellect = 150 + int!;
  const spellPower = sp! + bonus;
  const spellCrit = crit! / 45.91 + intellect / 166.67;
  let hasted = haste! / 32.79;
  if (ofSet >= 2) hasted += (hasted * 12) / 100;
  const spellHit = hit! / 26.23;
  const defense = 400 + Math.floor(def! / 4.92);
  const cast = 2.5 / (1 + hasted / 100);
  const bolt = Math.floor(700 + 0.857 * spellPower);
  const chance = Math.min(83 + spellHit, 100);
  let dps = (((bolt * chance) / 100) * (1 + Math.min(spellCrit, 100) / 100)) / Math.max(cast, 1);
  if (ofSet >= 4) dps += (dps * 5) / 100;
  return [
    ...[strength, agility, stamina, intellect, 140 + spi!, armor! + agility * 2],
    6963 + Math.min(stamina, 20) + Math.max(stamina - 20, 0) * 10,
    ...[ap! + strength * 2, spellPower, crit!, spellCrit, crit! / 45.91 + agility / 62.5, hasted],
    ...[spellHit, hit! / 32.79, Math.floor(expertise! / 8.2), Math.min(pen! / 13.99, 100), defense],
    ...[dodge! / 45.25 + agility / 59 + (defense - 400) * 0.04, resi! / 94.27],
    ...[counted === 0 ? 0 : level! / 17, cast, bolt, chance, dps],
  ];
}
