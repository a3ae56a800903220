import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { LoadGuard } from './admission/load-guard.js';
import { networkOf, RateLimits } from './admission/rate-limits.js';
import { Caches } from './cache/caches.js';
import { EventFollower } from './cache/event-follower.js';
import { readChanges } from './cache/invalidation-handler.js';
import type { ConfigFile } from './config/config-file.js';
import type { RouterConfig } from './config/schema.js';
import { Consistencies, TOKEN_HEADER } from './consistency/consistency.js';
import { Core } from './core.js';
import { bears } from './http/bearer-token.js';
import { readExamples } from './http/examples.js';
import { handleGraphQL } from './http/graphql-handler.js';
import { HealthCheck, healthPage } from './http/health.js';
import { toldOf } from './http/http-error.js';
import { Metrics } from './http/metrics.js';
import { authorizationOf, RequestContexts } from './http/request-context.js';
import { StaticFiles } from './http/static-files.js';
import { cutUnread } from './http/unread.js';
import { Revocations } from './identity/revocations.js';
import type { OperationSettings } from './operation/operations.js';
import { PersistedDocuments } from './operation/persisted-documents.js';
import { Subgraphs } from './subgraph/subgraphs.js';
import { Upstream } from './subscription/upstream.js';
import { SupergraphFile } from './supergraph/supergraph-file.js';
import type { Tracing } from './telemetry/tracing.js';
import { EventStreams } from './transport/event-stream.js';
import { WebSocketTransport } from './transport/websocket.js';
import { Alone, type Team } from './workers/team.js';

const GRAPHQL_PATH = '/graphql';
const INVALIDATION_PATH = '/invalidate';
const EXPLORER_PATH = '/explorer';
const DRAIN_TIMEOUT_MS = 5_000;
/** What scripts of pages may read of a response, beside its body. */
const EXPOSED_HEADERS = `x-request-id, ${TOKEN_HEADER}, server-timing, ratelimit, ratelimit-policy, retry-after`;
const HEADERS_TIMEOUT_MS = 10_000;
const SLOW_CHECK_INTERVAL_MS = 5_000;
const LISTENERS_MAX = 200_000;
const TOPICS_MAX = 50_000;

export interface RunningRouter {
  url: string;
  stop(): Promise<void>;
}

