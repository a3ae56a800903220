import { execute } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { PLATFORM } from './invoice.entity.js';

const LEGS_MAX = 1_000;
const LOTS_PER_RUN_MAX = 100;

/**
 * Issues receipts for what was captured and credit notes for what was given back, in the order of the ledger. It is done
 * apart from the purchases, so that these need not wait for each other's numbers. A lot is whole transactions that nothing
 * can come before any more, as with seals. The job is one in all processes; should two run, a constraint stops the second.
 */
export async function issueInvoices(em: EntityManager, now: Date): Promise<void> {
  for (let lot = 0; lot < LOTS_PER_RUN_MAX; lot++) {
    const issued = await execute(
      em,
      sql`WITH waiting AS NOT MATERIALIZED (
            SELECT * FROM transfer
            WHERE xid > coalesce((SELECT xid FROM invoice ORDER BY xid DESC LIMIT 1), '0')
              AND xid < pg_snapshot_xmin(pg_current_snapshot())
              AND kind IN ('CAPTURE', 'REFUND', 'CHARGEBACK') AND game_id IS NOT NULL
          ), lot AS (
            SELECT * FROM waiting
            WHERE xid <= (SELECT max(xid) FROM (SELECT xid FROM waiting ORDER BY xid LIMIT ${LEGS_MAX}) AS first)
          ), line AS (
            SELECT xid, op, ref, min(kind) AS kind, currency, coalesce(studio_id, ${PLATFORM}) AS seller_id, game_id, title,
              sum(minor) AS minor, min(lot.id) AS id
            FROM lot LEFT JOIN game_copy ON game_copy.id = game_id
            GROUP BY xid, op, ref, currency, seller_id, game_id, title
          ), paper AS (
            SELECT xid, op, ref, min(kind) AS kind, currency, seller_id, sum(minor) AS minor, min(id) AS id,
              jsonb_agg(jsonb_build_object('gameId', game_id, 'title', title, 'minor', minor::text) ORDER BY id) AS lines
            FROM line GROUP BY xid, op, ref, currency, seller_id
          )
          INSERT INTO invoice (id, seller_id, number, kind, order_id, op, currency, minor, lines, xid, issued_at)
          SELECT gen_random_uuid(), seller_id,
            coalesce((SELECT max(number) FROM invoice WHERE seller_id = paper.seller_id), 0)
              + row_number() OVER (PARTITION BY seller_id ORDER BY xid, id),
            CASE kind WHEN 'CAPTURE' THEN 'RECEIPT' ELSE 'CREDIT_NOTE' END, ref, op, currency, minor, lines, xid, ${now}
          FROM paper ORDER BY seller_id, xid, id`,
    );
    if (issued === 0) break;
  }
}
