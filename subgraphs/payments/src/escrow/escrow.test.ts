import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { userCreated } from '@gamegraph/event-contracts';
import { query } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import {
  newKey,
  OPERATOR,
  type Somebody,
  type TestPayments,
  testPayments,
  uuidIn,
} from '../testing.js';
import { endAtDeadline } from './escrow.process.js';

const OPEN = `mutation ($input: OpenEscrowInput!) { openEscrow(input: $input) {
  __typename ... on Escrow { id state } ... on InsufficientFunds { missing { minor } } } }`;
const ENDED = `{ __typename ... on Escrow { id state payeeAmount { minor } } ... on Refusal { message } }`;
const END = {
  release: `mutation ($input: EndEscrowInput!) { done: releaseEscrow(input: $input) ${ENDED} }`,
  refund: `mutation ($input: EndEscrowInput!) { done: refundEscrow(input: $input) ${ENDED} }`,
  split: `mutation ($input: SplitEscrowInput!) { done: splitEscrow(input: $input) ${ENDED} }`,
};
const HOUR_MS = 3_600_000;

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

/** Somebody whom this subgraph has heard of. */
async function givenUser(): Promise<Somebody> {
  const user = graph.givenUser();
  await graph.deliver(
    userCreated({
      ...{ id: user.userId, handle: `h${user.userId}`, displayName: 'Somebody', avatarUrl: null },
      ...{ region: null, isBanned: false, createdAt: new Date().toISOString() },
      privacy: { library: 'PUBLIC', friends: 'PUBLIC', activity: 'PUBLIC', presence: 'PUBLIC' },
    }),
  );
  return user;
}

async function givenEscrow({ minor = '1000', atDeadline = 'REFUND', hasArbiter = true } = {}) {
  const payer = await graph.givenPayer('5000');
  const [payee, arbiter] = [await givenUser(), await givenUser()];
  const input = {
    ...{ idempotencyKey: newKey(), payeeId: payee.id, purpose: 'A sword', atDeadline },
    ...{ amount: { minor, currency: 'EUR' }, arbiterId: hasArbiter ? arbiter.id : null },
    deadlineAt: new Date(Date.now() + HOUR_MS).toISOString(),
  };
  const { openEscrow } = await graph.data(OPEN, { input }, payer.by);
  assert.equal(openEscrow.state, 'FUNDED');
  return { payer, payee, arbiter, input, id: openEscrow.id as string };
}

const inputOf = (id: string, payeeMinor?: string) => ({
  input: { idempotencyKey: newKey(), escrowId: id, ...(payeeMinor && { payeeMinor }) },
});

async function end(how: keyof typeof END, by: object, id: string, payeeMinor?: string) {
  return (await graph.data(END[how], inputOf(id, payeeMinor), by)).done;
}

