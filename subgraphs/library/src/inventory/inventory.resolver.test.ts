import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  itemChanged,
  type ItemState,
  purchaseHeld,
  refundRequested,
  userDeleted,
} from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { v7 as uuidv7 } from 'uuid';
import {
  orderOf,
  type SomeGame,
  type Somebody,
  type TestLibrary,
  testLibrary,
} from '../testing.js';

const ITEMS = `items(first: $first, after: $after) {
  totalCount edges { node { quantity item { id } } } pageInfo { hasNextPage endCursor } }`;
const CHANGE = `mutation ($input: ChangeInventoryInput!, $first: Int, $after: String) {
  changeInventory(input: $input) { __typename
    ... on Inventory { user { id } game { id } ${ITEMS} }
    ... on Refusal { message } ... on InventoryFaulty { faults { path message cure } } } }`;
const INVENTORY =
  '{ inventory(gameId: "GAME") { items { edges { node { quantity item { id } } } } } }';

let graph: TestLibrary;
before(async () => {
  graph = await testLibrary();
});
after(() => graph.stop());

/** A game with items, its server, and a player who owns it. */
async function givenItems(count = 2) {
  const { game, member } = await graph.givenStudio('OPERATE');
  const items = Array.from({ length: count }, () => itemOf(game));
  await graph.deliver(...items.map(one => itemChanged(one)));
  const player = await graph.givenUser();
  await graph.givenOwned(player, game);
  return { game, player, server: member, items: items.map(({ id }) => globalId('Item', id)) };
}

type Given = Awaited<ReturnType<typeof givenItems>>;

function itemOf({ gameId }: SomeGame): ItemState {
  return {
    ...{ id: uuidv7(), gameId, key: 'ring', dataVersion: 1, name: 'Ring', category: 'Ring' },
    ...{ iconUrl: null, slots: [], attributes: {}, isRemoved: false },
  };
}

const inputOf = ({ game, player }: Pick<Given, 'game' | 'player'>, changes: object[]) => ({
  ...{ idempotencyKey: uuidv7(), userId: player.id, gameId: game.id, changes },
});

const change = async (given: Given, ...changes: object[]) =>
  (await graph.data(CHANGE, { input: inputOf(given, changes) }, given.server.by)).changeInventory;

/** How many of each item, as `by` sees it. */
async function seen({ game, player }: Given, by?: Somebody['by']) {
  const [user] = await graph.entities('User', [player.id], INVENTORY.replace('GAME', game.id), by);
  return user.inventory && quantitiesOf(user.inventory);
}

const quantitiesOf = ({ items }: { items: { edges: { node: { quantity: number } }[] } }) =>
  items.edges.map(({ node }) => node.quantity);

const eventsOf = async ({ player }: Given) =>
  (await graph.events()).filter(
    ({ type, data }) => type.startsWith('library.inventory') && data.userId === player.userId,
  );

