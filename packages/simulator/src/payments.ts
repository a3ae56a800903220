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
import { type Charge, Order, OrderState, Payment, PaymentState } from '@gamegraph/payments/core';
import { money, Refusal } from '@gamegraph/subgraph-kit';
import {
  type Database,
  type Note,
  numberOf,
  type Transaction,
  Unavailable,
  uuid,
} from './database.js';
import { CLEARING, type Kind, openAccount, REVENUE } from './ledger.js';
import type { Parts } from './parts.js';
import type { Process } from './process.js';
import { NoAnswer, type SimulatedProvider } from './provider.js';
import type { SimulatedConsumer } from './subgraph.js';

const CANCEL_AFTER_MS = 60_000;
const ASK_AGAIN_MS = 10_000; // sooner than there, for time that passes costs time
const STEPS_MAX = 4;
const STATEMENT_MS = 1;
const WORDS = [licenceGranted, licenceRefused, licenceRevoked, licenceKept].map(({ type }) => type);

export interface Purchase {
  buyer: number;
  game: number;
  minor: number;
  funding: 'wallet' | 'provider' | 'mixed';
  /** The client's, the same however often it asks. */
  idempotencyKey: string;
}

/** The subgraph that has the money, around its own entity and decisions. */
export class SimulatedPayments {
  #orders = 0;

