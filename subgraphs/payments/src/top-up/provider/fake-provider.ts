import { randomUUID } from 'node:crypto';
import type { Money } from '@gamegraph/subgraph-kit';
import type { Charge, PaymentProvider } from './payment-provider.js';
import { signWebhook, type Webhook } from './webhook.js';

/** What the fake is told to do beside taking everybody's money at once. */
export interface FakeProviderOptions {
  /** Charges are pending for so long, before the money comes. */
  delayMs?: number;
  /** The answer to a charge is lost, after the money was taken. */
  losesAnswers?: boolean;
  /** Posts webhooks; without this nobody is told, and whoever wants to know asks. */
  webhooks?: {
    secret: string;
    /** How often each is sent. */
    copies: number;
    post(webhook: Webhook): Promise<unknown>;
  };
}

/**
 * A payment provider for demonstrations and tests: no money moves, and what it knows is gone with the process. It takes
 * every charge, but that amounts which end in 402 are declined, in any currency: 4.02 EUR, 402 JPY.
 */
export class FakeProvider implements PaymentProvider {
  readonly #charges = new Map<string, Charge>();

  constructor(private readonly options: FakeProviderOptions = {}) {}

  async charge({ key, amount }: { key: string; amount: Money }): Promise<Charge> {
    const known = this.#charges.get(key);
    if (known) return known;
    const { delayMs, losesAnswers } = this.options;
    if (delayMs !== undefined) {
      this.#charges.set(key, { state: 'pending' });
      setTimeout(() => this.#settle(key, amount), delayMs).unref();
    } else {
      this.#settle(key, amount);
    }
    if (losesAnswers) throw new Error('The answer was lost, as this fake was told.');
    return this.#charges.get(key)!;
  }

  async find(key: string): Promise<Charge | undefined> {
    return this.#charges.get(key);
  }

  #settle(key: string, { minor }: Money): void {
    const charge: Charge =
      minor % 1_000n === 402n
        ? { state: 'declined', reason: 'The card has not enough money.' }
        : { state: 'captured' };
    this.#charges.set(key, charge);
    const { webhooks } = this.options;
    if (!webhooks) return;
    const event = { id: randomUUID(), type: `charge.${charge.state}`, key };
    for (let copy = 0; copy < webhooks.copies; copy++)
      void webhooks.post(signWebhook(webhooks.secret, event, new Date()));
  }
}
