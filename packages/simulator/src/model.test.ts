// oxlint-disable typescript/no-unnecessary-type-parameters -- what is under a key, who asks for it knows
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DomainEvent, Envelope } from '@gamegraph/event-bus';
import {
  game,
  gameCreated,
  type GameState,
  type OrderState,
  purchaseCancelled,
  purchaseHeld,
  purchaseReversed,
  refundRequested,
  studioChanged,
} from '@gamegraph/event-contracts';
import { library } from '@gamegraph/library';
import { payments } from '@gamegraph/payments';
import { capture, creditTopUp, hold, openWallet, refund, release } from '@gamegraph/payments/core';
import { Random } from '@gamegraph/seed/random';
import {
  createOrm,
  execute,
  migrate,
  money,
  query,
  record,
  transact,
} from '@gamegraph/subgraph-kit';
import {
  applyAll,
  type Outcome,
  type Positions,
  SqlPositions,
} from '@gamegraph/subgraph-kit/events';
import { testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { emptyDatabase } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { Database, numberOf, SimulatedPositions, Transaction, uuid } from './database.js';
import { type Account, CLEARING, LedgerRefusal, openAccount, post, REVENUE } from './ledger.js';
import { answer } from './library.js';
import { VirtualTime } from './virtual-time.js';

const TOPIC = game.topic;
const AT = new Date('2026-01-01T00:00:00Z');

type Orm = Awaited<ReturnType<typeof createOrm>>;

let orm: Orm; // of payments: with the tables of events, and the ledger
before(async () => {
  const { entities, migrations } = payments;
  orm = await createOrm({ databaseUrl: await emptyDatabase('model'), entities, migrations });
  await migrate(orm);
});
after(() => orm?.close());

/** What a transaction reads and writes, without any other beside it. */
class Book {
  readonly #rows = new Map<string, unknown>();
  readonly recorded: DomainEvent[] = [];

  get<T>(key: string): T | undefined {
    return structuredClone(this.#rows.get(key)) as T | undefined;
  }

  set(key: string, value: unknown): void {
    this.#rows.set(key, structuredClone(value));
  }
}

describe('the model of the inbox', () => {
  it('does what the tables do with whatever comes, in whatever order', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const consumer = `seed ${seed}`;
      const book = new Book();
      const heads = new Map<string, number>();
      for (let n = 0; n < 25; n++) {
        const events = Array.from({ length: random.whole(1, 3) }, () => run(random)).flat();
        const [event] = events as [Envelope];
        const inSql = await transact(orm.em.fork(), tx =>
          taken(new SqlPositions(tx, consumer), events),
        );
        const positions = new SimulatedPositions(book, consumer);
        assert.deepEqual(await taken(positions, events), inSql, `seed ${seed}, step ${n}`);
        for (const [aggregate, version] of inSql.had) {
          assert.equal(version, (heads.get(aggregate) ?? 0) + 1, 'each has its effect in its turn');
          heads.set(aggregate, version);
        }
        assert.equal(
          await positions.head(event),
          await new SqlPositions(orm.em.fork(), consumer).head(event),
        );
      }
    }
  });

  const taken = async (positions: Positions, events: Envelope[]) => {
    const missing = new Map<string, Envelope>();
    const had: Envelope[] = [];
    const effect = async (some: Envelope[]) => void had.push(...some);
    const outcomes = await applyAll(positions, events, effect, missing);
    return {
      had: had.map(({ subject, version }) => [subject, version] as const),
      ...told(outcomes, missing),
    };
  };

  /** Some events of one aggregate in their order, as they come when all is well. */
  const run = (random: Random): Envelope[] => {
    const [aggregate, first] = [random.whole(1, 2), random.whole(1, 7)];
    return Array.from({ length: random.whole(1, 3) }, (_, n) => envelope(aggregate, first + n));
  };

  const told = (outcomes: [Envelope, Outcome][], missing: ReadonlyMap<string, Envelope>) => ({
    outcomes: outcomes.map(([{ subject, version }, outcome]) => [subject, version, outcome]),
    missing: [...missing.values()].map(({ subject, version }) => [subject, version]),
  });

  const envelope = (aggregate: number, version: number): Envelope => ({
    ...{ id: uuid('', 'event', aggregate * 100 + version), source: '/gamegraph/test' },
    ...{ type: gameCreated.type, topic: TOPIC, subject: uuid('', 'game', aggregate), version },
    ...{ time: AT.toISOString(), data: {} },
  });
});