  constructor(
    readonly database: Database,
    private readonly provider: SimulatedProvider,
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
  async purchase(by: Process, purchase: Purchase): Promise<string | undefined> {
    const id = await this.#place(by, purchase);
    if (id && this.database.read<Order>(`order ${id}`)!.state === OrderState.PAYING)
      await this.#pursue(by, id);
    return id;
  }

  #place(by: Process, purchase: Purchase): Promise<string | undefined> {
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
      const available = purchase.funding === 'provider' ? 0n : wallet.input - wallet.output;
      const missing = amount.minor > available ? amount.minor - available : 0n;
      let outcome: string | undefined;
      if (missing === 0n || purchase.funding !== 'wallet') {
        const [buyerId, gameId] = [
          uuid('', 'user', purchase.buyer),
          uuid('', 'game', purchase.game),
        ];
        const bought = { buyerId, gameId, walletId, chargedMinor: missing };
        const { order } = Order.place(bought, amount, at);
        order.id = uuid('', 'order', ++this.#orders);
        outcome = order.id;
        tx.set(`order ${order.id}`, order);
        const held = order.movement(null).amount.minor;
        if (held > 0n) {
          openAccount(tx, order.id, 'HOLD');
          this.#post(tx, 'HOLD', walletId!, order.id, held, order.id);
        }
        if (missing > 0n)
          tx.set(`payment ${order.id}`, Payment.begin(order.id, money(missing, 'EUR'), at));
        else tx.record(purchaseHeld(order.announced()), at);
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

  /** As the job of payment.process.ts, but that it lets nobody wait for an hour. */
  async pursueDue(by: Process): Promise<void> {
    const isDue = (payment: Payment | undefined) =>
      payment?.dueAt != null && payment.dueAt <= this.database.now;
    for (const { id } of this.database.list<Payment>('payment ').filter(isDue)) {
      await this.database.transact(by, async tx => {
        const payment = tx.get<Payment>(`payment ${id}`)!;
        if (!isDue(payment)) return;
        payment.dueAt = new Date(this.database.now.getTime() + ASK_AGAIN_MS);
        tx.set(`payment ${id}`, payment);
      });
      await this.#pursue(by, id);
    }
  }

  /** The provider says that something has become of a charge: it is asked what. */
  async hear(by: Process, id: string): Promise<void> {
    const payment = this.database.read<Payment>(`payment ${id}`);
    if (!payment) return;
    const settled = async () => {
      const charge = await this.provider.ask(by, 'find', payment);
      if (await this.#settle(by, id, charge)) await this.#pursue(by, id);
    };
    await settled().catch(unlessLost);
  }

  /** As `pursue` of payment.process.ts. */
  async #pursue(by: Process, id: string): Promise<void> {
    const pursued = async () => {
      for (let n = 0; n < STEPS_MAX; n++) {
        await by.work(STATEMENT_MS);
        const payment = this.database.read<Payment>(`payment ${id}`)!;
        if (!payment.step) return;
        const charge = await this.provider.ask(by, payment.step, payment);
        if (!(await this.#settle(by, id, charge))) return;
      }
    };
    await pursued().catch(unlessLost);
  }

  /** As `settlePayment` and `react` of payment.process.ts. */
  #settle(by: Process, id: string, charge: Charge): Promise<boolean> {
    return this.database.transact(by, async tx => {
      const at = this.database.now;
      const order = tx.get<Order>(`order ${id}`)!;
      const payment = tx.get<Payment>(`payment ${id}`)!;
      const isNews = payment.take(charge, at);
      if (isNews) this.#react(tx, order, payment, at);
      tx.set(`order ${id}`, order);
      tx.set(`payment ${id}`, payment);
      return isNews;
    });
  }

  #react(tx: Transaction, order: Order, payment: Payment, at: Date): void {
    const { state } = payment;
    if (order.state === OrderState.PAYING && state === PaymentState.AUTHORISED) {
      tx.record(order.pay(at)!, at);
    } else if (order.state === OrderState.PAYING && state === PaymentState.DECLINED) {
      this.#giveBackHeld(tx, order, payment, at);
      tx.record(order.refuse('the payment was declined')!, at);
    } else if (order.state === OrderState.COLLECTING && state === PaymentState.CAPTURED) {
      const { id, chargedMinor, minor } = order;
      openAccount(tx, id, 'HOLD');
      this.#post(tx, 'CHARGE', CLEARING, id, chargedMinor, id);
      this.#post(tx, 'CAPTURE', id, REVENUE, minor, id);
      tx.record(order.collected(at)!, at);
    } else if (order.state === OrderState.COLLECTING && state === PaymentState.DECLINED) {
      this.#reverseUnpaid(tx, order, payment, at);
    }
  }

  #reverseUnpaid(tx: Transaction, order: Order, payment: Payment, at: Date): void {
    this.#giveBackHeld(tx, order, payment, at);
    tx.record(order.reverse('the payment could not be taken')!, at);
  }

  #giveBackHeld(tx: Transaction, order: Order, payment: Payment | null, at: Date): void {
    const { id, walletId } = order;
    const held = order.movement(payment).amount.minor;
    if (held > 0n) this.#post(tx, 'RELEASE', id, walletId!, held, id);
    if (payment) this.parts.giveBack(payment, at);
  }

  /** Whether no order waits for anything, and the provider is to be asked for nothing. */
  get isSettled(): boolean {
    const { PAYING, HELD, COLLECTING, REFUND_REQUESTED } = OrderState;
    const open = new Set([PAYING, HELD, COLLECTING, REFUND_REQUESTED]);
    return (
      !this.database.list<Order>('order ').some(({ state }) => open.has(state)) &&
      !this.database.list<Payment>('payment ').some(({ dueAt }) => dueAt !== null)
    );
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
    const { id } = order;
    const payment = tx.get<Payment>(`payment ${id}`) ?? null;
    const { event: told, move } = this.parts.takeAnswer(order, event.type, licence, at, payment);
    if (move === 'collect') {
      payment!.pursue('CAPTURED', at);
      if (payment!.state === PaymentState.DECLINED) this.#reverseUnpaid(tx, order, payment!, at);
    }
    if (told && move === 'release') this.#giveBackHeld(tx, order, payment, at);
    if (told && move === 'capture' && order.minor > 0n)
      this.#post(tx, 'CAPTURE', id, REVENUE, order.movement(payment).amount.minor, id);
    if (told && move === 'refund') this.#giveBack(tx, order, payment, at);
    tx.set(`order ${id}`, order);
    if (payment) tx.set(`payment ${id}`, payment);
    if (told) tx.record(told, at);
  }

  /** What the provider was charged goes back there, the rest to the wallet. */
  #giveBack(tx: Transaction, order: Order, payment: Payment | null, at: Date): void {
    const { id, walletId, amount, chargedMinor = 0n } = order.refundMovement(payment);
    const fromWallet = amount.minor - chargedMinor;
    if (fromWallet > 0n) this.#post(tx, 'REFUND', REVENUE, walletId!, fromWallet, id);
    if (chargedMinor > 0n) this.#post(tx, 'REFUND', REVENUE, CLEARING, chargedMinor, id);
    payment?.giveBack(chargedMinor, at);
  }

  #post(tx: Transaction, kind: Kind, src: string, dst: string, minor: bigint, ref: string): void {
    this.parts.post(tx, { kind, src, dst, minor, ref });
    this.note(() => `payments begins to post ${kind} of ${minor} for ${numberOf(ref)}`);
  }
}

/** It is asked for again, then. */
function unlessLost(error: unknown): void {
  if (!(error instanceof NoAnswer || error instanceof Unavailable)) throw error;
}

const walletOf = (buyer: number) => uuid('', 'wallet', buyer);
