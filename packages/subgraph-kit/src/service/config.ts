import { z } from 'zod';

/** The settings cannot be used. The message lists every bad one, and what it must be. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the environment once, by a schema whose keys are the variables' names.
 *
 * @throws ConfigError that names all bad variables together
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): z.infer<Schema> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new ConfigError(`These settings cannot be used:\n${faults.join('\n')}`);
}

/** A variable whose value is JSON of this shape. */
export function jsonOf<T>(schema: z.ZodType<T>) {
  return z.string().transform((text, context) => {
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
      context.addIssue({ code: 'custom', message: reason });
      return z.NEVER;
    }
  });
}

const PublicKey = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
});

/** What every subgraph needs to know. */
export const SubgraphConfig = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  /** JSON Web Keys of the routers whose word about the viewer is believed; several while one is being replaced. */
  ROUTER_PUBLIC_KEYS: jsonOf(z.array(PublicKey).min(1)),
  /** Kafka's brokers, `host:port,host:port`; without it, events go through the log at EVENT_LOG_URL. */
  KAFKA_BROKERS: z.string().optional(),
  EVENT_LOG_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Run pending migrations before serving. Elsewhere a job of its own does so before the new version starts. */
  MIGRATE_ON_START: z.stringbool().default(false),
  NODE_ENV: z.string().optional(),
});
