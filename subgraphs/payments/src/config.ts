import { readConfig } from '@gamegraph/subgraph-kit';
import { z } from 'zod';

const Config = z.object({
  /** Who takes the money. `fake` takes none: it captures what it is asked, for development and demonstrations. */
  PAYMENT_PROVIDER: z.enum(['fake']),
  /** Signs what the payment provider tells at /provider/webhook. At least 32 characters, and a secret. */
  PROVIDER_WEBHOOK_SECRET: z
    .string()
    .min(32, 'at least 32 characters; make one with: openssl rand -base64 32'),
});

export type PaymentsConfig = z.infer<typeof Config>;

export function readPaymentsConfig(env: NodeJS.ProcessEnv): PaymentsConfig {
  return readConfig(Config, env);
}
