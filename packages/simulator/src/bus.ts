import type { Message } from '@gamegraph/event-bus';
import type { Random } from '@gamegraph/seed/random';
import { type Note, numberOf, tell, Unavailable } from './database.js';
import type { Process } from './process.js';
import type { VirtualTime } from './virtual-time.js';

const PARTITIONS = 2;
const NETWORK_MS = 5;
const RETRY_MS = 100;
const FETCH_MAX = 5;

interface Partition {
  topic: string;
  /** Null where a record was lost. */
  log: (Message | null)[];
  wakers: Set<() => void>;
}

interface Membership {
  process: Process;
  /** Of the process: its next life knows nothing of this. */
  life: number;
}

/** A group's claim to a partition, and how far it has said that it has come. */
interface Claim {
  offset: number;
  holder: Membership | undefined;
  /** How far its holder has really come. */
  takenTo: number;
}

interface Group {
  members: Process[];
  receive(by: Process, messages: Message[]): Promise<void>;
  claims: Map<Partition, Claim>;
}

/**
 * The event bus as a bad day has it: what was sent may be stored though nobody said so, and is then sent again; a group's
 * positions are kept late; its partitions change hands while their old holder is still at work.
 */
export class SimulatedBus {
  readonly #partitions = new Map<string, Partition[]>();
  readonly #groups = new Map<string, Group>();
  readonly #inWork = new WeakMap<Process, { life: number; last: Promise<void> }>();
  #isDown = false;
  /** Records of the log in the order in which they were stored. */
  readonly stored: Message[] = [];

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    topics: string[],
    private readonly note: Note,
  ) {
    for (const topic of topics) {
      const make = () => ({ topic, log: [], wakers: new Set<() => void>() });
      this.#partitions.set(topic, Array.from({ length: PARTITIONS }, make));
    }
  }

  /** As the publisher of packages/event-bus does: one batch at a time, again and again until it is acknowledged. */
  publish(by: Process, messages: Message[]): Promise<void> {
    const inWork = this.#inWork.get(by);
    const before = inWork?.life === by.life ? inWork.last : Promise.resolve();
    const last = before.then(() => this.#send(by, messages));
    this.#inWork.set(by, { life: by.life, last });
    return last;
  }

  async #send(by: Process, messages: Message[]): Promise<void> {
    for (;;) {
      await by.work(NETWORK_MS);
      const luck = this.#isDown ? 0 : this.random.next();
      // On its way, it arrives whatever becomes of its sender.
      const arrived = this.time.sleep(this.random.next() * NETWORK_MS);
      if (luck > 0.02) {
        const isWhole = luck > 0.04;
        void arrived.then(() => this.#store(messages, isWhole ? 1 : 0.5));
      }
      await by.wait(arrived);
      await by.work(NETWORK_MS);
      if (luck > 0.08) return;
      await by.work(RETRY_MS);
    }
  }

  /** Each partition takes its part, or does not. */
  #store(messages: Message[], share: number): void {
    const parts = Map.groupBy(messages, message => this.#partitionOf(message));
    for (const [partition, part] of parts) {
      if (!this.random.chance(share)) continue;
      partition.log.push(...part);
      this.stored.push(...part);
      for (const message of part) this.note(() => `the bus has ${tellMessage(message)}`);
      for (const wake of partition.wakers) wake();
    }
  }

  #partitionOf({ topic, key }: Message): Partition {
    return this.#partitions.get(topic)![numberOf(key) % PARTITIONS]!;
  }

  join(name: string, topics: string[], members: Process[], receive: Group['receive']): void {
    const partitions = topics.flatMap(topic => this.#partitions.get(topic)!);
    const claim = (): Claim => ({ offset: 0, holder: undefined, takenTo: 0 });
    const claims = new Map(partitions.map(partition => [partition, claim()]));
    this.#groups.set(name, { members, receive, claims });
  }

  /** Gives each partition to one of the living; who had it before goes on with what is in hand. */
  rebalance(name: string): void {
    const { members, claims } = this.#groups.get(name)!;
    const living = members.filter(({ isAlive }) => isAlive);
    if (living.length === 0) return;
    for (const partition of claims.keys()) this.#assign(name, partition, this.random.pick(living));
  }

  /** What the dead have held goes to the living. */
  takeOver(name: string): void {
    const { members, claims } = this.#groups.get(name)!;
    const living = members.filter(({ isAlive }) => isAlive);
    if (living.length === 0) return;
    for (const [partition, { holder }] of claims)
      if (holder?.life !== holder?.process.life)
        this.#assign(name, partition, this.random.pick(living));
  }

  #assign(name: string, partition: Partition, process: Process): void {
    const claim = this.#groups.get(name)!.claims.get(partition)!;
    claim.holder = { process, life: process.life };
    claim.takenTo = claim.offset;
    void this.#consume(this.#groups.get(name)!, partition, claim, claim.holder);
  }

  async #consume(
    group: Group,
    partition: Partition,
    claim: Claim,
    holder: Membership,
  ): Promise<void> {
    const { process } = holder;
    const isHolder = () => claim.holder === holder;
    await process.work(NETWORK_MS);
    for (let offset = claim.offset; isHolder();) {
      if (this.#isDown || offset >= partition.log.length) {
        await this.#untilStored(process, partition);
        continue;
      }
      await process.work(NETWORK_MS);
      const until = Math.min(offset + this.random.whole(1, FETCH_MAX), partition.log.length);
      const messages = partition.log.slice(offset, until).filter(message => message !== null);
      while (messages.length > 0 && isHolder()) {
        try {
          await group.receive(process, messages);
          break;
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          await process.work(RETRY_MS);
        }
      }
      if (!isHolder()) return;
      offset = until;
      claim.takenTo = offset;
      if (this.random.chance(0.5)) claim.offset = offset; // else with a later one, if there is one
    }
  }

  async #untilStored(process: Process, partition: Partition): Promise<void> {
    if (this.#isDown) return process.sleep(RETRY_MS);
    let wake!: () => void;
    const woken = new Promise<void>(resolve => (wake = resolve));
    partition.wakers.add(wake);
    await process.wait(woken);
    partition.wakers.delete(wake);
  }

  /** Whether every group has had all that is there. */
  get isTaken(): boolean {
    return [...this.#groups.values()].every(({ claims }) =>
      [...claims].every(([{ log }, { takenTo }]) => takenTo >= log.length),
    );
  }

  down(forMs: number): void {
    this.#isDown = true;
    this.time.after(forMs, () => (this.#isDown = false));
  }

  /** Stores some of what is there once more, as it is. */
  duplicate(): void {
    const log = this.#someLog();
    const start = this.random.whole(0, Math.max(0, log.length - 1));
    const again = log.slice(start, start + this.random.whole(1, 6));
    this.#store(
      again.filter(message => message !== null),
      1,
    );
  }

  /**
   * Has the newest record of a partition, and the one of the same aggregate before it, change places. For a group that had
   * come to between the two, the one is lost.
   */
  swap(): void {
    const log = this.#someLog();
    const newest = log.length - 1;
    const before = log.findLastIndex((one, at) => at < newest && one?.key === log[newest]?.key);
    if (before >= 0) [log[before], log[newest]] = [log[newest]!, log[before]!];
  }

  /** Loses the newest record of a partition. */
  lose(): void {
    const log = this.#someLog();
    const lost = log.at(-1);
    if (!lost) return;
    log[log.length - 1] = null;
    this.note(() => `the bus loses ${tellMessage(lost)}`);
  }

  #someLog(): (Message | null)[] {
    const all = [...this.#partitions.values()].flat().filter(({ log }) => log.length > 0);
    return all.length > 0 ? this.random.pick(all).log : [];
  }
}

function tellMessage({ headers, key }: Message): string {
  return tell(headers.ce_type!, key, headers.ce_sequence!);
}
