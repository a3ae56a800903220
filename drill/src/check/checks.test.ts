import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Creation, Heard, Read, Write } from '../history.js';
import { checkHeard, checkRegisters, checkThings } from './history-checks.js';
import {
  type AccountRow,
  checkDeadLetters,
  checkEvents,
  checkHolds,
  checkLedger,
  checkOrders,
  checkPayments,
  checkVouchers,
  type OrderRow,
  type PaymentRow,
  type TransferRow,
  type VoucherRow,
} from './state-checks.js';
import type { Violation } from './violation.js';

const told = (violations: Violation[]) =>
  violations.map(({ invariant, damage }) => `${invariant} ${damage}`);

const at = (n: number, askedAt = 10 * n, answeredAt = askedAt + 5) => ({
  ...{ n, person: 'somebody', askedAt, answeredAt, fault: undefined },
});

describe('what was made is compared with what was wished for', () => {
  const wish = (n: number, outcome: Creation['outcome'], ...ids: string[]): Creation => ({
    ...{ ...at(n), op: 'create', thing: 'order', key: `key ${n}`, outcome, ids },
  });
  const found = (id: string, n?: number) => ({
    ...{ thing: 'order' as const, id },
    ...(n !== undefined && { key: `key ${n}` }),
  });

  it('is content with each wish done once, and with those of which nobody knows', () => {
    const history = [
      wish(1, 'acknowledged', 'a', 'a'),
      wish(2, 'refused'),
      wish(3, 'unknown'),
      wish(4, 'unknown'),
    ];
    assert.deepEqual(checkThings(history, [found('a', 1), found('c', 3)]), []);
  });

  it('finds what was acknowledged and is not there', () => {
    assert.deepEqual(told(checkThings([wish(1, 'acknowledged', 'a')], [])), ['I10 lost']);
  });

  it('finds what was refused and is there', () => {
    assert.deepEqual(told(checkThings([wish(1, 'refused')], [found('a', 1)])), ['I10 duplicated']);
  });

  it('finds what is there twice, be its wish known or not', () => {
    const twice = [found('a', 1), found('b', 1)];
    assert.deepEqual(told(checkThings([wish(1, 'acknowledged', 'a')], twice)), ['I6 duplicated']);
    assert.deepEqual(told(checkThings([wish(1, 'unknown')], twice)), ['I6 duplicated']);
  });

  it('finds two answers to one wish', () => {
    const history = [wish(1, 'acknowledged', 'a', 'b')];
    const both = [found('a', 1), found('b', 1)];
    assert.deepEqual(told(checkThings(history, both)), ['I6 duplicated']);
  });

  it('finds what nobody wished for', () => {
    const history = [wish(1, 'acknowledged', 'a')];
    assert.deepEqual(told(checkThings(history, [found('a', 1), found('b')])), ['I6 duplicated']);
    assert.deepEqual(told(checkThings(history, [found('a', 1), found('b', 7)])), ['I6 duplicated']);
  });
});

