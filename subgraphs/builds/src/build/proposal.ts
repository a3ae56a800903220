import { notFound, tryUuidOf } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { BuildsContext } from '../context.js';
import { type Content, type Fault, faultsOf, type Setting } from '../engine/engine.js';
import type { GameData } from '../engine/game-data.js';
import { GameCopy } from '../game/game.projection.js';
import { findItems, type ItemCopy } from '../item/item.projection.js';
import type { SoundContent } from './build.entity.js';
import type { BuildItemInput } from './build.inputs.js';
import { BuildFaulty } from './build.refusals.js';

export interface WantedItem {
  slot: string;
  /** Undefined when there is none such. */
  itemId: string | undefined;
  /** How it was asked for, if not by its id. */
  key?: string;
}

export function wantedItem({ slot, itemId }: BuildItemInput): WantedItem {
  return { slot, itemId: tryUuidOf('Item', itemId) };
}

/** What somebody wants a build to consist of, held against its game. */
export interface Proposal {
  content: Content<ItemCopy | null>;
  /** Null when no builds can be made of the game. */
  data: GameData | null;
  /** All that keeps it from being saved. */
  faults: Fault[];
}

/**
 * Within a transaction the items are locked as they are read: an item that is patched at the same time waits, and its
 * review then finds what was pinned.
 *
 * @throws GraphError NOT_FOUND when there is no such game
 */
export async function propose(
  em: EntityManager,
  { gameData }: BuildsContext,
  gameId: string,
  items: WantedItem[],
  parameters: Setting[],
): Promise<Proposal> {
  const game = await em.findOne(GameCopy, gameId);
  if (!game) throw notFound('Game');
  const faults: Fault[] = [];
  const data = game.state === 'DRAFT' ? null : await gameData.newest(em, gameId);
  if (game.state === 'DRAFT') faults.push({ path: 'game', message: 'It is not published yet.' });
  else if (!data) faults.push({ path: 'game', message: 'It has no items and rules for builds.' });
  const found = await findItems(
    em,
    items.flatMap(({ itemId }) => itemId ?? []),
    { locked: em.isInTransaction() },
  );
  const placements = items.map(({ slot, itemId, key }, n) => {
    const item = itemId === undefined ? undefined : found.get(itemId);
    if (item?.gameId === gameId) return { slot, item };
    const unknown =
      key === undefined ? 'There is no such item.' : `There is no item "${key}" in this game.`;
    const message = item ? `${item.name} belongs to another game.` : unknown;
    faults.push({ path: `items[${n}].item`, message });
    return { slot, item: null };
  });
  const content = { placements, parameters };
  if (data) faults.push(...faultsOf(data, content).map(({ path, message }) => ({ path, message })));
  return { content, data, faults };
}

/** What can be saved, or the refusal that tells why not. */
export function soundOrFaulty({ content, data, faults }: Proposal): SoundContent | BuildFaulty {
  if (!data || faults.length > 0) return new BuildFaulty(faults);
  return { data, content: content as Content<ItemCopy> };
}
