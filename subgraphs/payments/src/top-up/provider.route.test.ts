import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { query } from '@gamegraph/subgraph-kit';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import {
  newKey,
  SECRET,
  type Somebody,
  type TestPayments,
  testPayments,
  uuidIn,
} from '../testing.js';
import { forgetOldEvents } from './provider.route.js';
import { FakeProvider } from './provider/fake-provider.js';
import type { ChargeId } from './provider/payment-provider.js';
import { signWebhook, type Webhook } from './provider/webhook.js';

const statuses: Promise<number>[] = [];

async function post({ headers, body }: Webhook): Promise<number> {
  const url = new URL('/provider/webhook', graph.url);
  const { status } = await fetch(url, { method: 'POST', headers, body });
  return status;
}

/** Counts how often it is asked what became of a charge. */
class CountingProvider extends FakeProvider {
  asked = 0;

  override async find(id: ChargeId) {
    this.asked++;
    return super.find(id);
  }
}

/** Takes a while for each charge, and tells of it three times at once. */
const slow = new CountingProvider({
  secret: SECRET,
  delayMs: 400,
  webhooks: {
    copies: 3,
    async post(webhook) {
      statuses.push(post(webhook));
    },
  },
});

let graph: TestPayments;
before(async () => {
  graph = await testPayments(slow);
});
after(() => graph.stop());

async function stateOf(user: Somebody, id: string): Promise<string> {
  return (await graph.entities('TopUp', [id], '{ state }', user.by))[0].state;
}

const eventOf = (topUpId: string, type = 'charge.captured') => ({
  ...{ id: randomUUID(), type },
  key: uuidIn(topUpId),
});

const now = (minutes = 0) => new Date(Date.now() + minutes * 60_000);

describe('a webhook of the provider', () => {
  it('posts a capture that comes late, once, although it comes three times', async () => {
    const user = graph.givenUser();
    const { id, state } = await graph.topUp(user, '1999');
    assert.equal(state, 'PENDING');
    assert.deepEqual(await graph.balance(user), { balance: '0', held: '0' });
    await until('it is captured', async () => (await stateOf(user, id)) === 'CAPTURED');
    assert.deepEqual(await Promise.all(statuses), [200, 200, 200]);
    assert.deepEqual(await graph.balance(user), { balance: '1999', held: '0' });
    await graph.assertBalanced();
  });

  it('tells of a charge that is declined late', async () => {
    const [user, key] = [graph.givenUser(), newKey()];
    const { id } = await graph.topUp(user, '1402', 'EUR', key);
    await until('it is declined', async () => (await stateOf(user, id)) === 'DECLINED');
    assert.equal((await graph.topUp(user, '1402', 'EUR', key)).__typename, 'TopUpDeclined');
  });

  it('does no harm when it comes too early, late, again, or in disorder', async () => {
    const user = graph.givenUser();
    const { id } = await graph.topUp(user, '1999');
    const captured = eventOf(id);
    assert.equal(await post(signWebhook(SECRET, captured, now())), 200);
    assert.equal(await stateOf(user, id), 'PENDING', 'the provider itself says that it is');
    await until('it is captured', async () => (await stateOf(user, id)) === 'CAPTURED');
    const late = [
      captured,
      eventOf(id, 'charge.declined'),
      eventOf(id),
      eventOf(id, 'charge.pending'),
    ];
    for (const event of [...late, ...late])
      assert.equal(await post(signWebhook(SECRET, event, now())), 200);
    assert.equal(await stateOf(user, id), 'CAPTURED');
    assert.deepEqual(await graph.balance(user), { balance: '1999', held: '0' });
  });

  it('is an occasion to ask the provider, once for each event', async () => {
    const user = graph.givenUser();
    const { id } = await graph.topUp(user, '1999');
    const { asked } = slow;
    const event = eventOf(id);
    for (let n = 0; n < 3; n++) assert.equal(await post(signWebhook(SECRET, event, now())), 200);
    assert.equal(slow.asked - asked, 1);
    await until('it is captured', async () => (await stateOf(user, id)) === 'CAPTURED');
  });

  it('is believed only with the signature of the provider, of the last five minutes', async () => {
    const event = eventOf(Buffer.from(`TopUp:${uuidv7()}`).toString('base64url'));
    const good = signWebhook(SECRET, event, now());
    const signature = Object.values(good.headers)[0]!;
    const signed = (value: string) => ({ ...good, headers: { 'x-provider-signature': value } });
    const bad: [string, number, Webhook][] = [
      ['none', 401, { ...good, headers: {} }],
      ['another secret', 401, signWebhook('y'.repeat(32), event, now())],
      ['another body', 401, { ...good, body: good.body.replace('captured', 'declined') }],
      ['another time', 401, signed(signature.replace(/t=\d+/, `t=${Date.now()}`))],
      ['half of it', 401, signed(signature.slice(0, -2))],
      ['no such form', 401, signed('v1=x')],
      ['too old', 400, signWebhook(SECRET, event, now(-5.1))],
      ['too new', 400, signWebhook(SECRET, event, now(5.1))],
      ['no event', 400, signWebhook(SECRET, {} as never, now())],
      ['no JSON', 400, { ...good, body: '{' }],
    ];
    for (const [what, status, webhook] of bad) assert.equal(await post(webhook), status, what);
    assert.equal(await post(good), 200);
    assert.equal(await post(signWebhook(SECRET, event, now(-4.9))), 200);
  });

  it('is heard and left alone when it is about something else', async () => {
    for (const more of [
      { type: 'payout.paid' },
      { key: uuidv7() },
      { key: 'cus_123' },
      { key: 7 },
    ]) {
      const event = { id: randomUUID(), type: 'charge.captured', ...more } as never;
      assert.equal(await post(signWebhook(SECRET, event, now())), 200);
    }
  });

  it('is remembered for 30 days', async () => {
    const { id } = eventOf(Buffer.from('TopUp:x').toString('base64url'));
    const event = { id, type: 'payout.paid' };
    await post(signWebhook(SECRET, event, now()));
    const isKnown = async () =>
      (await query(graph.em(), sql`SELECT 1 FROM provider_event WHERE id = ${id}`)).length > 0;
    await forgetOldEvents(graph.em(), now(29.9 * 1440));
    assert.ok(await isKnown());
    await forgetOldEvents(graph.em(), now(30.1 * 1440));
    assert.ok(!(await isKnown()));
  });
});