describe('what was read is compared with what was written', () => {
  const register = { register: 'price', about: 'a game' } as const;
  const write = (n: number, value: string, outcome: Write['outcome'] = 'acknowledged'): Write => ({
    ...{ ...at(n), ...register, op: 'write', value, outcome },
  });
  const read = (n: number, value: string, from: Read['from'] = 'owner'): Read => ({
    ...{ ...at(n), ...register, op: 'read', value, from },
  });

  it('is content with the last word, a copy that is behind, and late effects of what is not known', () => {
    const history = [
      read(1, 'old'),
      write(2, 'a'),
      read(3, 'a'),
      write(4, 'b', 'unknown'),
      write(5, 'c'),
      read(6, 'a', 'builds'),
      read(7, 'c'),
      read(8, 'b'),
      read(9, 'c', 'builds'),
    ];
    assert.deepEqual(checkRegisters(history), []);
  });

  it('finds an acknowledged write that is gone', () => {
    assert.deepEqual(told(checkRegisters([write(1, 'a'), write(2, 'b'), read(3, 'a')])), [
      'I10 lost',
    ]);
    assert.deepEqual(told(checkRegisters([write(1, 'a'), read(2, 'of nobody')])), ['I10 lost']);
  });

  it('finds a refused write that shows', () => {
    assert.deepEqual(told(checkRegisters([write(1, 'a', 'refused'), read(2, 'a')])), ['I10 other']);
  });

  it('finds a copy that goes back', () => {
    const history = [write(1, 'a'), write(2, 'b'), read(3, 'b', 'builds'), read(4, 'a', 'builds')];
    assert.deepEqual(told(checkRegisters(history)), ['I13 other']);
  });

  it('tells copies apart: one may be behind another', () => {
    const history = [
      write(1, 'a'),
      write(2, 'b'),
      read(3, 'b', 'builds'),
      read(4, 'a', 'payments'),
    ];
    assert.deepEqual(checkRegisters(history), []);
  });

  it('finds a copy that is older than the token that was sent', () => {
    const writes = [write(1, 'a'), write(2, 'b')];
    const sent = (value: string, more: Partial<Read>) => ({ ...read(3, value, 'builds'), ...more });
    const found = (one: Read) => told(checkRegisters([...writes, one]));
    assert.deepEqual(found(sent('a', { since: 2 })), ['I13 other']);
    assert.deepEqual(found(sent('of before', { since: 1 })), ['I13 other']);
    assert.deepEqual(found(sent('a', { since: 2, isStale: true })), []);
    assert.deepEqual(found(sent('a', { since: 1 })), []);
    assert.deepEqual(found(sent('b', { since: 1 })), []);
  });

  it('takes reads at the same time in any order', () => {
    const slow = { ...read(4, 'a', 'builds'), askedAt: 32 };
    assert.deepEqual(
      checkRegisters([write(1, 'a'), write(2, 'b'), read(3, 'b', 'builds'), slow]),
      [],
    );
  });
});

describe('what was heard is compared with what was said', () => {
  const heard = (...sequences: number[]) =>
    sequences.map((sequence, n): Heard => ({ ...at(n), op: 'hear', sequence, isAfterGap: false }));

  it('is content with all of it, from the first on, some of it twice', () => {
    assert.deepEqual(checkHeard(heard(3, 4, 5, 4, 5, 6), [1, 2, 3, 4, 5, 6]), []);
  });

  it('finds what nobody was told of', () => {
    assert.deepEqual(told(checkHeard(heard(3, 5), [3, 4, 5])), ['I13 lost']);
    assert.deepEqual(told(checkHeard(heard(3, 4), [3, 4, 5])), ['I13 lost']);
  });

  it('finds what was told late', () => {
    assert.deepEqual(told(checkHeard(heard(3, 5, 4), [3, 4, 5])), ['I13 other']);
  });

  it('lets go what somebody was told that they may have missed', () => {
    const history = heard(3, 6, 7).map(one => ({ ...one, isAfterGap: one.sequence === 6 }));
    assert.deepEqual(checkHeard(history, [3, 4, 5, 6, 7]), []);
  });
});

describe('money', () => {
  const wallet: AccountRow = { id: 'w', kind: 'WALLET', currency: 'EUR', minor: 5, transferred: 5 };
  const clearing: AccountRow = { ...wallet, id: 'c', kind: 'CLEARING', minor: -5, transferred: -5 };

  it('is balanced', () => {
    assert.deepEqual(checkLedger([wallet, clearing]), []);
  });

  it('was made', () => {
    const made = { ...wallet, minor: 6, transferred: 6 };
    assert.deepEqual(told(checkLedger([made, clearing])), ['I1 ledger']);
  });

  it('is not what was transferred', () => {
    const rows = [
      { ...wallet, minor: 6 },
      { ...clearing, minor: -6 },
    ];
    assert.deepEqual(told(checkLedger(rows)), ['I2 ledger', 'I2 ledger']);
  });

  it('is owed', () => {
    const rows = [
      { ...clearing, kind: 'WALLET' },
      { ...wallet, kind: 'REVENUE' },
    ];
    assert.deepEqual(told(checkLedger(rows)), ['I3 ledger']);
  });

  it('is held for ever, or twice given', () => {
    const move = (kind: string): TransferRow => ({ kind, ref: 'order', minor: 5 });
    assert.deepEqual(checkHolds([move('HOLD'), move('CAPTURE')]), []);
    assert.deepEqual(told(checkHolds([move('HOLD')])), ['I4 ledger']);
    assert.deepEqual(told(checkHolds(['HOLD', 'CAPTURE', 'RELEASE'].map(move))), ['I4 ledger']);
    assert.deepEqual(told(checkHolds(['HOLD', 'CAPTURE', 'CAPTURE'].map(move))), ['I4 ledger']);
  });
});

