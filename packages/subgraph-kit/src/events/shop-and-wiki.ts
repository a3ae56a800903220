import {
  defineAggregate,
  defineEnding,
  defineEvent,
  encode,
  type Message,
  PostgresBus,
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
import { defineConsumer, on } from './consumer.js';
import { Copy, defineCopy } from './copy.js';
import { defineCounter } from './counter.js';
import { DeadLetters } from './dead-letters.js';
import { Inbox } from './inbox.js';
import { OPERATOR_TABLES } from './operator-tables.js';
import type { Projection } from './projection.js';
import { Rebuilds } from './rebuild.js';
import { Relay } from './relay.js';
import { defineSource, readSnapshots, type Source } from './source.js';
import { EVENT_TABLES } from './tables.js';

const NIL = '00000000-0000-0000-0000-000000000000';
const SLOW = { timeoutMs: 60_000 };
const log = pino({ level: 'silent' });

export const article = defineAggregate({
  topic: 'shop.article',
  description: 'Something with a name on a shelf.',
  state: z.object({ id: z.uuid(), name: z.string(), shelfId: z.uuid().nullable() }),
});
const articleChanged = defineEvent('ArticleChanged', article, 'changed', 'It is not as it was.');
const articleDeleted = defineEnding('ArticleDeleted', article, 'deleted', 'It is gone.');

@Entity({ tableName: 'article' })
class Article {
  @PrimaryKey({ type: 'uuid' }) id: string = uuidv7();
  @Property({ type: 'text' }) name!: string;
  @Property({ type: 'uuid', nullable: true }) shelfId: string | null = null;
}
@Entity({ tableName: 'article_copy' })
class ArticleCopy extends Copy {
  @Property({ type: 'text' }) name!: string;
  @Property({ type: 'uuid', nullable: true }) shelfId!: string | null;
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
    this.addSql('CREATE TABLE article (id uuid PRIMARY KEY, name text NOT NULL, shelf_id uuid)');
    this.addSql(`CREATE TABLE article_copy (id uuid PRIMARY KEY, name text NOT NULL, shelf_id uuid,
                 source_version bigint NOT NULL, source_at timestamptz NOT NULL)`);
    this.addSql('CREATE TABLE shelf (id uuid PRIMARY KEY, article_count int NOT NULL DEFAULT 0)');
    this.addSql('CREATE TABLE effect (n int GENERATED ALWAYS AS IDENTITY, id uuid, name text)');
  }
}

/** One subgraph's database and its processes. */
export interface Side {
  orm: MikroORM;
  databaseUrl: string;
  inbox: Inbox;
  rebuilds: Rebuilds;
  deadLetters: DeadLetters;
  stop(): Promise<void>;
}

/** Two subgraphs of tests: a shop that owns articles, and a wiki that copies them and counts them by shelf. */
export class ShopAndWiki {
  readonly source = defineSource(article, Article, {
    stateOf: ({ id, name, shelfId }) => ({ id, name, shelfId }),
  });
  readonly copy = defineCopy({
    ...{ name: 'wiki.article', of: article, into: ArticleCopy },
    columns: ({ name, shelfId }) => {
      if (this.indigestible.has(name)) throw new TypeError(`${name} cannot be digested`);
      return { name, shelfId };
    },
  });
  readonly counter = defineCounter({
    ...{ name: 'wiki.article-count', of: article, into: Shelf, column: 'articleCount' },
    keys: ({ shelfId }) => (shelfId ? [shelfId] : []),
  });
  readonly process = defineConsumer({
    name: 'wiki.process',
    subscriptions: [
      on(articleChanged, async ({ id, name }, { em }) => {
        if (this.indigestible.has(name)) throw new TypeError(`${name} cannot be digested`);
        await this.beforeEffect(name);
        await query(em, sql`INSERT INTO effect (id, name) VALUES (${id}, ${name})`);
      }),
    ],
  });
  /** Names that the copy and the process cannot stomach. */
  readonly indigestible = new Set<string>();
  beforeEffect: (name: string) => Promise<void> = async () => {};
  bus!: PostgresBus;
  shop!: Side;
  wiki!: Side;
  #busUrl!: string;

