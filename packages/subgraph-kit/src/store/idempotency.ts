import { createHash } from 'node:crypto';
import type { EntityManager, EntityName } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { requireViewer } from '../graph/access.js';
import { GraphError } from '../graph/errors.js';
import type { IdempotentInput } from '../graph/idempotent-input.js';
import type { Refusal } from '../graph/refusal.js';
import type { GraphContext } from '../graph/viewer.js';
import { query } from './sql.js';
import { transact } from './transact.js';

/** What wishes became that were carried out once. `forgetOldKeys` is to be run now and then. */
export const IDEMPOTENCY_KEYS = [
  `CREATE TABLE idempotency_key (
    user_id uuid,
    mutation text,
    key text,
    fingerprint text NOT NULL,
    outcome jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, mutation, key)
  )`,
  'CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at)',
];

const RETRY_AFTER_MS = 500;
const KEPT_DAYS = 30;
const FORGET_MAX = 10_000;

type RefusalClass<R extends Refusal> = abstract new (...args: never[]) => R;

/** What is kept: which entity it was about, or the refusal with its fields. */
type Outcome = { id: string } | { refusal: string; fields: object };

/**
 * Carries out a wish once for each viewer, mutation and key, and keeps the outcome in the same transaction: an entity's
 * id, or a refusal. An error is no outcome: the same key may try again.
 *
 * @param work runs within the transaction, and may run again after a deadlock
 * @throws GraphError IDEMPOTENCY_KEY_REUSED when the key came with another input before
 * @throws GraphError IDEMPOTENCY_IN_PROGRESS while the first with this key is still being carried out
 */
export function once<R extends Refusal = never>(
  context: GraphContext,
  mutation: string,
  { idempotencyKey: key, ...wish }: IdempotentInput,
  refusals: RefusalClass<R>[],
  work: (tx: EntityManager, at: Date) => Promise<string | R>,
): Promise<string | R> {
  const { userId } = requireViewer(context);
  const scope = [userId, mutation, key];
  const fingerprint = fingerprintOf(wish);
  return transact(context.em, async tx => {
    // Ends with the transaction, however that ends: no key is ever stuck.
    const [lock] = await query<{ taken: boolean }>(
      tx,
      sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${JSON.stringify(scope)}, 0)) AS taken`,
    );
    if (!lock!.taken) {
      throw new GraphError(
        'IDEMPOTENCY_IN_PROGRESS',
        'The first with this key is still being carried out. Ask again with the same key.',
        { retryAfterMs: RETRY_AFTER_MS },
      );
    }
    const [known] = await query<{ fingerprint: string; outcome: Outcome }>(
      tx,
      sql`SELECT fingerprint, outcome FROM idempotency_key
          WHERE (user_id, mutation, key) = (${userId}, ${mutation}, ${key})`,
    );
    if (known && known.fingerprint !== fingerprint) {
      throw new GraphError(
        'IDEMPOTENCY_KEY_REUSED',
        'This key came with another input before. Another wish needs another key.',
      );
    }
    if (known) return revive(known.outcome, refusals);
    const at = context.now();
    const result = await work(tx, at);
    await query(
      tx,
      sql`INSERT INTO idempotency_key (user_id, mutation, key, fingerprint, outcome, created_at)
          VALUES (${userId}, ${mutation}, ${key}, ${fingerprint}, ${canonical(outcomeOf(result))}, ${at})`,
    );
    return result;
  });
}

/** The entity as it is now, when the outcome is its id. */
export function entityOr<Entity extends object, R>(
  { em }: GraphContext,
  entity: EntityName<Entity>,
  outcome: string | R,
): Promise<Entity> | R {
  return typeof outcome === 'string' ? em.findOneOrFail(entity, outcome as never) : outcome;
}

/** Forgets keys that are older than is promised, a limited number at a time. */
export async function forgetOldKeys(em: EntityManager, now: Date): Promise<void> {
  await query(
    em,
    sql`DELETE FROM idempotency_key WHERE (user_id, mutation, key) IN (
          SELECT user_id, mutation, key FROM idempotency_key
          WHERE created_at < ${now}::timestamptz - ${KEPT_DAYS} * interval '1 day' LIMIT ${FORGET_MAX})`,
  );
}

function outcomeOf(result: string | Refusal): Outcome {
  if (typeof result === 'string') return { id: result };
  return { refusal: result.constructor.name, fields: result };
}

function revive<R extends Refusal>(outcome: Outcome, refusals: RefusalClass<R>[]): string | R {
  if ('id' in outcome) return outcome.id;
  const found = refusals.find(({ name }) => name === outcome.refusal);
  if (!found) throw new Error(`A refusal ${outcome.refusal} was kept that is not known any more.`);
  return Object.assign(Object.create(found.prototype as object) as R, outcome.fields);
}

function fingerprintOf(wish: object): string {
  return createHash('sha256').update(canonical(wish)).digest('base64url');
}

/** JSON that is equal for equal values: keys in order, whole numbers of any size as text. */
function canonical(value: object): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
