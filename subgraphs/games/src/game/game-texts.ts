import { badInput, execute, loaderOf, query, tidy } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { GameTextInput } from './game.inputs.js';

/** A game's texts, each from the first locale that has it. */
export interface GameTexts {
  title: string | null;
  summary: string | null;
  description: string | null;
}

const CONFIGURATIONS = ['simple', 'english', 'russian'];

/** What is found by; PostgreSQL keeps a megabyte of words at most, and a game may have thirty descriptions. */
const DESCRIPTION_SEARCHED_MAX = 2_000;

/**
 * A locale as BCP 47 writes it: `pt-BR` for `pt-br`.
 *
 * @throws GraphError BAD_USER_INPUT
 */
export function canonicalLocale(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0]!;
  } catch {
    throw badInput(`"${locale}" is no locale. BCP 47 writes them as en, pt-BR or zh-Hant.`);
  }
}

/** The input's texts as they are kept. */
export function tidyTexts(texts: GameTextInput[]) {
  const kept = texts.map(({ locale, title, summary, description }) => ({
    locale: canonicalLocale(locale),
    title: tidy(title),
    summary: summary == null ? null : tidy(summary),
    description: description == null ? null : tidy(description),
  }));
  if (new Set(kept.map(({ locale }) => locale)).size < kept.length) {
    throw badInput('There are two texts for one locale.');
  }
  return kept;
}

/** Replaces the texts of some locales, and makes the game found by what it now says. */
export async function writeTexts(
  tx: EntityManager,
  gameId: string,
  texts: ReturnType<typeof tidyTexts>,
  removedLocales: string[],
): Promise<void> {
  await execute(
    tx,
    sql`DELETE FROM game_text WHERE game_id = ${gameId} AND locale = ANY(${removedLocales}::text[])`,
  );
  await execute(
    tx,
    sql`INSERT INTO game_text (game_id, locale, title, summary, description)
        SELECT ${gameId}, locale, title, summary, description
        FROM jsonb_to_recordset(${JSON.stringify(texts)}::jsonb) AS t(locale text, title text, summary text, description text)
        ON CONFLICT (game_id, locale) DO UPDATE
        SET title = excluded.title, summary = excluded.summary, description = excluded.description`,
  );
  const parts = CONFIGURATIONS.flatMap(configuration =>
    [
      ['A', sql`titles`],
      ['B', sql`summaries`],
      ['C', sql`descriptions`],
    ].map(
      ([weight, text]) =>
        sql`setweight(to_tsvector(${configuration}::regconfig, ${text}), ${weight})`,
    ),
  );
  await execute(
    tx,
    sql`INSERT INTO game_search (game_id, titles, words)
        SELECT ${gameId}, lower(titles), ${sql.join(parts, sql` || `)} FROM (
          SELECT coalesce(string_agg(title, E'\n' ORDER BY locale), '') AS titles,
            coalesce(string_agg(summary, E'\n' ORDER BY locale), '') AS summaries,
            coalesce(string_agg(left(description, ${DESCRIPTION_SEARCHED_MAX}), E'\n' ORDER BY locale), '') AS descriptions
          FROM game_text WHERE game_id = ${gameId}) AS all_texts
        ON CONFLICT (game_id) DO UPDATE SET titles = excluded.titles, words = excluded.words`,
  );
}

/**
 * The texts of a game in a locale; what is missing there in its language, and else in the game's own language. Without
 * a locale, in its own language.
 */
export function textsOf(
  em: EntityManager,
  gameId: string,
  locale: string | null | undefined,
): Promise<GameTexts> {
  const exact = locale == null ? undefined : canonicalLocale(locale);
  const wanted = exact === undefined ? [] : [exact, new Intl.Locale(exact).language];
  const loader = loaderOf<string, GameTexts>(em, `texts ${wanted.join(' ')}`, async ids => {
    const first = (column: string) =>
      sql`(array_agg(${sql.ref(column)} ORDER BY rank) FILTER (WHERE ${sql.ref(column)} IS NOT NULL))[1] AS ${sql.ref(column)}`;
    const found = await query<GameTexts & { game_id: string }>(
      em,
      sql`SELECT game_id, ${sql.join(['title', 'summary', 'description'].map(first))} FROM (
            SELECT t.*, coalesce(array_position(${wanted}::text[], t.locale), ${wanted.length + 1}) AS rank
            FROM game_text AS t JOIN game AS g ON g.id = t.game_id
            WHERE t.game_id = ANY(${[...new Set(ids)]}::uuid[])
              AND (t.locale = ANY(${wanted}::text[]) OR t.locale = g.language)) AS candidates
          GROUP BY game_id`,
    );
    const byGame = new Map(found.map(row => [row.game_id, row]));
    const none = { title: null, summary: null, description: null };
    return ids.map(id => byGame.get(id) ?? none);
  });
  return loader.load(gameId);
}
