import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { libraryEntryChanged } from '@gamegraph/event-contracts';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { games } from '../subgraph.js';
import { givenIn } from '../testing.js';

const DAY_MS = 86_400_000;
const GAMES = `query ($search: String, $filter: GameFilter, $sort: GameSort, $first: Int, $after: String, $last: Int, $before: String) {
  games(search: $search, filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    facets { field values { value label count } }
    edges { node { title } relevance { score words likeness } } } }`;

let graph: TestSubgraph;
const given = givenIn(() => graph);
let studioId: string;
let onSaleUntil: Date;

const text = (locale: string, title: string, summary?: string, description?: string) => ({
  locale,
  title,
  summary,
  description,
});

before(async () => {
  graph = await testSubgraph(games);
  const studio = await given.studio();
  studioId = studio.id;
  const onSale = await given.draft(
    'Dragon Keep',
    {
      texts: [
        text('en', 'Dragon Keep', 'Defend castles.', 'Siege engines and knights.'),
        text('ru', 'Крепость драконов', 'Обороняйте замки.'),
      ],
      ...{ tags: ['Strategy', 'Fantasy'], platforms: ['WINDOWS', 'LINUX'] },
    },
    studio,
  );
  onSaleUntil = new Date(Date.now() + 3 * DAY_MS);
  await graph.data(
    `mutation ($input: ScheduleDiscountInput!) { scheduleDiscount(input: $input) { __typename } }`,
    { input: { gameId: onSale.id, percent: 20, endsAt: onSaleUntil.toISOString() } },
    studio.by,
  );
  await graph.data(
    'mutation ($id: ID!) { publishGame(id: $id) { __typename } }',
    { id: onSale.id },
    studio.by,
  );
  const many = [
    ['Castle Gardens', 'Grow vegetables.', 'No dragons were harmed.', ['Cosy'], ['LINUX']],
    ['Galaxy Traders', 'Trade among stars.', 'Ships, ports, pirates.', ['Strategy'], ['WINDOWS']],
    ['Ёжик в лесу', 'Про ежа.', 'Сказка о дружбе.', ['Cosy', 'Fantasy'], ['ANDROID', 'LINUX']],
    ['Zebra Crossing', 'Cross roads.', 'Mind the lights.', [], ['WEB']],
  ] as const;
  for (const [title, summary, description, tags, platforms] of many) {
    const texts = [text('en', title, summary, description)];
    const { uuid: gameId } = await given.game(title, { texts, tags, platforms });
    if (title !== 'Galaxy Traders') continue;
    const entry = { id: uuidv7(), userId: uuidv7(), gameId, playtimeSeconds: 0 };
    await graph.deliver(libraryEntryChanged({ ...entry, isOwned: true, lastPlayedAt: null }));
  }
  await given.draft('Dragon Secrets');
});
after(() => graph.stop());

const find = async (args: object): Promise<Answer['data']> => (await graph.data(GAMES, args)).games;
const titles = ({ edges }: Answer['data']): string[] =>
  edges.map(({ node }: Answer['data']) => node.title);

describe('searching games', () => {
  it('finds the words of all languages in all their forms, titles first', async () => {
    assert.deepEqual(titles(await find({ search: 'dragons' })), ['Dragon Keep', 'Castle Gardens']);
    assert.deepEqual(titles(await find({ search: 'castle' })), ['Castle Gardens', 'Dragon Keep']);
    assert.deepEqual(titles(await find({ search: 'дракон' })), ['Dragon Keep']);
    assert.deepEqual(titles(await find({ search: 'сказки' })), ['Ёжик в лесу']);
    assert.deepEqual(titles(await find({ search: 'ежик' })), ['Ёжик в лесу']);
    assert.deepEqual(titles(await find({ search: 'pirate ship' })), ['Galaxy Traders']);
    assert.deepEqual(titles(await find({ search: 'quantum' })), []);
  });

  it('finds titles with a slip of the pen', async () => {
    assert.deepEqual(titles(await find({ search: 'galaxy tarders' })), ['Galaxy Traders']);
    assert.deepEqual(titles(await find({ search: 'zebar' })), ['Zebra Crossing']);
  });

  it('explains the score of each', async () => {
    const found = await find({ search: 'dragon keep' });
    const { score, words, likeness } = found.edges[0].relevance;
    assert.equal(likeness, 1);
    assert.ok(words > 0 && words < 1);
    assert.equal(score, words + likeness);
    const [slip] = (await find({ search: 'galxy' })).edges;
    assert.equal(slip.relevance.words, 0);
    assert.ok(slip.relevance.likeness > 0.4);
    assert.equal((await find({})).edges[0].relevance, null);
  });

  it('takes any text for a search, and none that is too long', async () => {
    for (const search of ['& | !', '"', "' OR 1=1 --", 'the', '%_\\', '<->']) {
      assert.ok((await find({ search })).totalCount >= 0, search);
    }
    for (const search of ['', '  ', 'x'.repeat(101)]) {
      assert.equal(await graph.code(GAMES, { search }), 'BAD_USER_INPUT', search);
    }
  });
});

