import type { Money } from '@gamegraph/subgraph-kit';
import type { Charge } from './payment-provider.js';

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
