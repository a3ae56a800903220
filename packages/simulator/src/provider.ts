import type { Charge, Payment } from '@gamegraph/payments/core';
import type { Random } from '@gamegraph/seed/random';
import { type Note, numberOf } from './database.js';
import type { Process } from './process.js';
import type { VirtualTime } from './virtual-time.js';

const NETWORK_MS = 5;
const LATE_MS = 3_000;
const WEBHOOK_MS = 2_000;

/** Perhaps what was asked was done, perhaps not. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/**
 * Who takes money from the outside. What it is asked arrives or not, and so does its answer; it may be late, decline, or
 * not take in the end what it had set aside; and it tells of each change once, twice, in disorder or never.
 */
export class SimulatedProvider {
  readonly charges = new Map<string, Charge>();
  #isSilent = false;

  /** @param tell given the key of a charge that has changed */
  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly note: Note,
    private readonly tell: (key: string) => void,
  ) {}

  /** Its answers are lost for so long. */
  silence(forMs: number): void {
    this.#isSilent = true;
    this.time.after(forMs, () => (this.#isSilent = false));
  }

  /** @throws NoAnswer */
  async ask(by: Process, step: NonNullable<Payment['step']>, payment: Payment): Promise<Charge> {
    await by.work(NETWORK_MS);
    if (this.random.chance(0.03)) throw new NoAnswer();
    this.#do(step, payment);
    await by.work(NETWORK_MS);
    const charge = this.charges.get(payment.id);
    if (!charge || this.#isSilent || this.random.chance(0.05)) throw new NoAnswer();
    return charge;
  }

  #do(step: NonNullable<Payment['step']>, { id, chargeId, refundDueMinor }: Payment): void {
    const state = this.charges.get(id)?.state;
    if (step === 'charge' && !state) {
      const begun = { isDisputed: false, reason: null, confirmation: null, refundedMinor: 0n };
      this.charges.set(id, { ...chargeId, ...begun, reference: `charge ${id}`, state: 'pending' });
      const decided = this.random.chance(0.85) ? 'authorised' : 'declined';
      const isLate = this.random.chance(0.4);
      const decide = () => {
        if (this.charges.get(id)!.state === 'pending') this.#change(id, { state: decided });
      };
      if (isLate) this.time.after(this.random.whole(100, LATE_MS), decide);
      else decide();
    } else if (step === 'capture' && state === 'authorised') {
      // What was set aside may be gone by then.
      this.#change(id, { state: this.random.chance(0.9) ? 'captured' : 'declined' });
    } else if (step === 'cancel' && (state === 'pending' || state === 'authorised')) {
      this.#change(id, { state: 'declined' });
    } else if (step === 'refund' && this.charges.get(id)!.refundedMinor < refundDueMinor) {
      this.#change(id, { refundedMinor: refundDueMinor });
    }
  }

  #change(id: string, change: Partial<Charge>): void {
    const charge = { ...this.charges.get(id)!, ...change };
    this.charges.set(id, charge);
    const { state, refundedMinor } = charge;
    this.note(() => `the provider has ${numberOf(id)} ${state}, ${refundedMinor} given back`);
    if (this.random.chance(0.3)) return;
    for (let copies = this.random.whole(1, 2); copies > 0; copies--)
      this.time.after(this.random.whole(1, WEBHOOK_MS), () => this.tell(id));
  }
}
