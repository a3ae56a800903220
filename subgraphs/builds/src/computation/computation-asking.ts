import { createHash } from 'node:crypto';
import {
  afterCommit,
  badInput,
  GraphError,
  type LiveSource,
  notFound,
  query,
  transact,
} from '@gamegraph/subgraph-kit';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { AnyComputationKind } from './computation-kind.js';
import { CANCELLED_TOPIC, topicOf } from './computation-runner.js';

/** A build of 200 items has some 100,000. */
const CONTENT_LENGTH_MAX = 4_000_000;

/** What somebody wants to be worked out. Question and material are JSON. */
export interface Asked {
  kind: string;
  /** The version of the game's data whose rules hold. */
  gameDataId: string;
  /** Whoever may see all of these may see what comes of it; where there are none, nobody but who asked. */
  buildIds: string[];
  /** What was asked, in small: it is shown. */
  question: unknown;
  /** What else it is worked out from, such as the items of builds as they are now. */
  material: unknown;
}

export interface AskingContext {
  em: EntityManager;
  now(): Date;
  live: LiveSource;
  computations: Computations;
}

/** What there is of computations in this process. */
export interface Computations {
  kinds: Readonly<Record<string, AnyComputationKind>>;
  /** How many somebody may have under way at once. */
  perUser: number;
  /** Looks for work now. */
  wake(): void;
}

/**
 * Has something worked out, and returns the computation's id. Whoever asks the same as others joins them, or has the
 * result at once; what was cancelled or has failed goes on from where it was.
 *
 * @throws GraphError RATE_LIMITED when the user has too many under way, BAD_USER_INPUT when it is too large
 */
export async function askFor(
  context: AskingContext,
  userId: string,
  asked: Asked,
): Promise<string> {
  const { kind, gameDataId, buildIds, question, material } = asked;
  const { revision } = context.computations.kinds[kind]!;
  const by = buildIds.length === 0 ? userId : null;
  const content = JSON.stringify([
    ...[kind, revision, gameDataId, buildIds, by, question],
    material,
  ]);
  if (content.length > CONTENT_LENGTH_MAX)
    throw badInput('These builds are too large together. Ask about fewer, or fewer items.');
  const hash = createHash('sha256').update(content).digest('base64url');
  const at = context.now();
  return transact(context.em, async tx => {
    // Two who ask the same at once make one.
    await query(
      tx,
      sql`INSERT INTO computation (id, kind, content_hash, game_data_id, build_ids, state, question, material, asked_at, queued_at)
          VALUES (${uuidv7()}, ${kind}, ${hash}, ${gameDataId}, ${buildIds}::uuid[], 'QUEUED', ${JSON.stringify(question)},
                  ${JSON.stringify(material)}, ${at}, ${at})
          ON CONFLICT (content_hash) DO NOTHING`,
    );
    const [{ id }] = (await query<{ id: string }>(
      tx,
      sql`SELECT id FROM computation WHERE content_hash = ${hash} FOR UPDATE`,
    )) as [{ id: string }];
    await want(tx, context, userId, id);
    return id;
  });
}

/** Has one go on that the viewer may see, and that was cancelled or has failed. */
export function resume(context: AskingContext, userId: string, id: string): Promise<void> {
  return transact(context.em, async tx => {
    const found = await query(tx, sql`SELECT 1 FROM computation WHERE id = ${id} FOR UPDATE`);
    if (found.length === 0) throw notFound('Computation');
    await want(tx, context, userId, id);
  });
}

/** Stops a computation, unless somebody else wants it too. */
export function cancel(context: AskingContext, userId: string, id: string): Promise<void> {
  const { em, live } = context;
  return transact(em, async tx => {
    await query(tx, sql`SELECT 1 FROM computation WHERE id = ${id} FOR UPDATE`);
    await query(
      tx,
      sql`DELETE FROM computation_ask WHERE computation_id = ${id} AND user_id = ${userId}`,
    );
    const cancelled = await query(
      tx,
      sql`UPDATE computation SET state = 'CANCELLED', finished_at = ${context.now()}
          WHERE id = ${id} AND state IN ('QUEUED', 'RUNNING')
            AND NOT EXISTS (SELECT 1 FROM computation_ask WHERE computation_id = ${id}) RETURNING id`,
    );
    if (cancelled.length === 0) return;
    afterCommit(
      tx,
      () =>
        void live
          .announce([CANCELLED_TOPIC, topicOf(id)].map(topic => ({ topic, id })))
          .catch(() => {}),
    ); // whoever runs it learns it when it writes
  });
}

/** The computation is locked. */
async function want(
  tx: EntityManager,
  { now, computations }: AskingContext,
  userId: string,
  id: string,
): Promise<void> {
  const at = now();
  await query(
    tx,
    sql`INSERT INTO computation_ask (computation_id, user_id) VALUES (${id}, ${userId}) ON CONFLICT DO NOTHING`,
  );
  await query(
    tx,
    sql`UPDATE computation SET asked_at = ${at},
          queued_at = CASE WHEN state IN ('CANCELLED', 'FAILED') THEN ${at} ELSE queued_at END,
          finished_at = CASE WHEN state = 'DONE' THEN finished_at END,
          problem = NULL,
          state = CASE WHEN state IN ('CANCELLED', 'FAILED') THEN 'QUEUED' ELSE state END
        WHERE id = ${id}`,
  );
  // One at a time of each user, so that none gets past the limit.
  await query(tx, sql`SELECT pg_advisory_xact_lock(hashtextextended(${`asks of ${userId}`}, 0))`);
  const [{ count }] = (await query<{ count: number }>(
    tx,
    sql`SELECT count(*)::int AS count FROM computation_ask JOIN computation ON id = computation_id
        WHERE user_id = ${userId} AND state IN ('QUEUED', 'RUNNING')`,
  )) as [{ count: number }];
  const { perUser } = computations;
  if (count > perUser)
    throw new GraphError(
      'RATE_LIMITED',
      `You have ${perUser} computations under way, which is as many as there may be. Wait for one, or cancel it.`,
    );
  afterCommit(tx, () => computations.wake());
}
