import type { IncomingHttpHeaders } from 'node:http';
import type { Money } from '@gamegraph/subgraph-kit';

/** How the provider knows a charge: by the key that we made up, and by the reference that it gave it. */
export interface ChargeId {
  key: string;
  /** Null as long as no answer has brought it. */
  reference: string | null;
  amount: Money;
  /** When it was first asked for. */
  createdAt: Date;
}

/** A charge to begin. */
export interface ChargeRequest {
  key: string;
  amount: Money;
  /** Whether to take the money, or only to set it aside at the payer's bank, where the provider can do that. */
  capture: boolean;
  at: Date;
}

/** What the provider says of a charge, at the moment when it is asked. */
export interface Charge {
  /** Ours; null when it is none of ours. */
  key: string | null;
  /** The provider's own id of it; null when it was declined before it had one. */
  reference: string | null;
  /** pending → authorised → captured, or captured at once; declined from the first two. */
  state: 'pending' | 'authorised' | 'captured' | 'declined';
  amount: Money;
  /** Of what was captured. */
  refundedMinor: bigint;
  /** Whether the payer has the bank take the money back. */
  isDisputed: boolean;
  /** Why it was declined, in words for the payer. */
  reason: string | null;
  /** What the payer's client needs while it is pending: a client secret, or the address of a page. */
  confirmation: string | null;
  createdAt: Date;
}

/** What a provider posted to us. */
export interface WebhookRequest {
  headers: IncomingHttpHeaders;
  /** The body as it came: what a signature is over. */
  text: string;
  body: unknown;
}

/** Something happened at the provider. It says what to look at, not what that is now: events come late, and in disorder. */
export interface ProviderEvent {
  /** Null when anybody could have sent it: such an event is no reason to leave out a later one. */
  id: string | null;
  key: string | null;
  reference: string | null;
}

/** What was asked was understood, and will never be granted as it is. The message is the provider's. */
export class Refused extends Error {
  override name = 'Refused';
}

/**
 * Who takes money from the outside: the port that an adapter for each real provider implements.
 *
 * Every method that asks the provider throws when there is no answer in good time: what was asked may have been done, or
 * not. All of them may be repeated: they say what is wanted of a charge, and that is done once.
 */
export interface PaymentProvider {
  readonly name: string;

  charge(request: ChargeRequest): Promise<Charge>;

  /** Undefined when the charge never came. */
  find(id: ChargeId): Promise<Charge | undefined>;

  /** Takes what is authorised. */
  capture(id: ChargeId): Promise<Charge>;

  /** Lets go what is pending or authorised. */
  cancel(id: ChargeId): Promise<Charge>;

  /**
   * Gives back what was captured, until so much in all was given back.
   *
   * @throws Refused when it will not do that, however often it is asked
   */
  refund(id: ChargeId, totalMinor: bigint): Promise<Charge>;

  /** The charges that were begun from one moment until before another, in pages. */
  list(
    from: Date,
    to: Date,
    cursor: string | null,
  ): Promise<{ charges: Charge[]; next: string | null }>;

  /** @throws GraphError UNAUTHENTICATED when the provider did not send it, BAD_USER_INPUT when it is too old or no event */
  readEvent(webhook: WebhookRequest, at: Date): ProviderEvent;
}
