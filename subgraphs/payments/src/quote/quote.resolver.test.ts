import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { globalId } from '@gamegraph/subgraph-kit';
import { v7 as uuidv7 } from 'uuid';
import { QUOTE, type SomeGame, type TestPayments, testPayments, uuidIn } from '../testing.js';
import { forgetOldQuotes } from './quote.resolver.js';

const MINUTE_MS = 60_000;

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());
afterEach(() => graph.setClock(undefined));

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS);

const discountNow = (percent: number) => ({
  ...{ id: uuidv7(), percent },
  ...{ startsAt: inMinutes(-60).toISOString(), endsAt: inMinutes(5).toISOString() },
});

const price = (minor: string, currency = 'EUR') => [{ region: '*', currency, minor }];

describe('quoting a game', () => {
  it('promises the price of the region with the running discount, for ten minutes', async () => {
    const user = graph.givenUser();
    const game = await graph.givenGame('1999', 'EUR', { discounts: [discountNow(25)] });
    const at = new Date();
    graph.setClock(at);
    const quote = await graph.quote(user, game);
    assert.deepEqual(quote, {
      ...{ __typename: 'Quote', id: quote.id, game: { id: game.id }, discountPercent: 25 },
      ...{ amount: { minor: '1499', currency: 'EUR' }, basePrice: { minor: '1999' } },
      expiresAt: new Date(at.getTime() + 10 * MINUTE_MS).toISOString(),
      lines: [
        { game: { id: game.id }, amount: { minor: '1499' }, bundle: null, isRefunded: false },
      ],
    });
  });

  it('is told alike for games that are drafts, withdrawn, unknown or without a price there', async () => {
    const user = graph.givenUser();
    const prices = [{ region: 'JP', currency: 'JPY', minor: '2400' }];
    const games = [
      await graph.givenGame('1999', 'EUR', { state: 'DRAFT' }),
      await graph.givenGame('1999', 'EUR', { state: 'WITHDRAWN' }),
      await graph.givenGame('1999', 'EUR', { prices }),
      { id: globalId('Game', uuidv7()) } as SomeGame,
    ];
    for (const game of games) {
      const message = 'This game is not for sale here.';
      assert.deepEqual(await graph.quote(user, game), { __typename: 'GameNotForSale', message });
    }
    assert.equal((await graph.quote(user, games[2]!, 'jp')).amount.minor, '2400');
  });

  it('is for who is logged in, about a game, in a country', async () => {
    const [{ by }, game] = [graph.givenUser(), await graph.givenGame()];
    const variables = { gameId: game.id, region: 'DE' };
    assert.equal(await graph.code(QUOTE, variables), 'UNAUTHENTICATED');
    assert.equal(await graph.code(QUOTE, { ...variables, gameId: 'nonsense' }, by), 'NOT_FOUND');
    for (const region of ['XX', '*', 'DEU', ''])
      assert.equal(await graph.code(QUOTE, { ...variables, region }, by), 'BAD_USER_INPUT', region);
  });
});

describe('buying by a quote', () => {
  it('honours it although the price rose, or the discount ended', async () => {
    const user = await graph.givenPayer('10000');
    const dearer = await graph.givenGame('1999');
    const quote = await graph.quote(user, dearer);
    await graph.change(dearer, { prices: price('2999') });
    assert.equal((await graph.purchase(user, quote.id)).amount.minor, '1999');

    const reduced = await graph.givenGame('2000', 'EUR', { discounts: [discountNow(50)] });
    const bargain = await graph.quote(user, reduced);
    graph.setClock(inMinutes(6));
    assert.equal((await graph.quote(user, reduced)).amount.minor, '2000');
    assert.equal((await graph.purchase(user, bargain.id)).amount.minor, '1000');
  });

  it('refuses it with both figures when the game costs less by now, or other money', async () => {
    const user = await graph.givenPayer('10000');
    const changes = [
      { prices: price('1998') },
      { discounts: [discountNow(10)] },
      { prices: price('9999', 'JPY') },
    ];
    const current = [
      { minor: '1998', currency: 'EUR' },
      { minor: '1799', currency: 'EUR' },
      { minor: '9999', currency: 'JPY' },
    ];
    for (const [n, change] of changes.entries()) {
      const game = await graph.givenGame('1999');
      const quote = await graph.quote(user, game);
      await graph.change(game, change);
      const refused = await graph.purchase(user, quote.id);
      assert.equal(refused.__typename, 'PriceChanged');
      assert.deepEqual(refused.quoted, { minor: '1999', currency: 'EUR' });
      assert.deepEqual(refused.current, current[n]);
    }
    assert.deepEqual(await graph.balance(user), { balance: '10000', held: '0' });
  });

  it('refuses it when the game is withdrawn, or not sold in the region any more', async () => {
    const user = await graph.givenPayer('10000');
    for (const change of [{ state: 'WITHDRAWN' as const }, { prices: [] }]) {
      const game = await graph.givenGame();
      const quote = await graph.quote(user, game);
      await graph.change(game, change);
      assert.equal((await graph.purchase(user, quote.id)).__typename, 'GameNotForSale');
    }
  });

  it('refuses it when it has expired, and not before', async () => {
    const [user, game] = [await graph.givenPayer('10000'), await graph.givenGame()];
    const { id, expiresAt } = await graph.quote(user, game);
    const end = new Date(expiresAt).getTime();
    graph.setClock(new Date(end));
    assert.equal((await graph.purchase(user, id)).__typename, 'QuoteExpired');
    graph.setClock(new Date(end - 1));
    assert.equal((await graph.purchase(user, id)).__typename, 'Order');
  });

  it("knows nobody else's quote", async () => {
    const [owner, other] = [graph.givenUser(), await graph.givenPayer('10000')];
    const { id } = await graph.quote(owner, await graph.givenGame());
    await assert.rejects(graph.purchase(other, id), /NOT_FOUND/);
    const seen = (by?: object) => graph.entities('Quote', [id], '{ id }', by);
    assert.deepEqual(await seen(other.by), [null]);
    assert.deepEqual(await seen(), [null]);
    assert.deepEqual(await seen(owner.by), [{ id }]);
  });

  it('is forgotten a day after it expired', async () => {
    const user = graph.givenUser();
    const { id } = await graph.quote(user, await graph.givenGame());
    const isKept = async () => (await graph.entities('Quote', [id], '{ id }', user.by))[0] !== null;
    await forgetOldQuotes(graph.em(), inMinutes(24 * 60));
    assert.ok(await isKept(), uuidIn(id));
    await forgetOldQuotes(graph.em(), inMinutes(24 * 60 + 11));
    assert.ok(!(await isKept()));
  });
});
