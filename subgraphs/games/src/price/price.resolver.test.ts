import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { games } from '../subgraph.js';
import { givenIn, somebody } from '../testing.js';

const DAY_MS = 86_400_000;
const SET = `mutation ($gameId: ID!, $region: String!, $price: MoneyInput!) {
  setPrice(gameId: $gameId, region: $region, price: $price) { __typename } }`;
const REMOVE = `mutation ($gameId: ID!, $region: String!) { removePrice(gameId: $gameId, region: $region) {
  __typename ... on Game { prices { region } } ... on GameIncomplete { missing } } }`;
const SCHEDULE = `mutation ($input: ScheduleDiscountInput!) { scheduleDiscount(input: $input) {
  __typename ... on Game { discounts { id percent startsAt endsAt } }
  ... on DiscountOverlaps { discount { percent } } ... on DiscountCoolingDown { until } ... on Refusal { message } } }`;
const CANCEL = 'mutation ($id: ID!) { cancelDiscount(id: $id) { discounts { id } } }';

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const schedule = async (gameId: string, by: object, more: object = {}) => {
  const input = { gameId, percent: 25, endsAt: inDays(5), ...more };
  return (await graph.data(SCHEDULE, { input }, by)).scheduleDiscount;
};
const priceIn = async (id: string, region: string | null) =>
  (
    await graph.data(
      `query ($id: ID!, $region: String) { game(id: $id) { price(region: $region) {
        region base { minor currency } final { minor currency } discountPercent discountEndsAt } } }`,
      { id, region },
    )
  ).game.price;

describe('setting prices', () => {
  it('makes a price for a region, and for all others, and announces them', async () => {
    const game = await given.game();
    await given.price(game, 'de', '1799');
    await given.price(game, 'JP', '3000', 'JPY');
    const offer = (region: string, minor: string, currency: string) => ({
      ...{ region, base: { minor, currency }, final: { minor, currency } },
      ...{ discountPercent: 0, discountEndsAt: null },
    });
    assert.deepEqual(await priceIn(game.id, 'de'), offer('DE', '1799', 'EUR'));
    assert.deepEqual(await priceIn(game.id, 'JP'), offer('JP', '3000', 'JPY'));
    assert.deepEqual(await priceIn(game.id, 'FR'), offer('*', '1999', 'EUR'));
    assert.deepEqual(await priceIn(game.id, null), offer('*', '1999', 'EUR'));
    const { type, data } = (await graph.events(game.uuid)).at(-1)!;
    assert.equal(type, 'games.game.price-changed.v1');
    assert.deepEqual(data.prices, [
      { region: '*', currency: 'EUR', minor: '1999' },
      { region: 'DE', currency: 'EUR', minor: '1799' },
      { region: 'JP', currency: 'JPY', minor: '3000' },
    ]);
  });

  it('takes a price back, but not the last one of a published game', async () => {
    const game = await given.game();
    await given.price(game, 'DE', '1799');
    const remove = async (region: string) =>
      (await graph.data(REMOVE, { gameId: game.id, region }, game.by)).removePrice;
    assert.deepEqual((await remove('*')).prices, [{ region: 'DE' }]);
    assert.equal(await priceIn(game.id, 'FR'), null);
    assert.deepEqual((await remove('DE')).missing, ['PRICE']);
    assert.equal(await graph.code(REMOVE, { gameId: game.id, region: 'US' }, game.by), 'NOT_FOUND');
  });

  it('keeps amounts that no number holds', async () => {
    const game = await given.game();
    await given.price(game, 'IR', '900719925474099301', 'IRR');
    assert.equal((await priceIn(game.id, 'IR')).base.minor, '900719925474099301');
  });

  it('says what is wrong with a region or a price', async () => {
    const { id: gameId, by } = await given.game();
    const good = { region: 'DE', price: { minor: '100', currency: 'EUR' } };
    for (const bad of [
      { region: 'XX' },
      { region: 'DEU' },
      { region: '' },
      { price: { minor: '-1', currency: 'EUR' } },
      { price: { minor: '100', currency: 'EURO' } },
      { price: { minor: '100', currency: 'eur' } },
      { price: { minor: '1.5', currency: 'EUR' } },
    ]) {
      const code = await graph.code(SET, { gameId, ...good, ...bad }, by);
      assert.equal(code, 'BAD_USER_INPUT', JSON.stringify(bad));
    }
    const bad = 'query ($id: ID!) { game(id: $id) { price(region: "nowhere") { region } } }';
    assert.equal(await graph.code(bad, { id: gameId }), 'BAD_USER_INPUT');
  });

  it('needs EDIT_PRICES of the studio, or games:moderate', async () => {
    const { id: gameId } = await given.game();
    const variables = { gameId, region: 'DE', price: { minor: '100', currency: 'EUR' } };
    const { errors } = await graph.ask(SET, variables, somebody().by);
    assert.equal(errors?.[0]?.extensions?.code, 'FORBIDDEN');
    assert.match(errors[0].message, /EDIT_PRICES/);
    const moderated = await graph.data(SET, variables, somebody('games:moderate').by);
    assert.equal(moderated.setPrice.__typename, 'Game');
  });
});

