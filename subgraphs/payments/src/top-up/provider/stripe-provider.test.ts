import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { GraphError, money } from '@gamegraph/subgraph-kit';
import { GO, skipWithout, startStripeMock } from '@gamegraph/test-support';
import { Stripe } from 'stripe';
import { Refused } from './payment-provider.js';
import { chargeOf, StripeProvider, stripeUnits } from './stripe-provider.js';

const SECRET_KEY = 'sk_test_1234567890abcdef';
const WEBHOOK_SECRET = 'whsec_1234567890abcdef';
const KEY = '0192f0aa-7b1c-7e55-9a00-000000000001';
const AT = new Date('2026-11-21T12:00:00Z');
const REQUEST = { key: KEY, amount: money(1999n, 'EUR'), capture: true, at: AT };

const idOf = (reference: string | null) => ({
  ...{ key: KEY, reference, amount: money(1999n, 'EUR'), createdAt: AT },
});

const providerAt = (port: number) =>
  new StripeProvider({
    ...{ secretKey: SECRET_KEY, webhookSecret: WEBHOOK_SECRET },
    ...{ host: '127.0.0.1', port, protocol: 'http' },
  });

/** As far as a charge depends on it. */
const intentOf = (more: Partial<Stripe.PaymentIntent>) =>
  ({
    ...{ id: 'pi_1', object: 'payment_intent', amount: 1999, currency: 'eur', created: 0 },
    ...{ status: 'succeeded', metadata: { key: KEY }, latest_charge: null, client_secret: 's' },
    ...{ last_payment_error: null, cancellation_reason: null, ...more },
  }) as Stripe.PaymentIntent;

describe('Stripe, by its own mock', { timeout: 600_000, skip: skipWithout(GO) }, () => {
  let mock: Awaited<ReturnType<typeof startStripeMock>>;
  let stripe: StripeProvider;
  before(async () => {
    mock = await startStripeMock();
    stripe = providerAt(mock.port);
  });
  after(() => mock?.stop());

  it('takes every request that we send, and we understand every answer', async () => {
    const charge = await stripe.charge(REQUEST);
    assert.match(charge.reference!, /^pi_/); // of what was sent it does not show more
    const id = idOf(charge.reference);
    assert.match((await stripe.find(id))!.reference!, /^pi_/);
    assert.match((await stripe.find(idOf(null)))!.reference!, /^pi_/, 'by our key');
    for (const answer of [
      await stripe.charge({ ...REQUEST, capture: false }),
      await stripe.capture(id),
      await stripe.cancel(id),
      await stripe.refund(id, 1999n),
    ])
      assert.match(answer.reference!, /^pi_/);
    const { charges, next } = await stripe.list(new Date(0), AT, null);
    assert.match(charges[0]!.reference!, /^pi_/);
    assert.equal(next, null);
    await stripe.list(new Date(0), AT, charge.reference);
  });
});

