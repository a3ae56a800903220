import { z } from 'zod';
import { DEFAULT_LIMITS } from './operation/limits.js';

/** The settings cannot be used. The message lists every bad one, and what it must be. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

function json<T>(schema: z.ZodType<T>) {
  return z.string().transform((text, context): T => {
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      const message = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });
}

const SigningKey = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
  kid: z.string(),
});

const whole = (defaultValue: number) => z.coerce.number().int().positive().default(defaultValue);

const Environment = z.object({
  /** The file with the supergraph's SDL. It is watched: a new one is served without a restart. */
  SUPERGRAPH: z.string().min(1, 'the path of the file with the supergraph’s SDL'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4_000),
  /** `{"games": "http://…/graphql"}`: where subgraphs are, when not where the supergraph says. */
  SUBGRAPH_URLS: json(z.record(z.string(), z.url())).optional(),
  /** An Ed25519 private key (JWK with `kid`) that signs who asks. Without it, subgraphs are told nothing. */
  ROUTER_SIGNING_KEY: json(SigningKey).optional(),
  /** Where access tokens' keys are published. Without it, nobody is ever logged in. */
  JWKS_URL: z.url().optional(),
  TOKEN_ISSUER: z.string().default('gamegraph'),
  TOKEN_AUDIENCE: z.string().default('gamegraph'),
  /** Origins whose pages may use this router, separated by commas; `*` for all. Its own always may. */
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform(text =>
      text
        .split(',')
        .map(origin => origin.trim())
        .filter(Boolean),
    ),
  /** Whether clients may ask for the schema. */
  INTROSPECTION: z.stringbool().default(true),
  SUBGRAPH_TIMEOUT_MS: whole(10_000),
  BODY_BYTES_MAX: whole(256 * 1024),
  FRAME_BYTES_MAX: whole(64 * 1024),
  SOCKETS_MAX: whole(20_000),
  SOCKET_OPERATIONS_MAX: whole(50),
  OPERATION_TOKENS_MAX: whole(DEFAULT_LIMITS.tokens),
  OPERATION_DEPTH_MAX: whole(DEFAULT_LIMITS.depth),
  OPERATION_ALIASES_MAX: whole(DEFAULT_LIMITS.aliases),
  OPERATION_ROOT_FIELDS_MAX: whole(DEFAULT_LIMITS.rootFields),
  OPERATION_DIRECTIVES_MAX: whole(DEFAULT_LIMITS.directives),
  OPERATION_CACHE_SIZE: whole(2_000),
  /** The folder of the explorer's page; without it there is none. */
  EXPLORER_DIRECTORY: z.string().optional(),
  /** The folder of `*.graphql` files that the explorer offers. */
  EXAMPLES_DIRECTORY: z.string().optional(),
  /** Bearer token for `/metrics`. Without it, only this machine may read them. */
  METRICS_TOKEN: z.string().min(16).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type RouterConfig = z.infer<typeof Environment>;

/** @throws ConfigError that names all bad variables together */
export function readConfig(env: NodeJS.ProcessEnv): RouterConfig {
  const result = Environment.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
  );
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new ConfigError(`These settings cannot be used:\n${faults.join('\n')}`);
}
