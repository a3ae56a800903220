import type { Viewer } from '@gamegraph/identity';
import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { LRUCache } from 'lru-cache';
import type { RouterConfig } from '../config/schema.js';

const TOKENS_REMEMBERED = 10_000;
const TOKENS_REMEMBERED_MS = 5 * 60_000; // so that a key that is withdrawn ends what it has signed
const TOKEN_LENGTH_MAX = 8_192;
const TOKEN_AGE_S_MAX = 24 * 60 * 60; // longer is no access token's life
/** jose's codes for keys that could not be had, or are no keys. */
const KEYS_FAULTS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

/** Somebody who is logged in, as their token tells of them. */
export interface TokenViewer extends Viewer {
  /** What `@policy` may ask for. Subgraphs are not told. */
  policies: ReadonlySet<string>;
}

/** Who sends a request, as far as the router knows. */
export interface Principal {
  viewer: TokenViewer | undefined;
  /** Equal for principals to whom every answer is the same. */
  scope: string;
  /** When their token ends; what is still open then is closed. */
  expiresAtMs: number | undefined;
  issuedAtMs: number;
}

export const NOBODY: Principal = {
  ...{ viewer: undefined, scope: '' },
  ...{ expiresAtMs: undefined, issuedAtMs: 0 },
};

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

type Settings = Pick<RouterConfig['authentication'], 'issuers' | 'clockLeewayS'>;

/** One whose tokens are believed, and its keys. */
type Issuer = Settings['issuers'][number] & { keys: JWTVerifyGetKey };

/** Checks access tokens: JWTs (RFC 9068) that an issuer has signed with one of the keys that it publishes. */
export class Authenticator {
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #clockLeewayS: number;
  /** A signature takes 100 µs to check, and clients send the same token again and again. */
  readonly #known = new LRUCache<string, Principal>({
    max: TOKENS_REMEMBERED,
    ttl: TOKENS_REMEMBERED_MS,
    ttlResolution: 1_000,
  });

  constructor({ issuers, clockLeewayS }: Settings) {
    this.#clockLeewayS = clockLeewayS;
    this.#issuers = new Map(
      issuers.map(issuer => {
        // A key that is not known is looked for at most every few seconds; known ones are kept for ten minutes.
        const keys = createRemoteJWKSet(new URL(issuer.jwksUrl), { cooldownDuration: 5_000 });
        return [issuer.issuer, { ...issuer, keys }];
      }),
    );
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
    const issuer = this.#issuerOf(token);
    const principal = this.#principalOf(await this.#verify(token, issuer), issuer);
    this.#known.set(token, principal);
    return principal;
  }

  /** Whose token it claims to be; only that one's keys are tried. */
  #issuerOf(token: string): Issuer {
    try {
      const issuer = this.#issuers.get(decodeJwt(token).iss ?? '');
      if (issuer) return issuer;
    } catch {
      // It is no token at all.
    }
    throw new BadToken();
  }

  async #verify(token: string, issuer: Issuer): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, issuer.keys, {
        algorithms: issuer.algorithms,
        typ: issuer.tokenType,
        issuer: issuer.issuer,
        audience: issuer.audience,
        clockTolerance: this.#clockLeewayS,
        maxTokenAge: TOKEN_AGE_S_MAX,
        requiredClaims: ['sub', 'exp', 'iat'],
      });
      return payload;
    } catch (cause) {
      const isTokensFault = cause instanceof errors.JOSEError && !KEYS_FAULTS.has(cause.code);
      if (isTokensFault) throw new BadToken(undefined, { cause });
      throw new KeysUnavailable(undefined, { cause });
    }
  }

  #principalOf(payload: JWTPayload, { scopesClaim, policiesClaim }: Issuer): Principal {
    const { sub, sid, exp, iat } = payload;
    if (typeof sub !== 'string' || sub === '' || !Number.isSafeInteger(exp! * 1000))
      throw new BadToken();
    const permissions = namesOf(payload[scopesClaim]);
    const policies = namesOf(payload[policiesClaim]);
    const viewer = {
      userId: sub,
      sessionId: typeof sid === 'string' ? sid : '',
      permissions: new Set(permissions),
      policies: new Set(policies),
    };
    return {
      viewer,
      // The session belongs to it: some answers tell which one asks.
      scope: JSON.stringify([viewer.userId, viewer.sessionId, permissions.sort(), policies.sort()]),
      expiresAtMs: (exp! + this.#clockLeewayS) * 1000,
      issuedAtMs: iat! * 1000,
    };
  }
}

/** Names in a claim: a list of them, or one text with spaces between (RFC 8693, 4.2). */
function namesOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter(name => typeof name === 'string') : [];
}
