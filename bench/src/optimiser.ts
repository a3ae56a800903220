import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '@gamegraph/launcher';
import { checkFile, optimise, type RuleItem, type RuleSet } from '@gamegraph/rules';
import { Random } from '@gamegraph/seed/random';
import highs from 'highs';
import type { Bench } from './bench.js';
import { median } from './statistics.js';
import { figure, type Section } from './table.js';

/** What the package exports is what its types call its default. */
const loadHighs = highs as unknown as typeof highs.default;

const ITEMS = 100; // for each place
const GEMS = 30;
const SOLVER_SECONDS = 15;
const SEARCH_SECONDS = 15;
const PLACES = [
  ...['head', 'neck', 'shoulder', 'back', 'chest', 'wrist', 'hands', 'waist', 'legs', 'feet'],
  ...['finger', 'finger', 'trinket', 'trinket', 'main_hand', 'off_hand', 'ranged'],
];
const SLOTS = [...new Set(PLACES)];
const STATS = ['stamina', 'intellect', 'spirit', 'spell_power', 'crit_rating'].concat([
  ...['haste_rating', 'hit_rating'],
]);
const COLOURS = ['red', 'yellow', 'blue'];

/** What a point of each is worth; hit is worth nothing above its cap. */
const WORTH = { spell_power: 1, crit_rating: 0.8, haste_rating: 0.9, intellect: 0.3 };
const HIT = { worth: 1.7, cap: 446 };
const SET_WORTH = 40;

const LINEAR = [
  'stat.spell_power + 0.8 * stat.crit_rating + 0.9 * sum(haste_rating) + 0.3 * sum(intellect)',
  `${HIT.worth} * min(sum(hit_rating), ${HIT.cap})`,
  `if(count(item.set = 'Bloodmage') >= 2, ${SET_WORTH}, 0)`,
].join(' + ');

interface Pools {
  items: RuleItem[];
  gems: RuleItem[];
}

/** The best of 17 places with 100 items each and 30 gems, by the rules of wotlk-like.yaml; beside HiGHS on the same as a linear model. */
export async function measureOptimiser({ isQuick }: Bench): Promise<Section> {
  const file = join(ROOT, 'packages', 'rules', 'games', 'wotlk-like.yaml');
  const rules = checkFile(await readFile(file, 'utf8')).rules!;
  const solver = await loadHighs();
  search(rules, poolsOf(0), LINEAR); // compiles all there is to compile
  const runs = Array.from({ length: isQuick ? 2 : 5 }, (_, n) => {
    const pools = poolsOf(n + 1);
    const ours = search(rules, pools, LINEAR);
    const [theirs, plain] = [false, true].map(isPlain => {
      const model = linearModel(pools, isPlain);
      const began = performance.now();
      const options = { mip_rel_gap: 0, mip_abs_gap: 1e-6, time_limit: SOLVER_SECONDS };
      const solution = solver.solve(model, options);
      const seconds = secondsSince(began);
      if (solution.Status === 'Time limit reached') return seconds;
      assert.equal(solution.Status, 'Optimal');
      const off = Math.abs(solution.ObjectiveValue - ours.objective);
      assert.ok(off < 1e-4, `${solution.ObjectiveValue} is not ${ours.objective}`);
      return seconds;
    }) as [number, number];
    return { ours, theirs, plain, damage: search(rules, pools, 'stat.dps') };
  });
  const of = (value: (run: (typeof runs)[number]) => number) =>
    figure(1000 * median(runs.map(value)));
  const ratios = (value: (run: (typeof runs)[number]) => number) => {
    const all = runs.map(run => value(run) / run.ours.proven);
    return `${figure(median(all))} times as long (${all.map(figure).join(', ')})`;
  };
  return {
    title: 'The best build',
    columns: ['what', 'first build, ms', 'within 1 %, ms', 'proven, ms'],
    rows: [
      [
        'stats with worths, a cap, a set, gems: ours',
        of(({ ours }) => ours.first),
        of(({ ours }) => ours.close),
        of(({ ours }) => ours.proven),
      ],
      ['the same as a plain linear model: HiGHS', '–', '–', of(({ plain }) => plain)],
      ['with the gems of each place as one: HiGHS', '–', '–', of(({ theirs }) => theirs)],
      [
        'damage per second, a product of six: ours',
        of(({ damage }) => damage.first),
        of(({ damage }) => damage.close),
        of(({ damage }) => damage.proven),
      ],
    ],
    notes: [
      `HiGHS (WebAssembly) takes ${ratios(run => run.plain)} to the same optimum of the plain model, with a number for each gem in ` +
        `each socket of each item, or ${SOLVER_SECONDS} s, when it is stopped (aim: 20); of the model that shares them, ` +
        `${ratios(run => run.theirs)}. A product it cannot state. ` +
        'Limit of the first row: 300 ms.',
      `${runs.length} games of 17 places with ${ITEMS} items each, with up to two sockets, and ${GEMS} gems; medians. "Within 1 %": the bound says so. ` +
        `Damage is proven within ${SEARCH_SECONDS} s in ${runs.filter(({ damage }) => damage.proven < Infinity).length} of them.`,
    ],
  };
}

