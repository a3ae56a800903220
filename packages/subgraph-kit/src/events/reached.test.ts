import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { defineAggregate, defineEvent } from '@gamegraph/event-bus';
import { emptyDatabase, until } from '@gamegraph/test-support';
import { Entity, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { Migration } from '@mikro-orm/migrations';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { z } from 'zod';
import { createOrm, migrate } from '../store/orm.js';
import { execute } from '../store/sql.js';
import { defineConsumer, on } from './consumer.js';
import { Reached } from './reached.js';
import { EVENT_TABLES } from './tables.js';

const article = defineAggregate({
  topic: 'shop.article',
  description: 'Something on a shelf.',
  state: z.object({ id: z.uuid() }),
});
const changed = defineEvent('ArticleChanged', article, 'changed', 'It is new.');
const consumerOf = (name: string) =>
  defineConsumer({ name, subscriptions: [on(changed, async () => {})] });

@Entity({ tableName: 'nothing' }) // an ORM without entities does not start
class Nothing {
  @PrimaryKey({ type: 'uuid' }) id!: string;
}

class Tables extends Migration {
  override up() {
    for (const statement of EVENT_TABLES) this.addSql(statement);
  }
}

const LONG_MS = 600_000;

describe('waiting for events', () => {
  let orm: MikroORM;
  let reached: Reached;
  const statements: string[] = [];
  before(async () => {
    orm = await createOrm({
      databaseUrl: await emptyDatabase('reached'),
      entities: [Nothing],
      migrations: [{ name: 'tables', class: Tables }],
      onStatement: statement => statements.push(statement),
    });
    await migrate(orm);
    reached = new Reached(orm, [consumerOf('wiki.article'), consumerOf('wiki.count')]);
  });
  after(() => orm.close());

  const head = (aggregateid: string, version: number, aggregatetype = 'shop.article') => ({
    ...{ aggregatetype, aggregateid, version },
  });
  const come = (consumer: string, id: string, version: number) =>
    execute(
      orm.em.fork(),
      sql`INSERT INTO events.inbox_head VALUES (${consumer}, 'shop.article', ${id}, ${version})
          ON CONFLICT (consumer, aggregatetype, aggregateid) DO UPDATE SET version = excluded.version`,
    );
  const lagging = (...names: string[]) =>
    names.map(projection => ({ projection, topic: 'shop.article' }));

  it('asks nothing where nobody is interested in them', async () => {
    statements.length = 0;
    const heads = [head('a', 1, 'shop.shelf')];
    assert.deepEqual(await reached.wait({ heads, budgetMs: LONG_MS }), []);
    assert.deepEqual(statements, []);
  });

  it('ends when every consumer has had them, for each who waits', async () => {
    const ended: string[] = [];
    const wait = async (name: string, ...heads: ReturnType<typeof head>[]) => {
      assert.deepEqual(await reached.wait({ heads, budgetMs: LONG_MS }), []);
      ended.push(name);
    };
    const all = [
      wait('b at 2', head('b', 2)),
      wait('b at 3', head('b', 3)),
      wait('b at 2 and c', head('b', 2), head('c', 1)),
    ];
    await come('wiki.article', 'b', 2);
    statements.length = 0;
    await until('it has looked twice', () => statements.length > 1);
    assert.deepEqual(ended, []);
    await come('wiki.count', 'b', 2);
    await until('the first has ended', () => ended.length === 1);
    assert.deepEqual(ended, ['b at 2']);
    for (const consumer of ['wiki.article', 'wiki.count']) await come(consumer, 'c', 7);
    await until('so has the one for both', () => ended.length === 2);
    assert.deepEqual(ended, ['b at 2', 'b at 2 and c']);
    for (const consumer of ['wiki.article', 'wiki.count']) await come(consumer, 'b', 3);
    await Promise.all(all);
  });

  it('costs one statement when all are there', async () => {
    for (const consumer of ['wiki.article', 'wiki.count']) await come(consumer, 'd', 1);
    statements.length = 0;
    const heads = Array.from({ length: 64 }, () => head('d', 1));
    assert.deepEqual(await reached.wait({ heads, budgetMs: LONG_MS }), []);
    assert.equal(statements.length, 1);
  });

  it('says who lags when there is no time left', async () => {
    await come('wiki.article', 'e', 1);
    const heads = [head('e', 1), head('f', 1)];
    assert.deepEqual(
      await reached.wait({ heads, budgetMs: 1 }),
      lagging('wiki.count', 'wiki.article'),
    );
    assert.deepEqual(
      await reached.wait({ heads: [heads[0]!], budgetMs: 1 }),
      lagging('wiki.count'),
    );
  });
});
