import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameUpdated, refundRequested, purchaseHeld } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v7 as uuidv7 } from 'uuid';
import {
  orderOf,
  type SomeGame,
  type Somebody,
  type TestLibrary,
  testLibrary,
} from '../testing.js';

const PAGE = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const LIBRARY = `{ totalCount ${PAGE} edges { cursor node { id gameTitle } } }`;
const FAVORITE = `mutation ($id: ID!, $is: Boolean!) { setFavorite(entryId: $id, isFavorite: $is) { isFavorite } }`;
const HIDDEN = `mutation ($id: ID!, $is: Boolean!) { setHidden(entryId: $id, isHidden: $is) { isHidden } }`;
const REPORT = `mutation ($sessions: [PlaySessionReport!]!) {
  reportPlaySessions(sessions: $sessions) { acceptedCount rejected { message } } }`;

let graph: TestLibrary;
before(async () => {
  graph = await testLibrary();
});
after(() => graph.stop());

/** Somebody's library, as `by` sees it. */
async function libraryOf(user: Somebody, args = '', by: object = user.by): Promise<Answer['data']> {
  const fields = `{ library${args && `(${args})`} ${LIBRARY} }`;
  return (await graph.entities('User', [user.id], fields, by))[0].library;
}

const titlesOf = (library: Answer['data']): string[] =>
  library.edges.map(({ node }: { node: { gameTitle: string } }) => node.gameTitle);

/** A user who owns games of these titles, in this order. */
async function givenLibrary(titles: string[], privacy = {}) {
  const user = await graph.givenUser(privacy);
  const games: SomeGame[] = [];
  for (const title of titles) games.push(await graph.givenGame({ title }));
  const entries: string[] = [];
  for (const [n, game] of games.entries()) {
    graph.setClock(new Date(Date.parse('2026-11-01T00:00:00Z') + n * 1_000));
    entries.push(...(await graph.givenOwned(user, game)));
  }
  graph.setClock(undefined);
  return { ...user, games, entries };
}

/** Has somebody have played a game for so many minutes, from a minute of November on. */
async function givenPlayed(user: Somebody, game: SomeGame, from: number, minutes: number) {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 1, minute)).toISOString();
  const sessions = [{ gameId: game.id, startedAt: at(from), endedAt: at(from + minutes) }];
  const { reportPlaySessions } = await graph.data(REPORT, { sessions }, user.by);
  assert.deepEqual(reportPlaySessions.rejected, []);
}

