import { LEASE_LOCK, SHARDS } from '@gamegraph/subgraph-kit/events';
import type { Stage } from '../stage.js';

/** Which sessions of PostgreSQL have a subgraph's outbox to publish, and how many of its shards each. */
export function leasesOf(
  stage: Stage,
  subgraph: string,
): Promise<{ pid: number; shards: number }[]> {
  return stage.rows(
    subgraph,
    `SELECT pid, count(*)::int AS shards FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = $2) GROUP BY pid`,
    [LEASE_LOCK, subgraph],
  );
}

/** The session that has all shards, if one has. */
export async function leaseHolder(stage: Stage, subgraph: string): Promise<number | undefined> {
  return (await leasesOf(stage, subgraph)).find(({ shards }) => shards === SHARDS)?.pid;
}

/** Waits for all shards. */
export function takeLeases(client: {
  query(statement: string, values: unknown[]): Promise<unknown>;
}): Promise<unknown> {
  return client.query(
    'SELECT pg_advisory_lock($1, shard) FROM generate_series(0, $2 - 1) AS shard',
    [LEASE_LOCK, SHARDS],
  );
}
