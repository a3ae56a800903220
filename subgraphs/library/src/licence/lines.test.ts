import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  type OrderState,
  purchaseHeld,
  purchaseReversed,
  refundRequested,
} from '@gamegraph/event-contracts';
import { v7 as uuidv7 } from 'uuid';
import {
  orderOf,
  type SomeGame,
  type Somebody,
  type TestLibrary,
  testLibrary,
} from '../testing.js';

const START = `mutation ($gameId: ID!, $deviceId: String!) {
  startPlaySession(gameId: $gameId, deviceId: $deviceId) { __typename ... on PlaySession { id } } }`;
const BEAT = `mutation ($id: ID!) { beatPlaySession(id: $id) { __typename } }`;
const END = `mutation ($id: ID!) { endPlaySession(id: $id) { __typename } }`;
const HOUR_S = 3_600;

let graph: TestLibrary;
before(async () => {
  graph = await testLibrary();
});
after(() => graph.stop());
afterEach(() => graph.setClock(undefined));

/** An order of several games; of a bundle, or with a DLC of a base game. */
function orderOfMany(
  user: Somebody,
  games: SomeGame[],
  more: { bundleId?: string; baseOf?: Record<string, string> } = {},
): OrderState {
  const lines = games.map(({ gameId }) => ({
    ...{ gameId, minor: '100', bundleId: more.bundleId ?? null },
    baseGameId: more.baseOf?.[gameId] ?? null,
  }));
  return { ...orderOf(user, games[0]!), lines };
}

async function answersTo(order: OrderState) {
  const all = (await graph.events()).filter(({ data }) => data.sourceId === order.id);
  return all.map(({ type, data }) => `${type.split('.')[2]} ${data.gameId}`).sort();
}

async function reasonOf(order: OrderState): Promise<string> {
  return (await graph.events()).filter(({ data }) => data.sourceId === order.id).at(-1)!.data
    .reason;
}

async function owned(user: Somebody, ...games: SomeGame[]): Promise<boolean[]> {
  const ids = games.map(({ id }) => id);
  const found = await graph.entities('Game', ids, '{ libraryEntry { isOwned } }', user.by);
  return found.map(({ libraryEntry }) => libraryEntry?.isOwned ?? false);
}

async function play(user: Somebody, game: SomeGame, from: Date, seconds: number): Promise<void> {
  graph.setClock(from);
  const variables = { gameId: game.id, deviceId: 'desk' };
  const { id } = (await graph.data(START, variables, user.by)).startPlaySession;
  for (let second = 60; second <= seconds; second += 60) {
    graph.setClock(new Date(from.getTime() + second * 1_000));
    await graph.data(BEAT, { id }, user.by);
  }
  await graph.data(END, { id }, user.by);
}

const games = (count: number) =>
  Promise.all(Array.from({ length: count }, () => graph.givenGame()));

