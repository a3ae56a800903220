import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '@gamegraph/launcher';
import { checkFile, CompiledRules, FightSimulation } from '@gamegraph/rules';
import { Random } from '@gamegraph/seed/random';
import type { Bench } from './bench.js';
import { median } from './statistics.js';
import { figure, type Section } from './table.js';

const FIGHTS = 2_000;

/** The fight of packages/rules/games/wotlk-like.yaml, five minutes of a mage's bolts, next to the same written by hand. */
export async function measureFights({ isQuick }: Bench): Promise<Section> {
  const file = join(ROOT, 'packages', 'rules', 'games', 'wotlk-like.yaml');
  const { rules, faults } = checkFile(await readFile(file, 'utf8'));
  assert.deepEqual(faults, []);
  const compiled = new CompiledRules(rules!);
  const content = { placements: [], parameters: [] };
  const stats = new Map(
    [...compiled.stats(compiled.frameOf(content))].map((value, n) => [rules!.stats[n]!.key, value]),
  );
  const [cast, bolt, hit, crit] = ['cast_time', 'bolt', 'chance_to_hit', 'spell_crit'].map(key =>
    stats.get(key)!,
  ) as [number, number, number, number];
  const byHand = () => fightByHand({ cast, bolt, hit: hit / 100, crit: crit / 100 });
  const simulated = () => {
    const plan = { seed: 1, iterations: FIGHTS, precision: null };
    const sides = { build: content, opponent: null };
    const simulation = new FightSimulation(compiled, rules!.fights[0]!, sides, plan);
    while (!simulation.isDone) simulation.next();
    return simulation.estimates[0]!;
  };
  const { low, high, mean } = simulated();
  assert.ok(Math.abs(byHand() - mean) < 2 * (high - low), 'both are the same fight');

  const rates = { simulated: [] as number[], byHand: [] as number[] };
  for (let round = 0; round < (isQuick ? 3 : 15); round++) {
    rates.simulated.push(rateOf(simulated));
    rates.byHand.push(rateOf(byHand));
  }
  const [ours, hand] = [rates.simulated, rates.byHand].map(each => median(each.slice(1))) as [
    number,
    number,
  ];
  return {
    title: 'Fights',
    columns: ['what', 'per second', 'of what is written by hand'],
    rows: [
      ['simulated, with mean, interval and quantiles of four measures', ours],
      ['written by hand, with the mean of one', hand],
    ].map(([what, rate]) => [String(what), figure(Number(rate)), figure(Number(rate) / hand)]),
    notes: [
      'Fights of five minutes with 119 actions each, on one core; medians of rounds in turns. The chances by hand are of a smaller generator.',
    ],
  };
}

/** Fights in a second of CPU time. */
function rateOf(way: () => unknown): number {
  const began = process.cpuUsage();
  way();
  return FIGHTS / (process.cpuUsage(began).user / 1e6);
}

/** Damage per second, on average, as somebody would write it who needs no other game. */
function fightByHand(mage: { cast: number; bolt: number; hit: number; crit: number }): number {
  const random = new Random(1);
  let total = 0;
  for (let n = 0; n < FIGHTS; n++) {
    let [dealt, surgeUntil] = [0, 0];
    for (let time = Math.max(mage.cast, 1); time < 300;) {
      if (random.chance(mage.hit)) {
        const isCritical = random.chance(mage.crit);
        dealt += mage.bolt * (isCritical ? 2 : 1);
        if (isCritical && random.chance(0.1)) surgeUntil = time + 10;
      }
      time += Math.max(time < surgeUntil ? mage.cast / 1.2 : mage.cast, 1);
    }
    total += dealt / 300;
  }
  return total / FIGHTS;
}