describe('Stripe, as it answers', () => {
  /** Answers each request in turn, and keeps what was asked. */
  async function serving(...answers: [status: number, body: object][]) {
    const asked: {
      method: string;
      url: string;
      headers: IncomingMessage['headers'];
      body: string;
    }[] = [];
    const server = createServer(async (request, response) => {
      const { method, url, headers } = request;
      asked.push({ method: method!, url: url!, headers, body: await text(request) });
      const [status, body] = answers.shift() ?? [500, { error: { type: 'api_error' } }];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    servers.push(server);
    return { asked, stripe: providerAt((server.address() as AddressInfo).port) };
  }
  const servers: ReturnType<typeof createServer>[] = [];
  after(() => {
    for (const server of servers) server.close();
  });

  it('is asked with our key for its idempotency, also when it has to be asked again', async () => {
    const { asked, stripe } = await serving([500, {}], [200, intentOf({})]);
    assert.equal((await stripe.charge(REQUEST)).state, 'captured');
    assert.deepEqual(
      asked.map(({ headers }) => headers['idempotency-key']),
      [KEY, KEY],
    );
    const sent = new URLSearchParams(asked[0]!.body);
    assert.deepEqual(
      ['amount', 'currency', 'capture_method', 'metadata[key]'].map(name => sent.get(name)),
      ['1999', 'eur', 'automatic', KEY],
    );
  });

  it('declines what it calls invalid, and nothing else', async () => {
    const error = (code: string) => ({
      error: { type: 'invalid_request_error', code, message: 'Too little.' },
    });
    const { stripe } = await serving([400, error('amount_too_small')], [401, error('x')]);
    const { state, reason } = await stripe.charge(REQUEST);
    assert.deepEqual([state, reason], ['declined', 'Too little.']);
    await assert.rejects(stripe.charge(REQUEST), 'a wrong key of ours is no word on the charge');
    await assert.rejects(stripe.charge(REQUEST), 'nor is a fault of theirs');
  });

  it('is believed to know no charge only when it says so', async () => {
    const missing = { error: { type: 'invalid_request_error', code: 'resource_missing' } };
    const { stripe } = await serving([404, missing]);
    assert.equal(await stripe.find(idOf('pi_1')), undefined);
    await assert.rejects(stripe.find(idOf('pi_1')));
  });

  it('refunds what is missing of the total, and no more when that was done before', async () => {
    const refunded = (amount_refunded: number) =>
      intentOf({ latest_charge: { amount_refunded, disputed: false } as Stripe.Charge });
    const { asked, stripe } = await serving(
      ...([
        [200, refunded(500)],
        [200, {}],
        [200, refunded(1999)],
        [200, refunded(1999)],
      ] as [number, object][]),
    );
    assert.equal((await stripe.refund(idOf('pi_1'), 1999n)).refundedMinor, 1999n);
    assert.equal((await stripe.refund(idOf('pi_1'), 1999n)).refundedMinor, 1999n);
    const refunds = asked.filter(({ url }) => url === '/v1/refunds');
    assert.deepEqual(
      refunds.map(({ body, headers }) => [body, headers['idempotency-key']]),
      [['payment_intent=pi_1&amount=1499', `${KEY}:refund:1999`]],
    );
  });

  it('is not asked again for a refund that it calls invalid or failed, but for one that lacks our balance', async () => {
    const captured: [number, object] = [200, intentOf({})];
    const error = (code: string): [number, object] => [
      400,
      { error: { type: 'invalid_request_error', code, message: 'No.' } },
    ];
    const failed: [number, object] = [
      200,
      { status: 'failed', failure_reason: 'lost_or_stolen_card' },
    ];
    const { stripe } = await serving(
      ...[captured, error('charge_disputed'), captured, error('balance_insufficient')],
      ...[captured, failed],
    );
    const refund = () => stripe.refund(idOf('pi_1'), 1999n);
    await assert.rejects(refund(), new Refused('No.'));
    await assert.rejects(refund(), reason => !(reason instanceof Refused));
    await assert.rejects(refund(), new Refused('lost_or_stolen_card'));
  });

  it('answers with the state when it is too late to capture', async () => {
    const late = {
      error: { type: 'invalid_request_error', code: 'payment_intent_unexpected_state' },
    };
    const { stripe } = await serving(
      [200, intentOf({ status: 'requires_capture' })],
      [400, late],
      [200, intentOf({ status: 'canceled', cancellation_reason: 'automatic' })],
    );
    const { state, reason } = await stripe.capture(idOf('pi_1'));
    assert.deepEqual([state, reason], ['declined', 'automatic']);
  });
});

describe('a payment intent', () => {
  it('is a charge in one of four states', () => {
    const stateOf = (status: Stripe.PaymentIntent.Status) => chargeOf(intentOf({ status })).state;
    assert.equal(stateOf('requires_action'), 'pending');
    assert.equal(stateOf('requires_payment_method'), 'pending', 'another card may do');
    assert.equal(stateOf('requires_capture'), 'authorised');
    assert.equal(stateOf('succeeded'), 'captured');
    assert.equal(stateOf('canceled'), 'declined');
    assert.equal(chargeOf(intentOf({ status: 'processing' })).confirmation, 's');
    assert.equal(chargeOf(intentOf({})).confirmation, null);
    assert.equal(chargeOf(intentOf({ metadata: {} })).key, null, 'none of ours');
  });

  it('says what was refunded, and whether the bank takes it back', () => {
    const latest_charge = { amount_refunded: 500, disputed: true } as Stripe.Charge;
    const { refundedMinor, isDisputed } = chargeOf(intentOf({ latest_charge }));
    assert.deepEqual([refundedMinor, isDisputed], [500n, true]);
  });

  it('has the amounts that Stripe wants of each currency', () => {
    const cases: [bigint, string, number | undefined][] = [
      [1999n, 'EUR', 1999],
      [500n, 'JPY', 500],
      [5n, 'ISK', 500],
      [5n, 'UGX', 500],
      [5120n, 'KWD', 5120],
      [5124n, 'KWD', undefined],
      [500n, 'MGA', 5],
      [501n, 'MGA', undefined],
    ];
    for (const [minor, currency, units] of cases) {
      assert.equal(stripeUnits(money(minor, currency)), units, `${minor} ${currency}`);
      if (units === undefined) continue;
      const { amount } = chargeOf(intentOf({ amount: units, currency: currency.toLowerCase() }));
      assert.deepEqual({ ...amount }, { minor, currency });
    }
  });

  it('is never begun for an amount that Stripe cannot take', async () => {
    const amount = money(5124n, 'KWD');
    const { state, reason } = await providerAt(1).charge({ ...REQUEST, amount });
    assert.deepEqual(
      [state, reason],
      ['declined', 'KWD cannot be charged this finely: round the amount.'],
    );
  });
});

describe('an event of Stripe', () => {
  const stripe = providerAt(1);
  const sign = (event: object, secret = WEBHOOK_SECRET, at = AT) => {
    const payload = JSON.stringify(event);
    const timestamp = at.getTime() / 1000;
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
    return { headers: { 'stripe-signature': signature }, text: payload, body: event };
  };
  const eventOf = (object: object) => ({
    id: 'evt_1',
    object: 'event',
    type: 'x',
    data: { object },
  });
  const intent = eventOf({ object: 'payment_intent', id: 'pi_1', metadata: { key: KEY } });
  const codeOf = (webhook: ReturnType<typeof sign>) => {
    try {
      stripe.readEvent(webhook, AT);
    } catch (error) {
      return (error as GraphError).extensions.code;
    }
    return undefined;
  };

  it('says which charge to look at', () => {
    const read = (event: object) => stripe.readEvent(sign(event), AT);
    assert.deepEqual(read(intent), { id: 'evt_1', key: KEY, reference: 'pi_1' });
    const dispute = eventOf({ object: 'dispute', id: 'dp_1', payment_intent: 'pi_1' });
    assert.deepEqual(read(dispute), { id: 'evt_1', key: null, reference: 'pi_1' });
    const payout = eventOf({ object: 'payout', id: 'po_1' });
    assert.deepEqual(read(payout), { id: 'evt_1', key: null, reference: null });
  });

  it('is believed with its signature alone, of the last five minutes', () => {
    const good = sign(intent);
    const minutes = (count: number) => new Date(AT.getTime() + count * 60_000);
    assert.equal(codeOf(good), undefined);
    assert.equal(codeOf(sign(intent, WEBHOOK_SECRET, minutes(-4.9))), undefined);
    assert.equal(codeOf(sign(intent, WEBHOOK_SECRET, minutes(-5.1))), 'BAD_USER_INPUT');
    assert.equal(codeOf(sign(intent, WEBHOOK_SECRET, minutes(5.1))), 'BAD_USER_INPUT');
    assert.equal(codeOf(sign(intent, 'whsec_another')), 'UNAUTHENTICATED');
    assert.equal(codeOf({ ...good, text: `${good.text} ` }), 'UNAUTHENTICATED');
    assert.equal(codeOf({ ...good, headers: { 'stripe-signature': '' } }), 'UNAUTHENTICATED');
  });
});
