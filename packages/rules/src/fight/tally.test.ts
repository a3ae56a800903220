import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chance } from './chance.js';
import { Tally } from './tally.js';

function tallyOf(values: number[]): Tally {
  const tally = new Tally();
  for (const value of values) tally.add(value);
  return tally;
}

describe('chance', () => {
  it('is even, and another in each stream and for each seed', () => {
    const count = 100_000;
    const draws = (seed: number, stream: number) => {
      const unit = chance(seed, stream);
      return Array.from({ length: count }, unit);
    };
    for (const [seed, stream] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [2 ** 53 - 1, 999_999],
    ] as const) {
      const values = draws(seed, stream);
      assert.ok(values.every(value => value >= 0 && value < 1));
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      assert.ok(Math.abs(mean - 0.5) < 4 * Math.sqrt(1 / 12 / count), `${seed} ${stream} ${mean}`);
      const bins = Array.from({ length: 100 }, () => 0);
      for (const value of values) bins[Math.floor(value * 100)]!++;
      const square = bins.reduce((sum, n) => sum + (n - count / 100) ** 2 / (count / 100), 0);
      assert.ok(square < 99 + 4 * Math.sqrt(2 * 99), `${seed} ${stream}: chi² ${square}`);
      assert.deepEqual(draws(seed, stream).slice(0, 9), values.slice(0, 9));
    }
    // What comes first of each stream is as even.
    const firsts = Array.from({ length: count }, (_, stream) => chance(1, stream)());
    const mean = firsts.reduce((sum, value) => sum + value, 0) / count;
    assert.ok(Math.abs(mean - 0.5) < 4 * Math.sqrt(1 / 12 / count));
    assert.equal(new Set(firsts).size, count);
    assert.notEqual(chance(1, 5)(), chance(2 ** 32 + 1, 5)());
  });
});

describe('a tally', () => {
  it('has mean and deviation as by two passes', () => {
    const unit = chance(3, 3);
    const values = Array.from({ length: 10_000 }, () => 1e6 + unit());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const estimate = tallyOf(values).estimate(false);
    assert.ok(Math.abs(estimate.mean - mean) < 1e-8);
    assert.ok(Math.abs(estimate.deviation - Math.sqrt(squares / 9_999)) < 1e-8);
    const half = (1.96 * estimate.deviation) / 100;
    assert.ok(Math.abs(estimate.high - estimate.mean - half) < 1e-4 * half);
  });

  it('has the interval of Wilson for what is so or not', () => {
    const tally = tallyOf([...Array<number>(8).fill(1), ...Array<number>(2).fill(0)]);
    const { low, high } = tally.estimate(true);
    assert.deepEqual([low.toFixed(4), high.toFixed(4)], ['0.4902', '0.9433']);
    const never = tallyOf([0, 0, 0]).estimate(true);
    assert.deepEqual([never.low, never.high.toFixed(4)], [0, '0.5615']);
  });

  it('tells quantiles to within a percent, of what is negative too', () => {
    const values = Array.from({ length: 10_001 }, (_, n) => n - 5_000);
    const { quantiles } = tallyOf(values).estimate(false);
    assert.deepEqual(
      quantiles.map(({ part }) => part),
      [0.05, 0.25, 0.5, 0.75, 0.95],
    );
    for (const { part, value } of quantiles) {
      const expected = part * 10_000 - 5_000;
      assert.ok(Math.abs(value - expected) <= Math.abs(expected) / 100 + 1, `${part}: ${value}`);
    }
    const dice = [1, 2, 3, 4, 5, 6];
    assert.equal(tallyOf(dice).estimate(false).quantiles[2]!.value, 3);
    assert.equal(tallyOf([0, 0, 7]).estimate(false).quantiles[2]!.value, 0);
  });

  it('of nothing is nothing', () => {
    const { mean, deviation, quantiles } = new Tally().estimate(false);
    assert.deepEqual([mean, deviation, quantiles[0]!.value], [0, 0, 0]);
  });
});
