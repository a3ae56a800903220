import type { Money } from '@gamegraph/subgraph-kit';
import type { Charge, ChargeId, PaymentProvider } from './payment-provider.js';

/** A charge that the provider did not even begin. */
export function decline(
  wanted: { key: string; amount: Money; createdAt: Date },
  reason: string,
): Charge {
  return {
    ...wanted,
    ...{ reference: null, state: 'declined', reason },
    ...{ refundedMinor: 0n, isDisputed: false, confirmation: null },
  };
}

/** @throws Error when the provider does not know it */
export async function requireCharge(provider: PaymentProvider, id: ChargeId): Promise<Charge> {
  const charge = await provider.find(id);
  if (!charge) throw new Error(`${provider.name} knows no charge ${id.key}.`);
  return charge;
}

/** Whether the provider speaks of what we asked for: this charge, and no other sum. */
export function isFor(charge: Charge, { key, amount }: ChargeId): boolean {
  const { minor, currency } = charge.amount;
  return charge.key === key && minor === amount.minor && currency === amount.currency;
}
