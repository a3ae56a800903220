import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { buildUpdated, friendshipChanged, libraryEntryChanged } from '@gamegraph/event-contracts';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { users } from '../subgraph.js';

const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) {
  __typename
  ... on SignedIn { accessToken refreshToken user { id handle displayName } }
  ... on Refusal { message }
} }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(users, { SIGNING_KEY_SECRET: 'x'.repeat(32) });
});
after(() => graph.stop());

let count = 0;
/** Registers somebody; returns their global id, their uuid, and who they are to `ask`. */
async function givenUser(handle = `user${++count}`, more: object = {}) {
  const input = { email: `${handle}@example.org`, password: 'correct horse', handle, ...more };
  const { register } = await graph.data(REGISTER, { input });
  assert.equal(register.__typename, 'SignedIn', register.message);
  const userId = Buffer.from(register.user.id, 'base64url').toString().split(':')[1]!;
  return { id: register.user.id as string, userId, by: { userId } };
}

describe('registering', () => {
  it('opens an account and a session, and announces the user', async () => {
    const { userId } = await givenUser('Ada_Lovelace', { displayName: ' Ada  ', region: 'gb' });
    const [event] = await graph.events(userId);
    assert.equal(event!.type, 'users.user.created.v1');
    assert.deepEqual(
      { ...event!.data, createdAt: undefined },
      {
        ...{
          id: userId,
          handle: 'ada_lovelace',
          displayName: 'Ada',
          avatarUrl: null,
          region: 'GB',
          isBanned: false,
        },
        privacy: {
          library: 'PUBLIC',
          friends: 'FRIENDS',
          activity: 'FRIENDS',
          presence: 'FRIENDS',
        },
        createdAt: undefined,
      },
    );
    assert.doesNotMatch(JSON.stringify(event), /example\.org|argon2/);
  });

  it('refuses a handle that looks like one that is taken, and an address that is', async () => {
    await givenUser('vasya');
    const twin = { email: 'other@example.org', password: 'correct horse', handle: 'vаsya' };
    assert.equal((await graph.data(REGISTER, { input: twin })).register.__typename, 'HandleTaken');
    const again = { email: 'VASYA@example.org', password: 'correct horse', handle: 'somebody' };
    assert.equal((await graph.data(REGISTER, { input: again })).register.__typename, 'EmailTaken');
  });

  it('lets one of two win who come at once with handles that look alike', async () => {
    const inputs = ['kolya', 'kоlya', 'kolyа', 'KOLYA'].map((handle, n) => ({
      input: { email: `k${n}@example.org`, password: 'correct horse', handle },
    }));
    const answers = await Promise.all(inputs.map(input => graph.data(REGISTER, input)));
    const kinds = answers.map(({ register }) => register.__typename).sort();
    assert.deepEqual(kinds, ['HandleTaken', 'HandleTaken', 'HandleTaken', 'SignedIn']);
  });

  it('says what is wrong with what was sent', async () => {
    const bad = {
      email: 'no address',
      password: 'short',
      handle: 'ok_handle',
      region: 'XX',
      displayName: 'a\nb',
    };
    const { errors } = await graph.ask(REGISTER, { input: bad });
    assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
    const paths = (errors[0].extensions.fields as { path: string }[]).map(({ path }) => path);
    assert.deepEqual(paths.sort(), ['displayName', 'email', 'region']);
    const handle = { email: 'a@example.org', password: 'correct horse', handle: 'no good' };
    assert.equal(await graph.code(REGISTER, { input: handle }), 'BAD_USER_INPUT');
    const short = { ...handle, handle: 'good', password: 'short' };
    assert.equal(await graph.code(REGISTER, { input: short }), 'BAD_USER_INPUT');
    const nul = { ...handle, handle: 'good', displayName: 'a\0b' };
    assert.equal(await graph.code(REGISTER, { input: nul }), 'BAD_USER_INPUT');
  });
});