describe('changing an inventory', () => {
  it('gives items and takes them away, and announces all that there is then', async () => {
    const given = await givenItems(3);
    const [ring, sword, helm] = given.items;
    await change(given, { itemId: ring, by: 2 }, { itemId: sword, to: 1 }, { itemId: helm, by: 7 });
    const inventory = await change(given, { itemId: ring, by: -1 }, { itemId: sword, to: 0 });
    assert.deepEqual(inventory.user, { id: given.player.id });
    assert.deepEqual(inventory.game, { id: given.game.id });
    assert.deepEqual(
      inventory.items.edges.map(({ node }: { node: object }) => node),
      [
        { quantity: 1, item: { id: ring } },
        { quantity: 7, item: { id: helm } },
      ],
    );
    const told = await eventsOf(given);
    assert.deepEqual(
      told.map(({ type }) => type),
      ['library.inventory.changed.v1', 'library.inventory.changed.v1'],
    );
    assert.deepEqual(
      told[1]!.data.items.map(({ quantity }: { quantity: number }) => quantity),
      [1, 7],
    );
    await change(given, { itemId: ring, to: 1 });
    assert.equal((await eventsOf(given)).length, 2, 'where nothing changes, nothing is told');
    await change(given, { itemId: ring, to: 0 }, { itemId: helm, to: 0 });
    assert.deepEqual((await eventsOf(given)).at(-1)!.data.items, []);
    await graph.assertSound();
  });

  it('is made once for its key, however many ask for it at once', async () => {
    const given = await givenItems();
    const input = inputOf(given, [{ itemId: given.items[0], by: 1 }]);
    const ask = () => graph.ask(CHANGE, { input }, given.server.by);
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    const codes = new Set(answers.flatMap(({ errors }) => errors?.[0]?.extensions?.code ?? []));
    assert.deepEqual(
      [...codes].filter(code => code !== 'IDEMPOTENCY_IN_PROGRESS'),
      [],
    );
    assert.equal((await ask()).data.changeInventory.__typename, 'Inventory');
    assert.deepEqual(await seen(given, given.player.by), [1]);
    const other = { ...input, changes: [{ itemId: given.items[0], by: 2 }] };
    const code = await graph.code(CHANGE, { input: other }, given.server.by);
    assert.equal(code, 'IDEMPOTENCY_KEY_REUSED');
  });

  it('counts all that many servers give at once', async () => {
    const given = await givenItems();
    const [ring, sword] = given.items;
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        change(given, ...[ring, sword].slice(n % 2).map(itemId => ({ itemId, by: 1 }))),
      ),
    );
    assert.deepEqual(await seen(given, given.player.by), [10, 20]);
    await graph.assertSound();
  });

  it('tells all faults at once, and changes nothing then', async () => {
    const given = await givenItems();
    const [ring, sword] = given.items;
    const elsewhere = await givenItems(1);
    await change(given, { itemId: ring, by: 2 });
    const refused = await change(
      given,
      { itemId: ring, by: -3 },
      { itemId: elsewhere.items[0], by: 1 },
      { itemId: 'nonsense', by: 1 },
      { itemId: sword, by: 1 },
    );
    assert.equal(refused.__typename, 'InventoryFaulty');
    assert.deepEqual(
      refused.faults.map(({ path }: { path: string }) => path),
      ['changes[0].by', 'changes[1].itemId', 'changes[2].itemId'],
    );
    assert.match(refused.message, /changes\[0\]\.by: There are 2, and there would be -1\./);
    assert.equal(refused.faults[0].cure, 'Take 2 away at most.');
    assert.deepEqual(await seen(given, given.player.by), [2]);
    for (const changes of [[], Array.from({ length: 301 }, () => ({ itemId: ring, by: 1 }))]) {
      const variables = { input: inputOf(given, changes) };
      assert.equal(await graph.code(CHANGE, variables, given.server.by), 'BAD_USER_INPUT');
    }
  });

  it('is for the game’s servers: not for its player, nor for moderators', async () => {
    const given = await givenItems();
    const { player } = given;
    const variables = { input: inputOf(given, [{ itemId: given.items[0], by: 1 }]) };
    assert.equal(await graph.code(CHANGE, variables), 'UNAUTHENTICATED');
    assert.equal(await graph.code(CHANGE, variables, player.by), 'FORBIDDEN');
    const moderator = { ...player.by, permissions: ['games:moderate'] };
    assert.equal(await graph.code(CHANGE, variables, moderator), 'FORBIDDEN');
    const editor = (await graph.givenStudio('EDIT_GAMES')).member;
    assert.equal(await graph.code(CHANGE, variables, editor.by), 'FORBIDDEN');
  });

  it('needs a player who owns the game; what they had stays when they own it no more', async () => {
    const given = await givenItems();
    const gift = { itemId: given.items[0], by: 1 };
    const player = await graph.givenUser();
    const stranger = { ...given, player };
    assert.equal((await change(stranger, gift)).__typename, 'GameNotOwned');
    const order = orderOf(player, given.game);
    await graph.deliver(purchaseHeld(order));
    assert.equal((await change(stranger, gift)).__typename, 'Inventory');
    await graph.deliver(refundRequested(order));
    assert.equal((await change(stranger, gift)).__typename, 'GameNotOwned');
    assert.deepEqual(await seen(stranger, player.by), [1]);
  });

  it('goes on with an item that a release took out of the game', async () => {
    const { game, member } = await graph.givenStudio('OPERATE');
    const item = itemOf(game);
    await graph.deliver(itemChanged(item), itemChanged({ ...item, isRemoved: true }));
    const player = await graph.givenUser();
    await graph.givenOwned(player, game);
    const given = { game, player, server: member, items: [] };
    await change(given, { itemId: globalId('Item', item.id), by: 2 });
    await change(given, { itemId: globalId('Item', item.id), by: -1 });
    assert.deepEqual(await seen(given, player.by), [1]);
  });
});

