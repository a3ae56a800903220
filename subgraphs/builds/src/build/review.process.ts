import { itemChanged } from '@gamegraph/event-contracts';
import {
  afterCommit,
  defineConsumer,
  type Job,
  on,
  query,
  record,
  transact,
  wakeJob,
} from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { itemsOf, presentRevision } from './build-content.js';
import { Build } from './build.entity.js';

const JOB = 'review builds';
/** Should nothing wake the job, a patch shows within this at the builds that it concerns. */
const EVERY_MS = 1_000;
const BUILDS_PER_STEP = 200;
const IDLE_TASKS_PER_STEP = 1_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * What a patch of an item does to the builds that use it. The consumer only leaves a task, since there may be very many
 * of them; the job goes through them by their ids, some in each transaction, and makes `needsReview` of each what it
 * should be: whether any of its items is not as it was pinned.
 *
 * A task waits until our copy of the item has come as far as the event, in whatever order the two were told. An item
 * that changes again begins its task anew. Whoever saves a build locks its items (proposal.ts), so that no build is
 * pinned to what the review has been through already.
 */
export const itemReview = defineConsumer({
  name: 'builds.item-review',
  subscriptions: [
    on(itemChanged, async ({ id }, { em, envelope }) => {
      await query(
        em,
        sql`INSERT INTO review_task (item_id, item_version, after_build_id)
            VALUES (${id}, ${envelope.version}, ${FIRST})
            ON CONFLICT (item_id)
            DO UPDATE SET item_version = excluded.item_version, after_build_id = excluded.after_build_id`,
      );
      afterCommit(em, () => wakeJob(JOB));
    }),
  ],
});

export const reviewJob: Job = {
  name: JOB,
  everyMs: EVERY_MS,
  async run(em, now) {
    while (await reviewSome(em, now));
  },
};

/** One step of the task that waits longest. Returns whether there was one. */
function reviewSome(em: EntityManager, at: Date): Promise<boolean> {
  return transact(em, async tx => {
    const [task] = await query<{ item_id: string; after_build_id: string }>(
      tx,
      sql`SELECT t.item_id, t.after_build_id FROM ${READY_TASKS}
          ORDER BY t.created_at LIMIT 1 FOR UPDATE OF t SKIP LOCKED`,
    );
    if (!task) return false;
    const { item_id: itemId, after_build_id: afterId } = task;
    const found = await query<{ id: string }>(
      tx,
      sql`SELECT id FROM build WHERE item_ids @> ${[itemId]}::uuid[] AND id > ${afterId}
          ORDER BY id LIMIT ${BUILDS_PER_STEP}`,
    );
    const ids = found.map(({ id }) => id);
    if (ids.length === 0) await forgetIdleTasks(tx);
    const builds = await tx.find(
      Build,
      { id: { $in: ids } },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
    );
    const revisions = await Promise.all(builds.map(build => presentRevision(tx, build)));
    const items = await itemsOf(tx, revisions);
    for (const [n, build] of builds.entries()) {
      const event = build.setNeedsReview(revisions[n]!.isPatched(items));
      if (event) record(tx, event, at);
    }
    await query(
      tx,
      ids.length < BUILDS_PER_STEP
        ? sql`DELETE FROM review_task WHERE item_id = ${itemId}`
        : sql`UPDATE review_task SET after_build_id = ${ids.at(-1)!} WHERE item_id = ${itemId}`,
    );
    return true;
  });
}

const READY_TASKS = sql`review_task AS t JOIN item_copy AS i ON i.id = t.item_id AND i.source_version >= t.item_version`;

/** A release brings many items that no build uses: once one is met, all of them are settled together. */
function forgetIdleTasks(tx: EntityManager): Promise<unknown> {
  return query(
    tx,
    sql`DELETE FROM review_task WHERE item_id IN (
          SELECT t.item_id FROM ${READY_TASKS}
          WHERE NOT EXISTS (SELECT 1 FROM build WHERE item_ids @> ARRAY[t.item_id])
          LIMIT ${IDLE_TASKS_PER_STEP} FOR UPDATE OF t SKIP LOCKED)`,
  );
}
