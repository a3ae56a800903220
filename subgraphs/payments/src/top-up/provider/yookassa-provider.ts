import { badInput, type Money, money } from '@gamegraph/subgraph-kit';
import { z } from 'zod';
import { decline, requireCharge } from './charge.js';
import { fromDecimal, toDecimal } from './currency.js';
import {
  type Charge,
  type ChargeId,
  type ChargeRequest,
  type PaymentProvider,
  type ProviderEvent,
  Refused,
  type WebhookRequest,
} from './payment-provider.js';

const URL_OF_API = 'https://api.yookassa.ru/v3';
const TIMEOUT_MS = 10_000;
const PAGE = 100;
/** How many pages are searched for a charge whose reference is not known. */
const PAGES_MAX = 10;
/** Their clock need not be ours. */
const SKEW_MS = 60_000;

const Amount = z.object({ value: z.string(), currency: z.string() });

const Payment = z.object({
  id: z.string(),
  status: z.enum(['pending', 'waiting_for_capture', 'succeeded', 'canceled']),
  amount: Amount,
  refunded_amount: Amount.optional(),
  created_at: z.iso.datetime({ offset: true }),
  metadata: z.object({ key: z.string().optional() }).optional(),
  confirmation: z.object({ confirmation_url: z.string().optional() }).optional(),
  cancellation_details: z.object({ party: z.string(), reason: z.string() }).optional(),
});

const PaymentList = z.object({ items: z.array(Payment), next_cursor: z.string().optional() });

const Refund = z.object({
  status: z.string(),
  cancellation_details: z.object({ reason: z.string() }).optional(),
});

const ApiError = z.object({ code: z.string(), description: z.string().optional() });

const Notification = z.object({
  type: z.literal('notification'),
  event: z.string(),
  object: z.object({
    id: z.string(),
    payment_id: z.string().optional(),
    metadata: z.object({ key: z.uuid().optional().catch(undefined) }).optional(),
  }),
});

const STATES = {
  pending: 'pending',
  waiting_for_capture: 'authorised',
  succeeded: 'captured',
  canceled: 'declined',
} as const;

/**
 * YooKassa, by its REST API: each charge is a payment, whose metadata has our key. The payer confirms it on a page of
 * theirs. Its notifications have no signature: they are only taken as the occasion to ask.
 *
 * @see https://yookassa.ru/developers/api
 */
export class YooKassaProvider implements PaymentProvider {
  readonly name = 'yookassa';
  readonly #url: string;
  readonly #authorization: string;
  readonly #returnUrl: string;

  constructor(settings: { shopId: string; secretKey: string; returnUrl: string; url?: string }) {
    const { shopId, secretKey, returnUrl, url = URL_OF_API } = settings;
    this.#url = url;
    this.#authorization = `Basic ${Buffer.from(`${shopId}:${secretKey}`).toString('base64')}`;
    this.#returnUrl = returnUrl;
  }

  async charge(request: ChargeRequest): Promise<Charge> {
    const { key, amount, capture, at } = request;
    const body = {
      ...{ amount: amountOf(amount), capture, metadata: { key } },
      confirmation: { type: 'redirect', return_url: this.#returnUrl },
    };
    try {
      return chargeOf(Payment.parse(await this.#post('payments', key, body)));
    } catch (error) {
      if (error instanceof Refused) return decline({ key, amount, createdAt: at }, error.message);
      throw error;
    }
  }

  async find({ key, reference, createdAt }: ChargeId): Promise<Charge | undefined> {
    if (reference !== null) {
      const found = await this.#get(`payments/${encodeURIComponent(reference)}`);
      return found === undefined ? undefined : chargeOf(Payment.parse(found));
    }
    const from = new Date(createdAt.getTime() - SKEW_MS);
    const to = new Date(createdAt.getTime() + 24 * 60 * SKEW_MS); // as long as they know the key for a repeated one
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_MAX; page++) {
      const { charges, next }: Awaited<ReturnType<YooKassaProvider['list']>> = await this.list(
        ...[from, to, cursor],
      );
      const found = charges.find(charge => charge.key === key);
      if (found || next === null) return found;
      cursor = next;
    }
    throw new Error(`There are too many payments to find ${key} among them.`);
  }

  async capture(id: ChargeId): Promise<Charge> {
    const body = { amount: amountOf(id.amount) };
    return this.#act(id, 'authorised', reference =>
      this.#post(`payments/${reference}/capture`, `${id.key}:capture`, body),
    );
  }

  async cancel(id: ChargeId): Promise<Charge> {
    return this.#act(id, 'authorised', reference =>
      this.#post(`payments/${reference}/cancel`, `${id.key}:cancel`, {}),
    );
  }

