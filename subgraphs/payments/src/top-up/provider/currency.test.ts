import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '@gamegraph/subgraph-kit';
import { fromDecimal, toDecimal } from './currency.js';

describe('an amount as a decimal', () => {
  it('has the decimals of its currency, and leads back to the same minor units', () => {
    const cases: [bigint, string, string][] = [
      [1999n, 'EUR', '19.99'],
      [5n, 'RUB', '0.05'],
      [0n, 'USD', '0.00'],
      [1999n, 'JPY', '1999'],
      [5n, 'ISK', '5'],
      [1234n, 'KWD', '1.234'],
      [7n, 'IQD', '0.007'],
      [1_000_000_000_000n, 'EUR', '10000000000.00'],
    ];
    for (const [minor, currency, decimal] of cases) {
      assert.equal(toDecimal(money(minor, currency)), decimal);
      assert.equal(fromDecimal(decimal, currency), minor);
    }
  });

  it('may have fewer decimals, or zeros beyond them, and nothing else', () => {
    assert.equal(fromDecimal('19', 'EUR'), 1900n);
    assert.equal(fromDecimal('19.9', 'EUR'), 1990n);
    assert.equal(fromDecimal('500.00', 'JPY'), 500n);
    for (const bad of ['19.999', '-1.00', '1e3', '1,00', '', 'NaN'])
      assert.throws(() => fromDecimal(bad, 'EUR'), /is no EUR/, bad);
    assert.throws(() => fromDecimal('0.5', 'JPY'), /is no JPY/);
  });
});
