import { query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

const WHOLE_BPS = 10_000n;

/** A game that was bought, alone or in a bundle, and for how much. */
export interface Part {
  /** Null for what was sold before games were known to the ledger: it has no share. */
  gameId: string | null;
  minor: bigint;
}

/** What became of the money for one game of an order so far. */
export interface SoldPart {
  gameId: string | null;
  capturedMinor: bigint;
  /** Refunds and chargebacks together. */
  refundedMinor: bigint;
  /** Null when nobody has a share. */
  studioAccountId: string | null;
  shareMinor: bigint;
  shareBackMinor: bigint;
}

/** A part of a refund: what the buyer gets for it, and what of that the studio gives. */
interface GivenBack extends Part {
  studioAccountId: string | null;
  shareMinor: bigint;
}

/**
 * What the studio has of a price, by the version of its share that is valid at that moment: rounded down to a whole minor
 * unit, so that the remainder is the platform's. Undefined when it is not known whose game it is, in a copy that is older
 * than studios in copies: all of it is the platform's then, which keeps nobody from buying.
 */
export async function shareOf(
  tx: EntityManager,
  gameId: string,
  minor: bigint,
  at: Date,
): Promise<{ studioId: string; version: number; minor: bigint } | undefined> {
  const [row] = await query<{ studio_id: string; version: number; studio_bps: number }>(
    tx,
    sql`SELECT game.studio_id, share.version, share.studio_bps
        FROM game_copy AS game
        CROSS JOIN LATERAL (
          SELECT version, studio_bps FROM revenue_share
          WHERE (studio_id = game.studio_id OR studio_id IS NULL) AND valid_from <= ${at}
          ORDER BY studio_id IS NULL, valid_from DESC, version DESC LIMIT 1
        ) AS share
        WHERE game.id = ${gameId} AND game.studio_id IS NOT NULL`,
  );
  if (!row) return undefined;
  const { studio_id: studioId, version, studio_bps: bps } = row;
  return { studioId, version, minor: (minor * BigInt(bps)) / WHOLE_BPS };
}

/** By game, in the order in which they were captured. What a chargeback took from the buyer's wallet is no part of a sale. */
export async function sold(em: EntityManager, orderId: string): Promise<SoldPart[]> {
  const rows = await query<Record<string, string | null>>(
    em,
    sql`SELECT game_id,
          sum(minor) FILTER (WHERE kind = 'CAPTURE') AS captured,
          sum(minor) FILTER (WHERE kind IN ('REFUND', 'CHARGEBACK')) AS refunded,
          sum(minor) FILTER (WHERE kind = 'SHARE') AS share,
          sum(minor) FILTER (WHERE kind = 'SHARE_BACK') AS share_back,
          min(dst::text) FILTER (WHERE kind = 'SHARE') AS studio_account_id
        FROM transfer WHERE ref = ${orderId}
          AND (kind IN ('CAPTURE', 'REFUND', 'SHARE', 'SHARE_BACK') OR kind = 'CHARGEBACK'
            AND src IN (SELECT id FROM account WHERE kind = 'REVENUE'))
        GROUP BY game_id ORDER BY min(id)`,
  );
  return rows.map(row => ({
    gameId: row.game_id!,
    capturedMinor: BigInt(row.captured ?? 0),
    refundedMinor: BigInt(row.refunded ?? 0),
    studioAccountId: row.studio_account_id!,
    shareMinor: BigInt(row.share ?? 0),
    shareBackMinor: BigInt(row.share_back ?? 0),
  }));
}

/**
 * A refund by its parts. A studio gives back its share of all that was refunded so far, rounded down, less what it gave
 * back before: whoever gets everything back, in however many steps, gets exactly what the studio had from it.
 *
 * @param wanted without parts, what is left of each is given back until the amount is reached
 * @throws Error when the parts are not what was sold
 */
export function givenBack(
  parts: SoldPart[],
  wanted: { amount: { minor: bigint }; parts?: Part[] | undefined },
): GivenBack[] {
  let left = wanted.amount.minor;
  const back: GivenBack[] = [];
  for (const part of parts) {
    const rest = part.capturedMinor - part.refundedMinor;
    const named = wanted.parts?.find(({ gameId }) => gameId === part.gameId)?.minor ?? 0n;
    const minor = wanted.parts ? named : left < rest ? left : rest;
    if (minor === 0n) continue;
    if (minor > rest) throw new Error('More than was captured for a game is to be given back.');
    left -= minor;
    const due = (part.shareMinor * (part.refundedMinor + minor)) / part.capturedMinor;
    const { gameId, studioAccountId, shareBackMinor } = part;
    back.push({ gameId, studioAccountId, minor, shareMinor: due - shareBackMinor });
  }
  if (left !== 0n) throw new Error('What is to be given back is not what was captured.');
  return back;
}
