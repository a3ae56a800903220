import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { GameCopy } from './game.projection.js';

const NOON = new Date('2026-11-21T12:00:00Z');

function givenGame(more: Partial<GameCopy>): GameCopy {
  const prices = [{ region: '*', currency: 'EUR', minor: '1999' }];
  return Object.assign(new GameCopy(), { state: 'PUBLISHED', prices, discounts: [], ...more });
}

const discount = (percent: number, startsAt: string, endsAt: string) => ({
  id: uuidv7(),
  percent,
  startsAt: `2026-11-21T${startsAt}:00Z`,
  endsAt: `2026-11-21T${endsAt}:00Z`,
});

describe('what a game costs', () => {
  it('is the price of the region, or else of all regions', () => {
    const prices = [
      { region: '*', currency: 'EUR', minor: '1999' },
      { region: 'JP', currency: 'JPY', minor: '2400' },
    ];
    const game = givenGame({ prices });
    assert.deepEqual(game.priceIn('JP', NOON)?.currency, 'JPY');
    assert.deepEqual(game.priceIn('DE', NOON)?.currency, 'EUR');
    assert.equal(givenGame({ prices: prices.slice(1) }).priceIn('DE', NOON), undefined);
  });

  it('is nothing at all when the game is not published', () => {
    assert.equal(givenGame({ state: 'DRAFT' }).priceIn('DE', NOON), undefined);
    assert.equal(givenGame({ state: 'WITHDRAWN' }).priceIn('DE', NOON), undefined);
  });

  it('is less by the discount that runs, from its first moment until before its last', () => {
    const game = givenGame({ discounts: [discount(50, '12:00', '13:00')] });
    const minorAt = (time: string) => game.priceIn('DE', new Date(`2026-11-21T${time}Z`))?.minor;
    assert.equal(minorAt('11:59:59.999'), 1999n);
    assert.equal(minorAt('12:00:00.000'), 999n);
    assert.equal(minorAt('12:59:59.999'), 999n);
    assert.equal(minorAt('13:00:00.000'), 1999n);
  });

  it('has the highest of the discounts that run, and not their sum', () => {
    const discounts = [discount(20, '11:00', '13:00'), discount(30, '10:00', '13:00')];
    assert.equal(givenGame({ discounts }).priceIn('DE', NOON)?.discountPercent, 30);
  });

  it('is rounded down to whole minor units, in currencies with 0, 2 and 3 decimals', () => {
    const cases: [string, string, number, bigint][] = [
      ['JPY', '999', 10, 899n],
      ['JPY', '1', 50, 0n],
      ['EUR', '1999', 33, 1339n],
      ['KWD', '4999', 15, 4249n],
      ['KWD', '1', 100, 0n],
      ['EUR', '1999', 0, 1999n],
      ['EUR', '900719925474099301', 1, 891712726219358307n],
    ];
    for (const [currency, minor, percent, expected] of cases) {
      const prices = [{ region: '*', currency, minor }];
      const game = givenGame({ prices, discounts: [discount(percent, '11:00', '13:00')] });
      const price = game.priceIn('KW', NOON)!;
      assert.equal(price.minor, expected, `${minor} ${currency} less ${percent} %`);
      assert.ok(price.minor <= price.baseMinor);
    }
  });
});
