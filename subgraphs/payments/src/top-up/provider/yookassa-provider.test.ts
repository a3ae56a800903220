import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { money } from '@gamegraph/subgraph-kit';
import { Refused } from './payment-provider.js';
import { YooKassaProvider } from './yookassa-provider.js';

const KEY = '0192f0aa-7b1c-7e55-9a00-000000000001';
const AT = new Date('2026-11-21T12:00:00Z');
const AMOUNT = money(19_990n, 'RUB');
const REQUEST = { key: KEY, amount: AMOUNT, capture: true, at: AT };

const idOf = (reference: string | null) => ({
  ...{ key: KEY, reference, amount: AMOUNT, createdAt: AT },
});

type Payment = ReturnType<typeof newPayment>;

/** A payment as their API shows it. */
function newPayment(id: string, body: { amount: object; capture?: boolean; metadata: object }) {
  return {
    ...{ id, status: 'pending', paid: false, amount: body.amount, metadata: body.metadata },
    ...{ created_at: AT.toISOString(), recipient: { account_id: '1', gateway_id: '2' } },
    ...{ refundable: false, test: true, description: '' },
    confirmation: { type: 'redirect', confirmation_url: `https://yoomoney.ru/checkout/${id}` },
    refunded_amount: { value: '0.00', currency: 'RUB' },
    cancellation_details: undefined as { party: string; reason: string } | undefined,
  };
}

/** Their API, in the shapes that it answers with: it keeps payments, and what it answered to each key. */
class Api {
  payments: Payment[] = [];
  readonly answers = new Map<string, [number, object]>();
  /** What the next requests are answered with, whatever they are; the work is done all the same when `afterwards`. */
  faults: { status: number; afterwards?: boolean }[] = [];
  readonly asked: { method: string; path: string; key: unknown; authorization: unknown }[] = [];
  readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      const { method, url, headers } = request;
      const { pathname: path, searchParams } = new URL(url!, 'http://x');
      const key = headers['idempotence-key'];
      this.asked.push({ method: method!, path, key, authorization: headers.authorization });
      const fault = this.faults.shift();
      const body = method === 'POST' ? ((await json(request)) as never) : undefined;
      const work = () => {
        if (typeof key !== 'string') return this.look(path, searchParams);
        const answer = this.answers.get(key) ?? this.act(path, body!);
        this.answers.set(key, answer);
        return answer;
      };
      const answer = !fault || fault.afterwards ? work() : undefined;
      const failure = { type: 'error', code: 'internal_server_error', description: 'Sorry.' };
      const [status, content] = fault ? [fault.status, failure] : answer!;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(content));
    });
  }

  look(path: string, query: URLSearchParams): [number, object] {
    const [, , id] = path.split('/');
    if (id) return this.found(id, payment => payment);
    const start = Number(query.get('cursor') ?? 0);
    const items = this.payments.slice(start, start + 2);
    const isMore = start + 2 < this.payments.length;
    return [200, { type: 'list', items, ...(isMore && { next_cursor: String(start + 2) }) }];
  }

  act(
    path: string,
    body: Parameters<typeof newPayment>[1] & { payment_id?: string },
  ): [number, object] {
    const [, noun, id, step] = path.split('/');
    if (noun === 'refunds') {
      return this.found(body.payment_id!, payment => {
        payment.refunded_amount = body.amount as Payment['refunded_amount'];
        return { id: 'rf-1', status: 'succeeded', payment_id: payment.id, amount: body.amount };
      });
    }
    if (!id) {
      if ((body.amount as { currency: string }).currency !== 'RUB')
        return [400, { type: 'error', code: 'invalid_request', description: 'Roubles only.' }];
      const payment = newPayment(`pay-${this.payments.length}`, body);
      this.payments.push(payment);
      return [200, { ...payment }];
    }
    return this.found(id, payment => {
      payment.status = step === 'capture' ? 'succeeded' : 'canceled';
      return payment;
    });
  }

  found(id: string, then: (payment: Payment) => object): [number, object] {
    const payment = this.payments.find(one => one.id === id);
    return payment ? [200, then(payment)] : [404, { type: 'error', code: 'not_found' }];
  }
}

const api = new Api();
let yookassa: YooKassaProvider;
before(async () => {
  api.server.listen(0, '127.0.0.1');
  await new Promise(resolve => api.server.once('listening', resolve));
  yookassa = new YooKassaProvider({
    ...{ shopId: '100500', secretKey: 'test_secret', returnUrl: 'https://shop.example/paid' },
    url: `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`,
  });
});
after(() => api.server.close());
beforeEach(() => {
  api.payments = [];
  api.answers.clear();
  api.asked.length = 0;
});

