import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  inventoryChanged,
  inventoryDeleted,
  type InventoryState,
} from '@gamegraph/event-contracts';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { builds } from '../subgraph.js';
import { ownedItems } from './inventory.projection.js';

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

const [SWORD, RING] = [uuidv7(), uuidv7()];

const given = (more: Partial<InventoryState> = {}): InventoryState => ({
  ...{ id: uuidv7(), userId: uuidv7(), gameId: uuidv7() },
  items: [{ itemId: SWORD, quantity: 1 }],
  ...more,
});

const owned = async ({ userId, gameId }: InventoryState) =>
  Object.fromEntries(await ownedItems(graph.em(), userId, gameId));

describe('what a player owns', () => {
  it('is what the game has given them last, in each game of its own', async () => {
    const one = given();
    const elsewhere = given({ userId: one.userId, items: [{ itemId: RING, quantity: 9 }] });
    const others = given({ gameId: one.gameId, items: [] });
    assert.deepEqual(await owned(one), {});
    await graph.deliver(...[one, elsewhere, others].map(state => inventoryChanged(state)));
    assert.deepEqual(await owned(one), { [SWORD]: 1 });
    assert.deepEqual(await owned(elsewhere), { [RING]: 9 });
    assert.deepEqual(await owned(others), {});
    const items = [
      { itemId: SWORD, quantity: 3 },
      { itemId: RING, quantity: 2 },
    ];
    await graph.deliver(inventoryChanged({ ...one, items }));
    assert.deepEqual(await owned(one), { [SWORD]: 3, [RING]: 2 });
    await graph.deliver(inventoryChanged({ ...one, items: [] }));
    assert.deepEqual(await owned(one), {});
  });

  it('is nothing once their account is gone', async () => {
    const one = given();
    await graph.deliver(inventoryChanged(one));
    await graph.deliver(inventoryDeleted({ id: one.id }));
    assert.deepEqual(await owned(one), {});
  });
});
