import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import {
  IDENTITY_HEADER,
  type Identity,
  type IdentityVerifier,
  subscriptionText,
  Unproven,
} from '@gamegraph/identity';
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  parse,
  type ValidationRule,
  validate,
} from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Reached } from '../events/reached.js';
import { badInput, GraphError, unauthenticated, unreachable } from '../graph/errors.js';
import { formatError } from '../graph/format-error.js';
import type { GraphContext } from '../graph/viewer.js';
import { isUnavailable } from '../store/sql.js';
import { type ConsistencyReport, consistencyReports } from './consistency.js';
import type { Metrics } from './metrics.js';
import { currentScope, runInScope } from './request-scope.js';

const BODY_BYTES_MAX = 4 * 1024 * 1024; // the router sends at most a few thousand representations
const FRAME_BYTES_MAX = 256 * 1024;
const DRAIN_TIMEOUT_MS = 5_000;

/** A path that is not GraphQL. */
export interface Route {
  method: 'GET' | 'POST';
  path: string;
  /** `operator`: only with a router's word that the operator asks. `open`: to whoever reaches the port. */
  access: 'operator' | 'open';
  /** Returns what to send as JSON, or a text with its type. */
  answer(request: RouteRequest): Promise<unknown>;
}

export interface RouteRequest {
  url: URL;
  headers: IncomingHttpHeaders;
  /** The body as it came: what a signature is over. */
  text: string;
  /** The body as JSON; undefined when there is none. */
  body: unknown;
}

/** An answer that is no JSON. */
export class TextAnswer {
  constructor(
    readonly text: string,
    readonly contentType: string,
  ) {}
}

export interface ServerOptions {
  host: string;
  port: number;
  schema: GraphQLSchema;
  verifier: IdentityVerifier;
  contextOf(identity: Identity, scope: { requestId: string; log: Logger }): GraphContext;
  /** What the router is told beside an event of a subscription, which is what its source gave. */
  reportOfEvent(event: unknown): ConsistencyReport | undefined;
  routes: Route[];
  reached: Reached;
  metrics: Metrics;
  log: Logger;
}

