import type { Envelope } from '@gamegraph/event-bus';
import {
  licenceGranted,
  licenceKept,
  licenceRefused,
  licenceRevoked,
  type LicenceState,
  order as orderAggregate,
  purchaseHeld,
} from '@gamegraph/event-contracts';
import { Order, OrderState } from '@gamegraph/payments/core';
import { money, Refusal } from '@gamegraph/subgraph-kit';
import { type Database, type Note, numberOf, type Transaction, uuid } from './database.js';
import { CLEARING, type Kind, openAccount, REVENUE } from './ledger.js';
import type { Parts } from './parts.js';
import type { Process } from './process.js';
import type { SimulatedConsumer } from './subgraph.js';

const CANCEL_AFTER_MS = 60_000;
const WORDS = [licenceGranted, licenceRefused, licenceRevoked, licenceKept].map(({ type }) => type);

export interface Purchase {
  buyer: number;
  game: number;
  minor: number;
  /** The client's, the same however often it asks. */
  idempotencyKey: string;
}

/** The subgraph that has the money, around its own entity and decisions. */
export class SimulatedPayments {
  #orders = 0;

  constructor(
    readonly database: Database,
    private readonly parts: Parts,
    private readonly note: Note,
  ) {}

  get topics(): string[] {
    return [orderAggregate.topic];
  }

  async openWallet(by: Process, buyer: number, minor: number): Promise<void> {
    await this.database.transact(by, async tx => {
      openAccount(tx, walletOf(buyer), 'WALLET');
      this.#post(tx, 'TOP_UP', CLEARING, walletOf(buyer), BigInt(minor), uuid('', 'top-up', buyer));
    });
  }

  /** Returns the order's id, or undefined for who has not the money. */
  purchase(by: Process, purchase: Purchase): Promise<string | undefined> {
    const { database } = this;
    return database.transact(by, async tx => {
      const key = `key ${purchase.idempotencyKey}`;
      const done = tx.get<{ outcome: string | undefined }>(key);
      if (done) return done.outcome;
      const at = database.now;
      const amount = money(BigInt(purchase.minor), 'EUR');
      const isFree = purchase.minor === 0;
      const walletId = isFree ? null : walletOf(purchase.buyer);
      const wallet = tx.get<{ input: bigint; output: bigint }>(
        `account ${walletOf(purchase.buyer)}`,
      )!;
      let outcome: string | undefined;
      if (wallet.input - wallet.output >= amount.minor) {
        const [buyerId, gameId] = [
          uuid('', 'user', purchase.buyer),
          uuid('', 'game', purchase.game),
        ];
        const { order } = Order.place({ buyerId, gameId, walletId }, amount, at);
        order.id = uuid('', 'order', ++this.#orders);
        outcome = order.id;
        tx.set(`order ${order.id}`, order);
        if (walletId) {
          openAccount(tx, order.id, 'HOLD');
          this.#post(tx, 'HOLD', walletId, order.id, amount.minor, order.id);
        }
        tx.record(purchaseHeld(order.announced()), at);
      }
      tx.set(key, { outcome });
      return outcome;
    });
  }

  requestRefund(by: Process, orderId: string): Promise<void> {
    return this.database.transact(by, async tx => {
      const order = tx.get<Order>(`order ${orderId}`)!;
      const at = this.database.now;
      const event = order.requestRefund(at);
      if (event instanceof Refusal) return;
      tx.set(`order ${orderId}`, order);
      tx.record(event, at);
    });
  }

  /** As the job of order.process.ts. */
  async cancelUnanswered(by: Process, clockAheadMs = 0): Promise<void> {
    const nowMs = () => this.database.now.getTime() + clockAheadMs;
    const isUnanswered = (order: Order | undefined) =>
      (order?.state === OrderState.HELD || order?.state === OrderState.REFUND_REQUESTED) &&
      order.askedAt.getTime() < nowMs() - CANCEL_AFTER_MS;
    for (const { id } of this.database.list<Order>('order ').filter(isUnanswered)) {
      await this.database.transact(by, async tx => {
        const order = tx.get<Order>(`order ${id}`)!;
        if (!isUnanswered(order)) return;
        const at = this.database.now;
        const isHeld = order.state === OrderState.HELD;
        tx.record(isHeld ? order.cancel(at) : order.repeatRefundRequest(at), at);
        tx.set(`order ${id}`, order);
      });
    }
  }

  /** Whether no order waits for anything. */
  get isSettled(): boolean {
    const isOpen = ({ state }: Order) =>
      state === OrderState.HELD || state === OrderState.REFUND_REQUESTED;
    return !this.database.list<Order>('order ').some(isOpen);
  }

  get consumer(): SimulatedConsumer {
    return {
      name: 'payments.order',
      topics: ['library.licence'],
      handle: (tx, event) => this.#answered(tx, event),
    };
  }

  /** As `answered` of order.process.ts. */
  #answered(tx: Transaction, event: Envelope): void {
    if (!WORDS.includes(event.type)) return;
    const licence = event.data as LicenceState;
    const order = tx.get<Order>(`order ${licence.sourceId}`);
    if (!order) throw new Error('There is no such order.');
    const at = new Date(event.time);
    const answer = this.parts.takeAnswer(order, event.type, licence, at);
    if (!answer.event) return;
    const { id, walletId, minor } = order;
    const moves: Record<string, [Kind, string, string]> = {
      capture: ['CAPTURE', id, REVENUE],
      release: ['RELEASE', id, walletId!],
      refund: ['REFUND', REVENUE, walletId!],
    };
    if (answer.move && walletId !== null) {
      const [kind, src, dst] = moves[answer.move]!; // what the provider is to do is not of this world
      this.#post(tx, kind, src, dst, minor, id);
    }
    tx.set(`order ${id}`, order);
    tx.record(answer.event, at);
  }

  #post(tx: Transaction, kind: Kind, src: string, dst: string, minor: bigint, ref: string): void {
    this.parts.post(tx, { kind, src, dst, minor, ref });
    this.note(() => `payments begins to post ${kind} of ${minor} for ${numberOf(ref)}`);
  }
}

const walletOf = (buyer: number) => uuid('', 'wallet', buyer);