describe('narrowing games down', () => {
  it('filters by all of the tags, any of the platforms, studio, discount and owners', async () => {
    const cases: [object, string[]][] = [
      [{ tags: ['strategy'] }, ['Dragon Keep', 'Galaxy Traders']],
      [{ tags: ['strategy', 'fantasy'] }, ['Dragon Keep']],
      [{ platforms: ['ANDROID', 'WEB'] }, ['Zebra Crossing', 'Ёжик в лесу']],
      [{ studioId }, ['Dragon Keep']],
      [{ onSale: true }, ['Dragon Keep']],
      [{ onSale: false, tags: ['strategy'] }, ['Galaxy Traders']],
      [{ minOwners: 1 }, ['Galaxy Traders']],
      [
        { tags: [], platforms: [] },
        ['Castle Gardens', 'Dragon Keep', 'Galaxy Traders', 'Zebra Crossing', 'Ёжик в лесу'],
      ],
    ];
    for (const [filter, expected] of cases) {
      const found = await find({ filter });
      assert.deepEqual(titles(found), expected, JSON.stringify(filter));
      assert.equal(found.totalCount, expected.length);
    }
    graph.setClock(onSaleUntil);
    assert.deepEqual(titles(await find({ filter: { onSale: true } })), []);
    graph.setClock(undefined);
  });

  it('counts the values of each facet within the search and the other filters', async () => {
    const facets = async (args: object) =>
      Object.fromEntries(
        (await find(args)).facets.map(({ field, values }: Answer['data']) => [
          field,
          values.map(({ value, count }: Answer['data']) => `${value} ${count}`),
        ]),
      );
    assert.deepEqual(await facets({}), {
      TAG: ['cosy 2', 'fantasy 2', 'strategy 2'],
      PLATFORM: ['LINUX 3', 'WINDOWS 2', 'ANDROID 1', 'WEB 1'],
    });
    assert.deepEqual(await facets({ filter: { tags: ['strategy'], platforms: ['LINUX'] } }), {
      TAG: ['cosy 2', 'fantasy 2', 'strategy 1'],
      PLATFORM: ['WINDOWS 2', 'LINUX 1'],
    });
    assert.deepEqual(await facets({ search: 'dragon', filter: { minOwners: 0 } }), {
      TAG: ['cosy 1', 'fantasy 1', 'strategy 1'],
      PLATFORM: ['LINUX 2', 'WINDOWS 1'],
    });
    const [tag] = (await find({})).facets;
    assert.equal(tag.values[0].label, 'Cosy');
  });

  it('sorts by relevance only what was searched', async () => {
    assert.equal(await graph.code(GAMES, { sort: 'RELEVANCE' }), 'BAD_USER_INPUT');
    assert.equal(
      (await find({ search: 'dragon', sort: 'TITLE' })).edges[0].node.title,
      'Castle Gardens',
    );
  });
});

describe('paging through games', () => {
  it('goes both ways in every order, without a gap and without repeating', async () => {
    for (const args of [
      ...['TITLE', 'NEWEST', 'OWNERS', 'BUILDS'].map(sort => ({ sort })),
      { search: 'dragon castle galaxy zebra', sort: 'RELEVANCE' },
      { search: 'castle dragon' },
      { filter: { platforms: ['LINUX'] }, sort: 'OWNERS' },
    ]) {
      const all = titles(await find({ ...args, first: 100 }));
      const forwards: string[] = [];
      let page = await find({ ...args, first: 2 });
      for (;;) {
        forwards.push(...titles(page));
        if (!page.pageInfo.hasNextPage) break;
        page = await find({ ...args, first: 2, after: page.pageInfo.endCursor });
      }
      assert.deepEqual(forwards, all, JSON.stringify(args));
      const backwards: string[] = [];
      page = await find({ ...args, last: 2 });
      for (;;) {
        backwards.unshift(...titles(page));
        if (!page.pageInfo.hasPreviousPage) break;
        page = await find({ ...args, last: 2, before: page.pageInfo.startCursor });
      }
      assert.deepEqual(backwards, all, JSON.stringify(args));
    }
    assert.equal(titles(await find({ sort: 'NEWEST' }))[0], 'Zebra Crossing');
    assert.equal(titles(await find({ sort: 'OWNERS' }))[0], 'Galaxy Traders');
  });

  it('costs the same number of statements, however many there are', async () => {
    const QUERY = `query ($first: Int) { games(search: "dragon castle galaxy", sort: TITLE, first: $first) {
      totalCount facets { field } edges { node { summary(locale: "ru") tags { name } studio { name } price { final { minor } } } } } }`;
    const statements = (first: number) => graph.statements(() => graph.data(QUERY, { first }));
    const [ofOne, ofMany] = [await statements(1), await statements(50)];
    assert.equal(ofMany.length, ofOne.length, ofMany.join('\n'));
    assert.equal(ofMany.length, 6);
  });
});

describe('looking tags up', () => {
  it('lists those of published games, most used first, and finds them by name', async () => {
    const QUERY = `query ($search: String, $first: Int, $after: String) { tags(search: $search, first: $first, after: $after) {
      totalCount pageInfo { endCursor } edges { node { slug name gamesCount } } } }`;
    const used = ({ tags }: Answer['data']) =>
      tags.edges.map(({ node }: Answer['data']) => `${node.name} ${node.gamesCount}`);
    await given.game('Fantastic', { tags: ['Fantasy'] });
    await given.draft('Hidden', { tags: ['Unseen', 'Fantasy'] });
    const all = await graph.data(QUERY);
    assert.equal(used(all)[0], 'Fantasy 3');
    assert.deepEqual(used(all).sort(), ['Cosy 2', 'Fantasy 3', 'Strategy 2']);
    const first = await graph.data(QUERY, { first: 2 });
    const second = await graph.data(QUERY, { first: 2, after: first.tags.pageInfo.endCursor });
    assert.deepEqual([...used(first), ...used(second)].sort(), used(all).sort());
    assert.equal(second.tags.totalCount, 3);
    assert.deepEqual(used(await graph.data(QUERY, { search: 'fantsy' })), ['Fantasy 3']);
  });
});
