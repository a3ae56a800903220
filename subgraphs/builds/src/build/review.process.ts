import { isDeepStrictEqual } from 'node:util';
import { gameDataReleased, itemChanged } from '@gamegraph/event-contracts';
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
import type { GameDataVersions } from '../game-data/game-data-versions.js';
import { GameDataCopy } from '../game-data/game-data.projection.js';
import { lockGame } from '../game/game.projection.js';
import { breather, inSteps } from './breather.js';
import { BuildContent, itemsOf, presentRevision } from './build-content.js';
import { keepStats } from './build-figures.js';
import { digestOf } from './build-patch.js';
import type { BuildRevision } from './build-revision.entity.js';
import { Build } from './build.entity.js';

const JOB = 'review builds';
/** Should nothing wake the job, a patch shows within this at the builds that it concerns. */
const EVERY_MS = 1_000;
const BUILDS_PER_STEP = 50;
const ITEMS_PER_STEP = 1_000;

/** The topic of subscriptions to what a game's data, with its items, makes of builds. */
export const gameDataTopic = (gameId: string) => `game-data:${gameId}`;

/**
 * What a release does to the builds of its game. Consumers only leave tasks, since there may be very many builds; the job
 * makes of these a queue of builds, which is empty of doubles however much of a build changed, and works through it, some
 * builds in each transaction: `patch`, figures and `needsReview` of each become what they should be.
 *
 * A task waits until our copies have come as far as the event, in whatever order the two were told; that of an item also
 * for the data that it was released with, so that nothing is told of half a release. Whoever saves a build locks its items
 * and its game (proposal.ts), so that no build is pinned to what the review has been through already.
 */
export const itemReview = defineConsumer({
  name: 'builds.item-review',
  subscriptions: [
    on(itemChanged, async ({ id, dataVersion }, { em, envelope }) => {
      await query(
        em,
        sql`INSERT INTO review_task (item_id, item_version, data_version)
            VALUES (${id}, ${envelope.version}, ${dataVersion})
            ON CONFLICT (item_id)
            DO UPDATE SET item_version = excluded.item_version, data_version = excluded.data_version`,
      );
      afterCommit(em, () => wakeJob(JOB));
    }),
  ],
});

export const dataReview = defineConsumer({
  name: 'builds.data-review',
  subscriptions: [
    on(gameDataReleased, async ({ gameId, version }, { em }) => {
      await query(
        em,
        sql`INSERT INTO data_review_task AS t VALUES (${gameId}, ${version}, ${version})
            ON CONFLICT (game_id) DO UPDATE SET first_version = least(t.first_version, excluded.first_version),
              version = greatest(t.version, excluded.version)`,
      );
      afterCommit(em, () => wakeJob(JOB));
    }),
  ],
});

export const reviewJob = (gameData: GameDataVersions): Job => ({
  name: JOB,
  everyMs: EVERY_MS,
  async run(em, now) {
    const breathe = breather();
    await inSteps(
      JOB,
      async () =>
        (await queueByData(em)) ||
        (await queueByItems(em)) ||
        reviewSome(em, gameData, now, breathe),
    );
  },
});

/** Queues the builds of a game whose definitions are new. Returns whether there was one. */
function queueByData(em: EntityManager): Promise<boolean> {
  return transact(em, async tx => {
    const [task] = await query<{ game_id: string; first_version: number; version: number }>(
      tx,
      sql`SELECT t.* FROM data_review_task AS t JOIN game_data_copy AS d USING (game_id, version)
          LIMIT 1 FOR UPDATE OF t SKIP LOCKED`,
    );
    if (!task) return false;
    const { game_id: gameId, first_version: first, version } = task;
    await lockGame(tx, gameId, LockMode.PESSIMISTIC_WRITE); // until all are seen who save by the data before
    const [before, now] = await Promise.all(
      [first - 1, version].map(each => tx.findOne(GameDataCopy, { gameId, version: each })),
    );
    if (!isDeepStrictEqual(before?.definition, now!.definition))
      await query(
        tx,
        sql`INSERT INTO review_queue SELECT id FROM build WHERE game_id = ${gameId} ON CONFLICT DO NOTHING`,
      );
    await query(tx, sql`DELETE FROM data_review_task WHERE game_id = ${gameId}`);
    await announce(tx, gameId);
    return true;
  });
}