/** Serves GraphQL over HTTP and, for subscriptions, over WebSocket, to routers alone. */
export async function startServer(
  options: ServerOptions,
): Promise<{ url: string; stop(): Promise<void> }> {
  const { schema, log } = options;
  const apollo = new ApolloServer<GraphContext>({
    schema,
    introspection: false,
    stopOnTerminationSignals: false,
    csrfPrevention: false, // no browser can name the router's signature
    validationRules: [wellFormedText],
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => formatError(formatted, error, currentScope()?.log ?? log),
    plugins: [ApolloServerPluginInlineTraceDisabled(), consistencyReports],
    logger: log,
  });
  await apollo.start();
  const http = createServer({
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 65_000,
  });
  const sockets = serveSubscriptions(http, options);
  http.on('request', (request, response) => {
    handle(request, response, apollo, options).catch((error: unknown) => {
      if (error instanceof Unproven) return sendError(response, unauthenticated(error.message));
      if (error instanceof GraphError) return sendError(response, error);
      if (isUnavailable(error)) return sendError(response, unreachable());
      log.error({ error, path: request.url }, 'a request failed');
      sendError(response, new GraphError('INTERNAL_SERVER_ERROR', 'Something went wrong here.'));
    });
  });
  await new Promise<void>((resolve, reject) =>
    http.once('error', reject).listen(options.port, options.host, () => resolve()),
  );
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}/graphql`,
    async stop() {
      const closed = new Promise<void>(resolve => http.close(() => resolve()));
      await sockets.dispose();
      http.closeIdleConnections();
      const cut = setTimeout(() => http.closeAllConnections(), DRAIN_TIMEOUT_MS);
      await closed;
      clearTimeout(cut);
      await apollo.stop();
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  apollo: ApolloServer<GraphContext>,
  options: ServerOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://subgraph');
  const requestId = header(request, 'x-request-id') ?? randomUUID();
  const log = options.log.child({ requestId });
  const body = request.method === 'POST' ? await readBody(request) : Buffer.alloc(0);
  if (url.pathname !== '/graphql') return answerRoute(url, request, response, body, options);
  if (request.method !== 'POST')
    throw new GraphError('BAD_USER_INPUT', 'GraphQL is asked by POST here.');

  const identity = await options.verifier.verify(header(request, IDENTITY_HEADER), body);
  const began = performance.now();
  const { awaited } = identity;
  const lagging = awaited ? await options.reached.wait(awaited) : [];
  if (awaited?.isStrict && lagging.length > 0) {
    const names = lagging.map(({ projection }) => projection).join(', ');
    throw new GraphError('CONSISTENCY_TIMEOUT', `${names} did not catch up in time.`, { lagging });
  }
  const traceparent = header(request, 'traceparent');
  const scope = { requestId, log, traceparent, moved: [], lagging };
  await runInScope(scope, async () => {
    const headers = new HeaderMap();
    headers.set('content-type', header(request, 'content-type') ?? '');
    headers.set('accept', 'application/json');
    const { status = 200, ...reply } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers, search: '', body: parseBody(body) },
      context: async () => options.contextOf(identity, scope),
    });
    options.metrics.requestSeconds.observe(
      { outcome: String(status) },
      (performance.now() - began) / 1000,
    );
    if (reply.body.kind !== 'complete')
      throw new Error('An incremental answer was made that nobody asked for.');
    response.writeHead(status, {
      'content-type': reply.headers.get('content-type') ?? 'application/json',
    });
    response.end(reply.body.string);
  });
}

async function answerRoute(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  { routes, verifier }: ServerOptions,
): Promise<void> {
  const route = routes.find(
    ({ method, path }) => path === url.pathname && method === request.method,
  );
  if (!route) return send(response, 404, 'application/json', '{"error":"There is nothing here."}');
  if (route.access === 'operator') {
    const about = route.method === 'GET' ? `${url.pathname}${url.search}` : body;
    const { isOperator } = await verifier.verify(header(request, IDENTITY_HEADER), about);
    if (!isOperator) throw new GraphError('FORBIDDEN', 'This is for the operator.');
  }
  const text = body.toString();
  const answer = await route.answer({
    url,
    headers: request.headers,
    text,
    body: text === '' ? undefined : parseJson(text),
  });
  if (answer instanceof TextAnswer) return send(response, 200, answer.contentType, answer.text);
  send(response, 200, 'application/json', JSON.stringify(answer));
}

/** graphql-ws, with a verified identity in the extensions of each operation: one socket carries those of many viewers. */
function serveSubscriptions(
  http: Server,
  { schema, verifier, contextOf, reportOfEvent, log }: ServerOptions,
) {
  const formatted = (errors: readonly GraphQLError[]) =>
    errors.map(error => formatError(error.toJSON(), error, log) as GraphQLError);
  const sockets = new WebSocketServer({
    server: http,
    path: '/graphql',
    maxPayload: FRAME_BYTES_MAX,
  });
  return useServer(
    {
      async onConnect({ connectionParams }) {
        const token = connectionParams?.[IDENTITY_HEADER];
        await verifier.verify(typeof token === 'string' ? token : undefined, 'connection_init');
        return true;
      },
      async onSubscribe(_, __, { query, operationName, variables, extensions }) {
        const token = extensions?.[IDENTITY_HEADER];
        const about = subscriptionText(query, variables);
        const identity = await verifier.verify(
          typeof token === 'string' ? token : undefined,
          about,
        );
        const requestId =
          typeof extensions?.requestId === 'string' ? extensions.requestId : randomUUID();
        const scope = { requestId, log: log.child({ requestId }) };
        const document = parse(query);
        const errors = validate(schema, document);
        if (errors.length > 0) return errors;
        // Each event gets a context of its own: an EntityManager remembers what it has read.
        const freshContext = () => contextOf(identity, scope);
        return {
          schema,
          document,
          operationName,
          variableValues: variables,
          contextValue: { freshContext, reportOfEvent },
        };
      },
      subscribe: subscribeAfresh,
      execute: args => execute(args),
      onNext: (_, __, ___, ____, { errors, ...result }) =>
        errors && { ...result, errors: formatted(errors) },
      onError: (_, __, ___, errors) => formatted(errors),
    },
    sockets,
  );
}

/** graphql-js's `subscribe`, but that each event is resolved in a new context. */
async function subscribeAfresh(args: ExecutionArgs) {
  const { freshContext, reportOfEvent } = args.contextValue as Pick<
    ServerOptions,
    'reportOfEvent'
  > & {
    freshContext(): GraphContext;
  };
  const source = await createSourceEventStream({ ...args, contextValue: freshContext() });
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  const results: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      const event = await events.next();
      if (event.done) return { value: undefined, done: true };
      const result = await execute({
        ...args,
        rootValue: event.value,
        contextValue: freshContext(),
      });
      const consistency = reportOfEvent(event.value);
      const { isWhole } = Object(event.value) as { isWhole?: boolean };
      const extensions = { ...(consistency && { consistency }), ...(isWhole && { isWhole }) };
      const isPlain = Object.keys(extensions).length === 0;
      return { value: isPlain ? result : { ...result, extensions }, done: false };
    },
    async return() {
      await events.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}

/** Text that PostgreSQL cannot hold, or would change: NUL, and halves of surrogate pairs. */
function wellFormedText(context: Parameters<ValidationRule>[0]): ReturnType<ValidationRule> {
  return {
    StringValue(node) {
      if (isWellFormed(node.value)) return;
      context.reportError(
        new GraphQLError('A text must not contain NUL or half of a surrogate pair.', {
          nodes: node,
        }),
      );
    },
  };
}

function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput('The body is not JSON.');
  }
}

function parseBody(body: Buffer): Record<string, unknown> {
  const parsed = parseJson(body.toString());
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw badInput('The body is not an object.');
  const { variables } = parsed as { variables?: unknown };
  const fault = faultyText(variables, 'variables');
  if (fault) throw badInput(`${fault} must not contain NUL or half of a surrogate pair.`);
  return parsed as Record<string, unknown>;
}

/** The path of the first text that is not well formed. */
function faultyText(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isWellFormed(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const fault = faultyText(inner, `${path}.${key}`);
    if (fault) return fault;
  }
  return undefined;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw badInput(`The body is larger than ${BODY_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const STATUS: Record<string, number> = {
  CONSISTENCY_TIMEOUT: 200,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  SUBGRAPH_UNAVAILABLE: 503,
};

function sendError(response: ServerResponse, { message, extensions }: GraphError): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ errors: [{ message, extensions }] });
  send(response, STATUS[String(extensions.code)] ?? 500, 'application/json', body);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(body);
}
