import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type Producer,
} from 'kafkajs';
import requestQueue from 'kafkajs/src/network/requestQueue/index.js';
import type {
  BusLog,
  Consumption,
  ConsumeOptions,
  EventBus,
  Message,
  ReceivedMessage,
} from './bus.js';

const CHUNK = 200; // messages handed over at a time
const BATCH_BYTES_MAX = 900_000; // a broker takes 1 MiB for each partition, and refuses more for ever
const HEADERS_BYTES = 1_000; // what a message has beside its value, at most
const PARTITIONS_AT_A_TIME = 12; // as many as a topic has: their messages are taken together
const HEARTBEAT_INTERVAL_MS = 1_000;
const COMMIT_INTERVAL_MS = 500;
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000 };
const RETRY_DELAY_MS_MAX = 5_000;
const DISCONNECT_TIMEOUT_MS = 5_000;
const WATCH_INTERVAL_MS = 10_000;
const STALL_MS = 30_000;
const TOPICS_TIMEOUT_MS = 10_000;
const TOPICS_INTERVAL_MS = 50;

export interface KafkaBusOptions {
  /** `host:port` of one or more brokers. */
  brokers: string[];
  clientId: string;
  /** Of topics that `ensureTopics` makes; fixed for life, since the partition of a key follows from it. */
  partitions?: number;
  replicationFactor?: number;
  ssl?: boolean;
  sasl?: { username: string; password: string };
  /**
   * Told of topics that were not there, and are now, empty: at the very first start, and when the broker has lost its
   * disk. What was published to them before is to be published again.
   */
  onTopicsMade?(topics: string[]): void;
  log: BusLog;
}

/**
 * Apache Kafka, by kafkajs 2.2.4. The library loses messages when used as its documents show, so this module, the
 * only one that knows it, keeps to the one way that was seen to lose none (docs/adr/0004-kafka-client.md):
 * one idempotent batch in flight, and after any error a new producer that sends the same batch again; no error ever
 * reaches the consumer's own retry logic, and after a crash or a stall the consumer is built anew.
 */
export class KafkaBus implements EventBus {
  readonly #options: KafkaBusOptions;
  readonly #kafka: Kafka;
  readonly #publisher: Publisher;
  readonly #consumptions = new Set<Consumption>();
  readonly #topicsAdmin: LazyAdmin;
  /** Once asked about a topic, it fails in all that it is asked while that topic is gone: none but `lag` may use it. */
  readonly #lagAdmin: LazyAdmin;