describe('looking users up', () => {
  it('shows all fields of oneself, and to others what is theirs to see', async () => {
    const { id, by } = await givenUser();
    const fields = `id handle displayName bio avatarUrl region isBanned createdAt friendsCount gamesCount buildsCount
      email roles privacy { library friends activity presence } sessions { totalCount edges { node { id } } }`;
    const { me } = await graph.data(`{ me { ${fields} } }`, {}, by);
    assert.equal(me.id, id);
    assert.match(me.email, /@example\.org$/);
    assert.deepEqual(
      [me.roles, me.privacy.library, me.sessions.totalCount],
      [['PLAYER'], 'PUBLIC', 1],
    );
    const lookup = `query ($id: ID!) { user(id: $id) { ${fields} } }`;
    const { user } = await graph.data(lookup, { id }, { userId: (await givenUser()).userId });
    assert.deepEqual([user.email, user.roles, user.privacy, user.sessions], [null, [], null, null]);
    assert.deepEqual(await graph.data('{ me { id } }'), { me: null });
  });

  it('finds by handle, in any spelling, and says null when there is none', async () => {
    const { id } = await givenUser('findable');
    const byHandle = async (handle: string) => {
      const QUERY = 'query ($handle: String!) { userByHandle(handle: $handle) { id } }';
      return (await graph.data(QUERY, { handle })).userByHandle?.id;
    };
    assert.equal(await byHandle('FindAble'), id);
    assert.equal(await byHandle('nobody_at_all'), undefined);
    assert.equal(await graph.code('{ user(id: "nonsense") { id } }'), 'NOT_FOUND');
  });

  it('searches with a slip of the pen, and pages through what it finds both ways', async () => {
    for (let n = 0; n < 5; n++) await givenUser(`gandalf${n}`);
    const QUERY = `query ($first: Int, $after: String, $last: Int, $before: String) {
      users(search: "gandalph", first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { handle } } } }`;
    const page = async (args: object) => (await graph.data(QUERY, args)).users;
    const handles = ({ edges }: Answer['data']) =>
      edges.map((edge: Answer['data']) => edge.node.handle);
    const all = await page({ first: 100 });
    assert.equal(all.totalCount, 5);
    const first = await page({ first: 2 });
    const second = await page({ first: 2, after: first.pageInfo.endCursor });
    const third = await page({ first: 2, after: second.pageInfo.endCursor });
    assert.deepEqual([first, second, third].flatMap(handles), handles(all));
    assert.deepEqual(
      [first, second, third].map(p => p.pageInfo.hasNextPage),
      [true, true, false],
    );
    const back = await page({ last: 2, before: third.pageInfo.startCursor });
    assert.deepEqual(handles(back), handles(second));
    assert.deepEqual([back.pageInfo.hasPreviousPage, back.pageInfo.hasNextPage], [true, true]);
    assert.deepEqual(handles(await page({ last: 2 })), handles(all).slice(-2));
  });

  it('refuses pages that are too large, negative, or of another list', async () => {
    for (const args of [
      'first: 101',
      'first: -1',
      'first: 0',
      'first: 1, last: 1',
      'after: "e30"',
      'after: "?"',
    ]) {
      assert.equal(await graph.code(`{ users(${args}) { totalCount } }`), 'BAD_USER_INPUT', args);
    }
    const { users: list } = await graph.data(
      '{ users(sort: NEWEST, first: 1) { pageInfo { endCursor } } }',
    );
    const cursor = list.pageInfo.endCursor;
    const other =
      'query ($after: String) { users(search: "gandalf", after: $after) { totalCount } }';
    assert.equal(await graph.code(other, { after: cursor }), 'BAD_USER_INPUT');
  });

  it('resolves references in their order, null where there is none, in one statement', async () => {
    const some = [await givenUser(), await givenUser(), await givenUser()];
    const nobody = Buffer.from('User:01a1fb00-0000-7000-8000-000000000000').toString('base64url');
    const ids = [some[2]!.id, nobody, some[0]!.id, 'nonsense', some[1]!.id, some[0]!.id];
    let found: Answer['data'][] = [];
    const statements = await graph.statements(async () => {
      found = await graph.entities('User', ids, '{ id handle friendsCount }');
    });
    assert.equal(statements.length, 1, statements.join('\n'));
    assert.deepEqual(
      found.map(user => user?.id ?? null),
      ids.map(id => (id === nobody || id === 'nonsense' ? null : id)),
    );
  });
});

