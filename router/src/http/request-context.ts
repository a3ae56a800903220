import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { RouterConfig } from '../config/schema.js';
import type { RequestContext } from '../core.js';
import type { JsonObject } from '../execution/json.js';
import { type Authenticator, NOBODY } from '../identity/authenticator.js';

const REQUEST_ID = /^[\w-]{8,64}$/;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Who asks, from where, under which id. Takes nothing on trust but a signed token: other headers that look like an
 * identity (`x-user-id`, `gamegraph-identity`) are never read, and never sent on.
 *
 * @param authorization where another transport than HTTP carries it
 * @throws BadToken, KeysUnavailable
 */
export async function readContext(
  request: IncomingMessage,
  authenticator: Authenticator | undefined,
  { headers: { forward } }: Pick<RouterConfig, 'headers'>,
  authorization: string | undefined = request.headers.authorization,
): Promise<RequestContext> {
  const { 'x-request-id': requestId, traceparent, 'user-agent': userAgent } = request.headers;
  const principal = authenticator ? await authenticator.authenticate(authorization) : NOBODY;
  const forwarded = forward.length > 0 ? pick(request.headers, forward) : undefined;
  return {
    // An answer may depend on what is sent on, so it is for those alone who send the same.
    principal: forwarded
      ? { ...principal, scope: `${principal.scope}${JSON.stringify(forwarded)}` }
      : principal,
    forwarded,
    client: { address: request.socket.remoteAddress, userAgent },
    requestId:
      typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : randomUUID(),
    traceparent:
      typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined,
  };
}

function pick(headers: IncomingHttpHeaders, names: string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) picked[name] = String(value);
  }
  return picked;
}

/** The token in the payload of `connection_init`, wherever the client's library puts it; else that of the upgrade. */
export function authorizationOf(request: IncomingMessage, params: JsonObject): string | undefined {
  const headers = (params.headers ?? {}) as JsonObject;
  const candidates = [
    params.authorization,
    params.Authorization,
    headers.authorization,
    headers.Authorization,
    typeof params.token === 'string' && params.token !== '' ? `Bearer ${params.token}` : undefined,
  ];
  const given = candidates.find(candidate => typeof candidate === 'string' && candidate !== '');
  return (given as string | undefined) ?? request.headers.authorization;
}