/** Queues the builds that use items of one game which are not as they were. Returns whether there was one. */
function queueByItems(em: EntityManager): Promise<boolean> {
  return transact(em, async tx => {
    const tasks = await query<{ item_id: string; game_id: string }>(
      tx,
      sql`WITH ready AS (
            SELECT t.item_id, i.game_id, t.created_at
            FROM review_task AS t JOIN item_copy AS i ON i.id = t.item_id AND i.source_version >= t.item_version
            WHERE EXISTS (SELECT FROM game_data_copy AS d
                          WHERE d.game_id = i.game_id AND d.version >= t.data_version)
               OR t.data_version = 0)
          DELETE FROM review_task WHERE item_id IN (
            SELECT t.item_id FROM review_task AS t JOIN ready USING (item_id)
            WHERE ready.game_id = (SELECT game_id FROM ready ORDER BY created_at LIMIT 1)
            LIMIT ${ITEMS_PER_STEP} FOR UPDATE OF t SKIP LOCKED)
          RETURNING item_id, (SELECT game_id FROM item_copy WHERE id = item_id) AS game_id`,
    );
    if (tasks.length === 0) return false;
    await query(
      tx,
      sql`INSERT INTO review_queue
          SELECT id FROM build WHERE item_ids && ${tasks.map(task => task.item_id)}::uuid[] ON CONFLICT DO NOTHING`,
    );
    await announce(tx, tasks[0]!.game_id);
    return true;
  });
}

/** To whoever watches what builds of the game come to: told when, and if, the transaction commits. */
async function announce(tx: EntityManager, gameId: string): Promise<void> {
  const announcement = [{ topic: gameDataTopic(gameId), id: gameId }];
  await query(tx, sql`SELECT pg_notify('live', ${JSON.stringify(announcement)})`);
}

/** One step through the queue. Returns whether there was anything in it. */
function reviewSome(
  em: EntityManager,
  gameData: GameDataVersions,
  at: Date,
  breathe: () => Promise<void>,
): Promise<boolean> {
  return transact(em, async tx => {
    const taken = await query<{ build_id: string }>(
      tx,
      sql`DELETE FROM review_queue WHERE build_id IN (
            SELECT build_id FROM review_queue ORDER BY build_id LIMIT ${BUILDS_PER_STEP} FOR UPDATE SKIP LOCKED)
          RETURNING build_id`,
    );
    const builds = await tx.find(
      Build,
      { id: { $in: taken.map(({ build_id }) => build_id) } },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
    );
    const reading = readerOf(tx);
    const revisions = await Promise.all(builds.map(build => presentRevision(reading, build)));
    const contents = await contentsOf(reading, gameData, revisions);
    const figures = [];
    for (const [n, build] of builds.entries()) {
      await breathe();
      const { content, standing } = contents[n]!();
      const event = build.review(standing);
      if (event) record(tx, event, at);
      build.cost = content.cost?.value ?? null;
      figures.push({ buildId: build.id, gameId: build.gameId, stats: content.outcome.stats });
    }
    if (figures.length > 0) await keepStats(tx, figures);
    return taken.length > 0;
  });
}

/** Reads in the same transaction what does not change: to look for changes in it would take long, in one go. */
export function readerOf(tx: EntityManager): EntityManager {
  return tx.fork({ keepTransactionContext: true });
}

/** What a revision comes to now, and what patches made of it since it was saved: to be worked out one by one. */
export async function contentsOf(
  em: EntityManager,
  gameData: GameDataVersions,
  revisions: BuildRevision[],
) {
  const [items, newest, pinned] = await Promise.all([
    itemsOf(em, revisions),
    Promise.all(revisions.map(({ gameId }) => gameData.newest(em, gameId))),
    Promise.all(revisions.map(({ gameId, dataVersion }) => gameData.at(em, gameId, dataVersion))),
  ]);
  return revisions.map((revision, n) => () => {
    const content = new BuildContent(revision, newest[n]!, items);
    const patch = content.patchSince(pinned[n]!);
    const standing = patch && { version: newest[n]!.version, digest: digestOf(patch) };
    return { content, standing };
  });
}
