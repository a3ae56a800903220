import type { Found } from './check/history-checks.js';
import type {
  AccountRow,
  Head,
  LicenceRow,
  OrderRow,
  PaymentRow,
  Position,
  TransferRow,
  VoucherRow,
} from './check/state-checks.js';
import type { Stage } from './stage.js';

// What there is in the databases, whatever the services say of it.

/** Of every aggregate, how far it is, and what of it was published. */
export async function readHeads(stage: Stage): Promise<Head[]> {
  const lists = await Promise.all(
    stage.subgraphs.map(subgraph =>
      stage.rows<Head>(
        subgraph,
        `SELECT h.aggregatetype AS topic, h.aggregateid AS id, h.version::int,
                count(a.version)::int AS archived, coalesce(max(a.version), 0)::int AS "archivedUpTo"
         FROM events.outbox_head h LEFT JOIN events.outbox_archive a USING (aggregatetype, aggregateid)
         GROUP BY 1, 2, 3`,
      ),
    ),
  );
  return lists.flat();
}

/** How far each consumer has come with each aggregate. */
export async function readPositions(stage: Stage): Promise<Position[]> {
  const lists = await Promise.all(
    stage.subgraphs.map(subgraph =>
      stage.rows<Position>(
        subgraph,
        `SELECT consumer, aggregatetype AS topic, aggregateid AS id, version::int FROM events.inbox_head`,
      ),
    ),
  );
  return lists.flat();
}

export function readOrders(stage: Stage): Promise<OrderRow[]> {
  return stage.rows(
    'payments',
    `SELECT id, coalesce(recipient_id, buyer_id) AS "ownerId", state, minor::int, charged_minor::int AS "chargedMinor",
       (SELECT jsonb_agg(jsonb_build_object('gameId', line->'gameId', 'minor', (line->>'minor')::int))
        FROM jsonb_array_elements(lines) AS line) AS lines,
       refunded_game_ids AS "refundedGameIds"
     FROM game_order`,
  );
}

export function readPayments(stage: Stage): Promise<PaymentRow[]> {
  return stage.rows(
    'payments',
    `SELECT id, state, minor::int, refunded_minor::int AS "refundedMinor", due_at IS NOT NULL AS "isDue" FROM payment`,
  );
}

/** What came from the provider into wallets. */
export async function readTopUpsMinor(stage: Stage): Promise<number> {
  const [sum] = await stage.rows<{ minor: number }>(
    'payments',
    `SELECT coalesce(sum(minor), 0)::int AS minor FROM top_up WHERE state = 'CAPTURED'`,
  );
  return sum!.minor;
}

/** What was said in chats, by its numbers there. */
export async function readSaid(stage: Stage): Promise<number[]> {
  const rows = await stage.rows<{ sequence: number }>(
    'social',
    'SELECT sequence::int FROM message ORDER BY sequence',
  );
  return rows.map(({ sequence }) => sequence);
}

export function readVouchers(stage: Stage): Promise<VoucherRow[]> {
  return stage.rows(
    'payments',
    `SELECT v.id, redemptions_max AS max, redemptions_count AS count, count(r.order_id)::int AS redeemed,
       coalesce(array_agg(o.state) FILTER (WHERE o.id IS NOT NULL), '{}') AS orders
     FROM voucher v LEFT JOIN voucher_redemption r ON r.voucher_id = v.id LEFT JOIN game_order o ON o.id = r.order_id
     GROUP BY v.id`,
  );
}

export function readLicences(stage: Stage): Promise<LicenceRow[]> {
  return stage.rows(
    'library',
    `SELECT source_id AS "orderId", user_id AS "userId", game_id AS "gameId", state
     FROM licence WHERE source = 'ORDER'`,
  );
}

export function readTransfers(stage: Stage): Promise<TransferRow[]> {
  return stage.rows('payments', `SELECT kind, ref, minor::int FROM transfer`);
}

/** One moment's: the sums are of one snapshot. */
export function readAccounts(stage: Stage): Promise<AccountRow[]> {
  return stage.rows(
    'payments',
    `SELECT account.id, kind, currency,
       (input - output + coalesce(changed, 0))::bigint::float8 AS minor, coalesce(moved, 0)::bigint::float8 AS transferred
     FROM account
     LEFT JOIN (SELECT account_id AS id, sum(input - output) AS changed FROM account_change GROUP BY 1) AS c USING (id)
     LEFT JOIN (SELECT id, sum(minor) AS moved FROM (
       SELECT dst AS id, minor FROM transfer UNION ALL SELECT src, -minor FROM transfer) AS side GROUP BY 1) AS m USING (id)`,
  );
}

/** Seals that do not vouch for the transfers that they are about. */
export function readBrokenSeals(stage: Stage): Promise<{ n: string }[]> {
  return stage.rows(
    'payments',
    `WITH link AS (
       SELECT n, hash, last_xid, last_id, lag(hash) OVER w AS former, lag(last_xid) OVER w AS xid, lag(last_id) OVER w AS id
       FROM seal WINDOW w AS (ORDER BY n))
     SELECT n FROM link WHERE hash IS DISTINCT FROM seal_hash(coalesce(former, ''), (
       SELECT string_agg(transfer_line(t), E'\\n' ORDER BY t.xid, t.id) FROM transfer AS t
       WHERE (t.xid, t.id) > (coalesce(link.xid, '0'), coalesce(link.id, 0)) AND (t.xid, t.id) <= (last_xid, last_id)))`,
  );
}

/** All things that the crowd makes, known by their keys where they keep them. */
export async function readThings(stage: Stage): Promise<Found[]> {
  const [orders, topUps, messages, builds] = await Promise.all([
    stage.rows<Found>(
      'payments',
      `SELECT 'order' AS thing, e.id, k.key FROM game_order e
       LEFT JOIN idempotency_key k ON k.mutation = 'purchaseGame' AND k.outcome->>'id' = e.id::text`,
    ),
    stage.rows<Found>(
      'payments',
      `SELECT 'top-up' AS thing, e.id, k.key FROM top_up e
       LEFT JOIN idempotency_key k ON k.mutation = 'topUpWallet' AND k.outcome->>'id' = e.id::text
       WHERE e.state = 'CAPTURED'`,
    ),
    stage.rows<Found>(
      'social',
      `SELECT 'message' AS thing, id, client_id::text AS key FROM message`,
    ),
    stage.rows<Found>(
      'builds',
      `SELECT 'build' AS thing, id, name AS key FROM build WHERE name LIKE 'Build %'`,
    ),
  ]);
  return [...orders, ...topUps, ...messages, ...builds];
}
