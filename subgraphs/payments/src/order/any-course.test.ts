import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { money, query } from '@gamegraph/subgraph-kit';
import { until } from '@gamegraph/test-support';
import fc from 'fast-check';
import { sql } from 'kysely';
import { pursueDue, settlePayment } from '../payment/payment.process.js';
import {
  newKey,
  PURCHASE,
  SECRET,
  type Somebody,
  type TestPayments,
  testPayments,
  uuidIn,
} from '../testing.js';
import { FakeProvider, type FakeProviderOptions } from '../top-up/provider/fake-provider.js';
import { settle } from '../top-up/top-up.process.js';

const options: FakeProviderOptions = { secret: SECRET };
const provider = new FakeProvider(options);
let graph: TestPayments;
before(async () => {
  graph = await testPayments(provider);
});
after(() => graph.stop());

/** What buyers, the library, the provider and banks do. Numbers choose among what there is. */
const Wish = fc.record({
  what: fc.constantFrom(
    ...([
      'topUp',
      'buy',
      'buy',
      'buy',
      'grant',
      'grant',
      'refuse',
      'askRefund',
      'askRefund',
    ] as const),
    ...(['revoke', 'keep', 'dispute', 'disputeTopUp', 'sweep'] as const),
  ),
  which: fc.nat(5),
  user: fc.nat(1),
  minor: fc.integer({ min: 1, max: 900 }),
  funding: fc.constantFrom('WALLET', 'PROVIDER', 'MIXED'),
  takesAtOnce: fc.boolean(),
  isRepeated: fc.boolean(),
});
type Wish = typeof Wish extends fc.Arbitrary<infer T> ? T : never;

/** An order, and what the library says of it: it says the same for ever once it has decided. */
interface Course {
  id: string;
  user: Somebody;
  licence: 'NONE' | 'ACTIVE' | 'REFUSED' | 'REVOKED';
}

interface World {
  users: Somebody[];
  courses: Course[];
  topUps: string[];
}

const stateOf = async ({ user, id }: Course): Promise<string> =>
  (await graph.order(user, id)).state;

/** Asks the provider about all that is due, also in some minutes. */
const sweep = () =>
  pursueDue(graph.em(), { provider, log: { warn() {} } }, new Date(Date.now() + 120_000));

/** The bank takes back what was captured; the provider tells of it. */
async function dispute(key: string, tell: typeof settle | typeof settlePayment): Promise<void> {
  const id = { key, reference: null, amount: money(1n, 'EUR'), createdAt: new Date() };
  const charge = await provider.find(id);
  if (charge?.state !== 'captured') return;
  provider.dispute(id);
  await tell(graph.em(), key, (await provider.find(id))!, new Date());
}

async function buy({ users, courses }: World, wish: Wish): Promise<void> {
  const user = users[wish.user]!;
  options.cannotAuthorise = wish.takesAtOnce;
  const { id: quoteId } = await graph.quote(user, await graph.givenGame(String(wish.minor)));
  const input = { idempotencyKey: newKey(), quoteId, funding: wish.funding };
  const order = (await graph.data(PURCHASE, { input }, user.by)).purchaseGame;
  if (order.__typename === 'Order') courses.push({ id: order.id, user, licence: 'NONE' });
  const again = (await graph.data(PURCHASE, { input }, user.by)).purchaseGame;
  assert.deepEqual([again.__typename, again.id], [order.__typename, order.id]); // I6
}

/** Decides as the library does, which also says again what it has decided. */
async function answer(course: Course, wish: Wish['what']): Promise<void> {
  const state = await stateOf(course);
  const { granted, refused, revoked, kept } = graph.licence(course.id);
  if (course.licence === 'NONE') {
    if (state !== 'HELD' || wish === 'revoke' || wish === 'keep') return;
    course.licence = wish === 'grant' ? 'ACTIVE' : 'REFUSED';
  } else if (course.licence === 'ACTIVE') {
    if (state === 'REFUND_REQUESTED' && wish === 'keep') return graph.deliver(kept(9_000));
    const isAsked = state === 'REFUND_REQUESTED' && wish === 'revoke';
    if (isAsked || state === 'REVERSED') course.licence = 'REVOKED';
  }
  const said = { NONE: refused, ACTIVE: granted, REFUSED: refused, REVOKED: revoked };
  await graph.deliver(said[course.licence]());
}

