import { badInput, type Money, money, unauthenticated } from '@gamegraph/subgraph-kit';
import { Stripe } from 'stripe';
import { decline, requireCharge } from './charge.js';
import { decimalsOf } from './currency.js';
import {
  type Charge,
  type ChargeId,
  type ChargeRequest,
  type PaymentProvider,
  type ProviderEvent,
  Refused,
  type WebhookRequest,
} from './payment-provider.js';

const TIMEOUT_MS = 10_000;
const TOLERANCE_S = 5 * 60;
const PAGE = 100;

/** Without decimals at Stripe. ISO 4217 agrees but for MGA; ISK and UGX, which have none, are told with two all the same. */
const WHOLE = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));

const STATES: Record<string, Charge['state']> = {
  requires_payment_method: 'pending',
  requires_confirmation: 'pending',
  requires_action: 'pending',
  processing: 'pending',
  requires_capture: 'authorised',
  succeeded: 'captured',
  canceled: 'declined',
};

const EXPAND = ['latest_charge'];

/**
 * Stripe: each charge is a payment intent, whose metadata has our key. The payer's client confirms it with Stripe's own
 * code and the client secret, so no card ever comes near us.
 *
 * @see https://docs.stripe.com/payments/payment-intents
 */
export class StripeProvider implements PaymentProvider {
  readonly name = 'stripe';
  readonly #stripe: Stripe;
  readonly #webhookSecret: string;

  constructor({
    secretKey,
    webhookSecret,
    ...where
  }: {
    secretKey: string;
    webhookSecret: string;
  } & Pick<Stripe.StripeConfig, 'host' | 'port' | 'protocol'>) {
    this.#stripe = new Stripe(secretKey, {
      ...where,
      timeout: TIMEOUT_MS,
      maxNetworkRetries: 2,
      telemetry: false,
    });
    this.#webhookSecret = webhookSecret;
  }

  async charge(request: ChargeRequest): Promise<Charge> {
    const { key, amount, capture, at } = request;
    const units = stripeUnits(amount);
    if (units === undefined) {
      const reason = `${amount.currency} cannot be charged this finely: round the amount.`;
      return decline({ key, amount, createdAt: at }, reason);
    }
    try {
      const intent = await this.#stripe.paymentIntents.create(
        {
          amount: units,
          currency: amount.currency.toLowerCase(),
          capture_method: capture ? 'automatic' : 'manual',
          automatic_payment_methods: { enabled: true },
          metadata: { key },
          expand: EXPAND,
        },
        { idempotencyKey: key },
      );
      return chargeOf(intent);
    } catch (error) {
      // What cannot be charged at all, such as too little.
      if (isFinal(error)) return decline({ key, amount, createdAt: at }, error.message);
      throw error;
    }
  }

  async find({ key, reference }: ChargeId): Promise<Charge | undefined> {
    try {
      if (reference !== null) {
        const intent = await this.#stripe.paymentIntents.retrieve(reference, { expand: EXPAND });
        return chargeOf(intent);
      }
      const { data } = await this.#stripe.paymentIntents.search({
        query: `metadata["key"]:"${key}"`,
        expand: EXPAND.map(field => `data.${field}`),
        limit: 1,
      });
      return data[0] && chargeOf(data[0]);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError && error.code === 'resource_missing')
        return undefined;
      throw error;
    }
  }

  async capture(id: ChargeId): Promise<Charge> {
    const options = { idempotencyKey: `${id.key}:capture` };
    return this.#act(id, reference =>
      this.#stripe.paymentIntents.capture(reference, { expand: EXPAND }, options),
    );
  }

  async cancel(id: ChargeId): Promise<Charge> {
    const options = { idempotencyKey: `${id.key}:cancel` };
    return this.#act(id, reference =>
      this.#stripe.paymentIntents.cancel(reference, { expand: EXPAND }, options),
    );
  }

  async refund(id: ChargeId, totalMinor: bigint): Promise<Charge> {
    const now = await requireCharge(this, id);
    const missing = stripeUnits(money(totalMinor - now.refundedMinor, id.amount.currency));
    if (missing === undefined || missing <= 0) return now;
    try {
      const { status, failure_reason } = await this.#stripe.refunds.create(
        { payment_intent: now.reference!, amount: missing },
        { idempotencyKey: `${id.key}:refund:${totalMinor}` },
      );
      if (status === 'failed') throw new Refused(failure_reason ?? 'The refund failed.');
    } catch (error) {
      throw isFinal(error) ? new Refused(error.message, { cause: error }) : error;
    }
    return requireCharge(this, id);
  }

  async list(from: Date, to: Date, cursor: string | null) {
    const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
    const { data, has_more } = await this.#stripe.paymentIntents.list({
      created: { gte: seconds(from), lt: seconds(to) },
      expand: EXPAND.map(field => `data.${field}`),
      limit: PAGE,
      ...(cursor !== null && { starting_after: cursor }),
    });
    return { charges: data.map(chargeOf), next: has_more ? data.at(-1)!.id : null };
  }

  readEvent({ headers, text }: WebhookRequest, at: Date): ProviderEvent {
    const signature = headers['stripe-signature'] ?? '';
    const { id, data } = this.#verified(text, signature, at);
    // The SDK has looked at the age alone.
    const [, signedAt] = /t=(\d+)/.exec(String(signature)) ?? [];
    if (Number(signedAt) - at.getTime() / 1000 > TOLERANCE_S)
      throw badInput('The event was signed in the future.');
    const about = data.object as {
      object?: string;
      id?: string;
      payment_intent?: string | null;
      metadata?: Record<string, string>;
    };
    const isIntent = about.object === 'payment_intent';
    return {
      id,
      key: (isIntent && about.metadata?.key) || null,
      reference: (isIntent ? about.id : about.payment_intent) ?? null,
    };
  }

  #verified(text: string, signature: string | string[], at: Date): Stripe.Event {
    try {
      return this.#stripe.webhooks.constructEvent(
        ...[text, signature, this.#webhookSecret, TOLERANCE_S, undefined, at.getTime()],
      );
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError))
        throw badInput('This is no event.');
      if (/timestamp outside/i.test(error.message))
        throw badInput('The event was signed too long ago.');
      throw unauthenticated('The signature is not the provider’s.');
    }
  }

  /** Does something to a charge, unless its state says that it is too late for that, which is answered then. */
  async #act(
    id: ChargeId,
    step: (reference: string) => Promise<Stripe.PaymentIntent>,
  ): Promise<Charge> {
    const { reference } = await requireCharge(this, id);
    try {
      return chargeOf(await step(reference!));
    } catch (error) {
      const isTooLate =
        error instanceof Stripe.errors.StripeError &&
        error.code === 'payment_intent_unexpected_state';
      if (isTooLate) return requireCharge(this, id);
      throw error;
    }
  }
}

