import { type ItemState, itemChanged } from '@gamegraph/event-contracts';
import { faultsOfItem } from '@gamegraph/rules';
import { execute, query, record } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Game } from '../game/game.entity.js';
import { Item } from '../item/item.entity.js';
import { changedItems, DIFFERS } from './draft-items.js';
import type { GameDataDraft } from './game-data-draft.entity.js';
import { GameData } from './game-data.entity.js';
import { GameDataFaulty, GameDataUnchanged } from './game-data.refusals.js';

/**
 * Makes the draft the next version of a game's data. Both rows are locked. However many items there are, they are
 * written and announced by a constant number of statements.
 */
export async function releaseDraft(
  tx: EntityManager,
  game: Game,
  draft: GameDataDraft,
  notes: string | null,
  at: Date,
): Promise<GameData | GameDataFaulty | GameDataUnchanged> {
  const isChanged =
    (await haveDefinitionsChanged(tx, game)) || (await changedItems(tx, game.id)).length > 0;
  if (!isChanged) return new GameDataUnchanged();
  const items = await itemsToBe(tx, game.id);
  const faults = items.flatMap(item => faultsOfItem(item, draft));
  if (faults.length > 0) return new GameDataFaulty(faults);
  const gameUpdated = game.releaseData();
  const { data, event } = GameData.release(draft, {
    ...{ gameId: game.id, version: game.dataVersion, notes, releasedAt: at },
  });
  tx.persist(data);
  draft.touch(undefined);
  await writeItems(tx, game.id, data.version);
  const changed = await tx.find(Item, { gameId: game.id, dataVersion: data.version });
  for (const each of [event, ...changed.map(item => itemChanged(item.state())), gameUpdated]) {
    record(tx, each, at);
  }
  return data;
}

/** Whether the definitions of the draft are not those of the released version. */
export async function haveDefinitionsChanged(
  em: EntityManager,
  { id, dataVersion }: Game,
): Promise<boolean> {
  const [row] = await query<{ differs: boolean }>(
    em,
    sql`SELECT (d.attributes, d.parameters, d.slots, d.tables, d.stats, d.modifiers, d.rules, d.fights, d.cost) IS DISTINCT FROM (
          coalesce(r.attributes, '[]'), coalesce(r.parameters, '[]'), coalesce(r.slots, '[]'), coalesce(r.tables, '[]'),
          coalesce(r.stats, '[]'), coalesce(r.modifiers, '[]'), coalesce(r.rules, '[]'), coalesce(r.fights, '[]'),
          r.cost) AS differs
        FROM game_data_draft AS d LEFT JOIN game_data AS r ON r.game_id = d.game_id AND r.version = ${dataVersion}
        WHERE d.game_id = ${id}`,
  );
  return row!.differs;
}

/** All items of the next version, those too that do not change: definitions may have changed under them. */
export function itemsToBe(
  tx: EntityManager,
  gameId: string,
): Promise<Pick<ItemState, 'key' | 'slots' | 'attributes'>[]> {
  return query(
    tx,
    sql`SELECT key, slots, attributes FROM draft_item WHERE game_id = ${gameId} AND NOT is_removed UNION ALL
        SELECT key, slots, attributes FROM item AS i WHERE game_id = ${gameId} AND NOT is_removed
          AND NOT EXISTS (SELECT 1 FROM draft_item AS d WHERE (d.game_id, d.key) = (i.game_id, i.key))
        ORDER BY key`,
  );
}

/** Gives the items that differ their new content and version, and empties the draft of items. */
async function writeItems(tx: EntityManager, gameId: string, version: number): Promise<void> {
  await execute(
    tx,
    sql`INSERT INTO item (id, game_id, key, name, category, icon_url, slots, attributes, is_removed, data_version)
        SELECT coalesce(i.id, d.id), d.game_id, d.key, d.name, d.category, d.icon_url, d.slots, d.attributes,
          d.is_removed, ${version}::int
        FROM draft_item AS d LEFT JOIN item AS i ON (i.game_id, i.key) = (d.game_id, d.key)
        WHERE d.game_id = ${gameId} AND ${DIFFERS}
        ON CONFLICT (game_id, key) DO UPDATE SET name = excluded.name, category = excluded.category,
          icon_url = excluded.icon_url, slots = excluded.slots, attributes = excluded.attributes,
          is_removed = excluded.is_removed, data_version = excluded.data_version`,
  );
  await execute(
    tx,
    sql`INSERT INTO item_revision (id, item_id, game_id, key, name, category, icon_url, slots, attributes, is_removed, data_version)
        SELECT gen_random_uuid(), id, game_id, key, name, category, icon_url, slots, attributes, is_removed, data_version
        FROM item WHERE game_id = ${gameId} AND data_version = ${version}`,
  );
  await execute(tx, sql`DELETE FROM draft_item WHERE game_id = ${gameId}`);
}
