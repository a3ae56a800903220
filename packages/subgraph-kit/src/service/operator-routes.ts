import { IsolationLevel, type MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { z } from 'zod';
import { DEAD_LETTER_KINDS, type DeadLetters } from '../events/dead-letters.js';
import type { Inbox } from '../events/inbox.js';
import type { Projection } from '../events/projection.js';
import type { Rebuilds } from '../events/rebuild.js';
import { readFirstEvent, readSelection, type Selection, type Source } from '../events/source.js';
import { notFound } from '../graph/errors.js';
import { query } from '../store/sql.js';
import type { Route } from './server.js';

const PAGE_MAX = 1_000;

const Snapshots = z.array(
  z.object({ id: z.uuid(), version: z.number().int(), state: z.looseObject({ id: z.uuid() }) }),
);

const AuditRequest = z.object({
  projection: z.string(),
  snapshots: Snapshots,
  range: z.union([
    z.object({ ids: z.array(z.uuid()) }),
    z.object({ afterId: z.uuid(), uptoId: z.uuid().optional() }),
  ]),
});

const Ids = z
  .string()
  .transform(ids => ids.split(','))
  .pipe(z.array(z.uuid()).max(PAGE_MAX));

const Positions = z.object({
  topic: z.string(),
  positions: z.array(z.object({ id: z.uuid(), version: z.number().int() })).max(PAGE_MAX),
});

const RepairRequest = z.object({
  projection: z.string(),
  snapshots: Snapshots,
  gone: z.array(z.uuid()),
});

const Named = z.object({ projection: z.string() });

const DeadLetterId = z.object({ id: z.string() });

const Discard = DeadLetterId.extend({ reason: z.string().min(1), by: z.string().min(1) });

const DeadLetterSelection = z.object({
  consumer: z.string().optional(),
  kind: z.enum(DEAD_LETTER_KINDS).optional(),
  isDiscarded: z.boolean().optional(),
  after: z.object({ parkedAtUs: z.string().regex(/^\d+$/), id: z.string() }).optional(),
  limit: z.number().int().min(1).max(PAGE_MAX),
});

interface Operated {
  orm: MikroORM;
  sources: Source[];
  projections: Projection[];
  inbox: Inbox;
  rebuilds: Rebuilds;
}

/** What the operator's tools ask of a subgraph: its sources, and its copies of others. */
export function operatorRoutes({ orm, sources, projections, inbox, rebuilds }: Operated): Route[] {
  const projectionOf = (name: string) =>
    projections.find(({ consumer }) => consumer.name === name) ?? throwNotFound('projection');
  const sourceOf = (topic: string | null) =>
    sources.find(({ aggregate }) => aggregate.topic === topic) ?? throwNotFound('source');
  return [
    route('GET', 'sources', async () => sources.map(({ aggregate }) => aggregate.topic)),
    route('GET', 'projections', async () =>
      projections.map(({ consumer, aggregate }) => ({
        name: consumer.name,
        topic: aggregate.topic,
      })),
    ),
    route('GET', 'snapshots', async ({ url: { searchParams } }) =>
      readSelection(orm.em.fork(), sourceOf(searchParams.get('topic')), selectionIn(searchParams)),
    ),
    route('POST', 'first-event', async ({ body }) => {
      const { topic, positions } = Positions.parse(body);
      const event = await readFirstEvent(orm.em.fork(), sourceOf(topic).aggregate.topic, positions);
      return event ? [event] : [];
    }),
    route('POST', 'audit', async ({ body }) => {
      const { projection, snapshots, range } = AuditRequest.parse(body);
      // Rows and the versions that belong to them, from one moment.
      return orm.em
        .fork()
        .transactional(tx => projectionOf(projection).audit(tx, snapshots, range), {
          isolationLevel: IsolationLevel.REPEATABLE_READ,
          readOnly: true,
        });
    }),
    route('POST', 'repair', async ({ body }) => {
      const { projection, snapshots, gone } = RepairRequest.parse(body);
      await rebuilds.takeSnapshots(projection, snapshots);
      await projectionOf(projection).repair(orm.em.fork(), snapshots, gone);
      return {};
    }),
    route('POST', 'audit-totals', async ({ body }) => {
      const { projection, repair } = Named.extend({ repair: z.boolean() }).parse(body);
      return projectionOf(projection).auditTotals(orm.em.fork(), repair);
    }),
    route('POST', 'rebuild', async ({ body }) => {
      const { projection } = Named.parse(body);
      projectionOf(projection);
      return rebuilds.start(projection);
    }),
    route('GET', 'rebuilds', () => rebuilds.progress(orm.em.fork())),
    route('GET', 'lag', () => inbox.lagMeter.read(orm.em.fork())),
    route('GET', 'backlog', async () => {
      const [counts] = await query<{ outbox: number; parked: number; poisoned: number }>(
        orm.em.fork(),
        sql`SELECT (SELECT count(*)::int FROM events.outbox) AS outbox,
                   (SELECT count(*)::int FROM events.inbox_parked) AS parked,
                   (SELECT count(*)::int FROM events.inbox_parked WHERE reason = 'poison') AS poisoned`,
      );
      return { ...counts, lag: await inbox.lag() };
    }),
  ];
}

/** What the operator's tools ask about messages that have had no effect. */
export function deadLetterRoutes(deadLetters: DeadLetters): Route[] {
  return [
    route('POST', 'dead-letters', async ({ body }) =>
      deadLetters.list(DeadLetterSelection.parse(body)),
    ),
    route('POST', 'dead-letters/replay', async ({ body }) => {
      const { id } = DeadLetterId.parse(body);
      const isGone = await deadLetters.replay(id);
      const deadLetter = isGone === false ? await deadLetters.find(id) : undefined;
      return { isGone: isGone ?? null, deadLetter: deadLetter ?? null };
    }),
    route('POST', 'dead-letters/discard', async ({ body }) => {
      const { id, reason, by } = Discard.parse(body);
      return { discarded: (await deadLetters.discard(id, reason, by)) ?? null };
    }),
  ];
}

function route(method: Route['method'], path: string, answer: Route['answer']): Route {
  return { method, path: `/internal/${path}`, access: 'operator', answer };
}

function selectionIn(search: URLSearchParams): Selection {
  const [ids, sample] = [search.get('ids'), search.get('sample')];
  if (ids) return { ids: Ids.parse(ids) };
  if (sample) return { sample: z.coerce.number().int().min(1).max(PAGE_MAX).parse(sample) };
  return { afterId: z.uuid().parse(search.get('afterId')), limit: PAGE_MAX };
}

function throwNotFound(what: string): never {
  throw notFound(what);
}
