import { badInput, execute, faultOfText, query, tidy } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { isURL } from 'class-validator';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { ItemInput } from '../item/item.inputs.js';

/** So many items one call, or statement, is about. */
export const BATCH_MAX = 500;
const ITEMS_MAX = 20_000;
const LIST_MAX = 30; // entries of an attribute: each socket has a bit
const KEY = /^[^\s\p{Cc}]{1,64}$/u;

/** What a release would do to an item. */
export type ItemChange = 'added' | 'changed' | 'removed';

/** Puts items into the draft, in place of those with their keys. What they must be is said by the release. */
export async function putDraftItems(
  tx: EntityManager,
  gameId: string,
  items: ItemInput[],
): Promise<void> {
  requireKeys(items.map(({ key }) => key));
  const faults = items.flatMap((item, n) =>
    faultsOfShape(item).map(message => ({ path: `items.${n}`, message: `${item.key} ${message}` })),
  );
  if (faults.length > 0) throw badInput(`${faults[0]!.message}.`, { fields: faults.slice(0, 100) });
  const rows = items.map(({ key, name, category, iconUrl, slots, attributes }) => ({
    ...{ id: uuidv7(), key, name: tidy(name), category: tidy(category), icon_url: iconUrl },
    ...{ slots: [...new Set(slots)].sort(), attributes: attributes ?? {} },
  }));
  await execute(
    tx,
    sql`INSERT INTO draft_item (id, game_id, key, name, category, icon_url, slots, attributes, is_removed)
        SELECT id, ${gameId}, key, name, category, icon_url, slots, attributes, false
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          AS r(id uuid, key text, name text, category text, icon_url text, slots text[], attributes jsonb)
        ON CONFLICT (game_id, key) DO UPDATE SET name = excluded.name, category = excluded.category,
          icon_url = excluded.icon_url, slots = excluded.slots, attributes = excluded.attributes, is_removed = false`,
  );
  const [{ count }] = (await query<{ count: number }>(
    tx,
    sql`SELECT count(*)::int FROM (SELECT key FROM item WHERE game_id = ${gameId} AND NOT is_removed
                                   UNION SELECT key FROM draft_item WHERE game_id = ${gameId}) AS keys`,
  )) as [{ count: number }];
  if (count > ITEMS_MAX) throw badInput(`A game has at most ${ITEMS_MAX} items.`);
}

/** Takes items out of the draft, and has the next version take them out of the game. */
export async function removeDraftItems(
  tx: EntityManager,
  gameId: string,
  keys: string[],
): Promise<void> {
  requireKeys(keys);
  const known = await query<{ key: string }>(
    tx,
    sql`SELECT key FROM item WHERE game_id = ${gameId} AND key = ANY(${keys}::text[]) AND NOT is_removed
        UNION SELECT key FROM draft_item WHERE game_id = ${gameId} AND key = ANY(${keys}::text[])`,
  );
  const unknown = keys.filter(wanted => !known.some(({ key }) => key === wanted));
  if (unknown.length > 0) throw badInput(`There are no items ${unknown.join(', ')}.`);
  await execute(
    tx,
    sql`DELETE FROM draft_item WHERE game_id = ${gameId} AND key = ANY(${keys}::text[])`,
  );
  await execute(
    tx,
    sql`INSERT INTO draft_item (id, game_id, key, name, category, icon_url, slots, attributes, is_removed)
        SELECT id, game_id, key, name, category, icon_url, slots, attributes, true
        FROM item WHERE game_id = ${gameId} AND key = ANY(${keys}::text[]) AND NOT is_removed`,
  );
}

/** The items that differ from what is released, in the order of their keys. */
export function changedItems(
  em: EntityManager,
  gameId: string,
): Promise<{ key: string; change: ItemChange }[]> {
  return query(
    em,
    sql`SELECT d.key, CASE WHEN d.is_removed THEN 'removed' WHEN i.is_removed IS NOT FALSE THEN 'added'
                           ELSE 'changed' END AS change
        FROM draft_item AS d LEFT JOIN item AS i ON (i.game_id, i.key) = (d.game_id, d.key)
        WHERE d.game_id = ${gameId} AND ${DIFFERS} ORDER BY d.key`,
  );
}

/** Whether an item `d` of the draft says other than the released item `i`, or than none. */
export const DIFFERS = sql`(d.name, d.category, d.icon_url, d.slots, d.attributes, d.is_removed)
  IS DISTINCT FROM (i.name, i.category, i.icon_url, i.slots, i.attributes, i.is_removed)`;

function requireKeys(keys: string[]): void {
  if (keys.length < 1 || keys.length > BATCH_MAX) {
    throw badInput(`A call is about 1 to ${BATCH_MAX} items, and this one about ${keys.length}.`);
  }
  const bad = keys.find(key => !KEY.test(key));
  if (bad !== undefined) {
    throw badInput(`"${bad}" is no key: a key has 1 to 64 characters, and no spaces.`);
  }
  const repeated = keys.find((key, n) => keys.indexOf(key) !== n);
  if (repeated !== undefined) throw badInput(`The item ${repeated} comes twice.`);
}

function faultsOfShape({ name, category, iconUrl, slots, attributes }: ItemInput): string[] {
  const isImage =
    iconUrl === null ||
    (iconUrl.length <= 2_048 && isURL(iconUrl, { protocols: ['https'], require_protocol: true }));
  const texts = {
    name: faultOfText(name, { max: 120 }),
    category: faultOfText(category, { max: 64 }),
  };
  return [
    ...Object.entries(texts).flatMap(([field, fault]) => (fault ? [`${field} ${fault}`] : [])),
    ...(isImage ? [] : ['iconUrl is no address of https']),
    ...(slots.length > 50 ? ['has more than 50 slots'] : []),
    ...faultsOfAttributes(attributes ?? {}),
  ];
}

function faultsOfAttributes(attributes: unknown): string[] {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return ['attributes must be an object'];
  }
  const entries = Object.entries(attributes as Record<string, unknown>);
  if (entries.length > 200) return ['has more than 200 attributes'];
  return entries.flatMap(([key, value]) => {
    if (typeof value === 'boolean' || Number.isFinite(value)) return [];
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    if (texts.length > LIST_MAX) return [`${key} has more than ${LIST_MAX} entries`];
    const faults = texts.map(text =>
      typeof text === 'string'
        ? faultOfText(text, { min: 0, max: 500, multiline: true })
        : 'must be a number, a boolean, text or a list of texts',
    );
    const fault = faults.find(one => one !== undefined);
    return fault ? [`${key} ${fault}`] : [];
  });
}
