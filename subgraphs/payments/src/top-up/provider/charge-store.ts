import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { money } from '@gamegraph/subgraph-kit';
import type { Charge } from './payment-provider.js';

/** Where the fake provider keeps its charges, by their keys: a Map, unless they are to outlive the process. */
export interface ChargeStore {
  get(key: string): Charge | undefined;
  set(key: string, charge: Charge): unknown;
  /** Oldest first, when the keys are uuids of version 7. */
  values(): Iterable<Charge>;
}

/** A file for each charge, for as many processes as there are. Each is written whole, or not at all. */
export class ChargeDirectory implements ChargeStore {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true });
  }

  get(key: string): Charge | undefined {
    let text: string;
    try {
      text = readFileSync(this.#pathOf(key), 'utf8');
    } catch {
      return undefined; // it never came
    }
    return read(text);
  }

  set(key: string, charge: Charge): void {
    const path = this.#pathOf(key);
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(
      unfinished,
      JSON.stringify(charge, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
    renameSync(unfinished, path);
  }

  *values(): Iterable<Charge> {
    const names = readdirSync(this.directory).filter(name => name.endsWith('.json'));
    for (const name of names.sort()) yield read(readFileSync(join(this.directory, name), 'utf8'));
  }

  #pathOf(key: string): string {
    return join(this.directory, `${key}.json`);
  }
}

/** A charge as JSON has it. */
type Written = Omit<Charge, 'amount' | 'refundedMinor' | 'createdAt'> & {
  amount: { minor: string; currency: string };
  refundedMinor: string;
  createdAt: string;
};

function read(text: string): Charge {
  const { amount, refundedMinor, createdAt, ...rest } = JSON.parse(text) as Written;
  return {
    ...rest,
    amount: money(BigInt(amount.minor), amount.currency),
    refundedMinor: BigInt(refundedMinor),
    createdAt: new Date(createdAt),
  };
}
