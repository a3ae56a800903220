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
import { lockEntries, lockOrMakeEntry } from '../entry/locking.js';
import { playtimeAt } from '../play-session/playtime.js';
import { Licence, LicenceSource, LicenceState } from './licence.entity.js';
import { grant, loseIfLast } from './licensing.js';

/**
 * Our half of a purchase: answers each order that `payments` holds money for, and each wish for a refund.
 *
 * The licence whose source is the order is all that is remembered of it. Once there is one, whatever comes about the
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
  const decided = await lockLicence(tx, order);
  if (decided) return record(tx, decided.answer(), at);
  const fault = await faultOf(tx, order);
  if (fault) return refuse(tx, order, fault, at);
  // Two orders at once meet at this lock: the second finds the game owned.
  const entry = await lockOrMakeEntry(tx, whoseEntry(order), at);
  if (entry.isOwned) return refuse(tx, order, 'owned already', at);
  grant(tx, entry, { source: LicenceSource.ORDER, sourceId: order.id }, null, at);
}

/** What was refused so stays refused, should the purchase itself come after all. */
async function answerCancellation(tx: EntityManager, order: OrderState, at: Date): Promise<void> {
  const decided = await lockLicence(tx, order);
  if (decided) return record(tx, decided.answer(), at);
  refuse(tx, order, 'cancelled before it was granted', at);
}

async function answerRefund(tx: EntityManager, order: OrderState, at: Date): Promise<void> {
  const [entry] = await lockEntries(tx, whoseEntry(order));
  const licence = await lockLicence(tx, order);
  if (!licence) return refuse(tx, order, 'never granted', at);
  if (!entry) return record(tx, licence.answer(), at); // refused, then: whoever is granted one has an entry
  record(tx, licence.answerRefund(await playtimeAt(tx, entry, at), at), at);
  if (licence.state === LicenceState.REVOKED) await loseIfLast(tx, entry, at);
}

/** There is no money for it, so no licence either, whatever was played. */
async function takeBack(tx: EntityManager, order: OrderState, at: Date): Promise<void> {
  const [entry] = await lockEntries(tx, whoseEntry(order));
  const licence = await lockLicence(tx, order);
  if (!licence) return refuse(tx, order, 'never granted', at);
  if (!entry || licence.state !== LicenceState.ACTIVE) return;
  const reason = order.reason ?? 'the payment was reversed';
  record(tx, licence.revoke(reason, await playtimeAt(tx, entry, at), at), at);
  await loseIfLast(tx, entry, at);
}

function lockLicence(tx: EntityManager, order: OrderState): Promise<Licence | null> {
  const source = { source: LicenceSource.ORDER, sourceId: order.id };
  return tx.findOne(Licence, source, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

const whoseEntry = ({ buyerId, gameId }: OrderState) => ({ userId: buyerId, gameId });

function refuse(tx: EntityManager, order: OrderState, reason: string, at: Date): void {
  const origin = { ...whoseEntry(order), source: LicenceSource.ORDER, sourceId: order.id };
  const { licence, event } = Licence.refuse(origin, reason);
  tx.persist(licence);
  record(tx, event, at);
}

/** Why there can be no licence, as far as our copies know. */
async function faultOf(tx: EntityManager, order: OrderState): Promise<string | undefined> {
  const [known] = await query<{ deleted: boolean; banned: boolean; game: string | null }>(
    tx,
    sql`SELECT EXISTS (SELECT 1 FROM deleted_user WHERE id = ${order.buyerId}) AS deleted,
               EXISTS (SELECT 1 FROM user_copy WHERE id = ${order.buyerId} AND is_banned) AS banned,
               (SELECT state FROM game_copy WHERE id = ${order.gameId}) AS game`,
  );
  const { deleted, banned, game } = known!;
  if (deleted) return 'the account was deleted';
  if (banned) return 'the account is suspended';
  // No copy: the game is so new that its event is still under way. `payments` knew it, and saw that it was on sale.
  return game === null || game === 'PUBLISHED' ? undefined : 'the game is not on sale';
}
