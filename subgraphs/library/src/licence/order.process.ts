import {
  type OrderState,
  purchaseCancelled,
  purchaseHeld,
  purchaseReversed,
  refundRequested,
} from '@gamegraph/event-contracts';
import { defineConsumer, on, query, record } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { LibraryEntry } from '../entry/entry.entity.js';
import { lockEntries, lockOrMakeEntries } from '../entry/locking.js';
import { playtimeAt } from '../play-session/playtime.js';
import { Licence, LicenceSource, LicenceState } from './licence.entity.js';
import { grant, loseIfLast } from './licensing.js';

const { REFUSED } = LicenceState;

/**
 * Our half of a purchase: answers each order that `payments` holds money for, and each wish for a refund.
 *
 * All games of an order are licensed, or none. The licences whose source is the order are all that is remembered of it: one
 * for each game, or one that is refused. Once there are any, whatever comes about the
 * order, in whatever sequence and however often, is answered from it: a purchase by LicenceGranted or LicenceRefused, a
 * wish for a refund by LicenceRevoked or LicenceKept.
 */
export const orders = defineConsumer({
  name: 'library.orders',
  subscriptions: [
    on(purchaseHeld, (order, { em, at }) => answerPurchase(em, order, at)),
    on(purchaseCancelled, (order, { em, at }) => answerCancellation(em, order, at)),
    on(refundRequested, (order, { em, at }) => answerRefund(em, order, at)),
    on(purchaseReversed, (order, { em, at }) => takeBack(em, order, at)),
  ],
});

async function answerPurchase(tx: EntityManager, order: OrderState, at: Date): Promise<void> {
  if (await repeatAnswers(tx, order, at)) return;
  const fault = (await faultOf(tx, order)) ?? (await faultOfOwning(tx, order));
  if (fault) return refuse(tx, order, fault, at);
  // Two orders at once meet at these locks: the second finds a game owned.
  const entries = await lockOrMakeEntries(tx, ownerOf(order), gamesOf(order), at);
  if (entries.some(({ isOwned }) => isOwned)) return refuse(tx, order, 'owned already', at);
  const source = { source: LicenceSource.ORDER, sourceId: order.id };
  for (const entry of entries) grant(tx, entry, source, null, at);
}

/** What was refused so stays refused, should the purchase itself come after all. */
async function answerCancellation(tx: EntityManager, order: OrderState, at: Date): Promise<void> {
  if (await repeatAnswers(tx, order, at)) return;
  refuse(tx, order, 'cancelled before it was granted', at);
}

async function answerRefund(tx: EntityManager, order: OrderState, at: Date): Promise<void> {
  const asked = new Set(order.refundGameIds ?? gamesOf(order));
  const entries = await lockEntriesOf(tx, order);
  const all = await lockLicences(tx, order);
  if (all.length === 0) return refuse(tx, order, 'never granted', at);
  const licences = all.filter(({ gameId, state }) => state === REFUSED || asked.has(gameId));
  const seconds = await judgedPlaytime(tx, order, licences, entries, at);
  for (const licence of licences) {
    record(tx, licence.answerRefund(seconds, at), at);
    const entry = entries.get(licence.gameId);
    if (entry && licence.state === LicenceState.REVOKED) await loseIfLast(tx, entry, at);
  }
}

/** There is no money for it, so no licence either, whatever was played. */
async function takeBack(tx: EntityManager, order: OrderState, at: Date): Promise<void> {
  const entries = await lockEntriesOf(tx, order);
  const licences = await lockLicences(tx, order);
  if (licences.length === 0) return refuse(tx, order, 'never granted', at);
  const reason = order.reason ?? 'the payment was reversed';
  for (const licence of licences) {
    const entry = entries.get(licence.gameId);
    if (!entry || licence.state !== LicenceState.ACTIVE) continue;
    record(tx, licence.revoke(reason, await playtimeAt(tx, entry, at), at), at);
    await loseIfLast(tx, entry, at);
  }
}

/**
 * What a refund is judged by: of a game, how long it was played; of a DLC, how long its base game was since; of a bundle,
 * all its games together. Of several that are asked for at once, the longest.
 */
