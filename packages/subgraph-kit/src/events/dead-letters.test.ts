import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode, MalformedMessage, type Message } from '@gamegraph/event-bus';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { DEAD_LETTER_KINDS, type DeadLetter, keepMalformed } from './dead-letters.js';
import { article, ShopAndWiki } from './shop-and-wiki.js';

describe('dead letters', { timeout: 120_000 }, () => {
  const world = new ShopAndWiki();
  const copied: Message[] = []; // to the dead-letter topic
  before(async () => {
    await world.start();
    await world.bus.consume({
      ...{ group: 'watcher', topics: ['wiki.dead-letter'] },
      onMessages: async messages => void copied.push(...messages),
    });
  });
  after(() => world.stop());

  const { topic } = article;
  const process = world.process.name;
  const list = (selection: object = {}) =>
    world.wiki.deadLetters.list({ limit: 100, ...selection });
  const ofArticle = async (id: string) =>
    (await list({ consumer: process })).filter(({ aggregateId }) => aggregateId === id);
  const named = (message: Message, name: string): Message => ({
    ...message,
    value: message.value!.replace(/"name":"[^"]*"/, `"name":${JSON.stringify(name)}`),
  });

  it('hold each kind of poison back, with what follows it, and let all others pass', async () => {
    const poisons: Record<string, (second: Message) => Message> = {
      'no JSON': message => ({ ...message, value: '{"id": ' }),
      'null value': message => ({ ...message, value: null }),
      'no event': message => ({ ...message, headers: {} }),
      'wrong schema': message => ({ ...message, value: '{"id": 7}' }),
      'unknown type': message => ({
        ...message,
        headers: { ...message.headers, ce_type: `${topic}.reimagined.v1` },
      }),
      TypeError: message => named(message, 'unpalatable'),
      '900 KB': message => named(message, `unpalatable ${'x'.repeat(900_000)}`),
    };
    world.indigestible.add('unpalatable').add(`unpalatable ${'x'.repeat(900_000)}`);
    const expected: Record<string, [string, number] | undefined> = {
      'wrong schema': ['INVALID_DATA', 2],
      'unknown type': ['UNKNOWN_TYPE', 2],
      TypeError: ['HANDLER_FAILED', 2],
      '900 KB': ['HANDLER_FAILED', 2],
    };
    for (const [what, poison] of Object.entries(poisons)) {
      const [id, other] = [uuidv7(), uuidv7()];
      const [first, second, third, fourth] = world.history(['v1', 'v2', 'v3', 'v4'], id);
      const bystanders = world.history(['w1', 'w2', 'w3'], other);
      const messages = [first!, poison(second!), ...bystanders, third!, fourth!];
      await world.bus.publish(messages);
      await world.bus.publish([poison(second!)]); // and once more
      await world.settled();
      assert.deepEqual(await world.effects(id), ['v1'], what);
      assert.deepEqual(await world.effects(other), ['w1', 'w2', 'w3'], what);
      const letters = await ofArticle(id);
      assert.deepEqual(
        letters.map(({ kind, waiting }) => [kind, waiting]),
        expected[what] ? [expected[what]] : [],
        what,
      );
    }
    const malformed = await list({ kind: 'MALFORMED' });
    assert.equal(malformed.length, 6, 'each as often as it came');
    assert.ok(malformed.every(({ consumer, error }) => consumer === null && error.length > 20));
    const all = await list();
    for (const kind of DEAD_LETTER_KINDS)
      assert.deepEqual(
        (await list({ kind })).map(({ id }) => id),
        all.filter(letter => letter.kind === kind).map(({ id }) => id),
      );
    await until('the topic has them too', () => copied.length >= all.length);
    assert.equal(copied.length, all.length, 'once each');
  });

  it('tell what was sent, and the beginning of what is long', async () => {
    const all = await list();
    const [long] = all.filter(({ sizeBytes }) => sizeBytes > 900_000);
    assert.equal((long!.payload as string).length, 65_536);
    const [failed] = all
      .filter(
        ({ kind, consumer, sizeBytes }) =>
          kind === 'HANDLER_FAILED' && consumer === process && sizeBytes < 1_000,
      )
      .slice(-1);
    assert.deepEqual(failed!.payload, {
      id: failed!.aggregateId,
      name: 'unpalatable',
      shelfId: null,
    });
    assert.equal(failed!.error, 'TypeError: unpalatable cannot be digested');
    assert.deepEqual([failed!.topic, failed!.version], [topic, 2]);
    const texts = all.filter(({ kind }) => kind === 'MALFORMED').map(({ payload }) => payload);
    assert.ok(texts.includes('{"id": ') && texts.includes(null));
  });

  it('are listed page by page', async () => {
    const all = await list();
    const paged: DeadLetter[] = [];
    for (let last: DeadLetter | undefined; ;) {
      const page = await list({ limit: 3, ...(last && { after: last }) });
      if (page.length === 0) break;
      paged.push(...page);
      last = page.at(-1);
    }
    assert.deepEqual(paged, all);
  });

  it('have their effect, and then what waits behind them in its order, once they are replayed', async () => {
    world.indigestible.add('v2').add('v4');
    const id = uuidv7();
    await world.bus.publish(world.history(['v1', 'v2', 'v3', 'v4', 'v5'], id));
    await world.settled();
    const [second] = await ofArticle(id);
    assert.equal(second!.waiting, 3);
    assert.equal(await world.wiki.deadLetters.replay(second!.id), false, 'it is still poison');
    world.indigestible.delete('v2');
    assert.equal(await world.wiki.deadLetters.replay(second!.id), true);
    assert.deepEqual(await world.effects(id), ['v1', 'v2', 'v3']);
    const [fourth] = await ofArticle(id);
    assert.deepEqual([fourth!.version, fourth!.waiting], [4, 1], 'the next that is poison');
    world.indigestible.delete('v4');
    assert.equal(await world.wiki.deadLetters.replay(fourth!.id), true);
    assert.deepEqual(await world.effects(id), ['v1', 'v2', 'v3', 'v4', 'v5']);
    assert.deepEqual(await ofArticle(id), []);
    assert.equal(await world.wiki.deadLetters.replay(fourth!.id), undefined, 'there is none now');
  });

  it('let go on what waits behind them once they are discarded; who did so and why is kept', async () => {
    world.indigestible.add('v2');
    const id = uuidv7();
    await world.bus.publish(world.history(['v1', 'v2', 'v3'], id));
    await world.settled();
    const [letter] = await ofArticle(id);
    const discarded = await world.wiki.deadLetters.discard(letter!.id, 'of no use', 'ana');
    assert.equal(discarded?.id, letter!.id);
    assert.deepEqual(await world.effects(id), ['v1', 'v3']);
    assert.equal(await world.wiki.deadLetters.discard(letter!.id, 'again', 'ana'), undefined);
    const all = await world.wiki.deadLetters.list({ isDiscarded: true, limit: 100 });
    const kept = all.filter(one => one.id === letter!.id);
    assert.deepEqual(kept, [{ ...letter!, waiting: 0, discard: kept[0]!.discard }]);
    assert.deepEqual(kept, [discarded]);
    const { by, reason, at } = kept[0]!.discard!;
    assert.deepEqual([by, reason], ['ana', 'of no use']);
    assert.ok(at >= letter!.parkedAt);
    assert.equal((await ofArticle(id)).length, 0);
    world.indigestible.clear();
  });

  it('that are no events cannot be replayed, but discarded', async () => {
    const [letter] = await list({ kind: 'MALFORMED' });
    assert.equal(await world.wiki.deadLetters.replay(letter!.id), false);
    assert.equal(
      (await world.wiki.deadLetters.discard(letter!.id, 'noise', 'ana'))?.id,
      letter!.id,
    );
    assert.ok(!(await list()).some(({ id }) => id === letter!.id));
  });

  it('are kept though their headers have what the database does not take', async () => {
    const [message] = world.history(['v1']);
    const headers = { ...message!.headers, ce_subject: 'a\0b' };
    const received = { ...message!, headers, partition: 0, offset: '7' };
    assert.throws(() => decode(received), MalformedMessage);
    const em = world.wiki.orm.em.fork();
    assert.equal(await keepMalformed(em, received, new MalformedMessage('no')), true);
    assert.equal(await keepMalformed(em, received, new MalformedMessage('no')), false);
    assert.equal((await list()).at(-1)!.error, 'MalformedMessage: no');
  });

  it('that an older version did not know are tried again by one that does', async () => {
    const id = uuidv7();
    await world.bus.publish(world.history(['v1', 'v2'], id));
    await world.settled();
    // As if the version before had met them.
    await world.inWiki(sql`DELETE FROM effect WHERE id = ${id}`);
    await world.inWiki(
      sql`DELETE FROM events.inbox_head WHERE aggregateid = ${id} AND consumer = ${process}`,
    );
    for (const [n, message] of world.history(['v1', 'v2'], id).entries())
      await world.inWiki(sql`INSERT INTO events.inbox_parked (consumer, aggregatetype, aggregateid, version, reason, kind, message)
        VALUES (${process}, ${topic}, ${id}, ${n + 1}, ${n === 0 ? 'poison' : 'waiting'}, ${n === 0 ? 'UNKNOWN_TYPE' : null}, ${JSON.stringify(message)})`);
    await world.wiki.stop();
    world.wiki = await world.startWiki(world.wiki.databaseUrl);
    await until('they have had it', async () => (await world.effects(id)).length === 2);
    assert.deepEqual(await world.effects(id), ['v1', 'v2']);
  });
});

