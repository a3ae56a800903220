import { money, query, transact } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { platformAccount, post } from '../ledger/ledger.js';
import { TransferKind } from '../ledger/transfer.type.js';
import type { KeptLine } from './payout.entity.js';

const PAYOUTS_MAX = 1_000;
/** So long after a month, nothing of it is under way any more. */
const SETTLED_AFTER_MS = 60 * 60_000;

interface StudioAccount {
  id: string;
  studio_id: string;
  currency: string;
}

/**
 * Pays studios what they have of the months that are over, once for each: what is on their account, but for what came
 * since. So whatever was left out or owed before is in the next payout, and nothing is paid twice. A studio that gave
 * back more than it had is paid nothing until it has earned that again.
 */
export async function payStudios(em: EntityManager, now: Date): Promise<void> {
  const settled = new Date(now.getTime() - SETTLED_AFTER_MS);
  const periodTo = new Date(Date.UTC(settled.getUTCFullYear(), settled.getUTCMonth()));
  const due = await query<StudioAccount>(
    em,
    sql`SELECT account.id, owner_id AS studio_id, currency FROM account
        WHERE kind = 'STUDIO'
          AND EXISTS (SELECT 1 FROM transfer WHERE dst = account.id AND at < ${periodTo})
          AND NOT EXISTS (SELECT 1 FROM payout WHERE studio_id = owner_id AND payout.currency = account.currency
            AND period_to = ${periodTo})
        ORDER BY account.id LIMIT ${PAYOUTS_MAX}`,
  );
  for (const account of due) await transact(em, tx => pay(tx, account, periodTo, now));
}

async function pay(
  tx: EntityManager,
  { id: accountId, studio_id: studioId, currency }: StudioAccount,
  periodTo: Date,
  now: Date,
): Promise<void> {
  const [before] = await query<{ periodTo: string | null }>(
    tx,
    sql`SELECT max(period_to) AS "periodTo" FROM payout WHERE (studio_id, currency) = (${studioId}, ${currency})`,
  );
  const periodFrom = before!.periodTo;
  // One statement: the balance and its parts are of one moment.
  const [found] = await query<{ due: string; lines: KeptLine[] }>(
    tx,
    sql`WITH moved AS (
          SELECT kind, minor, game_id, at FROM transfer
          WHERE (dst = ${accountId} AND kind = 'SHARE') OR (src = ${accountId} AND kind = 'SHARE_BACK')
        ), line AS (
          SELECT game_id AS "gameId", title,
            coalesce(sum(minor) FILTER (WHERE kind = 'SHARE'), 0)::text AS "shareMinor",
            coalesce(sum(minor) FILTER (WHERE kind = 'SHARE_BACK'), 0)::text AS "backMinor"
          FROM moved LEFT JOIN game_copy ON game_copy.id = game_id
          WHERE at < ${periodTo} AND (${periodFrom}::timestamptz IS NULL OR at >= ${periodFrom})
          GROUP BY game_id, title ORDER BY game_id
        )
        SELECT coalesce((SELECT jsonb_agg(line) FROM line), '[]') AS lines,
          (SELECT input - output FROM account WHERE id = ${accountId})
          + coalesce((SELECT sum(input - output) FROM account_change WHERE account_id = ${accountId}), 0)
          - coalesce((SELECT sum(CASE kind WHEN 'SHARE' THEN minor ELSE -minor END) FROM moved WHERE at >= ${periodTo}), 0)
          AS due`,
  );
  const { lines } = found!;
  const due = BigInt(found!.due);
  const brought = lines.reduce(
    (sum, { shareMinor, backMinor }) => sum + BigInt(shareMinor) - BigInt(backMinor),
    0n,
  );
  const [id, minor] = [uuidv7(), due > 0n ? due : 0n];
  const made = await query(
    tx,
    sql`INSERT INTO payout (id, studio_id, currency, period_from, period_to, carried_minor, lines, minor, made_at)
        VALUES (${id}, ${studioId}, ${currency}, ${periodFrom}, ${periodTo}, ${due - brought},
          ${JSON.stringify(lines)}::jsonb, ${minor}, ${now})
        ON CONFLICT ON CONSTRAINT payout_once DO NOTHING RETURNING id`,
  );
  if (made.length === 0 || minor === 0n) return;
  const dst = await platformAccount(tx, 'CLEARING', currency);
  const leg = { kind: TransferKind.PAYOUT, src: accountId, dst, minor };
  await post(tx, { id, amount: money(minor, currency) }, now, [leg]);
}
