import { randomUUID } from 'node:crypto';
import { money } from '@gamegraph/subgraph-kit';
import type { ChargeStore } from './charge-store.js';
import {
  type Charge,
  type ChargeId,
  type ChargeRequest,
  type PaymentProvider,
  type ProviderEvent,
  Refused,
  type WebhookRequest,
} from './payment-provider.js';
import { readWebhook, signWebhook, type Webhook } from './webhook.js';

const PAGE = 100;

/** What the fake is told to do beside taking everybody's money at once. */
export interface FakeProviderOptions {
  /** Signs its webhooks. */
  secret: string;
  /** Where it keeps its charges; in memory, if not said. */
  charges?: ChargeStore;
  /** Charges are pending for so long, before the money comes. */
  delayMs?: number;
  /** The answers to all that changes something are lost, after it was done. */
  losesAnswers?: boolean;
  /** It takes the money where it is asked to set it aside: some can do no other. */
  cannotAuthorise?: boolean;
  /** It gives nothing back, and never will. */
  refusesRefunds?: boolean;
  /** Posts webhooks; without this nobody is told, and whoever wants to know asks. */
  webhooks?: {
    /** How often each is sent. */
    copies: number;
    /** Each is held back until the next one was sent. */
    reorders?: boolean;
    /** Every so many-th is lost, all copies of it. */
    losesEvery?: number;
    post(webhook: Webhook): Promise<unknown>;
  };
}

/**
 * A payment provider for demonstrations and tests: no money moves. It takes every charge, but that amounts which end in
 * 402 are declined, in any currency: 4.02 EUR, 402 JPY. What it keeps in memory is gone with the process; of a charge that
 * it gave a reference before that, it takes the caller's word.
 */
export class FakeProvider implements PaymentProvider {
  readonly name = 'fake';
  readonly #charges: ChargeStore;
  /** Charges that are pending until this process settles them. */
  readonly #settling = new Set<string>();
  #eventsCount = 0;
  #heldBack: Webhook | undefined;

  constructor(protected readonly options: FakeProviderOptions) {
    this.#charges = options.charges ?? new Map<string, Charge>();
  }

  async charge(request: ChargeRequest): Promise<Charge> {
    const { key, amount } = request;
    const known = this.#known({ key, amount, reference: null, createdAt: request.at });
    if (known) return known;
    const capture = request.capture || this.options.cannotAuthorise === true;
    const reference = `fake_${capture ? 'captured' : 'authorised'}_${key}`;
    const begun = pendingCharge({ key, reference, amount, createdAt: request.at });
    this.#charges.set(key, begun);
    this.#settling.add(key);
    if (this.options.delayMs !== undefined)
      setTimeout(() => this.#settle(key), this.options.delayMs).unref();
    else this.#settle(key);
    return this.#answer(key);
  }

  #settle(key: string): void {
    this.#settling.delete(key);
    const { state, reference, amount } = this.#charges.get(key)!;
    if (state !== 'pending') return;
    const isDeclined = amount.minor % 1_000n === 402n;
    this.#change(
      key,
      isDeclined
        ? { state: 'declined', reason: 'The card has not enough money.' }
        : { state: stateBy(reference!) },
    );
  }

  async find(id: ChargeId): Promise<Charge | undefined> {
    return this.#known(id);
  }

  async capture(id: ChargeId): Promise<Charge> {
    if (this.#require(id).state === 'authorised') this.#change(id.key, { state: 'captured' });
    return this.#answer(id.key);
  }

  async cancel(id: ChargeId): Promise<Charge> {
    const { state } = this.#require(id);
    if (state === 'pending' || state === 'authorised')
      this.#change(id.key, { state: 'declined', reason: 'It was cancelled.' });
    return this.#answer(id.key);
  }

  async refund(id: ChargeId, totalMinor: bigint): Promise<Charge> {
    const { refundedMinor } = this.#require(id);
    if (this.options.refusesRefunds) throw new Refused('The card is closed.');
    if (refundedMinor < totalMinor)
      this.#change(id.key, { state: 'captured', refundedMinor: totalMinor });
    return this.#answer(id.key);
  }

  async list(from: Date, to: Date, cursor: string | null) {
    const all = [...this.#charges.values()].filter(
      ({ createdAt }) => from <= createdAt && createdAt < to,
    );
    const start = Number(cursor ?? 0);
    const next = start + PAGE < all.length ? String(start + PAGE) : null;
    return { charges: all.slice(start, start + PAGE), next };
  }

  readEvent({ headers, text, body }: WebhookRequest, at: Date): ProviderEvent {
    return readWebhook(this.options.secret, { headers, text, body }, at);
  }

  /** The payer has the bank take the money back. */
  dispute(id: ChargeId): void {
    this.#require(id);
    this.#change(id.key, { isDisputed: true });
  }

  #known({ key, reference, amount, createdAt }: ChargeId): Charge | undefined {
    const known = this.#charges.get(key);
    if (known?.state === 'pending' && !this.#settling.has(key)) {
      this.#settle(key); // who was to do so is gone
      return this.#charges.get(key);
    }
    if (known || reference === null) return known;
    const state = stateBy(reference);
    const charge: Charge = { ...pendingCharge({ key, reference, amount, createdAt }), state };
    this.#charges.set(key, charge);
    return charge;
  }

  #require(id: ChargeId): Charge {
    const charge = this.#known(id);
    if (!charge) throw new Error(`There is no charge ${id.key}.`);
    return charge;
  }

  #answer(key: string): Charge {
    if (this.options.losesAnswers) throw new Error('The answer was lost, as this fake was told.');
    return this.#charges.get(key)!;
  }

  #change(key: string, change: Partial<Charge>): void {
    const charge = { ...this.#charges.get(key)!, confirmation: null, ...change };
    this.#charges.set(key, charge);
    const { secret, webhooks } = this.options;
    if (!webhooks) return;
    this.#eventsCount++;
    if (webhooks.losesEvery !== undefined && this.#eventsCount % webhooks.losesEvery === 0) return;
    const event = { id: randomUUID(), type: `charge.${charge.state}`, key };
    const signed = signWebhook(secret, event, new Date());
    const due = webhooks.reorders ? [signed, this.#heldBack] : [signed];
    if (webhooks.reorders && !this.#heldBack) {
      this.#heldBack = signed;
      return;
    }
    this.#heldBack = undefined;
    for (const webhook of due.filter(one => one !== undefined))
      for (let copy = 0; copy < webhooks.copies; copy++) void webhooks.post(webhook);
  }
}

/** What it comes to when it is not declined: references tell. */
function stateBy(reference: string): 'captured' | 'authorised' {
  return reference.startsWith('fake_captured_') ? 'captured' : 'authorised';
}

function pendingCharge({ key, reference, amount, createdAt }: ChargeId): Charge {
  return {
    ...{ key, reference, amount: money(amount.minor, amount.currency), createdAt },
    ...{ state: 'pending', refundedMinor: 0n, isDisputed: false, reason: null },
    confirmation: `https://provider.example/confirm/${key}`,
  };
}
