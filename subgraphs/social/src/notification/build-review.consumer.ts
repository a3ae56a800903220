import { buildCreated, buildDeleted, buildUpdated } from '@gamegraph/event-contracts';
import { defineConsumer, execute, on } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { NotificationKind } from './notification.entity.js';
import { notify, settleNotifications } from './notify.js';

const kind = NotificationKind.BUILD_NEEDS_REVIEW;

/**
 * Tells authors when a patch begins to concern a build of theirs. Builds are announced for other reasons too, so those
 * that wait for a review are kept in mind.
 */
export const buildReviewConsumer = defineConsumer({
  name: 'social.build-review',
  subscriptions: [
    on(buildCreated, ({ id, needsReview }, { em }) => needsReview && begin(em, id)), // a fork: its author sees it
    on(buildUpdated, async ({ id, authorId, gameId, needsReview }, { em, envelope, at }) => {
      if (needsReview) {
        if (!(await begin(em, id))) return;
        const dedupeKey = `${id}:${envelope.version}`;
        await notify(em, [{ userId: authorId, kind, dedupeKey, gameId, buildId: id }], at);
      } else {
        if (await end(em, id))
          await settleNotifications(em, authorId, kind, sql`build_id = ${id}`, at);
      }
    }),
    on(buildDeleted, async ({ id }, { em }) => {
      await end(em, id);
      await execute(em, sql`DELETE FROM notification WHERE build_id = ${id}`);
    }),
  ],
});

/** Whether the build did not wait for a review before. */
async function begin(em: EntityManager, id: string): Promise<boolean> {
  const insertion = sql`INSERT INTO build_in_review VALUES (${id}) ON CONFLICT DO NOTHING`;
  return (await execute(em, insertion)) > 0;
}

/** Whether the build did wait for a review. */
async function end(em: EntityManager, id: string): Promise<boolean> {
  return (await execute(em, sql`DELETE FROM build_in_review WHERE id = ${id}`)) > 0;
}