describe('YooKassa', () => {
  it('is asked with our key and credentials, and says where to lead the payer', async () => {
    const charge = await yookassa.charge(REQUEST);
    assert.deepEqual(api.asked, [
      {
        ...{ method: 'POST', path: '/payments', key: KEY },
        authorization: `Basic ${Buffer.from('100500:test_secret').toString('base64')}`,
      },
    ]);
    assert.deepEqual(api.payments[0]!.amount, { value: '199.90', currency: 'RUB' });
    assert.deepEqual(
      { ...charge, amount: { ...charge.amount } },
      {
        ...{ key: KEY, reference: 'pay-0', state: 'pending', reason: null, createdAt: AT },
        ...{ amount: { minor: 19_990n, currency: 'RUB' }, refundedMinor: 0n, isDisputed: false },
        confirmation: 'https://yoomoney.ru/checkout/pay-0',
      },
    );
  });

  it('makes one payment of a charge whose answer was lost', async () => {
    api.faults = [{ status: 500, afterwards: true }, { status: 202 }];
    await assert.rejects(yookassa.charge(REQUEST), /500/);
    await assert.rejects(yookassa.charge(REQUEST), /202/, 'it is still at it');
    assert.equal((await yookassa.charge(REQUEST)).reference, 'pay-0');
    assert.equal(api.payments.length, 1);
  });

  it('finds a charge by our key among all of that time, when its answer was lost', async () => {
    for (let n = 0; n < 4; n++)
      api.payments.push(newPayment(`other-${n}`, { amount: AMOUNT, metadata: {} }));
    for (const payment of api.payments) payment.amount = { value: '1.00', currency: 'RUB' };
    assert.equal(await yookassa.find(idOf(null)), undefined);
    await yookassa.charge(REQUEST);
    assert.equal((await yookassa.find(idOf(null)))?.reference, 'pay-4');
  });

  it('declines what it calls invalid, and nothing else', async () => {
    const { state, reason } = await yookassa.charge({ ...REQUEST, amount: money(1n, 'EUR') });
    assert.deepEqual([state, reason], ['declined', 'Roubles only.']);
    for (const status of [401, 403, 429, 500, 503]) {
      api.faults = [{ status }];
      await assert.rejects(yookassa.charge({ ...REQUEST, key: `${status}` }), String(status));
    }
  });

  it('sets money aside, takes it, lets it go, and gives it back, each once', async () => {
    const { reference } = await yookassa.charge({ ...REQUEST, capture: false });
    const id = idOf(reference);
    assert.equal((await yookassa.capture(id)).state, 'pending', 'the payer has not confirmed it');
    api.payments[0]!.status = 'waiting_for_capture';
    assert.equal((await yookassa.find(id))?.state, 'authorised');
    assert.equal((await yookassa.capture(id)).state, 'captured');
    assert.equal((await yookassa.cancel(id)).state, 'captured', 'it is too late for that');
    assert.equal((await yookassa.refund(id, 19_990n)).refundedMinor, 19_990n);
    assert.equal((await yookassa.refund(id, 19_990n)).refundedMinor, 19_990n);
    assert.equal(api.asked.filter(({ path }) => path === '/refunds').length, 1);
    const keys = api.asked.flatMap(({ key }) => key ?? []);
    assert.deepEqual(keys, [KEY, `${KEY}:capture`, `${KEY}:refund:19990`]);
    assert.equal(await yookassa.find(idOf('nonsense')), undefined);
  });

  it('says when it will not give money back', async () => {
    const { reference } = await yookassa.charge(REQUEST);
    api.answers.set(`${KEY}:refund:500`, [400, { code: 'invalid_request', description: 'No.' }]);
    await assert.rejects(yookassa.refund(idOf(reference), 500n), new Refused('No.'));
    const cancellation_details = { party: 'yoo_money', reason: 'insufficient_funds' };
    const cancelled = { status: 'canceled', cancellation_details };
    api.answers.set(`${KEY}:refund:600`, [200, cancelled]);
    await assert.rejects(yookassa.refund(idOf(reference), 600n), new Refused('insufficient_funds'));
  });

  it('says why a payment was cancelled', async () => {
    const { reference } = await yookassa.charge(REQUEST);
    const cancellation_details = { party: 'payment_network', reason: 'insufficient_funds' };
    Object.assign(api.payments[0]!, { status: 'canceled', cancellation_details });
    const { state, reason } = (await yookassa.find(idOf(reference)))!;
    assert.deepEqual([state, reason], ['declined', 'insufficient_funds']);
  });

  it('takes a notification for no more than the occasion to ask', () => {
    const read = (event: string, object: object) =>
      yookassa.readEvent({ headers: {}, text: '', body: { type: 'notification', event, object } });
    assert.deepEqual(read('payment.succeeded', { id: 'pay-0', metadata: { key: KEY } }), {
      ...{ id: null, key: KEY, reference: 'pay-0' },
    });
    for (const event of ['payment.canceled', 'payment.waiting_for_capture'])
      assert.equal(read(event, { id: 'pay-0' }).reference, 'pay-0');
    assert.deepEqual(read('refund.succeeded', { id: 'rf-1', payment_id: 'pay-0' }), {
      ...{ id: null, key: null, reference: 'pay-0' },
    });
    assert.deepEqual(read('payout.succeeded', { id: 'po-1' }), {
      ...{ id: null, key: null, reference: null },
    });
    const body = { type: 'something else' };
    assert.throws(() => yookassa.readEvent({ headers: {}, text: '', body }), /no notification/);
  });
});
