import type { Viewer } from '@gamegraph/identity';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { RouterConfig } from '../config/schema.js';

const TOKENS_REMEMBERED = 10_000;
const TOKEN_LENGTH_MAX = 8_192;
const CLOCK_LEEWAY_S = 30;

/** Who sends a request, as far as the router knows. */
export interface Principal {
  viewer: Viewer | undefined;
  /** Equal for principals to whom every answer is the same. */
  scope: string;
  /** When their token ends; what is still open then is closed. */
  expiresAtMs: number | undefined;
}

export const NOBODY: Principal = { viewer: undefined, scope: '', expiresAtMs: undefined };

/** A token was sent, and is not to be believed. One constant reason: why is nobody's business. */
export class BadToken extends Error {
  override name = 'BadToken';
  override message = 'This access token is not valid, or not any more. Renew it, or log in again.';
}

/** The keys cannot be had now, so no token can be judged. */
export class KeysUnavailable extends Error {
  override name = 'KeysUnavailable';
  override message = 'Tokens cannot be checked at this moment. Try again.';
}

export type AuthenticatorOptions = RouterConfig['authentication']['issuers'][number];

/** Checks access tokens: JWTs (RFC 9068) signed with EdDSA by keys that the issuer publishes. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #keys: JWTVerifyGetKey;
  /** A signature takes 100 µs to check, and clients send the same token again and again. */
  readonly #known = new LRUCache<string, Principal>({ max: TOKENS_REMEMBERED });

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    // A key that is not known is looked for at most every few seconds; known ones are kept for ten minutes.
    this.#keys = createRemoteJWKSet(new URL(options.jwksUrl), { cooldownDuration: 5_000 });
  }

  /**
   * @param authorization `Bearer <token>`; nobody when it is not given
   * @throws BadToken, KeysUnavailable
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined || authorization === '') return NOBODY;
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (!token || token.length > TOKEN_LENGTH_MAX) throw new BadToken();
    const known = this.#known.get(token);
    if (known && known.expiresAtMs! > Date.now()) return known;
    const principal = principalOf(await this.#verify(token));
    this.#known.set(token, principal);
    return principal;
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms: ['EdDSA'],
        typ: 'at+jwt',
        issuer,
        audience,
        clockTolerance: CLOCK_LEEWAY_S,
        requiredClaims: ['sub', 'exp', 'iat'],
      });
      return payload;
    } catch (cause) {
      const isTokensFault =
        cause instanceof errors.JOSEError &&
        !(cause instanceof errors.JWKSTimeout) &&
        cause.code !== 'ERR_JOSE_GENERIC';
      if (isTokensFault) throw new BadToken(undefined, { cause });
      throw new KeysUnavailable(undefined, { cause });
    }
  }
}

function principalOf({ sub, exp, sid, scope }: JWTPayload): Principal {
  const permissions = typeof scope === 'string' && scope !== '' ? scope.split(' ') : [];
  const viewer = {
    userId: sub!,
    sessionId: typeof sid === 'string' ? sid : '',
    permissions: new Set(permissions),
  };
  return {
    viewer,
    // The session belongs to it: some answers tell which one asks.
    scope: JSON.stringify([viewer.userId, viewer.sessionId, permissions.toSorted()]),
    expiresAtMs: (exp! + CLOCK_LEEWAY_S) * 1000,
  };
}