async function judgedPlaytime(
  tx: EntityManager,
  order: OrderState,
  licences: Licence[],
  entries: Map<string, LibraryEntry>,
  at: Date,
): Promise<number> {
  const played = new Map<string, number>();
  for (const { gameId, grantedAt } of licences) {
    const line = order.lines?.find(one => one.gameId === gameId);
    const base = line?.baseGameId == null ? undefined : entries.get(line.baseGameId);
    const entry = entries.get(gameId);
    const own = entry ? await playtimeAt(tx, entry, at) : 0;
    const seconds = base && grantedAt ? own + (await playtimeAt(tx, base, at, grantedAt)) : own;
    const together = line?.bundleId ?? gameId;
    played.set(together, (played.get(together) ?? 0) + seconds);
  }
  return Math.max(0, ...played.values());
}

/** Says again what was decided about an order, if anything was. */
async function repeatAnswers(tx: EntityManager, order: OrderState, at: Date): Promise<boolean> {
  const decided = await lockLicences(tx, order);
  for (const licence of decided) record(tx, licence.answer(), at);
  return decided.length > 0;
}

function lockLicences(tx: EntityManager, order: OrderState): Promise<Licence[]> {
  const source = { source: LicenceSource.ORDER, sourceId: order.id };
  return tx.find(Licence, source, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    orderBy: { id: 'asc' },
  });
}

/** The entries of its games, and of the base games of its DLC, by game. */
async function lockEntriesOf(
  tx: EntityManager,
  order: OrderState,
): Promise<Map<string, LibraryEntry>> {
  const bases = (order.lines ?? []).flatMap(({ baseGameId }) => baseGameId ?? []);
  const gameId = { $in: [...gamesOf(order), ...bases] };
  const entries = await lockEntries(tx, { userId: ownerOf(order), gameId });
  return new Map(entries.map(entry => [entry.gameId, entry]));
}

const ownerOf = ({ buyerId, recipientId }: OrderState) => recipientId ?? buyerId;

const gamesOf = ({ gameId, lines }: OrderState) => lines?.map(line => line.gameId) ?? [gameId];

/** One refusal stands for all that was ordered. */
function refuse(tx: EntityManager, order: OrderState, reason: string, at: Date): void {
  const whose = { userId: ownerOf(order), gameId: gamesOf(order)[0]! };
  const origin = { ...whose, source: LicenceSource.ORDER, sourceId: order.id };
  const { licence, event } = Licence.refuse(origin, reason);
  tx.persist(licence);
  record(tx, event, at);
}

/** Why there can be no licences beside those that there are, if so. */
async function faultOfOwning(tx: EntityManager, order: OrderState): Promise<string | undefined> {
  const entries = await lockEntriesOf(tx, order);
  const isOwned = (gameId: string) => entries.get(gameId)?.isOwned === true;
  const games = gamesOf(order);
  if (games.some(isOwned)) return 'owned already';
  const bases = (order.lines ?? []).flatMap(({ baseGameId }) => baseGameId ?? []);
  return bases.every(base => isOwned(base) || games.includes(base))
    ? undefined
    : 'the base game is not owned';
}

/** Why there can be no licence, as far as our copies know. */
async function faultOf(tx: EntityManager, order: OrderState): Promise<string | undefined> {
  const [known] = await query<{ deleted: boolean; banned: boolean; isOff: boolean }>(
    tx,
    sql`SELECT EXISTS (SELECT 1 FROM deleted_user WHERE id = ${ownerOf(order)}) AS deleted,
               EXISTS (SELECT 1 FROM user_copy WHERE id = ${ownerOf(order)} AND is_banned) AS banned,
               EXISTS (SELECT 1 FROM game_copy WHERE id = ANY(${gamesOf(order)}::uuid[])
                 AND state <> 'PUBLISHED') AS "isOff"`,
  );
  const { deleted, banned, isOff } = known!;
  if (deleted) return 'the account was deleted';
  if (banned) return 'the account is suspended';
  // No copy: the game is so new that its event is still under way. `payments` knew it, and saw that it was on sale.
  return isOff ? 'the game is not on sale' : undefined;
}