  constructor(options: KafkaBusOptions) {
    checkQueueOnlyWhenNeeded();
    this.#options = options;
    this.#kafka = new kafkajs.Kafka({
      clientId: options.clientId,
      brokers: options.brokers,
      ...(options.ssl && { ssl: true }),
      ...(options.sasl && { sasl: { mechanism: 'scram-sha-512', ...options.sasl } }),
      connectionTimeout: 2_000,
      requestTimeout: 10_000,
      enforceRequestTimeout: true,
      retry: RETRY,
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: () => entry =>
        options.log.warn({ ...entry.log, message: undefined }, `kafka: ${entry.log.message}`),
    });
    this.#topicsAdmin = new LazyAdmin(this.#kafka);
    this.#lagAdmin = new LazyAdmin(this.#kafka);
    this.#publisher = new Publisher(this.#kafka, topics => this.ensureTopics(topics), options.log);
  }

  async ensureTopics(topics: string[]): Promise<void> {
    const admin = await this.#topicsAdmin.connected();
    const existing = new Set(await admin.listTopics());
    const missing = [...new Set(topics)].filter(topic => !existing.has(topic));
    if (missing.length === 0) return;
    const { partitions = 12, replicationFactor = -1 } = this.#options;
    // What another process has made meanwhile is no error.
    await admin.createTopics({
      waitForLeaders: false, // it fails when the broker has not yet heard of a topic, even of one that it has just made
      topics: missing.map(topic => ({ topic, numPartitions: partitions, replicationFactor })),
    });
    const deadline = Date.now() + TOPICS_TIMEOUT_MS;
    for (;;) {
      const known = new Set(await admin.listTopics());
      const unknown = missing.filter(topic => !known.has(topic));
      if (unknown.length === 0) return this.#options.onTopicsMade?.(missing);
      if (Date.now() > deadline) throw new Error(`Kafka does not know ${unknown.join(', ')}.`);
      await sleep(TOPICS_INTERVAL_MS);
    }
  }

  publish(messages: Message[]): Promise<void> {
    return this.#publisher.publish(messages);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    const supervised = new SupervisedConsumer(this.#kafka, options, this.#options.log, this);
    await supervised.start();
    const consumption = {
      stop: async () => {
        this.#consumptions.delete(consumption);
        await supervised.stop();
      },
    };
    this.#consumptions.add(consumption);
    return consumption;
  }

  async lag(group: string, topics: string[]): Promise<number> {
    try {
      return await lagOf(await this.#lagAdmin.connected(), group, topics);
    } catch (error) {
      await this.#lagAdmin.close(); // the next one does not know the topics that this one failed for
      throw error;
    }
  }

  async forget(group: string): Promise<void> {
    const admin = await this.#topicsAdmin.connected();
    await admin.deleteGroups([group]);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumptions].map(consumption => consumption.stop()));
    await this.#publisher.close();
    await Promise.all([this.#topicsAdmin.close(), this.#lagAdmin.close()]);
  }
}

/** A connection for administration, made when it is first needed. */
class LazyAdmin {
  #admin: Promise<Admin> | undefined;

  constructor(private readonly kafka: Kafka) {}

  connected(): Promise<Admin> {
    const connecting = (this.#admin ??= (async () => {
      const admin = this.kafka.admin({ retry: RETRY });
      await admin.connect();
      return admin;
    })());
    connecting.catch(() => (this.#admin = undefined)); // the next call tries again
    return connecting;
  }

  /** It may be needed again, and is made again then. */
  async close(): Promise<void> {
    const closing = this.#admin;
    this.#admin = undefined;
    if (closing) await bounded(closing.then(admin => admin.disconnect()));
  }
}

async function lagOf(admin: Admin, group: string, topics: string[]): Promise<number> {
  let lag = 0n;
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics })) {
    const taken = new Map(partitions.map(({ partition, offset }) => [partition, offset]));
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const offset = taken.get(partition);
      lag += BigInt(high) - BigInt(offset === undefined || offset === '-1' ? low : offset);
    }
  }
  return Number(lag);
}

