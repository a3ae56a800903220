import type { Envelope } from '@gamegraph/event-bus';
import { type Payment, takeAnswer } from '@gamegraph/payments/core';
import { applyAll, moveBatch } from '@gamegraph/subgraph-kit/events';
import { SimulatedPositions, type Transaction } from './database.js';
import { post } from './ledger.js';

/** What an inbox does with events that came together, for one of its consumers. */
export interface Delivery {
  consumer: string;
  events: Envelope[];
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  effect(tx: Transaction, event: Envelope): Promise<void>;
}

/** What is simulated. Tests put faulty parts here, to see whether they are found. */
export interface Parts {
  moveBatch: typeof moveBatch;
  deliver(delivery: Delivery): Promise<Map<string, Envelope>>;
  takeAnswer: typeof takeAnswer;
  /** Has the provider give back, or let go, what an order was charged of which nothing came. */
  giveBack(payment: Payment, at: Date): void;
  post: typeof post;
}

/** As in production: these are its own functions, and `deliver` is how its inbox calls them. */
export const SOUND: Parts = {
  moveBatch,
  deliver: ({ consumer, events, transact, effect }) =>
    transact(async tx => {
      const missing = new Map<string, Envelope>();
      const positions = new SimulatedPositions(tx, consumer);
      const effects = async (some: Envelope[]) => {
        for (const one of some) await effect(tx, one);
      };
      await applyAll(positions, events, effects, missing);
      return missing;
    }),
  takeAnswer,
  giveBack: (payment, at) => payment.pursue('RETURNED', at),
  post,
};
