import assert from 'node:assert/strict';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '@gamegraph/embedded-postgres';
import { payments } from '@gamegraph/payments';
import { capture, creditTopUp, hold, openWallet, rollUp } from '@gamegraph/payments/ledger';
import { auditChain } from '@gamegraph/payments/seal';
import { createOrm, migrate, money, transact } from '@gamegraph/subgraph-kit';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { CURRENCY, makeBareLedger, purchaseBare, transferOnce } from './bare-ledger.js';
import type { Bench } from './bench.js';
import { median } from './statistics.js';
import { figure, type Section } from './table.js';

const CLIENTS = 16;
const WALLETS = 1_000;
const FULL = 1_000_000_000;
const BARE_TRANSFER = 'bare: a transfer, platform appended to';
const BARE_PURCHASE = 'bare: hold, then capture';

type Orm = Awaited<ReturnType<typeof createOrm>>;
type EntityManager = Parameters<typeof hold>[0];

/** Something that clients do again and again: returns how to do it once, for one of them. */
type Variant = (client: number) => Promise<() => Promise<unknown>>;

/** Purchases by the ledger's own code, next to the same as bare SQL on tables that do no more than this. */
export async function measureLedger({ directory, isQuick }: Bench): Promise<Section> {
  const cluster = await startCluster({
    directory: join(directory, 'ledger'),
    settings: { max_wal_size: '8GB', shared_buffers: '512MB' },
  });
  const clients: pg.Client[] = [];
  let orm: Orm | undefined;
  try {
    const databaseUrl = await cluster.createDatabase({ name: 'payments' });
    const { entities, migrations } = payments;
    orm = await createOrm({ databaseUrl, entities, migrations, poolSize: CLIENTS });
    await migrate(orm);
    for (let n = 0; n < CLIENTS; n++) {
      const client = new pg.Client(databaseUrl);
      await client.connect();
      clients.push(client);
    }
    const [busy] = loadavg() as [number];
    const gameId = await makeGame(clients[0]!);
    const walletIds = await makeWallets(orm);
    await makeBareLedger(clients[0]!, walletIds, FULL);

    const buy = purchases(orm, walletIds, gameId, transact);
    const variants: Record<string, Variant> = {
      'bare: a transfer, platform row updated': bareTransfers(clients, walletIds, 'updated'),
      [BARE_TRANSFER]: bareTransfers(clients, walletIds, 'appended'),
      [BARE_PURCHASE]: barePurchases(clients, walletIds, (_, step) => step()),
      'bare: hold, then capture, BEGIN and COMMIT': barePurchases(clients, walletIds, bracket),
      'ledger: a top-up': topUps(orm, walletIds),
      'ledger: hold, then capture': purchases(orm, walletIds, gameId, (em, step) => step(em)),
      'ledger: hold, then capture, in transact()': buy,
    };
    const rates = await inTurns(variants, isQuick);
    const rows = Object.entries(rates).map(([name, perSecond]) => [
      name,
      ...[perSecond, perSecond / rates[BARE_TRANSFER]!, perSecond / rates[BARE_PURCHASE]!].map(
        figure,
      ),
    ]);
    const size = isQuick ? 100_000 : 10_000_000;
    // Beside bare ones, for what else the machine does changes in the time that it takes to fill the tables.
    const beside = { buy, bare: barePurchases(clients, walletIds, (_, step) => step()) };
    await checkpoint(cluster.url('payments'));
    const before = await inTurns(beside, isQuick);
    await rollUp(orm.em.fork());
    const count = await fill(cluster.url('payments'), walletIds, gameId, size);
    await checkpoint(cluster.url('payments'));
    const read = await tablesRead(clients[0]!);
    const after = await inTurns(beside, isQuick);
    const [shareBefore, shareAfter] = [before, after].map(rate => rate.buy! / rate.bare!);
    const timesRead = (await tablesRead(clients[0]!)) - read;
    const rolledUp = await rollUpRate(orm, clients[0]!);
    const chain = await chainRates(orm, isQuick ? 10 : 200);
    return {
      title: 'Ledger',
      columns: ['what', 'per second', 'of a bare transfer', 'of a bare purchase'],
      rows,
      notes: [
        `${CLIENTS} clients, ${WALLETS} wallets, one platform account, durable commits; medians of ${rounds(isQuick)} rounds in turns. ` +
          'Bare is a function that moves money between rows, with keys and balances that are not below zero, and nothing else: ' +
          'no operations, shares, holds that end once, refunds, debts or seals (bench/src/bare-ledger.ts). One call is one ' +
          'transaction, unless it says otherwise. A purchase is two steps, each a transaction: bare with two transfers, the ' +
          'ledger’s with three, which it also lists for its roll-up.',
        `Purchases in transact() a second with ${count} transfers: ${figure(after.buy!)}, ${figure(shareAfter!)} of bare ones at the same time; before the others were added: ${figure(before.buy!)}, ${figure(shareBefore!)} of bare ones. That is ${figure(after.buy! / before.buy!)} of it, or ${figure(shareAfter! / shareBefore!)} by the shares. ` +
          `Times that all of account or transfer was read meanwhile: ${timesRead}.`,
        `Rolling up: ${figure(rolledUp)} changes of hot accounts a second. Sealing: ${figure(chain.sealed)} transfers a second; comparing seals with them: ${figure(chain.audited)}. ` +
          'Each by one connection, while nobody buys.',
        `Load of the machine by others, of ${cpus().length} cores, before: ${figure(busy)}.`,
      ],
    };
  } finally {
    await orm?.close();
    await Promise.all(clients.map(client => client.end()));
    await cluster.stop();
  }
}

