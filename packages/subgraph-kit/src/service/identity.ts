import { createHash } from 'node:crypto';
import { type CryptoKey, importJWK, type JWK, jwtVerify } from 'jose';
import { GraphError } from '../graph/errors.js';
import type { Viewer } from '../graph/viewer.js';

/** The header that carries the router's word, beside the request it is about. */
export const IDENTITY_HEADER = 'gamegraph-identity';

const LIFETIME_S_MAX = 60;
const CLOCK_LEEWAY_S = 30;

/** What the router says of a request. */
export interface Identity {
  viewer: Viewer | undefined;
  /** Whether the request is the operator's: audits, repairs, the SDL. */
  isOperator: boolean;
}

/**
 * Believes only what a router has signed, about this very request and this subgraph, a moment ago (EdDSA; RFC 8037).
 * The network is no proof of anything.
 */
export class IdentityVerifier {
  readonly #subgraph: string;
  readonly #keys: Map<string, Promise<CryptoKey | Uint8Array>>;
  readonly #seen = new Map<string, number>(); // token id -> when it may be forgotten

  constructor(subgraph: string, publicKeys: JWK[]) {
    this.#subgraph = subgraph;
    this.#keys = new Map(publicKeys.map(key => [key.kid ?? '', importJWK(key, 'EdDSA')]));
  }

  /**
   * @param body the bytes that the token must be about
   * @throws GraphError UNAUTHENTICATED
   */
  async verify(token: string | undefined, body: string | Buffer): Promise<Identity> {
    if (!token) throw refused();
    try {
      const { payload } = await jwtVerify(
        token,
        header => this.#keys.get(header.kid ?? '') ?? Promise.reject(refused()),
        {
          algorithms: ['EdDSA'],
          audience: this.#subgraph,
          issuer: 'gamegraph-router',
          clockTolerance: CLOCK_LEEWAY_S,
          maxTokenAge: LIFETIME_S_MAX,
          requiredClaims: ['exp', 'jti', 'body'],
        },
      );
      if (payload.body !== digest(body) || !this.#isFirst(payload.jti!, payload.exp!))
        throw refused();
      const { sub, sid, scope } = payload as { sub?: string; sid?: string; scope?: string };
      return {
        isOperator: payload.operator === true,
        viewer: sub
          ? { userId: sub, sessionId: sid ?? '', permissions: new Set(scope?.split(' ') ?? []) }
          : undefined,
      };
    } catch (cause) {
      throw cause instanceof GraphError ? cause : refused();
    }
  }

  #isFirst(tokenId: string, expiresAtS: number): boolean {
    const now = Date.now() / 1000;
    // Insertion order is nearly that of expiry, so forgetting from the front keeps this small at no cost.
    for (const [id, forgetAt] of this.#seen) {
      if (forgetAt > now) break;
      this.#seen.delete(id);
    }
    if (this.#seen.has(tokenId)) return false;
    this.#seen.set(tokenId, expiresAtS + CLOCK_LEEWAY_S);
    return true;
  }
}

function digest(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('base64url');
}

function refused(): GraphError {
  return new GraphError('UNAUTHENTICATED', 'This port is for the router; ask it instead.');
}
