import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { users } from '../subgraph.js';

const SIGNED_IN = `__typename
  ... on SignedIn { accessToken accessTokenExpiresAt refreshToken session { id userAgent address isCurrent expiresAt } user { id } }
  ... on AccountLocked { retryAt } ... on AccountSuspended { reason until } ... on Refusal { message }`;
const REGISTER =
  `mutation ($input: RegisterInput!) { register(input: $input) { ${SIGNED_IN} } }`.replace(
    /\.\.\. on Account\w+ \{[^}]*\}/g,
    '',
  );
const LOG_IN = `mutation ($email: String!, $password: String!) { logIn(email: $email, password: $password) { ${SIGNED_IN} } }`;
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { ${SIGNED_IN.replace(/\.\.\. on AccountLocked \{[^}]*\}/, '')} } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(users, { SIGNING_KEY_SECRET: 'x'.repeat(32) });
});
after(() => graph.stop());

let count = 0;
async function givenUser() {
  const handle = `user${++count}`;
  const email = `${handle}@example.org`;
  const { register } = await graph.data(REGISTER, {
    input: { email, password: 'correct horse', handle },
  });
  const { sub: userId, sid: sessionId } = decodeJwt<{ sid: string }>(register.accessToken);
  return { email, userId: userId!, by: { userId: userId!, sessionId }, ...register };
}

const logIn = async (email: string, password = 'correct horse', client = {}) =>
  (await graph.data(LOG_IN, { email, password }, { client })).logIn;
const refresh = async (token: string) => (await graph.data(REFRESH, { token })).refreshSession;

describe('logging in', () => {
  it('gives an access token that says who one is, signed by a published key', async () => {
    const { email, userId } = await givenUser();
    const signedIn = await logIn(email.toUpperCase(), undefined, {
      userAgent: 'Test/1',
      address: '10.1.2.3',
    });
    assert.deepEqual(
      [signedIn.session.userAgent, signedIn.session.address],
      ['Test/1', '10.1.2.3'],
    );
    const jwks = await fetch(new URL('/.well-known/jwks.json', graph.url));
    const keys = createLocalJWKSet((await jwks.json()) as never);
    const { payload, protectedHeader } = await jwtVerify(signedIn.accessToken, keys, {
      algorithms: ['EdDSA'],
      issuer: 'gamegraph',
      audience: 'gamegraph',
    });
    assert.equal(payload.sub, userId);
    assert.deepEqual(payload.roles, ['PLAYER']);
    assert.equal(payload.exp! - payload.iat!, 300);
    assert.equal(protectedHeader.typ, 'at+jwt');
  });

  it('answers alike to a wrong password and to an address that nobody has', async () => {
    const { email } = await givenUser();
    const wrong = await logIn(email, 'wrong horse');
    assert.deepEqual(wrong, await logIn('nobody@example.org'));
    assert.equal(wrong.__typename, 'WrongCredentials');
  });

  it('locks for longer and longer after five wrong passwords, also when they come at once', async () => {
    const { email } = await givenUser();
    const tries = await Promise.all(Array.from({ length: 6 }, () => logIn(email, 'wrong horse')));
    assert.ok(tries.every(({ __typename }) => /WrongCredentials|AccountLocked/.test(__typename)));
    const locked = await logIn(email);
    assert.equal(locked.__typename, 'AccountLocked');
    graph.setClock(new Date(new Date(locked.retryAt).getTime() + 1));
    assert.equal((await logIn(email)).__typename, 'SignedIn');
    graph.setClock(undefined);
  });
});

