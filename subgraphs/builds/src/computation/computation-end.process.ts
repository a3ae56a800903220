import { userDeleted } from '@gamegraph/event-contracts';
import { defineConsumer, type Job, on, query } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';

const HOUR_MS = 60 * 60_000;
/** Of what nobody has asked for since. */
const KEPT_DAYS = 30;
const DELETED_AT_ONCE = 500;

/** With an account goes what nobody else has asked for. */
export const askerErasure = defineConsumer({
  name: 'builds.asker-erasure',
  subscriptions: [
    on(userDeleted, ({ id }, { em }) =>
      query(
        em,
        sql`WITH forgotten AS (DELETE FROM computation_ask WHERE user_id = ${id} RETURNING computation_id)
            DELETE FROM computation AS c USING forgotten AS f WHERE c.id = f.computation_id AND NOT EXISTS (
              SELECT 1 FROM computation_ask AS a WHERE a.computation_id = c.id AND a.user_id <> ${id})`,
      ),
    ),
  ],
});

/** Old results are not kept: whoever asks again has them worked out again. */
export const expiryJob: Job = {
  name: 'forget computations',
  everyMs: HOUR_MS,
  async run(em, now) {
    const before = new Date(now.getTime() - KEPT_DAYS * 24 * HOUR_MS);
    let deleted: unknown[];
    do {
      deleted = await query(
        em,
        sql`DELETE FROM computation WHERE id IN (
              SELECT id FROM computation WHERE asked_at < ${before} ORDER BY asked_at LIMIT ${DELETED_AT_ONCE}) RETURNING 1`,
      );
    } while (deleted.length === DELETED_AT_ONCE);
  },
};
