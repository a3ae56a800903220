import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { query } from '../store/sql.js';
import { article, ShopAndWiki } from './shop-and-wiki.js';

const COUNT = 400;

describe('rebuilding a projection', { timeout: 180_000 }, () => {
  const world = new ShopAndWiki();
  const shelves: string[] = [];
  const ids: string[] = [];
  before(async () => {
    await world.start();
    shelves.push(await world.addShelf(), await world.addShelf());
    for (let n = 0; n < COUNT; n++)
      ids.push(await world.change(`article ${n}`, { shelfId: shelves[n % 2]! }));
    await world.settled();
  });
  after(() => world.stop());
  beforeEach(() => world.indigestible.clear());

  const NAMES = [world.copy.consumer.name, world.counter.consumer.name];
  const rebuild = async () => {
    for (const name of NAMES) await world.wiki.rebuilds.start(name);
    await world.rebuilt();
    return world.wiki.rebuilds.progress(world.wiki.orm.em.fork());
  };
  const allRows = () =>
    world.ofWiki<object>(
      sql`SELECT id, name, shelf_id, source_version, source_at FROM article_copy ORDER BY id`,
    );

  it('changes nothing where all is right', async () => {
    const rows = await allRows();
    for (const { state, done, total, changed, failed } of await rebuild())
      assert.deepEqual(
        { state, done, total, changed, failed },
        {
          ...{ state: 'DONE', done: COUNT, total: COUNT, changed: 0, failed: 0 },
        },
      );
    assert.deepEqual(await allRows(), rows);
    assert.deepEqual(await world.ofWiki(sql`SELECT FROM events.shadow`), []);
  });

  it('mends what is wrong, missing and too much', async () => {
    await world.inWiki(sql`UPDATE article_copy SET name = 'forged' WHERE id = ${ids[0]}`);
    await world.inWiki(sql`DELETE FROM article_copy WHERE id = ${ids[1]}`);
    await world.inWiki(sql`INSERT INTO article_copy VALUES (${uuidv7()}, 'stray', NULL, 1, now())`);
    await world.inWiki(sql`UPDATE events.counted SET keys = '{}' WHERE aggregateid = ${ids[2]}`);
    await world.inWiki(sql`UPDATE shelf SET article_count = 40 WHERE id = ${shelves[0]}`);
    // It has missed an event, and knows nothing of another article.
    await world.inWiki(sql`UPDATE article_copy SET source_version = 7 WHERE id = ${ids[3]}`);
    await world.inWiki(sql`DELETE FROM events.inbox_head WHERE aggregateid = ${ids[4]}`);
    await world.inWiki(sql`DELETE FROM article_copy WHERE id = ${ids[4]}`);
    const all = await rebuild();
    assert.deepEqual(
      all.map(({ projection, changed }) => [projection, changed]),
      [
        [world.copy.consumer.name, 5],
        [world.counter.consumer.name, 2],
      ],
    );
    assert.deepEqual(await world.audit(), []);
    const [row] = await world.ofWiki<object>(
      sql`SELECT source_version FROM article_copy WHERE id = ${ids[3]}`,
    );
    assert.deepEqual(row, { source_version: '1' });
    // The next events go on from there.
    await world.change('later', { id: ids[4]!, shelfId: shelves[1]! });
    await world.settled();
    assert.deepEqual(await world.audit(), []);
    await world.change('article 4', { id: ids[4]!, shelfId: shelves[0]! });
    await world.settled();
  });

  it('lets readers see a right answer all the while, though articles come, change and go', async () => {
    let isOver = false;
    let looks = 0;
    const constant = ids.slice(0, 100);
    const look = async () => {
      while (!isOver) {
        const rows = await world.ofWiki<{ id: string; name: string }>(
          sql`SELECT id, name FROM article_copy WHERE id = ANY(${constant}::uuid[]) AND shelf_id = ${shelves[0]} ORDER BY id`,
        );
        assert.deepEqual(
          rows.map(({ name }) => name),
          constant.flatMap((_, n) => (n % 2 === 0 ? [`article ${n}`] : [])),
        );
        const [shelf] = await world.ofWiki<{ article_count: number; counted: number }>(
          sql`SELECT article_count, (SELECT count(*)::int FROM events.counted WHERE ${shelves[0]}::uuid = ANY(keys)) AS counted
              FROM shelf WHERE id = ${shelves[0]}`,
        );
        assert.equal(shelf!.article_count, shelf!.counted);
        looks++;
      }
    };
    const live = new Set<string>();
    const write = async (from: string) => {
      for (let n = 0; n < 20; n++) {
        const id = await world.change(`young ${from} ${n}`, { shelfId: shelves[n % 2]! });
        live.add(id);
        await world.change(`older ${from} ${n}`, { id, shelfId: shelves[(n + 1) % 2]! });
        if (n % 3 > 0) continue;
        await world.remove(id);
        live.delete(id);
      }
    };
    const readers = [look(), look()];
    try {
      for (let round = 0; round < 4; round++)
        await Promise.all([rebuild(), write(`${round} a`), write(`${round} b`)]);
    } finally {
      isOver = true;
      await Promise.all(readers);
    }
    assert.ok(looks > 10 && live.size > 5, `${looks} looks, ${live.size} articles`);
    await world.settled();
    assert.deepEqual(await world.audit(), []);
    for (const id of live) await world.remove(id);
    await world.settled();
    assert.deepEqual(await world.audit(), []);
  });

  it('is joined by who asks for it again', async () => {
    const [first, second] = await Promise.all([
      world.wiki.rebuilds.start(NAMES[0]!),
      world.wiki.rebuilds.start(NAMES[0]!),
    ]);
    assert.deepEqual([first.state, first.startedAt], ['FILLING', second.startedAt]);
    await world.rebuilt();
  });

  it('goes on when the process that began it has ended, and when the owner was away', async () => {
    const { databaseUrl } = world.shop;
    await world.shop.stop();
    await world.inWiki(sql`UPDATE article_copy SET name = 'forged' WHERE id = ${ids[0]}`);
    await world.wiki.rebuilds.start(NAMES[0]!);
    await world.wiki.rebuilds.advance();
    await world.wiki.stop();
    world.wiki = await world.startWiki(world.wiki.databaseUrl);
    assert.equal(
      (
        await world.ofWiki<{ name: string }>(
          sql`SELECT name FROM article_copy WHERE id = ${ids[0]}`,
        )
      )[0]!.name,
      'forged',
    );
    world.shop = await world.startShop(databaseUrl);
    await world.rebuilt();
    assert.deepEqual(await world.audit(), []);
  });

  it('asks again for what was lost on the way, and is not misled by half an answer', async () => {
    await world.wiki.rebuilds.start(NAMES[0]!);
    await until('it is told', async () => (await isTold()) === true);
    // As if some had not arrived, and the answer had been another.
    await world.inWiki(
      sql`DELETE FROM events.shadow WHERE aggregateid = ANY(${ids.slice(0, 5)}::uuid[])`,
    );
    await world.wiki.rebuilds.advance();
    assert.equal(
      (await world.wiki.rebuilds.progress(world.wiki.orm.em.fork()))[0]!.state,
      'FILLING',
    );
    await world.inWiki(sql`UPDATE events.rebuild SET asked_at = now() - interval '31 s', progress_at = now() - interval '31 s'
                           WHERE state = 'FILLING'`);
    await world.rebuilt();
    assert.deepEqual(await world.audit(), []);
  });

  const isTold = async () =>
    (
      await world.ofWiki<{ is_told: boolean }>(
        sql`SELECT is_told FROM events.rebuild WHERE projection = ${NAMES[0]}`,
      )
    )[0]?.is_told;

  it('fails, and changes nothing, when the database refuses in the middle', async () => {
    const rows = await allRows();
    await world.inWiki(sql`UPDATE article_copy SET name = 'forged' WHERE id = ${ids[0]}`);
    await world.inWiki(
      sql`ALTER TABLE article_copy ADD CONSTRAINT no CHECK (name <> 'article 0') NOT VALID`,
    );
    const [failed] = await rebuild();
    assert.equal(failed!.state, 'FAILED');
    assert.match(failed!.error!, /violates check constraint "no"/);
    assert.equal((await allRows()).length, rows.length);
    await world.inWiki(sql`ALTER TABLE article_copy DROP CONSTRAINT no`);
    const [done] = await rebuild();
    assert.deepEqual([done!.state, done!.changed, done!.error], ['DONE', 1, null]);
    assert.deepEqual(await allRows(), rows);
  });

  it('fails when its shadow cannot be written, and events go on', async () => {
    await world.wiki.rebuilds.start(NAMES[0]!);
    await world.inWiki(sql`ALTER TABLE events.shadow ADD CONSTRAINT no CHECK (false) NOT VALID`);
    const id = await world.change('meanwhile');
    await world.settled();
    await world.inWiki(sql`ALTER TABLE events.shadow DROP CONSTRAINT no`);
    assert.deepEqual(await world.audit(), []);
    const [failed] = await world.wiki.rebuilds.progress(world.wiki.orm.em.fork());
    assert.deepEqual([failed!.state, failed!.changed], ['FAILED', null]);
    await world.remove(id);
    await world.settled();
    await rebuild();
  });

  it('leaves what it cannot make anew as it is, and says how many', async () => {
    world.indigestible.add('article 5');
    const rows = await allRows();
    const [copied] = await rebuild();
    assert.deepEqual([copied!.state, copied!.failed, copied!.changed], ['DONE', 1, 0]);
    assert.deepEqual(await allRows(), rows);
  });

  it('does not take away what a repair has brought meanwhile', async () => {
    await world.wiki.rebuilds.start(NAMES[0]!);
    await until('it is told', async () => (await isTold()) === true);
    // An event that is long under way: the owner has it, nobody else.
    const id = uuidv7();
    const snapshot = { id, version: 1, state: { id, name: 'repaired', shelfId: null } };
    await world.wiki.rebuilds.takeSnapshots(NAMES[0]!, [snapshot]);
    await world.copy.repair(world.wiki.orm.em.fork(), [snapshot], []);
    await world.rebuilt();
    const [row] = await world.ofWiki<object>(sql`SELECT name FROM article_copy WHERE id = ${id}`);
    assert.deepEqual(row, { name: 'repaired' });
    await world.copy.repair(world.wiki.orm.em.fork(), [], [id]);
  });

  it('shows how far it is', async () => {
    await world.shop.inbox.stop(); // the owner will not answer now
    const begun = await world.wiki.rebuilds.start(NAMES[0]!);
    assert.deepEqual(
      [begun.state, begun.done, begun.total, begun.endedAt],
      ['FILLING', 0, null, null],
    );
    await world.inWiki(
      sql`UPDATE events.rebuild SET progress_at = now() - interval '11 min' WHERE state = 'FILLING'`,
    );
    await world.wiki.rebuilds.advance();
    const [failed] = await world.wiki.rebuilds.progress(world.wiki.orm.em.fork());
    assert.deepEqual([failed!.state, failed!.error], ['FAILED', 'Its owner does not answer.']);
  });
});