describe('renewing a session', () => {
  it('gives the next refresh token, and the old one is used up', async () => {
    const { refreshToken } = await givenUser();
    const next = await refresh(refreshToken);
    assert.equal(next.__typename, 'SignedIn');
    assert.notEqual(next.refreshToken, refreshToken);
    assert.equal((await refresh(next.refreshToken)).__typename, 'SignedIn');
  });

  it('serves more at once than there are connections, with signing keys to be read anew', async test => {
    const people = await Promise.all(Array.from({ length: 16 }, givenUser));
    test.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
    const answers = await Promise.all(people.map(({ refreshToken }) => refresh(refreshToken)));
    assert.ok(answers.every(({ __typename }) => __typename === 'SignedIn'));
  });

  it('gives one successor to two that come at once', async () => {
    const { refreshToken } = await givenUser();
    const answers = await Promise.all(Array.from({ length: 4 }, () => refresh(refreshToken)));
    assert.equal(new Set(answers.map(answer => answer.refreshToken)).size, 1);
    assert.equal((await refresh(answers[0].refreshToken)).__typename, 'SignedIn');
  });

  it('ends the session when a used token comes again after the grace, or after its successor was used', async () => {
    const late = await givenUser();
    const { refreshToken: successor } = await refresh(late.refreshToken);
    graph.setClock(new Date(Date.now() + 11_000));
    assert.equal((await refresh(late.refreshToken)).__typename, 'SessionEnded');
    assert.equal(
      (await refresh(successor)).__typename,
      'SessionEnded',
      'the thief and the owner are both out',
    );
    graph.setClock(undefined);

    const early = await givenUser();
    const second = await refresh(early.refreshToken);
    const third = await refresh(second.refreshToken);
    assert.equal((await refresh(early.refreshToken)).__typename, 'SessionEnded');
    assert.equal((await refresh(third.refreshToken)).__typename, 'SessionEnded');
  });

  it('ends after two idle weeks, and after 90 days in any case', async () => {
    const { refreshToken } = await givenUser();
    const day = (n: number) => new Date(Date.now() + n * 86_400_000);
    graph.setClock(day(13));
    let present = (await refresh(refreshToken)).refreshToken;
    for (let n = 26; n < 90; n += 13) {
      graph.setClock(day(n));
      present = (await refresh(present)).refreshToken;
    }
    graph.setClock(day(90.5));
    assert.equal((await refresh(present)).__typename, 'SessionEnded');
    graph.setClock(undefined);
    const idle = await givenUser();
    graph.setClock(day(14.5));
    assert.equal((await refresh(idle.refreshToken)).__typename, 'SessionEnded');
    graph.setClock(undefined);
    assert.equal((await refresh('nonsense')).__typename, 'SessionEnded');
  });
});

describe('ending sessions', () => {
  it('lists, revokes one, and revokes the others', async () => {
    const user = await givenUser();
    const second = await logIn(user.email);
    const third = await logIn(user.email);
    const LIST = '{ me { sessions { totalCount edges { node { id isCurrent } } } } }';
    const listed = (await graph.data(LIST, {}, user.by)).me.sessions;
    assert.equal(listed.totalCount, 3);
    const current = listed.edges.filter(
      (edge: { node: { isCurrent: boolean } }) => edge.node.isCurrent,
    );
    assert.deepEqual(
      current.map((edge: { node: { id: string } }) => edge.node.id),
      [user.session.id],
    );
    const REVOKE = 'mutation ($id: ID!) { revokeSession(id: $id) }';
    assert.equal(
      (await graph.data(REVOKE, { id: second.session.id }, user.by)).revokeSession,
      true,
    );
    assert.equal(
      (await graph.data(REVOKE, { id: second.session.id }, user.by)).revokeSession,
      false,
    );
    assert.equal((await refresh(second.refreshToken)).__typename, 'SessionEnded');
    assert.equal(
      (await graph.data('mutation { revokeOtherSessions }', {}, user.by)).revokeOtherSessions,
      1,
    );
    assert.equal((await refresh(third.refreshToken)).__typename, 'SessionEnded');
    assert.equal((await graph.data('mutation { logOut }', {}, user.by)).logOut, true);
    assert.equal((await graph.data(LIST, {}, user.by)).me.sessions.totalCount, 0);
  });

  it("does not end another user's", async () => {
    const [one, other] = [await givenUser(), await givenUser()];
    const REVOKE = 'mutation ($id: ID!) { revokeSession(id: $id) }';
    assert.equal((await graph.data(REVOKE, { id: other.session.id }, one.by)).revokeSession, false);
    assert.equal((await refresh(other.refreshToken)).__typename, 'SignedIn');
    assert.deepEqual(await graph.entities('Session', [other.session.id], '{ id }', one.by), [null]);
  });
});

