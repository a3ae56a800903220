import { query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';

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
