import { loaderOf, query } from '@gamegraph/subgraph-kit';
import { type RawBuilder, sql } from 'kysely';
import type { SocialContext } from '../context.js';
import { idOf } from '../visible.js';
import type { Audience } from './user.projection.js';

/** What somebody is to the viewer, and what the viewer may see of them. */
export interface Relation {
  isViewer: boolean;
  areFriends: boolean;
  /** Whether the viewer has blocked them. */
  isBlocked: boolean;
  /** Whether a block stands between the two, whoever set it. */
  isHidden: boolean;
  /** The open request between the two. */
  requestId: string | null;
  requestFromId: string | null;
  libraryAudience: Audience;
  friendsAudience: Audience;
  activityAudience: Audience;
  presenceAudience: Audience;
}

/** Null when there is nobody with this id. One statement for all who are asked about in one moment. */
export function relationTo(
  { em, viewer }: Pick<SocialContext, 'em' | 'viewer'>,
  userId: string,
): Promise<Relation | null> {
  const viewerId = idOf(viewer);
  const loader = loaderOf<string, Relation | null>(em, 'Relation', async ids => {
    const rows = await query<Relation & { id: string }>(
      em,
      sql`SELECT u.id, u.library_audience AS "libraryAudience", u.friends_audience AS "friendsAudience",
            u.activity_audience AS "activityAudience", u.presence_audience AS "presenceAudience",
            coalesce(u.id = ${viewerId}, false) AS "isViewer", ${areFriends(viewerId, sql`u.id`)} AS "areFriends",
            EXISTS (SELECT FROM block WHERE (blocker_id, blocked_id) = (${viewerId}, u.id)) AS "isBlocked",
            ${isHidden(viewerId, sql`u.id`)} AS "isHidden", r.id AS "requestId", r.from_id AS "requestFromId"
          FROM user_copy AS u LEFT JOIN friend_request AS r
            ON (least(r.from_id, r.to_id), greatest(r.from_id, r.to_id))
             = (least(u.id, ${viewerId}), greatest(u.id, ${viewerId}))
          WHERE u.id = ANY(${[...new Set(ids)]}::uuid[])`,
    );
    const found = new Map(rows.map(row => [row.id, row]));
    return ids.map(id => found.get(id) ?? null);
  });
  return loader.load(userId);
}

type ProfilePart = 'library' | 'friends' | 'activity' | 'presence';

/** Whether the viewer may see a part of somebody's profile. */
export function maySee(relation: Relation | null, part: ProfilePart): boolean {
  if (!relation || relation.isHidden) return false;
  const audience = relation[`${part}Audience`];
  return (
    relation.isViewer || audience === 'PUBLIC' || (audience === 'FRIENDS' && relation.areFriends)
  );
}

/** As `maySee`, for a user's row in a statement. A block between the two is another question: `isHidden`. */
export function admits(
  user: string,
  part: ProfilePart,
  viewerId: RawBuilder<unknown>,
): RawBuilder<boolean> {
  const [id, audience] = [sql.ref(`${user}.id`), sql.ref(`${user}.${part}_audience`)];
  return sql`(${audience} = 'PUBLIC' OR ${id} = ${viewerId}
    OR ${audience} = 'FRIENDS' AND ${areFriends(viewerId, id)})`;
}

export function areFriends(
  one: RawBuilder<unknown>,
  other: RawBuilder<unknown>,
): RawBuilder<boolean> {
  return sql`EXISTS (SELECT FROM friend WHERE (friend.user_id, friend.friend_id) = (${one}, ${other}))`;
}

/** Whether a block stands between two users, whoever set it. */
export function isHidden(
  one: RawBuilder<unknown>,
  other: RawBuilder<unknown>,
): RawBuilder<boolean> {
  return sql`EXISTS (SELECT FROM hidden WHERE (hidden.user_id, hidden.other_id) = (${one}, ${other}))`;
}
