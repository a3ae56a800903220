import { isIP } from 'node:net';
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../operation/limits.js';

const whole = (defaultValue: number, description: string, environment?: string) =>
  z
    .int()
    .positive()
    .default(defaultValue)
    .meta({ description, ...(environment && { environment }) });

const section = <Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) =>
  z
    .strictObject(shape)
    .prefault({} as never)
    .meta({ description });

const Rate = z.strictObject({
  operations: z.int().positive().meta({ description: 'How many.' }),
  seconds: z.int().positive().default(60).meta({ description: 'In which time.' }),
});

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const isPrefix =
    bits === undefined || (/^\d{1,3}$/.test(bits) && +bits <= (family === 6 ? 128 : 32));
  return family !== 0 && isPrefix && rest.length === 0;
}

/** Signatures by a private key. With one secret for both sides (HS256), who checks tokens could make them. */
const SIGNATURE_ALGORITHMS = [
  ...(['EdDSA', 'ES256', 'ES384', 'ES512'] as const),
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
];

/** Headers that look like an identity, or belong to one connection, or to the body of the router's own request. */
const NEVER_FORWARDED = new RegExp(
  [
    '^x-(user|role|viewer|account|tenant-user|auth|forwarded|real-ip|client-ip|remote|amzn-oidc|goog-)',
    '^(forwarded|gamegraph-|true-client-ip|cf-connecting-ip|x-request-id|traceparent|tracestate)',
    '^(accept|connection|keep-alive|te|trailer|upgrade|host|expect|proxy-|transfer-|content-|sec-)',
  ].join('|'),
);

/** What holds for answers of which their subgraph does not say it. */
const MaxAge = z.int().min(0);
const Scope = z.enum(['PUBLIC', 'PRIVATE']);

const SigningKey = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
  kid: z.string(),
});

/**
 * Every setting of the router: its place in `router.config.yaml`, what it may be, its default, and the environment
 * variable that overrules the file, where there is one. What is `writeOnly` is never shown. docs/router.md and the JSON
 * schema are made from this.
 */
