import { badInput, Connection, type Order, uuidOf, type Viewer } from '@gamegraph/subgraph-kit';
import { type RawBuilder, sql } from 'kysely';
import { ObjectType } from 'type-graphql';
import { Build } from './build.entity.js';
import { type BuildFilter, BuildSort, type BuildStatFilter } from './build.inputs.js';

@ObjectType({ description: 'A list of builds.' })
export class BuildConnection extends Connection(Build, 'Build') {}

/** Builds with the copies that they are filtered and sorted by; a copy may be missing. */
export const BUILDS = sql`build AS e LEFT JOIN game_copy AS g ON g.id = e.game_id
                          LEFT JOIN user_copy AS u ON u.id = e.author_id`;

export const IS_PUBLIC = sql`e.visibility = 'PUBLIC'`;

export const BUILD_ORDERS: Record<BuildSort, Order[]> = {
  [BuildSort.MOST_LIKED]: [{ by: sql`e.likes_count`, type: 'int8', descending: true }],
  [BuildSort.NEWEST]: [
    { by: sql`coalesce(e.published_at, e.created_at)`, type: 'timestamptz', descending: true },
  ],
  [BuildSort.UPDATED]: [{ by: sql`e.updated_at`, type: 'timestamptz', descending: true }],
  [BuildSort.GAME_TITLE]: [{ by: sql`coalesce(g.title, '')`, type: 'text' }],
  [BuildSort.AUTHOR_HANDLE]: [{ by: sql`coalesce(u.handle, '')`, type: 'text' }],
  [BuildSort.NAME]: [{ by: sql`e.name`, type: 'text' }],
};

/** Public ones, and the viewer's own. */
export function isListedFor(viewer: Viewer | undefined): RawBuilder<unknown> {
  return viewer ? sql`(${IS_PUBLIC} OR e.author_id = ${viewer.userId})` : IS_PUBLIC;
}

export function conditionsOf(filter: BuildFilter): RawBuilder<unknown>[] {
  const { gameId, gameTags, authorId, itemIds, stats, cost, region, needsReview, minLikes } =
    filter;
  if ((stats?.length || cost) && gameId == null)
    throw badInput('Say of which game: `stats` and `cost` need a `gameId`.');
  const conditions: RawBuilder<unknown>[] = [];
  if (gameId != null) conditions.push(sql`e.game_id = ${uuidOf('Game', gameId)}`);
  if (gameTags != null) conditions.push(sql`g.tags @> ${gameTags}::text[]`);
  if (authorId != null) conditions.push(sql`e.author_id = ${uuidOf('User', authorId)}`);
  if (itemIds != null) {
    conditions.push(sql`e.item_ids @> ${itemIds.map(id => uuidOf('Item', id))}::uuid[]`);
  }
  for (const each of stats ?? []) conditions.push(hasStat(uuidOf('Game', gameId!), each));
  if (cost?.min != null) conditions.push(sql`e.cost >= ${cost.min}::float8`);
  if (cost?.max != null) conditions.push(sql`e.cost <= ${cost.max}::float8`);
  if (cost) conditions.push(sql`e.cost IS NOT NULL`);
  if (region != null) conditions.push(sql`u.region = ${region.toUpperCase()}`);
  if (needsReview != null) conditions.push(sql`e.needs_review = ${needsReview}`);
  if (minLikes != null) conditions.push(sql`e.likes_count >= ${minLikes}`);
  return conditions;
}

/** By the newest figures. */
function hasStat(gameId: string, { stat, min, max }: BuildStatFilter): RawBuilder<unknown> {
  const bounds = [
    ...(min == null ? [] : [sql`AND s.value >= ${min}::float8`]),
    ...(max == null ? [] : [sql`AND s.value <= ${max}::float8`]),
  ];
  return sql`EXISTS (SELECT FROM build_stat AS s WHERE s.build_id = e.id
    AND s.game_id = ${gameId} AND s.stat = ${stat} ${sql.join(bounds, sql` `)})`;
}
