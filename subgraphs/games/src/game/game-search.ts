import { badInput, faultOfText, type Order, query, tidy, uuidOf } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { type GameFilter, GameSort } from './game.inputs.js';

const FACET_VALUES_MAX = 50;

@ObjectType({ description: 'Why a game was found, and why it stands where it does.' })
export class SearchRelevance {
  @Field(() => Float, { description: 'The sum of `words` and `likeness`: what the order goes by.' })
  score!: number;

  @Field(() => Float, {
    description:
      'From 0 to 1: how much the searched words, in any of their forms, weigh in its texts. Those of titles weigh most, those of descriptions least.',
  })
  words!: number;

  @Field(() => Float, {
    description: 'From 0 to 1: how like the search is to a part of a title, letter by letter.',
  })
  likeness!: number;
}

@ObjectType()
export class FoundGame {
  @Field(() => SearchRelevance, { nullable: true, description: 'Null without a search.' })
  relevance!: SearchRelevance | null;
}

export enum GameFacetField {
  TAG = 'TAG',
  PLATFORM = 'PLATFORM',
}

registerEnumType(GameFacetField, {
  name: 'GameFacetField',
  description: 'By what games can be narrowed down.',
});

@ObjectType({ description: 'A value that a filter could have.' })
export class GameFacetValue {
  @Field(() => String, { description: 'As the filter takes it.' })
  value!: string;

  @Field(() => String, { description: 'For people: the name of a tag.' })
  label!: string;

  @Field(() => Int, { description: 'How many of the games have it.' })
  count!: number;
}

@ObjectType({ description: 'How the games of a list divide by one of their properties.' })
export class GameFacet {
  @Field(() => GameFacetField)
  field!: GameFacetField;

  @Field(() => [GameFacetValue], {
    description: `The ${FACET_VALUES_MAX} most frequent, counted in what the search and all filters but the facet's own let through.`,
  })
  values!: GameFacetValue[];
}

/** What a request for games says, in SQL over `game AS e`. */
export interface GameSelection {
  from: RawBuilder<unknown>;
  where: RawBuilder<unknown>[];
  /** By facet: conditions that its own counts leave out. */
  filters: Record<GameFacetField, RawBuilder<unknown>[]>;
  orderBy: Order[];
  edge: { relevance: RawBuilder<unknown> };
}

const ORDERS: Record<Exclude<GameSort, GameSort.RELEVANCE>, Order[]> = {
  [GameSort.TITLE]: [{ by: sql`lower(e.title)`, type: 'text' }],
  [GameSort.NEWEST]: [{ by: sql`e.released_at`, type: 'timestamptz', descending: true }],
  [GameSort.OWNERS]: [{ by: sql`e.owners_count`, type: 'int8', descending: true }],
  [GameSort.BUILDS]: [{ by: sql`e.builds_count`, type: 'int8', descending: true }],
};

export function selectGames(
  search: string | null | undefined,
  filter: GameFilter,
  sort: GameSort | null | undefined,
  at: Date,
): GameSelection {
  const found = search == null ? undefined : searching(search);
  const order = sort ?? (found ? GameSort.RELEVANCE : GameSort.TITLE);
  if (order === GameSort.RELEVANCE && !found) {
    throw badInput('Games can be sorted by RELEVANCE only with a search.');
  }
  const { tags, platforms, studioId, onSale, minOwners } = filter;
  const isOnSale = sql`(e.discounts <> '[]' AND EXISTS (
    SELECT 1 FROM jsonb_to_recordset(e.discounts) AS d("startsAt" timestamptz, "endsAt" timestamptz)
    WHERE d."startsAt" <= ${at} AND ${at} < d."endsAt"))`;
  return {
    from: found ? sql`game AS e JOIN game_search AS s ON s.game_id = e.id` : sql`game AS e`,
    where: [
      sql`e.state = 'PUBLISHED'`,
      ...(found ? [found.condition] : []),
      ...(studioId == null ? [] : [sql`e.studio_id = ${uuidOf('Studio', studioId)}`]),
      ...(onSale == null ? [] : [onSale ? isOnSale : sql`NOT ${isOnSale}`]),
      ...(minOwners == null ? [] : [sql`e.owners_count >= ${minOwners}`]),
    ],
    filters: {
      [GameFacetField.TAG]: tags?.length ? [sql`e.tags @> ${tags}::text[]`] : [],
      [GameFacetField.PLATFORM]: platforms?.length
        ? [sql`e.platforms && ${platforms}::text[]`]
        : [],
    },
    orderBy:
      order === GameSort.RELEVANCE
        ? [{ by: found!.score, type: 'float8', descending: true }]
        : ORDERS[order],
    edge: { relevance: found?.relevance ?? sql`NULL` },
  };
}

function searching(search: string) {
  const fault = faultOfText(search, { max: 100 });
  if (fault) throw badInput(`search ${fault}.`);
  const words = tidy(search).toLowerCase();
  const forms = sql`(websearch_to_tsquery('simple', ${words}) || websearch_to_tsquery('english', ${words})
    || websearch_to_tsquery('russian', ${words}))`;
  const wordsScore = sql`ts_rank(s.words, ${forms}, 32)::float8`; // 32: rank / (rank + 1)
  const likeness = sql`word_similarity(${words}, s.titles)::float8`;
  const score = sql`(${wordsScore} + ${likeness})`;
  return {
    condition: sql`(s.words @@ ${forms} OR ${words} <% s.titles)`,
    score,
    relevance: sql`jsonb_build_object('score', ${score}, 'words', ${wordsScore}, 'likeness', ${likeness})`,
  };
}

/** What `facets` says, in one statement. */
export async function countFacets(
  em: EntityManager,
  { from, where, filters }: GameSelection,
): Promise<GameFacet[]> {
  const counted = (field: GameFacetField, values: RawBuilder<unknown>, other: GameFacetField) =>
    sql`(SELECT ${field} AS field, value, count(*)::int AS count FROM ${from}, unnest(${values}) AS value
         WHERE ${sql.join([...where, ...filters[other]], sql` AND `)}
         GROUP BY value ORDER BY count(*) DESC, value LIMIT ${FACET_VALUES_MAX})`;
  const rows = await query<GameFacetValue & { field: GameFacetField }>(
    em,
    sql`SELECT field, value, coalesce(tag.name, value) AS label, count FROM (
          ${counted(GameFacetField.TAG, sql`e.tags`, GameFacetField.PLATFORM)} UNION ALL
          ${counted(GameFacetField.PLATFORM, sql`e.platforms`, GameFacetField.TAG)}
        ) AS counted LEFT JOIN tag ON field = ${GameFacetField.TAG} AND tag.slug = value
        ORDER BY count DESC, value`,
  );
  return Object.values(GameFacetField).map(field => ({
    field,
    values: rows.filter(row => row.field === field),
  }));
}
