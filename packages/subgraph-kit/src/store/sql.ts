import type { EntityManager } from '@mikro-orm/postgresql';
import type { Kysely, RawBuilder } from 'kysely';

/**
 * Runs one statement with bound parameters, in the transaction of `em` if it has one, and returns its rows:
 * ``await query<{ n: number }>(em, sql`SELECT count(*)::int AS n FROM game WHERE studio_id = ${id}`)``.
 */
export async function query<Row>(
  em: EntityManager,
  statement: RawBuilder<unknown>,
): Promise<Row[]> {
  const connection = em.getTransactionContext<never>() ?? em.getConnection().getClient();
  const { rows } = await statement.execute(connection as Kysely<unknown>);
  return rows as Row[];
}

/** As `query`, for a statement whose number of touched rows is the answer. */
export async function execute(em: EntityManager, statement: RawBuilder<unknown>): Promise<number> {
  const connection = em.getTransactionContext<never>() ?? em.getConnection().getClient();
  const { numAffectedRows } = await statement.execute(connection as Kysely<unknown>);
  return Number(numAffectedRows ?? 0n);
}

const RETRYABLE = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
]);

const UNAVAILABLE = /^(08|53|57P0|58)/; // connection, resources, shutdown, system errors

const LOST_CONNECTION =
  /^Connection terminated|connection error and is not queryable|^Client was closed|timeout exceeded when trying to connect/;

/** The SQLSTATE of a database error, however deep it is wrapped. */
export function sqlState(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/** The name of the constraint that a statement would have broken. */
export function violatedConstraint(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, constraint } = at as { code?: unknown; constraint?: unknown };
    if (String(code).startsWith('23') && typeof constraint === 'string') return constraint;
  }
  return undefined;
}

/** Whether the same transaction may well succeed when it is run once more, at once. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(sqlState(error) ?? '');
}

/** Whether the fault is the database's or the network's, and says nothing about the statement. */
export function isUnavailable(error: unknown): boolean {
  if (UNAVAILABLE.test(sqlState(error) ?? '')) return true;
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(code))
      return true;
    if (LOST_CONNECTION.test(at.message)) return true; // pg's own words have no code
  }
  return false;
}