/** Whether the answer would be the same another time. Anything else may be otherwise then, as when our balance is too low. */
function isFinal(error: unknown): error is Stripe.errors.StripeInvalidRequestError {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    error.statusCode === 400 &&
    error.code !== 'balance_insufficient'
  );
}

/** Exported for its test. */
export function chargeOf(intent: Stripe.PaymentIntent): Charge {
  const { id, status, metadata, client_secret, last_payment_error, cancellation_reason } = intent;
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const state = STATES[status] ?? 'pending'; // a status of a later version is nothing to act on
  const currency = intent.currency.toUpperCase();
  return {
    ...{ key: metadata.key ?? null, reference: id, state },
    amount: money(minorUnits(intent.amount, currency), currency),
    refundedMinor: minorUnits(charge?.amount_refunded ?? 0, currency),
    isDisputed: charge?.disputed ?? false,
    reason:
      state === 'declined'
        ? (last_payment_error?.message ?? cancellation_reason ?? 'It was cancelled.')
        : null,
    confirmation: state === 'pending' ? client_secret : null,
    createdAt: new Date(intent.created * 1000),
  };
}

/** How many decimals more Stripe's amounts have than ours; negative where they have fewer. */
function shiftOf(currency: string): number {
  const decimals = decimalsOf(currency);
  return (WHOLE.has(currency) ? 0 : Math.max(decimals, 2)) - decimals;
}

/** Stripe's amount; undefined when it has none for so fine a one. Exported for its test. */
export function stripeUnits({ minor, currency }: Money): number | undefined {
  const shift = shiftOf(currency);
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : decimalsOf(currency) === 3 ? 10n : 1n;
  if (minor % divisor !== 0n) return undefined;
  return Number(shift < 0 ? minor / divisor : minor * 10n ** BigInt(shift));
}

function minorUnits(units: number, currency: string): bigint {
  const shift = shiftOf(currency);
  const scale = 10n ** BigInt(Math.abs(shift));
  return shift < 0 ? BigInt(units) * scale : BigInt(units) / scale;
}
