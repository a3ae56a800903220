import type { GraphContext } from '@gamegraph/subgraph-kit';
import type { PaymentProvider } from './top-up/provider/payment-provider.js';

/** What this subgraph's resolvers get. */
export interface PaymentsContext extends GraphContext {
  provider: PaymentProvider;
}
