import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { Inventory, type ItemChange } from './inventory.entity.js';
import { InventoryFaulty } from './inventory.refusals.js';

const [SWORD, RING] = [uuidv7(), uuidv7()];

function givenInventory(quantities: Record<string, number>): Inventory {
  const whose = { userId: uuidv7(), gameId: uuidv7() };
  return Object.assign(Inventory.of(whose), { quantities });
}

function faultsOf(inventory: Inventory, ...changes: ItemChange[]) {
  const before = inventory.state();
  const result = inventory.change(changes);
  assert.ok(result instanceof InventoryFaulty);
  assert.deepEqual(inventory.state(), before, 'nothing was changed');
  return result.faults.map(({ path, message, cure }) => [path, message, cure]);
}

describe('changing an inventory', () => {
  it('adds, takes away and sets, and tells what is not as it was', () => {
    const [gone, same] = [uuidv7(), uuidv7()];
    const inventory = givenInventory({ [RING]: 2, [gone]: 5, [same]: 3 });
    const result = inventory.change([
      { itemId: SWORD, by: 1 },
      { itemId: RING, by: -1 },
      { itemId: gone, to: 0 },
      { itemId: same, to: 3 },
    ]);
    assert.ok(!(result instanceof InventoryFaulty));
    assert.deepEqual(
      [...result.changed],
      [
        [SWORD, 1],
        [RING, 1],
        [gone, 0],
      ],
    );
    const items = [
      { itemId: SWORD, quantity: 1 },
      { itemId: RING, quantity: 1 },
      { itemId: same, quantity: 3 },
    ];
    assert.deepEqual(result.event.data, { ...inventory.state(), items });
  });

  it('says of each fault where it is and how to mend it', () => {
    const inventory = givenInventory({ [RING]: 2 });
    const others = Array.from({ length: 5 }, () => uuidv7());
    assert.deepEqual(
      faultsOf(
        inventory,
        { itemId: RING, by: -3 },
        { itemId: RING, by: 1 },
        { itemId: undefined, by: 1 },
        { itemId: others[0], by: 1, to: 1 },
        { itemId: others[1] },
        { itemId: others[2], to: -1 },
        { itemId: others[3], to: 1_000_000_001 },
        { itemId: SWORD, by: 1 },
      ),
      [
        ['changes[0].by', 'There are 2, and there would be -1.', 'Take 2 away at most.'],
        ['changes[1].itemId', '`changes[0]` names this item too.', 'Make one change of the two.'],
        [
          'changes[2].itemId',
          'The game has no such item.',
          'Name an item of its released data. What was released a moment ago is known here a little later.',
        ],
        ['changes[3]', 'It says both `by` and `to`.', 'Say one of the two.'],
        ['changes[4]', 'It says neither `by` nor `to`.', 'Say one of the two.'],
        [
          'changes[5].to',
          'There are 0, and there would be -1.',
          'Say 0, so that there is none any more.',
        ],
        [
          'changes[6].to',
          'There would be 1000000001, and 1000000000 is the most.',
          'Say 1000000000 at most.',
        ],
      ],
    );
    assert.deepEqual(faultsOf(inventory, { itemId: RING, by: 999_999_999 })[0], [
      'changes[0].by',
      'There would be 1000000001, and 1000000000 is the most.',
      'Add 999999998 at most.',
    ]);
  });

  it('keeps to 10,000 different items', () => {
    const full = Array.from({ length: 10_000 }, () => [uuidv7(), 1] as const);
    const inventory = givenInventory(Object.fromEntries(full));
    assert.deepEqual(faultsOf(inventory, { itemId: SWORD, to: 1 }, { itemId: RING, to: 1 }), [
      [
        'changes',
        'There would be 10002 different items, and 10000 is the most.',
        'Take others away, by the same changes.',
      ],
    ]);
    const result = inventory.change([
      { itemId: SWORD, to: 1 },
      { itemId: full[0]![0], to: 0 },
      { itemId: full[1]![0], by: 1 },
    ]);
    assert.ok(!(result instanceof InventoryFaulty));
    assert.ok(JSON.stringify(result.event.data).length < 1_000_000, 'the bus takes it');
  });
});
