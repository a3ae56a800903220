import { decode, encode, type Envelope, type Message } from '@gamegraph/event-bus';
import { envelopeOf } from '@gamegraph/subgraph-kit/events';
import type { SimulatedBus } from './bus.js';
import {
  type Database,
  type Note,
  SimulatedPositions,
  tell,
  type Transaction,
  Unavailable,
} from './database.js';
import type { Parts } from './parts.js';
import type { Process } from './process.js';

const IDLE_MS = 1_000;
const RETRY_MS = 100;
const ASK_AGAIN_MS = 30_000;
const STATEMENT_MS = 1;

export interface SimulatedConsumer {
  name: string;
  topics: string[];
  handle(tx: Transaction, event: Envelope): void;
}

/** What an effect that happened says of itself. */
export interface Effect {
  id: string;
  version: number;
}

export interface SubgraphOptions {
  name: string;
  database: Database;
  bus: SimulatedBus;
  parts: Parts;
  topics: string[];
  consumers: SimulatedConsumer[];
  jobs: { everyMs: number; run(by: Process): Promise<unknown> }[];
  note: Note;
  /** Told of what is poison, which nothing should be. */
  poisoned(what: string): void;
  /** Has the owner of the aggregate answer, if the request arrives. */
  askForMissing(topic: string, subject: string | undefined, fromVersion: number): void;
}

/** What a process of a subgraph does besides its clients' requests. */
export class SimulatedSubgraph {
  constructor(readonly options: SubgraphOptions) {}

  run(by: Process): void {
    void this.#relay(by);
    for (const { everyMs, run } of this.options.jobs) void this.#repeat(by, everyMs, () => run(by));
    void this.#repeat(by, ASK_AGAIN_MS, () => this.#askAgain(by));
  }

  async #repeat(by: Process, everyMs: number, run: () => Promise<unknown>): Promise<void> {
    for (;;) {
      await by.sleep(everyMs);
      await unlessUnavailable(run());
    }
  }

  /** As events/relay.ts, around its `moveBatch`. */
  async #relay(by: Process): Promise<void> {
    const { database, bus, parts, name } = this.options;
    for (;;) {
      const session = database.connect(by);
      const work = async () => {
        for (;;) {
          database.takeLeases(session);
          const outbox = {
            read: () => database.readOutbox(by, session),
            archive: (rows: Parameters<Database['archiveRows']>[2]) =>
              database.archiveRows(by, session, rows),
          };
          const publish = (messages: Message[]) => bus.publish(by, messages);
          const moved = await parts.moveBatch(outbox, { publish }, name);
          if (moved.length === 0) await database.untilCommit(by, IDLE_MS);
        }
      };
      await unlessUnavailable(work());
      await by.work(RETRY_MS);
    }
  }

  /** As events/inbox.ts, around its `applyInOrder`. */
  async receive(by: Process, messages: Message[]): Promise<void> {
    const events = messages.map(decode);
    for (const consumer of this.options.consumers)
      if (consumer.topics.includes(messages[0]!.topic)) await this.#apply(by, consumer, events);
  }

  async #apply(by: Process, consumer: SimulatedConsumer, events: Envelope[]): Promise<void> {
    const { database, note, parts, poisoned } = this.options;
    try {
      const missing = await parts.deliver({
        consumer: consumer.name,
        events,
        transact: work => database.transact(by, work),
        effect: async (tx, event) => this.#effect(tx, consumer, event),
      });
      for (const { type, subject, version } of events)
        note(
          () => `${consumer.name} has been handed ${tell(type, subject, version)} by ${by.name}`,
        );
      for (const { topic, subject } of missing.values()) this.#ask(consumer.name, topic, subject);
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      if (events.length > 1) {
        for (const event of events) await this.#apply(by, consumer, [event]);
        return;
      }
      const [event] = events as [Envelope];
      poisoned(`${consumer.name} cannot take ${event.type} ${event.version}: ${String(error)}`);
      await database.transact(by, async tx =>
        new SimulatedPositions(tx, consumer.name).park(event),
      );
    }
  }

  #effect(tx: Transaction, consumer: SimulatedConsumer, event: Envelope): void {
    const key = `effects ${consumer.name} ${event.topic} ${event.subject}`;
    const effect: Effect = { id: event.id, version: event.version };
    tx.set(key, [...(tx.get<Effect[]>(key) ?? []), effect]);
    consumer.handle(tx, event);
  }

  async #askAgain(by: Process): Promise<void> {
    const { consumers, database } = this.options;
    await by.work(STATEMENT_MS);
    for (const { name } of consumers)
      for (const [first] of database.list<Envelope[]>(`parked ${name} `))
        this.#ask(name, first!.topic, first!.subject);
  }

  #ask(consumer: string, topic: string, subject: string): void {
    const head = this.options.database.read<number>(`inbox ${consumer} ${topic} ${subject}`) ?? 0;
    this.options.askForMissing(topic, subject, head + 1);
  }

  /** As events/replay.ts: what is archived, once more. */
  async republish(
    by: Process,
    topic: string,
    subject: string | undefined,
    fromVersion: number,
  ): Promise<void> {
    const { archive } = this.options.database;
    const rows = archive.filter(
      row =>
        row.aggregatetype === topic &&
        (subject === undefined || row.aggregateid === subject) &&
        Number(row.version) >= fromVersion,
    );
    rows.sort((a, b) => Number(a.version) - Number(b.version));
    const messages = rows.map(row => encode(envelopeOf(row, this.options.name)));
    if (messages.length > 0) await this.options.bus.publish(by, messages);
  }
}

async function unlessUnavailable(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error;
  });
}