  async refund(id: ChargeId, totalMinor: bigint): Promise<Charge> {
    const now = await requireCharge(this, id);
    const missing = money(totalMinor - now.refundedMinor, id.amount.currency);
    if (missing.minor <= 0n) return now;
    const body = { payment_id: now.reference, amount: amountOf(missing) };
    const { status, cancellation_details } = Refund.parse(
      await this.#post('refunds', `${id.key}:refund:${totalMinor}`, body),
    );
    if (status === 'canceled')
      throw new Refused(cancellation_details?.reason ?? 'It was cancelled.');
    return requireCharge(this, id);
  }

  async list(from: Date, to: Date, cursor: string | null) {
    const query = new URLSearchParams({
      'created_at.gte': from.toISOString(),
      'created_at.lt': to.toISOString(),
      limit: String(PAGE),
      ...(cursor !== null && { cursor }),
    });
    const { items, next_cursor } = PaymentList.parse(
      await this.#get(`payments?${query.toString()}`),
    );
    return { charges: items.map(chargeOf), next: next_cursor ?? null };
  }

  readEvent({ body }: WebhookRequest): ProviderEvent {
    const notification = Notification.safeParse(body);
    if (!notification.success) throw badInput('This is no notification.');
    const { event, object } = notification.data;
    if (!/^(payment|refund)\./.test(event)) return { id: null, key: null, reference: null };
    return {
      id: null, // anybody may send one
      key: object.metadata?.key ?? null,
      reference: event.startsWith('payment.') ? object.id : (object.payment_id ?? null),
    };
  }

  /** Does something to a charge that is in this state; otherwise answers what state it is in. */
  async #act(
    id: ChargeId,
    state: Charge['state'],
    step: (reference: string) => Promise<unknown>,
  ): Promise<Charge> {
    const now = await requireCharge(this, id);
    if (now.state !== state) return now;
    try {
      return chargeOf(Payment.parse(await step(now.reference!)));
    } catch (error) {
      if (error instanceof Refused) return requireCharge(this, id); // it changed meanwhile
      throw error;
    }
  }

  async #get(path: string): Promise<unknown> {
    const response = await this.#send(path, { method: 'GET' });
    if (response.status === 404) return undefined;
    return this.#read(response);
  }

  async #post(path: string, key: string, body: object): Promise<unknown> {
    const headers = { 'idempotence-key': key, 'content-type': 'application/json' };
    return this.#read(
      await this.#send(path, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
  }

  #send(path: string, { headers, ...init }: RequestInit): Promise<Response> {
    return fetch(`${this.#url}/${path}`, {
      ...init,
      headers: { ...headers, authorization: this.#authorization },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error', // the credentials are for this host alone
    });
  }

  async #read(response: Response): Promise<unknown> {
    const body: unknown = await response.json();
    if (response.status === 200) return body;
    const { code, description } = ApiError.catch({ code: `HTTP ${response.status}` }).parse(body);
    const words = description ?? code;
    if (response.status === 400 || response.status === 404) throw new Refused(words);
    throw new Error(`YooKassa answered ${response.status}: ${words}`);
  }
}

function chargeOf(payment: z.infer<typeof Payment>): Charge {
  const { id, status, amount, refunded_amount, metadata, cancellation_details } = payment;
  const { currency } = amount;
  const state = STATES[status];
  return {
    ...{ key: metadata?.key ?? null, reference: id, state },
    amount: money(fromDecimal(amount.value, currency), currency),
    refundedMinor: refunded_amount ? fromDecimal(refunded_amount.value, currency) : 0n,
    isDisputed: false, // it never says so
    reason: state === 'declined' ? (cancellation_details?.reason ?? 'It was cancelled.') : null,
    confirmation: (state === 'pending' && payment.confirmation?.confirmation_url) || null,
    createdAt: new Date(payment.created_at),
  };
}

function amountOf(amount: Money): z.infer<typeof Amount> {
  return { value: toDecimal(amount), currency: amount.currency };
}
