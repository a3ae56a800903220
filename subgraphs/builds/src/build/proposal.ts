import { type Content, type Fault, faultsOf, type Placement, type Setting } from '@gamegraph/rules';
import { badInput, notFound, tryUuidOf } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { BuildsContext } from '../context.js';
import type { GameData } from '../game-data/game-data-versions.js';
import { GameCopy } from '../game/game.projection.js';
import { findItems, type ItemCopy } from '../item/item.projection.js';
import type { SoundContent } from './build.entity.js';
import type { BuildItemInput, BuildParameterInput } from './build.inputs.js';
import { BuildFaulty } from './build.refusals.js';

export interface WantedItem {
  slot: string;
  /** Undefined when there is none such. */
  itemId: string | undefined;
  /** How it was asked for, if not by its id. */
  key?: string;
  socket?: Placement['socket'];
}

export function wantedItem({ slot, itemId, socket }: BuildItemInput): WantedItem {
  return { slot, itemId: tryUuidOf('Item', itemId), ...(socket && { socket: { ...socket } }) };
}

export function settingOf({ key, value, choice }: BuildParameterInput): Setting {
  const chosen = value ?? choice;
  if (chosen == null || (value != null && choice != null))
    throw badInput(`The parameter ${key} takes a value, or a choice.`);
  return { key, value: chosen };
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
  const placements = items.map(({ slot, itemId, key, socket }, n) => {
    const place = { slot, ...(socket && { socket }) };
    const item = itemId === undefined ? undefined : found.get(itemId);
    if (item?.gameId === gameId) return { ...place, item };
    const unknown =
      key === undefined ? 'There is no such item.' : `There is no item "${key}" in this game.`;
    const message = item ? `${item.name} belongs to another game.` : unknown;
    faults.push({ path: `items[${n}].item`, message });
    return { ...place, item: null };
  });
  const content = { placements, parameters };
  if (data) faults.push(...faultsOf(data.rules, content));
  return { content, data, faults };
}

/** What can be saved, or the refusal that tells why not. */
export function soundOrFaulty({ content, data, faults }: Proposal): SoundContent | BuildFaulty {
  if (!data || faults.length > 0) return new BuildFaulty(faults);
  return { data, content: content as Content<ItemCopy> };
}