/** Transfers a second that are sealed, and that an audit of the chain compares. */
async function chainRates(orm: Orm, seals: number): Promise<{ sealed: number; audited: number }> {
  const begun = performance.now();
  const [row] = await orm.em
    .fork()
    .execute<{ sum: string }[]>(
      `SELECT sum((SELECT count FROM seal_transfers(1000, now() + n * interval '0 s'))) FROM generate_series(1, ?) AS n`,
      [seals],
    );
  const sealed = performance.now();
  const audit = await auditChain(orm.em.fork(), 0, 600_000);
  assert.deepEqual([audit.broken, audit.isComplete], [[], true]);
  const audited = performance.now();
  const perSecond = (ms: number) => Number(row!.sum) / (ms / 1000);
  return { sealed: perSecond(sealed - begun), audited: perSecond(audited - sealed) };
}

const rounds = (isQuick: boolean) => (isQuick ? 1 : 5);

/** Each variant's median rate. They take turns, so that what else the machine does falls on all. */
async function inTurns(
  variants: Record<string, Variant>,
  isQuick: boolean,
): Promise<Record<string, number>> {
  const rates: Record<string, number[]> = {};
  for (let round = 0; round < rounds(isQuick); round++) {
    for (const [name, variant] of Object.entries(variants))
      (rates[name] ??= []).push(await rateOf(variant, isQuick ? 1 : 4));
  }
  return Object.fromEntries(Object.entries(rates).map(([name, each]) => [name, median(each)]));
}

async function rateOf(variant: Variant, seconds: number): Promise<number> {
  let count = 0;
  const works = await Promise.all(Array.from({ length: CLIENTS }, (_, client) => variant(client)));
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    works.map(async work => {
      while (performance.now() < end) {
        await work();
        count++;
      }
    }),
  );
  return count / ((performance.now() - began) / 1000);
}

/** Any of the wallets, each client beginning elsewhere. */
function walk(walletIds: string[], client: number): () => string {
  let at = client * Math.floor(walletIds.length / CLIENTS);
  return () => walletIds[at++ % walletIds.length]!;
}

function bareTransfers(
  clients: pg.Client[],
  walletIds: string[],
  platform: 'updated' | 'appended',
): Variant {
  return async client => {
    const next = walk(walletIds, client);
    return () => transferOnce(clients[client]!, next(), platform);
  };
}

function barePurchases(
  clients: pg.Client[],
  walletIds: string[],
  inTransaction: typeof bracket,
): Variant {
  return async n => {
    const next = walk(walletIds, n);
    const client = clients[n]!;
    return () => purchaseBare(client, next(), step => inTransaction(client, step));
  };
}

async function bracket(client: pg.Client, step: () => Promise<unknown>): Promise<unknown> {
  await client.query('BEGIN');
  await step();
  return client.query('COMMIT');
}

function topUps(orm: Orm, walletIds: string[]): Variant {
  return async client => {
    const next = walk(walletIds, client);
    return () => {
      const topUp = { id: uuidv7(), walletId: next(), amount: money(1, CURRENCY) };
      return creditTopUp(orm.em.fork(), topUp, new Date());
    };
  };
}

function purchases(
  orm: Orm,
  walletIds: string[],
  gameId: string,
  inTransaction: (em: EntityManager, step: (em: EntityManager) => Promise<void>) => Promise<void>,
): Variant {
  return async client => {
    const next = walk(walletIds, client);
    return async () => {
      const amount = money(10, CURRENCY);
      const order = { id: uuidv7(), walletId: next(), amount, parts: [{ gameId, minor: 10n }] };
      await inTransaction(orm.em.fork(), em => hold(em, order, new Date()));
      await inTransaction(orm.em.fork(), em => capture(em, order, new Date()));
    };
  };
}

async function makeGame(client: pg.Client): Promise<string> {
  const gameId = uuidv7();
  await client.query(
    `INSERT INTO game_copy (id, title, studio_id, state, prices, discounts, source_version, source_at)
     VALUES ($1, 'Bench', $2, 'PUBLISHED', '[]', '[]', 1, now())`,
    [gameId, uuidv7()],
  );
  return gameId;
}

