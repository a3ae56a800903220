import { badInput } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { GameCopy } from '../game/game.projection.js';
import { LicenceCopy } from '../licence/licence.projection.js';
import { BaseGameMissing, GameNotForSale, GameOwnedAlready } from './quote.refusals.js';

/** A game that is to be licensed, and its part of the price. As quotes and orders keep it, in JSON. */
export interface Line {
  gameId: string;
  minor: string;
  /** What it extends, if it is a DLC. */
  baseGameId: string | null;
  /** The bundle that it comes in. */
  bundleId: string | null;
}

/** What is wanted, where, and by whom it is to be owned. */
export interface Wish {
  gameIds: string[];
  region: string;
  ownerId: string;
}

/** What it costs at some moment. */
export interface Offer {
  lines: Line[];
  currency: string;
  baseMinor: bigint;
  minor: bigint;
  discountPercent: number;
}

/** What a price was made of, as orders keep it, in JSON. */
export interface Pricing {
  /** ISO 3166-1 alpha-2. */
  region: string;
  baseMinor: string;
  discountPercent: number;
  /** The base less the discount. */
  quotedMinor: string;
  voucherPercent: number | null;
}

export const OFFER_REFUSALS = [GameNotForSale, GameOwnedAlready, BaseGameMissing] as const;
export type OfferRefusal = InstanceType<(typeof OFFER_REFUSALS)[number]>;

/**
 * What somebody would pay for games now. Of a bundle they get what they do not own, for as much less as their own games'
 * share is in what all its games cost alone.
 *
 * @throws GraphError BAD_USER_INPUT when the games cannot be in one order
 */
export async function offerFor(
  tx: EntityManager,
  { gameIds, region, ownerId }: Wish,
  at: Date,
): Promise<Offer | OfferRefusal> {
  const games = await copiesOf(tx, gameIds);
  const parts = await copiesOf(
    tx,
    [...games.values()].flatMap(({ partIds }) => partIds),
  );
  const all = new Map([...parts, ...games]);
  const bases = [...all.values()].flatMap(({ baseGameId }) => baseGameId ?? []);
  const owned = await ownedBy(tx, ownerId, [...all.keys(), ...bases]);

  const offer: Offer = { lines: [], currency: '', baseMinor: 0n, minor: 0n, discountPercent: 0 };
  for (const gameId of gameIds) {
    const game = games.get(gameId);
    const price = game?.priceIn(region, at);
    if (!game || !price) return new GameNotForSale();
    offer.currency ||= price.currency;
    if (offer.currency !== price.currency)
      throw badInput('These games are sold in different currencies. Buy them one at a time.');
    const contents = game.partIds.length > 0 ? game.partIds.map(id => parts.get(id)) : [game];
    if (contents.some(part => part?.state !== 'PUBLISHED')) return new GameNotForSale();
    const present = contents as GameCopy[];
    const weights = weightsOf(present, region, price.currency, at);
    const [sums, baseSums] = [split(price.minor, weights), split(price.baseMinor, weights)];
    const missing = present.flatMap((part, n) => (owned.has(part.id) ? [] : [n]));
    if (missing.length === 0) return new GameOwnedAlready();
    for (const n of missing) {
      const { id, baseGameId } = present[n]!;
      const bundleId = game.partIds.length > 0 ? game.id : null;
      offer.lines.push({ gameId: id, minor: String(sums[n]!), baseGameId, bundleId });
      offer.minor += sums[n]!;
      offer.baseMinor += baseSums[n]!;
    }
    offer.discountPercent = Math.max(offer.discountPercent, price.discountPercent);
  }
  const wanted = new Set(offer.lines.map(line => line.gameId));
  if (wanted.size < offer.lines.length) throw badInput('A game is in this order twice.');
  const lacking = offer.lines.find(
    ({ baseGameId }) => baseGameId !== null && !owned.has(baseGameId) && !wanted.has(baseGameId),
  );
  return lacking ? new BaseGameMissing(lacking.baseGameId!) : offer;
}

/** Divides an amount by weights, to the last minor unit. */
export function split(minor: bigint, weights: bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  let [weighed, given] = [0n, 0n];
  return weights.map(weight => {
    weighed += weight;
    const due = (minor * weighed) / total;
    const part = due - given;
    given = due;
    return part;
  });
}

/** What each costs alone; the same for all, when that cannot be compared. */
function weightsOf(games: GameCopy[], region: string, currency: string, at: Date): bigint[] {
  const prices = games.map(game => game.priceIn(region, at));
  const isComparable = prices.every(price => price?.currency === currency && price.baseMinor > 0n);
  return prices.map(price => (isComparable ? price!.baseMinor : 1n));
}

async function copiesOf(tx: EntityManager, ids: string[]): Promise<Map<string, GameCopy>> {
  if (ids.length === 0) return new Map();
  const found = await tx.find(GameCopy, { id: { $in: ids } });
  return new Map(found.map(game => [game.id, game]));
}

async function ownedBy(tx: EntityManager, userId: string, ids: string[]): Promise<Set<string>> {
  const found = await tx.find(LicenceCopy, { userId, gameId: { $in: ids }, state: 'ACTIVE' });
  return new Set(found.map(({ gameId }) => gameId));
}
