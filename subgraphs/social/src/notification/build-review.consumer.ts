import { buildCreated, buildDeleted, buildUpdated } from '@gamegraph/event-contracts';
import { defineConsumer, execute, on } from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { NotificationKind } from './notification.entity.js';
import { notify, settleNotifications } from './notify.js';

const kind = NotificationKind.BUILD_NEEDS_REVIEW;

/**
 * Tells authors when a version of a game's data begins to concern a build of theirs, once for each version. Builds are
 * announced for other reasons too, so it is kept which version a build waits to be reviewed for.
 */
export const buildReviewConsumer = defineConsumer({
  name: 'social.build-review',
  subscriptions: [
    // A fork: its author sees it.
    on(buildCreated, ({ id, needsReview, patchVersion }, { em }) =>
      needsReview ? begin(em, id, patchVersion) : undefined,
    ),
    on(buildUpdated, async (build, { em, envelope, at }) => {
      const { id, authorId, gameId, needsReview, patchVersion } = build;
      if (needsReview) {
        if (!(await begin(em, id, patchVersion))) return;
        const dedupeKey = `${id}:${patchVersion ?? `event ${envelope.version}`}`;
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

/** Whether the build did not wait for a review of this version before. Older events do not tell which it is. */
async function begin(em: EntityManager, id: string, version: number | null = 0): Promise<boolean> {
  const insertion = sql`INSERT INTO build_in_review AS r VALUES (${id}, ${version ?? 0})
    ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE r.version < excluded.version`;
  return (await execute(em, insertion)) > 0;
}

/** Whether the build did wait for a review. */
async function end(em: EntityManager, id: string): Promise<boolean> {
  return (await execute(em, sql`DELETE FROM build_in_review WHERE id = ${id}`)) > 0;
}