async function makeWallets(orm: Orm): Promise<string[]> {
  const walletIds: string[] = [];
  await transact(orm.em.fork(), async tx => {
    for (let n = 0; n < WALLETS; n++) {
      const walletId = await openWallet(tx, uuidv7(), CURRENCY);
      const topUp = { id: uuidv7(), walletId, amount: money(FULL, CURRENCY) };
      await creditTopUp(tx, topUp, new Date());
      walletIds.push(walletId);
    }
  });
  return walletIds;
}

/**
 * Purchases of the past, until there are so many transfers: a hold, its capture and the studio's share each, with the
 * accounts that they add up to, so that the book still balances. Put there as only a superuser can.
 */
async function fill(
  databaseUrl: string,
  walletIds: string[],
  gameId: string,
  size: number,
): Promise<number> {
  const superuser = new pg.Client(databaseUrl);
  await superuser.connect();
  try {
    await superuser.query(`SET session_replication_role = replica`); // no triggers, which look at each row
    await superuser.query(`SET maintenance_work_mem = '512MB'`);
    const { rows: indexes } = await superuser.query<{ name: string; definition: string }>(
      `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
       FROM pg_index WHERE indrelid = 'transfer'::regclass
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)`,
    );
    for (const { name } of indexes) await superuser.query(`DROP INDEX ${name}`);
    await superuser.query(
      `WITH past AS MATERIALIZED (
         SELECT n, ($1::uuid[])[1 + n % cardinality($1::uuid[])] AS wallet_id, uuidv7() AS id, uuidv7() AS held,
           uuidv7() AS captured, now() - n * interval '1 second' AS at
         FROM generate_series(1, ($2 - (SELECT count(*) FROM transfer)) / 3) AS n
       ), hold AS (
         INSERT INTO account (id, kind, currency, input, output, refundable) SELECT id, 'HOLD', 'EUR', 10, 10, 10 FROM past
       ), wallet AS (
         UPDATE account SET output = output + 10 * count
         FROM (SELECT wallet_id, count(*) FROM past GROUP BY wallet_id) AS bought WHERE id = wallet_id
       ), hot AS (
         UPDATE account SET input = input + CASE kind WHEN 'REVENUE' THEN 10 ELSE 7 END * count,
           output = output + CASE kind WHEN 'REVENUE' THEN 7 ELSE 0 END * count
         FROM (SELECT count(*) FROM past) AS bought WHERE kind IN ('REVENUE', 'STUDIO')
       )
       INSERT INTO transfer (op, leg, src, dst, currency, minor, kind, ref, at, src_balance, dst_balance, game_id)
       SELECT op, leg, src, dst, 'EUR', minor, kind, past.id, at, src_balance, dst_balance, game_id
       FROM past, (SELECT id FROM account WHERE kind = 'REVENUE') AS revenue, (SELECT id FROM account WHERE kind = 'STUDIO') AS studio,
         LATERAL (VALUES
           ('HOLD', held, 0, wallet_id, past.id, 10, 10, 10, NULL),
           ('CAPTURE', captured, 0, past.id, revenue.id, 10, 0, NULL, $3::uuid),
           ('SHARE', captured, 1, revenue.id, studio.id, 7, NULL, NULL, $3)
         ) AS leg (kind, op, leg, src, dst, minor, src_balance, dst_balance, game_id)`,
      [walletIds, size, gameId],
    );
    for (const { definition } of indexes) await superuser.query(definition);
    await superuser.query('VACUUM ANALYZE transfer, account');
    const { rows } = await superuser.query<{ count: string }>('SELECT count(*) FROM transfer');
    await superuser.query('SELECT pg_stat_force_next_flush()'); // this one's readings are not the others'
    return Number(rows[0]!.count);
  } finally {
    await superuser.end();
  }
}

/** After it each page is logged whole once more, so it comes before both of two that are compared. */
async function checkpoint(databaseUrl: string): Promise<void> {
  const superuser = new pg.Client(databaseUrl);
  await superuser.connect();
  await superuser.query('CHECKPOINT').finally(() => superuser.end());
}

/** How often all of the two tables was read so far. */
async function tablesRead(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ sum: string }>(
    `SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('account', 'transfer') AND schemaname = 'public'`,
  );
  return Number(rows[0]!.sum);
}

/** Changes of hot accounts a second that are added to their rows. */
async function rollUpRate(orm: Orm, client: pg.Client): Promise<number> {
  const count = async () => {
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM account_change');
    return Number(rows[0]!.count);
  };
  const before = await count();
  const began = performance.now();
  await rollUp(orm.em.fork());
  const seconds = (performance.now() - began) / 1000;
  return (before - (await count())) / seconds;
}