/** Keeps one batch in flight, and sends it until it is acknowledged. */
class Publisher {
  #tail: Promise<unknown> = Promise.resolve();
  #producer: Producer | undefined;
  #closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly ensureTopics: (topics: string[]) => Promise<void>,
    private readonly log: BusLog,
  ) {}

  publish(messages: Message[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    const sent = this.#tail.then(async () => {
      for (const batch of batchesOf(messages)) await this.#send(batch);
    });
    this.#tail = sent.catch(() => {});
    return sent;
  }

  async #send(messages: Message[]): Promise<void> {
    const byTopic = [...Map.groupBy(messages, message => message.topic)];
    for (let failures = 0; ; failures++) {
      try {
        const producer = (this.#producer ??= await this.#connect());
        await producer.sendBatch({
          acks: -1,
          timeout: 10_000,
          // kafkajs writes into what it is given: each attempt gets its own.
          topicMessages: byTopic.map(([topic, batch]) => ({
            topic,
            messages: batch.map(({ key, headers, value }) => ({
              key,
              headers: { ...headers },
              value,
            })),
          })),
        });
        return;
      } catch (error) {
        if (this.#closed) throw error;
        // The broker may or may not have it. Only a new producer id makes the second sending safe: with the old one
        // its sequence numbers may be off by one, and the broker would drop a message as a duplicate.
        this.log.warn({ error, failures }, 'kafka: a batch was not acknowledged, sending it again');
        const spoilt = this.#producer;
        this.#producer = undefined;
        if (spoilt) await bounded(spoilt.disconnect());
        await sleep(Math.min(100 * 2 ** failures, RETRY_DELAY_MS_MAX));
        // The broker may have lost its disk, and the topics with it.
        await this.ensureTopics(byTopic.map(([topic]) => topic)).catch(() => {});
      }
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    await producer.connect();
    return producer;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
    if (this.#producer) await bounded(this.#producer.disconnect());
  }
}

/** The messages in their order, so many at a time as a broker takes. */
function batchesOf(messages: Message[]): Message[][] {
  const batches: Message[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value ?? '') + HEADERS_BYTES;
    bytes += size;
    if (bytes > BATCH_BYTES_MAX) {
      batches.push([]);
      bytes = size;
    }
    batches.at(-1)!.push(message);
  }
  return batches;
}

/** A consumer that is rebuilt whenever kafkajs gives up on it, or it stands still while there is work. */
class SupervisedConsumer {
  #consumer: Consumer | undefined;
  #building: Promise<void> | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #committing: NodeJS.Timeout | undefined;
  /** Of the newest batch: whatever was resolved and not yet committed is, when it is called. */
  #commit: (() => Promise<void>) | undefined;
  readonly #inHand = new Set<Promise<void>>();
  #progressAt = Date.now();
  #stopping = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: ConsumeOptions,
    private readonly log: BusLog,
    private readonly bus: KafkaBus,
  ) {}

  async start(): Promise<void> {
    await this.#build();
    this.#watchdog = setInterval(
      () => void this.#rebuildWhenStalled().catch(() => {}),
      WATCH_INTERVAL_MS,
    ).unref();
    this.#committing = setInterval(() => void this.#keepPositions(), COMMIT_INTERVAL_MS).unref();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watchdog);
    clearInterval(this.#committing);
    await this.#building;
    const leaving = Promise.all(this.#inHand)
      .then(() => this.#keepPositions())
      .then(() => this.#consumer?.disconnect());
    await bounded(leaving, 2 * DISCONNECT_TIMEOUT_MS);
  }

  /**
   * Beside the work: kafkajs's own way has each batch, and whatever is behind it, wait until the broker has committed it.
   * What is not kept when this process ends, or gives a partition to another, comes once more.
   */
  async #keepPositions(): Promise<void> {
    const commit = this.#commit;
    this.#commit = undefined;
    await commit?.().catch(() => (this.#commit ??= commit));
  }

  async #build(): Promise<void> {
    for (let failures = 0; !this.#stopping; failures++) {
      const consumer = this.kafka.consumer({
        groupId: this.options.group,
        sessionTimeout: 10_000,
        rebalanceTimeout: 30_000,
        heartbeatInterval: HEARTBEAT_INTERVAL_MS,
        maxWaitTimeInMs: 250, // leaving and rebalancing wait for this long poll
        allowAutoTopicCreation: false,
        retry: { ...RETRY, restartOnFailure: async () => false },
      });
      let crash: Error | undefined;
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        crash = payload.error;
        if (this.#consumer === consumer) this.#rebuild(crash);
      });
      try {
        const { topics, onBegin } = this.options;
        await this.bus.ensureTopics(topics);
        await consumer.connect();
        await consumer.subscribe({ topics, fromBeginning: !onBegin });
        if (onBegin) tellOfBeginnings(consumer, onBegin);
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: PARTITIONS_AT_A_TIME,
          eachBatch: async batch => {
            const handling = this.#handle(batch);
            this.#inHand.add(handling);
            await handling.finally(() => this.#inHand.delete(handling));
          },
        });
        if (crash) throw crash; // `run` says nothing of it: a coordinator that is only just loading is enough
        this.#consumer = consumer;
        this.#progressAt = Date.now();
        return;
      } catch (error) {
        this.log.warn(
          { error, group: this.options.group },
          'kafka: a consumer did not start, trying again',
        );
        await bounded(consumer.disconnect());
        await sleep(Math.min(200 * 2 ** failures, RETRY_DELAY_MS_MAX));
      }
    }
  }

  #rebuild(error: unknown): void {
    if (this.#stopping || this.#building) return;
    this.log.warn({ error, group: this.options.group }, 'kafka: building the consumer anew');
    const spent = this.#consumer;
    this.#consumer = undefined;
    this.#commit = undefined;
    this.#building = (async () => {
      if (spent) await bounded(spent.disconnect());
      await sleep(300);
      await this.#build();
    })().finally(() => (this.#building = undefined));
  }

  async #rebuildWhenStalled(): Promise<void> {
    const { group, topics } = this.options;
    const idleMs = Date.now() - this.#progressAt;
    if (this.#stopping || idleMs < WATCH_INTERVAL_MS) return;
    await this.bus.ensureTopics(topics); // a broker that lost its disk has none, and kafkajs asks for them for ever
    if (idleMs < STALL_MS) return;
    this.#progressAt = Date.now();
    if ((await this.bus.lag(group, topics)) > 0)
      this.#rebuild(new Error('There are messages, but none came.'));
  }

  async #handle(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    const beat = setInterval(() => void heartbeat().catch(() => {}), HEARTBEAT_INTERVAL_MS); // kafkajs has none of its own
    try {
      for (let start = 0; start < batch.messages.length; start += CHUNK) {
        const chunk = batch.messages.slice(start, start + CHUNK);
        const messages = chunk.map((message): ReceivedMessage => ({
          topic: batch.topic,
          partition: batch.partition,
          offset: message.offset,
          key: message.key?.toString() ?? '',
          headers: textHeaders(message.headers),
          value: message.value?.toString() ?? null,
        }));
        for (let failures = 0; ; failures++) {
          if (this.#stopping || !isRunning() || isStale()) return;
          try {
            await this.options.onMessages(messages);
            break;
          } catch (error) {
            // Nothing may escape: kafkajs stops for good on a TypeError, and drops the member after a few retries.
            this.log.warn(
              { error, group: this.options.group },
              'kafka: messages wait for their consumer',
            );
            await sleep(Math.min(100 * 2 ** failures, RETRY_DELAY_MS_MAX));
          }
        }
        this.#progressAt = Date.now();
        resolveOffset(chunk.at(-1)!.offset);
        this.#commit = async () => payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      }
    } finally {
      clearInterval(beat);
    }
  }
}

function textHeaders(
  headers: EachBatchPayload['batch']['messages'][number]['headers'],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
}

/** Waits for it to settle in any way, but not for ever: kafkajs may hang when it disconnects from a dead broker. */
async function bounded(work: Promise<unknown>, timeoutMs = DISCONNECT_TIMEOUT_MS): Promise<void> {
  await Promise.race([work.catch(() => {}), sleep(timeoutMs, undefined, { ref: false })]);
}

/**
 * kafkajs 2.2.4 looks at each connection's queue every millisecond (issues 1556, 1704, 1751), which costs 4 % of a core
 * and prints a warning on Node 24. All that fills or drains the queue looks at it anyway: a timer is of use only while
 * requests wait for a throttle or a slot.
 */
function checkQueueOnlyWhenNeeded(): void {
  requestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const delayMs = Math.max(this.throttledUntil - Date.now(), 10);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, delayMs);
  };
}

/** Only with the first answer after it has joined the group does a consumer know where the log ends. */
function tellOfBeginnings(consumer: Consumer, onBegin: () => void): void {
  let hasJoined = false;
  consumer.on(consumer.events.GROUP_JOIN, () => (hasJoined = true));
  consumer.on(consumer.events.FETCH, () => {
    if (hasJoined) onBegin();
    hasJoined = false;
  });
}
