import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { execute, query } from '@gamegraph/subgraph-kit';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { OPERATOR, type TestPayments, testPayments } from '../testing.js';
import { sealTransfers } from './seal.js';

const SEALS = `query ($after: Int!) { ledgerAudit { unsealed head { n hash }
  seals(after: $after) { checked broken upTo isComplete } } }`;

let graph: TestPayments;
before(async () => {
  graph = await testPayments();
});
after(() => graph.stop());

const told: { seal: number; hash: string }[] = [];
const log = { info: (head: object) => told.push(head as { seal: number; hash: string }) };

/** Transfers on their own, each in a transaction of its own. */
async function givenTransfers(count: number): Promise<void> {
  const user = graph.givenUser();
  for (let n = 0; n < count; n++) await graph.topUp(user, '100');
}

/** Seals until nothing is left: other databases of the same server may hold the horizon back for a moment. */
const sealAll = () =>
  until('everything is sealed', async () => {
    await sealTransfers(graph.em(), log as never, new Date());
    return (await audit()).unsealed === 0;
  });

async function audit(from = 0) {
  return (await graph.data(SEALS, { after: from }, OPERATOR)).ledgerAudit;
}

/** What a superuser may do who knows how: triggers do not stop them. */
const tamper = (change: ReturnType<typeof sql>) =>
  graph.em().transactional(async tx => {
    await query(tx, sql`ALTER TABLE transfer DISABLE TRIGGER transfer_immutable`);
    const touched = await execute(tx, change);
    await query(tx, sql`ALTER TABLE transfer ENABLE TRIGGER transfer_immutable`);
    assert.equal(touched, 1);
  });

describe('the chain of seals', () => {
  it('covers every transfer once, and fits', async () => {
    for (let lot = 0; lot < 5; lot++) {
      await givenTransfers(3);
      await sealAll();
    }
    const { seals, head } = await audit();
    assert.deepEqual([seals.broken, seals.isComplete], [[], true]);
    assert.equal(seals.upTo, head.n);
    assert.ok(told.length > 0);
    for (const { seal, hash } of told) {
      const kept = sql`SELECT encode(hash, 'hex') AS hash FROM seal WHERE n = ${seal}`;
      assert.deepEqual(await query(graph.em(), kept), [{ hash }], 'the log has what the table has');
    }
    const [sum] = await query<{ sealed: string; transfers: string }>(
      graph.em(),
      sql`SELECT (SELECT sum(count) FROM seal) AS sealed, (SELECT count(*) FROM transfer) AS transfers`,
    );
    assert.equal(sum!.sealed, sum!.transfers);
    const { seals: rest } = await audit(head.n - 2);
    assert.deepEqual([rest.checked, rest.isComplete], [2, true]);
  });

  it('waits for transactions that are older than what has been committed', async () => {
    await givenTransfers(1);
    await sealAll();
    await graph.em().transactional(async old => {
      await query(old, sql`SELECT pg_current_xact_id()`);
      await givenTransfers(2);
      await sealTransfers(graph.em(), log as never, new Date());
      assert.equal((await audit()).unsealed, 2, 'the older one may still write');
    });
    await sealAll();
    assert.deepEqual((await audit()).seals.broken, []);
  });

  it('is made by one of several at a time', async () => {
    await givenTransfers(4);
    await Promise.all([1, 2, 3, 4].map(() => sealTransfers(graph.em(), log as never, new Date())));
    await sealAll();
    assert.deepEqual((await audit()).seals.broken, []);
  });

  it('names the seal whose transfers were changed, removed or added to', async () => {
    for (let lot = 0; lot < 3; lot++) {
      await givenTransfers(3);
      await sealAll();
    }
    const { head } = await audit();
    const [row] = await query<{ id: string; n: number }>(
      graph.em(),
      sql`SELECT t.id, (SELECT n::int FROM seal AS s WHERE (t.xid, t.id) <= (s.last_xid, s.last_id) ORDER BY n LIMIT 1) AS n
          FROM transfer AS t ORDER BY t.xid DESC, t.id DESC OFFSET 4 LIMIT 1`,
    );
    const { id, n } = row!;
    assert.ok(n < head.n && n > 1);
    for (const column of ['minor', 'leg', 'dst_balance']) {
      const by = sql.raw(column);
      const change = (delta: number) =>
        tamper(sql`UPDATE transfer SET ${by} = ${by} + ${delta} WHERE id = ${id}`);
      await change(1);
      assert.deepEqual((await audit()).seals.broken, [n], column);
      assert.deepEqual((await audit(n)).seals.broken, []);
      await change(-1);
    }
    assert.deepEqual((await audit()).seals.broken, []);
    await tamper(sql`INSERT INTO transfer (op, src, dst, currency, minor, kind, ref, at, xid)
      SELECT op, src, dst, currency, minor, kind, gen_random_uuid(), at, xid FROM transfer WHERE id = ${id}`);
    assert.equal((await audit()).seals.broken.length, 1, 'one was added');
    await tamper(sql`DELETE FROM transfer WHERE id = (SELECT max(id) FROM transfer)`);
    assert.deepEqual((await audit()).seals.broken, []);
    await tamper(sql`DELETE FROM transfer WHERE id = ${id}`);
    assert.deepEqual((await audit()).seals.broken, [n], 'one was removed');
  });

  it('is for the operator', async () => {
    assert.equal(await graph.code(SEALS, { after: 0 }), 'UNAUTHENTICATED');
    assert.equal(await graph.code(SEALS, { after: 0 }, graph.givenUser().by), 'FORBIDDEN');
  });
});
