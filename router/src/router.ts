import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IdentitySigner } from '@gamegraph/identity';
import type { Logger } from 'pino';
import type { RouterConfig } from './config.js';
import { Core } from './core.js';
import { readExamples } from './http/examples.js';
import { handleGraphQL } from './http/graphql-handler.js';
import { Metrics } from './http/metrics.js';
import { authorizationOf, readContext } from './http/request-context.js';
import { StaticFiles } from './http/static-files.js';
import { Authenticator, BadToken, KeysUnavailable } from './identity/authenticator.js';
import { Subgraphs } from './subgraph/subgraphs.js';
import { Upstream } from './subscription/upstream.js';
import { SupergraphFile } from './supergraph/supergraph-file.js';
import { EventStreams } from './transport/event-stream.js';
import { WebSocketTransport } from './transport/websocket.js';

const GRAPHQL_PATH = '/graphql';
const EXPLORER_PATH = '/explorer';
const DRAIN_TIMEOUT_MS = 5_000;
const LISTENERS_MAX = 200_000;
const TOPICS_MAX = 50_000;

export interface RunningRouter {
  url: string;
  stop(): Promise<void>;
}

/** Starts a router. Stopping it lets requests in work finish, and sends open sockets elsewhere. */
export async function startRouter(config: RouterConfig, log: Logger): Promise<RunningRouter> {
  const metrics = new Metrics();
  const file = await SupergraphFile.open(config.SUPERGRAPH, log);
  const signer = config.ROUTER_SIGNING_KEY && new IdentitySigner(config.ROUTER_SIGNING_KEY);
  const authenticator =
    config.JWKS_URL === undefined
      ? undefined
      : new Authenticator({
          jwksUrl: config.JWKS_URL,
          issuer: config.TOKEN_ISSUER,
          audience: config.TOKEN_AUDIENCE,
        });
  const subgraphs = new Subgraphs(file.supergraph, {
    urls: config.SUBGRAPH_URLS ?? {},
    timeoutMs: config.SUBGRAPH_TIMEOUT_MS,
    ...{ signer, metrics, log },
  });
  const upstream = new Upstream({
    urls: subgraphs.urls,
    connectionParams: subgraphs.connectionParams,
    log,
  });
  const core = new Core({
    supergraph: file.supergraph,
    limits: {
      tokens: config.OPERATION_TOKENS_MAX,
      depth: config.OPERATION_DEPTH_MAX,
      aliases: config.OPERATION_ALIASES_MAX,
      rootFields: config.OPERATION_ROOT_FIELDS_MAX,
      directives: config.OPERATION_DIRECTIVES_MAX,
    },
    introspection: config.INTROSPECTION,
    cacheSize: config.OPERATION_CACHE_SIZE,
    fetch: subgraphs.fetch,
    extensions: subgraphs.extensions,
    upstream,
    maxTopics: TOPICS_MAX,
    maxListeners: LISTENERS_MAX,
    log,
  });
  file.watch((outcome, supergraph) => {
    metrics.reloads.inc({ outcome });
    if (outcome === 'loaded') core.swap(supergraph);
  });

  let isDraining = false;
  const origins = new OriginPolicy(config.CORS_ORIGINS);
  const sockets = new WebSocketTransport({
    core,
    path: GRAPHQL_PATH,
    contextOf: (request, params) =>
      readContext(request, authenticator, authorizationOf(request, params)),
    frameBytesMax: config.FRAME_BYTES_MAX,
    socketsMax: config.SOCKETS_MAX,
    operationsMax: config.SOCKET_OPERATIONS_MAX,
    initTimeoutMs: 3_000,
    pingIntervalMs: 15_000,
    isAllowedOrigin: (origin, host) => origins.allows(origin, host),
    log,
  });
  const streams = new EventStreams(config.SOCKETS_MAX);
  metrics.gauge('router_streams', 'Subscriptions over HTTP.', () => streams.count);
  metrics.gauge('router_sockets', 'WebSocket connections that are open.', () => sockets.count);
  metrics.gauge('router_topics', 'Subscriptions upstream.', () => core.hub.counts.topics);
  metrics.gauge(
    'router_subscriptions',
    'Subscriptions of clients.',
    () => core.hub.counts.listeners,
  );

  const explorer = config.EXPLORER_DIRECTORY
    ? new StaticFiles(config.EXPLORER_DIRECTORY)
    : undefined;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://router');
    response.setHeader('x-content-type-options', 'nosniff');
    if (!origins.apply(request, response)) return; // a preflight, and answered
    if (url.pathname === GRAPHQL_PATH) {
      const began = performance.now();
      await handleGraphQL(request, response, url, {
        core,
        bodyBytesMax: config.BODY_BYTES_MAX,
        contextOf: incoming => readContext(incoming, authenticator),
        isDraining: () => isDraining,
        streams,
      });
      const seconds = (performance.now() - began) / 1000;
      metrics.requestSeconds.observe({ status: String(response.statusCode) }, seconds);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendText(response, 405, 'Only GET.');
    switch (url.pathname) {
      case '/':
        return redirect(response, explorer ? EXPLORER_PATH : GRAPHQL_PATH);
      case '/livez':
        return sendJson(response, 200, { status: 'ok' });
      case '/readyz':
        return sendJson(response, isDraining ? 503 : 200, {
          status: isDraining ? 'draining' : 'ok',
        });
      case '/metrics':
        if (!mayReadMetrics(request, config.METRICS_TOKEN)) break;
        return sendText(
          response,
          200,
          await metrics.registry.metrics(),
          metrics.registry.contentType,
        );
      case `${EXPLORER_PATH}/examples.json`:
        if (!explorer || !config.EXAMPLES_DIRECTORY) break;
        return sendJson(response, 200, await readExamples(config.EXAMPLES_DIRECTORY));
    }
    if (explorer && url.pathname === EXPLORER_PATH) return redirect(response, `${EXPLORER_PATH}/`);
    if (explorer && url.pathname.startsWith(`${EXPLORER_PATH}/`)) {
      if (await explorer.serve(request, response, url.pathname.slice(EXPLORER_PATH.length + 1)))
        return;
    }
    sendText(response, 404, 'There is nothing here. GraphQL is at /graphql.');
  };

  const http = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      respond(request, response).catch((error: unknown) => {
        if (response.headersSent) return void response.destroy();
        const [status, code, message] = toldOf(error);
        if (status === 500) log.error({ error, path: request.url }, 'a request failed');
        sendJson(response, status, { errors: [{ message, extensions: { code } }] });
      });
    },
  );
  sockets.attach(http);
  await new Promise<void>((resolve, reject) =>
    http.once('error', reject).listen(config.PORT, config.HOST, () => resolve()),
  );
  const { port } = http.address() as AddressInfo;

  return {
    url: `http://${config.HOST}:${port}${GRAPHQL_PATH}`,
    async stop() {
      isDraining = true;
      file.close();
      core.hub.drain();
      const closed = new Promise(resolve => http.close(resolve));
      const spreadMs = Math.min(DRAIN_TIMEOUT_MS, (sockets.count + streams.count) * 2);
      await Promise.all([sockets.drain(spreadMs), streams.drain(spreadMs)]);
      http.closeIdleConnections();
      const cut = setTimeout(() => http.closeAllConnections(), DRAIN_TIMEOUT_MS);
      await closed;
      clearTimeout(cut);
      core.hub.close();
      await upstream.close();
      await subgraphs.close();
    },
  };
}

