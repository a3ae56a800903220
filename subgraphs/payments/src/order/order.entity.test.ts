import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '@gamegraph/subgraph-kit';
import { v7 as uuidv7 } from 'uuid';
import { Order, OrderState } from './order.entity.js';

const BOUGHT = new Date('2026-11-01T12:00:00Z');
const DAY_MS = 86_400_000;

function givenOrder(state: OrderState, minor = 1999n): Order {
  const bought = { buyerId: uuidv7(), gameId: uuidv7(), walletId: uuidv7() };
  const { order } = Order.place(bought, money(minor, 'EUR'), BOUGHT);
  return Object.assign(order, { state });
}

const STEPS = {
  pay: (order: Order) => order.pay(BOUGHT),
  complete: (order: Order) => order.complete(BOUGHT),
  collected: (order: Order) => order.collected(BOUGHT),
  refuse: (order: Order) => order.refuse('owned already'),
  refund: (order: Order) => order.refund(),
  keep: (order: Order) => order.keep('played for too long'),
  reverse: (order: Order) => order.reverse('charged back'),
};

describe('an order', () => {
  it('takes from each state the steps that lead on, and no other', () => {
    const taken = Object.values(OrderState).flatMap(state =>
      Object.entries(STEPS).flatMap(([name, step]) => {
        const order = givenOrder(state);
        const event = step(order);
        assert.equal(event === undefined, order.state === state, 'an event for a change');
        return event ? [`${state} ${name} ${order.state}`] : [];
      }),
    );
    assert.deepEqual(taken, [
      'PAYING pay HELD',
      'PAYING refuse REFUSED',
      'HELD complete COMPLETED',
      'HELD refuse REFUSED',
      'COLLECTING collected COMPLETED',
      'COLLECTING reverse REVERSED',
      'COMPLETED reverse REVERSED',
      'REFUND_REQUESTED refund REFUNDED',
      'REFUND_REQUESTED keep COMPLETED',
      'REFUND_REQUESTED reverse REVERSED',
    ]);
  });

  it('may be refunded for 14 days, when it is complete and cost something', () => {
    const at = (days: number) => new Date(BOUGHT.getTime() + days * DAY_MS);
    const completed = givenOrder(OrderState.COMPLETED);
    const fortnight = { isEligible: true, reason: null, until: at(14) };
    assert.deepEqual(completed.refundEligibility(at(0)), fortnight);
    assert.deepEqual(completed.refundEligibility(at(14)), fortnight);
    const late = completed.refundEligibility(new Date(at(14).getTime() + 1));
    const reason = 'the purchase was more than 14 days ago';
    assert.deepEqual(late, { isEligible: false, reason, until: null });
    for (const state of Object.values(OrderState)) {
      const { isEligible } = givenOrder(state).refundEligibility(BOUGHT);
      assert.equal(isEligible, state === OrderState.COMPLETED, state);
    }
    const free = givenOrder(OrderState.COMPLETED, 0n).refundEligibility(BOUGHT);
    assert.equal(free.reason, 'it cost nothing');
  });
});
