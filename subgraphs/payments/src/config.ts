import { jsonOf, readConfig } from '@gamegraph/subgraph-kit';
import { z } from 'zod';
import { ChargeDirectory } from './top-up/provider/charge-store.js';
import { FakeProvider } from './top-up/provider/fake-provider.js';
import type { PaymentProvider } from './top-up/provider/payment-provider.js';
import { StripeProvider } from './top-up/provider/stripe-provider.js';
import type { Webhook } from './top-up/provider/webhook.js';
import { YooKassaProvider } from './top-up/provider/yookassa-provider.js';

const Choice = z.object({
  /** Who takes the money. `fake` takes none: it captures what it is asked, for development and demonstrations. */
  PAYMENT_PROVIDER: z.enum(['fake', 'stripe', 'yookassa']),
});

const Misbehaviour = z.strictObject({
  /** A folder that keeps its charges, so that they outlive the process. */
  directory: z.string().optional(),
  delayMs: z.number().int().positive().optional(),
  losesAnswers: z.boolean().optional(),
  webhooks: z
    .strictObject({
      /** Where they are posted. */
      url: z.url(),
      copies: z.number().int().positive(),
      reorders: z.boolean().optional(),
      losesEvery: z.number().int().positive().optional(),
    })
    .optional(),
});

const Fake = z.object({
  /** Signs what the fake provider tells at /provider/webhook. At least 32 characters, and a secret. */
  PROVIDER_WEBHOOK_SECRET: z
    .string()
    .min(32, 'at least 32 characters; make one with: openssl rand -base64 32'),
  /** What it does wrong, for drills: JSON as of `Misbehaviour`. */
  FAKE_PROVIDER: jsonOf(Misbehaviour).optional(),
});

const Stripe = z.object({
  /** From the dashboard; a restricted key with write access to payment intents and refunds is enough. */
  STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_\w{16,}$/, 'a key of Stripe: sk_… or rk_…'),
  /** Of the endpoint that posts to /provider/webhook. */
  STRIPE_WEBHOOK_SECRET: z.string().regex(/^whsec_\S{16,}$/, 'a secret of Stripe: whsec_…'),
});

const YooKassa = z.object({
  YOOKASSA_SHOP_ID: z.string().regex(/^\d+$/, 'a number'),
  YOOKASSA_SECRET_KEY: z.string().min(16, 'a key of YooKassa: live_… or test_…'),
  /** Where the payer is led back to from YooKassa's page. */
  YOOKASSA_RETURN_URL: z.url({ protocol: /^https$/, error: 'an address, by https' }),
});

/** The provider that the settings name, with settings of its own. Secrets have no defaults. */
export function providerOf(env: NodeJS.ProcessEnv): PaymentProvider {
  const { PAYMENT_PROVIDER } = readConfig(Choice, env);
  return PROVIDERS[PAYMENT_PROVIDER](env);
}

const PROVIDERS = {
  fake(env: NodeJS.ProcessEnv) {
    const { PROVIDER_WEBHOOK_SECRET: secret, FAKE_PROVIDER } = readConfig(Fake, env);
    const { webhooks, directory, ...wrongs } = FAKE_PROVIDER ?? {};
    const post = ({ headers, body }: Webhook) =>
      fetch(webhooks!.url, { method: 'POST', headers, body }).catch(() => {}); // it is lost, then
    return new FakeProvider({
      secret,
      ...wrongs,
      ...(directory !== undefined && { charges: new ChargeDirectory(directory) }),
      ...(webhooks && { webhooks: { ...webhooks, post } }),
    });
  },
  stripe(env: NodeJS.ProcessEnv) {
    const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } = readConfig(Stripe, env);
    return new StripeProvider({
      secretKey: STRIPE_SECRET_KEY,
      webhookSecret: STRIPE_WEBHOOK_SECRET,
    });
  },
  yookassa(env: NodeJS.ProcessEnv) {
    const settings = readConfig(YooKassa, env);
    return new YooKassaProvider({
      shopId: settings.YOOKASSA_SHOP_ID,
      secretKey: settings.YOOKASSA_SECRET_KEY,
      returnUrl: settings.YOOKASSA_RETURN_URL,
    });
  },
};