describe('an order, its licences and its money', () => {
  const lines = [{ gameId: 'g', minor: 5 }];
  const order: OrderRow = {
    ...{ id: 'o', ownerId: 'b', state: 'COMPLETED', minor: 5, chargedMinor: 0 },
    ...{ lines, refundedGameIds: [] },
  };
  const licence = { orderId: 'o', userId: 'b', gameId: 'g', state: 'ACTIVE' };
  const moves = (...kinds: string[]) => kinds.map(kind => ({ kind, ref: 'o', minor: 5 }));

  it('agree', () => {
    assert.deepEqual(checkOrders([order], [licence], moves('HOLD', 'CAPTURE')), []);
    const [refunded, revoked] = [
      { ...order, state: 'REFUNDED', refundedGameIds: ['g'] },
      { ...licence, state: 'REVOKED' },
    ];
    assert.deepEqual(checkOrders([refunded], [revoked], moves('HOLD', 'CAPTURE', 'REFUND')), []);
    const parts = [
      { kind: 'CHARGE', ref: 'o', minor: 3 },
      { kind: 'HOLD', ref: 'o', minor: 2 },
    ];
    assert.deepEqual(checkOrders([order], [licence], [...parts, ...moves('CAPTURE')]), []);
  });

  it('agree on a part that was given back, and not on the other', () => {
    const both = { ...order, minor: 8, lines: [...lines, { gameId: 'h', minor: 3 }] };
    const half = { ...both, refundedGameIds: ['h'] };
    const money = (back: number) =>
      [8, 8, back].map((minor, n) => ({
        kind: ['HOLD', 'CAPTURE', 'REFUND'][n]!,
        ref: 'o',
        minor,
      }));
    const other = { ...licence, gameId: 'h', state: 'REVOKED' };
    assert.deepEqual(checkOrders([half], [licence, other], money(3)), []);
    assert.deepEqual(told(checkOrders([half], [licence, other], money(5))), ['I5 ledger']);
    const stillThere = { ...other, state: 'ACTIVE' };
    assert.deepEqual(told(checkOrders([half], [licence, stillThere], money(3))), ['I5 duplicated']);
    assert.deepEqual(told(checkOrders([half], [other], money(3))), ['I5 lost']);
  });

  it('do not: paid, and no licence', () => {
    assert.deepEqual(told(checkOrders([order], [], moves('HOLD', 'CAPTURE'))), ['I5 lost']);
  });

  it('do not: given back, and still a licence', () => {
    const refunded = { ...order, state: 'REFUNDED' };
    const violations = checkOrders([refunded], [licence], moves('HOLD', 'CAPTURE', 'REFUND'));
    assert.deepEqual(told(violations), ['I5 duplicated']);
  });

  it('do not: a licence, and the money was never taken', () => {
    assert.deepEqual(told(checkOrders([order], [licence], moves('HOLD'))), ['I5 ledger']);
  });

  it('do not: a gift, and the buyer has it', () => {
    const gift = { ...order, ownerId: 'c' };
    assert.deepEqual(told(checkOrders([gift], [licence], moves('HOLD', 'CAPTURE'))), ['I5 other']);
  });

  it('do not: another amount', () => {
    const wrong = moves('HOLD', 'CAPTURE').map(move => ({ ...move, minor: 6 }));
    assert.deepEqual(told(checkOrders([order], [licence], wrong)), ['I5 ledger']);
  });

  it('do not: the same game paid twice', () => {
    const again = { ...order, id: 'p' };
    const violations = checkOrders(
      [order, again],
      [licence, { ...licence, orderId: 'p' }],
      [
        ...moves('HOLD', 'CAPTURE'),
        ...moves('HOLD', 'CAPTURE').map(move => ({ ...move, ref: 'p' })),
      ],
    );
    assert.deepEqual(told(violations), ['I5 duplicated']);
  });

  it('do not: a licence for no order, an order without an end', () => {
    assert.deepEqual(told(checkOrders([], [licence], [])), ['I5 duplicated']);
    assert.deepEqual(told(checkOrders([{ ...order, state: 'HELD' }], [], moves('HOLD'))), [
      'I5 other',
    ]);
  });
});