interface Times {
  objective: number;
  /** Seconds. */
  first: number;
  close: number;
  /** Infinity where that takes too long. */
  proven: number;
}

function search(rules: RuleSet, { items, gems }: Pools, objective: string): Times {
  const began = performance.now();
  const question = {
    ...{ objective, parameters: [], kept: [], limits: [], slots: [...SLOTS, 'gem'] },
    candidates: [...items, ...gems],
  };
  const steps = optimise(rules, question, { count: 1, differing: 1 });
  let first = NaN;
  let close = NaN;
  for (;;) {
    const { value, done } = steps.next();
    const [best] = value.answers;
    if (best && Number.isNaN(first)) first = secondsSince(began);
    const isClose = best?.bound != null && best.bound - best.objective <= best.objective / 100;
    if (isClose && Number.isNaN(close)) close = secondsSince(began);
    const proven = done ? secondsSince(began) : Infinity;
    if (!done && secondsSince(began) < SEARCH_SECONDS) continue;
    if (done) assert.equal(value.state, 'OPTIMAL');
    return { objective: best!.objective, first, close, proven };
  }
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}

function poolsOf(seed: number): Pools {
  const random = new Random(seed);
  const made = (key: string, slot: string, attributes: RuleItem['attributes']): RuleItem => ({
    ...{ key, name: key, category: slot, slots: [slot], attributes, isRemoved: false },
  });
  const sums = (count: number, one: () => number) => {
    const all: Record<string, number> = {};
    for (let n = 0; n < count; n++) {
      const stat = random.pick(STATS);
      all[stat] = (all[stat] ?? 0) + one();
    }
    return all;
  };
  const items = SLOTS.flatMap(slot =>
    Array.from({ length: ITEMS }, (_, n) => {
      const level = random.whole(200, 284);
      return made(`${slot}-${n}`, slot, {
        ...sums(4, () => Math.round(((level - 100) * random.whole(15, 40)) / 100)),
        ...{ item_level: level, level: 80, bonus_spell_power: random.whole(3, 9) },
        sockets: Array.from({ length: random.whole(0, 2) }, () => random.pick(COLOURS)),
        unique: slot === 'finger' || slot === 'trinket',
        ...(random.chance(0.1) && { set: 'Bloodmage' }),
        two_handed: slot === 'main_hand' && random.chance(0.3),
      });
    }),
  );
  const gems = Array.from({ length: GEMS }, (_, n) =>
    made(`gem-${n}`, 'gem', {
      ...sums(2, () => random.whole(8, 24)),
      colours: random.sample(COLOURS, random.whole(1, 2)),
    }),
  );
  return { items, gems };
}