export const ConfigSchema = z.strictObject({
  supergraph: z.string().min(1).meta({
    description:
      'The file with the supergraph’s SDL. It is watched: a new one is served without a restart.',
    environment: 'SUPERGRAPH',
  }),
  listen: section('Where the router listens. A change needs a restart.', {
    host: z.string().default('127.0.0.1').meta({
      description: 'The address: 0.0.0.0 for all of this machine’s.',
      environment: 'HOST',
    }),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(4_000)
      .meta({ description: 'The port; 0 for any that is free.', environment: 'PORT' }),
    workers: z.int().min(1).max(64).default(1).meta({
      description:
        'Processes that serve on it as one router: as many as it should use cores. `--workers N` overrules it.',
      environment: 'WORKERS',
    }),
  }),
  cors: section('Which pages of other sites may use this router.', {
    origins: z.array(z.string()).default([]).meta({
      description: 'Their origins; `*` for all. The router’s own page always may.',
      environment: 'CORS_ORIGINS',
    }),
  }),
  introspection: z.boolean().default(true).meta({
    description: 'Whether clients may ask for the schema.',
    environment: 'INTROSPECTION',
  }),
  authentication: section('Who is believed to be logged in. Without an issuer, nobody ever is.', {
    issuers: z
      .array(
        z.strictObject({
          issuer: z.string().default('gamegraph').meta({ description: 'The token’s `iss`.' }),
          audience: z.string().default('gamegraph').meta({ description: 'The token’s `aud`.' }),
          jwksUrl: z.url().meta({
            description:
              'Where the issuer publishes its keys (RFC 7517). New ones are taken within seconds, old ones forgotten within a quarter of an hour.',
          }),
          algorithms: z
            .array(z.enum(SIGNATURE_ALGORITHMS))
            .min(1)
            .default(['EdDSA'])
            .meta({ description: 'What it may sign with (RFC 7518).' }),
          tokenType: z.string().default('at+jwt').meta({
            description: 'The token’s `typ`: what tells access tokens from others of the issuer.',
          }),
          scopesClaim: z.string().default('scope').meta({
            description: 'The claim with what the viewer may do, which `@requiresScopes` asks for.',
          }),
          policiesClaim: z.string().default('policies').meta({
            description: 'The claim with the policies that the viewer meets, for `@policy`.',
          }),
        }),
      )
      .refine(list => new Set(list.map(({ issuer }) => issuer)).size === list.length, {
        message: 'Two of the issuers have the same name.',
      })
      .default([])
      .meta({
        description:
          'Those whose access tokens (RFC 9068) are taken. Each may speak for every user. JWKS_URL is short for one, named gamegraph.',
      }),
    clockLeewayS: z.int().min(0).max(300).default(30).meta({
      description: 'How far their clocks may be from this one’s.',
    }),
    revocations: section('Access tokens that are refused before they are old.', {
      url: z.url().optional().meta({
        description:
          'Who is asked for them, and signs that it is the router that asks. Without it, tokens are good until they end.',
        environment: 'REVOCATIONS_URL',
      }),
      audience: z.string().default('users').meta({
        description: 'For whom that is signed: the name of the subgraph that answers.',
      }),
      intervalMs: whole(2_000, 'How long between two times.'),
    }),
  }),
  consistency: section(
    'Consistency tokens: who sends one gets no answer from before the changes that it names. They need `subgraphs.signingKey`.',
    {
      budgetMs: whole(
        250,
        'How long a subgraph waits for events of other subgraphs that the token names, before it answers without them or, where the client is strict, with an error.',
      ),
      tokenLifetimeS: whole(24 * 60 * 60, 'For how long a token is taken.'),
    },
  ),
  headers: section('What becomes of clients’ headers.', {
    forward: z
      .array(
        z
          .string()
          .toLowerCase()
          .regex(/^[\w-]+$/, 'It is no name of a header.')
          .refine(name => !NEVER_FORWARDED.test(name), {
            message: 'Subgraphs would take it for the router’s own word, or for a part of HTTP.',
          }),
      )
      .default([])
      .meta({
        description:
          'Those that go on to subgraphs as they came. None that tells who asks or from where may: that the router says, signed.',
      }),
  }),
  proxies: section('What stands between clients and this router.', {
    trusted: z
      .array(
        z
          .string()
          .refine(isNetwork, { message: 'It is no address, and no network like 10.0.0.0/8.' }),
      )
      .default([])
      .meta({
        description:
          'Addresses and networks whose X-Forwarded-For is believed. Without it, a client’s address is the connection’s.',
      }),
  }),
  subgraphs: section('How subgraphs are asked.', {
    urls: z.record(z.string(), z.url()).default({}).meta({
      description: 'Name of a subgraph -> where it is, when not where the supergraph says.',
      environment: 'SUBGRAPH_URLS',
    }),
    timeoutMs: whole(
      10_000,
      'How long one has, from sending to the last byte.',
      'SUBGRAPH_TIMEOUT_MS',
    ),
    timeoutsMs: z.record(z.string(), z.int().positive()).default({}).meta({
      description: 'Name of a subgraph -> how long that one has.',
    }),
    retry: z.boolean().default(true).meta({
      description: 'Whether what only reads is asked once more when nothing came back.',
    }),
    reconnects: z.int().min(0).default(8).meta({
      description:
        'How often a lost connection for subscriptions is made again, with growing delays, before they end with an error.',
    }),
    breaker: section('When a subgraph that fails is left alone, and its fields are null at once.', {
      failures: whole(20, 'After how many failures in a row.'),
      pauseMs: whole(2_000, 'How long, before one request finds out whether it is back.'),
    }),
    signingKey: SigningKey.optional().meta({
      description:
        'An Ed25519 private key (JWK with `kid`) that signs for subgraphs who asks. Without it they are told nothing.',
      writeOnly: true,
      environment: 'ROUTER_SIGNING_KEY',
    }),
  }),
  uploads: section(
    'Files that come with mutations, by the GraphQL multipart request specification.',
    {
      enabled: z.boolean().default(false).meta({ description: 'Whether they are taken.' }),
      files: whole(3, 'How many come at once.'),
      bytes: whole(10 * 1024 * 1024, 'The body of a request with files. It is held in memory.'),
    },
  ),
  limits: section('What one client may ask at most.', {
    operation: section('The size of an operation, with its fragments spread out.', {
      tokens: whole(DEFAULT_LIMITS.tokens, 'Tokens of the document.'),
      depth: whole(DEFAULT_LIMITS.depth, 'Fields within fields.'),
      aliases: whole(DEFAULT_LIMITS.aliases, 'Aliases.'),
      rootFields: whole(DEFAULT_LIMITS.rootFields, 'Root fields.'),
      directives: whole(DEFAULT_LIMITS.directives, 'Directives.'),
      selections: whole(DEFAULT_LIMITS.selections, 'Fields and fragments: the planner’s work.'),
      cost: z.int().positive().optional().meta({
        description:
          'The cost, by `@cost` and `@listSize`: 1 for an object where the schema says nothing, as often as lists are long. Without it, none is counted.',
      }),
      assumedListSize: whole(
        DEFAULT_LIMITS.assumedListSize,
        'How long a list is taken to be of which the schema says nothing.',
      ),
    }),
    headerBytes: whole(16 * 1024, 'All headers of a request. A change needs a restart.'),
    headers: whole(100, 'How many headers a request has.'),
    receiveTimeoutMs: whole(
      30_000,
      'How long a request may take to arrive; its headers, 10 s at most. A change needs a restart.',
    ),
    connections: whole(50_000, 'Connections that are open at once. A change needs a restart.'),
    requests: whole(10_000, 'Requests over HTTP in work at once; for others it is a 503.'),
    requestTimeoutMs: whole(
      30_000,
      'How long an operation has; subgraphs that have not answered then are given up.',
    ),
    eventLoopDelayMs: z.int().positive().optional().meta({
      description:
        'How late this process may be with its work before requests get a 503. Without it, none is shed.',
    }),
    bodyBytes: whole(256 * 1024, 'The body of a request over HTTP.'),
    frameBytes: whole(64 * 1024, 'A message over WebSocket.'),
    sockets: whole(20_000, 'WebSockets that are open at once, and as many streams over HTTP.'),
    socketsPerAddress: z.int().positive().optional().meta({
      description: 'Of these, from one address, or the /64 of an IPv6 one. Without it, any number.',
    }),
    socketOperations: whole(50, 'Operations in work on one WebSocket.'),
  }),
  heartbeats: section('What goes over quiet connections. A change needs a restart.', {
    webSocketMs: whole(15_000, 'Between pings over a WebSocket; it is cut when one is unanswered.'),
    sseMs: whole(12_000, 'Between comments in a stream of server-sent events.'),
    multipartMs: whole(5_000, 'Between empty parts of a multipart subscription.'),
  }),
  rateLimits: section('How many operations somebody may ask for, over any transport.', {
    user: Rate.optional().meta({ description: 'Of one user. Without it, any number.' }),
    address: Rate.optional().meta({
      description: 'From one address, or the /64 of an IPv6 one. Without it, any number.',
    }),
    redisUrl: z
      .url({ protocol: /^rediss?$/ })
      .optional()
      .meta({
        description:
          'A Redis or Valkey in which all routers count together. Without it, each counts alone.',
        environment: 'REDIS_URL',
      }),
  }),
  operations: section('Operations are prepared once, and remembered.', {
    cacheSize: whole(2_000, 'How many.'),
    shareInFlight: z.boolean().default(true).meta({
      description:
        'Whether those who ask the same query with the same rights while it is in work get its answer.',
    }),
  }),
  cache: section(
    'What is kept of subgraphs’ answers, for as long as their `cache-control` allows. Nothing, unless it is enabled.',
    {
      responses: section('Whole answers to queries.', {
        enabled: z.boolean().default(false).meta({ description: 'Whether they are kept.' }),
        maxBytes: whole(64 * 1024 * 1024, 'How much of them; the least used is dropped.'),
      }),
      entities: section('Entities, one by one, by what is asked of them.', {
        enabled: z.boolean().default(false).meta({ description: 'Whether they are kept.' }),
        maxBytes: whole(64 * 1024 * 1024, 'How much of them; the least used is dropped.'),
      }),
      maxAgeS: MaxAge.default(0).meta({
        description:
          'For how many seconds an answer without `cache-control` is kept; 0: not at all.',
      }),
      scope: Scope.default('PRIVATE').meta({
        description: 'Whether such an answer is for everybody, or for the viewer who asked.',
      }),
      subgraphs: z
        .record(z.string(), z.strictObject({ maxAgeS: MaxAge.optional(), scope: Scope.optional() }))
        .default({})
        .meta({ description: 'Name of a subgraph -> the same for its answers.' }),
      clientsMayBypass: z.boolean().default(false).meta({
        description:
          'Whether a request with `cache-control: no-cache` gets nothing that was kept, and with `no-store` leaves nothing either.',
      }),
      invalidation: section('How it is told that something has changed.', {
        token: z.string().min(16).optional().meta({
          description: 'The bearer token for POST `/invalidate`. Without it, there is none.',
          environment: 'CACHE_INVALIDATION_TOKEN',
          writeOnly: true,
        }),
        kafkaBrokers: z
          .array(z.string().regex(/^[^\s:]+:\d+$/, 'It must be host:port.'))
          .default([])
          .meta({
            description: 'Kafka’s, whose events tell it. A change needs a restart.',
            environment: 'KAFKA_BROKERS',
          }),
        eventLogUrl: z
          .url({ protocol: /^postgres(ql)?$/ })
          .optional()
          .meta({
            description: 'The log of events in PostgreSQL, where there is no Kafka. The same.',
            environment: 'EVENT_LOG_URL',
          }),
        topics: z
          .record(z.string(), z.array(z.string().min(1)))
          .default({})
          .meta({
            description:
              'Topic of events -> types of which one has changed with each event: the one with its subject as id. The same.',
          }),
      }),
    },
  ),
  persistedDocuments: section('Documents that clients send by their id in place of their text.', {
    mode: z.enum(['off', 'log', 'safelist', 'only']).default('off').meta({
      description:
        'off: manifests are not read. log: what is in none runs, and is logged once. safelist: what is in none is refused. only: so is every text.',
    }),
    manifests: z.array(z.string().min(1)).default([]).meta({
      description:
        'Files with trusted documents, as Apollo’s tools write them or Relay’s. They are watched.',
    }),
    publicMaxAgeS: z.int().min(0).default(0).meta({
      description:
        'For how many seconds a CDN may keep what nobody in particular has asked, by GET with the id of a trusted document; 0: not at all.',
    }),
    automatic: section('Automatic persisted queries. There are none with safelist and only.', {
      enabled: z.boolean().default(true).meta({
        description: 'Whether clients may make documents known under their hash.',
      }),
      cacheBytes: whole(8 * 1024 * 1024, 'How much is remembered; the least used is forgotten.'),
    }),
  }),
  explorer: section('The page where people try the API.', {
    directory: z.string().optional().meta({
      description: 'The folder of the page; without it there is none.',
      environment: 'EXPLORER_DIRECTORY',
    }),
    examplesDirectory: z.string().optional().meta({
      description: 'The folder of `*.graphql` files that it offers.',
      environment: 'EXAMPLES_DIRECTORY',
    }),
  }),
  telemetry: section('What can be seen of single requests.', {
    otlpEndpoint: z.url().optional().meta({
      description:
        'Where traces go, by OTLP over HTTP. Without it, none are made. A change needs a restart.',
      environment: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    }),
    serviceName: z.string().default('gamegraph-router').meta({
      description: 'What this router is called there.',
      environment: 'OTEL_SERVICE_NAME',
    }),
    sampleRatio: z.number().min(0).max(1).default(1).meta({
      description:
        'Which part of the requests is traced. One that comes with a `traceparent` is traced when that says so.',
    }),
    expose: z.boolean().default(false).meta({
      description:
        'Whether everybody may ask for the plan, the trace and the cost of a request. Without it, who has `exposeTo` may.',
      environment: 'TELEMETRY_EXPOSE',
    }),
    exposeTo: z.string().default('system:operate').meta({
      description: 'The permission to do so.',
    }),
  }),
  metrics: section('`/metrics`, for Prometheus.', {
    token: z.string().min(16).optional().meta({
      description: 'The bearer token to read them. Without it, only this machine may.',
      environment: 'METRICS_TOKEN',
      writeOnly: true,
    }),
  }),
  log: section('What is written down.', {
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info')
      .meta({ description: 'The least severe that is.', environment: 'LOG_LEVEL' }),
  }),
});

export type RouterConfig = z.output<typeof ConfigSchema>;
export type RouterConfigInput = z.input<typeof ConfigSchema>;