  async start(): Promise<void> {
    this.#busUrl = await emptyDatabase('event_log');
    this.bus = new PostgresBus({ url: this.#busUrl, log });
    this.shop = await this.startShop(await emptyDatabase('shop'));
    this.wiki = await this.startWiki(await emptyDatabase('wiki'));
  }

  startShop(databaseUrl: string): Promise<Side> {
    return this.#startSide('shop', databaseUrl, [], [this.source]);
  }

  startWiki(databaseUrl: string): Promise<Side> {
    return this.#startSide('wiki', databaseUrl, [this.copy, this.counter], []);
  }

  async stop(): Promise<void> {
    await this.wiki?.stop();
    await this.shop?.stop();
    await this.bus?.close();
  }

  async #startSide(
    subgraph: string,
    databaseUrl: string,
    projections: Projection[],
    sources: Source[],
  ): Promise<Side> {
    const orm = await createOrm({
      databaseUrl,
      entities: [Article, ArticleCopy, Shelf],
      migrations: [{ name: 'Tables', class: Tables }],
    });
    await migrate(orm);
    const bus = new PostgresBus({ url: this.#busUrl, log });
    const parts = { subgraph, orm, bus, log };
    const rebuilds = new Rebuilds({ ...parts, projections, sources });
    const followers = projections.map(({ consumer }) => consumer);
    const inbox = new Inbox({
      ...{ ...parts, rebuilds, ownTopics: sources.map(({ aggregate }) => aggregate.topic) },
      consumers: projections.length > 0 ? [...followers, this.process] : [],
    });
    await inbox.start();
    const relay = new Relay({ databaseUrl, subgraph, bus, log });
    const stop = async () => {
      await relay.stop();
      await inbox.stop();
      await rebuilds.stop();
      await bus.close();
      await orm.close();
    };
    return {
      orm,
      databaseUrl,
      inbox,
      rebuilds,
      deadLetters: new DeadLetters(orm, inbox),
      stop,
    };
  }

  async change(
    name: string,
    { id = uuidv7(), shelfId = null }: { id?: string; shelfId?: string | null } = {},
  ): Promise<string> {
    const state = { id, name, shelfId };
    await transact(this.shop.orm.em.fork(), async tx => {
      await tx.upsert(Article, state);
      record(tx, articleChanged(state), new Date());
    });
    return id;
  }

  async remove(id: string): Promise<void> {
    await transact(this.shop.orm.em.fork(), async tx => {
      await tx.nativeDelete(Article, { id });
      record(tx, articleDeleted({ id }), new Date());
    });
  }

  async addShelf(): Promise<string> {
    const id = uuidv7();
    await this.inWiki(sql`INSERT INTO shelf VALUES (${id})`);
    return id;
  }

  /** Messages of an article that its owner knows nothing of, one for each name. */
  history(names: string[], id: string = uuidv7()): Message[] {
    return names.map((name, n) =>
      encode({
        ...{ id: uuidv7(), source: '/gamegraph/shop', type: articleChanged.type },
        ...{ topic: article.topic, subject: id, version: n + 1, time: new Date().toISOString() },
        data: { id, name, shelfId: null },
      }),
    );
  }

  inWiki(statement: Parameters<typeof execute>[1]): Promise<number> {
    return execute(this.wiki.orm.em.fork(), statement);
  }

  ofWiki<Row>(statement: Parameters<typeof query>[1]): Promise<Row[]> {
    return query(this.wiki.orm.em.fork(), statement);
  }

  /** What the process did about an article. */
  async effects(id: string): Promise<string[]> {
    const rows = await this.ofWiki<{ name: string }>(
      sql`SELECT name FROM effect WHERE id = ${id} ORDER BY n`,
    );
    return rows.map(({ name }) => name);
  }

  /** Waits until the outbox is empty and the wiki has taken all that is on the bus. */
  async settled(): Promise<void> {
    await until(
      'all is quiet',
      async () => {
        const waiting = await query(
          this.shop.orm.em.fork(),
          sql`SELECT FROM events.outbox LIMIT 1`,
        );
        return waiting.length === 0 && (await this.bus.lag('wiki', [article.topic])) === 0;
      },
      SLOW,
    );
  }

  /** The ids of all that is not as its owner says. */
  async audit(): Promise<string[]> {
    const selection = { afterId: NIL, limit: 100_000 };
    const snapshots = await readSnapshots(this.shop.orm.em.fork(), this.source, selection);
    const em = this.wiki.orm.em.fork();
    const differing: string[] = [];
    for (const projection of [this.copy, this.counter]) {
      const { suspects } = await projection.audit(em, snapshots, { afterId: NIL });
      const totals = await projection.auditTotals(em, false);
      differing.push(...[...suspects, ...totals].map(({ id }) => id));
    }
    return differing;
  }

  /** Brings the wiki's rebuilds forward until they have ended. */
  async rebuilt(side: Side = this.wiki): Promise<void> {
    await until(
      'rebuilds have ended',
      async () => {
        await side.rebuilds.advance();
        const all = await side.rebuilds.progress(side.orm.em.fork());
        return all.every(({ state }) => state !== 'FILLING');
      },
      SLOW,
    );
  }
}
