// oxlint-disable typescript/no-unnecessary-type-parameters -- what is under a key, who asks for it knows
import type { AggregateState, DomainEvent, Envelope } from '@gamegraph/event-bus';
import type { Random } from '@gamegraph/seed/random';
import type { OutboxRow, Positions, Run } from '@gamegraph/subgraph-kit/events';
import type { Process } from './process.js';
import type { VirtualTime } from './virtual-time.js';

const SHARDS = 4;
const COMMIT_MS = 2;
const STATEMENT_MS = 1;
const READ_MAX = 4; // rows at a time: histories are short here, and batches are to have ends
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** The connection is gone. A transaction that was being committed may or may not have been. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** Takes down what happens, for who reads the history. */
export type Note = (text: () => string) => void;

interface Row {
  value: unknown;
  /** Of the commit that wrote it. */
  stamp: number;
}

/**
 * A subgraph's database: transactions commit as a whole or vanish, and two that touched the same do not both commit. What
 * PostgreSQL decides by locks is decided here at the commit: who comes second does its work again.
 */
export class Database {
  readonly #rows = new Map<string, Row>();
  /** What waits for the relay, by its sequence number. */
  readonly outbox = new Map<number, OutboxRow>();
  readonly archive: OutboxRow[] = [];
  readonly #sessions = new Set<Session>();
  readonly #wakers = new Set<() => void>();
  /** Who holds which shard of the outbox. */
  readonly leases = new Map<number, Session>();
  #sequence = 0;
  #stamp = 0;
  #events = 0;

  constructor(
    readonly name: string,
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly note: Note,
  ) {}

  get now(): Date {
    return new Date(EPOCH_MS + this.time.nowMs);
  }

  connect(by: Process): Session {
    const session = new Session(by);
    this.#sessions.add(session);
    return session;
  }

  /** Ends a session, as far as the database is concerned: its client will hear of it when it next asks. */
  end(session: Session): void {
    session.isOver = true;
    this.#sessions.delete(session);
    for (const [shard, holder] of this.leases) if (holder === session) this.leases.delete(shard);
  }