describe('repairing a total while it is counted', { timeout: 60_000 }, () => {
  const world = new ShopAndWiki();
  before(() => world.start());
  after(() => world.stop());

  it('loses no count', async () => {
    const shelfId = await world.addShelf();
    let isOver = false;
    const repair = async () => {
      while (!isOver) {
        // Each time there is something to repair, while others count.
        await world.inWiki(
          sql`UPDATE shelf SET article_count = article_count + 1 WHERE id = ${shelfId}`,
        );
        await world.counter.auditTotals(world.wiki.orm.em.fork(), true);
      }
    };
    const count = async (from: number) => {
      const { handlers } = world.counter.consumer;
      const { handle } = handlers.get('shop.article.changed.v1')!;
      for (let n = 0; n < 150; n++) {
        const id = uuidv7();
        await world.wiki.orm.em.fork().transactional(async em =>
          handle({ id, name: `${from} ${n}`, shelfId } as never, {
            ...{ em, at: new Date() },
            envelope: { version: 1, topic: article.topic, subject: id } as never,
          }),
        );
      }
    };
    const repairs = repair();
    await Promise.all([count(1), count(2), count(3)]);
    isOver = true;
    await repairs;
    const totals = await query(
      world.wiki.orm.em.fork(),
      sql`SELECT article_count, (SELECT count(*)::int FROM events.counted) AS counted FROM shelf`,
    );
    assert.deepEqual(totals, [{ article_count: 450, counted: 450 }]);
  });
});
