import { readConfig } from '@gamegraph/subgraph-kit';
import { z } from 'zod';

const Config = z.object({
  /** Who issues the access tokens: the `iss` that the router expects. */
  TOKEN_ISSUER: z.string().min(1).default('gamegraph'),
  /** Encrypts the private signing keys in the database. At least 32 characters, and a secret. */
  SIGNING_KEY_SECRET: z
    .string()
    .min(32, 'at least 32 characters; make one with: openssl rand -base64 32'),
  /** The shortest password that a new account may have. Less than 8 is for demonstrations. */
  PASSWORD_LENGTH_MIN: z.coerce.number().int().min(1).max(128).default(8),
});

export type UsersConfig = z.infer<typeof Config>;

export function readUsersConfig(env: NodeJS.ProcessEnv): UsersConfig {
  return readConfig(Config, env);
}
