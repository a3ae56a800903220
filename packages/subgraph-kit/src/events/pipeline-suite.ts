import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  defineAggregate,
  defineEnding,
  defineEvent,
  encode,
  type EventBus,
  type Message,
} from '@gamegraph/event-bus';
import { emptyDatabase, until } from '@gamegraph/test-support';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Migration } from '@mikro-orm/migrations';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { createOrm, migrate } from '../store/orm.js';
import { execute, query } from '../store/sql.js';
import { record, transact } from '../store/transact.js';
import { ARCHIVE_POSITIONS } from './archive-positions.js';
import { type Consumer, defineConsumer, on } from './consumer.js';
import { Copy, defineCopy } from './copy.js';
import { defineCounter } from './counter.js';
import { DeadLetters } from './dead-letters.js';
import { Inbox } from './inbox.js';
import { OPERATOR_TABLES } from './operator-tables.js';
import { Rebuilds } from './rebuild.js';
import { envelopeOf, Relay } from './relay.js';
import { defineSource, readSnapshots } from './source.js';
import type { Outcome } from './succession.js';
import { EVENT_TABLES } from './tables.js';

const NIL = '00000000-0000-0000-0000-000000000000';
const log = pino({ level: 'silent' });

/** How the suite gets at a bus. */
export interface BusForPipeline {
  name: string;
  /** Why it cannot be tested on this machine. */
  skip?: string | false;
  setUp(): Promise<void>;
  connect(): EventBus;
  tearDown(): Promise<void>;
}

