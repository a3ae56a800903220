import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Head } from '@gamegraph/identity';
import type { JWK } from 'jose';

const HEADS_MAX = 64;
const LENGTH_MAX = 8 * 1024; // what goes into a header everywhere
const PURPOSE = 'gamegraph consistency token v1';

/** A token that no router of this system has made, or made too long ago. */
export class BadConsistencyToken extends Error {
  override name = 'BadConsistencyToken';
}

/** What a token says: for whom, until when, and which versions. Heads are flat: topic's place, id, version, and so on. */
interface Claims {
  user: string;
  expiresAtS: number;
  topics: string[];
  heads: (string | number)[];
}

/**
 * Makes and reads consistency tokens: what a client needs to say which changes an answer is to include. Nothing is kept
 * of them. The key is derived from the one that signs for subgraphs, which all workers of a router have.
 */
export class ConsistencyTokens {
  readonly #key: Buffer;

  constructor(
    signingKey: JWK,
    private readonly lifetimeS: number,
  ) {
    this.#key = Buffer.from(hkdfSync('sha256', signingKey.d!, '', PURPOSE, 32));
  }

  /** @param heads the oldest first: of too many, the newest are kept */
  make(userId: string | undefined, heads: Head[]): string {
    const kept = heads.slice(-HEADS_MAX);
    const topics = [...new Set(kept.map(({ aggregatetype }) => aggregatetype))];
    const claims: Claims = {
      user: userId ?? '',
      expiresAtS: Math.floor(Date.now() / 1000) + this.lifetimeS,
      topics,
      heads: kept.flatMap(head => [
        topics.indexOf(head.aggregatetype),
        head.aggregateid,
        head.version,
      ]),
    };
    const text = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${text}.${this.#mac(text).toString('base64url')}`;
  }

  /**
   * The heads of which the token speaks; undefined for another user's, which says nothing to this one. What somebody is
   * given before they log in, they may use afterwards.
   *
   * @throws BadConsistencyToken
   */
  read(token: string, userId: string | undefined): Head[] | undefined {
    const [text = '', mac = '', ...rest] = token.length <= LENGTH_MAX ? token.split('.') : [];
    const given = Buffer.from(mac, 'base64url');
    const own = this.#mac(text);
    if (rest.length > 0 || given.length !== own.length || !timingSafeEqual(given, own))
      throw new BadConsistencyToken('This consistency token is none that this router has made.');
    const claims = JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims;
    const { user, expiresAtS, topics, heads } = claims;
    if (user !== '' && user !== userId) return undefined;
    if (expiresAtS * 1000 < Date.now())
      throw new BadConsistencyToken(
        'This consistency token is too old. Leave it out, and keep the next.',
      );
    return Array.from({ length: heads.length / 3 }, (_, n) => ({
      aggregatetype: topics[heads[3 * n] as number]!,
      aggregateid: heads[3 * n + 1] as string,
      version: heads[3 * n + 2] as number,
    }));
  }

  #mac(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}