describe('an escrow', () => {
  it('holds the money until the payer releases it to the payee', async () => {
    const { payer, payee, id } = await givenEscrow();
    assert.deepEqual(await graph.balance(payer), { balance: '4000', held: '1000' });
    const { state, payeeAmount } = await end('release', payer.by, id);
    assert.deepEqual([state, payeeAmount.minor], ['RELEASED', '1000']);
    assert.deepEqual(await graph.balance(payer), { balance: '4000', held: '0' });
    assert.deepEqual(await graph.balance(payee), { balance: '1000', held: '0' });
    await graph.assertBalanced();
  });

  it('goes back when the payee refunds it, and is split by the arbiter', async () => {
    const [one, other] = [await givenEscrow(), await givenEscrow()];
    assert.equal((await end('refund', one.payee.by, one.id)).state, 'REFUNDED');
    assert.deepEqual(await graph.balance(one.payer), { balance: '5000', held: '0' });
    assert.equal((await end('split', other.arbiter.by, other.id, '333')).state, 'SPLIT');
    assert.deepEqual(await graph.balance(other.payer), { balance: '4667', held: '0' });
    assert.deepEqual(await graph.balance(other.payee), { balance: '333', held: '0' });
    await graph.assertBalanced();
  });

  it('is refused when there is too little money, and opened once for its key', async () => {
    const { payer, input, id } = await givenEscrow({ minor: '3000' });
    const again = await graph.data(OPEN, { input }, payer.by);
    assert.equal(again.openEscrow.id, id);
    const more = { ...input, idempotencyKey: newKey() };
    const { openEscrow } = await graph.data(OPEN, { input: more }, payer.by);
    assert.deepEqual(
      [openEscrow.__typename, openEscrow.missing.minor],
      ['InsufficientFunds', '1000'],
    );
  });

  it('names different, known users, an amount and a deadline to come', async () => {
    const { payer, payee, input } = await givenEscrow();
    const codeOf = (more: object) =>
      graph.code(OPEN, { input: { ...input, idempotencyKey: newKey(), ...more } }, payer.by);
    assert.equal(await codeOf({ payeeId: payer.id }), 'BAD_USER_INPUT');
    assert.equal(await codeOf({ arbiterId: payee.id }), 'BAD_USER_INPUT');
    assert.equal(await codeOf({ payeeId: graph.givenUser().id }), 'NOT_FOUND');
    assert.equal(await codeOf({ deadlineAt: '2020-01-01T00:00:00Z' }), 'BAD_USER_INPUT');
    assert.equal(await codeOf({ deadlineAt: '9999-01-01T00:00:00Z' }), 'BAD_USER_INPUT');
    assert.equal(await codeOf({ amount: { minor: '0', currency: 'EUR' } }), 'BAD_USER_INPUT');
    assert.equal(await codeOf({ purpose: '' }), 'BAD_USER_INPUT');
  });

  it('is given by each party to the other, never taken', async () => {
    const { payer, payee, arbiter, id } = await givenEscrow();
    const codeOf = (how: keyof typeof END, by: object, part?: string) =>
      graph.code(END[how], inputOf(id, part), by);
    assert.equal(await codeOf('release', payee.by), 'FORBIDDEN');
    assert.equal(await codeOf('refund', payer.by), 'FORBIDDEN');
    for (const party of [payer, payee])
      assert.equal(await codeOf('split', party.by, '5'), 'FORBIDDEN');
    assert.equal(await codeOf('release', OPERATOR), 'FORBIDDEN', 'an arbiter is named');
    assert.equal(await codeOf('release', graph.givenUser().by), 'NOT_FOUND');
    assert.equal(await codeOf('release', {}), 'UNAUTHENTICATED');
    for (const part of ['0', '1000', '-1'])
      assert.equal(await codeOf('split', arbiter.by, part), 'BAD_USER_INPUT');
    const { id: without } = await givenEscrow({ hasArbiter: false });
    assert.equal((await end('refund', OPERATOR, without)).state, 'REFUNDED');
  });

  it('is shown to its parties, its arbiter and the operator alone', async () => {
    const { payer, payee, arbiter, id } = await givenEscrow();
    const ONE = `query ($id: ID!) { escrow(id: $id) { id purpose amount { minor } payer { id } payee { id } arbiter { id } } }`;
    for (const by of [payer.by, payee.by, arbiter.by, OPERATOR]) {
      const { escrow } = await graph.data(ONE, { id }, by);
      assert.deepEqual([escrow.purpose, escrow.payee.id], ['A sword', payee.id]);
    }
    const stranger = graph.givenUser().by;
    assert.equal((await graph.data(ONE, { id }, stranger)).escrow, null);
    assert.deepEqual(await graph.entities('Escrow', [id], '{ id }', stranger), [null]);
    const LIST = `{ escrows { edges { node { id } } } }`;
    for (const { by } of [payer, payee, arbiter])
      assert.deepEqual((await graph.data(LIST, {}, by)).escrows.edges, [{ node: { id } }]);
    assert.deepEqual((await graph.data(LIST, {}, stranger)).escrows.edges, []);
  });

  it('ends at its deadline as was agreed, and not before', async () => {
    const [back, on] = [await givenEscrow(), await givenEscrow({ atDeadline: 'RELEASE' })];
    const now = Date.now();
    const states = async () =>
      (
        await query<{ state: string }>(
          graph.em(),
          sql`SELECT state FROM escrow WHERE id IN (${uuidIn(back.id)}, ${uuidIn(on.id)}) ORDER BY at_deadline`,
        )
      ).map(({ state }) => state);
    await endAtDeadline(graph.em(), new Date(now + HOUR_MS / 2));
    assert.deepEqual(await states(), ['FUNDED', 'FUNDED']);
    const late = new Date(now + 2 * HOUR_MS);
    await Promise.all([endAtDeadline(graph.em(), late), endAtDeadline(graph.em(), late)]);
    assert.deepEqual(await states(), ['REFUNDED', 'RELEASED']);
    assert.deepEqual(await graph.balance(back.payer), { balance: '5000', held: '0' });
    assert.deepEqual(await graph.balance(on.payee), { balance: '1000', held: '0' });
    await graph.assertBalanced();
  });

  it('ends once when release, refund, split and the deadline race', async () => {
    const escrows = [];
    for (let n = 0; n < 8; n++) escrows.push(await givenEscrow());
    const late = new Date(Date.now() + 2 * HOUR_MS);
    const answers = await Promise.all([
      ...escrows.flatMap(({ id, payer, payee, arbiter }) => [
        end('release', payer.by, id),
        end('refund', payee.by, id),
        end('split', arbiter.by, id, '400'),
        end('release', arbiter.by, id),
      ]),
      endAtDeadline(graph.em(), late).then(() => ({ __typename: 'Nothing' })),
    ]);
    await endAtDeadline(graph.em(), late);
    const ended = answers.filter(({ __typename }) => __typename === 'Escrow');
    assert.equal(new Set(ended.map(({ id }) => id)).size, ended.length, 'each by one of them');
    for (const { id, payer, payee } of escrows) {
      const [row] = await query<{ payee_minor: string; kinds: string; state: string }>(
        graph.em(),
        sql`SELECT state, payee_minor, (SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM transfer WHERE ref = e.id) AS kinds
            FROM escrow AS e WHERE id = ${uuidIn(id)}`,
      );
      const kind = { RELEASED: 'RELEASE', REFUNDED: 'REFUND', SPLIT: 'SPLIT' }[row!.state];
      assert.equal(row!.kinds, `ESCROW ESCROW_${kind}`);
      const got = (await graph.balance(payee))?.balance ?? '0';
      assert.equal(got, row!.payee_minor);
      const left = String(5000n - BigInt(got));
      assert.deepEqual(await graph.balance(payer), { balance: left, held: '0' });
    }
    await graph.assertBalanced();
  });
});
