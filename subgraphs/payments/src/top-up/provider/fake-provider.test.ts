import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { money } from '@gamegraph/subgraph-kit';
import { ChargeDirectory } from './charge-store.js';
import { FakeProvider, type FakeProviderOptions } from './fake-provider.js';
import type { ChargeId } from './payment-provider.js';
import type { Webhook } from './webhook.js';

const SECRET = 'x'.repeat(32);
const AT = new Date('2026-11-21T12:00:00Z');

const idOf = (key: string, minor = 1000n, reference: string | null = null): ChargeId => ({
  ...{ key, reference, amount: money(minor, 'JPY'), createdAt: AT },
});

function given(options: Partial<FakeProviderOptions> = {}) {
  const fake = new FakeProvider({ secret: SECRET, ...options });
  const charge = (key: string, minor = 1000n, capture = true) =>
    fake.charge({ key, amount: money(minor, 'JPY'), capture, at: AT });
  return { fake, charge };
}

/** The charges that were told of, in the order in which that came. */
async function toldOf(webhooks: Partial<FakeProviderOptions['webhooks']>, keys: string[]) {
  const told: string[] = [];
  const post = async ({ body }: Webhook) => told.push(JSON.parse(body).key);
  const { charge } = given({ webhooks: { copies: 1, ...webhooks, post } });
  for (const key of keys) await charge(key);
  return told.join('');
}

describe('the fake provider', () => {
  it('charges once for each key, and declines what ends in 402', async () => {
    const { fake, charge } = given();
    assert.equal((await charge('a', 1402n)).state, 'declined');
    assert.equal((await charge('b', 1403n)).state, 'captured');
    assert.equal((await charge('b', 402n)).state, 'captured', 'the same key, the same charge');
    assert.equal(await fake.find(idOf('c')), undefined);
  });

  it('sets money aside where it can, then takes it or lets it go, and gives back what it took', async () => {
    const { fake, charge } = given();
    assert.equal((await charge('a', 1000n, false)).state, 'authorised');
    assert.equal((await fake.capture(idOf('a'))).state, 'captured');
    assert.equal((await fake.cancel(idOf('a'))).state, 'captured', 'it is too late for that');
    assert.equal((await fake.refund(idOf('a'), 400n)).refundedMinor, 400n);
    assert.equal((await fake.refund(idOf('a'), 400n)).refundedMinor, 400n, 'so much in all');
    assert.equal((await charge('b', 1000n, false)).state, 'authorised');
    assert.equal((await fake.cancel(idOf('b'))).state, 'declined');
    const { charge: chargeAtOnce } = given({ cannotAuthorise: true });
    assert.equal((await chargeAtOnce('c', 1000n, false)).state, 'captured');
  });

  it('knows its charges again where it keeps them in a folder, and settles what was left pending', async t => {
    const directory = await mkdtemp(join(tmpdir(), 'gamegraph-fake-'));
    t.after(() => rm(directory, { recursive: true }));
    const charges = new ChargeDirectory(directory);
    const former = given({ charges, delayMs: 1_000_000 });
    assert.equal((await former.charge('a', 1000n, false)).state, 'pending');
    assert.equal((await former.fake.find(idOf('a')))?.state, 'pending');
    const { fake } = given({ charges });
    assert.equal((await fake.find(idOf('a')))?.state, 'authorised');
    await fake.capture(idOf('a'));
    await fake.refund(idOf('a'), 400n);
    const { state, refundedMinor, amount, createdAt } = (await former.fake.find(idOf('a')))!;
    assert.deepEqual([state, refundedMinor, amount.minor], ['captured', 400n, 1000n]);
    assert.deepEqual(createdAt, AT);
    const to = new Date(AT.getTime() + 1);
    assert.equal((await given({ charges }).fake.list(AT, to, null)).charges.length, 1);
  });

  it('loses answers after it took the money', async () => {
    const { fake, charge } = given({ losesAnswers: true });
    await assert.rejects(charge('a'), /lost/);
    assert.equal((await fake.find(idOf('a')))?.state, 'captured');
  });

  it('duplicates, reorders and loses webhooks', async () => {
    assert.equal(await toldOf({}, ['a', 'b']), 'ab');
    assert.equal(await toldOf({ copies: 2 }, ['a', 'b']), 'aabb');
    assert.equal(await toldOf({ reorders: true }, ['a', 'b', 'c', 'd']), 'badc');
    assert.equal(await toldOf({ losesEvery: 3 }, ['a', 'b', 'c', 'd', 'e', 'f']), 'abde');
  });

  it('takes the word of whoever has a reference of it, after a restart', async () => {
    const { charge } = given();
    const { reference } = await charge('a', 1000n, false);
    const { fake: restarted } = given();
    assert.equal(await restarted.find(idOf('a')), undefined);
    const id = idOf('a', 1000n, reference);
    assert.equal((await restarted.find(id))?.state, 'authorised');
    assert.equal((await restarted.capture(id)).state, 'captured');
  });

  it('lists the charges of a time in pages', async () => {
    const { fake, charge } = given();
    for (let n = 0; n < 150; n++) await charge(`key ${n}`);
    const later = new Date(AT.getTime() + 1);
    const first = await fake.list(AT, later, null);
    const second = await fake.list(AT, later, first.next);
    assert.deepEqual([first.charges.length, second.charges.length, second.next], [100, 50, null]);
    assert.deepEqual(await fake.list(later, later, null), { charges: [], next: null });
  });
});