describe('changing a profile', () => {
  const UPDATE = `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) {
    displayName bio region avatarUrl privacy { library presence } } }`;

  it('changes what is given, empties what is null, and announces it', async () => {
    const { userId, by } = await givenUser();
    const input = {
      displayName: 'Löwe',
      bio: 'one\r\ntwo',
      avatarUrl: 'https://example.org/a.png',
      privacy: { library: 'PRIVATE' },
    };
    const { updateProfile } = await graph.data(UPDATE, { input }, by);
    assert.deepEqual(updateProfile, {
      ...{
        displayName: 'Löwe',
        bio: 'one\ntwo',
        region: null,
        avatarUrl: 'https://example.org/a.png',
      },
      privacy: { library: 'PRIVATE', presence: 'FRIENDS' },
    });
    const emptied = await graph.data(UPDATE, { input: { bio: null, avatarUrl: null } }, by);
    assert.deepEqual([emptied.updateProfile.bio, emptied.updateProfile.avatarUrl], [null, null]);
    const [, second] = await graph.events(userId);
    assert.equal(second!.type, 'users.user.updated.v1');
    assert.equal(second!.data.privacy.library, 'PRIVATE');
  });

  it('is for who is logged in, and takes no address but https', async () => {
    assert.equal(await graph.code(UPDATE, { input: {} }), 'UNAUTHENTICATED');
    const { by } = await givenUser();
    for (const avatarUrl of [
      'http://example.org/a.png',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'x',
    ]) {
      assert.equal(
        await graph.code(UPDATE, { input: { avatarUrl } }, by),
        'BAD_USER_INPUT',
        avatarUrl,
      );
    }
  });

  it('changes the handle once in a while, and lets the old one lead there', async () => {
    const RENAME = `mutation ($handle: String!) { changeHandle(handle: $handle) {
      __typename ... on User { handle } ... on Refusal { message } ... on HandleCoolingDown { until } } }`;
    const { id, by } = await givenUser('oldname');
    const { changeHandle } = await graph.data(RENAME, { handle: 'NewName' }, by);
    assert.deepEqual(changeHandle, { __typename: 'User', handle: 'newname' });
    const old = await graph.data('{ userByHandle(handle: "oldname") { id handle } }');
    assert.deepEqual(old.userByHandle, { id, handle: 'newname' });
    const soon = await graph.data(RENAME, { handle: 'third' }, by);
    assert.equal(soon.changeHandle.__typename, 'HandleCoolingDown');
    const other = await givenUser();
    const reserved = await graph.data(RENAME, { handle: 'oldname' }, other.by);
    assert.equal(reserved.changeHandle.__typename, 'HandleTaken');
    graph.setClock(new Date(Date.now() + 8 * 86_400_000));
    const back = await graph.data(RENAME, { handle: 'oldname' }, by);
    assert.equal(back.changeHandle.__typename, 'User', 'its own old handle is free to its owner');
    graph.setClock(undefined);
  });
});

describe('deleting an account', () => {
  const DELETE = `mutation ($password: String!) { deleteAccount(password: $password) {
    __typename ... on User { id } } }`;

  it('erases it, announces the end, and frees the address', async () => {
    const { id, userId, by } = await givenUser('leaving');
    const wrong = await graph.data(DELETE, { password: 'wrong' }, by);
    assert.equal(wrong.deleteAccount.__typename, 'WrongCredentials');
    const { deleteAccount } = await graph.data(DELETE, { password: 'correct horse' }, by);
    assert.deepEqual(deleteAccount, { __typename: 'User', id });
    assert.deepEqual((await graph.events(userId)).at(-1), {
      type: 'users.user.deleted.v1',
      data: { id: userId },
    });
    assert.deepEqual(await graph.data('{ me { id } }', {}, by), { me: null });
    await givenUser('leaving');
  });
});

describe('counting what others own', () => {
  it('follows friendships, licences and published builds, up and down', async () => {
    const [one, other] = [await givenUser(), await givenUser()];
    const now = new Date().toISOString();
    const friends = (areFriends: boolean) =>
      friendshipChanged({
        id: friendshipId,
        userIds: [one.userId, other.userId],
        areFriends,
        since: now,
      });
    const owned = (isOwned: boolean) =>
      libraryEntryChanged({
        id: entryId,
        userId: one.userId,
        gameId,
        isOwned,
        playtimeSeconds: 0,
        lastPlayedAt: null,
      });
    const build = (visibility: 'PUBLIC' | 'PRIVATE') =>
      buildUpdated({
        ...{
          id: buildId,
          gameId,
          authorId: one.userId,
          name: 'x',
          visibility,
          publishedAt: now,
          revision: 1,
        },
        ...{ dataVersion: 1, forkedFromId: null, likesCount: 0, needsReview: false },
      });
    const [friendshipId, entryId, gameId, buildId] = Array.from({ length: 4 }, () => uuidv7()) as [
      string,
      string,
      string,
      string,
    ];
    const counts = async (userId: string) =>
      (await graph.data('{ me { friendsCount gamesCount buildsCount } }', {}, { userId })).me;
    await graph.deliver(friends(true), owned(true), build('PUBLIC'));
    assert.deepEqual(await counts(one.userId), { friendsCount: 1, gamesCount: 1, buildsCount: 1 });
    assert.deepEqual(await counts(other.userId), {
      friendsCount: 1,
      gamesCount: 0,
      buildsCount: 0,
    });
    await graph.deliver(friends(false), owned(false), build('PRIVATE'));
    assert.deepEqual(await counts(one.userId), { friendsCount: 0, gamesCount: 0, buildsCount: 0 });
    assert.deepEqual(await counts(other.userId), {
      friendsCount: 0,
      gamesCount: 0,
      buildsCount: 0,
    });
  });
});
