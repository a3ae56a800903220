import { printSubgraphSchema } from '@apollo/subgraph';
import { KafkaBus, PostgresBus, type EventBus } from '@gamegraph/event-bus';
import { IdentityVerifier } from '@gamegraph/identity';
import type { EntityName, MigrationObject, MikroORM } from '@mikro-orm/postgresql';
import type { GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Consumer } from '../events/consumer.js';
import { DeadLetters } from '../events/dead-letters.js';
import { Inbox } from '../events/inbox.js';
import type { Projection } from '../events/projection.js';
import { Reached } from '../events/reached.js';
import { Rebuilds } from '../events/rebuild.js';
import { Relay } from '../events/relay.js';
import type { Source } from '../events/source.js';
import type { GraphContext } from '../graph/viewer.js';
import { createOrm, migrate } from '../store/orm.js';
import { query } from '../store/sql.js';
import { ConfigError, readConfig, SubgraphConfig } from './config.js';
import { listenForFailpoints } from './failpoint.js';
import { freshnessRoutes } from './freshness-routes.js';
import { type Job, Jobs } from './jobs.js';
import { type Announcement, type Announcer, Live } from './live.js';
import { createLog } from './log.js';
import { Metrics } from './metrics.js';
import { positionIn } from './missed.js';
import { deadLetterRoutes, operatorRoutes } from './operator-routes.js';
import { type Route, startServer, TextAnswer } from './server.js';

const STOP_TIMEOUT_MS = 10_000;

const LAG_GAUGES: [name: string, help: string][] = [
  ['inbox_behind_seconds', 'Since the oldest event happened that a consumer has not applied.'],
  ['inbox_behind_events', 'Events that a consumer has not applied.'],
  ['inbox_parked_events', 'Of these, set aside: poison, and what waits.'],
  ['inbox_poison_events', 'Of these, poison.'],
  ['inbox_last_applied_seconds', 'When this process last applied an event, since 1970.'],
];

/** All that makes a subgraph, apart from where it runs. */
export interface SubgraphDefinition<Services extends object = object> {
  /** Lower case, as in the supergraph, on the bus and in `subgraphs/`. */
  name: string;
  schema(): GraphQLSchema;
  entities: EntityName[];
  migrations: MigrationObject[];
  /** The aggregates that this subgraph owns and announces. */
  sources: Source[];
  projections: Projection[];
  /** Consumers that are no projections. */
  consumers: Consumer[];
  announcers: Announcer[];
  /** What resolvers find in their context beside the kit's: made once for each process. */
  services?(parts: SubgraphParts): Promise<Services> | Services;
  jobs?(parts: SubgraphParts, services: Services): Job[];
  routes?(parts: SubgraphParts, services: Services): Route[];
}

export interface SubgraphParts {
  orm: MikroORM;
  log: Logger;
  live: Live;
  env: NodeJS.ProcessEnv;
  now(): Date;
  /** What is called once no requests and jobs run any more, while the database still is there. */
  onStop(stop: () => Promise<unknown>): void;
}

export interface RunningSubgraph {
  url: string;
  orm: MikroORM;
  bus: EventBus;
  /** How many migrations ran at the start. */
  migrated: number;
  stop(): Promise<void>;
}