describe('an inventory', () => {
  it('shows to its player and to who operates the game, and to nobody else', async () => {
    const given = await givenItems();
    const { player, server } = given;
    assert.deepEqual(await seen(given, player.by), [], 'there is none yet');
    await change(given, { itemId: given.items[0], by: 1 });
    for (const by of [player.by, server.by]) assert.deepEqual(await seen(given, by), [1]);
    const friend = await graph.givenUser();
    await graph.givenFriends(player, friend);
    const moderator = { ...friend.by, permissions: ['games:moderate', 'payments:operate'] };
    const otherServer = (await graph.givenStudio('OPERATE')).member;
    for (const by of [undefined, friend.by, moderator, otherServer.by])
      assert.equal(await seen(given, by), null);
  });

  it('is of one game', async () => {
    const given = await givenItems();
    const elsewhere = { ...(await givenItems()), player: given.player };
    await graph.givenOwned(given.player, elsewhere.game);
    await change(given, { itemId: given.items[0], by: 1 });
    await change(elsewhere, { itemId: elsewhere.items[0], by: 2 });
    assert.deepEqual(await seen(given, given.player.by), [1]);
    assert.deepEqual(await seen(elsewhere, given.player.by), [2]);
    assert.equal(await seen(elsewhere, given.server.by), null);
  });

  it('is told in pages', async () => {
    const given = await givenItems(5);
    const { items, server } = given;
    const input = inputOf(
      given,
      items.map((itemId, n) => ({ itemId, to: n + 1 })),
    );
    const quantities = [];
    for (let cursor: string | undefined, more = true; more;) {
      const variables = { input, first: 2, after: cursor };
      const { changeInventory } = await graph.data(CHANGE, variables, server.by);
      assert.equal(changeInventory.items.totalCount, 5);
      quantities.push(...quantitiesOf(changeInventory));
      ({ hasNextPage: more, endCursor: cursor } = changeInventory.items.pageInfo);
    }
    assert.deepEqual(quantities, [1, 2, 3, 4, 5]);
  });

  it('takes as many statements for many players as for one', async () => {
    const given = await givenItems();
    const players = [given.player, ...(await Promise.all([1, 2, 3].map(() => graph.givenUser())))];
    await graph.givenOwned(players[1]!, given.game);
    for (const player of players.slice(0, 2))
      await change({ ...given, player }, { itemId: given.items[1], by: 1 });
    const fields = INVENTORY.replace('GAME', given.game.id);
    const countOf = async (...users: Somebody[]) => {
      const ids = users.map(({ id }) => id);
      return (
        await graph.statements(async () => {
          const found = await graph.entities('User', ids, fields, given.server.by);
          assert.deepEqual(quantitiesOf(found[0].inventory), [1]);
        })
      ).length;
    };
    assert.equal(await countOf(...players), await countOf(players[0]!));
  });
});

describe('the end of an account', () => {
  it('deletes what it had in games, and announces that; nothing is given to it any more', async () => {
    const given = await givenItems();
    const gift = { itemId: given.items[0], by: 1 };
    await change(given, gift);
    const { data } = (await eventsOf(given))[0]!;
    await graph.deliver(userDeleted({ id: given.player.userId }));
    assert.deepEqual((await graph.events(data.id)).at(-1), {
      type: 'library.inventory.deleted.v1',
      data: { id: data.id },
    });
    assert.deepEqual(await seen(given, given.server.by), []);
    const variables = { input: inputOf(given, [gift]) };
    assert.equal(await graph.code(CHANGE, variables, given.server.by), 'NOT_FOUND');
    await graph.assertSound();
  });
});