/**
 * As it would be written down for a solver: which item is in each place, which gem in each of its sockets, which bonus is had.
 *
 * @param isPlain whether each item has gems of its own; else those of a place are for whichever item is there
 */
function linearModel({ items, gems }: Pools, isPlain: boolean): string {
  const worthOf = ({ attributes }: RuleItem) =>
    Object.entries(WORTH).reduce(
      (sum, [key, worth]) => sum + worth * ((attributes[key] as number | undefined) ?? 0),
      0,
    );
  const hitOf = ({ attributes }: RuleItem) => (attributes['hit_rating'] as number | undefined) ?? 0;
  const objective: string[] = [`${HIT.worth} hit`, `${SET_WORTH} set`];
  const rows: string[] = [];
  const binaries: string[] = ['set'];
  const hits: string[] = [];
  const pieces: string[] = [];
  const hands: string[] = [];
  const unique = new Map<string, string[]>();
  const choose = (names: string[], hosts: string[]) => {
    binaries.push(...names);
    rows.push(`${names.join(' + ')} ${hosts.map(host => `- ${host}`).join(' ')} <= 0`);
    for (const [g, gem] of gems.entries()) {
      objective.push(`${worthOf(gem)} ${names[g]}`);
      hits.push(`${hitOf(gem)} ${names[g]}`);
    }
  };
  for (const [place, slot] of PLACES.entries()) {
    const pool = items.filter(item => item.slots.includes(slot));
    const names = pool.map((_, n) => `x${place}_${n}`);
    const insert = (n: number, socket: number, g: number) =>
      isPlain ? `z${place}_${n}_${socket}_${g}` : `z${place}_${socket}_${g}`;
    const inserts = (n: number, socket: number) => gems.map((_, g) => insert(n, socket, g));
    binaries.push(...names);
    rows.push(`${names.join(' + ')} <= 1`);
    if (!isPlain)
      for (const socket of [0, 1])
        choose(
          inserts(0, socket),
          names.filter((_, n) => socketsOf(pool[n]!).length > socket),
        );
    for (const [n, item] of pool.entries()) {
      const name = names[n]!;
      objective.push(`${worthOf(item)} ${name}`);
      hits.push(`${hitOf(item)} ${name}`);
      const { attributes, key } = item;
      if (attributes['set'] === 'Bloodmage') pieces.push(name);
      if (attributes['two_handed'] === true || slot === 'off_hand') hands.push(name);
      if (attributes['unique'] === true) unique.set(key, [...(unique.get(key) ?? []), name]);
      const sockets = socketsOf(item);
      if (sockets.length === 0) continue;
      const bonus = `b${place}_${n}`;
      binaries.push(bonus);
      objective.push(`${attributes['bonus_spell_power'] as number} ${bonus}`);
      rows.push(`${bonus} - ${name} <= 0`);
      for (const [socket, colour] of sockets.entries()) {
        if (isPlain) choose(inserts(n, socket), [name]);
        const matching = gems.flatMap(({ attributes: { colours } }, g) =>
          (colours as string[]).includes(colour) ? [`- ${insert(n, socket, g)}`] : [],
        );
        rows.push(`${bonus} ${matching.join(' ')} <= 0`);
      }
    }
  }
  rows.push(`hit - ${hits.join(' - ')} <= 0`, `hit <= ${HIT.cap}`);
  rows.push(`2 set ${pieces.map(piece => `- ${piece}`).join(' ')} <= 0`);
  rows.push(`${hands.join(' + ')} <= 1`);
  for (const names of unique.values()) if (names.length > 1) rows.push(`${names.join(' + ')} <= 1`);
  const constraints = rows.map((row, n) => `r${n}: ${row}`).join('\n');
  return `Maximize\nobj: ${objective.join(' + ')}\nSubject To\n${constraints}\nBinary\n${binaries.join('\n')}\nEnd\n`;
}

function socketsOf({ attributes }: RuleItem): string[] {
  return attributes['sockets'] as string[];
}