describe('an order of several games', () => {
  it('is granted all of them, and answered the same as often as it asks', async () => {
    const [user, both] = [await graph.givenUser(), await games(2)];
    const order = orderOfMany(user, both);
    await graph.deliver(purchaseHeld(order), purchaseHeld(order));
    const granted = both.map(({ gameId }) => `granted ${gameId}`).sort();
    assert.deepEqual(await answersTo(order), [...granted, ...granted].sort());
    assert.deepEqual(await owned(user, ...both), [true, true]);
  });

  it('is granted nothing when one of them is owned, or not on sale', async () => {
    const [user, both] = [await graph.givenUser(), await games(2)];
    await graph.givenOwned(user, both[1]!);
    const order = orderOfMany(user, both);
    await graph.deliver(purchaseHeld(order));
    assert.deepEqual(await answersTo(order), [`refused ${both[0]!.gameId}`]);
    assert.equal(await reasonOf(order), 'owned already');
    assert.deepEqual(await owned(user, ...both), [false, true]);
    const gone = orderOfMany(user, [both[0]!, await graph.givenGame({ state: 'WITHDRAWN' })]);
    await graph.deliver(purchaseHeld(gone));
    assert.equal(await reasonOf(gone), 'the game is not on sale');
  });

  it('has a DLC with its base game, or none', async () => {
    const [user, [base, dlc]] = [await graph.givenUser(), await games(2)];
    const baseOf = { [dlc!.gameId]: base!.gameId };
    const alone = orderOfMany(user, [dlc!], { baseOf });
    await graph.deliver(purchaseHeld(alone));
    assert.equal(await reasonOf(alone), 'the base game is not owned');
    await graph.deliver(purchaseHeld(orderOfMany(user, [dlc!, base!], { baseOf })));
    assert.deepEqual(await owned(user, base!, dlc!), [true, true]);
  });

  it('that is a gift is owned by who it is for, and taken back from them', async () => {
    const [user, friend, [game]] = [
      await graph.givenUser(),
      await graph.givenUser(),
      await games(1),
    ];
    const order = { ...orderOf(user, game!), recipientId: friend.userId };
    await graph.deliver(purchaseHeld(order));
    assert.deepEqual([await owned(user, game!), await owned(friend, game!)], [[false], [true]]);
    await graph.deliver(refundRequested(order));
    assert.deepEqual(await owned(friend, game!), [false]);
  });

  it('loses all its licences when its payment was reversed', async () => {
    const [user, both] = [await graph.givenUser(), await games(2)];
    const order = orderOfMany(user, both);
    await graph.deliver(purchaseHeld(order), purchaseReversed(order));
    assert.deepEqual(await owned(user, ...both), [false, false]);
  });
});

describe('a wish for a refund of several games', () => {
  it('is judged by all games of a bundle together', async () => {
    for (const [seconds, isKept] of [
      [HOUR_S - 60, false],
      [HOUR_S, true],
    ] as const) {
      const [user, both] = [await graph.givenUser(), await games(2)];
      const order = orderOfMany(user, both, { bundleId: uuidv7() });
      await graph.deliver(purchaseHeld(order));
      const from = new Date('2026-11-21T10:00:00Z');
      await play(user, both[0]!, from, HOUR_S);
      await play(user, both[1]!, new Date(from.getTime() + 2 * HOUR_S * 1_000), seconds);
      const asked = both.map(({ gameId }) => gameId);
      await graph.deliver(refundRequested({ ...order, refundGameIds: asked }));
      assert.deepEqual(await owned(user, ...both), [isKept, isKept], `${seconds} s`);
    }
  });

  it('is about those that it names, and judged by them alone', async () => {
    const [user, both] = [await graph.givenUser(), await games(2)];
    const order = orderOfMany(user, both);
    await graph.deliver(purchaseHeld(order));
    await play(user, both[0]!, new Date('2026-11-21T10:00:00Z'), 2 * HOUR_S);
    const wish = (game: SomeGame) => refundRequested({ ...order, refundGameIds: [game.gameId] });
    await graph.deliver(wish(both[1]!), wish(both[0]!));
    assert.deepEqual(await owned(user, ...both), [true, false]);
  });

  it('is judged by how long the base game was played since, for a DLC', async () => {
    for (const [seconds, isKept] of [
      [2 * HOUR_S - 60, false],
      [2 * HOUR_S, true],
    ] as const) {
      const [user, [base, dlc]] = [await graph.givenUser(), await games(2)];
      await graph.givenOwned(user, base!);
      const from = Date.now() - 90 * HOUR_S * 1_000;
      await play(user, base!, new Date(from), 3 * HOUR_S);
      graph.setClock(undefined);
      const order = orderOfMany(user, [dlc!], { baseOf: { [dlc!.gameId]: base!.gameId } });
      await graph.deliver(purchaseHeld(order));
      await play(user, base!, new Date(Date.now() + HOUR_S * 1_000), seconds);
      await graph.deliver(refundRequested(order));
      assert.deepEqual(await owned(user, base!, dlc!), [true, isKept], `${seconds} s`);
    }
  });
});

it('keeps what it derives and what it announced equal to what it keeps', () => graph.assertSound());
