import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameUpdated, userDeleted, userUpdated } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import {
  type Answer,
  type Asking,
  type TestSubgraph,
  testSubgraph,
} from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v7 as uuidv7 } from 'uuid';
import { builds } from '../subgraph.js';
import { givenBuild, givenGame, type GivenGame, givenUser, put, seen } from '../testing.js';

const ALL = `id name notes visibility revision dataVersion isOutdated needsReview gameTitle authorHandle authorAvatarUrl
  game { id } author { id } items { name item { id } attributes { key value } } parameters { key value } stats { key value }
  violations { rule } revisions { totalCount edges { node { number stats { key } items { name } } } } forkedFrom { id } forksCount
  likesCount isLiked shareCode exportCode hiddenReason publishedAt createdAt updatedAt`;
const LIST = `query ($search: String, $filter: BuildFilter, $sort: BuildSort, $first: Int, $after: String, $last: Int, $before: String) {
  builds(search: $search, filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage endCursor startCursor } edges { node { id name } } } }`;
const LIKE = 'mutation ($id: ID!) { likeBuild(id: $id) { __typename } }';
const FORK =
  'mutation ($id: ID!) { forkBuild(id: $id, name: "Fork") { ... on Build { id forkedFrom { id } } } }';
const SHOW =
  'mutation ($id: ID!, $visibility: BuildVisibility!) { setBuildVisibility(id: $id, visibility: $visibility) { __typename } }';
