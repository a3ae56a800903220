import type { GraphContext } from '@gamegraph/subgraph-kit';
import type { PaymentProvider } from './top-up/provider/payment-provider.js';

/** What this subgraph's resolvers get. */
export interface PaymentsContext extends GraphContext {
  provider: PaymentProvider;
}

/** Whether the viewer is one of these users, or operates payments. */
export function isOneOfOrOperates(
  viewer: PaymentsContext['viewer'],
  userIds: readonly (string | null)[],
): boolean {
  if (!viewer) return false;
  return userIds.includes(viewer.userId) || viewer.permissions.has('payments:operate');
}
