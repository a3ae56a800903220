import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '@gamegraph/subgraph-kit';
import { Game } from '../game/game.entity.js';
import { GamePlatform } from '../game/game.enums.js';
import { DiscountCoolingDown, DiscountOverlaps, PriceFrozen } from './price.refusals.js';

const DAY_MS = 86_400_000;
const RELEASE = new Date('2027-01-01T00:00:00Z');
/** So many days after the release. */
const day = (n: number) => new Date(RELEASE.getTime() + n * DAY_MS);

function givenDraft(): Game {
  const page = { slug: 'x', texts: [{ locale: 'en', title: 'X' }], platforms: [GamePlatform.WEB] };
  const { game } = Game.create('01a1fb00-0000-7000-8000-000000000000', 'en', page, day(-90));
  game.id = '01a1fb00-0000-7000-8000-000000000001';
  game.setPrice('*', money(1000, 'EUR'), day(-90));
  return game;
}

function givenGame(): Game {
  const game = givenDraft();
  game.publish(RELEASE);
  return game;
}

let count = 0;
function discount(game: Game, from: number, to: number, at = day(from), percent = 25) {
  const id = `01a1fb00-0000-7000-8000-${String(++count).padStart(12, '0')}`;
  const outcome = game.scheduleDiscount(
    { id, percent, startsAt: day(from).toISOString(), endsAt: day(to).toISOString() },
    at,
  );
  return { id, outcome };
}
const untilOf = (outcome: unknown) => {
  assert.ok(outcome instanceof DiscountCoolingDown, String(outcome));
  return (outcome.until.getTime() - RELEASE.getTime()) / DAY_MS;
};
const isTaken = (outcome: unknown) =>
  !(outcome instanceof DiscountCoolingDown || outcome instanceof DiscountOverlaps);

describe('a discount', () => {
  it('lowers every price from its start to its end, rounded down', () => {
    const game = givenDraft();
    game.setPrice('DE', money(999, 'EUR'), day(-90));
    game.setPrice('JP', money(0, 'JPY'), day(-90));
    game.publish(RELEASE);
    discount(game, 40, 50, day(35), 33);
    const finals = (at: Date) => game.offers(at).map(({ final }) => Number(final.minor));
    assert.deepEqual(finals(day(39)), [1000, 999, 0]);
    assert.deepEqual(finals(day(40)), [670, 669, 0]);
    const offer = game.offerIn('DE', day(45))!;
    assert.deepEqual([offer.discountPercent, offer.discountEndsAt], [33, day(50)]);
    assert.deepEqual(finals(day(50)), [1000, 999, 0]);
  });

  it('keeps 30 days from the release, but for one that was set before', () => {
    const game = givenGame();
    assert.equal(untilOf(discount(game, 29, 32).outcome), 30);
    assert.ok(isTaken(discount(game, 30, 32).outcome));
    const draft = givenDraft();
    assert.ok(isTaken(discount(draft, 0, 7, day(-5)).outcome));
    draft.publish(RELEASE);
    assert.equal(draft.offerIn('*', day(1))!.discountPercent, 25);
    const hesitant = givenDraft();
    hesitant.cancelDiscount(discount(hesitant, -9, -2).id, day(-8));
    hesitant.setPrice('*', money(2000, 'EUR'), day(-8));
    assert.ok(isTaken(discount(hesitant, 0, 7, day(-8)).outcome), 'nobody has seen any price');
  });

  it('does not overlap with another, and keeps 30 days from it on both sides', () => {
    const game = givenGame();
    discount(game, 100, 110, day(40));
    const at = day(40);
    assert.ok(discount(game, 109, 112, at).outcome instanceof DiscountOverlaps);
    assert.ok(discount(game, 95, 101, at).outcome instanceof DiscountOverlaps);
    assert.ok(discount(game, 102, 104, at).outcome instanceof DiscountOverlaps);
    assert.equal(untilOf(discount(game, 139, 145, at).outcome), 140);
    assert.equal(untilOf(discount(game, 65, 71, at).outcome), 140, 'the next one is too near');
    assert.ok(isTaken(discount(game, 140, 145, at).outcome));
    assert.ok(isTaken(discount(game, 60, 70, at).outcome));
  });

  it('keeps 30 days from one that has ended, also when that was cancelled', () => {
    const game = givenGame();
    discount(game, 40, 50);
    assert.equal(untilOf(discount(game, 79, 80, day(78)).outcome), 80);
    assert.ok(isTaken(discount(game, 80, 85).outcome));
    const cut = givenGame();
    const { id } = discount(cut, 40, 50);
    cut.cancelDiscount(id, day(42));
    assert.equal(cut.offerIn('*', day(43))!.discountPercent, 0);
    assert.equal(untilOf(discount(cut, 71, 75).outcome), 72);
    const neverBegun = givenGame();
    neverBegun.cancelDiscount(discount(neverBegun, 60, 70, day(40)).id, day(41));
    assert.ok(isTaken(discount(neverBegun, 45, 50).outcome));
    assert.equal(neverBegun.cancelDiscount(id, day(50)), undefined);
  });

  it('keeps 30 days from a rise of any price since the release', () => {
    const rises: [string, (game: Game) => unknown, boolean][] = [
      ['a greater amount', game => game.setPrice('*', money(1001, 'EUR'), day(50)), true],
      ['a smaller amount', game => game.setPrice('*', money(999, 'EUR'), day(50)), false],
      ['another currency', game => game.setPrice('*', money(5, 'USD'), day(50)), true],
      ['a dearer region', game => game.setPrice('DE', money(1200, 'EUR'), day(50)), true],
      ['a cheaper region', game => game.setPrice('DE', money(800, 'EUR'), day(50)), false],
      [
        'a region with its currency',
        game => game.setPrice('US', money(1200, 'USD'), day(50)),
        false,
      ],
      [
        'the end of a cheaper region',
        game => {
          game.setPrice('DE', money(800, 'EUR'), day(1));
          game.removePrice('DE', day(50));
        },
        true,
      ],
    ];
    for (const [what, change, isRise] of rises) {
      const game = givenGame();
      change(game);
      const { outcome } = discount(game, 60, 65);
      if (isRise) assert.equal(untilOf(outcome), 80, what);
      else assert.ok(isTaken(outcome), what);
    }
  });

  it('freezes prices while it is live or scheduled, and no longer', () => {
    const game = givenGame();
    game.setPrice('DE', money(900, 'EUR'), day(1));
    discount(game, 60, 70, day(40));
    const told = structuredClone(game.announced());
    for (const at of [day(41), day(65)]) {
      for (const outcome of [game.setPrice('*', money(1, 'EUR'), at), game.removePrice('DE', at)]) {
        assert.ok(outcome instanceof PriceFrozen);
        assert.deepEqual(outcome.until, day(70));
      }
    }
    assert.deepEqual(game.announced(), told, 'what is refused changes nothing');
    assert.ok(!(game.setPrice('*', money(900, 'EUR'), day(70)) instanceof PriceFrozen));
    assert.deepEqual(game.announced().discounts, []);
  });
});
