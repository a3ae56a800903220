/** What travels: the bytes of one event, or of a command between processes. */
export interface Message {
  topic: string;
  /** Messages of one topic and key stay in order. */
  key: string;
  headers: Record<string, string>;
  /** `null` is a Kafka tombstone; we never send one, and treat one received as malformed. */
  value: string | null;
}

export interface ReceivedMessage extends Message {
  partition: number;
  offset: string;
}

export interface ConsumeOptions {
  /** Members of one group share the partitions; every group sees every message. */
  group: string;
  topics: string[];
  /**
   * Receives messages of one partition in order, and returns once their effects are durable. A rejection means that
   * nothing can be done with any message now (the database is gone): the same messages come again later.
   */
  onMessages(messages: ReceivedMessage[]): Promise<void>;
  /**
   * Given by who wants nothing of the past. The group, a new one of this consumer's own, begins at the end of the log.
   * Called each time that it does: all that is published afterwards comes, and what came before is not to be had. That
   * happens once, and again where the bus has not kept the group's position.
   */
  onBegin?(): void;
}

/** A running membership in a group. */
export interface Consumption {
  /** Lets the messages in work finish, keeps the position, and leaves the group. */
  stop(): Promise<void>;
}

/**
 * Carries messages between subgraphs: at least once, in order for each topic and key, from the beginning of the log
 * for a new group, unless it wants to begin at the end. Two adapters, Apache Kafka and a log in PostgreSQL, pass one contract suite (contract-suite.ts).
 */
export interface EventBus {
  /** Makes the topics that do not exist. */
  ensureTopics(topics: string[]): Promise<void>;
  /** Resolves once all are stored. May store some twice after a fault, but loses none and keeps the order of a key. */
  publish(messages: Message[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<Consumption>;
  /** How many messages of its topics a group has not yet taken. */
  lag(group: string, topics: string[]): Promise<number>;
  /** Forgets how far a group has come: it begins anew, at the beginning of the log. No member of it may be there. */
  forget(group: string): Promise<void>;
  close(): Promise<void>;
}

/** Where an adapter reports what it survives: a lost connection, a rebuilt consumer. */
export interface BusLog {
  warn(details: object, message: string): void;
}
