import { userDeleted } from '@gamegraph/event-contracts';
import { defineConsumer, type Job, on, query, record, transact } from '@gamegraph/subgraph-kit';
import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { BuildVisibility } from './build-visibility.js';
import { Build } from './build.entity.js';

const EVERY_MS = 1_000;
const BUILDS_PER_STEP = 200;

/**
 * What the end of an account does to its builds: those that nobody else could ever see go with it, some in each
 * transaction. The others stay, without a name.
 */
export const authorErasure = defineConsumer({
  name: 'builds.author-erasure',
  subscriptions: [
    on(userDeleted, ({ id }, { em }) =>
      query(em, sql`INSERT INTO erasure_task VALUES (${id}) ON CONFLICT DO NOTHING`),
    ),
  ],
});

export const erasureJob: Job = {
  name: 'erase private builds',
  everyMs: EVERY_MS,
  async run(em, now) {
    while (await eraseSome(em, now));
  },
};

/** One step. Returns whether there was something to do. */
function eraseSome(em: EntityManager, at: Date): Promise<boolean> {
  return transact(em, async tx => {
    const [task] = await query<{ author_id: string }>(
      tx,
      sql`SELECT author_id FROM erasure_task LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    if (!task) return false;
    const { author_id: authorId } = task;
    const builds = await tx.find(
      Build,
      { authorId, visibility: BuildVisibility.PRIVATE },
      { orderBy: { id: 'asc' }, limit: BUILDS_PER_STEP, lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    for (const build of builds) {
      tx.remove(build);
      record(tx, build.delete(), at);
    }
    if (builds.length < BUILDS_PER_STEP) {
      await query(tx, sql`DELETE FROM erasure_task WHERE author_id = ${authorId}`);
    }
    return true;
  });
}