describe('discounts', () => {
  it('begin before the release, show in the price, and freeze it', async () => {
    const game = await given.draft();
    const { discounts } = await schedule(game.id, game.by);
    assert.deepEqual([discounts.length, discounts[0].percent], [1, 25]);
    await graph.data(
      'mutation ($id: ID!) { publishGame(id: $id) { __typename } }',
      { id: game.id },
      game.by,
    );
    const price = await priceIn(game.id, 'DE');
    assert.deepEqual([price.base.minor, price.final.minor], ['1999', '1499']);
    assert.deepEqual([price.discountPercent, price.discountEndsAt], [25, discounts[0].endsAt]);
    assert.deepEqual(await given.price(game, '*', '1000'), {
      ...{ __typename: 'PriceFrozen', until: discounts[0].endsAt },
    });
    graph.setClock(new Date(inDays(6)));
    assert.equal((await priceIn(game.id, 'DE')).final.minor, '1999');
    assert.equal((await given.price(game, '*', '1000')).__typename, 'Game');
    graph.setClock(undefined);
  });

  it('to come are shown to the studio alone', async () => {
    const game = await given.draft();
    const { discounts } = await schedule(game.id, game.by, { startsAt: inDays(2) });
    await graph.data(
      'mutation ($id: ID!) { publishGame(id: $id) { __typename } }',
      { id: game.id },
      game.by,
    );
    const QUERY = 'query ($id: ID!) { game(id: $id) { discounts { id } } }';
    const shown = async (by: object) =>
      (await graph.data(QUERY, { id: game.id }, by)).game.discounts;
    assert.deepEqual(await shown({}), []);
    assert.deepEqual(await shown(game.by), [{ id: discounts[0].id }]);
    graph.setClock(new Date(inDays(3)));
    assert.deepEqual(await shown({}), [{ id: discounts[0].id }]);
    graph.setClock(undefined);
  });

  it('lets one of several win that overlap and come at once', async () => {
    const { id, uuid, by } = await given.draft();
    const outcomes = await Promise.all([20, 30, 40].map(percent => schedule(id, by, { percent })));
    const kinds = outcomes.map(({ __typename }) => __typename).sort();
    assert.deepEqual(kinds, ['DiscountOverlaps', 'DiscountOverlaps', 'Game']);
    assert.equal((await graph.events(uuid)).at(-1)!.data.discounts.length, 1);
  });

  it('keep 30 days from the release', async () => {
    const { id, by } = await given.game();
    const { __typename, until } = await schedule(id, by);
    assert.equal(__typename, 'DiscountCoolingDown');
    const daysLeft = (Date.parse(until) - Date.now()) / DAY_MS;
    assert.ok(daysLeft > 29.9 && daysLeft <= 30, String(daysLeft));
  });

  it('are 10 to 90 percent for 1 to 14 days that are not past', async () => {
    const { id: gameId, by } = await given.draft();
    for (const bad of [
      { percent: 9 },
      { percent: 91 },
      { endsAt: inDays(0.9) },
      { endsAt: inDays(14.1) },
      { endsAt: inDays(-1) },
      { startsAt: inDays(-1), endsAt: inDays(5) },
      { startsAt: inDays(5), endsAt: inDays(4) },
    ]) {
      const input = { gameId, percent: 25, endsAt: inDays(5), ...bad };
      assert.equal(
        await graph.code(SCHEDULE, { input }, by),
        'BAD_USER_INPUT',
        JSON.stringify(bad),
      );
    }
  });

  it('are cancelled by those who may set them', async () => {
    const { id, uuid, by } = await given.draft();
    const { discounts } = await schedule(id, by);
    const wanted = { id: discounts[0].id };
    assert.equal(await graph.code(CANCEL, wanted, somebody().by), 'NOT_FOUND', 'it is a draft');
    const { cancelDiscount } = await graph.data(CANCEL, wanted, by);
    assert.deepEqual(cancelDiscount, { discounts: [] });
    assert.deepEqual((await graph.events(uuid)).at(-1)!.data.discounts, []);
    assert.equal(await graph.code(CANCEL, wanted, by), 'NOT_FOUND');
    const none = { id: globalId('Discount', uuidv7()) };
    assert.equal(await graph.code(CANCEL, none, by), 'NOT_FOUND');
  });
});

