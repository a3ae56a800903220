import {
  chosenOf,
  type Content,
  type Fault,
  faultsOf,
  type Outcome,
  type Placement,
  type Setting,
  workOut,
} from '@gamegraph/rules';
import { badInput, notFound, tryUuidOf, uuidOf } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { BuildsContext } from '../context.js';
import type { GameData } from '../game-data/game-data-versions.js';
import { GameCopy, lockGame } from '../game/game.projection.js';
import { findItems, type ItemCopy } from '../item/item.projection.js';
import type { SoundContent } from './build.entity.js';
import type { BuildContentInput, BuildItemInput, BuildParameterInput } from './build.inputs.js';
import { BuildFaulty } from './build.refusals.js';

export interface WantedItem {
  slot: string;
  /** Undefined when there is none such. */
  itemId: string | undefined;
  /** What to say where there is none such, if it was not asked for by its id. */
  unknown?: Pick<Fault, 'message' | 'cure'>;
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

const CHOOSE = 'Choose one of this game.';
const UNKNOWN = { message: 'There is no such item.', cure: CHOOSE };

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
  { items, parameters }: { items: WantedItem[]; parameters: readonly Setting[] },
): Promise<Proposal> {
  // Locked, so that a review of data which is new meanwhile waits for what is pinned to the data before.
  const game = await (em.isInTransaction() ? lockGame(em, gameId) : em.findOne(GameCopy, gameId));
  if (!game) throw notFound('Game');
  const faults: Fault[] = [];
  const data = game.state === 'DRAFT' ? null : await gameData.newest(em, gameId);
  const atGame = { path: 'game', cure: 'Wait until its studio has released it.' };
  if (game.state === 'DRAFT') faults.push({ ...atGame, message: 'It is not published yet.' });
  else if (!data) faults.push({ ...atGame, message: 'It has no items and rules for builds.' });
  const found = await findItems(
    em,
    items.flatMap(({ itemId }) => itemId ?? []),
    { locked: em.isInTransaction() },
  );
  const placements = items.map(({ slot, itemId, unknown = UNKNOWN, socket }, n) => {
    const place = { slot, ...(socket && { socket }) };
    const item = itemId === undefined ? undefined : found.get(itemId);
    if (item?.gameId === gameId) return { ...place, item };
    const foreign = item && { message: `${item.name} belongs to another game.`, cure: CHOOSE };
    faults.push({ path: `items[${n}].item`, ...(foreign ?? unknown) });
    return { ...place, item: null };
  });
  const content = { placements, parameters };
  if (data) faults.push(...faultsOf(data.rules, content));
  return { content, data, faults };
}

/** What a build would be if it were saved. */
export async function checked(
  context: BuildsContext,
  { gameId, items, parameters }: BuildContentInput,
): Promise<Outcome & { faults: Fault[] }> {
  const { data, content, faults } = await propose(context.em, context, uuidOf('Game', gameId), {
    items: items.map(wantedItem),
    parameters: parameters.map(settingOf),
  });
  return { ...(data ? workOut(data.rules, content) : { stats: [], violations: [] }), faults };
}

/** What can be saved, or the refusal that tells why not. */
export function soundOrFaulty({ content, data, faults }: Proposal): SoundContent | BuildFaulty {
  if (!data || faults.length > 0) return new BuildFaulty(faults);
  return { data, content: content as Content<ItemCopy> };
}

/** What of it can be saved, and what has to be left out for that; or the refusal, when nothing can be. */
export function soundPart(
  proposal: Proposal,
): { sound: SoundContent; leftOut: Fault[] } | BuildFaulty {
  const { data, content } = proposal;
  if (!data) return new BuildFaulty(proposal.faults);
  const leftOut: Fault[] = [];
  const left = { items: new Set<number>(), parameters: new Set<number>() };
  let faults = proposal.faults;
  let part = {
    content,
    items: [...content.placements.keys()],
    parameters: [...content.parameters.keys()],
  };
  while (faults.length > 0) {
    // What there is not takes no room: whether the rest fits is seen without it.
    const ofItems = faults.filter(({ path }) => path.endsWith('.item'));
    for (const fault of ofItems.length > 0 ? ofItems : faults) {
      const [, list, place] = /^(items|parameters)\[(\d+)\]/.exec(fault.path) ?? [];
      if (list !== 'items' && list !== 'parameters') return new BuildFaulty(faults);
      const original = part[list][Number(place)]!;
      left[list].add(original);
      leftOut.push({ ...fault, path: fault.path.replace(/\d+/, String(original)) });
    }
    leftOut.push(...emptied(content, left.items));
    part = without(content, left);
    faults = faultsOf(data.rules, part.content);
  }
  return { sound: { data, content: part.content as Content<ItemCopy> }, leftOut };
}

/** What is in a socket goes with the item that has it. */
function* emptied({ placements }: Content, left: Set<number>): Generator<Fault> {
  for (const [n, { socket }] of placements.entries()) {
    if (!socket || left.has(n) || !left.has(socket.of)) continue;
    left.add(n);
    const message = `It is in a socket of items[${socket.of}], which is left out.`;
    yield { path: `items[${n}].socket`, message, cure: 'Put it into another.' };
  }
}

/** What is not left out, and where it was. */
function without(
  { placements, parameters }: Content<ItemCopy | null>,
  left: { items: Set<number>; parameters: Set<number> },
) {
  const items = [...placements.keys()].filter(n => !left.items.has(n));
  const settings = [...parameters.keys()].filter(n => !left.parameters.has(n));
  const content = {
    placements: chosenOf(placements, (_, n) => !left.items.has(n)),
    parameters: settings.map(n => parameters[n]!),
  };
  return { content, items, parameters: settings };
}
