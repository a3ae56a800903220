import { CompiledRules, RuleSet } from '@gamegraph/rules';
import { loaderOf, query } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { GameDataCopy } from './game-data.projection.js';

const KEPT_MAX = 500;

/** A version of a game's data, ready to work builds out. */
export interface GameData {
  id: string;
  version: number;
  rules: CompiledRules;
}

/** The data of games, compiled once for each process: a version never changes. */
export class GameDataVersions {
  /** By the version's id, the oldest here first. */
  readonly #compiled = new Map<string, GameData>();

  /** The newest version of a game's data that has arrived here: two statements at most for all games of one moment. */
  newest(em: EntityManager, gameId: string): Promise<GameData | null> {
    const loader = loaderOf<string, GameData | null>(em, 'newest game data', async gameIds => {
      const newest = await query<{ id: string; game_id: string }>(
        em,
        sql`SELECT DISTINCT ON (game_id) id, game_id FROM game_data_copy
            WHERE game_id = ANY(${[...new Set(gameIds)]}::uuid[]) ORDER BY game_id, version DESC`,
      );
      const found = await this.#load(
        em,
        newest.map(({ id }) => id),
      );
      const byGame = new Map(newest.map(({ id, game_id }) => [game_id, found.get(id)]));
      return gameIds.map(wanted => byGame.get(wanted) ?? null);
    });
    return loader.load(gameId);
  }

  /** A version of a game's data, or null: two statements at most for all of one moment. */
  at(em: EntityManager, gameId: string, version: number): Promise<GameData | null> {
    const loader = loaderOf<string, GameData | null>(em, 'game data by version', async keys => {
      const wanted = [...new Set(keys)].map(key => key.split(' '));
      const known = await query<{ id: string; key: string }>(
        em,
        sql`SELECT id, game_id || ' ' || version AS key FROM game_data_copy
            WHERE (game_id, version) IN (
              SELECT * FROM unnest(${wanted.map(([id]) => id)}::uuid[], ${wanted.map(([, n]) => Number(n))}::int[]))`,
      );
      const found = await this.#load(
        em,
        known.map(({ id }) => id),
      );
      const byKey = new Map(known.map(({ id, key }) => [key, found.get(id)]));
      return keys.map(key => byKey.get(key) ?? null);
    });
    return loader.load(`${gameId} ${version}`);
  }

  async #load(em: EntityManager, ids: string[]): Promise<Map<string, GameData>> {
    const found = new Map<string, GameData>();
    for (const id of ids) {
      const compiled = this.#compiled.get(id);
      if (compiled) found.set(id, compiled);
    }
    const missing = ids.filter(id => !found.has(id));
    const copies = missing.length > 0 ? await em.find(GameDataCopy, { id: { $in: missing } }) : [];
    for (const { id, version, definition } of copies) {
      const compiled = { id, version, rules: new CompiledRules(RuleSet.parse(definition)) };
      found.set(id, compiled);
      this.#compiled.set(id, compiled);
    }
    for (const oldest of this.#compiled.keys()) {
      if (this.#compiled.size <= KEPT_MAX) break;
      this.#compiled.delete(oldest);
    }
    return found;
  }
}
