import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Projection } from '../events/projection.js';
import { type Source, TOLD } from '../events/source.js';
import { query } from '../store/sql.js';
import type { Route } from './server.js';

const MAX = 1_000;

const Ids = z.object({ ids: z.array(z.uuid()).max(MAX) });
const Aggregates = z.object({
  aggregates: z.array(z.object({ topic: z.string(), id: z.uuid() })).max(MAX),
});
const Events = z.object({
  events: z.array(z.object({ topic: z.string(), id: z.uuid(), version: z.int() })).max(MAX * 100),
});

/** What the router asks to tell how new copies are: of owners their versions and times, of others what they show. */
export function freshnessRoutes(
  orm: MikroORM,
  sources: Source[],
  projections: Projection[],
): Route[] {
  const route = (path: string, answer: Route['answer']): Route => ({
    ...{ method: 'POST', path: `/internal/freshness/${path}`, access: 'operator', answer },
  });
  return [
    route('heads', async ({ body }) => {
      const { ids } = Ids.parse(body);
      const topics = sources.map(({ aggregate }) => aggregate.topic);
      const personal = sources.flatMap(({ aggregate, isPersonal }) =>
        isPersonal ? [aggregate.topic] : [],
      );
      return query(
        orm.em.fork(),
        sql`SELECT aggregatetype AS topic, aggregateid AS id, version::int,
                   aggregatetype = ANY(${personal}) AS "isPersonal"
            FROM events.outbox_head WHERE aggregatetype = ANY(${topics}) AND aggregateid = ANY(${ids})`,
      );
    }),
    route('shown', async ({ body }) => {
      const { aggregates } = Aggregates.parse(body);
      const wanted = aggregates.flatMap(({ topic, id }) =>
        projections
          .filter(({ aggregate }) => aggregate.topic === topic)
          .map(({ consumer }) => ({ projection: consumer.name, topic, id })),
      );
      return query(
        orm.em.fork(),
        sql`SELECT wanted.*, coalesce(head.version, 0)::int AS version
            FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS wanted(projection text, topic text, id text)
            LEFT JOIN events.inbox_head AS head
              ON (consumer, aggregatetype, aggregateid) = (wanted.projection, wanted.topic, wanted.id)`,
      );
    }),
    route('times', async ({ body }) => {
      const { events } = Events.parse(body);
      return query(
        orm.em.fork(),
        sql`WITH told AS (${TOLD})
            SELECT wanted.*, created_at AS at
            FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS wanted(topic text, id text, version int)
            JOIN told ON (aggregatetype, aggregateid, told.version) = (wanted.topic, wanted.id, wanted.version)`,
      );
    }),
  ];
}
