import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { defineAggregate, defineEnding, defineEvent, type Envelope } from '@gamegraph/event-bus';
import { emptyDatabase } from '@gamegraph/test-support';
import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { Migration } from '@mikro-orm/migrations';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { createOrm, migrate } from '../store/orm.js';
import { query } from '../store/sql.js';
import { transact } from '../store/transact.js';
import { Copy, defineCopy } from './copy.js';
import { OPERATOR_TABLES } from './operator-tables.js';
import { SqlPositions } from './sql-positions.js';
import { applyAll } from './succession.js';
import { EVENT_TABLES } from './tables.js';
import { Together } from './together.js';

const article = defineAggregate({
  topic: 'shop.article',
  description: 'Something with a name.',
  state: z.object({ id: z.uuid(), name: z.string() }),
});
const changed = defineEvent('ArticleChanged', article, 'changed', 'It is not as it was.');
const deleted = defineEnding('ArticleDeleted', article, 'deleted', 'It is gone.');

@Entity({ tableName: 'article_copy' })
class ArticleCopy extends Copy {
  @Property({ type: 'text' }) name!: string;
}

class Tables extends Migration {
  override up() {
    for (const statement of [...EVENT_TABLES, ...OPERATOR_TABLES]) this.addSql(statement);
    this.addSql(`CREATE TABLE article_copy (
      id uuid PRIMARY KEY, name text NOT NULL, source_version bigint NOT NULL, source_at timestamptz NOT NULL)`);
  }
}

const { consumer } = defineCopy({
  ...{ name: 'wiki.article', of: article, into: ArticleCopy },
  columns({ name }) {
    if (name === 'indigestible') throw new TypeError(name);
    return name === 'draft' ? null : { name };
  },
});

describe('events that come together', () => {
  let orm: MikroORM;
  const statements: string[] = [];
  before(async () => {
    orm = await createOrm({
      databaseUrl: await emptyDatabase('together'),
      entities: [ArticleCopy],
      migrations: [{ name: 'tables', class: Tables }],
      onStatement: statement => statements.push(statement),
    });
    await migrate(orm);
  });
  after(() => orm.close());
  beforeEach(() => (statements.length = 0));

  const is = (id: string, version: number, name: string): Envelope => ({
    ...{ id: uuidv7(), source: '/gamegraph/shop', type: changed.type, topic: article.topic },
    ...{ subject: id, version, time: '2026-01-01T00:00:00Z', data: { id, name } },
  });
  const isGone = (id: string, version: number): Envelope => ({
    ...is(id, version, ''),
    ...{ type: deleted.type, data: { id } },
  });
  /** As the inbox does. */
  const take = (events: Envelope[]) =>
    transact(orm.em.fork(), tx => {
      const effect = (some: Envelope[]) =>
        consumer.handleAll!(
          some.map(envelope => ({
            subscription: consumer.handlers.get(envelope.type)!,
            data: envelope.data as { id: string },
            context: { em: tx, envelope, at: new Date(envelope.time) },
          })),
          tx,
        );
      return applyAll(new SqlPositions(tx, consumer.name), events, effect, new Map());
    });
  const names = async (ids: string[]) => {
    const rows = await query<{ id: string; name: string }>(
      orm.em.fork(),
      sql`SELECT id, name FROM article_copy WHERE id = ANY(${ids})`,
    );
    const byId = new Map(rows.map(({ id, name }) => [id, name]));
    return ids.map(id => byId.get(id));
  };

  it('are copied by as many statements as two are', async () => {
    const many = Array.from({ length: 100 }, () => uuidv7());
    await take(many.flatMap(id => [is(id, 1, 'old'), is(id, 2, 'new')]));
    const both = ['begin', 'positions', 'copies', 'commit'];
    assert.equal(statements.length, both.length, statements.join('\n'));
    assert.deepEqual(new Set(await names(many)), new Set(['new']));
  });

  it('are copied as of the last of each', async () => {
    const [gone, back, draft, kept] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
    await take([is(gone, 1, 'a'), is(back, 1, 'a'), is(draft, 1, 'a'), is(kept, 1, 'draft')]);
    await take([isGone(gone, 2), isGone(back, 2), is(draft, 2, 'draft'), is(kept, 2, 'b')]);
    await take([is(back, 3, 'c'), is(kept, 3, 'c'), isGone(back, 4), is(back, 5, 'd')]);
    assert.deepEqual(await names([gone, back, draft, kept]), [undefined, 'd', undefined, 'c']);
  });

  it('fail together with one of which no copy can be made, though a later one is sound', async () => {
    const [bad, good] = [uuidv7(), uuidv7()];
    const events = [is(good, 1, 'a'), is(bad, 1, 'indigestible'), is(bad, 2, 'b')];
    await assert.rejects(take(events), TypeError);
    assert.deepEqual(await names([bad, good]), [undefined, undefined]);
  });

  it('had before, or too early, keep none of the others back', async () => {
    const [had, early, good] = [uuidv7(), uuidv7(), uuidv7()];
    await take([is(had, 1, 'a'), is(had, 2, 'b')]);
    const outcomes = await take([
      is(had, 2, 'x'),
      is(early, 2, 'x'),
      is(good, 1, 'a'),
      is(had, 3, 'c'),
    ]);
    assert.deepEqual(
      Object.fromEntries(
        outcomes.map(([{ subject, version }, told]) => [`${subject} ${version}`, told]),
      ),
      {
        ...{ [`${had} 2`]: 'duplicate', [`${early} 2`]: 'parked' },
        ...{ [`${good} 1`]: 'applied', [`${had} 3`]: 'applied' },
      },
    );
    assert.deepEqual(await names([had, early, good]), ['c', undefined, 'a']);
  });
});

describe('what comes while some is under way', () => {
  it('is done in one piece after it, and fails with nothing but itself', async () => {
    const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const pieces: number[][] = [];
    const together = new Together<number>(items => gates[pieces.push(items) - 1]!.promise);
    const first = together.add([1]);
    const alongside = together.add([2]); // in the same moment
    await Promise.resolve();
    await Promise.resolve();
    const second = [together.add([3]), together.add([4, 5])];
    gates[0]!.reject(new Error('away'));
    await assert.rejects(first, /away/);
    await assert.rejects(alongside, /away/);
    gates[1]!.resolve();
    await Promise.all(second);
    gates[2]!.resolve();
    await together.add([6]);
    assert.deepEqual(pieces, [[1, 2], [3, 4, 5], [6]]);
  });
});
