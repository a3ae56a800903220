import { isDeepStrictEqual } from 'node:util';
import type { Message } from '@gamegraph/event-bus';
import { licence as licenceAggregate, order as orderAggregate } from '@gamegraph/event-contracts';
import { type Licence, LicenceState } from '@gamegraph/library/core';
import { type Order, OrderState } from '@gamegraph/payments/core';
import type { CopyRow } from './copies.js';
import { nameOf, numberOf } from './database.js';
import type { Account, Transfer } from './ledger.js';
import { type Entry, entryKey } from './library.js';
import type { Effect } from './subgraph.js';
import type { World } from './world.js';

/** What the money of an order has done by then: the wallet's part, and the provider's. */
function movesOf({ state, minor, chargedMinor }: Order): string {
  const [isHeld, isCharged] = [minor > chargedMinor, chargedMinor > 0n];
  const begun = isHeld ? ['HOLD'] : [];
  const taken = [...begun, ...(isCharged ? ['CHARGE'] : []), ...(minor > 0n ? ['CAPTURE'] : [])];
  const moves: Record<OrderState, string[]> = {
    [OrderState.PAYING]: begun,
    [OrderState.HELD]: begun,
    [OrderState.COLLECTING]: begun,
    [OrderState.COMPLETED]: taken,
    [OrderState.REFUND_REQUESTED]: taken,
    [OrderState.REFUNDED]: [...taken, ...[isHeld, isCharged].flatMap(is => (is ? ['REFUND'] : []))],
    [OrderState.REFUSED]: isHeld ? ['HOLD', 'RELEASE'] : [],
    [OrderState.REVERSED]: isHeld ? ['HOLD', 'RELEASE'] : [],
  };
  return moves[state].join(' ');
}

/** What does not hold of a world that has come to rest. The numbers are those of docs/reliability.md. */
export function violations(world: World, isQuiet: boolean): string[] {
  return [
    ...(isQuiet ? [] : [`never quiet: ${whatIsOpen(world)}`]),
    ...world.poison.map(what => `I12: ${what}`),
    ...moneyIsWhole(world),
    ...ordersHaveEnded(world),
    ...providerHasItsDue(world),
    ...effectsAreOnce(world),
    ...nothingIsLost(world),
    ...copiesAreEqual(world),
  ];
}

function whatIsOpen({ databases, bus, payments }: World): string {
  const waiting = Object.values(databases).flatMap(({ name, outbox }) =>
    outbox.size > 0 ? [`${outbox.size} events in the outbox of ${name}`] : [],
  );
  const parked = Object.values(databases).flatMap(database =>
    database.list('parked ').length > 0 ? [`events are parked in ${database.name}`] : [],
  );
  return [
    ...waiting,
    ...parked,
    ...(bus.isTaken ? [] : ['messages on the bus']),
    ...(payments.isSettled ? [] : ['orders without an end']),
  ].join(', ');
}

/** I2, I3: each account is what its transfers say, and none was below zero on the way. */
function moneyIsWhole({ databases: { payments } }: World): string[] {
  const balances = new Map<string, bigint>();
  for (const { src, dst, minor } of payments.list<Transfer[]>('transfers ').flat()) {
    balances.set(src, (balances.get(src) ?? 0n) - minor);
    balances.set(dst, (balances.get(dst) ?? 0n) + minor);
  }
  return payments.list<Account>('account ').flatMap(({ id, kind, input, output }) => {
    const name = `the ${kind.toLowerCase()} ${numberOf(id)}`;
    const balance = input - output;
    if (balance !== (balances.get(id) ?? 0n))
      return [`I2: ${name} has ${balance}, by its transfers ${balances.get(id)}`];
    return balance < 0n ? [`I3: ${name} has ${balance}`] : [];
  });
}

/** I4, I5, I10: the order, its licence and its money tell the same; what was acknowledged is there. */
function ordersHaveEnded({ databases: { payments, library }, acknowledged }: World): string[] {
  const found: string[] = [];
  const orders = payments.list<Order>('order ');
  for (const order of orders) {
    const { id, state, buyerId, gameId } = order;
    const name = `order ${numberOf(id)}`;
    const transfers = payments.read<Transfer[]>(`transfers ${id}`) ?? [];
    const kinds = transfers.map(({ kind }) => kind).join(' ');
    if (kinds !== movesOf(order))
      found.push(`I4: ${name} is ${state}, and its money went ${kinds || 'nowhere'}`);
    const licence = library.read<Licence>(`licence ${id}`);
    const isActive = licence?.state === LicenceState.ACTIVE;
    if (isActive !== (state === OrderState.COMPLETED))
      found.push(`I5: ${name} is ${state}, and its licence is ${licence?.state ?? 'not there'}`);
    const entry = library.read<Entry>(entryKey(buyerId, gameId));
    const owning = orders.filter(
      other =>
        other.buyerId === buyerId &&
        other.gameId === gameId &&
        library.read<Licence>(`licence ${other.id}`)?.state === LicenceState.ACTIVE,
    );
    if (owning.length > 1) found.push(`I5: ${name} is of a game that was sold twice to one buyer`);
    if (owning[0]?.id !== entry?.ownedBy)
      found.push(`I5: the game of ${name} is owned without a licence, or the other way round`);
  }
  for (const { idempotencyKey, orderId } of acknowledged) {
    if (orderId !== undefined && !payments.read(`order ${orderId}`))
      found.push(`I10: ${idempotencyKey} was acknowledged, and is not there`);
  }
  return found;
}

