import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { RouterConfig } from '../config/schema.js';
import type { RequestContext } from '../core.js';
import type { JsonObject } from '../execution/json.js';
import { Authenticator, BadToken, NOBODY, type Principal } from '../identity/authenticator.js';
import type { Revocations } from '../identity/revocations.js';
import { wantsOf } from '../telemetry/request-trace.js';
import { whenExpired } from '../transport/expiry.js';

const REQUEST_ID = /^[\w-]{8,64}$/;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

type Settings = Pick<
  RouterConfig,
  'authentication' | 'cache' | 'headers' | 'proxies' | 'telemetry'
>;

/**
 * Finds out who asks, from where, under which id. Takes nothing on trust but a signed token: other headers that look like
 * an identity (`x-user-id`, `gamegraph-identity`) are never read, and never sent on.
 */
export class RequestContexts {
  #settings!: Settings;
  #authenticator: Authenticator | undefined;
  #proxies: BlockList | undefined;

  constructor(
    settings: Settings,
    private readonly revocations: Revocations,
  ) {
    this.use(settings);
  }

  use(settings: Settings): void {
    const { authentication, proxies } = settings;
    if (!isDeepStrictEqual(authentication, this.#settings?.authentication))
      this.#authenticator =
        authentication.issuers.length > 0 ? new Authenticator(authentication) : undefined;
    this.#proxies = proxies.trusted.length > 0 ? listOf(proxies.trusted) : undefined;
    this.#settings = settings;
  }

  /**
   * @param authorization where another transport than HTTP carries it
   * @throws BadToken, KeysUnavailable
   */
  async read(
    request: IncomingMessage,
    authorization: string | undefined = request.headers.authorization,
  ): Promise<RequestContext> {
    const { 'x-request-id': requestId, traceparent, 'user-agent': userAgent } = request.headers;
    const principal = this.#authenticator
      ? await this.#authenticator.authenticate(authorization)
      : NOBODY;
    if (this.revocations.isRevoked(principal)) throw new BadToken();
    const {
      headers: { forward },
      telemetry: { expose, exposeTo },
      cache: { clientsMayBypass },
    } = this.#settings;
    const maySee = expose || principal.viewer?.permissions.has(exposeTo) === true;
    const forwarded = forward.length > 0 ? pick(request.headers, forward) : undefined;
    return {
      // An answer may depend on what is sent on, so it is for those alone who send the same.
      principal: forwarded
        ? { ...principal, scope: `${principal.scope}${JSON.stringify(forwarded)}` }
        : principal,
      forwarded,
      bypass: clientsMayBypass ? bypassOf(request.headers['cache-control']) : undefined,
      wants: maySee ? wantsOf(request.headers) : undefined,
      client: { address: this.addressOf(request), userAgent },
      requestId:
        typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : randomUUID(),
      traceparent:
        typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined,
    };
  }

  /** Calls back when their token is not valid any more. Returns how to stop waiting for it. */
  readonly whenOver = (principal: Principal, onOver: () => void): (() => void) => {
    const stopWaiting = whenExpired(principal.expiresAtMs, onOver);
    const stopWatching = this.revocations.whenRevoked(principal, onOver);
    return () => {
      stopWaiting();
      stopWatching();
    };
  };

  /** The last address on the way here that is no trusted proxy's: those before it are what somebody says. */
  addressOf({ socket, headers }: IncomingMessage): string | undefined {
    let address = socket.remoteAddress;
    if (!this.#proxies) return address;
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    while (address !== undefined && includes(this.#proxies, address)) {
      const before = hops.pop()?.trim() ?? '';
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  }
}

function bypassOf(cacheControl = ''): RequestContext['bypass'] {
  if (/\bno-store\b/i.test(cacheControl)) return 'no-store';
  return /\bno-cache\b/i.test(cacheControl) ? 'no-cache' : undefined;
}

function listOf(networks: string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string?];
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function includes(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
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
