import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Cluster, startCluster } from '@gamegraph/embedded-postgres';
import { createOrm, migrate, money, query, transact } from '@gamegraph/subgraph-kit';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { payments } from '../subgraph.js';
import { creditTopUp, hold, lockWallet, openWallet, release, rollUp } from './ledger.js';

let directory: string;
let cluster: Cluster;
let orm: MikroORM;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gamegraph-keeper-'));
  cluster = await startCluster({ directory, ephemeral: true });
  const databaseUrl = await cluster.createDatabase({ name: 'payments' });
  const { entities, migrations } = payments;
  orm = await createOrm({ databaseUrl, entities, migrations });
  await migrate(orm);
});
after(async () => {
  await orm.close();
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

const at = new Date();
const user = uuidv7();
const run = (statement: string) =>
  query<Record<string, unknown>>(orm.em.fork(), sql.raw(statement));

describe('the role that the subgraph runs as', () => {
  it('moves money by the ledger’s functions', async () => {
    const order = { id: uuidv7(), walletId: '', amount: money(100n, 'EUR') };
    await transact(orm.em.fork(), async tx => {
      order.walletId = await openWallet(tx, user, 'EUR');
      await creditTopUp(tx, { ...order, id: uuidv7() }, at);
      assert.equal((await lockWallet(tx, user, 'EUR'))!.balanceMinor, 100n);
      await hold(tx, order, at);
      await release(tx, order, at);
    });
    await rollUp(orm.em.fork());
    await run('SELECT seal_transfers(1000, now())');
    assert.deepEqual(await run('SELECT kind FROM transfer ORDER BY id'), [
      { kind: 'TOP_UP' },
      { kind: 'HOLD' },
      { kind: 'RELEASE' },
    ]);
  });

  const tables = {
    transfer: [
      'minor = 1',
      `(op, src, dst, currency, minor, kind, ref, at)
      SELECT op, dst, src, currency, minor, kind, ref, at FROM transfer`,
    ],
    account: ['input = 1', `(id, kind, currency) VALUES (gen_random_uuid(), 'REVENUE', 'EUR')`],
    account_change: [
      'input = 1',
      '(transfer_id, account_id, input, output) VALUES (0, gen_random_uuid(), 1, 0)',
    ],
    seal: ['count = 1', `SELECT 99, '', 1, '1', 1, now()`],
  };
  for (const [table, [change, row]] of Object.entries(tables)) {
    it(`may not write ${table}, empty it, or drop it`, async () => {
      for (const statement of [
        `UPDATE ${table} SET ${change}`,
        `DELETE FROM ${table}`,
        `INSERT INTO ${table} ${row}`,
        `TRUNCATE ${table} CASCADE`,
        `DROP TABLE ${table} CASCADE`,
        `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      ]) {
        await assert.rejects(run(statement), ({ code }: { code: string }) => {
          assert.equal(code, '42501', statement);
          return true;
        });
      }
    });
  }

  for (const table of ['payout', 'invoice']) {
    it(`may add to ${table}, and do nothing else to it`, async () => {
      assert.deepEqual(await run(`INSERT INTO ${table} SELECT * FROM ${table}`), []);
      for (const statement of [
        `UPDATE ${table} SET minor = 1`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
        `DROP TABLE ${table}`,
        `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      ])
        await assert.rejects(run(statement), { code: '42501' }, statement);
    });
  }

  it('may not post a leg without its operation, and not change agreed shares', async () => {
    const leg = `SELECT post_leg(gen_random_uuid(), 0, 'HOLD', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
      'EUR', 1, NULL, now())`;
    for (const statement of [
      leg,
      'UPDATE revenue_share SET studio_bps = 0',
      'DROP SCHEMA public CASCADE',
    ])
      await assert.rejects(run(statement), ({ code }: { code: string }) => code === '42501');
  });
});