describe('routers', () => {
  const told = async (id: string, cursor?: string) => {
    const search = cursor ? `?cursor=${cursor}` : '';
    const { revoked, ...rest } = await graph.operate('GET', `revocations${search}`);
    return {
      ...rest,
      hit: revoked.some((one: Record<string, string>) => id === (one.session ?? one.user)),
    };
  };

  it('are told of sessions that end: by their owner, by a reused token, with a ban', async () => {
    const user = await givenUser();
    const first = await told(user.by.sessionId);
    assert.deepEqual([first.hit, first.tokenLifetimeS], [false, 300]);
    await graph.data('mutation { logOut }', {}, user.by);
    assert.equal((await told(user.by.sessionId)).hit, true);
    assert.equal((await told(user.by.sessionId, first.cursor)).hit, true);
    const later = new Date(Date.now() + 60_000).toISOString();
    assert.equal((await told(user.by.sessionId, later)).hit, false, 'it was told first');

    const robbed = await givenUser();
    const second = await refresh(robbed.refreshToken);
    await refresh(second.refreshToken);
    await refresh(robbed.refreshToken);
    assert.equal((await told(robbed.by.sessionId)).hit, true);

    const banned = await givenUser();
    const input = { userId: banned.user.id, reason: 'Spam.' };
    const by = { ...user.by, permissions: ['users:suspend'] };
    await graph.data(
      'mutation ($input: SuspendUserInput!) { suspendUser(input: $input) { id } }',
      { input },
      by,
    );
    assert.equal((await told(banned.by.sessionId)).hit, true);
  });

  it('are told of users who lose a role or their account, and not of those who win one', async () => {
    const user = await givenUser();
    const grant = (roles: string[]) =>
      graph.operate('POST', 'grant-roles', { email: user.email, roles });
    await grant(['DEVELOPER']);
    assert.equal((await told(user.userId)).hit, false);
    await grant([]);
    assert.equal((await told(user.userId)).hit, true);

    const leaver = await givenUser();
    const LEAVE = 'mutation { deleteAccount(password: "correct horse") { __typename } }';
    assert.equal((await graph.data(LEAVE, {}, leaver.by)).deleteAccount.__typename, 'User');
    assert.equal((await told(leaver.userId)).hit, true);
  });
});

describe('moderating', () => {
  const SUSPEND =
    'mutation ($input: SuspendUserInput!) { suspendUser(input: $input) { isBanned } }';

  it('suspends until a moment: sessions end, and logging in says why', async () => {
    const [moderator, user] = [await givenUser(), await givenUser()];
    const by = { ...moderator.by, permissions: ['users:suspend'] };
    const until = new Date(Date.now() + 60_000).toISOString();
    const input = { userId: user.user.id, reason: 'Spam.', until };
    assert.deepEqual(await graph.data(SUSPEND, { input }, by), { suspendUser: { isBanned: true } });
    assert.equal((await refresh(user.refreshToken)).__typename, 'SessionEnded');
    const refused = await logIn(user.email);
    assert.deepEqual(
      [refused.__typename, refused.reason, refused.until],
      ['AccountSuspended', 'Spam.', until],
    );
    assert.equal((await graph.events(user.userId)).at(-1)!.data.isBanned, true);
    graph.setClock(new Date(Date.now() + 61_000));
    assert.equal((await logIn(user.email)).__typename, 'SignedIn', 'it has run out');
    assert.equal((await graph.events(user.userId)).at(-1)!.data.isBanned, false);
    graph.setClock(undefined);
  });

  it('needs the permission', async () => {
    const [one, user] = [await givenUser(), await givenUser()];
    const input = { userId: user.user.id, reason: 'x' };
    assert.equal(await graph.code(SUSPEND, { input }, one.by), 'FORBIDDEN');
    assert.equal(await graph.code(SUSPEND, { input }), 'UNAUTHENTICATED');
    const GRANT = 'mutation ($id: ID!) { grantRoles(userId: $id, roles: [ADMIN]) { roles } }';
    assert.equal(await graph.code(GRANT, { id: one.user.id }, one.by), 'FORBIDDEN');
  });

  it('grants roles, which the next access token carries', async () => {
    const [admin, user] = [await givenUser(), await givenUser()];
    const GRANT = 'mutation ($id: ID!) { grantRoles(userId: $id, roles: [DEVELOPER]) { roles } }';
    const by = { ...admin.by, permissions: ['users:grant'] };
    const { grantRoles } = await graph.data(GRANT, { id: user.user.id }, by);
    assert.deepEqual(grantRoles.roles, ['DEVELOPER', 'PLAYER']);
    const { accessToken } = await refresh(user.refreshToken);
    assert.equal(decodeJwt(accessToken).scope, 'games:create');
  });
});

describe('signing keys', () => {
  it('are rotated: the next is published before it signs, the old one for a while after', async () => {
    const published = async () =>
      (
        (await (await fetch(new URL('/.well-known/jwks.json', graph.url))).json()) as {
          keys: object[];
        }
      ).keys.length;
    assert.equal(await published(), 1);
    const text = JSON.stringify(
      await (await fetch(new URL('/.well-known/jwks.json', graph.url))).json(),
    );
    assert.doesNotMatch(text, /"d":/, 'no private part');
  });
});
