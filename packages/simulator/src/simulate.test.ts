import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OrderState } from '@gamegraph/payments/core';
import { applyInOrder, moveBatch } from '@gamegraph/subgraph-kit/events';
import { SimulatedPositions } from './database.js';
import { openAccount } from './ledger.js';
import { type Parts, SOUND } from './parts.js';
import { planOf } from './plan.js';
import { type Failure, simulate, simulateSeed } from './simulate.js';

const SEEDS = 2_000;
const SEEDS_UNTIL_FOUND = 500;
const STEPS_MAX = 15; // of some twenty

describe('worlds in which everything goes wrong', { timeout: 600_000 }, () => {
  it(`keep what is promised, whatever ${SEEDS} seeds bring`, async () => {
    const failures: Failure[] = [];
    for (let seed = 1; seed <= SEEDS && failures.length === 0; seed++) {
      const failure = await simulateSeed(seed);
      if (failure) failures.push(failure);
    }
    assert.deepEqual(failures, []);
  });

  it('are the same for the same seed', async () => {
    const faulty: Parts = { ...SOUND, takeAnswer: withoutRelease };
    const seed = (await found(faulty)).seed;
    assert.deepEqual(await simulateSeed(seed, faulty), await simulateSeed(seed, faulty));
  });
});

describe('a fault that is planted', { timeout: 600_000 }, () => {
  it('is found when events had before are not dropped', async () => {
    const failure = await found({
      ...SOUND,
      deliver: ({ consumer, events, transact, effect }) =>
        transact(async tx => {
          const missing = new Map();
          for (const event of events) {
            const positions = new SimulatedPositions(tx, consumer);
            const outcomes = await applyInOrder(positions, event, one => effect(tx, one), missing);
            if (outcomes[0]![1] === 'duplicate') await effect(tx, event);
          }
          return missing;
        }),
    });
    assertTells(failure, /^I6: .* had the events of an aggregate in the order .*\b(\d+), .*\b\1\b/);
  });

  it('is found when an effect is not in the transaction of its position', async () => {
    const failure = await found({
      ...SOUND,
      async deliver({ consumer, events, transact, effect }) {
        const missing = new Map();
        for (const event of events) {
          const next: (typeof event)[] = [];
          const collect = async (one: typeof event) => void next.push(one);
          await transact(async tx => {
            await applyInOrder(new SimulatedPositions(tx, consumer), event, collect, missing);
          });
          for (const one of next) await transact(tx => effect(tx, one));
        }
        return missing;
      },
    });
    assertTells(failure, /^(never quiet|I[4569]):/);
  });

  it('is found when a relay publishes in another order than that of the commits', async () => {
    const failure = await found({
      ...SOUND,
      moveBatch: ({ read, archive }, bus, subgraph) =>
        moveBatch(
          { read: async limit => (await read(limit)).toReversed(), archive },
          bus,
          subgraph,
        ),
    });
    assertTells(failure, /^I7: .* was published in the order/);
  });

  it('is found when a relay remembers how far it has come instead of what is left', async () => {
    const failure = await found(() => {
      const cursors = new Map<string, number>();
      return {
        ...SOUND,
        moveBatch: ({ read, archive }, bus, subgraph) =>
          moveBatch(
            {
              async read(limit) {
                const cursor = cursors.get(subgraph) ?? 0;
                const rows = (await read(limit)).filter(({ seq }) => Number(seq) > cursor);
                cursors.set(subgraph, Math.max(cursor, ...rows.map(({ seq }) => Number(seq))));
                return rows;
              },
              archive,
            },
            bus,
            subgraph,
          ),
      };
    });
    assertTells(failure, /^I8: .* is not published/);
  });

  it('is found when a refused purchase does not give its money back', async () => {
    const failure = await found({ ...SOUND, takeAnswer: withoutRelease });
    assertTells(failure, /^I4: order \d+ is REFUSED, and its money went HOLD$/);
  });

  it('is found when what the provider has set aside for a refused purchase is not given back', async () => {
    const failure = await found({ ...SOUND, giveBack: () => {} });
    assertTells(failure, /^I5: order \d+ is REFUSED, and the provider has \d+ of it, not 0$/);
  });

  it('is found when an answer that is told twice takes the money twice', async () => {
    const failure = await found({
      ...SOUND,
      takeAnswer(order, ...rest) {
        if (order.state === OrderState.COMPLETED) order.state = OrderState.HELD;
        return SOUND.takeAnswer(order, ...rest);
      },
      post(book, transfer) {
        try {
          SOUND.post(book, transfer);
        } catch {
          // A ledger that lets a hold end twice: it has the money from somewhere.
          const again = `${transfer.ref} again`;
          openAccount(book, transfer.src, 'HOLD');
          book.set(`transfers ${again}`, [transfer]);
        }
      },
    });
    assertTells(failure, /^I[234]: /);
  });
});

const withoutRelease: Parts['takeAnswer'] = (...asked) => {
  const { event, move } = SOUND.takeAnswer(...asked);
  return move === 'release' ? { event } : { event, ...(move && { move }) };
};

/** The first failure that the seeds bring; there must be one, and a small one. */
async function found(parts: Parts | (() => Parts)): Promise<Failure> {
  for (let seed = 1; seed <= SEEDS_UNTIL_FOUND; seed++) {
    const those = typeof parts === 'function' ? parts() : parts;
    if ((await simulate(planOf(seed), those)).length === 0) continue;
    const failure = await simulateSeed(seed, those);
    assert.ok(failure, 'it fails again');
    return failure;
  }
  throw new Error(`${SEEDS_UNTIL_FOUND} seeds did not find it.`);
}

function assertTells({ violations, steps, history }: Failure, what: RegExp): void {
  assert.ok(
    violations.some(violation => what.test(violation)),
    violations.join('\n'),
  );
  assert.ok(steps.length <= STEPS_MAX, `${steps.length} steps are left`);
  assert.ok(history.length > 0);
}