const RENAME = `mutation ($id: ID!, $name: String!) {
  saveBuild(input: { id: $id, expectedRevision: 1, name: $name }) { __typename } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

const namesOf = ({ edges }: Answer['data']): string[] =>
  edges.map(({ node }: Answer['data']) => node.name);
const listed = async (args: object, by?: Asking) => (await graph.data(LIST, args, by)).builds;

describe('looking a build up', () => {
  it('finds it by id and by share code, in capitals or not', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id, shareCode } = await givenBuild(graph, by, game);
    assert.match(shareCode, /^[2-9A-HJ-NP-Z]{8}$/);
    const BY_CODE = 'query ($code: String!) { buildByShareCode(code: $code) { id } }';
    for (const code of [shareCode, ` ${shareCode.toLowerCase()} `]) {
      assert.deepEqual(await graph.data(BY_CODE, { code }), { buildByShareCode: { id } });
    }
    assert.deepEqual(await graph.data(BY_CODE, { code: 'nonsense' }), { buildByShareCode: null });
    assert.equal(await seen(graph, globalId('Build', uuidv7()), 'id'), null);
    assert.equal(await graph.code('{ build(id: "nonsense") { id } }'), 'NOT_FOUND');
  });

  it('resolves many, with all that belongs to them, in a constant number of statements', async () => {
    const [author, other, viewer] = [
      await givenUser(graph),
      await givenUser(graph, { region: 'DE' }),
      await givenUser(graph),
    ];
    const games = [await givenGame(graph), await givenGame(graph)];
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) {
      const game = games[n % 2]!;
      const by = n % 3 === 0 ? other.by : author.by;
      const { greatSword, ring, band } = game.items;
      const items = put(greatSword, ...(n % 2 ? [ring, band] : [band]));
      ids.push((await givenBuild(graph, by, game, { name: `Build ${n}`, items })).id);
    }
    await graph.data(LIKE, { id: ids[3] }, viewer.by);
    const fetch = (some: string[]) => async () => {
      found = await graph.entities('Build', some, `{ ${ALL} }`, viewer.by);
    };
    let found: Answer['data'][] = [];
    const few = await graph.statements(fetch(ids.slice(0, 2)));
    const many = await graph.statements(fetch(ids.toReversed()));
    assert.equal(many.length, few.length, many.join('\n'));
    assert.ok(many.length <= 14, many.join('\n'));
    assert.deepEqual(
      found.map(({ id }) => id),
      ids.toReversed(),
    );
    for (const build of found) {
      assert.equal(build.items[0].name, 'Great Sword');
      assert.equal(build.revisions.edges[0].node.items[0].name, 'Great Sword');
      assert.equal(build.isLiked, build.id === ids[3]);
      assert.equal(build.likesCount, build.id === ids[3] ? 1 : 0);
    }
    const third = found.at(-4);
    assert.deepEqual(
      [third.authorHandle, third.gameTitle, third.author.id, third.game.id],
      [other.state.handle, games[1]!.state.title, other.id, games[1]!.id],
    );
  });

  it('stays without a name when its author has deleted the account', async () => {
    const [author, game] = [
      await givenUser(graph, { region: 'SE', avatarUrl: 'https://example.org/a.png' }),
      await givenGame(graph),
    ];
    const { id } = await givenBuild(graph, author.by, game);
    const fields = 'name authorHandle authorAvatarUrl';
    assert.deepEqual(await seen(graph, id, fields), {
      ...{ name: 'Build', authorHandle: author.state.handle },
      authorAvatarUrl: 'https://example.org/a.png',
    });
    await graph.deliver(userUpdated({ ...author.state, handle: 'renamed' }));
    assert.equal((await seen(graph, id, fields)).authorHandle, 'renamed');
    await graph.deliver(userDeleted({ id: author.userId }));
    assert.deepEqual(await seen(graph, id, fields), {
      ...{ name: 'Build', authorHandle: null, authorAvatarUrl: null },
    });
    const filter = { gameId: game.id };
    assert.equal((await listed({ filter, sort: 'AUTHOR_HANDLE' })).totalCount, 1);
    assert.equal((await listed({ filter: { ...filter, region: 'SE' } })).totalCount, 0);
  });
});

describe('listing builds', () => {
  it('sorts by its own columns and by those of copies, and pages through both ways', async () => {
    const [zoe, adam] = [
      await givenUser(graph, { handle: 'zoe' }),
      await givenUser(graph, { handle: 'adam' }),
    ];
    const [hades, aion] = [
      await givenGame(graph, { title: 'Hades', tags: ['sorted'] }),
      await givenGame(graph, { title: 'Aion', tags: ['sorted'] }),
    ];
    const givenNamed = (name: string, by: Asking, game: GivenGame) =>
      givenBuild(graph, by, game, { name });
    const bee = await givenNamed('Bee', zoe.by, aion);
    const cat = await givenNamed('Cat', adam.by, aion);
    await givenNamed('Ant', zoe.by, hades);
    await givenNamed('Dog', adam.by, hades);
    await graph.data(LIKE, { id: cat.id }, zoe.by);
    await graph.data(RENAME, { id: bee.id, name: 'Bee' }, zoe.by);
    const orders: Record<string, string[]> = {
      MOST_LIKED: ['Cat', 'Bee', 'Ant', 'Dog'],
      NEWEST: ['Dog', 'Ant', 'Cat', 'Bee'],
      UPDATED: ['Bee', 'Dog', 'Ant', 'Cat'],
      GAME_TITLE: ['Bee', 'Cat', 'Ant', 'Dog'],
      AUTHOR_HANDLE: ['Cat', 'Dog', 'Bee', 'Ant'],
      NAME: ['Ant', 'Bee', 'Cat', 'Dog'],
    };
    const filter = { gameTags: ['sorted'] };
    for (const [sort, expected] of Object.entries(orders)) {
      assert.deepEqual(namesOf(await listed({ filter, sort })), expected, sort);
      const first = await listed({ filter, sort, first: 3 });
      const second = await listed({ filter, sort, first: 3, after: first.pageInfo.endCursor });
      assert.deepEqual([...namesOf(first), ...namesOf(second)], expected, sort);
      assert.deepEqual([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage], [true, false]);
      const back = await listed({ filter, sort, last: 2, before: second.pageInfo.startCursor });
      assert.deepEqual(namesOf(back), expected.slice(1, 3), sort);
    }
  });

  it('filters by game, tags, author, region, all of some items, stats, likes and review', async () => {
    const [author, other] = [
      await givenUser(graph, { region: 'DE' }),
      await givenUser(graph, { region: 'FR' }),
    ];
    const [game, second] = [
      await givenGame(graph, { tags: ['filtered', 'souls'] }),
      await givenGame(graph, { tags: ['filtered'] }),
    ];
    const { greatSword, ring, band } = game.items;
    await givenBuild(graph, author.by, game, { name: 'Both', items: put(ring, band, greatSword) });
    const liked = await givenBuild(graph, other.by, game, { name: 'Ring', items: put(ring) });
    await givenBuild(graph, other.by, second, { name: 'Other game' });
    await graph.data(LIKE, { id: liked.id }, author.by);
    const itemIds = (...items: { id: string }[]) => items.map(({ id }) => globalId('Item', id));
    const cases: [object, string[]][] = [
      [{}, ['Both', 'Other game', 'Ring']],
      [{ gameId: game.id }, ['Both', 'Ring']],
      [{ gameTags: ['souls', 'filtered'] }, ['Both', 'Ring']],
      [{ gameTags: ['souls', 'racing'] }, []],
      [{ authorId: other.id }, ['Other game', 'Ring']],
      [{ region: 'de' }, ['Both']],
      [{ itemIds: itemIds(ring) }, ['Both', 'Ring']],
      [{ itemIds: itemIds(ring, band) }, ['Both']],
      [{ gameId: game.id, stats: [{ stat: 'damage', min: 100 }] }, ['Both']],
      [
        {
          gameId: game.id,
          stats: [
            { stat: 'damage', max: 105 },
            { stat: 'weight', max: 1 },
          ],
        },
        ['Ring'],
      ],
      [{ gameId: game.id, stats: [{ stat: 'speed', min: 0 }] }, []],
      [{ minLikes: 1 }, ['Ring']],
      [{ needsReview: true }, []],
      [{ needsReview: false, gameId: second.id }, ['Other game']],
    ];
    for (const [filter, expected] of cases) {
      const page = await listed({ filter: { gameTags: ['filtered'], ...filter }, sort: 'NAME' });
      assert.deepEqual(namesOf(page), expected, JSON.stringify(filter));
    }
    for (const filter of [
      { region: 'XX' },
      { minLikes: -1 },
      { stats: [{ stat: 'damage' }] },
      { gameTags: Array(21).fill('x') },
    ]) {
      assert.equal(await graph.code(LIST, { filter }), 'BAD_USER_INPUT', JSON.stringify(filter));
    }
    assert.equal(await graph.code(LIST, { filter: { gameId: author.id } }), 'NOT_FOUND');
  });

  it('follows the title of a game', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, by, game);
    await graph.deliver(gameUpdated({ ...game.state, title: 'Renamed', tags: ['renamed'] }));
    assert.equal((await seen(graph, id, 'gameTitle')).gameTitle, 'Renamed');
    assert.equal((await listed({ filter: { gameTags: ['renamed'] } })).totalCount, 1);
  });

  it('searches names with a slip of the pen', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    await givenBuild(graph, by, game, { name: 'Moonlight Paladin' });
    await givenBuild(graph, by, game, { name: 'Pyromancer' });
    const filter = { gameId: game.id };
    assert.deepEqual(namesOf(await listed({ search: 'PALDIN', filter })), ['Moonlight Paladin']);
    assert.equal(await graph.code(LIST, { search: 'x'.repeat(101) }), 'BAD_USER_INPUT');
  });

  it('lists those of many games and authors in one statement, and the count in another', async () => {
    const author = await givenUser(graph);
    const games: GivenGame[] = [];
    for (let n = 0; n < 5; n++) {
      games.push(await givenGame(graph));
      for (let m = 0; m <= n; m++) await givenBuild(graph, author.by, games[n]!);
    }
    const ids = games.map(({ id }) => id);
    let found: Answer['data'][] = [];
    const few = await graph.statements(async () => {
      found = await graph.entities('Game', ids, '{ builds(first: 2) { edges { node { id } } } }');
    });
    assert.equal(few.length, 1, few.join('\n'));
    assert.deepEqual(
      found.map(game => game.builds.edges.length),
      [1, 2, 2, 2, 2],
    );
    const authors = [author.id, (await givenUser(graph)).id];
    const counted = await graph.statements(async () => {
      found = await graph.entities('User', authors, '{ builds { totalCount edges { cursor } } }');
    });
    assert.equal(counted.length, 2, counted.join('\n'));
    assert.deepEqual(
      found.map(user => user.builds.totalCount),
      [15, 0],
    );
  });
});

describe('a build that is not public', () => {
  it('does not show by any path but to its author', async () => {
    const [author, stranger, game] = [
      await givenUser(graph, { region: 'IS' }),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const open = await givenBuild(graph, author.by, game, { name: 'Open' });
    const hidden = await givenBuild(graph, author.by, game, {
      ...{ name: 'Secret', visibility: 'PRIVATE' },
    });
    const { id, shareCode } = hidden;
    const analyst = { ...stranger.by, permissions: ['analytics:read', 'builds:moderate'] };
    for (const by of [undefined, stranger.by, analyst]) {
      assert.equal(await seen(graph, id, 'id', by), null);
      const BY_CODE = 'query ($code: String!) { buildByShareCode(code: $code) { id } }';
      assert.deepEqual(await graph.data(BY_CODE, { code: shareCode }, by), {
        buildByShareCode: null,
      });
      assert.deepEqual(await graph.entities('Build', [id], '{ id name }', by), [null]);
      const filter = { gameId: game.id, authorId: author.id };
      assert.deepEqual(namesOf(await listed({ filter }, by)), ['Open']);
      assert.equal((await listed({ search: 'Secret', filter }, by)).totalCount, 0);
      const lists = '{ builds { totalCount edges { node { name } } } }';
      const [ofUser] = await graph.entities('User', [author.id], lists, by);
      const [ofGame] = await graph.entities('Game', [game.id], lists, by);
      for (const { builds: page } of [ofUser, ofGame]) {
        assert.deepEqual([namesOf(page), page.totalCount], [['Open'], 1]);
      }
      const COMPARE = 'query ($ids: [ID!]!) { compareBuilds(ids: $ids) { builds { id } } }';
      assert.equal(await graph.code(COMPARE, { ids: [open.id, id] }, by), 'NOT_FOUND');
      const watching = graph.subscribe(
        'subscription ($id: ID!) { buildChanged(id: $id) { id } }',
        { id },
        by,
      );
      await until('it is refused', () => watching.results.length > 0);
      assert.equal(watching.results[0]!.errors![0]!.extensions!.code, 'NOT_FOUND');
      watching.stop();
    }
    for (const mutation of [
      LIKE,
      FORK,
      'mutation ($id: ID!) { unlikeBuild(id: $id) { id } }',
      'mutation ($id: ID!) { deleteBuild(id: $id) }',
      'mutation ($id: ID!) { saveBuild(input: { id: $id, expectedRevision: 1 }) { __typename } }',
      'mutation ($id: ID!) { setBuildVisibility(id: $id, visibility: PUBLIC) { __typename } }',
      'mutation ($id: ID!) { hideBuild(id: $id, reason: "x") { id } }',
    ]) {
      assert.equal(await graph.code(mutation, { id }, analyst), 'NOT_FOUND', mutation);
    }
    const BY_REGION =
      'query ($id: ID!) { buildsByRegion(filter: { gameId: $id }) { edges { node { buildsCount } } } }';
    const { buildsByRegion } = await graph.data(BY_REGION, { id: game.id }, analyst);
    assert.deepEqual(buildsByRegion.edges, [{ node: { buildsCount: 1 } }]);

    assert.equal((await seen(graph, id, 'name', author.by)).name, 'Secret');
    const lists = '{ builds(sort: NAME) { totalCount edges { node { name } } } }';
    const [own] = await graph.entities('User', [author.id], lists, author.by);
    assert.deepEqual(namesOf(own.builds), ['Open', 'Secret']);
    const [ofGame] = await graph.entities('Game', [game.id], lists, author.by);
    assert.deepEqual(namesOf(ofGame.builds), ['Open']);
  });

  it('is there for whoever has the id or the code of an unlisted one, and is in no list', async () => {
    const [author, game] = [await givenUser(graph), await givenGame(graph)];
    const { id, shareCode } = await givenBuild(graph, author.by, game, { visibility: 'UNLISTED' });
    assert.equal((await seen(graph, id, 'id')).id, id);
    const BY_CODE = 'query ($code: String!) { buildByShareCode(code: $code) { id } }';
    assert.equal((await graph.data(BY_CODE, { code: shareCode })).buildByShareCode.id, id);
    assert.equal((await listed({ filter: { gameId: game.id } })).totalCount, 0);
    const lists = '{ builds { totalCount } }';
    const countFor = async (by?: Asking) =>
      (await graph.entities('User', [author.id], lists, by))[0].builds.totalCount;
    assert.deepEqual([await countFor(), await countFor(author.by)], [0, 1]);
  });

  it('is not betrayed by its forks', async () => {
    const [author, other, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const source = await givenBuild(graph, author.by, game, { visibility: 'UNLISTED' });
    const { forkBuild } = await graph.data(FORK, { id: source.id }, other.by);
    await graph.data(SHOW, { id: forkBuild.id, visibility: 'PUBLIC' }, other.by);
    assert.deepEqual(await seen(graph, forkBuild.id, 'forkedFrom { id }'), { forkedFrom: null });
    assert.deepEqual(await seen(graph, forkBuild.id, 'forkedFrom { id }', author.by), {
      forkedFrom: { id: source.id },
    });
  });
});

describe('comparing builds', () => {
  const COMPARE = `query ($ids: [ID!]!) { compareBuilds(ids: $ids) {
    builds { id } stats { key name unit values } items { slot items { name } } } }`;

  it('puts stats and the slots that differ beside each other, in the order that was asked for', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, anvil, ring, band } = game.items;
    const first = await givenBuild(graph, by, game, { items: put(greatSword, ring, band) });
    const same = await givenBuild(graph, by, game, { items: put(greatSword, band, ring) });
    const heavy = await givenBuild(graph, by, game, { items: put(anvil, ring, band) });
    const compare = async (...ids: string[]) => (await graph.data(COMPARE, { ids })).compareBuilds;
    const { builds: compared, stats, items } = await compare(heavy.id, first.id);
    assert.deepEqual(compared, [{ id: heavy.id }, { id: first.id }]);
    assert.deepEqual(stats[0], {
      ...{ key: 'damage', name: 'Damage', unit: null, values: [10, 105] },
    });
    assert.deepEqual(items, [
      { slot: 'weapon', items: [[{ name: 'Anvil' }], [{ name: 'Great Sword' }]] },
    ]);
    assert.deepEqual(
      (await compare(first.id, same.id)).items,
      [],
      'the order of rings is no difference',
    );
  });

  it('takes two to eight of one game, in a constant number of statements', async () => {
    const [{ by }, game, other] = [
      await givenUser(graph),
      await givenGame(graph),
      await givenGame(graph),
    ];
    const ids: string[] = [];
    for (let n = 0; n < 9; n++) ids.push((await givenBuild(graph, by, game)).id);
    assert.equal(await graph.code(COMPARE, { ids }), 'BAD_USER_INPUT');
    assert.equal(await graph.code(COMPARE, { ids: [ids[0], ids[0]] }), 'BAD_USER_INPUT');
    const foreign = await givenBuild(graph, by, other);
    assert.equal(await graph.code(COMPARE, { ids: [ids[0], foreign.id] }), 'BAD_USER_INPUT');
    const sent = await graph.statements(() => graph.data(COMPARE, { ids: ids.slice(1) }));
    assert.equal(sent.length, 4, sent.join('\n')); // builds, revisions, items, the newest data
  });
});

describe('counting builds by region', () => {
  const BY_REGION = `query ($filter: RegionBuildsFilter, $sort: RegionBuildsSort, $first: Int, $after: String) {
    buildsByRegion(filter: $filter, sort: $sort, first: $first, after: $after) {
      totalCount pageInfo { endCursor } edges { node { region buildsCount authorsCount likesCount } } } }`;
  const analyst = { userId: uuidv7(), permissions: ['analytics:read'] };

  it('groups public ones by their authors, sorted and paged, in one statement', async () => {
    const game = await givenGame(graph);
    const [ann, ben, cleo, nobody] = [
      await givenUser(graph, { region: 'DE' }),
      await givenUser(graph, { region: 'DE' }),
      await givenUser(graph, { region: 'JP' }),
      await givenUser(graph),
    ];
    for (const { by } of [ann, ann, ben, nobody]) await givenBuild(graph, by, game);
    const liked = await givenBuild(graph, cleo.by, game);
    await givenBuild(graph, cleo.by, game, { visibility: 'UNLISTED' });
    for (const { by } of [ann, ben]) await graph.data(LIKE, { id: liked.id }, by);
    const filter = { gameId: game.id };
    const page = async (args: object) =>
      (await graph.data(BY_REGION, { filter, ...args }, analyst)).buildsByRegion;
    const germany = { region: 'DE', buildsCount: 3, authorsCount: 2, likesCount: 0 };
    const japan = { region: 'JP', buildsCount: 1, authorsCount: 1, likesCount: 2 };
    const unknown = { region: null, buildsCount: 1, authorsCount: 1, likesCount: 0 };
    const nodesOf = ({ edges }: Answer['data']) => edges.map(({ node }: Answer['data']) => node);
    assert.deepEqual(nodesOf(await page({ sort: 'REGION' })), [unknown, germany, japan]);
    assert.deepEqual(nodesOf(await page({ sort: 'LIKES_COUNT' }))[0], japan);
    const first = await page({ first: 1 });
    assert.deepEqual([nodesOf(first), first.totalCount], [[germany], 3]);
    const rest = await page({ first: 5, after: first.pageInfo.endCursor });
    assert.deepEqual(
      nodesOf(rest)
        .map(({ region }: Answer['data']) => region)
        .sort(),
      ['JP', null].sort(),
    );
    const ONLY =
      'query ($filter: RegionBuildsFilter) { buildsByRegion(filter: $filter) { edges { node { region } } } }';
    const sent = await graph.statements(() => graph.data(ONLY, { filter }, analyst));
    assert.equal(sent.length, 1, sent.join('\n'));
  });

  it('is for analysts', async () => {
    assert.equal(await graph.code(BY_REGION, {}, { userId: uuidv7() }), 'FORBIDDEN');
    assert.equal(await graph.code(BY_REGION), 'UNAUTHENTICATED');
  });
});

describe('watching a build', () => {
  const WATCH = 'subscription ($id: ID!) { buildChanged(id: $id) { name likesCount } }';

  it('tells each change to whoever may see it, for as long as they may', async () => {
    const [author, fan, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const { id } = await givenBuild(graph, author.by, game);
    const watching = graph.subscribe(WATCH, { id });
    const own = graph.subscribe(WATCH, { id }, author.by);
    const countOf = (results: Answer[]) => results.at(-1)?.data.buildChanged.likesCount;
    // A subscription begins a moment after it was asked for.
    await until('both hear of a like', async () => {
      await graph.data('mutation ($id: ID!) { unlikeBuild(id: $id) { id } }', { id }, fan.by);
      await graph.data(LIKE, { id }, fan.by);
      return countOf(watching.results) === 1 && countOf(own.results) === 1;
    });
    await graph.data(SHOW, { id, visibility: 'PRIVATE' }, author.by);
    await graph.data(RENAME, { id, name: 'Secret' }, author.by);
    await until('the author hears of it', () =>
      own.results.some(({ data }) => data.buildChanged.name === 'Secret'),
    );
    for (const { data, errors } of watching.results) {
      assert.equal(errors, undefined);
      assert.equal(data.buildChanged.name, 'Build');
    }
    watching.stop();
    own.stop();
  });
});
