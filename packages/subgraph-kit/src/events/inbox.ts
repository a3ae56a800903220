import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumption,
  decode,
  encode,
  type Envelope,
  type EventBus,
  MalformedMessage,
  type Message,
  type ReceivedMessage,
} from '@gamegraph/event-bus';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { failpoint } from '../service/failpoint.js';
import { execute, isUnavailable, query } from '../store/sql.js';
import { transact } from '../store/transact.js';
import { type Consumer, type HandledEvent, readEvent, UnknownEvent, wordsOf } from './consumer.js';
import { type DeadLetterKind, keepMalformed } from './dead-letters.js';
import { LagMeter } from './lag.js';
import type { Rebuilds } from './rebuild.js';
import { decodeReplayRequest, encodeReplayRequest, REPLAY_TOPIC, republish } from './replay.js';
import { SqlPositions } from './sql-positions.js';
import { applyAll, type Outcome } from './succession.js';
import { Together } from './together.js';

// Events in one transaction, as long as all goes well. A batch's first two statements cost as much as those of one event.
const CHUNK = 200;
const ATTEMPTS = 3; // at one event, before it counts as poison
const ATTEMPT_DELAY_MS = 100;
const POISON_TRIED_MAX = 1_000; // aggregates, when a process starts
const DEAD_LETTER = '.dead-letter';
const ASK_AGAIN_AFTER_MS = 30_000; // for what is still missing: the request, or its answer, was lost

export interface InboxOptions {
  /** The subgraph's name, which is also its group on the bus. */
  subgraph: string;
  orm: MikroORM;
  bus: EventBus;
  consumers: Consumer[];
  /** Topics that this subgraph announces, and so answers replay requests for. */
  ownTopics: string[];
  /** Have each event before its consumers. */
  rebuilds?: Rebuilds | undefined;
  log: Logger;
  /** Told what became of each event for each consumer. */
  consumed?(consumer: string, outcome: Outcome, lagMs: number): void;
}

/**
 * The subgraph's one group on the bus. For each consumer, an event's effect and the consumer's new position in that
 * aggregate are one transaction. An event comes to the consumer only when all before it have:
 *
 * - a version already had is dropped;
 * - a version too high is parked, and what is missing is asked for again from its owner's archive;
 * - an event that fails for good is parked as poison and copied to the dead-letter topic; later events of its aggregate
 *   wait behind it, those of others go on. dead-letters.ts ends the wait, and so does a start of a version that can take
 *   it: a kind of event that this one does not know is poison too.
 */
export class Inbox {
  #consumption: Consumption | undefined;
  #askAgain: NodeJS.Timeout | undefined;
  #retrying: Promise<void> | undefined;
  /** By topic. The bus brings what is of different partitions side by side, and each transaction costs the same. */
  readonly #gathered = new Map<string, Together<ReceivedMessage>>();
  readonly #deadLetterTopic: string;
  readonly lagMeter: LagMeter;

  constructor(private readonly options: InboxOptions) {
    const { bus, consumers, subgraph } = options;
    this.lagMeter = new LagMeter(bus, subgraph, consumers);
    this.#deadLetterTopic = `${options.subgraph}${DEAD_LETTER}`;
  }

