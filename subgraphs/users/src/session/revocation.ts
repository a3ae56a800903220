import { query, type Route } from '@gamegraph/subgraph-kit';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { z } from 'zod';
import { ACCESS_TOKEN_S } from './sign-in.process.js';

const PAGE_MAX = 10_000;
/** What is told again, for those that were written down later than they happened: transactions take a while. */
const OVERLAP_MS = 30_000;

const Request = z.object({ cursor: z.iso.datetime().nullable() });

/** Has routers refuse the access tokens that a user was given until now: they say more than is true. */
export async function revokeTokensOf(tx: EntityManager, userId: string, at: Date): Promise<void> {
  await query(
    tx,
    sql`INSERT INTO revoked_user VALUES (${userId}, ${at})
        ON CONFLICT (user_id) DO UPDATE SET at = excluded.at`,
  );
}

/**
 * Tells routers which access tokens are not to be believed though they are not old: those of sessions that have ended,
 * and of users to whom something has happened since. Whoever asks again sends the cursor of the last answer; what came
 * shortly before it is told once more.
 */
export function revocationsRoute(orm: MikroORM): Route {
  return {
    method: 'GET',
    path: '/internal/revocations',
    access: 'operator',
    async answer({ url }) {
      const { cursor } = Request.parse({ cursor: url.searchParams.get('cursor') });
      const now = Date.now();
      const since = cursor ? new Date(cursor) : new Date(now - ACCESS_TOKEN_S * 1000);
      const revoked = await query<{ session?: string; user?: string; at: Date }>(
        orm.em.fork(),
        sql`SELECT * FROM (
              SELECT id AS session, NULL AS user, revoked_at AS at FROM session WHERE revoked_at >= ${since}
              UNION ALL SELECT NULL, user_id, at FROM revoked_user WHERE at >= ${since}) AS told
            ORDER BY at LIMIT ${PAGE_MAX}`,
      );
      const isAll = revoked.length < PAGE_MAX;
      return {
        revoked,
        cursor: isAll ? new Date(now - OVERLAP_MS) : revoked.at(-1)!.at,
        tokenLifetimeS: ACCESS_TOKEN_S,
      };
    },
  };
}
