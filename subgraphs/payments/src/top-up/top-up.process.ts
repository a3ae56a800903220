import { type GraphContext, query, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { PaymentsContext } from '../context.js';
import { creditTopUp } from '../ledger/ledger.js';
import { chargeBack } from './chargeback.js';
import { decline, isFor } from './provider/charge.js';
import type { Charge, PaymentProvider } from './provider/payment-provider.js';
import { TopUp, TopUpState } from './top-up.entity.js';

const ASK_AFTER_MS = 60_000;
const ASK_MAX = 100;
/** After this, a charge that the provider does not know will not come any more. */
const GIVE_UP_AFTER_MS = 60 * 60_000;
const NEVER_CAME = 'It never reached the payment provider.';

// A top-up is written down before the provider is asked to charge, so none is ever forgotten: whatever dies on the way,
// its retry, a webhook or the job below brings it to its end. Its money is credited once, in the transaction in which it
// becomes CAPTURED.

/** Charges for a top-up that is pending, be it new or retried. */
export async function collect(
  { em, provider, now, log }: PaymentsContext,
  id: string,
): Promise<TopUp> {
  const topUp = await em.findOneOrFail(TopUp, id, { refresh: true });
  if (topUp.state !== TopUpState.PENDING) return topUp;
  const charge = await provider
    .charge({ key: id, amount: topUp.amount, capture: true, at: topUp.createdAt })
    .catch((error: unknown) => {
      // Perhaps the money was taken, perhaps not: it stays pending until the provider says so.
      log.warn({ error, topUp: id }, 'a charge had no answer');
      return undefined;
    });
  if (charge) await settle(em, id, charge, now());
  return em.findOneOrFail(TopUp, id, { refresh: true });
}

/** Takes the provider's word on a top-up, however often and in whatever order it comes; a charge for another sum is none. */
export async function settle(
  em: EntityManager,
  id: string,
  charge: Charge,
  at: Date,
): Promise<void> {
  await transact(em, async tx => {
    const topUp = await tx.findOne(TopUp, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!topUp || !isFor(charge, topUp.chargeId)) return;
    if (topUp.settle(charge)) await creditTopUp(tx, topUp, at);
    if (topUp.chargeBack(charge)) await chargeBack(tx, topUp, at);
  });
}

/** Asks the provider about top-ups of which nothing was heard for a minute. */
export async function reconcileTopUps(
  em: EntityManager,
  { provider, log }: { provider: PaymentProvider; log: Pick<GraphContext['log'], 'warn'> },
  now: Date,
): Promise<void> {
  const due = await query<{ id: string }>(
    em,
    sql`UPDATE top_up SET asked_at = ${now} WHERE id IN (
          SELECT id FROM top_up WHERE state = 'PENDING' AND asked_at < ${new Date(now.getTime() - ASK_AFTER_MS)}
          ORDER BY asked_at LIMIT ${ASK_MAX} FOR UPDATE SKIP LOCKED)
        RETURNING id`,
  );
  for (const { id } of due) {
    try {
      const { chargeId } = await em.fork().findOneOrFail(TopUp, id);
      const charge = await provider.find(chargeId);
      const isOld = now.getTime() - chargeId.createdAt.getTime() > GIVE_UP_AFTER_MS;
      if (charge) await settle(em, id, charge, now);
      else if (isOld) await settle(em, id, decline(chargeId, NEVER_CAME), now);
    } catch (error) {
      log.warn({ error, topUp: id }, 'what became of a charge is not known yet');
    }
  }
}
