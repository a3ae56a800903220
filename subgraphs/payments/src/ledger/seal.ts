import { type GraphContext, query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

const TRANSFERS_MAX = 1_000;
const SEALS_PER_RUN_MAX = 500;
const SEALS_PER_PAGE = 20;
const BROKEN_MAX = 100;

/** The last link of the chain: it depends on every transfer that was sealed so far. */
export interface Head {
  n: number;
  /** SHA-256, in hex. */
  hash: string;
}

/**
 * Seals the transfers that no transaction can come before any more, in lots. The head goes to the log: whoever keeps that
 * elsewhere can tell later that the chain was not written anew.
 */
export async function sealTransfers(
  em: EntityManager,
  log: Pick<GraphContext['log'], 'info'>,
  now: Date,
): Promise<void> {
  let head: Head | undefined;
  for (let lot = 0; lot < SEALS_PER_RUN_MAX; lot++) {
    const [seal] = await query<Head & { count: number }>(
      em,
      sql`SELECT n::int, encode(hash, 'hex') AS hash, count FROM seal_transfers(${TRANSFERS_MAX}, ${now})`,
    );
    if (!seal) break;
    head = { n: seal.n, hash: seal.hash };
    if (seal.count < TRANSFERS_MAX) break;
  }
  if (head) log.info({ seal: head.n, hash: head.hash }, 'the ledger is sealed');
}

/** What an audit of the chain came to. */
export interface ChainAudit {
  /** How many seals were compared with their transfers. */
  checked: number;
  /** Numbers of those that do not fit: a transfer was changed, added or removed since, or the seal before it was. */
  broken: number[];
  /** The last that was looked at. */
  upTo: number;
  isComplete: boolean;
}

/**
 * Compares seals with what they vouch for, from one on, for as long as is given: one page of them in memory at a time,
 * and no lock.
 */
export async function auditChain(
  em: EntityManager,
  after: number,
  budgetMs: number,
): Promise<ChainAudit> {
  const began = performance.now();
  const audit: ChainAudit = { checked: 0, broken: [], upTo: after, isComplete: false };
  while (performance.now() - began < budgetMs && audit.broken.length < BROKEN_MAX) {
    const page = await query<{ n: number; fits: boolean }>(
      em,
      sql`SELECT s.n::int, (s.n = 1 OR p.n IS NOT NULL) AND found.count = s.count
            AND s.hash = seal_hash(coalesce(p.hash, ''), found.lines) AS fits
          FROM (SELECT * FROM seal WHERE n > ${audit.upTo} ORDER BY n LIMIT ${SEALS_PER_PAGE}) AS s
          LEFT JOIN seal AS p ON p.n = s.n - 1
          CROSS JOIN LATERAL (
            SELECT count(*), coalesce(string_agg(transfer_line(t), E'\n' ORDER BY t.xid, t.id), '') AS lines
            FROM transfer AS t
            WHERE (t.xid, t.id) > (coalesce(p.last_xid, '0'), coalesce(p.last_id, 0))
              AND (t.xid, t.id) <= (s.last_xid, s.last_id)
          ) AS found ORDER BY s.n`,
    );
    for (const { n, fits } of page) {
      audit.checked++;
      audit.upTo = n;
      if (!fits) audit.broken.push(n);
    }
    if (page.length < SEALS_PER_PAGE) {
      audit.isComplete = true;
      break;
    }
  }
  return audit;
}

export async function headOf(
  em: EntityManager,
): Promise<(Head & { sealedAt: Date; lastXid: string; lastId: string }) | undefined> {
  const [row] = await query<Head & { sealed_at: string; last_xid: string; last_id: string }>(
    em,
    sql`SELECT n::int, encode(hash, 'hex') AS hash, sealed_at, last_xid::text, last_id FROM seal ORDER BY n DESC LIMIT 1`,
  );
  if (!row) return undefined;
  const { n, hash, sealed_at, last_xid: lastXid, last_id: lastId } = row;
  return { n, hash, sealedAt: new Date(sealed_at), lastXid, lastId };
}

/** How many transfers wait for their seal: those of the last seconds. */
export async function unsealed(em: EntityManager): Promise<number> {
  const head = await headOf(em);
  const [row] = await query<{ count: number }>(
    em,
    sql`SELECT count(*)::int FROM transfer
        WHERE (xid, id) > (${head?.lastXid ?? '0'}::xid8, ${head?.lastId ?? '0'}::bigint)`,
  );
  return row!.count;
}
