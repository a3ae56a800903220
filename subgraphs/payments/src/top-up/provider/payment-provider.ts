import type { Money } from '@gamegraph/subgraph-kit';

/** What became of a charge. Pending ones are captured or declined later. */
export type Charge =
  | { state: 'captured' }
  | { state: 'pending' }
  /** `reason`: why, in words for the payer. */
  | { state: 'declined'; reason: string };

/** Who takes money from the outside: the port that an adapter for each real provider implements. */
export interface PaymentProvider {
  /**
   * Takes money. It charges once for each key, however often it is asked, and then answers what became of that charge.
   *
   * @throws Error when there is no answer in good time: the money may have been taken, or not
   */
  charge(request: { key: string; amount: Money }): Promise<Charge>;

  /** What became of the charge with this key, or undefined when it never came. */
  find(key: string): Promise<Charge | undefined>;
}
