// Writes .env with fresh secrets for docker-compose.yml, once: an .env that is there is left as it is.
// Plain JavaScript for any Node >= 20, without dependencies.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The variables that docker-compose.yml demands, each with a secret of its own. */
export function makeEnv() {
  const secret = () => randomBytes(32).toString('base64url');
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d, ...publicKey } = {
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(8).toString('hex'),
  };
  const databases = ['USERS', 'GAMES', 'BUILDS', 'LIBRARY', 'PAYMENTS', 'SOCIAL'];
  return {
    ...Object.fromEntries(databases.map(name => [`${name}_DB_PASSWORD`, secret()])),
    ROUTER_SIGNING_KEY: JSON.stringify({ ...publicKey, d }),
    ROUTER_PUBLIC_KEYS: JSON.stringify([publicKey]),
    SIGNING_KEY_SECRET: secret(),
    PROVIDER_WEBHOOK_SECRET: secret(),
    // Takes no money and captures what it is asked: replace it before real money is involved.
    PAYMENT_PROVIDER: 'fake',
    KAFKA_CLUSTER_ID: randomBytes(16).toString('base64url'),
    STORAGE_ACCESS_KEY: randomBytes(10).toString('hex'),
    STORAGE_SECRET_KEY: secret(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(dirname(dirname(fileURLToPath(import.meta.url))), '.env');
  if (existsSync(file)) {
    console.log(
      '.env is there already. Delete it first for new secrets; the databases keep their old passwords.',
    );
  } else {
    const lines = Object.entries(makeEnv()).map(([name, value]) => `${name}='${value}'\n`);
    writeFileSync(file, lines.join(''), { mode: 0o600 });
    console.log('.env is written. Start with: docker compose up --build --wait');
  }
}
