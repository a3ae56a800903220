import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { query, transact } from '@gamegraph/subgraph-kit';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { SigningKey } from './signing-key.entity.js';

const ROTATE_AFTER_MS = 30 * 86_400_000;
/** Published this long before it signs, so that every cache has it by then. */
const LEAD_MS = 60 * 60_000;
/** Published this long after the next took over: longer than any access token lives. */
const TAIL_MS = 60 * 60_000;
const CACHE_MS = 10_000;

/** The keys that sign access tokens: which one signs now, and which are published. */
export class SigningKeys {
  #cached: { keys: SigningKey[]; until: number } | undefined;
  readonly #opened = new Map<string, Promise<CryptoKey | Uint8Array>>();

  constructor(
    private readonly orm: MikroORM,
    private readonly secret: string,
  ) {}

  /** The key that signs at this moment. Within a transaction it is read there: a second connection may be a wait for ever. */
  async current(
    em: EntityManager,
    at: Date,
  ): Promise<{ kid: string; key: CryptoKey | Uint8Array }> {
    const keys = await this.#all(em);
    const active = keys.filter(({ activeFrom }) => activeFrom <= at).at(-1) ?? keys[0];
    if (!active) throw new Error('There is no signing key. rotate() makes the first.');
    const opened =
      this.#opened.get(active.kid) ?? importJWK(this.#open(active.sealedPrivateKey), 'EdDSA');
    this.#opened.set(active.kid, opened);
    return { kid: active.kid, key: await opened };
  }

  /** What `/.well-known/jwks.json` says (RFC 7517): keys that sign, will soon, or did until lately. */
  async published(at: Date): Promise<{ keys: JWK[] }> {
    const keys = await this.#all(this.orm.em.fork());
    const isNeeded = (_: SigningKey, n: number) => {
      const next = keys[n + 1];
      return !next || at.getTime() < next.activeFrom.getTime() + TAIL_MS;
    };
    return { keys: keys.filter(isNeeded).map(({ publicKey }) => publicKey) };
  }

  /** Makes the first key, or the next when the newest is old, and forgets those nobody needs. */
  async rotate(em: EntityManager, at: Date): Promise<void> {
    await transact(em, async tx => {
      await query(tx, sql`SELECT pg_advisory_xact_lock(hashtext('signing keys'))`);
      const keys = await tx.find(SigningKey, {}, { orderBy: { activeFrom: 'asc' } });
      const newest = keys.at(-1);
      if (newest && at.getTime() - newest.activeFrom.getTime() < ROTATE_AFTER_MS) return;
      const activeFrom = newest ? new Date(at.getTime() + LEAD_MS) : at;
      tx.persist(await this.#make(activeFrom));
      for (const [n, key] of keys.entries()) {
        const next = keys[n + 1];
        if (next && next.activeFrom.getTime() + TAIL_MS < at.getTime()) tx.remove(key);
      }
    });
    this.#cached = undefined;
  }

  async #all(em: EntityManager): Promise<SigningKey[]> {
    if (!this.#cached || this.#cached.until < Date.now()) {
      const keys = await em.find(
        SigningKey,
        {},
        { orderBy: { activeFrom: 'asc' }, disableIdentityMap: true },
      );
      this.#cached = { keys, until: Date.now() + CACHE_MS };
    }
    return this.#cached.keys;
  }

  async #make(activeFrom: Date): Promise<SigningKey> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const kid = uuidv7();
    return Object.assign(new SigningKey(), {
      kid,
      publicKey: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' },
      sealedPrivateKey: this.#seal(await exportJWK(privateKey)),
      activeFrom,
    });
  }

  #seal(privateKey: JWK): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey(), nonce);
    const text = Buffer.concat([cipher.update(JSON.stringify(privateKey)), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
  }

  #open(sealed: string): JWK {
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey(), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    try {
      return JSON.parse(
        decipher.update(bytes.subarray(28)).toString() + decipher.final().toString(),
      ) as JWK;
    } catch (cause) {
      throw new Error('SIGNING_KEY_SECRET does not open the signing keys in this database.', {
        cause,
      });
    }
  }

  #sealKey(): Buffer {
    return createHash('sha256').update(`signing keys ${this.secret}`).digest();
  }
}