  /** Ends the sessions of a process that was killed. */
  forget(by: Process): void {
    for (const session of this.#sessions) if (session.by === by) this.end(session);
  }

  /** Ends this share of all sessions, as a restart or a network does. */
  cut(share: number): void {
    for (const session of this.#sessions) if (this.random.chance(share)) this.end(session);
  }

  /** Runs `work` in a transaction of its own, again and again while others get in between. */
  async transact<T>(by: Process, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const session = this.connect(by);
    for (;;) {
      await by.work(STATEMENT_MS);
      const tx = new Transaction(this);
      const value = await work(tx);
      tx.insertEvents();
      await by.work(COMMIT_MS);
      if (session.isOver) {
        if (this.random.chance(0.5)) tx.commit(); // then only the answer was lost
        throw new Unavailable();
      }
      if (!tx.commit()) continue;
      this.#sessions.delete(session);
      await by.work(STATEMENT_MS); // killed here, it never learns what it has done
      return value;
    }
  }

  read<T>(key: string): T | undefined {
    return this.#rows.get(key)?.value as T | undefined;
  }

  /** All whose key begins so. */
  list<T>(prefix: string): T[] {
    const found: T[] = [];
    for (const [key, { value }] of this.#rows)
      if (key.startsWith(prefix) && value !== undefined) found.push(value as T);
    return found;
  }

  keys(prefix: string): string[] {
    return [...this.#rows.keys()].filter(key => key.startsWith(prefix));
  }

  stampOf(key: string): number {
    return this.#rows.get(key)?.stamp ?? 0;
  }

  /** As a sequence does: what is rolled back has drawn its number all the same. */
  nextval(): number {
    return ++this.#sequence;
  }

  nextEventId(): string {
    return uuid(this.name, 'event', ++this.#events);
  }

  keep(writes: ReadonlyMap<string, unknown>, rows: OutboxRow[]): void {
    this.#stamp++;
    for (const [key, value] of writes) this.#rows.set(key, { value, stamp: this.#stamp });
    for (const row of rows) {
      this.outbox.set(Number(row.seq), row);
      this.note(
        () =>
          `${this.name} commits ${tell(row.type, row.aggregateid, row.version)}, seq ${row.seq}`,
      );
    }
    if (rows.length > 0) for (const wake of this.#wakers) wake();
  }

  /** Until something is committed that the relay has to move, or the time is over. */
  async untilCommit(by: Process, timeoutMs: number): Promise<void> {
    let wake!: () => void;
    const woken = new Promise<void>(resolve => (wake = resolve));
    this.#wakers.add(wake);
    await Promise.race([by.wait(woken), by.sleep(timeoutMs)]);
    this.#wakers.delete(wake);
  }

  /** Gives the session every shard that nobody holds. */
  takeLeases(session: Session): void {
    if (session.isOver) throw new Unavailable();
    for (let shard = 0; shard < SHARDS; shard++)
      if (!this.leases.has(shard)) this.leases.set(shard, session);
  }

  async readOutbox(by: Process, session: Session): Promise<OutboxRow[]> {
    await by.work(STATEMENT_MS);
    if (session.isOver) throw new Unavailable();
    const mine = [...this.outbox].filter(
      ([, row]) => this.leases.get(shardOf(row.aggregateid)) === session,
    );
    return mine
      .sort(([a], [b]) => a - b)
      .slice(0, READ_MAX)
      .map(([, row]) => row);
  }

  async archiveRows(by: Process, session: Session, rows: OutboxRow[]): Promise<void> {
    await by.work(COMMIT_MS);
    if (session.isOver) throw new Unavailable();
    for (const row of rows) if (this.outbox.delete(Number(row.seq))) this.archive.push(row);
  }
}

export class Session {
  isOver = false;

  constructor(readonly by: Process) {}
}

/** Sees what was committed when it looked, and its own writes. */
export class Transaction {
  readonly #seen = new Map<string, number>();
  readonly #writes = new Map<string, unknown>();
  readonly #recorded: { event: DomainEvent<AggregateState>; at: Date }[] = [];
  readonly #rows: OutboxRow[] = [];

  constructor(readonly database: Database) {}

  get<T>(key: string): T | undefined {
    if (this.#writes.has(key)) return this.#writes.get(key) as T | undefined;
    this.#see(key);
    return copyOf(this.database.read<T>(key));
  }

  set(key: string, value: unknown): void {
    this.#see(key);
    this.#writes.set(key, value);
  }

  record(event: DomainEvent<AggregateState>, at: Date): void {
    this.#recorded.push({ event, at });
  }

  /** As events/outbox.ts and its trigger: a version of each aggregate by its head, and then a number of the sequence. */
  insertEvents(): void {
    const keyOf = ({ event }: { event: DomainEvent }) => `${event.topic} ${event.data.id}`;
    const ordered = this.#recorded.toSorted((a, b) =>
      keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0,
    );
    for (const { event, at } of ordered) {
      const key = `head ${event.topic} ${event.data.id}`;
      const version = (this.get<number>(key) ?? 0) + 1;
      this.set(key, version);
      this.#rows.push({
        seq: String(this.database.nextval()),
        id: this.database.nextEventId(),
        aggregatetype: event.topic,
        aggregateid: event.data.id,
        version: String(version),
        type: event.type,
        payload: event.data,
        headers: {},
        created_at: at,
      });
    }
  }

  /** Returns false when something that it saw is not so any more. */
  commit(): boolean {
    for (const [key, stamp] of this.#seen) if (this.database.stampOf(key) !== stamp) return false;
    this.database.keep(this.#writes, this.#rows);
    return true;
  }

  #see(key: string): void {
    if (!this.#seen.has(key)) this.#seen.set(key, this.database.stampOf(key));
  }
}

/** A consumer's positions in a simulated database, as SqlPositions has them in a real one. */
export class SimulatedPositions implements Positions {
  constructor(
    private readonly tx: Pick<Transaction, 'get' | 'set'>,
    private readonly consumer: string,
  ) {}

  async advance(event: Envelope): Promise<{ parked: boolean } | undefined> {
    const key = this.#headKey(event);
    if ((this.tx.get<number>(key) ?? 0) !== event.version - 1) return undefined;
    this.tx.set(key, event.version);
    return { parked: this.#parked(event).length > 0 };
  }

  async head(event: Envelope): Promise<number> {
    return this.tx.get<number>(this.#headKey(event)) ?? 0;
  }

  async park(event: Envelope): Promise<boolean> {
    const parked = this.#parked(event);
    if (parked.some(({ version }) => version === event.version)) return false;
    this.#keep(event, [...parked, event]);
    return true;
  }

  async unpark(event: Envelope, uptoVersion: number): Promise<Envelope[]> {
    const parked = this.#parked(event);
    const taken = parked.filter(({ version }) => version <= uptoVersion);
    if (taken.length > 0)
      this.#keep(
        event,
        parked.filter(one => !taken.includes(one)),
      );
    return taken;
  }

  async advanceAll(runs: Run[]): Promise<Run[]> {
    const moved = runs.filter(
      ([first]) =>
        (this.tx.get<number>(this.#headKey(first!)) ?? 0) === first!.version - 1 &&
        this.#parked(first!).length === 0,
    );
    for (const run of moved) this.tx.set(this.#headKey(run[0]!), run.at(-1)!.version);
    return moved;
  }

  #parked(event: Envelope): Envelope[] {
    return this.tx.get<Envelope[]>(this.#parkedKey(event)) ?? [];
  }

  #keep(event: Envelope, parked: Envelope[]): void {
    this.tx.set(this.#parkedKey(event), parked.length > 0 ? parked : undefined);
  }

  #headKey({ topic, subject }: Envelope): string {
    return `inbox ${this.consumer} ${topic} ${subject}`;
  }

  #parkedKey({ topic, subject }: Envelope): string {
    return `parked ${this.consumer} ${topic} ${subject}`;
  }
}

/** The n-th id of its kind, as a UUID of version 7 by its form. */
export function uuid(owner: string, kind: string, n: number): string {
  const prefix = [...`${owner} ${kind}`].reduce(
    (hash, char) => (hash * 31 + char.charCodeAt(0)) >>> 0,
    7,
  );
  return `${prefix.toString(16).padStart(8, '0')}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** The n of `uuid`. */
export function numberOf(id: string): number {
  return Number.parseInt(id.slice(-12), 16);
}

/** An event as the history tells it: `payments.order 3 held (1)`, where the last is its version. */
export function tell(type: string, id: string, version: number | string): string {
  const [subgraph, noun, participle] = type.split('.');
  return `${nameOf(`${subgraph}.${noun}`, id)} ${participle} (${version})`;
}

export function nameOf(topic: string, id: string): string {
  return `${topic} ${numberOf(id)}`;
}

function shardOf(id: string): number {
  return numberOf(id) % SHARDS;
}

/** Entities are changed in place: what is in the database is not to change with them. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.assign(Object.create(Object.getPrototypeOf(value) as object) as object, value) as T;
}