describe('what the provider has', () => {
  const order: OrderRow = {
    ...{ id: 'o', ownerId: 'b', state: 'COMPLETED', minor: 8, chargedMinor: 5 },
    ...{ lines: [4, 4].map((minor, n) => ({ gameId: `g${n}`, minor })), refundedGameIds: [] },
  };
  const payment: PaymentRow = {
    ...{ id: 'o', state: 'CAPTURED', minor: 5, refundedMinor: 0, isDue: false },
  };
  const clearing = (received: number): AccountRow[] => [
    { id: 'c', kind: 'CLEARING', currency: 'EUR', minor: -received, transferred: -received },
  ];
  const found = (one: OrderRow, paid: PaymentRow[], booked: number) =>
    told(checkPayments([one], paid, 2, clearing(booked)));

  it('is what was charged, and not given back', () => {
    assert.deepEqual(found(order, [payment], 7), []);
    const half = { ...order, refundedGameIds: ['g0'] };
    assert.deepEqual(found(half, [{ ...payment, refundedMinor: 4 }], 3), []);
    const refused = { ...order, state: 'REFUSED' };
    assert.deepEqual(found(refused, [{ ...payment, state: 'DECLINED' }], 2), []);
    assert.deepEqual(found(refused, [{ ...payment, refundedMinor: 5 }], 2), []);
  });

  it('was not given back, of an order of which nothing came', () => {
    const refused = { ...order, state: 'REFUSED' };
    assert.deepEqual(found(refused, [payment], 7), ['I5 ledger']);
    const heldFor = [{ ...payment, state: 'AUTHORISED' }];
    assert.deepEqual(found(refused, heldFor, 7), ['I5 ledger']);
  });

  it('was given back, of an order that is complete', () => {
    assert.deepEqual(found(order, [{ ...payment, refundedMinor: 5 }], 2), ['I5 ledger']);
    assert.deepEqual(found(order, [], 2), ['I5 ledger']);
  });

  it('is still to be asked for', () => {
    assert.deepEqual(found(order, [{ ...payment, isDue: true }], 7), ['I5 ledger']);
  });

  it('is not what the book says', () => {
    assert.deepEqual(found(order, [payment], 8), ['I5 ledger']);
  });
});

describe('a voucher', () => {
  const voucher = { id: 'v', max: 2, count: 2, redeemed: 2, orders: ['COMPLETED', 'REFUNDED'] };

  it('is used as often as it may be', () => {
    assert.deepEqual(checkVouchers([voucher]), []);
  });

  it('is used too often, or not given back, or forgotten', () => {
    const wrong: Partial<VoucherRow>[] = [
      { max: 1 },
      { count: 1 },
      { orders: ['COMPLETED', 'REFUSED'] },
      { orders: ['COMPLETED'] },
    ];
    for (const one of wrong)
      assert.deepEqual(told(checkVouchers([{ ...voucher, ...one }])), ['I5 ledger']);
  });
});

describe('events', () => {
  const head = { topic: 't', id: 'a', version: 2, archived: 2, archivedUpTo: 2 };
  const position = { consumer: 'c', topic: 't', id: 'a', version: 2 };

  it('have all been had', () => {
    assert.deepEqual(checkEvents([head], [position]), []);
  });

  it('are missing for a consumer: the last, or all of an aggregate', () => {
    assert.deepEqual(told(checkEvents([head], [{ ...position, version: 1 }])), ['I7 lost']);
    assert.deepEqual(told(checkEvents([head, { ...head, id: 'b' }], [position])), ['I7 lost']);
  });

  it('were never published', () => {
    assert.deepEqual(told(checkEvents([{ ...head, archived: 1 }], [position])), ['I7 lost']);
  });

  it('are dead letters, and were not poisoned', () => {
    const letters = [
      { id: 'p', error: 'so' },
      { id: 'q', error: 'so' },
    ];
    assert.deepEqual(told(checkDeadLetters(letters, new Set(['p']))), ['I12 other']);
  });
});