describe('an entry', () => {
  const FIELDS = `{ id user { id } game { id } gameTitle gameTags gameCoverUrl playtimeSeconds lastPlayedAt addedAt
    isOwned isFavorite isHidden isRunning achievements { unlocked total } unlockedAchievements { totalCount }
    licences { totalCount edges { node { id source sourceId state reason grantedAt revokedAt } } } }`;

  it('shows all of it to its owner, and the licences to nobody else', async () => {
    const user = await graph.givenUser();
    const coverUrl = 'https://example.org/c.png';
    const game = await graph.givenGame({ title: 'Factory', tags: ['logic'], coverUrl });
    const order = orderOf(user, game);
    await graph.deliver(purchaseHeld(order));
    const [id] = await graph.entryIds(user, game);
    const QUERY = `query ($id: ID!) { libraryEntry(id: $id) ${FIELDS} }`;
    const { libraryEntry: entry } = await graph.data(QUERY, { id }, user.by);
    const { licences, addedAt, ...rest } = entry;
    assert.deepEqual(rest, {
      ...{ id, user: { id: user.id }, game: { id: game.id }, gameTitle: 'Factory' },
      ...{ gameTags: ['logic'], gameCoverUrl: coverUrl, playtimeSeconds: 0, lastPlayedAt: null },
      ...{ isOwned: true, isFavorite: false, isHidden: false, isRunning: false },
      ...{ achievements: { unlocked: 0, total: 0 }, unlockedAchievements: { totalCount: 0 } },
    });
    assert.deepEqual(
      licences.edges.map(({ node }: { node: object }) => ({ ...node, id: undefined })),
      [
        {
          ...{
            id: undefined,
            source: 'ORDER',
            sourceId: globalId('Order', order.id),
            state: 'ACTIVE',
            reason: null,
          },
          ...{ grantedAt: addedAt, revokedAt: null },
        },
      ],
    );
    const other = await graph.givenUser();
    const seen = (await graph.data(QUERY, { id }, other.by)).libraryEntry;
    assert.deepEqual(
      { ...seen, addedAt: undefined },
      { ...rest, licences: null, addedAt: undefined },
    );
    assert.equal(await graph.code(QUERY, { id: 'nonsense' }), 'NOT_FOUND');
    const none = { id: globalId('LibraryEntry', uuidv7()) };
    assert.deepEqual(await graph.data(QUERY, none), { libraryEntry: null });
  });

  it('is found through its game, by the viewer alone', async () => {
    const { by, games, entries } = await givenLibrary(['One', 'Two']);
    const strange = await graph.givenGame();
    const ids = [games[1]!, strange, games[0]!].map(({ id }) => id);
    const entriesOf = async (as?: object) =>
      (await graph.entities('Game', ids, '{ libraryEntry { id } }', as)).map(
        ({ libraryEntry }) => libraryEntry?.id,
      );
    const statements = await graph.statements(async () => {
      assert.deepEqual(await entriesOf(by), [entries[1], undefined, entries[0]]);
    });
    assert.equal(statements.length, 1, statements.join('\n'));
    assert.deepEqual(await entriesOf((await graph.givenUser()).by), [
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual(await entriesOf(), [undefined, undefined, undefined]);
  });

  it('can be a favourite, and be hidden, by its owner alone', async () => {
    const { by, entries } = await givenLibrary(['Mine']);
    const variables = { id: entries[0], is: true };
    const other = (await graph.givenUser()).by;
    for (const document of [FAVORITE, HIDDEN]) {
      assert.equal(await graph.code(document, variables), 'UNAUTHENTICATED');
      assert.equal(await graph.code(document, variables, other), 'NOT_FOUND');
    }
    const { setFavorite } = await graph.data(FAVORITE, variables, by);
    assert.deepEqual(setFavorite, { isFavorite: true });
    assert.deepEqual((await graph.data(HIDDEN, variables, by)).setHidden, { isHidden: true });
  });
});

describe('a library', () => {
  it('is sorted by title, playtime, last played and added, and paged both ways', async () => {
    const user = await givenLibrary(['delta', 'Alpha', 'echo', 'Bravo', 'charlie']);
    const [delta, , echo] = user.games as [SomeGame, SomeGame, SomeGame];
    await givenPlayed(user, delta, 0, 60);
    await givenPlayed(user, echo, 100, 5);
    const cases: [string, string[]][] = [
      ['TITLE', ['Alpha', 'Bravo', 'charlie', 'delta', 'echo']],
      ['PLAYTIME', ['delta', 'echo', 'Alpha', 'Bravo', 'charlie']],
      ['LAST_PLAYED', ['echo', 'delta', 'Alpha', 'Bravo', 'charlie']],
      ['ADDED', ['charlie', 'Bravo', 'echo', 'Alpha', 'delta']],
    ];
    for (const [sort, expected] of cases) {
      const forward = [];
      for (let cursor: string | undefined, more = true; more;) {
        const args = `sort: ${sort}, first: 2${cursor ? `, after: "${cursor}"` : ''}`;
        const page = await libraryOf(user, args);
        assert.equal(page.totalCount, 5);
        forward.push(...titlesOf(page));
        ({ endCursor: cursor, hasNextPage: more } = page.pageInfo);
      }
      assert.deepEqual(forward, expected, sort);
      const backward = [];
      for (let cursor: string | undefined, more = true; more;) {
        const args = `sort: ${sort}, last: 2${cursor ? `, before: "${cursor}"` : ''}`;
        const page = await libraryOf(user, args);
        backward.unshift(...titlesOf(page));
        ({ startCursor: cursor, hasPreviousPage: more } = page.pageInfo);
      }
      assert.deepEqual(backward, expected, `${sort}, from the end`);
    }
  });

  it('keeps games in their place of which no event has told yet', async () => {
    const user = await givenLibrary(['Known']);
    const gameId = uuidv7();
    await graph.givenOwned(user, { gameId, id: globalId('Game', gameId) });
    assert.deepEqual(titlesOf(await libraryOf(user)), [null, 'Known']);
    const [first] = (await libraryOf(user, 'first: 1')).edges;
    const second = await libraryOf(user, `first: 1, after: "${first.cursor}"`);
    assert.deepEqual(titlesOf(second), ['Known']);
    assert.deepEqual(titlesOf(await libraryOf(user, 'search: "known"')), ['Known']);
  });

  it('follows the titles of games', async () => {
    const user = await graph.givenUser();
    const state = {
      title: 'Before',
      slug: 'a-game',
      studioId: uuidv7(),
      state: 'PUBLISHED',
    } as const;
    const { gameId, id } = await graph.givenGame(state);
    await graph.givenOwned(user, { gameId, id });
    await graph.deliver(
      gameUpdated({
        ...{ ...state, id: gameId, title: 'After', coverUrl: null, tags: [], platforms: [] },
        ...{ releasedAt: null, dataVersion: 0, prices: [], discounts: [] },
      }),
    );
    assert.deepEqual(titlesOf(await libraryOf(user)), ['After']);
  });

  it('is searched by title, with a slip of the pen, the likest first', async () => {
    const user = await givenLibrary([
      'Space Miner',
      'Deep Space Mining Co',
      'Farm Days',
      'Minerva',
    ]);
    assert.equal(titlesOf(await libraryOf(user, 'search: "minevra"'))[0], 'Minerva');
    assert.deepEqual(titlesOf(await libraryOf(user, 'search: "FARM"')), ['Farm Days']);
    assert.deepEqual(titlesOf(await libraryOf(user, 'search: "100%_"')), []);
    const alike = await givenLibrary(['Wizard I', 'Wizard II', 'Wizard III', 'Wizard IV']);
    const found: string[] = [];
    for (let cursor = '', more = true; more;) {
      const page = await libraryOf(alike, `search: "wizart", first: 1${cursor}`);
      found.push(...titlesOf(page));
      more = page.pageInfo.hasNextPage;
      cursor = `, after: "${page.pageInfo.endCursor}"`;
    }
    assert.deepEqual(found, ['Wizard I', 'Wizard II', 'Wizard III', 'Wizard IV']);
    const fields = '{ library(search: "a\\nb") { totalCount } }';
    const document = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User ${fields} } }`;
    const r = [{ __typename: 'User', id: user.id }];
    assert.equal(await graph.code(document, { r }, user.by), 'BAD_USER_INPUT');
  });

  it('is filtered by what the games are, and by what was done with them', async () => {
    const user = await graph.givenUser();
    const games = [
      await graph.givenGame({ title: 'A', tags: ['rpg', 'coop'], platforms: ['linux'] }),
      await graph.givenGame({ title: 'B', tags: ['rpg'], platforms: ['linux', 'windows'] }),
      await graph.givenGame({ title: 'C', tags: ['coop'], platforms: ['windows'] }),
    ];
    const [a] = await graph.givenOwned(user, ...games);
    const once = await graph.givenGame({ title: 'D', tags: ['rpg'], platforms: ['macos'] });
    const order = orderOf(user, once);
    await graph.deliver(purchaseHeld(order), refundRequested(order));
    await graph.data(FAVORITE, { id: a, is: true }, user.by);
    graph.setClock(new Date(Date.now() + 3_600_000));
    const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
    const sessions = [{ gameId: games[1]!.id, startedAt: at(60), endedAt: at(660) }];
    await graph.data(REPORT, { sessions }, user.by);
    graph.setClock(undefined);
    const cases: [string, string[]][] = [
      ['', ['A', 'B', 'C']],
      ['isOwned: null', ['A', 'B', 'C', 'D']],
      ['isOwned: false', ['D']],
      ['tags: ["rpg"]', ['A', 'B']],
      ['tags: ["rpg", "coop"]', ['A']],
      ['tags: []', ['A', 'B', 'C']],
      ['platforms: ["windows", "macos"]', ['B', 'C']],
      ['platforms: ["macos"], isOwned: null', ['D']],
      ['isFavorite: true', ['A']],
      ['isFavorite: false', ['B', 'C']],
      ['minPlaytimeSeconds: 600', ['B']],
      ['minPlaytimeSeconds: 601', []],
    ];
    for (const [filter, expected] of cases) {
      assert.deepEqual(titlesOf(await libraryOf(user, `filter: { ${filter} }`)), expected, filter);
    }
    const both = `{ marked: library(filter: { isFavorite: true }) ${LIBRARY} all: library ${LIBRARY} }`;
    const [found] = await graph.entities('User', [user.id], both, user.by);
    assert.deepEqual([titlesOf(found.marked), titlesOf(found.all)], [['A'], ['A', 'B', 'C']]);
  });

  it('shows what is hidden to its owner alone, and only when asked for it', async () => {
    const user = await givenLibrary(['Open', 'Secret']);
    const [, id] = user.entries;
    await graph.data(HIDDEN, { id, is: true }, user.by);
    const other = (await graph.givenUser()).by;
    const WITH = 'filter: { includeHidden: true }';
    assert.deepEqual(titlesOf(await libraryOf(user)), ['Open']);
    assert.deepEqual(titlesOf(await libraryOf(user, WITH)), ['Open', 'Secret']);
    assert.deepEqual(titlesOf(await libraryOf(user, WITH, other)), ['Open']);
    assert.deepEqual(titlesOf(await libraryOf(user, WITH, {})), ['Open']);
    assert.equal((await libraryOf(user, WITH, other)).totalCount, 1);
    const QUERY = 'query ($id: ID!) { libraryEntry(id: $id) { id } }';
    assert.deepEqual((await graph.data(QUERY, { id }, user.by)).libraryEntry, { id });
    assert.equal((await graph.data(QUERY, { id }, other)).libraryEntry, null);
    assert.deepEqual(await graph.entities('LibraryEntry', [id!], '{ id }', other), [null]);
  });
});

describe('privacy', () => {
  it('shows a library to everyone, to friends, or to nobody else', async () => {
    const [friend, stranger] = [await graph.givenUser(), await graph.givenUser()];
    const sees = async (user: Somebody, by: object) => (await libraryOf(user, '', by)) !== null;
    const seen: Record<string, boolean[]> = {};
    for (const library of ['PUBLIC', 'FRIENDS', 'PRIVATE']) {
      const user = await givenLibrary(['A game'], { library });
      await graph.givenFriends(user, friend);
      const viewers = [user.by, friend.by, stranger.by, {}];
      seen[library] = await Promise.all(viewers.map(by => sees(user, by)));
    }
    assert.deepEqual(seen, {
      PUBLIC: [true, true, true, true],
      FRIENDS: [true, true, false, false],
      PRIVATE: [true, false, false, false],
    });
    const userId = uuidv7();
    const unknown = { userId, id: globalId('User', userId), by: { userId } };
    assert.equal(await sees(unknown, {}), false, 'of whom nothing is known yet');
    assert.equal(await sees(unknown, unknown.by), true);
  });

  it('hides from somebody what friends may see, once the friendship has ended', async () => {
    const user = await givenLibrary(['A game'], { library: 'FRIENDS' });
    const friend = await graph.givenUser();
    const [id] = user.entries;
    const sees = async () => {
      const [entry] = await graph.entities('LibraryEntry', [id!], '{ id }', friend.by);
      return [(await libraryOf(user, '', friend.by)) !== null, entry !== null];
    };
    assert.deepEqual(await sees(), [false, false]);
    const endFriendship = await graph.givenFriends(friend, user);
    assert.deepEqual(await sees(), [true, true]);
    await endFriendship();
    assert.deepEqual(await sees(), [false, false]);
  });

  it('keeps what is being played from those to whom only the library is shown', async () => {
    const user = await givenLibrary(['A game'], { presence: 'FRIENDS' });
    const [friend, stranger] = [await graph.givenUser(), await graph.givenUser()];
    await graph.givenFriends(user, friend);
    const START = `mutation ($gameId: ID!) { startPlaySession(gameId: $gameId, deviceId: "desk") { __typename } }`;
    await graph.data(START, { gameId: user.games[0]!.id }, user.by);
    const isRunning = async (by: object) =>
      (await graph.entities('LibraryEntry', user.entries, '{ isRunning }', by))[0].isRunning;
    assert.deepEqual(
      [await isRunning(user.by), await isRunning(friend.by), await isRunning(stranger.by)],
      [true, true, null],
    );
  });
});

describe('many libraries at once', () => {
  it('cost the same number of statements for one user as for twenty', async () => {
    const games = [];
    for (let n = 0; n < 7; n++) games.push(await graph.givenGame({ title: `Title ${n}` }));
    const users: Somebody[] = [];
    for (let n = 0; n < 20; n++) {
      const user = await graph.givenUser({ library: n % 2 ? 'FRIENDS' : 'PUBLIC' });
      await graph.givenFriends(users[0] ?? user, user);
      await graph.givenOwned(user, ...games.slice(n % 3));
      users.push(user);
    }
    const viewer = users[0]!.by;
    const fields = `{ library(first: 5, sort: PLAYTIME) { totalCount edges { node {
      gameTitle gameTags isRunning achievements { unlocked total } unlockedAchievements { totalCount edges { node { id } } }
      licences { edges { node { id } } } game { id libraryEntry { id } } user { id } } } } }`;
    const ask = (count: number) => {
      const ids = users.slice(0, count).map(({ id }) => id);
      return graph.entities('User', ids, fields, viewer);
    };
    let found: Answer['data'][] = [];
    const many = await graph.statements(async () => {
      found = await ask(20);
    });
    const one = await graph.statements(() => ask(1));
    assert.equal(many.length, one.length, many.join('\n'));
    assert.equal(
      many.filter(statement => /FROM library_entry AS e LEFT JOIN game_copy/.test(statement))
        .length,
      2,
    );
    assert.deepEqual(
      found.map(({ library }) => [library.totalCount, library.edges.length]),
      users.map((_, n) => [7 - (n % 3), 5]),
    );
    for (const { library } of found)
      for (const { node } of library.edges) assert.match(node.gameTitle, /^Title \d$/);
  });

  it('of titles alone cost three statements: who may see, the pages, the games', async () => {
    const users = await Promise.all([1, 2, 3].map(() => givenLibrary(['Some', 'Other'])));
    const ids = users.map(({ id }) => id);
    const fields = '{ library(first: 5, sort: PLAYTIME) { edges { node { gameTitle } } } }';
    const statements = await graph.statements(() => graph.entities('User', ids, fields));
    assert.equal(statements.length, 3, statements.join('\n'));
  });
});

describe('watching a library', () => {
  it('tells its owner of each entry that changes, and nobody else', async () => {
    const [user, other] = [await givenLibrary(['Old']), await graph.givenUser()];
    const WATCH = 'subscription { libraryChanged { id isOwned isFavorite playtimeSeconds } }';
    const own = graph.subscribe(WATCH, {}, user.by);
    const others = graph.subscribe(WATCH, {}, other.by);
    const nobody = graph.subscribe(WATCH);
    await until('the stranger is refused', async () => nobody.results.length > 0);
    assert.equal(nobody.results[0]!.errors![0]!.extensions!.code, 'UNAUTHENTICATED');

    const [entryId] = user.entries;
    await until('the favourite is told', async () => {
      await graph.data(FAVORITE, { id: entryId, is: true }, user.by); // until the socket is there
      return own.results.length > 0;
    });
    const changed = own.results.at(-1)!.data.libraryChanged;
    assert.deepEqual(changed, { id: entryId, isOwned: true, isFavorite: true, playtimeSeconds: 0 });
    await givenPlayed(user, user.games[0]!, 0, 1);
    const [fresh] = await graph.givenOwned(user, await graph.givenGame());
    await until('both changes are told', async () => {
      const told = own.results.map(({ data }) => data.libraryChanged);
      return (
        told.some(({ id, playtimeSeconds }) => id === entryId && playtimeSeconds === 60) &&
        told.some(({ id, isOwned }) => id === fresh && isOwned)
      );
    });
    assert.deepEqual(others.results, []);
    for (const { stop } of [own, others, nobody]) stop();
  });
});

it('keeps what it derives and what it announced equal to what it keeps', () => graph.assertSound());
