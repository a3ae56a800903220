import type { AggregateState, Envelope } from '@gamegraph/event-bus';
import { licence, type LicenceState, order } from '@gamegraph/event-contracts';
import type { SimulatedConsumer } from './subgraph.js';

/** What a copy has of an aggregate. */
export interface CopyRow {
  version: number;
  state: AggregateState;
}

const copy = (topic: string): SimulatedConsumer => ({
  name: `social.copy-of-${topic}`,
  topics: [topic],
  handle(tx, { subject, version, data }: Envelope) {
    const row: CopyRow = { version, state: data as AggregateState };
    tx.set(`copy ${topic} ${subject}`, row);
  },
});

/** How many active licences somebody has: by what each licence has counted for, as events/counter.ts keeps it. */
const counter: SimulatedConsumer = {
  name: 'social.licence-count',
  topics: [licence.topic],
  handle(tx, event: Envelope) {
    const { id, userId, state } = event.data as LicenceState;
    const counted = tx.get<number>(`counted ${id}`) ?? 0;
    const now = state === 'ACTIVE' ? 1 : 0;
    tx.set(`counted ${id}`, now);
    tx.set(`count ${userId}`, (tx.get<number>(`count ${userId}`) ?? 0) + now - counted);
  },
};

/** A subgraph that owns nothing here, and copies what the others tell. */
export const COPIES: SimulatedConsumer[] = [copy(order.topic), copy(licence.topic), counter];
