import { z } from 'zod';

/**
 * A noun whose changes a subgraph announces. Every event about it carries its whole public state after the change
 * (event-carried state transfer), so that a reader needs no other message, and no question back, to know it.
 */
export interface Aggregate<State extends AggregateState = AggregateState> {
  /** `<subgraph>.<noun>`: the aggregate's type, and the topic that carries its events. */
  readonly topic: string;
  readonly description: string;
  readonly state: z.ZodType<State>;
  /** Every kind of event about it. */
  readonly events: EventContract[];
}

/** The least that a state says: whose it is. */
export interface AggregateState {
  id: string;
}

/** Something that happened to an aggregate, before the outbox has given it a version. */
export interface DomainEvent<Data extends AggregateState = AggregateState> {
  /** `<subgraph>.<noun>.<past participle>.v<n>`, as on the wire. */
  readonly type: string;
  readonly topic: string;
  readonly data: Data;
}

/** A kind of event. Calling it with the state makes an event of that kind, and throws when the data is not as agreed. */
export interface EventContract<Data extends AggregateState = AggregateState> {
  (data: Data): DomainEvent<Data>;
  /** Its name in code and documents: `GamePublished`. */
  readonly eventName: string;
  readonly type: string;
  readonly description: string;
  readonly aggregate: Aggregate;
  readonly data: z.ZodType<Data>;
  /** Whether the aggregate is gone after it; then the data is its id alone. */
  readonly endsAggregate: boolean;
}

export function defineAggregate<State extends AggregateState>(definition: {
  topic: string;
  description: string;
  state: z.ZodType<State>;
}): Aggregate<State> {
  return { ...definition, events: [] };
}

/**
 * A kind of event that carries the aggregate's state: `defineEvent('GamePublished', game, 'published', '…')`.
 *
 * @param version of what it carries: 2 for one that earlier readers of the first could not read, beside which that stays
 */
export function defineEvent<State extends AggregateState>(
  eventName: string,
  aggregate: Aggregate<State>,
  participle: string,
  description: string,
  version = 1,
): EventContract<State> {
  return contract(
    eventName,
    aggregate as unknown as Aggregate,
    `${participle}.v${version}`,
    description,
    aggregate.state,
    false,
  );
}

/** The kind of event after which the aggregate is gone. It carries the id alone. */
export function defineEnding(
  eventName: string,
  aggregate: Aggregate,
  participle: string,
  description: string,
): EventContract<AggregateState> {
  return contract(
    eventName,
    aggregate,
    `${participle}.v1`,
    description,
    z.object({ id: z.uuid() }),
    true,
  );
}

function contract<Data extends AggregateState>(
  eventName: string,
  aggregate: Aggregate,
  participleAndVersion: string,
  description: string,
  schema: z.ZodType<Data>,
  endsAggregate: boolean,
): EventContract<Data> {
  const type = `${aggregate.topic}.${participleAndVersion}`;
  const make = (value: Data): DomainEvent<Data> => ({
    type,
    topic: aggregate.topic,
    data: schema.parse(value),
  });
  const kind = Object.assign(make, {
    eventName,
    type,
    description,
    aggregate,
    data: schema,
    endsAggregate,
  });
  aggregate.events.push(kind as unknown as EventContract);
  return kind;
}