/** From a change in one database to its copy in another, by way of a bus, whatever happens in between. */
export function describePipeline(under: BusForPipeline): void {
  describe(
    `outbox to projection on ${under.name}`,
    { timeout: 180_000, skip: under.skip ?? false },
    () => {
      // A topic of its own for each run: Kafka keeps what earlier runs of the suite have sent.
      const topic = `shop.article-${randomUUID().slice(0, 8)}`;
      const article = defineAggregate({
        topic,
        description: 'Something with a name on a shelf.',
        state: z.object({
          id: z.uuid(),
          name: z.string(),
          shelfId: z.uuid().nullable(),
          tags: z.array(z.string()),
        }),
      });
      const articleChanged = defineEvent(
        'ArticleChanged',
        article,
        'changed',
        'It is new, or not as it was.',
      );
      const articleDeleted = defineEnding('ArticleDeleted', article, 'deleted', 'It is gone.');

      @Entity({ tableName: 'article' })
      class Article {
        @PrimaryKey({ type: 'uuid' }) id: string = uuidv7();
        @Property({ type: 'text' }) name!: string;
        @Property({ type: 'uuid', nullable: true }) shelfId: string | null = null;
        @Property({ type: 'text[]' }) tags: string[] = [];
      }
      @Entity({ tableName: 'article_copy' })
      class ArticleCopy extends Copy {
        @Property({ type: 'text' }) name!: string;
        @Property({ type: 'text[]' }) tags!: string[];
      }
      @Entity({ tableName: 'shelf' })
      class Shelf {
        @PrimaryKey({ type: 'uuid' }) id: string = uuidv7();
        @Property({ type: 'integer' }) articleCount: number = 0;
      }
      class Tables extends Migration {
        override up() {
          for (const statement of [...EVENT_TABLES, ...OPERATOR_TABLES, ...ARCHIVE_POSITIONS])
            this.addSql(statement);
          this.addSql(
            'CREATE TABLE article (id uuid PRIMARY KEY, name text NOT NULL, shelf_id uuid, tags text[] NOT NULL)',
          );
          this.addSql(`CREATE TABLE article_copy (id uuid PRIMARY KEY, name text NOT NULL, tags text[] NOT NULL,
                     source_version bigint NOT NULL, source_at timestamptz NOT NULL)`);
          this.addSql(
            'CREATE TABLE shelf (id uuid PRIMARY KEY, article_count int NOT NULL DEFAULT 0)',
          );
          this.addSql(
            'CREATE TABLE effect (event_id uuid, aggregate_id uuid, version int, n int GENERATED ALWAYS AS IDENTITY)',
          );
        }
      }
      const source = defineSource(article, Article, {
        stateOf: ({ id, name, shelfId, tags }) => ({ id, name, shelfId, tags }),
      });
      const copy = defineCopy({
        name: 'wiki.article',
        of: article,
        into: ArticleCopy,
        columns: ({ name, tags }) => ({ name, tags }),
      });
      const counter = defineCounter({
        ...{ name: 'wiki.article-count', of: article, into: Shelf, column: 'articleCount' },
        keys: ({ shelfId }) => (shelfId ? [shelfId] : []),
      });
      const poisoned = new Set<string>(); // names that the process below cannot stomach
      const process = defineConsumer({
        name: 'wiki.process',
        subscriptions: [
          on(articleChanged, async ({ id, name }, { em, envelope }) => {
            if (poisoned.has(name)) throw new TypeError(`${name} is poison`);
            await query(
              em,
              sql`INSERT INTO effect VALUES (${envelope.id}, ${id}, ${envelope.version})`,
            );
          }),
        ],
      });
      const consumers = [copy.consumer, counter.consumer, process];

      let bus: EventBus;
      let shop: Side; // owns articles
      let wiki: Side; // copies them

      /** One subgraph's database and its processes. */
      interface Side {
        orm: MikroORM;
        databaseUrl: string;
        inbox: Inbox;
        rebuilds: Rebuilds;
        relay: Relay;
        outcomes: [consumer: string, outcome: Outcome][];
        stop(): Promise<void>;
      }

      async function start(
        name: string,
        databaseUrl: string,
        of: Consumer[],
        ownTopics: string[],
      ): Promise<Side> {
        const orm = await createOrm({
          databaseUrl,
          entities: [Article, ArticleCopy, Shelf],
          migrations: [{ name: 'Tables', class: Tables }],
        });
        await migrate(orm);
        const own = under.connect();
        const outcomes: Side['outcomes'] = [];
        const rebuilds = new Rebuilds({
          ...{ subgraph: name, orm, bus: own, log },
          projections: of.length > 0 ? [copy, counter] : [],
          sources: ownTopics.length > 0 ? [source] : [],
        });
        const inbox = new Inbox({
          ...{ subgraph: name, orm, bus: own, consumers: of, ownTopics, rebuilds, log },
          consumed: (consumer, outcome) => outcomes.push([consumer, outcome]),
        });
        await inbox.start();
        const relay = new Relay({ databaseUrl, subgraph: name, bus: own, log });
        const stop = async () => {
          await relay.stop();
          await inbox.stop();
          await rebuilds.stop();
          await own.close();
          await orm.close();
        };
        return { orm, databaseUrl, inbox, rebuilds, relay, outcomes, stop };
      }
      // Groups are new for each run, for the same reason as the topic.
      const run = randomUUID().slice(0, 8);
      const startWiki = async (databaseUrl: string) =>
        start(`wiki-${run}`, databaseUrl, consumers, []);

      before(async () => {
        await under.setUp();
        bus = under.connect();
        shop = await start(`shop-${run}`, await emptyDatabase('shop'), [], [topic]);
        wiki = await startWiki(await emptyDatabase('wiki'));
      });
      after(async () => {
        await wiki?.stop();
        await shop?.stop();
        await bus?.close();
        await under.tearDown();
      });

      it('carries each change to the copy and the counter, and the end too', async () => {
        const shelves = await addShelves(2);
        const one = await change({ name: 'Ring', shelfId: shelves[0]!, tags: ['gold', 'öld'] });
        await settled();
        assert.deepEqual(await copyOf(one), {
          name: 'Ring',
          tags: ['gold', 'öld'],
          source_version: '1',
        });
        assert.deepEqual(await counts(shelves), [1, 0]);
        await change({ id: one, name: 'Old ring', shelfId: shelves[1]!, tags: [] });
        await settled();
        assert.deepEqual(await copyOf(one), { name: 'Old ring', tags: [], source_version: '2' });
        assert.deepEqual(await counts(shelves), [0, 1]);
        await transact(shop.orm.em.fork(), async tx => {
          await tx.nativeDelete(Article, { id: one });
          record(tx, articleDeleted({ id: one }), new Date());
        });
        await settled();
        assert.equal(await copyOf(one), undefined);
        assert.deepEqual(await counts(shelves), [0, 0]);
      });

      it('publishes nothing of a transaction that is rolled back, and refuses data that is not as agreed', async () => {
        const sum = await headSum();
        await assert.rejects(
          transact(shop.orm.em.fork(), async tx => {
            record(
              tx,
              articleChanged({ id: uuidv7(), name: 'Ghost', shelfId: null, tags: [] }),
              new Date(),
            );
            throw new Error('no');
          }),
        );
        assert.throws(
          () => articleChanged({ id: 'x', name: 'Bad', shelfId: null, tags: [] }),
          z.ZodError,
        );
        assert.equal(await headSum(), sum);
      });

      it('has each effect once when everything is delivered three times', async () => {
        const [shelf] = await addShelves(1);
        const one = await change({ name: 'Once', shelfId: shelf!, tags: [] });
        await change({ id: one, name: 'Once more', shelfId: shelf!, tags: [] });
        await settled();
        const messages = await archived(one);
        for (let n = 0; n < 3; n++) await bus.publish(messages);
        await settled();
        assert.deepEqual(await effects(one), [1, 2]);
        assert.deepEqual(await counts([shelf!]), [1]);
      });

      it('applies in order what arrives in disorder', async () => {
        const [shelf] = await addShelves(1);
        const messages = history(uuidv7(), 6, shelf!);
        await bus.publish([3, 1, 0, 5, 2, 4].map(n => messages[n]!));
        await settled();
        assert.deepEqual(await effects(messages[0]!.key), [1, 2, 3, 4, 5, 6]);
        assert.deepEqual(await copyOf(messages[0]!.key), {
          name: 'v6',
          tags: [],
          source_version: '6',
        });
        assert.deepEqual(await counts([shelf!]), [1]);
      });

      it("fills a gap from the owner's archive", async () => {
        const one = await change({ name: 'v1', shelfId: null, tags: [] });
        for (const name of ['v2', 'v3', 'v4'])
          await change({ id: one, name, shelfId: null, tags: [] });
        await settled();
        // As if versions 2 and 3 had been lost on the way, and 4 came now.
        const em = wiki.orm.em.fork();
        await execute(em, sql`UPDATE events.inbox_head SET version = 1 WHERE aggregateid = ${one}`);
        await execute(
          em,
          sql`UPDATE article_copy SET name = 'v1', source_version = 1 WHERE id = ${one}`,
        );
        await execute(em, sql`DELETE FROM effect WHERE aggregate_id = ${one} AND version > 1`);
        await bus.publish((await archived(one)).slice(3));
        await until('the gap is filled', async () => (await effects(one)).length === 4);
        assert.deepEqual(await effects(one), [1, 2, 3, 4]);
        await until('the copy is there too', async () => (await copyOf(one))?.name === 'v4');
      });

      it('finds out what is missing behind the last event that came, when the log is lost', async () => {
        const one = await change({ name: 'v1', shelfId: null, tags: [] });
        for (const name of ['v2', 'v3']) await change({ id: one, name, shelfId: null, tags: [] });
        await settled();
        // As if versions 2 and 3 had been in the log that is gone.
        const em = wiki.orm.em.fork();
        await execute(em, sql`UPDATE events.inbox_head SET version = 1 WHERE aggregateid = ${one}`);
        await execute(em, sql`DELETE FROM effect WHERE aggregate_id = ${one} AND version > 1`);
        await wiki.inbox.requestHeads([article.topic, 'wiki.dead-letter']);
        await until('the gap is filled', async () => (await effects(one)).length === 3);
        assert.deepEqual(await effects(one), [1, 2, 3]);
      });

      it('sets poison aside with what waits behind it, and lets all others pass', async () => {
        poisoned.add('v2');
        const messages = history(uuidv7(), 4, null);
        const id = messages[0]!.key;
        const others = history(uuidv7(), 3, null).map(other => ({
          ...other,
          value: other.value!.replaceAll('"v', '"w'),
        }));
        await bus.publish(
          messages.flatMap((message, n) => (others[n] ? [message, others[n]] : [message])),
        );
        await settled();
        assert.deepEqual(await effects(id), [1]);
        assert.deepEqual(await effects(others[0]!.key), [1, 2, 3]);
        assert.equal((await copyOf(id))?.name, 'v4', 'other consumers are not concerned');
        const parked = await query<{ version: string; reason: string }>(
          wiki.orm.em.fork(),
          sql`SELECT version, reason FROM events.inbox_parked WHERE aggregateid = ${id}`,
        );
        assert.deepEqual(parked.map(({ version, reason }) => [Number(version), reason]).sort(), [
          [2, 'poison'],
          [3, 'waiting'],
          [4, 'waiting'],
        ]);
        const deadLetters = new DeadLetters(wiki.orm, wiki.inbox);
        const letter = `${process.name}/${messages[1]!.headers.ce_id}`;
        assert.equal(await deadLetters.replay(letter), false, 'it is still poison');
        poisoned.clear();
        assert.equal(await deadLetters.replay(letter), true);
        assert.deepEqual(await effects(id), [1, 2, 3, 4]);
      });

      it('goes on behind poison that is given up', async () => {
        poisoned.add('v2');
        const messages = history(uuidv7(), 3, null);
        await bus.publish(messages);
        await settled();
        poisoned.clear();
        const letter = `${process.name}/${messages[1]!.headers.ce_id}`;
        await new DeadLetters(wiki.orm, wiki.inbox).discard(letter, 'of no use', 'a test');
        assert.deepEqual(await effects(messages[0]!.key), [1, 3]);
      });

      it('sends to the dead-letter topic what is no event, and what fails its schema', async () => {
        const dead: Message[] = [];
        const listening = await bus.consume({
          ...{ group: randomUUID(), topics: [`wiki-${run}.dead-letter`] },
          onMessages: async messages => void dead.push(...messages),
        });
        const id = uuidv7();
        const [wrong] = history(id, 1, null);
        const [good] = history(uuidv7(), 1, null);
        await bus.publish([
          { topic, key: 'x', headers: {}, value: 'not JSON' },
          { ...wrong!, value: '{"id": 7}' },
          { ...wrong!, headers: { ...wrong!.headers, ce_sequence: '0' } },
          { ...wrong!, value: null },
          good!,
        ]);
        await settled();
        assert.equal((await effects(good!.key)).length, 1);
        await until(
          'all are there',
          () => dead.filter(({ key }) => key === 'x' || key === id).length >= 5,
        );
        assert.ok(
          dead.every(({ headers }) => headers.gamegraph_error && headers.gamegraph_consumer),
        );
        await listening.stop();
      });

      it('loses nothing and repeats nothing when writers, relays and consumers are cut off again and again', async t => {
        const shelves = await addShelves(3);
        const ids = Array.from({ length: 12 }, () => uuidv7());
        const second = await start(`shop-${run}`, shop.databaseUrl, [], [topic]); // relays that stand by
        t.after(() => second.stop());
        const twin = await startWiki(wiki.databaseUrl); // a second member of the group
        t.after(() => twin.stop());
        let cutting = true;
        const cutter = (async () => {
          while (cutting) {
            for (const side of [shop, wiki]) await cutSessions(side.databaseUrl);
            await new Promise(resolve => setTimeout(resolve, 150));
          }
        })();
        let committed = 0;
        await Promise.all(
          Array.from({ length: 6 }, async (_, writer) => {
            for (let n = 0; n < 40; n++) {
              const two = [ids[(writer + n) % 12]!, ids[(writer * 5 + n * 7) % 12]!];
              const done = await transact(shop.orm.em.fork(), async tx => {
                for (const id of new Set(two)) {
                  const state = { id, name: `w${writer}-${n}`, shelfId: shelves[n % 3]!, tags: [] };
                  await tx.upsert(Article, state);
                  record(tx, articleChanged(state), new Date());
                }
                return new Set(two).size;
              }).catch(() => 0); // cut: the caller would be told so
              committed += done;
            }
          }),
        );
        cutting = false;
        await cutter;
        await settled();
        const heads = await query<{ n: number }>(
          shop.orm.em.fork(),
          sql`SELECT sum(version)::int AS n FROM events.outbox_head WHERE aggregateid = ANY(${ids})`,
        );
        assert.ok(heads[0]!.n >= committed, 'what was acknowledged is there'); // a cut commit may have happened after all
        for (const id of ids) {
          const versions = await effects(id);
          assert.deepEqual(
            versions,
            Array.from({ length: versions.length }, (_, n) => n + 1),
            'once each, in order',
          );
        }
        assert.equal((await Promise.all(ids.map(effects))).flat().length, heads[0]!.n);
        assert.deepEqual(await audit(), []);
        assert.equal(
          (await counts(shelves)).reduce((a, b) => a + b, 0),
          12,
        );
      });

      it('finds in an audit what was tampered with, and mends it', async () => {
        const [shelf] = await addShelves(1);
        const ids = [];
        for (let n = 0; n < 5; n++)
          ids.push(await change({ name: `n${n}`, shelfId: shelf!, tags: ['x'] }));
        await settled();
        assert.deepEqual(await audit(), []);
        const em = wiki.orm.em.fork();
        await execute(em, sql`UPDATE article_copy SET name = 'forged' WHERE id = ${ids[0]}`);
        await execute(em, sql`DELETE FROM article_copy WHERE id = ${ids[1]}`);
        const stray = uuidv7();
        await execute(em, sql`INSERT INTO article_copy VALUES (${stray}, 'stray', '{}', 1, now())`);
        await execute(
          em,
          sql`DELETE FROM events.counted WHERE (projection, aggregateid) = (${counter.consumer.name}, ${ids[2]})`,
        );
        await execute(em, sql`UPDATE shelf SET article_count = 40 WHERE id = ${shelf!}`);
        assert.deepEqual((await audit()).sort(), [ids[0], ids[1], ids[2], shelf, stray].sort());
        const snapshots = await readSnapshots(shop.orm.em.fork(), source, { ids: ids.slice(0, 3) });
        for (const projection of [copy, counter]) {
          await projection.repair(em, snapshots, [stray]);
          await projection.auditTotals(em, true);
        }
        assert.deepEqual(await audit(), []);
        assert.deepEqual(await counts([shelf!]), [5]);
      });

      it('does not let a repair with an older word of the owner undo what came since', async () => {
        const [first, second] = (await addShelves(2)) as [string, string];
        const id = await change({ name: 'old', shelfId: first, tags: [] });
        const old = await readSnapshots(shop.orm.em.fork(), source, { ids: [id] });
        await change({ id, name: 'new', shelfId: second, tags: [] });
        await settled();
        for (const projection of [copy, counter]) {
          await projection.repair(wiki.orm.em.fork(), old, []);
        }
        assert.equal((await copyOf(id))!.name, 'new');
        assert.deepEqual(await counts([first, second]), [0, 1]);
        assert.deepEqual(await audit(), []);
      });

      it('takes a sample of what an owner has, and not always the same', async () => {
        for (let n = 0; n < 20; n++) await change({ name: `sampled${n}`, shelfId: null, tags: [] });
        const sample = async () => {
          const snapshots = await readSnapshots(shop.orm.em.fork(), source, { sample: 10 });
          assert.ok(snapshots.every(({ version }) => version > 0));
          return snapshots.map(({ id }) => id);
        };
        const samples = [await sample(), await sample(), await sample()];
        for (const ids of samples) assert.equal(new Set(ids).size, 10);
        assert.ok(new Set(samples.flat()).size > 10);
      });

      it('gives a consumer that is new the whole past, and rebuilds one that lost its tables', async () => {
        const late = defineConsumer({
          name: `wiki.late-${randomUUID()}`,
          subscriptions: [
            on(articleChanged, (_, { em, envelope }) =>
              query(
                em,
                sql`INSERT INTO late_effect VALUES (${envelope.subject}, ${envelope.version})`,
              ),
            ),
          ],
        });
        const em = wiki.orm.em.fork();
        await execute(em, sql`CREATE TABLE late_effect (id uuid, version int)`);
        const later = await start(`later-${run}`, wiki.databaseUrl, [late], []);
        const archivedCount = await query<{ n: number }>(
          shop.orm.em.fork(),
          sql`SELECT count(*)::int AS n FROM events.outbox_archive WHERE type = ${articleChanged.type}`,
        );
        const had = () =>
          query<{ n: number }>(
            em,
            sql`SELECT count(DISTINCT (id, version))::int AS n FROM late_effect`,
          );
        await until('it has had all', async () => (await had())[0]!.n >= archivedCount[0]!.n, {
          timeoutMs: 60_000,
        });
        await later.stop();

        await execute(em, sql`DELETE FROM article_copy`);
        await execute(
          em,
          sql`DELETE FROM events.inbox_head WHERE consumer = ${copy.consumer.name}`,
        );
        await wiki.inbox.requestReplay(copy.consumer);
        await until('the copy is whole again', async () => (await audit()).length === 0, {
          timeoutMs: 60_000,
        });
      });

      it('makes projections anew beside those that serve', async () => {
        const em = wiki.orm.em.fork();
        await execute(em, sql`UPDATE article_copy SET name = 'forged'`);
        await execute(em, sql`UPDATE events.counted SET keys = '{}'`);
        const names = [copy.consumer.name, counter.consumer.name];
        for (const name of names) await wiki.rebuilds.start(name);
        for (let n = 0; n < 20; n++)
          await change({ name: `meanwhile${n}`, shelfId: null, tags: [] });
        const ended = await until(
          'they are rebuilt',
          async () => {
            await wiki.rebuilds.advance();
            const all = await wiki.rebuilds.progress(em);
            return all.every(({ state }) => state !== 'FILLING') ? all : undefined;
          },
          { timeoutMs: 60_000 },
        );
        assert.deepEqual(
          ended.map(({ state, error }) => [state, error]),
          names.map(() => ['DONE', null]),
        );
        await settled();
        assert.deepEqual(await audit(), []);
      });

      async function change({
        id = uuidv7(),
        ...rest
      }: {
        id?: string;
        name: string;
        shelfId: string | null;
        tags: string[];
      }) {
        const state = { id, ...rest };
        await transact(shop.orm.em.fork(), async tx => {
          await tx.upsert(Article, state);
          record(tx, articleChanged(state), new Date());
        });
        return id;
      }

      /** Messages of an article that its owner knows nothing of: versions 1 to `count`, called v1, v2 … */
      function history(id: string, count: number, shelfId: string | null): Message[] {
        return Array.from({ length: count }, (_, n) =>
          encode({
            ...{
              id: uuidv7(),
              source: '/gamegraph/shop',
              type: articleChanged.type,
              topic,
              subject: id,
            },
            ...{
              version: n + 1,
              time: new Date().toISOString(),
              data: { id, name: `v${n + 1}`, shelfId, tags: [] },
            },
          }),
        );
      }

      async function archived(id: string): Promise<Message[]> {
        const rows = await query<Parameters<typeof envelopeOf>[0]>(
          shop.orm.em.fork(),
          sql`SELECT * FROM events.outbox_archive WHERE aggregateid = ${id} ORDER BY version`,
        );
        return rows.map(row => encode(envelopeOf(row, 'shop')));
      }

      async function addShelves(count: number): Promise<string[]> {
        const ids = Array.from({ length: count }, () => uuidv7());
        for (const id of ids)
          await execute(wiki.orm.em.fork(), sql`INSERT INTO shelf VALUES (${id})`);
        return ids;
      }

      const copyOf = async (id: string) =>
        (
          await query<{ name: string; tags: string[]; source_version: string }>(
            wiki.orm.em.fork(),
            sql`SELECT name, tags, source_version FROM article_copy WHERE id = ${id}`,
          )
        )[0];

      const effects = async (id: string) =>
        (
          await query<{ version: number }>(
            wiki.orm.em.fork(),
            sql`SELECT version FROM effect WHERE aggregate_id = ${id} ORDER BY n`,
          )
        ).map(({ version }) => version);

      const counts = async (ids: string[]) => {
        const rows = await query<{ id: string; article_count: number }>(
          wiki.orm.em.fork(),
          sql`SELECT id, article_count FROM shelf WHERE id = ANY(${ids}::uuid[])`,
        );
        return ids.map(id => rows.find(row => row.id === id)!.article_count);
      };

      const headSum = async () =>
        (
          await query<{ n: number }>(
            shop.orm.em.fork(),
            sql`SELECT coalesce(sum(version), 0)::int AS n FROM events.outbox_head`,
          )
        )[0]!.n;

      /** Waits until the outbox is empty and the group has taken all that is on the bus. */
      async function settled(): Promise<void> {
        await until(
          'all is quiet',
          async () => {
            const [outbox] = await query<{ n: number }>(
              shop.orm.em.fork(),
              sql`SELECT count(*)::int AS n FROM events.outbox`,
            );
            return outbox!.n === 0 && (await bus.lag(`wiki-${run}`, [topic])) === 0;
          },
          { timeoutMs: 60_000 },
        );
      }

      /** The ids of all that differ. Articles made up by a test have no owner, so they are left out. */
      async function audit(): Promise<string[]> {
        const em = wiki.orm.em.fork();
        const snapshots = await readSnapshots(shop.orm.em.fork(), source, {
          afterId: NIL,
          limit: 10_000,
        });
        const known = await query<{ aggregateid: string }>(
          shop.orm.em.fork(),
          sql`SELECT DISTINCT aggregateid FROM events.outbox_head`,
        );
        const fromShop = new Set(known.map(({ aggregateid }) => aggregateid));
        const madeUp = await query<{ aggregateid: string }>(
          em,
          sql`SELECT aggregateid FROM events.inbox_head`,
        );
        const foreign = new Set(
          madeUp.map(({ aggregateid }) => aggregateid).filter(id => !fromShop.has(id)),
        );
        const differing: string[] = [];
        for (const projection of [copy, counter]) {
          const { suspects } = await projection.audit(em, snapshots, { afterId: NIL });
          differing.push(
            ...suspects.map(({ id }) => id),
            ...(await projection.auditTotals(em, false)).map(({ id }) => id),
          );
        }
        return [...new Set(differing.filter(id => !foreign.has(id)))];
      }
    },
  );
}

async function cutSessions(databaseUrl: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM (
       SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 3
     ) AS unlucky`,
  );
  await client.end();
}
