import { query, type Route, transact } from '@gamegraph/subgraph-kit';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { PaymentProvider } from './provider/payment-provider.js';
import { readWebhook, SIGNATURE_HEADER } from './provider/webhook.js';
import { settle } from './top-up.process.js';

const KEPT_DAYS = 30;
const FORGET_MAX = 10_000;

/** Where the provider tells what became of charges. Its word is only the occasion to ask what is so now. */
export function providerRoute(
  { orm, now }: { orm: MikroORM; now(): Date },
  { provider, webhookSecret }: { provider: PaymentProvider; webhookSecret: string },
): Route {
  return {
    method: 'POST',
    path: '/provider/webhook',
    access: 'open',
    async answer({ headers, text, body }) {
      const [em, at] = [orm.em.fork(), now()];
      const signature = headers[SIGNATURE_HEADER];
      const { id, type, key } = readWebhook(webhookSecret, { signature, text, body }, at);
      const known = await query(em, sql`SELECT 1 FROM provider_event WHERE id = ${id}`);
      if (known.length > 0) return { received: true };
      const charge = key && type.startsWith('charge.') ? await provider.find(key) : undefined;
      await transact(em, async tx => {
        if (key && charge) await settle(tx, key, charge, at);
        await query(
          tx,
          sql`INSERT INTO provider_event (id, received_at) VALUES (${id}, ${at}) ON CONFLICT DO NOTHING`,
        );
      });
      return { received: true };
    },
  };
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