/** Starts everything in the order of need; stopping goes the other way, and lets work in hand finish. */
export async function startSubgraph<Services extends object>(
  definition: SubgraphDefinition<Services>,
  config: z.infer<typeof SubgraphConfig>,
  {
    env = {},
    now = () => new Date(),
    onStatement,
  }: {
    env?: NodeJS.ProcessEnv;
    now?: () => Date;
    onStatement?: (statement: string) => void;
  } = {},
): Promise<RunningSubgraph> {
  const { name } = definition;
  const log = createLog(name, config.LOG_LEVEL);
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const orm = await createOrm({
      databaseUrl: config.DATABASE_URL,
      entities: definition.entities,
      migrations: definition.migrations,
      onStatement,
    });
    stops.push(() => orm.close());
    const migrated = config.MIGRATE_ON_START ? await migrate(orm) : 0;

    let inbox: Inbox | undefined;
    const bus = connectBus(name, config, log, topics => {
      inbox
        ?.requestHeads(topics)
        .catch((error: unknown) => log.warn({ error }, 'inbox: could not ask for heads'));
    });
    stops.push(() => bus.close());
    const live = new Live({
      subgraph: name,
      databaseUrl: config.DATABASE_URL,
      announcers: definition.announcers,
      log,
    });
    live.start();
    stops.push(() => live.stop());
    const metrics = new Metrics(name);

    const consumers = [
      ...definition.projections.map(({ consumer }) => consumer),
      ...definition.consumers,
    ];
    const ownTopics = definition.sources.map(({ aggregate }) => aggregate.topic);
    const { projections, sources } = definition;
    const rebuilds = new Rebuilds({ subgraph: name, orm, bus, projections, sources, log });
    stops.push(() => rebuilds.stop());
    inbox = new Inbox({
      ...{ subgraph: name, orm, bus, consumers, ownTopics, rebuilds, log },
      consumed(consumer, outcome, lagMs) {
        metrics.events.inc({ consumer, outcome });
        metrics.eventLagSeconds.observe({ consumer }, lagMs / 1000);
      },
    });
    await inbox.start();
    stops.push(() => inbox.stop());
    const relay = new Relay({
      ...{ databaseUrl: config.DATABASE_URL, subgraph: name, bus, log },
      onPublished(envelopes, positions) {
        metrics.published.inc(envelopes.length);
        live.announceEvents(envelopes, positions, orm.em.fork());
      },
    });
    stops.push(() => relay.stop());
    metrics.gauge('outbox_events', 'Events that wait for the relay.', async () => {
      const [{ count }] = (await query<{ count: number }>(
        orm.em.fork(),
        sql`SELECT count(*)::int FROM events.outbox`,
      )) as [{ count: number }];
      return count;
    });

    metrics.gauges('consumer', LAG_GAUGES, async () => {
      const all = await inbox.lagMeter.read(orm.em.fork());
      return new Map(
        all.map(({ consumer, secondsBehind, eventsBehind, parked, poisoned, lastAppliedAt }) => [
          consumer,
          [secondsBehind, eventsBehind, parked, poisoned, Number(lastAppliedAt) / 1000],
        ]),
      );
    });

    const onStop = (step: () => Promise<unknown>) => void stops.push(step);
    const parts = { orm, log, live, env, now, onStop };
    const services = ((await definition.services?.(parts)) ?? {}) as Services;
    const jobs = new Jobs(orm, log, now, [
      rebuilds.job,
      ...(definition.jobs?.(parts, services) ?? []),
    ]);
    stops.push(() => jobs.stop());

    const server = await startServer({
      ...{ host: config.HOST, port: config.PORT, log, metrics },
      schema: definition.schema(),
      reached: new Reached(orm, consumers),
      verifier: new IdentityVerifier(name, config.ROUTER_PUBLIC_KEYS),
      contextOf: ({ viewer, client, awaited }, scope): GraphContext & Services => {
        const em = orm.em.fork();
        const position = awaited && positionIn(awaited.heads, name);
        return {
          ...services,
          ...scope,
          ...{ viewer, client, em, now },
          live: position === undefined ? live : live.resuming(position, orm.em.fork()),
        };
      },
      reportOfEvent: event => live.reportOf(event as Announcement),
      routes: [
        ...healthRoutes(orm, metrics),
        ...operatorRoutes({ orm, sources, projections, inbox, rebuilds }),
        ...deadLetterRoutes(new DeadLetters(orm, inbox)),
        ...freshnessRoutes(orm, sources, projections),
        ...(definition.routes?.(parts, services) ?? []),
      ],
    });
    stops.push(() => server.stop());
    log.info({ url: server.url, migrated }, `${name} serves`);
    return { url: server.url, orm, bus, migrated, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Runs a subgraph as a process: settings from the environment; stops in order on SIGTERM, on Ctrl-C, and when the
 * launcher that started it is gone. Tells a launcher when it is ready, and its SDL.
 */
export async function runSubgraph<Services extends object>(
  definition: SubgraphDefinition<Services>,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  // What the launcher starts it also stops: an interrupt from the terminal reaches both, and the launcher has the order.
  const isLaunched = env.GAMEGRAPH_LAUNCHED === '1';
  listenForFailpoints(env);
  try {
    const running = await startSubgraph(definition, readConfig(SubgraphConfig, env), { env });
    let stopping = false;
    const stop = () => {
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
      void running.stop().then(() => process.exit(0));
    };
    process.on('SIGTERM', stop).on('disconnect', stop);
    process.on('SIGINT', () => isLaunched || stop());
    process.send?.({
      ready: {
        url: running.url,
        migrated: running.migrated,
        sdl: printSubgraphSchema(definition.schema()),
      },
    });
  } catch (error) {
    const told =
      error instanceof ConfigError
        ? error.message
        : error instanceof Error
          ? error.stack
          : String(error);
    process.stderr.write(`${definition.name} did not start. ${told}\n`);
    process.exitCode = 1;
    process.disconnect?.();
  }
}

function connectBus(
  name: string,
  config: z.infer<typeof SubgraphConfig>,
  log: Logger,
  onTopicsMade: (topics: string[]) => void,
): EventBus {
  if (config.KAFKA_BROKERS) {
    return new KafkaBus({
      brokers: config.KAFKA_BROKERS.split(','),
      clientId: `gamegraph-${name}`,
      onTopicsMade,
      log,
    });
  }
  if (config.EVENT_LOG_URL) return new PostgresBus({ url: config.EVENT_LOG_URL, log });
  throw new ConfigError(
    'Set KAFKA_BROKERS (Apache Kafka) or EVENT_LOG_URL (the log in PostgreSQL): events need a bus.',
  );
}

function healthRoutes(orm: MikroORM, metrics: Metrics): Route[] {
  return [
    { method: 'GET', path: '/livez', access: 'open', answer: async () => ({ status: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      access: 'open',
      async answer() {
        await query(orm.em.fork(), sql`SELECT 1`);
        return { status: 'ok' };
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      access: 'open',
      answer: async () =>
        new TextAnswer(await metrics.registry.metrics(), metrics.registry.contentType),
    },
  ];
}