  async start(): Promise<void> {
    const { bus, consumers, ownTopics, subgraph } = this.options;
    const topics = this.#topics();
    await bus.ensureTopics([...topics, ...ownTopics, this.#deadLetterTopic]);
    this.#consumption = await bus.consume({
      group: subgraph,
      topics,
      onMessages: messages => this.#receive(messages),
    });
    for (const consumer of consumers) await this.#askForThePast(consumer);
    this.#retrying = this.#tryPoisonAgain().catch(error =>
      this.options.log.warn({ error }, 'inbox: could not try poison again'),
    );
    this.#askAgain = setInterval(() => {
      void this.#askForLongMissing().catch(error =>
        this.options.log.warn({ error }, 'inbox: could not ask again'),
      );
    }, ASK_AGAIN_AFTER_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#askAgain);
    await this.#consumption?.stop();
    await this.#retrying;
  }

  /** A consumer that is new to this database may have missed events that the group as a whole has had. */
  async #askForThePast(consumer: Consumer): Promise<void> {
    const em = this.options.orm.em.fork();
    const isNew = await execute(
      em,
      sql`INSERT INTO events.inbox_consumer (consumer) VALUES (${consumer.name}) ON CONFLICT DO NOTHING`,
    );
    if (isNew) await this.requestReplay(consumer);
  }

  /** What an earlier version could not take this one may: each poisoned aggregate is tried from its first event on, once. */
  async #tryPoisonAgain(): Promise<void> {
    const firsts = await query<{ consumer: string; message: Message }>(
      this.options.orm.em.fork(),
      sql`SELECT DISTINCT ON (consumer, aggregatetype, aggregateid) consumer, message FROM events.inbox_parked
          WHERE reason = 'poison' ORDER BY consumer, aggregatetype, aggregateid, version LIMIT ${POISON_TRIED_MAX}`,
    );
    for (const { consumer: name, message } of firsts) {
      const consumer = this.options.consumers.find(candidate => candidate.name === name);
      if (!consumer) continue;
      const first = decode(message);
      const isGone = await this.#applyAlone(consumer, first).catch((error: unknown) => {
        if (isUnavailable(error)) throw error;
        return false; // it stays parked, as it was told when it came
      });
      if (isGone) await this.#applyParked(consumer, first, first.version + 1);
    }
  }

  /** Asks the owners of the consumer's aggregates for all of their events once more. */
  async requestReplay(consumer: Consumer): Promise<void> {
    await this.options.bus.publish(
      consumer.topics.map(aggregatetype => encodeReplayRequest({ aggregatetype, fromVersion: 1 })),
    );
  }

  /**
   * Has the owners of aggregates announce the last event of each once more: the log that had them is lost, and whoever
   * has not had them all finds out so, and asks for the rest.
   */
  async requestHeads(topics: string[]): Promise<void> {
    const aggregates = topics.filter(
      topic => topic !== REPLAY_TOPIC && !topic.endsWith(DEAD_LETTER),
    );
    await this.options.bus.publish(
      aggregates.map(aggregatetype => encodeReplayRequest({ aggregatetype })),
    );
  }

  async #receive(messages: ReceivedMessage[]): Promise<void> {
    const { rebuilds } = this.options;
    const { topic } = messages[0]!;
    if (topic === REPLAY_TOPIC) return this.#answer(messages);
    if (rebuilds?.topics.includes(topic)) return rebuilds.receive(messages);
    let together = this.#gathered.get(topic);
    if (!together) {
      together = new Together(all => this.#take(topic, all));
      this.#gathered.set(topic, together);
    }
    return together.add(messages);
  }

  async #take(topic: string, messages: ReceivedMessage[]): Promise<void> {
    const { consumers, rebuilds } = this.options;
    const envelopes: Envelope[] = [];
    for (const message of messages) {
      try {
        envelopes.push(decode(message));
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
        const { partition, offset } = message;
        this.options.log.error({ error, topic, partition, offset }, 'inbox: a message is no event');
        if (await keepMalformed(this.options.orm.em.fork(), message, error))
          await this.#deadLetter(message, 'malformed', error);
      }
    }
    if (envelopes.length === 0) return;
    const followers = consumers.filter(consumer => consumer.topics.includes(topic));
    for (const { name } of followers) this.lagMeter.begin(name, topic, envelopes);
    try {
      await rebuilds?.take(topic, envelopes);
      for (const consumer of followers) {
        for (let start = 0; start < envelopes.length; start += CHUNK) {
          await this.#apply(consumer, envelopes.slice(start, start + CHUNK));
        }
        this.lagMeter.end(consumer.name, topic);
      }
    } finally {
      // What nothing could be done with comes again, perhaps to another process.
      for (const { name } of followers) this.lagMeter.end(name, topic);
    }
  }

  async #answer(messages: ReceivedMessage[]): Promise<void> {
    const { bus, orm, ownTopics, subgraph } = this.options;
    for (const message of messages) {
      const request = decodeReplayRequest(message);
      if (request && ownTopics.includes(request.aggregatetype))
        await republish(orm.em.fork(), bus, subgraph, request);
    }
  }

  /** All in one transaction; when that fails, each half in its own, until what fails is alone. */
  async #apply(consumer: Consumer, envelopes: Envelope[]): Promise<void> {
    const missing = new Map<string, Envelope>();
    try {
      const outcomes = await this.#transact(async tx => {
        missing.clear();
        const positions = new SqlPositions(tx, consumer.name);
        const effect = (some: Envelope[]) => this.#handle(tx, consumer, some);
        return applyAll(positions, envelopes, effect, missing);
      });
      for (const [envelope, outcome] of outcomes) {
        this.#tell(consumer, outcome, envelope);
      }
    } catch (error) {
      if (isUnavailable(error)) throw error; // the bus brings the same messages again
      if (envelopes.length === 1) return this.#retryOrPark(consumer, envelopes[0]!, error);
      const half = Math.ceil(envelopes.length / 2);
      await this.#apply(consumer, envelopes.slice(0, half));
      return this.#apply(consumer, envelopes.slice(half));
    }
    for (const { topic, subject } of missing.values())
      await this.#askForMissing(consumer.name, topic, subject);
  }

  #transact<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return transact(this.options.orm.em.fork(), work, 'inbox');
  }

  /** Without what is parked behind it: that may be what fails. Returns whether it was its turn. */
  async #applyAlone(consumer: Consumer, envelope: Envelope): Promise<boolean> {
    return this.#transact(async tx => {
      const positions = new SqlPositions(tx, consumer.name);
      if (!(await positions.advance(envelope))) return false;
      await this.#handle(tx, consumer, [envelope]);
      await positions.unpark(envelope, envelope.version);
      return true;
    });
  }

  async #handle(tx: EntityManager, consumer: Consumer, envelopes: Envelope[]): Promise<void> {
    const events: HandledEvent[] = [];
    for (const envelope of envelopes) {
      const read = readEvent(consumer, envelope);
      if (!read) continue; // a kind of event that this consumer ignores still moves its position
      await failpoint('inbox', 'handle');
      const event = { ...read, context: { em: tx, envelope, at: new Date(envelope.time) } };
      if (consumer.handleAll) {
        events.push(event);
      } else {
        await event.subscription.handle(event.data as never, event.context);
        await tx.flush();
      }
    }
    if (events.length > 0) await consumer.handleAll!(events, tx);
  }

  /** Poison is tried a few times: what looks like its fault may be a passing one of ours. */
  async #retryOrPark(consumer: Consumer, envelope: Envelope, firstError: unknown): Promise<void> {
    let error = firstError;
    for (let attempt = 2; attempt <= ATTEMPTS; attempt++) {
      await sleep(ATTEMPT_DELAY_MS);
      try {
        if (await this.#applyAlone(consumer, envelope)) this.#tell(consumer, 'applied', envelope);
      } catch (again) {
        if (isUnavailable(again)) throw again;
        error = again;
        continue;
      }
      return this.#applyParked(consumer, envelope, envelope.version + 1);
    }
    const { id, type, subject, version } = envelope;
    this.options.log.error(
      { error, consumer: consumer.name, id, type, subject, version },
      'inbox: an event is poison',
    );
    const positions = new SqlPositions(this.options.orm.em.fork(), consumer.name);
    const isNew = await positions.parkPoison(envelope, kindOf(error), wordsOf(error));
    if (isNew) await this.#deadLetter(encode(envelope), consumer.name, error);
    this.#tell(consumer, 'poison', envelope);
  }

  #tell({ name }: Consumer, outcome: Outcome, { time }: Envelope): void {
    if (outcome === 'applied') this.lagMeter.applied(name);
    this.options.consumed?.(name, outcome, Date.now() - Date.parse(time));
  }

  /** Unless it is poison that is waited for: nobody else can help with that. */
  async #askForMissing(consumer: string, topic: string, subject: string): Promise<void> {
    const em = this.options.orm.em.fork();
    const [state] = await query<{ head: string | null; poisoned: boolean }>(
      em,
      sql`SELECT
            (SELECT version FROM events.inbox_head
             WHERE (consumer, aggregatetype, aggregateid) = (${consumer}, ${topic}, ${subject})) AS head,
            EXISTS (SELECT 1 FROM events.inbox_parked
             WHERE (consumer, aggregatetype, aggregateid) = (${consumer}, ${topic}, ${subject})
               AND reason = 'poison') AS poisoned`,
    );
    if (state!.poisoned) return;
    const fromVersion = Number(state!.head ?? 0) + 1;
    this.options.log.warn(
      { consumer, topic, subject, fromVersion },
      'inbox: asking for missing events',
    );
    await this.options.bus.publish([
      encodeReplayRequest({ aggregatetype: topic, aggregateid: subject, fromVersion }),
    ]);
  }

  async #askForLongMissing(): Promise<void> {
    const waiting = await query<ParkedKey>(
      this.options.orm.em.fork(),
      sql`SELECT DISTINCT consumer, aggregatetype, aggregateid FROM events.inbox_parked
          WHERE reason = 'waiting' AND parked_at < now() - ${ASK_AGAIN_AFTER_MS} * interval '1 ms' LIMIT 100`,
    );
    for (const { consumer, aggregatetype, aggregateid } of waiting) {
      await this.#askForMissing(consumer, aggregatetype, aggregateid);
    }
  }

  async #deadLetter(message: Message, consumer: string, error: unknown): Promise<void> {
    const headers = {
      ...message.headers,
      gamegraph_consumer: consumer,
      gamegraph_error: wordsOf(error).slice(0, 1_000),
    };
    await this.options.bus.publish([{ ...message, topic: this.#deadLetterTopic, headers }]);
  }

  /** How many messages the group has not yet taken from the bus. */
  lag(): Promise<number> {
    return this.options.bus.lag(this.options.subgraph, this.#topics());
  }

  #topics(): string[] {
    return [
      ...new Set([
        ...this.options.consumers.flatMap(consumer => consumer.topics),
        REPLAY_TOPIC,
        ...(this.options.rebuilds?.topics ?? []),
      ]),
    ];
  }

  /** Tries an aggregate's first parked event again, and what waits behind it. */
  async replayParked({ consumer: name, aggregatetype, aggregateid }: ParkedKey): Promise<void> {
    const consumer = this.options.consumers.find(candidate => candidate.name === name);
    if (!consumer) return; // of an earlier version: nobody is left to try
    await this.#applyParked(consumer, { topic: aggregatetype, subject: aggregateid });
  }

  /** The parked event of a version, or else the first one. */
  async #applyParked(
    consumer: Consumer,
    { topic, subject }: Pick<Envelope, 'topic' | 'subject'>,
    version?: number,
  ): Promise<void> {
    const [parked] = await query<{ message: Message }>(
      this.options.orm.em.fork(),
      sql`SELECT message FROM events.inbox_parked
          WHERE (consumer, aggregatetype, aggregateid) = (${consumer.name}, ${topic}, ${subject})
            AND ${version === undefined ? sql`true` : sql`version = ${version}`}
          ORDER BY version LIMIT 1`,
    );
    if (parked) await this.#apply(consumer, [decode(parked.message)]);
  }

  /** Takes a message as if it came now from the bus. Returns whether it is an event. */
  async takeAgain(message: Message): Promise<boolean> {
    try {
      decode(message);
    } catch (error) {
      if (error instanceof MalformedMessage) return false;
      throw error;
    }
    await this.#receive([{ ...message, partition: 0, offset: '0' }]);
    return true;
  }
}

export interface ParkedKey {
  consumer: string;
  aggregatetype: string;
  aggregateid: string;
}

function kindOf(error: unknown): DeadLetterKind {
  if (error instanceof UnknownEvent) return 'UNKNOWN_TYPE';
  return error instanceof MalformedMessage ? 'INVALID_DATA' : 'HANDLER_FAILED';
}
