import {
  type AggregateState,
  type Envelope,
  type EventContract,
  MalformedMessage,
} from '@gamegraph/event-bus';
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';

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
  /** Has the effect of all of these, each of which `handlers` knows, in their order: where together they are cheaper. */
  handleAll?(events: HandledEvent[], em: EntityManager): Promise<unknown>;
}

export interface HandledEvent {
  subscription: Subscription;
  data: AggregateState;
  context: HandlerContext;
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

/** A later version of the owner announces what this one has never heard of, and so cannot judge. */
export class UnknownEvent extends Error {
  override name = 'UnknownEvent';
}

/**
 * What a consumer has subscribed to of an event, and its data; undefined of a kind that it ignores.
 *
 * @throws UnknownEvent for what it cannot know whether to ignore; MalformedMessage for data that is not as agreed
 */
export function readEvent(
  consumer: Consumer,
  { type, data }: Pick<Envelope, 'type' | 'data'>,
): { subscription: Subscription; data: AggregateState } | undefined {
  const subscription = consumer.handlers.get(type);
  if (!subscription) {
    if (knows(consumer, type)) return undefined;
    throw new UnknownEvent(
      `This version does not know ${type}. One that does will go on from here when it starts.`,
    );
  }
  const parsed = subscription.event.data.safeParse(data);
  if (!parsed.success) throw new MalformedMessage(z.prettifyError(parsed.error));
  return { subscription, data: parsed.data };
}

/** An error as operators read it. */
export function wordsOf(error: unknown): string {
  if (typeof error === 'string') return error;
  return error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
}
