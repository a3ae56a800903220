import { createHmac, timingSafeEqual } from 'node:crypto';
import { badInput, unauthenticated } from '@gamegraph/subgraph-kit';
import { z } from 'zod';
import type { ProviderEvent, WebhookRequest } from './payment-provider.js';

/** Further from our clock than this, an event may be one that somebody recorded and sends again. */
const TOLERANCE_MS = 5 * 60_000;

/** `t=<seconds since 1970>,v1=<HMAC-SHA-256 over "<t>.<body>", in hex>` */
const SIGNATURE_HEADER = 'x-provider-signature';
const SIGNATURE = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

const SignedEvent = z.object({
  id: z.string().min(1).max(255),
  /** `charge.captured`, `charge.declined`; others may come, and are of no interest. */
  type: z.string(),
  /** Of the charge; undefined when it is none of ours. */
  key: z.uuid().optional().catch(undefined),
});

/** An event as it travels. */
export interface Webhook {
  headers: Record<string, string>;
  body: string;
}

export function signWebhook(secret: string, event: z.infer<typeof SignedEvent>, at: Date): Webhook {
  const body = JSON.stringify(event);
  const seconds = Math.floor(at.getTime() / 1000);
  const signature = signatureOf(secret, seconds, body).toString('hex');
  return { headers: { [SIGNATURE_HEADER]: `t=${seconds},v1=${signature}` }, body };
}

/**
 * The event in a webhook that is the provider's.
 *
 * @throws GraphError UNAUTHENTICATED when it is not, BAD_USER_INPUT when it is too old or no event
 */
export function readWebhook(secret: string, webhook: WebhookRequest, at: Date): ProviderEvent {
  const [, seconds, signature] = SIGNATURE.exec(String(webhook.headers[SIGNATURE_HEADER])) ?? [];
  if (!signature) throw unauthenticated('There is no signature of the provider.');
  const expected = signatureOf(secret, Number(seconds), webhook.text);
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex')))
    throw unauthenticated('The signature is not the provider’s.');
  if (Math.abs(at.getTime() - Number(seconds) * 1000) > TOLERANCE_MS)
    throw badInput('The event was signed too long ago.');
  const event = SignedEvent.safeParse(webhook.body);
  if (!event.success) throw badInput('This is no event.');
  const { id, type, key } = event.data;
  return { id, key: (type.startsWith('charge.') && key) || null, reference: null };
}

function signatureOf(secret: string, seconds: number, body: string): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest();
}