describe('the lag of a consumer', { timeout: 60_000 }, () => {
  const world = new ShopAndWiki();
  before(() => world.start());
  after(() => world.stop());

  const lagOf = async (consumer: string) =>
    (await world.wiki.inbox.lagMeter.read(world.wiki.orm.em.fork())).find(
      one => one.consumer === consumer,
    )!;

  it('shows while it stands still, and is gone once it goes on', async () => {
    await world.change('before');
    await world.settled();
    const quiet = await lagOf(world.process.name);
    assert.deepEqual([quiet.eventsBehind, quiet.secondsBehind, quiet.parked], [0, 0, 0]);
    assert.ok(quiet.lastAppliedAt! <= new Date());

    const paused = Promise.withResolvers<void>();
    world.beforeEffect = () => paused.promise;
    await world.change('first');
    const began = Date.now();
    await world.change('second');
    await until('it is behind for long', async () => {
      const { eventsBehind, secondsBehind } = await lagOf(world.process.name);
      return eventsBehind === 2 && secondsBehind > 1;
    });
    assert.ok((await lagOf(world.process.name)).secondsBehind <= (Date.now() - began) / 1000 + 1);
    paused.resolve();
    await world.settled();
    const { eventsBehind, secondsBehind, lastAppliedAt } = await lagOf(world.process.name);
    assert.deepEqual([eventsBehind, secondsBehind], [0, 0]);
    assert.ok(lastAppliedAt! > quiet.lastAppliedAt!);
  });

  it('counts what is set aside', async () => {
    world.indigestible.add('v2');
    await world.bus.publish(world.history(['v1', 'v2', 'v3']));
    await world.settled();
    const { eventsBehind, secondsBehind, parked, poisoned } = await lagOf(world.process.name);
    assert.deepEqual([eventsBehind, parked, poisoned], [2, 2, 1]);
    assert.ok(secondsBehind > 0);
  });
});