/** Starts a router. Stopping it lets requests in work finish, and sends open sockets elsewhere. */
export async function startRouter(
  settings: ConfigFile,
  log: Logger,
  team: Team = new Alone(),
): Promise<RunningRouter> {
  let { config } = settings;
  const metrics = new Metrics();
  const file = await SupergraphFile.open(config.supergraph, log);
  const revocations = new Revocations(log);
  await revocations.use(config);
  const contexts = new RequestContexts(config, revocations);
  /** This process' part of what is too frequent to be counted together. */
  const partOf = (total: number) => Math.ceil(total / team.state.wanted);
  const loadOf = ({ limits }: RouterConfig) => ({
    ...limits,
    requests: partOf(limits.requests),
  });
  const load = new LoadGuard(loadOf(config));
  const openLimits = (of: RouterConfig) =>
    RateLimits.open(of.rateLimits, log, team.worker !== undefined);
  let rateLimits = await openLimits(config);
  const subgraphs = new Subgraphs(file.supergraph, config.subgraphs, metrics, log);
  const caches = new Caches(file.supergraph, config.cache, subgraphs.fetch);
  const events = EventFollower.start(config.cache, caches, log);
  const upstream = new Upstream({
    urlOf: subgraphs.urlOf,
    connectionParams: subgraphs.connectionParams,
    reconnects: () => config.subgraphs.reconnects,
    log,
  });
  const tracing = await tracingOf(config);
  const documents = new PersistedDocuments(config.persistedDocuments, log);
  let consistencies = consistenciesOf(config);
  const core = new Core({
    supergraph: file.supergraph,
    documents,
    ...operationSettingsOf(config),
    fetch: caches.fetch,
    caches,
    extensions: subgraphs.extensions,
    upstream,
    maxTopics: TOPICS_MAX,
    maxListeners: LISTENERS_MAX,
    rateLimits: () => rateLimits,
    consistencies: () => consistencies,
    tracing,
    tellChange: team.tellChange,
    onPrepared: seconds => metrics.prepareSeconds.observe(seconds),
    log,
  });
  const apply = () => {
    subgraphs.use(file.supergraph, config.subgraphs);
    caches.use(file.supergraph, config.cache);
    core
      .swap(file.supergraph, operationSettingsOf(config))
      .catch((error: unknown) =>
        log.error({ error }, 'the new supergraph could not be taken over'),
      );
  };
  file.watch(outcome => {
    metrics.reloads.inc({ what: 'supergraph', outcome });
    if (outcome === 'loaded') apply();
  });
  documents.watch(outcome => metrics.reloads.inc({ what: 'manifests', outcome }));
  settings.watch(log, (outcome, next) => {
    metrics.reloads.inc({ what: 'settings', outcome });
    if (outcome === 'refused') return;
    contexts.use(next);
    load.use(loadOf(next));
    if (!isDeepStrictEqual(next.rateLimits, config.rateLimits)) {
      void openLimits(next).then(opened => {
        rateLimits?.close();
        rateLimits = opened;
      });
    }
    if (!isDeepStrictEqual(next.persistedDocuments, config.persistedDocuments))
      documents.use(next.persistedDocuments);
    if (
      !isDeepStrictEqual(next.authentication, config.authentication) ||
      !isDeepStrictEqual(next.subgraphs.signingKey, config.subgraphs.signingKey)
    )
      void revocations.use(next);
    config = next;
    consistencies = consistenciesOf(config);
    log.level = config.log.level;
    apply();
  });

  let isDraining = false;
  const sockets = new WebSocketTransport({
    core,
    path: GRAPHQL_PATH,
    contextOf: (request, params) => contexts.read(request, authorizationOf(request, params)),
    whenOver: contexts.whenOver,
    frameBytesMax: config.limits.frameBytes,
    limits: () => config.limits,
    team,
    networkOf: request => networkOf(contexts.addressOf(request)) ?? '',
    initTimeoutMs: 3_000,
    pingIntervalMs: config.heartbeats.webSocketMs,
    isAllowedOrigin: (origin, host) => isAllowedOrigin(config.cors.origins, origin, host),
    log,
  });
  const streams = new EventStreams(
    () => config.limits.sockets,
    team,
    contexts.whenOver,
    config.heartbeats,
  );
  metrics.gauge('router_streams', 'Subscriptions over HTTP.', () => streams.count);
  metrics.gauge('router_sockets', 'WebSocket connections that are open.', () => sockets.count);
  metrics.gauge('router_topics', 'Subscriptions upstream.', () => core.hub.counts.topics);
  metrics.gauge(
    'router_subscriptions',
    'Subscriptions of clients.',
    () => core.hub.counts.listeners,
  );

  metrics.gauge(
    'router_revocations',
    'Sessions and users whose tokens are refused.',
    () => revocations.count,
    'max',
  );
  metrics.gauge(
    'router_revocations_age_seconds',
    'For how long revoked tokens could not be asked for.',
    () => revocations.ageS,
    'max',
  );

  metrics.gauge('router_requests', 'Requests over HTTP in work.', () => load.requests);
  metrics.gauge('router_operations', 'Operations remembered.', () => core.cacheCounts.size);
  metrics.counters(
    'router_operation_lookups_total',
    'How often an operation was known, or had to be planned.',
    'outcome',
    () => Object.entries({ hit: core.cacheCounts.hits, miss: core.cacheCounts.misses }),
  );
  metrics.gauges('router_info', 'What is served, and by how many processes.', 'supergraph', () => [
    [core.supergraph.hash, 1],
  ]);
  metrics.gauges('router_cache_bytes', 'What is kept, about.', 'cache', () =>
    Object.entries(caches.figures).map(([name, { bytes }]) => [name, bytes]),
  );
  for (const cache of ['responses', 'entities'] as const) {
    metrics.counters(
      `router_cache_${cache}_total`,
      'How often one was kept, or not.',
      'outcome',
      () => Object.entries(caches.figures[cache].counts),
    );
  }
  const health = new HealthCheck(() => subgraphs.names, subgraphs.answers, subgraphs.lag);
  const tellHealth = async (request: IncomingMessage, response: ServerResponse) => {
    const told = await health.read(isDraining, core.supergraph.hash);
    const { serving, wanted } = team.state;
    if (team.worker !== undefined) told.workers = { serving, wanted };
    if (mayReadMetrics(request, config.metrics.token))
      told.consumers = await health.readConsumers();
    const status = isDraining ? 503 : 200;
    if (!request.headers.accept?.includes('text/html')) return sendJson(response, status, told);
    sendText(response, status, healthPage(told), 'text/html; charset=utf-8');
  };

  const tellReady = (response: ServerResponse) => {
    const status = isDraining ? 'draining' : team.state.isReady ? 'ok' : 'starting';
    sendJson(response, status === 'ok' ? 200 : 503, { status });
  };
  const tellLive = (response: ServerResponse) =>
    sendJson(response, 200, { status: 'ok', worker: team.worker });

  const explorer = config.explorer.directory
    ? new StaticFiles(config.explorer.directory)
    : undefined;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = request.rawHeaders.length / 2;
    if (headers > config.limits.headers) {
      response.setHeader('connection', 'close');
      return sendErrors(
        response,
        431,
        'BAD_REQUEST',
        `A request has at most ${config.limits.headers} headers; this one has ${headers}.`,
      );
    }
    const url = URL.parse(request.url ?? '/', 'http://router');
    if (!url) return sendErrors(response, 400, 'BAD_REQUEST', 'The request has no path.');
    response.setHeader('x-content-type-options', 'nosniff');
    if (answeredForOrigin(config.cors.origins, request, response)) return; // a preflight
    if (url.pathname === GRAPHQL_PATH) {
      if (!load.enter()) {
        response.setHeader('retry-after', '1').setHeader('connection', 'close');
        return sendErrors(response, 503, 'RATE_LIMITED', 'This router has too much to do now.');
      }
      const began = performance.now();
      let kind: string | undefined;
      try {
        kind = await handleGraphQL(request, response, url, {
          core,
          bodyBytesMax: config.limits.bodyBytes,
          uploads: config.uploads,
          contextOf: incoming => contexts.read(incoming),
          isDraining: () => isDraining,
          streams,
        });
      } finally {
        load.leave();
      }
      cutUnread(response);
      const seconds = (performance.now() - began) / 1000;
      const labels = { kind: kind ?? 'none', status: String(response.statusCode) };
      metrics.requestSeconds.observe(labels, seconds);
      return;
    }
    const { token } = config.cache.invalidation;
    if (url.pathname === INVALIDATION_PATH && request.method === 'POST' && token !== undefined) {
      if (!bears(request, token)) {
        const message = 'This needs the bearer token that `cache.invalidation.token` sets.';
        return sendErrors(response, 401, 'UNAUTHENTICATED', message);
      }
      await core.changes({ entities: await readChanges(request, config.limits.bodyBytes) });
      return void response.writeHead(204).end();
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendText(response, 405, 'Only GET.');
    switch (url.pathname) {
      case '/':
        return redirect(response, explorer ? EXPLORER_PATH : GRAPHQL_PATH);
      case '/livez':
        return tellLive(response);
      case '/health':
        if (url.searchParams.has('live')) return tellLive(response);
        if (!url.searchParams.has('ready')) return tellHealth(request, response);
        return tellReady(response);
      case '/readyz':
        return url.searchParams.has('verbose')
          ? tellHealth(request, response)
          : tellReady(response);
      case '/metrics':
        if (!mayReadMetrics(request, config.metrics.token)) break;
        return sendText(
          response,
          200,
          await metrics.text(team.figures && (await team.figures())),
          metrics.registry.contentType,
        );
      case `${EXPLORER_PATH}/examples.json`:
        if (!explorer || !config.explorer.examplesDirectory) break;
        return sendJson(response, 200, await readExamples(config.explorer.examplesDirectory));
    }
    if (explorer && url.pathname === EXPLORER_PATH) return redirect(response, `${EXPLORER_PATH}/`);
    if (explorer && url.pathname.startsWith(`${EXPLORER_PATH}/`)) {
      if (await explorer.serve(request, response, url.pathname.slice(EXPLORER_PATH.length + 1)))
        return;
    }
    sendText(response, 404, 'There is nothing here. GraphQL is at /graphql.');
  };

  const { receiveTimeoutMs } = config.limits;
  const http = createServer(
    {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, receiveTimeoutMs),
      requestTimeout: receiveTimeoutMs,
      // Node looks every 30 s, unless told otherwise.
      connectionsCheckingInterval: Math.min(SLOW_CHECK_INTERVAL_MS, receiveTimeoutMs / 2),
      keepAliveTimeout: 65_000,
      maxHeaderSize: config.limits.headerBytes,
    },
    (request, response) => {
      respond(request, response).catch((error: unknown) => {
        const [status, code, message] = toldOf(error);
        if (status === 500) log.error({ error, path: request.url }, 'a request failed');
        if (response.headersSent) return void response.destroy();
        sendErrors(response, status, code, message);
      });
    },
  );
  http.maxConnections = partOf(config.limits.connections);
  sockets.attach(http);
  await team.join({
    changed: change => core.changed(change),
    figures: () => metrics.registry.getMetricsAsJSON(),
  });
  await listen(http, config.listen, team);
  const { port } = http.address() as AddressInfo;

  return {
    url: `http://${config.listen.host}:${port}${GRAPHQL_PATH}`,
    async stop() {
      isDraining = true;
      file.close();
      settings.close();
      documents.close();
      revocations.close();
      core.hub.drain();
      const closed = new Promise(resolve => http.close(resolve));
      const spreadMs = Math.min(DRAIN_TIMEOUT_MS, (sockets.count + streams.count) * 2);
      await Promise.all([sockets.drain(spreadMs), streams.drain(spreadMs)]);
      http.closeIdleConnections();
      const cut = setTimeout(() => http.closeAllConnections(), DRAIN_TIMEOUT_MS);
      await closed;
      clearTimeout(cut);
      core.hub.close();
      load.close();
      rateLimits?.close();
      await events?.stop();
      await tracing?.close();
      await upstream.close();
      subgraphs.close();
    },
  };
}

