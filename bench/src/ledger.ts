import assert from 'node:assert/strict';
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
    const before = (await inTurns({ buy }, isQuick)).buy!;
    await rollUp(orm.em.fork());
    const count = await fill(cluster.url('payments'), walletIds, size);
    const after = (await inTurns({ buy }, isQuick)).buy!;
    const chain = await chainRates(orm, isQuick ? 10 : 200);
    return {
      title: 'Ledger',
      columns: ['what', 'per second', 'of one append-only', 'of bare hold and capture'],
      rows,
      notes: [
        `${CLIENTS} clients, ${WALLETS} wallets, one platform account, durable commits; medians of ${rounds(isQuick)} rounds in turns. ` +
          'The bare variants send the same steps by pg, statement by statement, to tables with keys and constraints and nothing else. A purchase is two transactions.',
        `Purchases per second with ${count} transfers: ${figure(after)}; before the others were added: ${figure(before)}, so ${figure(after / before)} of it.`,
        `Sealing them: ${figure(chain.sealed)} transfers a second; comparing seals with them: ${figure(chain.audited)}. Both by one connection, while nobody buys.`,
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

/** Transfers of the past, from wallets to wallets, until there are so many; put there as only a superuser can. */
async function fill(databaseUrl: string, walletIds: string[], size: number): Promise<number> {
  const superuser = new pg.Client(databaseUrl);
  await superuser.connect();
  try {
    await superuser.query(`SET session_replication_role = replica`); // no triggers, which forbid it
    const { rows: indexes } = await superuser.query<{ name: string; definition: string }>(
      `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
       FROM pg_index WHERE indrelid = 'transfer'::regclass
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)`,
    );
    for (const { name } of indexes) await superuser.query(`DROP INDEX ${name}`);
    await superuser.query(
      `INSERT INTO transfer (op, leg, src, dst, currency, minor, kind, ref, at, src_balance, dst_balance, game_id, xid)
       SELECT op, 0, ($1::uuid[])[1 + n % 1000], ($1::uuid[])[1 + (n + 1) % 1000], 'EUR', 1, 'HOLD', op,
         now() - n * interval '1 second', 1, 1, NULL, pg_current_xact_id()
       FROM (SELECT n, uuidv7() AS op FROM generate_series(1, $2 - (SELECT count(*) FROM transfer)) AS n) AS made`,
      [walletIds, size],
    );
    for (const { definition } of indexes) await superuser.query(definition);
    await superuser.query('VACUUM ANALYZE transfer');
    await superuser.query('CHECKPOINT');
    const { rows } = await superuser.query<{ count: string }>('SELECT count(*) FROM transfer');
    return Number(rows[0]!.count);
  } finally {
    await superuser.end();
  }
}
