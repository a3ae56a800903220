export type {
  BusLog,
  Consumption,
  ConsumeOptions,
  EventBus,
  Message,
  ReceivedMessage,
} from './bus.js';
export {
  type Aggregate,
  type AggregateState,
  defineAggregate,
  defineEnding,
  defineEvent,
  type DomainEvent,
  type EventContract,
} from './contract.js';
export { decode, encode, type Envelope, MalformedMessage } from './envelope.js';
export { KafkaBus, type KafkaBusOptions } from './kafka-bus.js';
export { PostgresBus, type PostgresBusOptions } from './postgres-bus.js';
