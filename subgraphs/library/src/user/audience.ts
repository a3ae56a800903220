import type { UserState } from '@gamegraph/event-contracts';
import { type GraphContext, loaderOf, query } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';

/**
 * Whether the viewer may know this part of what somebody does. Of somebody of whom no event has told us yet, nobody
 * else may. One statement for all that is asked in one moment, oneself included, so that what follows is one batch too.
 */
export function mayKnow(
  { em, viewer }: GraphContext,
  part: keyof UserState['privacy'],
  userId: string,
): Promise<boolean> {
  const me = viewer?.userId ?? null;
  const loader = loaderOf<string, boolean>(em, `who may know: ${part}`, async ids => {
    const known = await query<{ id: string }>(
      em,
      sql`SELECT asked.id FROM unnest(${[...new Set(ids)]}::uuid[]) AS asked(id)
          LEFT JOIN user_copy AS u ON u.id = asked.id
          WHERE asked.id = ${me} OR u.privacy ->> ${part} = 'PUBLIC'
            OR (u.privacy ->> ${part} = 'FRIENDS' AND EXISTS (
              SELECT 1 FROM friendship_copy AS f WHERE f.are_friends
                AND f.lesser_user_id = least(asked.id, ${me}::uuid)
                AND f.greater_user_id = greatest(asked.id, ${me}::uuid)))`,
    );
    const knownIds = new Set(known.map(({ id }) => id));
    return ids.map(id => knownIds.has(id));
  });
  return loader.load(userId);
}
