import type { Envelope } from '@gamegraph/event-bus';
import {
  licence as licenceAggregate,
  type OrderState,
  purchaseCancelled,
  purchaseHeld,
  purchaseReversed,
  refundRequested,
} from '@gamegraph/event-contracts';
import { Licence, LicenceSource, LicenceState } from '@gamegraph/library/core';
import { type Database, numberOf, type Transaction, uuid } from './database.js';
import type { Process } from './process.js';
import type { SimulatedConsumer } from './subgraph.js';

export interface Entry {
  userId: string;
  gameId: string;
  /** The order whose licence is active; undefined when it is not owned. */
  ownedBy: string | undefined;
  playtimeSeconds: number;
}

/**
 * The subgraph that has the licences, around its own entity: a model of licence/order.process.ts, without accounts that
 * are deleted and games that are withdrawn (model.test.ts).
 */
export class SimulatedLibrary {
  constructor(readonly database: Database) {}

  get topics(): string[] {
    return [licenceAggregate.topic];
  }

  play(by: Process, buyer: number, game: number, seconds: number): Promise<void> {
    return this.database.transact(by, async tx => {
      const key = entryKey(uuid('', 'user', buyer), uuid('', 'game', game));
      const entry = tx.get<Entry>(key);
      if (!entry?.ownedBy) return;
      tx.set(key, { ...entry, playtimeSeconds: entry.playtimeSeconds + seconds });
    });
  }

  get consumer(): SimulatedConsumer {
    return {
      name: 'library.orders',
      topics: ['payments.order'],
      handle: (tx, event) => answer(tx, event),
    };
  }
}

/** What the library does with an event of an order. */
export function answer(tx: Pick<Transaction, 'get' | 'set' | 'record'>, event: Envelope): void {
  const order = event.data as OrderState;
  const at = new Date(event.time);
  const licenceKey = `licence ${order.id}`;
  const keyOfEntry = entryKey(order.buyerId, order.gameId);
  const decided = tx.get<Licence>(licenceKey);
  const entry = tx.get<Entry>(keyOfEntry);

  const keep = (licence: Licence) => {
    licence.id = uuid('', 'licence', numberOf(order.id));
    tx.set(licenceKey, licence);
    tx.record(licence.answer(), at);
  };
  const origin = {
    ...{ userId: order.buyerId, gameId: order.gameId },
    ...{ source: LicenceSource.ORDER, sourceId: order.id },
  };
  const refuse = (reason: string) => keep(Licence.refuse(origin, reason).licence);

  /** What was bought again since has another licence. */
  const disown = () => {
    if (entry?.ownedBy === order.id) tx.set(keyOfEntry, { ...entry, ownedBy: undefined });
  };

  if (event.type === purchaseHeld.type) {
    if (decided) return tx.record(decided.answer(), at);
    if (entry?.ownedBy) return refuse('owned already');
    const playtimeSeconds = entry?.playtimeSeconds ?? 0;
    const { userId, gameId } = origin;
    tx.set(keyOfEntry, { userId, gameId, playtimeSeconds, ownedBy: order.id } satisfies Entry);
    keep(Licence.grant(origin, null, playtimeSeconds, at).licence);
  } else if (event.type === purchaseCancelled.type) {
    if (decided) return tx.record(decided.answer(), at);
    refuse('cancelled before it was granted');
  } else if (event.type === refundRequested.type) {
    if (!decided) return refuse('never granted');
    if (!entry) return tx.record(decided.answer(), at);
    tx.record(decided.answerRefund(entry.playtimeSeconds, at), at);
    tx.set(licenceKey, decided);
    if (decided.state === LicenceState.REVOKED) disown();
  } else if (event.type === purchaseReversed.type) {
    if (!decided) return refuse('never granted');
    if (!entry || decided.state !== LicenceState.ACTIVE) return;
    const reason = order.reason ?? 'the payment was reversed';
    tx.record(decided.revoke(reason, entry.playtimeSeconds, at), at);
    tx.set(licenceKey, decided);
    disown();
  }
}

export function entryKey(userId: string, gameId: string): string {
  return `entry ${userId} ${gameId}`;
}