describe('the model of the outbox', () => {
  it('gives the same versions in the same order, whatever is rolled back', async () => {
    const random = new Random(7);
    const database = new Database('payments', new VirtualTime(), random, () => {});
    for (let n = 0; n < 60; n++) {
      const events = Array.from({ length: random.whole(1, 4) }, () => someEvent(random));
      const isKept = random.chance(0.7);
      const done = transact(orm.em.fork(), async tx => {
        for (const event of events) record(tx, event, AT);
        if (!isKept) afterwards(tx);
      });
      if (isKept) await done;
      else await assert.rejects(done);
      const tx = new Transaction(database);
      for (const event of events) tx.record(event, AT);
      tx.insertEvents();
      if (isKept) assert.ok(tx.commit());
    }
    const rows = await query<{ aggregatetype: string; aggregateid: string; version: string }>(
      orm.em.fork(),
      sql`SELECT aggregatetype, aggregateid, version FROM events.outbox ORDER BY seq`,
    );
    const inModel = [...database.outbox].sort(([a], [b]) => a - b).map(([, row]) => row);
    assert.deepEqual(
      inModel.map(({ aggregatetype, aggregateid, version }) => ({
        aggregatetype,
        aggregateid,
        version,
      })),
      rows,
    );
    await execute(orm.em.fork(), sql`DELETE FROM events.outbox`);
  });

  /** Fails behind all else that the transaction does, as a lost connection would. */
  function afterwards(tx: unknown): void {
    (tx as { flush(): Promise<void> }).flush = () => Promise.reject(new Error('lost'));
  }

  function someEvent(random: Random): DomainEvent {
    const id = uuid('', 'thing', random.whole(1, 4));
    if (random.chance(0.5)) return studioChanged({ id, name: 'S', handle: 's', members: [] });
    return gameCreated(gameState(id));
  }
});

describe('the model of the ledger', () => {
  const OPERATIONS = {
    TOP_UP: creditTopUp,
    HOLD: hold,
    CAPTURE: capture,
    RELEASE: release,
    REFUND: refund,
  };

  it('refuses what the constraints refuse, and has the same in every account', async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed);
      const book = new Book();
      const user = uuid('', 'user', 1_000 + seed);
      const walletId = await transact(orm.em.fork(), tx => openWallet(tx, user, 'EUR'));
      openAccount(book, walletId, 'WALLET');
      const orders = [1, 2, 3].map(n => uuid('', 'order', seed * 100 + n));
      for (let n = 0; n < 30; n++) {
        const kind = random.pick([
          'TOP_UP',
          'HOLD',
          'CAPTURE',
          'CAPTURE',
          'RELEASE',
          'REFUND',
        ] as const);
        const isTopUp = kind === 'TOP_UP';
        const id = isTopUp
          ? uuid('', 'top-up', seed * 100 + random.whole(1, 4))
          : random.pick(orders);
        const minor = 100n * BigInt(1 + (numberOf(id) % 3)); // of an order: always the same
        const inSql = await transact(orm.em.fork(), tx =>
          OPERATIONS[kind](tx, { id, walletId, amount: money(minor, 'EUR') }, AT),
        ).then(
          () => 'done',
          () => 'refused',
        );
        const ends = {
          TOP_UP: [CLEARING, walletId],
          HOLD: [walletId, id],
          CAPTURE: [id, REVENUE],
          RELEASE: [id, walletId],
          REFUND: [REVENUE, walletId],
        }[kind] as [string, string];
        const inModel = attempt(book, tx => {
          if (kind === 'HOLD' && tx.get(`account ${id}`)) throw new LedgerRefusal('account_pkey');
          if (kind === 'HOLD') openAccount(tx, id, 'HOLD');
          post(tx, { kind, src: ends[0], dst: ends[1], minor, ref: id });
        });
        outcomes.add(inModel);
        assert.equal(
          inModel,
          inSql,
          `seed ${seed}, step ${n}: ${kind} of ${minor} for ${numberOf(id)}`,
        );
      }
      for (const id of [walletId, ...orders]) {
        const [row] = await query<{ input: string; output: string }>(
          orm.em.fork(),
          sql`SELECT input, output FROM account WHERE id = ${id}`,
        );
        const account = book.get<Account>(`account ${id}`);
        assert.deepEqual(
          account && { input: String(account.input), output: String(account.output) },
          row,
        );
      }
    }
    assert.deepEqual([...outcomes].sort(), ['done', 'refused']);
  });

  /** All of it, or nothing. */
  function attempt(book: Book, work: (book: Pick<Book, 'get' | 'set'>) => void): string {
    const writes = new Map<string, unknown>();
    const tx = {
      get: <T>(key: string) => (writes.has(key) ? (writes.get(key) as T) : book.get<T>(key)),
      set: (key: string, value: unknown) => void writes.set(key, value),
    };
    try {
      work(tx);
    } catch (error) {
      assert.ok(error instanceof LedgerRefusal);
      return 'refused';
    }
    for (const [key, value] of writes) book.set(key, value);
    return 'done';
  }
});

