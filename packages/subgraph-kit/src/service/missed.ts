import type { AggregateState } from '@gamegraph/event-bus';
import { type Head, positionTopic } from '@gamegraph/identity';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { query } from '../store/sql.js';
import type { Announcement, Announcer } from './live.js';

/** Events that are looked through for what somebody has missed; who has missed more begins anew. */
const EVENTS_MAX = 5_000;

/** How far somebody has heard this subgraph's events, by the router's word; undefined when it does not say. */
export function positionIn(heads: Head[], subgraph: string): number | undefined {
  return heads.find(({ aggregatetype }) => aggregatetype === positionTopic(subgraph))?.version;
}

/** What was announced under these topics since, each aggregate once, as of its last event. Undefined when it is too much. */
export async function readMissed(
  em: EntityManager,
  announcers: ReadonlyMap<string, Announcer[]>,
  topics: string[],
  position: number,
): Promise<Announcement[] | undefined> {
  const [newest] = await query<{ position: string }>(
    em,
    sql`SELECT last_value AS position FROM events.archive_position`,
  );
  const behind = Number(newest!.position) - position;
  if (behind < 0 || behind > EVENTS_MAX) return undefined; // below 0, the database is older than the token
  const rows = await query<{
    aggregatetype: string;
    aggregateid: string;
    version: string;
    position: string;
    type: string;
    payload: AggregateState;
  }>(
    em,
    sql`SELECT DISTINCT ON (aggregatetype, aggregateid)
               aggregatetype, aggregateid, version, position, type, payload FROM events.outbox_archive
        WHERE position > ${position} AND type = ANY(${[...announcers.keys()]})
        ORDER BY aggregatetype, aggregateid, version DESC`,
  );
  rows.sort((a, b) => Number(a.position) - Number(b.position));
  const announcements = rows.map(async row => {
    const announced = announcers
      .get(row.type)!
      .map(async each => each.topicsOf(row.payload as never, em));
    const topic = (await Promise.all(announced)).flat().find(each => topics.includes(each));
    if (topic === undefined) return [];
    const { aggregatetype, aggregateid: id } = row;
    return [
      { topic, id, aggregatetype, version: Number(row.version), position: Number(row.position) },
    ];
  });
  return (await Promise.all(announcements)).flat();
}
