import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { PostgresBus } from '@gamegraph/event-bus';
import { emptyDatabase, until } from '@gamegraph/test-support';
import { startTestRouter, type TestRouter } from '../testing.js';

const TOPIC = 'games.game';
const UUIDS = [randomUUID(), randomUUID()];
const globalId = (uuid: string) => Buffer.from(`Game:${uuid}`).toString('base64url');

describe('events about what is kept', () => {
  let bus: PostgresBus;
  let router: TestRouter;
  const titles = new Map(UUIDS.map(uuid => [globalId(uuid), 'old']));
  const GAMES = {
    sdl: 'type Query { games: [Game!]! } type Game @key(fields: "id") { id: ID! }',
    resolvers: { Query: { games: () => UUIDS.map(uuid => ({ id: globalId(uuid) })) } },
  };
  const TEXTS = {
    sdl: 'type Game @key(fields: "id") { id: ID! title: String }',
    resolvers: {
      Game: { __resolveReference: ({ id }: { id: string }) => ({ id, title: titles.get(id) }) },
    },
  };
  const ask = async (query: string) => {
    const { data } = await router.ask(query);
    return (data.games as { title: string }[]).map(({ title }) => title);
  };
  const happen = (uuid: string) =>
    bus.publish([{ topic: TOPIC, key: uuid, headers: {}, value: '{}' }]);

  before(async () => {
    const eventLogUrl = await emptyDatabase('event_log');
    bus = new PostgresBus({ url: eventLogUrl, log: { warn: () => {} } });
    await bus.ensureTopics([TOPIC]);
    router = await startTestRouter(
      { games: GAMES, texts: TEXTS },
      {
        cache: {
          responses: { enabled: true },
          entities: { enabled: true },
          subgraphs: { texts: { maxAgeS: 600, scope: 'PUBLIC' } },
          invalidation: { eventLogUrl, topics: { [TOPIC]: ['Game'] } },
        },
      },
    );
    const { received } = router.stubs.texts!;
    await until('the router follows', async () => {
      received.length = 0;
      await ask('{ games { title } }');
      await ask('{ games { title } }');
      return received.length < 2;
    });
  });
  after(async () => {
    await router.stop();
    await bus.close();
  });

  it('end the entity that they are about, and no other', async () => {
    for (const uuid of UUIDS) titles.set(globalId(uuid), 'new');
    assert.deepEqual(await ask('{ games { title } }'), ['old', 'old']);
    await happen(UUIDS[1]!);
    await until('it is known', async () => (await ask('{ games { title } }'))[1] === 'new');
    assert.deepEqual(await ask('{ games { title } }'), ['old', 'new']);
  });

  it('end responses with such entities', async () => {
    router.stubs.games!.cacheControl = () => 'public, max-age=600';
    titles.set(globalId(UUIDS[0]!), 'newest');
    const query = 'query Kept { games { title } }';
    const first = await ask(query);
    assert.deepEqual(await ask(query), first);
    const asked = router.stubs.games!.received.length;
    await ask(query);
    assert.equal(router.stubs.games!.received.length, asked, 'it is kept');
    await happen(UUIDS[0]!);
    await until('it is known', async () => (await ask(query))[0] === 'newest');
  });
});

describe('a bus that is not there', () => {
  it('leaves nothing kept, and the router serves', async () => {
    const router = await startTestRouter(
      { games: { sdl: 'type Query { n: Int }', resolvers: { Query: { n: () => 1 } } } },
      {
        cache: {
          responses: { enabled: true },
          maxAgeS: 60,
          scope: 'PUBLIC',
          invalidation: { eventLogUrl: 'postgres://127.0.0.1:1/none', topics: { a: ['A'] } },
        },
      },
    );
    for (let n = 0; n < 2; n++) assert.deepEqual((await router.ask('{ n }')).data, { n: 1 });
    assert.equal(router.stubs.games!.received.length, 2);
    await router.stop();
  });
});