/** I5: the provider has what was charged for orders that are complete, and nothing else. */
function providerHasItsDue({ databases: { payments }, provider }: World): string[] {
  return payments.list<Order>('order ').flatMap(({ id, state, chargedMinor }) => {
    const charge = provider.charges.get(id);
    const isDeclined = !charge || charge.state === 'declined';
    const kept = isDeclined ? 0n : charge.amount.minor - charge.refundedMinor;
    const due = state === OrderState.COMPLETED ? chargedMinor : 0n;
    return kept === due
      ? []
      : [`I5: order ${numberOf(id)} is ${state}, and the provider has ${kept} of it, not ${due}`];
  });
}

/** I6: each consumer had each event once, in order. */
function effectsAreOnce({ databases, subgraphs }: World): string[] {
  return Object.values(databases).flatMap(database =>
    subgraphs[database.name as keyof typeof subgraphs].options.consumers.flatMap(({ name }) =>
      database.list<Effect[]>(`effects ${name} `).flatMap(effects => {
        const versions = effects.map(({ version }) => version);
        return versions.every((version, n) => version === n + 1)
          ? []
          : [`I6: ${name} had the events of an aggregate in the order ${versions.join(', ')}`];
      }),
    ),
  );
}

/** I7: what was recorded was published, in order; and what was published has come to each consumer. */
function nothingIsLost(world: World): string[] {
  const found: string[] = [];
  const { databases, subgraphs, bus } = world;
  for (const owner of [databases.payments, databases.library]) {
    for (const row of owner.outbox.values())
      found.push(
        `I8: ${nameOf(row.aggregatetype, row.aggregateid)} ${row.version} is not published`,
      );
  }
  const stored = Map.groupBy(bus.stored, ({ topic, key }) => `${topic} ${key}`);
  for (const [about, messages] of stored) {
    const [topic, subject] = about.split(' ') as [string, string];
    const versions = [...new Set(messages.map(versionOf))];
    const name = nameOf(topic, subject);
    if (versions.some((version, n) => version !== n + 1))
      found.push(`I7: ${name} was published in the order ${versions.join(', ')}`);
    const owner = topic.startsWith('payments') ? databases.payments : databases.library;
    const head = owner.read<number>(`head ${about}`) ?? 0;
    if (Math.max(...versions) !== head)
      found.push(`I7: ${name} has ${head} events, and ${Math.max(...versions)} were published`);
    for (const { options } of Object.values(subgraphs)) {
      for (const consumer of options.consumers.filter(({ topics }) => topics.includes(topic))) {
        const had = options.database.read<number>(`inbox ${consumer.name} ${about}`) ?? 0;
        if (had !== head)
          found.push(`I7: ${consumer.name} has come to event ${had} of ${head} of ${name}`);
      }
    }
  }
  return found;
}

/** I9: what is copied is what its owner says. */
function copiesAreEqual({ databases: { payments, library, social } }: World): string[] {
  const differing = (topic: string, all: { id: string; announced(): object }[]) =>
    all.flatMap(one => {
      const copied = social.read<CopyRow>(`copy ${topic} ${one.id}`)?.state;
      return isDeepStrictEqual(copied, one.announced())
        ? []
        : [`I9: the copy of ${nameOf(topic, one.id)} is not as its owner says`];
    });
  const licences = library.list<Licence>('licence ');
  const active = Map.groupBy(
    licences.filter(({ state }) => state === LicenceState.ACTIVE),
    ({ userId }) => userId,
  );
  const counts = [...new Set(licences.map(({ userId }) => userId))].flatMap(userId => {
    const counted = social.read<number>(`count ${userId}`) ?? 0;
    const owned = active.get(userId)?.length ?? 0;
    return counted === owned
      ? []
      : [
          `I9: ${counted} licences of buyer ${numberOf(userId)} are counted, and there are ${owned}`,
        ];
  });
  return [
    ...differing(orderAggregate.topic, payments.list<Order>('order ')),
    ...differing(licenceAggregate.topic, licences),
    ...counts,
  ];
}

const versionOf = ({ headers }: Message) => Number(headers.ce_sequence);