/** Together with other processes, where the system lets several listen on one port; else Node hands connections on. */
async function listen(http: Server, { port, host }: RouterConfig['listen'], team: Team) {
  const attempt = (options: ListenOptions) =>
    new Promise<void>((resolve, reject) => {
      http.once('error', reject).listen({ host, ...options }, () => {
        http.off('error', reject);
        resolve();
      });
    });
  if (team.worker === undefined) return attempt({ port });
  try {
    await attempt({ port: team.port ?? port, reusePort: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTSUP') throw error;
    await attempt({ port });
  }
}

/** The libraries for traces are loaded where traces are made, and nowhere else. */
async function tracingOf({ telemetry }: RouterConfig): Promise<Tracing | undefined> {
  if (telemetry.otlpEndpoint === undefined) return undefined;
  const loaded = await import('./telemetry/tracing.js');
  return new loaded.Tracing(telemetry, telemetry.otlpEndpoint);
}

function consistenciesOf({ consistency, subgraphs }: RouterConfig): Consistencies | undefined {
  const { signingKey } = subgraphs;
  return signingKey && new Consistencies(signingKey, consistency);
}

function operationSettingsOf({
  limits,
  introspection,
  operations,
}: RouterConfig): OperationSettings & { requestTimeoutMs: number; shareInFlight: boolean } {
  const { operation, requestTimeoutMs } = limits;
  return { limits: operation, introspection, ...operations, requestTimeoutMs };
}

/** Which pages of other sites may read this router's answers, and connect to it (CORS). */
function isAllowedOrigin(allowed: string[], origin: string, host: string | undefined): boolean {
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host; // its own explorer
}

/** Says to a page of another site what it may do. Returns whether it only asked that (a preflight), and is answered. */
function answeredForOrigin(
  allowed: string[],
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { origin, host } = request.headers;
  if (origin !== undefined && isAllowedOrigin(allowed, origin, host)) {
    // Tokens travel in a header, never in a cookie: no page needs `credentials`, so none gets them.
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
    response.setHeader('vary', 'origin');
  }
  if (request.method !== 'OPTIONS') return false;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  const wanted = request.headers['access-control-request-headers'];
  if (wanted) response.setHeader('access-control-allow-headers', wanted);
  response.setHeader('access-control-max-age', '86400');
  response.writeHead(204).end();
  return true;
}

/** With the token, or from this machine itself and not through a proxy on it. */
function mayReadMetrics(request: IncomingMessage, token: string | undefined): boolean {
  if (token !== undefined) return bears(request, token);
  const { headers, socket } = request;
  const isLocal = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(socket.remoteAddress ?? '');
  return isLocal && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}

function sendErrors(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { errors: [{ message, extensions: { code } }] });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON.stringify(body), 'application/json; charset=utf-8');
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(text);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}
