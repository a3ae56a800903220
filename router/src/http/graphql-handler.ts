import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { consistencyOf, TOKEN_HEADER } from '../consistency/consistency.js';
import {
  type Core,
  type GraphQLParams,
  type Prepared,
  readParams,
  type RequestContext,
  tooOften,
  type Upload,
} from '../core.js';
import { ResponseBody } from '../operation/in-flight.js';
import { asksForText } from '../operation/persisted-documents.js';
import type { Listener } from '../subscription/hub.js';
import { type EventStreams, sendAsStream } from '../transport/event-stream.js';
import { sendAsInstallment, sendInstallments } from '../transport/installments.js';
import { HttpError } from './http-error.js';
import { type Form, formsOf, MEDIA_TYPES } from './negotiation.js';
import { readUpload, type UploadSettings } from './upload.js';

// Any of these makes a browser ask first (CORS) before it sends a request of another site's with the user's cookies.
const PREFLIGHT_HEADERS = [
  'x-apollo-operation-name',
  'apollo-require-preflight',
  'graphql-require-preflight',
];

export interface GraphQLHandlerOptions {
  core: Core;
  bodyBytesMax: number;
  uploads: UploadSettings;
  /** Throws `BadToken` or `KeysUnavailable`. */
  contextOf(request: IncomingMessage): Promise<RequestContext>;
  isDraining(): boolean;
  streams: EventStreams;
}

const VARY = `accept, authorization, origin, ${TOKEN_HEADER}`;

const WHOLE = new Set<Form>(['json', 'graphql', 'sse']);

