import { query, type Route, transact } from '@gamegraph/subgraph-kit';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { Payment } from '../payment/payment.entity.js';
import { settlePayment } from '../payment/payment.process.js';
import type { PaymentProvider, ProviderEvent } from './provider/payment-provider.js';
import { TopUp } from './top-up.entity.js';
import { settle } from './top-up.process.js';

const KEPT_DAYS = 30;
const FORGET_MAX = 10_000;

/** Where the provider tells what became of charges. Its word is only the occasion to ask what is so now. */
export function providerRoute(
  { orm, now }: { orm: MikroORM; now(): Date },
  { provider }: { provider: PaymentProvider },
): Route {
  return {
    method: 'POST',
    path: '/provider/webhook',
    access: 'open',
    async answer(webhook) {
      const [em, at] = [orm.em.fork(), now()];
      const event = provider.readEvent(webhook, at);
      if (event.id !== null && (await isKnown(em, event.id))) return { received: true };
      const ours = await oursOf(em, event);
      const reference = ours?.chargeId.reference ?? event.reference;
      const charge = ours && (await provider.find({ ...ours.chargeId, reference }));
      await transact(em, async tx => {
        if (charge) await ours.settle(tx, ours.chargeId.key, charge, at);
        if (event.id === null) return;
        await query(
          tx,
          sql`INSERT INTO provider_event (id, received_at) VALUES (${event.id}, ${at}) ON CONFLICT DO NOTHING`,
        );
      });
      return { received: true };
    },
  };
}

async function isKnown(em: EntityManager, eventId: string): Promise<boolean> {
  return (await query(em, sql`SELECT 1 FROM provider_event WHERE id = ${eventId}`)).length > 0;
}

/** What of ours it is about, if anything: the provider is not asked about anything else. */
async function oursOf(em: EntityManager, { key, reference }: ProviderEvent) {
  if (key === null && reference === null) return undefined;
  const which = key === null ? { reference } : { id: key };
  const topUp = await em.findOne(TopUp, which);
  if (topUp) return { chargeId: topUp.chargeId, settle };
  const payment = await em.findOne(Payment, which);
  return payment ? { chargeId: payment.chargeId, settle: settlePayment } : undefined;
}

/** Forgets events that the provider will not send again, a limited number at a time. */
export async function forgetOldEvents(em: EntityManager, now: Date): Promise<void> {
  await query(
    em,
    sql`DELETE FROM provider_event WHERE id IN (
          SELECT id FROM provider_event
          WHERE received_at < ${now}::timestamptz - ${KEPT_DAYS} * interval '1 day' LIMIT ${FORGET_MAX})`,
  );
}
