import { randomUUID } from 'node:crypto';
import { encode, type EventBus, type Message } from '@gamegraph/event-bus';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { z } from 'zod';
import { query } from '../store/sql.js';
import { envelopeOf } from './relay.js';

/** Where consumers ask for events again, and the owners of the aggregates listen. */
export const REPLAY_TOPIC = 'events.replay-request';

const PAGE = 500;

const ReplayRequest = z.object({
  /** The aggregate's type, which says whose turn it is. */
  aggregatetype: z.string(),
  /** One aggregate, or all of the type. */
  aggregateid: z.string().optional(),
  /** The first version wanted. Without it, the last one is: whoever lacks any before it will see that, and ask. */
  fromVersion: z.number().int().positive().optional(),
});

export type ReplayRequest = z.infer<typeof ReplayRequest>;

export function encodeReplayRequest(request: ReplayRequest): Message {
  return {
    topic: REPLAY_TOPIC,
    key: `${request.aggregatetype}:${request.aggregateid ?? ''}`,
    headers: { 'content-type': 'application/json', ce_id: randomUUID() },
    value: JSON.stringify(request),
  };
}

/** The request, or undefined when the message is none: nobody can answer it. */
export function decodeReplayRequest(message: Message): ReplayRequest | undefined {
  try {
    return ReplayRequest.parse(JSON.parse(message.value ?? ''));
  } catch {
    return undefined;
  }
}

type ArchiveRow = Parameters<typeof envelopeOf>[0];

/**
 * Publishes archived events again. Every group gets them, and drops what it has had; the one that asked fills its gap.
 * What is not archived yet is still in the outbox, and comes by itself.
 */
export async function republish(
  em: EntityManager,
  bus: EventBus,
  subgraph: string,
  request: ReplayRequest,
): Promise<void> {
  const { fromVersion } = request;
  const isLast = sql`NOT EXISTS (SELECT 1 FROM events.outbox_archive AS later
    WHERE (later.aggregatetype, later.aggregateid) = (archived.aggregatetype, archived.aggregateid)
      AND later.version = archived.version + 1)`;
  let after = { id: '', version: 0 };
  for (;;) {
    const rows = await query<ArchiveRow>(
      em,
      sql`SELECT * FROM events.outbox_archive AS archived
          WHERE aggregatetype = ${request.aggregatetype}
            AND ${request.aggregateid === undefined ? sql`true` : sql`aggregateid = ${request.aggregateid}`}
            AND ${fromVersion === undefined ? isLast : sql`version >= ${fromVersion}`}
            AND (aggregateid, version) > (${after.id}, ${after.version}::bigint)
          ORDER BY aggregateid, version LIMIT ${PAGE}`,
    );
    if (rows.length === 0) return;
    await bus.publish(rows.map(row => encode(envelopeOf(row, subgraph))));
    const last = rows.at(-1)!;
    after = { id: last.aggregateid, version: Number(last.version) };
  }
}