/** Which pages of other sites may read this router's answers, and connect to it (CORS). */
class OriginPolicy {
  constructor(private readonly allowed: string[]) {}

  allows(origin: string, host: string | undefined): boolean {
    if (this.allowed.includes('*') || this.allowed.includes(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host; // its own explorer
  }

  /** Returns false when the request was a preflight, and is answered. */
  apply(request: IncomingMessage, response: ServerResponse): boolean {
    const { origin, host } = request.headers;
    if (origin !== undefined && this.allows(origin, host)) {
      // Tokens travel in a header, never in a cookie: no page needs `credentials`, so none gets them.
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', 'x-request-id');
      response.setHeader('vary', 'origin');
    }
    if (request.method !== 'OPTIONS') return true;
    response.setHeader('access-control-allow-methods', 'GET, POST');
    const wanted = request.headers['access-control-request-headers'];
    if (wanted) response.setHeader('access-control-allow-headers', wanted);
    response.setHeader('access-control-max-age', '86400');
    response.writeHead(204).end();
    return false;
  }
}

/** With the token, or from this machine itself and not through a proxy on it. */
function mayReadMetrics({ headers, socket }: IncomingMessage, token: string | undefined): boolean {
  if (token !== undefined) {
    const [given, wanted] = [
      Buffer.from(headers.authorization ?? ''),
      Buffer.from(`Bearer ${token}`),
    ];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  const isLocal = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(socket.remoteAddress ?? '');
  return isLocal && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}

function toldOf(error: unknown): [status: number, code: string, message: string] {
  if (error instanceof BadToken) return [401, 'UNAUTHENTICATED', error.message];
  if (error instanceof KeysUnavailable) return [503, 'SUBGRAPH_UNAVAILABLE', error.message];
  return [500, 'INTERNAL_SERVER_ERROR', 'Something went wrong here.'];
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
