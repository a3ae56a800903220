import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import type { JWK } from 'jose';
import { type Claims, digestOf, type Identity, ISSUER } from './identity.js';

const LIFETIME_S = 30;

/** Signs the router's word about a request. Once for each request: it is good for this one, and for seconds. */
export class IdentitySigner {
  readonly #key: KeyObject;
  readonly #header: string;

  /** @param privateKey an Ed25519 key as a JSON Web Key, with a `kid` */
  constructor(privateKey: JWK) {
    this.#key = createPrivateKey({ key: privateKey, format: 'jwk' });
    this.#header = encode({ alg: 'EdDSA', kid: privateKey.kid, typ: 'JWT' });
  }

  /** @param about the body's bytes, or the path of a request without one */
  sign(
    subgraph: string,
    about: string | Buffer,
    { viewer, client, isOperator, awaited }: Identity,
  ): string {
    const issuedAt = Math.floor(Date.now() / 1000);
    const claims: Claims = {
      iss: ISSUER,
      aud: subgraph,
      iat: issuedAt,
      exp: issuedAt + LIFETIME_S,
      jti: randomUUID(),
      about: digestOf(about),
      ...(viewer && {
        sub: viewer.userId,
        sid: viewer.sessionId,
        scope: [...viewer.permissions].join(' '),
      }),
      client,
      ...(isOperator && { operator: true }),
      ...(awaited && { awaited }),
    };
    // By hand, not with jose: this is on the path of every fetch, and needs one signature and no promise.
    const text = `${this.#header}.${encode(claims)}`;
    return `${text}.${sign(null, Buffer.from(text), this.#key).toString('base64url')}`;
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
