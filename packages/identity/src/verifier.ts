import { type CryptoKey, importJWK, type JWK, jwtVerify } from 'jose';
import { type Claims, digestOf, type Identity, ISSUER } from './identity.js';

const LIFETIME_S_MAX = 60;
const CLOCK_LEEWAY_S = 30;

/** The request is not a router's, or not as the router sent it. */
export class Unproven extends Error {
  override name = 'Unproven';
  override message = 'This port is for the router; ask it instead.';
}

/**
 * Believes only what a router has signed: about this very request, to this subgraph, a moment ago, and once. The
 * network is no proof of anything.
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
   * @param about what the token must be about, as in `IdentitySigner.sign`
   * @throws Unproven
   */
  async verify(token: string | undefined, about: string | Buffer): Promise<Identity> {
    const claims = await this.#claims(token ?? '').catch((cause: unknown) => {
      throw new Unproven(undefined, { cause });
    });
    if (claims.about !== digestOf(about) || !this.#isFirst(claims)) throw new Unproven();
    const { sub, sid = '', scope, client = {}, operator = false, awaited } = claims;
    const permissions = new Set(scope ? scope.split(' ') : []);
    return {
      viewer: sub ? { userId: sub, sessionId: sid, permissions } : undefined,
      client,
      isOperator: operator,
      ...(awaited && { awaited }),
    };
  }

  async #claims(token: string): Promise<Claims> {
    const keyOf = async ({ kid = '' }: { kid?: string }) => {
      const key = await this.#keys.get(kid);
      if (!key) throw new Unproven();
      return key;
    };
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms: ['EdDSA'],
      audience: this.#subgraph,
      issuer: ISSUER,
      clockTolerance: CLOCK_LEEWAY_S,
      maxTokenAge: LIFETIME_S_MAX,
      requiredClaims: ['exp', 'jti', 'about'],
    });
    return payload as unknown as Claims;
  }

  #isFirst({ jti, exp }: Claims): boolean {
    const nowS = Date.now() / 1000;
    // Insertion order is nearly that of expiry, so forgetting from the front keeps this small at no cost.
    for (const [id, forgetAt] of this.#seen) {
      if (forgetAt > nowS) break;
      this.#seen.delete(id);
    }
    if (this.#seen.has(jti)) return false;
    this.#seen.set(jti, exp + CLOCK_LEEWAY_S);
    return true;
  }
}
