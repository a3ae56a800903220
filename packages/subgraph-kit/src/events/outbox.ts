import type { AggregateState, DomainEvent } from '@gamegraph/event-bus';
import type { Head } from '@gamegraph/identity';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { currentScope } from '../service/request-scope.js';
import { query } from '../store/sql.js';

/** An event and when it happened. */
export interface RecordedEvent {
  event: DomainEvent<AggregateState>;
  at: Date;
}

/**
 * Inserts events into the outbox, where a trigger gives each the next version of its aggregate. In the order of
 * (type, id), so that transactions which touch the same aggregates take their heads' locks in the same order. Returns
 * the versions.
 */
export async function insertEvents(tx: EntityManager, events: RecordedEvent[]): Promise<Head[]> {
  const rows = events
    .map(({ event, at }) => ({
      id: uuidv7(),
      aggregatetype: event.topic,
      aggregateid: event.data.id,
      type: event.type,
      payload: event.data,
      headers: currentScope()?.traceparent ? { traceparent: currentScope()!.traceparent } : {},
      created_at: at.toISOString(),
    }))
    .sort(
      (a, b) => compare(a.aggregatetype, b.aggregatetype) || compare(a.aggregateid, b.aggregateid),
    ); // stable
  const heads = await query<{ aggregatetype: string; aggregateid: string; version: string }>(
    tx,
    sql`INSERT INTO events.outbox (id, aggregatetype, aggregateid, type, payload, headers, created_at)
        SELECT id, aggregatetype, aggregateid, type, payload, headers, created_at
        FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS (
          id uuid, aggregatetype text, aggregateid text, type text, payload jsonb, headers jsonb, created_at timestamptz
        )) WITH ORDINALITY AS e(id, aggregatetype, aggregateid, type, payload, headers, created_at, n)
        ORDER BY n RETURNING aggregatetype, aggregateid, version`,
  );
  return heads.map(({ version, ...head }) => ({ ...head, version: Number(version) }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
