import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A JSON Web Key for Ed25519. */
export interface SigningJwk {
  kty: string;
  crv: string;
  x: string;
  d?: string;
  kid: string;
}

interface SecretsFile {
  router: SigningJwk;
  /** `<subgraph>.<variable>` -> its value. */
  values: Record<string, string>;
}

/** Secrets of a system on this machine: made at random when first needed, readable by this user alone. */
export class Secrets {
  private constructor(
    private readonly path: string,
    private readonly content: SecretsFile,
  ) {}

  static async open(path: string): Promise<Secrets> {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    const content = text ? (JSON.parse(text) as SecretsFile) : { router: newKey(), values: {} };
    const secrets = new Secrets(path, content);
    if (!text) await secrets.#save();
    return secrets;
  }

  /** The key that signs the router's word; its public half is for the subgraphs. */
  get routerKey(): SigningJwk {
    return this.content.router;
  }

  get routerPublicKey(): SigningJwk {
    const { d: _, ...publicKey } = this.content.router;
    return publicKey;
  }

  async value(name: string): Promise<string> {
    if (!this.content.values[name]) {
      this.content.values[name] = randomBytes(32).toString('base64url');
      await this.#save();
    }
    return this.content.values[name];
  }

  async #save(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(this.path, JSON.stringify(this.content, null, 2), { mode: 0o600 });
  }
}

function newKey(): SigningJwk {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(8).toString('hex'),
  } as SigningJwk;
}