describe('the log of prices', () => {
  it('says who did what and when, to the studio alone', async () => {
    const game = await given.draft();
    await given.price(game, 'DE', '1500');
    await given.price(game, 'DE', '1400');
    await graph.data(REMOVE, { gameId: game.id, region: 'DE' }, game.by);
    const { discounts } = await schedule(game.id, game.by);
    await graph.data(CANCEL, { id: discounts[0].id }, game.by);
    const QUERY = `query ($id: ID!, $first: Int, $after: String) { game(id: $id) { priceChanges(first: $first, after: $after) {
      totalCount pageInfo { endCursor }
      edges { node { kind region before { minor } after { minor } discount { id percent } user { id } changedAt } } } } }`;
    const log = async (args: object) =>
      (await graph.data(QUERY, { id: game.id, ...args }, game.by)).game.priceChanges;
    const first = await log({ first: 4 });
    const second = await log({ first: 4, after: first.pageInfo.endCursor });
    const lines = [...first.edges, ...second.edges].map(({ node }: Answer['data']) => node);
    assert.ok(lines.every(({ user }: Answer['data']) => user.id === game.studio.founder.id));
    assert.deepEqual(
      lines.map(({ kind, region, before: old, after: since, discount }: Answer['data']) => [
        ...[kind, region, old?.minor, since?.minor, discount?.percent],
      ]),
      [
        ['DISCOUNT_CANCELLED', null, undefined, undefined, 25],
        ['DISCOUNT_SCHEDULED', null, undefined, undefined, 25],
        ['PRICE_REMOVED', 'DE', '1400', undefined, undefined],
        ['PRICE_SET', 'DE', '1500', '1400', undefined],
        ['PRICE_SET', 'DE', undefined, '1500', undefined],
        ['PRICE_SET', '*', undefined, '1999', undefined],
      ],
    );
    assert.equal(lines[0].discount.id, discounts[0].id);
  });

  it('cannot be rewritten', async () => {
    await given.game();
    for (const statement of ['DELETE FROM price_change', `UPDATE price_change SET region = 'US'`]) {
      await assert.rejects(graph.em().execute(statement), /never changed/);
    }
  });
});
