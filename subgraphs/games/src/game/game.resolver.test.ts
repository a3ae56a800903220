import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { buildUpdated, libraryEntryChanged } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { games } from '../subgraph.js';
import { givenIn, somebody } from '../testing.js';

const UPDATE = `mutation ($input: UpdateGameInput!) { updateGame(input: $input) {
  __typename
  ... on Game { id slug title summary locales language platforms coverUrl tags { slug name } }
  ... on GameIncomplete { missing } ... on Refusal { message } } }`;
const PUBLISH = `mutation ($id: ID!) { publishGame(id: $id) {
  __typename ... on Game { id state releasedAt } ... on GameIncomplete { missing } ... on GameNotADraft { state } } }`;
const WITHDRAW = `mutation ($id: ID!) { withdrawGame(id: $id) {
  __typename ... on Game { id state } ... on GameNotPublished { state } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);

const show = async (id: string, by: object = {}) =>
  (await graph.data('query ($id: ID!) { game(id: $id) { id state } }', { id }, by)).game;

describe('creating a game', () => {
  const CREATE = `mutation ($input: CreateGameInput!) { createGame(input: $input) {
    __typename ... on Game { id } } }`;

  it('begins a draft, and announces it', async () => {
    const studio = await given.studio();
    const input = {
      ...{ studioId: studio.id, slug: 'the-long-dark-road', language: 'DE' },
      texts: [
        { locale: 'de', title: ' Der lange Weg', summary: 'Ein Spiel.' },
        { locale: 'EN', title: 'The Long Road' },
      ],
      ...{ tags: ['Role-Playing', 'role playing', 'Küche'], platforms: ['WINDOWS', 'LINUX'] },
      coverUrl: 'https://example.org/cover.png',
    };
    const { createGame } = await graph.data(CREATE, { input }, studio.by);
    const { game } = await graph.data(
      `query ($id: ID!) { game(id: $id) { id slug language locales title summary description
        coverUrl tags { slug name gamesCount } platforms studio { id } state releasedAt ownersCount buildsCount
        price { region } prices { region } discounts { id } dataVersion data { version }
        items { totalCount } priceChanges { totalCount } } }`,
      { id: createGame.id },
      studio.by,
    );
    assert.deepEqual(game, {
      ...{ id: createGame.id, slug: 'the-long-dark-road', language: 'de', locales: ['de', 'en'] },
      ...{ title: 'Der lange Weg', summary: 'Ein Spiel.', description: null },
      coverUrl: 'https://example.org/cover.png',
      tags: [
        { slug: 'role-playing', name: 'Role-Playing', gamesCount: 0 },
        { slug: 'küche', name: 'Küche', gamesCount: 0 },
      ],
      ...{ platforms: ['LINUX', 'WINDOWS'], studio: { id: studio.id }, state: 'DRAFT' },
      ...{ releasedAt: null, ownersCount: 0, buildsCount: 0, price: null, prices: [] },
      ...{ discounts: [], dataVersion: 0, data: null, items: { totalCount: 0 } },
      priceChanges: { totalCount: 0 },
    });
    const uuid = Buffer.from(game.id, 'base64url').toString().split(':')[1]!;
    const [event] = await graph.events(uuid);
    assert.equal(event!.type, 'games.game.created.v1');
    const { title, tags, platforms, state, language } = event!.data;
    assert.deepEqual(
      [title, tags, platforms, state, language],
      ['Der lange Weg', ['role-playing', 'küche'], ['LINUX', 'WINDOWS'], 'DRAFT', undefined],
    );
  });

  it('needs EDIT_GAMES of the studio', async () => {
    const studio = await given.studio();
    const input = { studioId: studio.id, slug: 'not-mine' };
    const { errors } = await graph.ask(CREATE, { input }, somebody('games:create').by);
    assert.equal(errors?.[0]?.extensions?.code, 'FORBIDDEN');
    assert.match(errors[0].message, /EDIT_GAMES/);
    assert.equal(await graph.code(CREATE, { input }), 'UNAUTHENTICATED');
    const nowhere = { ...input, studioId: globalId('Studio', uuidv7()) };
    const moderator = somebody('games:moderate').by;
    assert.equal(await graph.code(CREATE, { input: nowhere }, moderator), 'NOT_FOUND');
  });

  it('lets one of several win that want the same slug at once', async () => {
    const { id: studioId, by } = await given.studio();
    const input = { studioId, slug: 'wanted' };
    const answers = await Promise.all([1, 2, 3].map(() => graph.data(CREATE, { input }, by)));
    const kinds = answers.map(({ createGame }) => createGame.__typename).sort();
    assert.deepEqual(kinds, ['Game', 'GameSlugTaken', 'GameSlugTaken']);
    const { studio } = await graph.data(
      'query ($id: ID!) { studio(id: $id) { games { totalCount } } }',
      { id: studioId },
      by,
    );
    assert.equal(studio.games.totalCount, 1);
  });

  it('says what is wrong with what was sent', async () => {
    const { id: studioId, by } = await given.studio();
    for (const bad of [
      { slug: 'Not Good' },
      { language: 'no locale' },
      { texts: [{ locale: '??', title: 'x' }] },
      { texts: [{ locale: 'en', title: ' ' }] },
      {
        texts: [
          { locale: 'pt-br', title: 'x' },
          { locale: 'pt-BR', title: 'y' },
        ],
      },
      { tags: ['!!!'] },
      { coverUrl: 'http://example.org/x.png' },
    ]) {
      const input = { studioId, slug: 'fine', ...bad };
      const code = await graph.code(CREATE, { input }, by);
      assert.equal(code, 'BAD_USER_INPUT', JSON.stringify(bad));
    }
  });
});

describe('a draft', () => {
  it('does not exist for anyone but its studio and moderators', async () => {
    const { id, slug, by } = await given.draft();
    const bySlug = async (asking: object) =>
      (
        await graph.data(
          'query ($slug: String!) { gameBySlug(slug: $slug) { id } }',
          { slug },
          asking,
        )
      ).gameBySlug;
    const byReference = async (asking: object) =>
      (await graph.entities('Game', [id], '{ id }', asking))[0];
    for (const asking of [{}, somebody().by, (await given.studio()).by]) {
      assert.equal(await show(id, asking), null);
      assert.equal(await bySlug(asking), null);
      assert.equal(await byReference(asking), null);
    }
    const stranger = somebody();
    assert.equal(await graph.code(PUBLISH, { id }, stranger.by), 'NOT_FOUND');
    const update = { input: { id, platforms: [] } };
    assert.equal(await graph.code(UPDATE, update, stranger.by), 'NOT_FOUND');
    for (const insider of [by, somebody('games:moderate').by]) {
      assert.equal((await show(id, insider)).id, id);
      assert.equal((await bySlug(insider)).id, id);
      assert.equal((await byReference(insider)).id, id);
    }
  });

  it('is published when it has a title, a platform and a price', async () => {
    const studio = await given.studio();
    const bare = await graph.data(
      `mutation ($input: CreateGameInput!) { createGame(input: $input) { ... on Game { id title } } }`,
      { input: { studioId: studio.id, slug: 'bare' } },
      studio.by,
    );
    const { id, title } = bare.createGame;
    assert.equal(title, 'bare', 'its slug, as long as there is none');
    const publish = async () => (await graph.data(PUBLISH, { id }, studio.by)).publishGame;
    assert.deepEqual((await publish()).missing, ['TITLE', 'PLATFORM', 'PRICE']);
    await given.price({ id, by: studio.by }, '*', '0');
    await graph.data(
      UPDATE,
      { input: { id, texts: [{ locale: 'fr', title: 'Nu' }], platforms: ['WEB'] } },
      studio.by,
    );
    assert.deepEqual((await publish()).missing, ['TITLE'], 'another language does not do');
    await graph.data(
      UPDATE,
      { input: { id, texts: [{ locale: 'en', title: 'Bare' }] } },
      studio.by,
    );
    const at = new Date('2027-03-01T12:00:00Z');
    graph.setClock(at);
    const published = await publish();
    graph.setClock(undefined);
    assert.deepEqual(
      [published.state, published.releasedAt],
      ['PUBLISHED', '2027-03-01T12:00:00.000Z'],
    );
    assert.deepEqual(await publish(), { __typename: 'GameNotADraft', state: 'PUBLISHED' });
    assert.equal((await show(id)).state, 'PUBLISHED');
  });

  it('is published once when several ask at once', async () => {
    const { id, uuid, by } = await given.draft();
    const answers = await Promise.all([1, 2, 3].map(() => graph.data(PUBLISH, { id }, by)));
    const kinds = answers.map(({ publishGame }) => publishGame.__typename).sort();
    assert.deepEqual(kinds, ['Game', 'GameNotADraft', 'GameNotADraft']);
    const types = (await graph.events(uuid)).map(({ type }) => type);
    assert.equal(types.filter(type => type === 'games.game.published.v1').length, 1);
  });
});

describe('changing the page of a game', () => {
  it('changes what is given, and announces it', async () => {
    const { id, uuid, by } = await given.game('Before', { coverUrl: 'https://example.org/a.png' });
    const input = {
      ...{ id, tags: ['Chess'], platforms: ['WEB', 'IOS', 'WEB'], coverUrl: null },
      texts: [{ locale: 'en', title: 'After', summary: 'Short.' }],
    };
    const { updateGame } = await graph.data(UPDATE, { input }, by);
    assert.deepEqual(
      { ...updateGame, slug: undefined },
      {
        ...{ __typename: 'Game', id, slug: undefined, title: 'After', summary: 'Short.' },
        ...{ locales: ['en'], language: 'en', platforms: ['IOS', 'WEB'], coverUrl: null },
        tags: [{ slug: 'chess', name: 'Chess' }],
      },
    );
    const event = (await graph.events(uuid)).at(-1)!;
    assert.equal(event.type, 'games.game.updated.v1');
    assert.deepEqual([event.data.title, event.data.tags], ['After', ['chess']]);
  });

  it('keeps what a published game must have', async () => {
    const { id, uuid, by } = await given.game();
    const told = (await graph.events(uuid)).length;
    const { updateGame } = await graph.data(
      UPDATE,
      { input: { id, platforms: [], texts: [{ locale: 'de', title: 'Neu' }] } },
      by,
    );
    assert.deepEqual(updateGame.missing, ['PLATFORM']);
    assert.equal(
      await graph.code(UPDATE, { input: { id, removedLocales: ['en'] } }, by),
      'BAD_USER_INPUT',
    );
    const { game } = await graph.data('query ($id: ID!) { game(id: $id) { locales } }', { id });
    assert.deepEqual(game.locales, ['en'], 'nothing of what was refused is kept');
    assert.equal((await graph.events(uuid)).length, told);
  });

  it('lets old slugs lead to the game, and nobody else have them', async () => {
    const { id, slug, by } = await given.game();
    const other = await given.game();
    const rename = async (game: { id: string; by: object }, to: string) =>
      (await graph.data(UPDATE, { input: { id: game.id, slug: to } }, game.by)).updateGame;
    assert.equal((await rename({ id, by }, 'a-new-name')).slug, 'a-new-name');
    const BY_SLUG = 'query ($slug: String!) { gameBySlug(slug: $slug) { id slug } }';
    for (const each of [slug, 'a-new-name']) {
      const { gameBySlug } = await graph.data(BY_SLUG, { slug: each });
      assert.deepEqual(gameBySlug, { id, slug: 'a-new-name' });
    }
    assert.equal((await rename(other, slug)).__typename, 'GameSlugTaken');
    assert.equal((await rename({ id, by }, slug)).slug, slug, 'its own old slug is free to it');
    const answers = await Promise.all([
      rename({ id, by }, 'contested'),
      rename(other, 'contested'),
    ]);
    const kinds = answers.map(({ __typename }) => __typename).sort();
    assert.deepEqual(kinds, ['Game', 'GameSlugTaken']);
    assert.deepEqual(await graph.data(BY_SLUG, { slug: 'nowhere' }), { gameBySlug: null });
  });

  it('says a text in the locale, in its language, or in the language of the game', async () => {
    const { id, by } = await given.game('Chess', {
      texts: [
        { locale: 'en', title: 'Chess', summary: 'A game.', description: 'Of kings.' },
        { locale: 'pt', title: 'Xadrez', summary: 'Um jogo.' },
        { locale: 'pt-BR', title: 'Xadrez!' },
      ],
    });
    const texts = async (locale: string | null) => {
      const { game } = await graph.data(
        `query ($id: ID!, $locale: String) { game(id: $id) {
          title(locale: $locale) summary(locale: $locale) description(locale: $locale) } }`,
        { id, locale },
      );
      return [game.title, game.summary, game.description];
    };
    assert.deepEqual(await texts('pt-br'), ['Xadrez!', 'Um jogo.', 'Of kings.']);
    assert.deepEqual(await texts('pt-PT'), ['Xadrez', 'Um jogo.', 'Of kings.']);
    assert.deepEqual(await texts('ja'), ['Chess', 'A game.', 'Of kings.']);
    assert.deepEqual(await texts(null), ['Chess', 'A game.', 'Of kings.']);
    await graph.data(UPDATE, { input: { id, removedLocales: ['pt-BR'] } }, by);
    assert.deepEqual(await texts('pt-BR'), ['Xadrez', 'Um jogo.', 'Of kings.']);
    const bad = 'query ($id: ID!) { game(id: $id) { title(locale: "no locale") } }';
    assert.equal(await graph.code(bad, { id }), 'BAD_USER_INPUT');
  });

  it('says which permission is missing', async () => {
    const { id } = await given.game();
    const { by } = somebody();
    for (const [document, variables, permission] of [
      [UPDATE, { input: { id } }, 'EDIT_GAMES'],
      [PUBLISH, { id }, 'PUBLISH'],
      [WITHDRAW, { id }, 'PUBLISH'],
    ] as const) {
      const { errors } = await graph.ask(document, variables, by);
      assert.equal(errors?.[0]?.extensions?.code, 'FORBIDDEN');
      assert.match(errors[0].message, new RegExp(permission));
      assert.equal(await graph.code(document, variables), 'UNAUTHENTICATED');
    }
  });
});

describe('withdrawing a game', () => {
  it('takes it out of the catalogue, and leaves it to those who have its id', async () => {
    const { id, uuid, slug, by } = await given.game('Gone With The Wind');
    const { withdrawGame } = await graph.data(WITHDRAW, { id }, by);
    assert.deepEqual(withdrawGame, { __typename: 'Game', id, state: 'WITHDRAWN' });
    assert.equal((await graph.events(uuid)).at(-1)!.type, 'games.game.withdrawn.v1');
    const { games: found } = await graph.data('{ games(search: "gone wind") { totalCount } }');
    assert.equal(found.totalCount, 0);
    assert.equal((await show(id)).state, 'WITHDRAWN');
    const BY_SLUG = 'query ($slug: String!) { gameBySlug(slug: $slug) { id } }';
    assert.equal((await graph.data(BY_SLUG, { slug })).gameBySlug.id, id);
    const again = (await graph.data(WITHDRAW, { id }, by)).withdrawGame;
    assert.deepEqual(again, { __typename: 'GameNotPublished', state: 'WITHDRAWN' });
    assert.equal((await graph.data(PUBLISH, { id }, by)).publishGame.state, 'WITHDRAWN');
  });
});

describe('looking games up', () => {
  it('resolves references in their order, with all that belongs to them, in few statements', async () => {
    const some = [
      await given.game('One', { tags: ['Puzzle', 'Chess'] }),
      await given.game('Two', { tags: ['Chess'] }),
      await given.draft('Three'),
    ];
    const nobody = globalId('Game', uuidv7());
    const ids = [some[1]!.id, nobody, some[2]!.id, 'nonsense', some[0]!.id, some[1]!.id];
    const FIELDS = `{ id title(locale: "de") summary description tags { slug gamesCount } studio { name members { user { id } } }
      price { final { minor } } discounts { id } ownersCount priceChanges { totalCount edges { node { kind } } }
      data { version } items { totalCount categories { count } edges { node { key } } } }`;
    let found: Answer['data'][] = [];
    const count = async (wanted: string[]) =>
      (
        await graph.statements(async () => {
          found = await graph.entities('Game', wanted, FIELDS, some[0]!.by);
        })
      ).length;
    const ofOne = await count([some[0]!.id, some[2]!.id]);
    const ofAll = await count(ids);
    assert.deepEqual(
      found.map(game => game?.title ?? null),
      ['Two', null, null, null, 'One', 'Two'],
    );
    assert.deepEqual(
      found[4].tags.map(({ slug }: Answer['data']) => slug),
      ['puzzle', 'chess'],
    );
    assert.deepEqual([found[4].priceChanges.totalCount, found[0].priceChanges], [1, null]);
    assert.equal(ofAll, ofOne);
  });
});

describe('counting what others own', () => {
  it('follows licences and published builds, up and down', async () => {
    const { id, uuid: gameId } = await given.game();
    const [entryId, buildId, userId] = [uuidv7(), uuidv7(), uuidv7()];
    const owned = (isOwned: boolean) =>
      libraryEntryChanged({
        ...{ id: entryId, userId, gameId, isOwned, playtimeSeconds: 0, lastPlayedAt: null },
      });
    const build = (visibility: 'PUBLIC' | 'PRIVATE') =>
      buildUpdated({
        ...{ id: buildId, gameId, authorId: userId, name: 'x', visibility, publishedAt: null },
        ...{ revision: 1, dataVersion: 1, forkedFromId: null, likesCount: 0, needsReview: false },
      });
    const counts = async () =>
      (
        await graph.data('query ($id: ID!) { game(id: $id) { ownersCount buildsCount } }', {
          id,
        })
      ).game;
    await graph.deliver(owned(true), build('PUBLIC'), owned(true), build('PUBLIC'));
    assert.deepEqual(await counts(), { ownersCount: 1, buildsCount: 1 });
    await graph.deliver(owned(false), build('PRIVATE'));
    assert.deepEqual(await counts(), { ownersCount: 0, buildsCount: 0 });
  });
});