describe('the model of the library', () => {
  it('answers whatever it is told of orders as the library does', async () => {
    const graph = await testSubgraph(library);
    try {
      const random = new Random(3);
      const games = [1, 2].map(n => uuid('', 'game', n));
      await graph.deliver(...games.map(id => gameCreated(gameState(id))));
      const database = new Database('library', new VirtualTime(), random, () => {});
      const orders = Array.from({ length: 12 }, (_, n): OrderState => ({
        ...{ id: uuid('', 'order', n), buyerId: uuid('', 'user', random.whole(1, 2)) },
        ...{ gameId: random.pick(games), state: 'HELD', reason: null, currency: 'EUR' },
        ...{ minor: '100', createdAt: AT.toISOString() },
      }));
      const kinds = [
        purchaseHeld,
        purchaseHeld,
        purchaseCancelled,
        refundRequested,
        purchaseReversed,
      ];
      const events = Array.from({ length: 60 }, () => random.pick(kinds)(random.pick(orders)));
      for (const event of events) await graph.deliver(event); // orders share no partition: together, they would race
      const inModel: DomainEvent[] = [];
      for (const event of events) {
        const tx = new Transaction(database);
        answer(
          {
            get: key => tx.get(key),
            set: (key, value) => tx.set(key, value),
            record: told => void inModel.push(structuredClone(told)),
          },
          { type: event.type, time: AT.toISOString(), data: event.data } as Envelope,
        );
        assert.ok(tx.commit());
      }
      const inSql = (await graph.events()).filter(({ data }) => data.sourceId);
      for (const { id } of orders) {
        const of = (all: { type: string; data: unknown }[]) =>
          all
            .map(({ type, data }) => ({
              type,
              ...(data as { sourceId: string; state: string; reason: string }),
            }))
            .filter(({ sourceId }) => sourceId === id)
            .map(({ type, state, reason }) => ({ type, state, reason }));
        assert.deepEqual(of(inModel), of(inSql), `order ${numberOf(id)}`);
      }
    } finally {
      await graph.stop();
    }
  });
});

function gameState(id: string): GameState {
  return {
    ...{
      id,
      studioId: uuid('', 'studio', 1),
      slug: `game-${numberOf(id)}`,
      title: 'G',
      coverUrl: null,
    },
    ...{ tags: [], platforms: [], state: 'PUBLISHED', releasedAt: null, dataVersion: 0 },
    ...{ prices: [], discounts: [] },
  };
}