/**
 * Answers an operation over HTTP: a query or a mutation with one body, a subscription with a stream. Returns which it was.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export async function handleGraphQL(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: GraphQLHandlerOptions,
): Promise<OperationTypeNode | undefined> {
  const forms = formsOf(request.headers.accept);
  // Who takes results as parts of a stream takes one result as such, but likes a plain body better.
  const form = forms.find(each => WHOLE.has(each)) ?? forms[0];
  let kind: OperationTypeNode | undefined;
  try {
    if (!form)
      throw new HttpError(
        406,
        'BAD_REQUEST',
        'Answers are application/graphql-response+json, application/json, text/event-stream, or multipart/mixed with subscriptionSpec=1.0.',
      );
    const { params, uploads } =
      request.method === 'GET'
        ? { params: readQueryString(request, url) }
        : await readPost(request, options);
    const context = { ...(await options.contextOf(request)), uploads };
    response.setHeader('x-request-id', context.requestId);
    const admission = options.core.admit(context);
    const verdict = admission && (await admission);
    for (const name in verdict?.headers) response.setHeader(name, verdict.headers[name]!);
    if (verdict?.retryAfterMs !== undefined) {
      const { message, extensions } = tooOften(verdict);
      throw new HttpError(429, 'RATE_LIMITED', message, {}, extensions);
    }
    params.consistency ??= consistencyOf(request.headers);
    const prepared = options.core.prepare(params, context);
    if ('errors' in prepared) {
      // In plain JSON every well-formed answer is a 200: clients from before the spec throw at anything else.
      const { errors } = prepared;
      const isBad = form === 'graphql' ? !asksForText(errors) : isRequestError(errors);
      const status = isBad ? 400 : 200;
      send(response, status, form, bodyOf({ errors }), options);
      return undefined;
    }
    kind = prepared.operation.kind;
    if (uploads && kind !== 'mutation')
      throw new HttpError(400, 'BAD_REQUEST', 'Files come with a mutation.');
    if (kind === 'subscription') {
      await subscribe(response, forms, prepared, context, options);
      return kind;
    }
    if (kind === 'mutation' && request.method === 'GET') {
      throw new HttpError(405, 'BAD_REQUEST', 'A mutation is sent by POST.', { allow: 'POST' });
    }
    const dialect = forms.find(each => each === 'defer' || each === 'incremental');
    const installments = dialect && options.core.runInInstallments(prepared, context);
    if (installments) {
      await sendInstallments(response, dialect, installments);
      return kind;
    }
    const body = await options.core.run(prepared, context);
    if (context.wants && prepared.trace)
      response.setHeader('server-timing', prepared.trace.serverTiming);
    const { consistency } = prepared;
    if (consistency?.token) response.setHeader(TOKEN_HEADER, consistency.token);
    const isPublic =
      request.method === 'GET' &&
      consistency === undefined &&
      request.headers.authorization === undefined &&
      context.forwarded === undefined &&
      context.wants === undefined;
    const isWhole = !body.json.startsWith('{"errors"');
    const { publicMaxAgeS } = prepared;
    const cacheControl =
      isPublic && isWhole && publicMaxAgeS > 0
        ? `public, max-age=${publicMaxAgeS}`
        : body.cacheControl;
    if (body.keptSinceMs !== undefined)
      response.setHeader('age', Math.floor((performance.now() - body.keptSinceMs) / 1000));
    send(response, 200, form, body, options, cacheControl);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
    const { status, code, message, extensions } = error;
    const body = bodyOf({ errors: [{ message, extensions: { code, ...extensions } }] });
    send(response, status, form === 'graphql' ? form : 'json', body, options);
  }
  return kind;
}

async function subscribe(
  response: ServerResponse,
  forms: Form[],
  prepared: Prepared,
  context: RequestContext,
  { core, streams, isDraining }: GraphQLHandlerOptions,
): Promise<void> {
  const form = forms.find(each => each === 'sse' || each === 'multipart');
  if (!form) {
    const message =
      'The answer to a subscription is a stream: ask for text/event-stream, or multipart/mixed with subscriptionSpec=1.0, or subscribe by WebSocket.';
    throw new HttpError(406, 'BAD_REQUEST', message);
  }
  const listen = (listener: Listener) => core.subscribe(prepared, context, listener);
  if (isDraining() || !(await streams.open(response, form, context.principal, listen))) {
    const message = 'This router takes no more subscriptions now. Try again later.';
    throw new HttpError(503, 'RATE_LIMITED', message, { 'retry-after': '5' });
  }
}

function isRequestError(errors: GraphQLFormattedError[]): boolean {
  return errors.some(({ extensions }) => extensions?.code === 'BAD_REQUEST');
}

function readQueryString(request: IncomingMessage, url: URL): GraphQLParams {
  const { headers } = request;
  const contentType = headers['content-type'];
  // Apollo Client and Flutter's clients name JSON, body or not; no other site can without asking first.
  const namesJson = contentType?.split(';', 1)[0]!.trim().toLowerCase() === 'application/json';
  if (contentType !== undefined && !namesJson) {
    throw new HttpError(400, 'BAD_REQUEST', 'A GET has no body, so it has no Content-Type.');
  }
  if (headers.cookie !== undefined && !namesJson && !isPreflighted(headers))
    throw notPreflighted('A GET with cookies');
  const { searchParams } = url;
  const json = (name: string): unknown => {
    const text = searchParams.get(name);
    if (text === null || text === '') return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new HttpError(400, 'BAD_REQUEST', `\`${name}\` is not JSON.`);
    }
  };
  const operationName = searchParams.get('operationName'); // Flutter's clients spell it out when there is none
  return checked({
    query: searchParams.get('query'),
    documentId: searchParams.get('documentId'),
    operationName: operationName === 'null' ? undefined : operationName || undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  });
}

async function readPost(
  request: IncomingMessage,
  { bodyBytesMax, uploads: settings }: GraphQLHandlerOptions,
): Promise<{ params: GraphQLParams; uploads?: Upload[] }> {
  if (request.method !== 'POST')
    throw new HttpError(405, 'BAD_REQUEST', 'GraphQL is asked by POST or GET.', {
      allow: 'GET, POST',
    });
  if (request.headers['content-encoding'] !== undefined) {
    throw new HttpError(415, 'BAD_REQUEST', 'A compressed body is not taken.');
  }
  const contentType = request.headers['content-type'] ?? '';
  const [mediaType, ...parameters] = contentType.split(';').map(part => part.trim().toLowerCase());
  if (mediaType === 'multipart/form-data' && settings.enabled) {
    if (!isPreflighted(request.headers)) throw notPreflighted('A request with files');
    const { body, uploads } = await readUpload(request, settings, bodyBytesMax);
    return { params: checked(body), uploads };
  }
  // JSON alone: what a form can send, a form on another site can send with the user's cookies.
  if (mediaType !== 'application/json')
    throw new HttpError(415, 'BAD_REQUEST', 'The body must be application/json.');
  const charset = parameters
    .find(parameter => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new HttpError(415, 'BAD_REQUEST', 'The body must be in UTF-8.');
  }
  const text = await readBody(request, bodyBytesMax);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new HttpError(400, 'BAD_REQUEST', 'The body is not JSON.');
  }
  return { params: checked(body) };
}

function isPreflighted(headers: IncomingHttpHeaders): boolean {
  return PREFLIGHT_HEADERS.some(name => headers[name]);
}

function notPreflighted(what: string): HttpError {
  const names = PREFLIGHT_HEADERS.join(', ');
  const message = `${what} needs a header that no other site can send: ${names}.`;
  return new HttpError(400, 'BAD_REQUEST', message);
}

function checked(body: unknown): GraphQLParams {
  const params = readParams(body);
  if ('errors' in params) throw new HttpError(400, 'BAD_REQUEST', params.errors[0]!.message);
  return params;
}

/** By events: an iterator over the stream took as much CPU as parsing what came. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const receive = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= bytesMax) return;
      request.off('data', receive).pause();
      const message = `The body is larger than ${bytesMax} bytes.`;
      reject(new HttpError(413, 'BAD_REQUEST', message, { connection: 'close' }));
    };
    request.on('data', receive);
    request.once('end', () =>
      resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()),
    );
    // The client is gone, or was too slow: that is no fault of the router's.
    const endless = () => reject(new HttpError(400, 'BAD_REQUEST', 'The body has no end.'));
    request.once('error', endless);
    request.once('close', () => request.complete || endless());
  });
}

function bodyOf(answer: object): ResponseBody {
  return new ResponseBody(JSON.stringify(answer));
}

function send(
  response: ServerResponse,
  status: number,
  form: Form,
  body: ResponseBody,
  { isDraining }: GraphQLHandlerOptions,
  cacheControl = 'private, no-store',
): void {
  if (form === 'sse' || form === 'multipart') return sendAsStream(response, form, body.json);
  if (form === 'defer' || form === 'incremental')
    return sendAsInstallment(response, form, body.json);
  const { written } = body;
  response.writeHead(status, {
    'content-type': `${MEDIA_TYPES[form]}; charset=utf-8`,
    'content-length': Buffer.byteLength(written),
    'cache-control': cacheControl,
    vary: VARY,
    ...(isDraining() && { connection: 'close' }),
  });
  response.end(written);
}