async function carryOut(world: World, wish: Wish): Promise<void> {
  const { users, courses, topUps } = world;
  const course = courses[wish.which % Math.max(1, courses.length)];
  switch (wish.what) {
    case 'topUp':
      return void topUps.push(
        uuidIn((await graph.topUp(users[wish.user]!, String(wish.minor))).id),
      );
    case 'buy':
      return buy(world, wish);
    case 'sweep':
      return sweep();
    case 'disputeTopUp': {
      const topUp = topUps[wish.which % Math.max(1, topUps.length)];
      return topUp === undefined ? undefined : dispute(topUp, settle);
    }
    case 'dispute':
      return course && dispute(uuidIn(course.id), settlePayment);
    case 'askRefund':
      return course && void (await graph.refund(course.user, course.id));
    default:
      return course && answer(course, wish.what);
  }
}

/** Until nothing is under way: the library answers all, and the provider is asked for all. */
const settled = ({ courses }: World) =>
  until('nothing is under way', async () => {
    await sweep();
    let isQuiet = true;
    for (const course of courses) {
      const state = await stateOf(course);
      const isOpen = ['PAYING', 'HELD', 'COLLECTING', 'REFUND_REQUESTED'].includes(state);
      const isOrphan = state === 'REVERSED' && course.licence === 'ACTIVE';
      if (!isOpen && !isOrphan) continue;
      isQuiet = false;
      await answer(course, state === 'HELD' ? 'grant' : 'revoke');
    }
    const due = await query(
      graph.em(),
      sql`SELECT 1 FROM payment WHERE due_at IS NOT NULL LIMIT 1`,
    );
    return isQuiet && due.length === 0;
  });

/** I5: an order is complete if it is licensed, and if its money is taken; what is over has left nothing behind. */
async function assertConsistent(course: Course): Promise<void> {
  const state = await stateOf(course);
  const [row] = await query<{ held: string; captured: string; kept: string }>(
    graph.em(),
    sql`SELECT coalesce((SELECT input - output FROM account WHERE id = ${uuidIn(course.id)}), 0) AS held,
          coalesce((SELECT refundable FROM account WHERE id = ${uuidIn(course.id)}), 0) AS kept,
          (SELECT count(*) FROM transfer WHERE ref = ${uuidIn(course.id)} AND kind = 'CAPTURE') AS captured`,
  );
  const { held, captured, kept } = row!;
  const told = `${state}, ${course.licence}`;
  assert.equal(held, '0', told);
  assert.equal(state === 'COMPLETED', course.licence === 'ACTIVE', told);
  assert.equal(state === 'COMPLETED', kept !== '0', told);
  if (state === 'REFUSED') assert.equal(captured, '0', told);
}

/** What the ledger says is at the provider is there. */
async function assertSameAsProvider(): Promise<void> {
  let there = 0n;
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<FakeProvider['list']>> = await provider.list(
      ...[new Date(0), new Date(Date.now() + 1_000), cursor],
    );
    for (const { state, isDisputed, amount, refundedMinor } of page.charges)
      if (state === 'captured' && !isDisputed) there += amount.minor - refundedMinor;
    cursor = page.next;
    if (cursor === null) break;
  }
  const [row] = await query<{ here: string }>(
    graph.em(),
    sql`SELECT coalesce(sum(CASE WHEN src = a.id THEN minor ELSE -minor END), 0) AS here
        FROM account AS a JOIN transfer ON a.id IN (src, dst) WHERE a.kind = 'CLEARING'`,
  );
  assert.equal(BigInt(row!.here), there);
}

describe('any course of orders', { timeout: 300_000 }, () => {
  it('ends with licences for what is paid, and with the money where the book has it', async () => {
    const property = fc.asyncProperty(
      fc.array(Wish, { maxLength: 30, size: 'max' }),
      async wishes => {
        const world: World = { users: [], courses: [], topUps: [] };
        for (let n = 0; n < 2; n++) world.users.push(await graph.givenPayer('500'));
        for (const wish of wishes) {
          await carryOut(world, wish);
          if (wish.isRepeated && wish.what !== 'buy') await carryOut(world, wish);
        }
        await settled(world);
        for (const course of world.courses) await assertConsistent(course);
        await assertSameAsProvider();
      },
    );
    const limited = { interruptAfterTimeLimit: 120_000, endOnFailure: true };
    await fc.assert(property, { numRuns: 12, ...limited });
    await graph.assertBalanced();
  });
});
