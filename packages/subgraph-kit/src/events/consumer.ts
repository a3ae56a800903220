import type { AggregateState, Envelope, EventContract } from '@gamegraph/event-bus';
import type { EntityManager } from '@mikro-orm/postgresql';

/** What a handler knows besides the event's data. */
export interface HandlerContext {
  /** In the transaction that also keeps the position: the effect happens once. */
  em: EntityManager;
  envelope: Envelope;
  /** When it happened, by the clock of the subgraph that announced it. */
  at: Date;
}

export type Handler<Data> = (data: Data, context: HandlerContext) => unknown;

/** One kind of event and what to do about it. */
export interface Subscription {
  event: EventContract;
  handle: Handler<never>;
}

export function on<Data extends AggregateState>(
  event: EventContract<Data>,
  handle: Handler<Data>,
): Subscription {
  return { event: event as unknown as EventContract, handle };
}

/**
 * Something that follows events: a projection, or a process that reacts to them. It gets the events of each aggregate
 * once and in their order, whatever the bus does.
 */
export interface Consumer {
  /** `<subgraph>.<noun>`; its position is kept under this name for ever. */
  name: string;
  topics: string[];
  handlers: Map<string, Subscription>;
}

export function defineConsumer(definition: {
  name: string;
  subscriptions: Subscription[];
}): Consumer {
  return {
    name: definition.name,
    topics: [...new Set(definition.subscriptions.map(({ event }) => event.aggregate.topic))],
    handlers: new Map(
      definition.subscriptions.map(subscription => [subscription.event.type, subscription]),
    ),
  };
}

/** Whether this version of the code knows such events, be it to ignore them. */
export function knows({ handlers }: Consumer, type: string): boolean {
  return [...handlers.values()].some(({ event }) =>
    event.aggregate.events.some(known => known.type === type),
  );
}
