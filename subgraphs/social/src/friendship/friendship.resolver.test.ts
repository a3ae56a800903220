import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { userUpdated } from '@gamegraph/event-contracts';
import { query } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { sql } from 'kysely';
import {
  BLOCK,
  nodes,
  type Person,
  SEND_REQUEST,
  type TestSocial,
  testSocial,
  UNFRIEND,
} from '../testing.js';

const ACCEPT = `mutation ($id: ID!) { acceptFriendRequest(id: $id) {
  __typename ... on User { id friendship } ... on Refusal { message } } }`;
const DECLINE = 'mutation ($id: ID!) { declineFriendRequest(id: $id) { id friendship } }';
const CANCEL = 'mutation ($id: ID!) { cancelFriendRequest(id: $id) { id friendship } }';
const REQUESTS = `query ($r: [_Any!]!, $direction: FriendRequestDirection!) { _entities(representations: $r) {
  ... on User { friendRequests(direction: $direction) { totalCount edges { node { id from { id } to { id } sentAt } } } } } }`;

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

async function send(from: Person, to: Person) {
  return (await graph.data(SEND_REQUEST, { userId: to.id }, from.by)).sendFriendRequest;
}
async function requests(of: Person, direction: 'SENT' | 'RECEIVED', by = of) {
  const r = [{ __typename: 'User', id: of.id }];
  const { _entities } = await graph.data(REQUESTS, { r, direction }, by.by);
  return _entities[0].friendRequests;
}
/** The request's id. */
async function givenRequest(from: Person, to: Person): Promise<string> {
  return (await send(from, to)).friendRequest.id;
}
async function statusOf(other: Person, by?: Person) {
  return (await graph.entities('User', [other.id], '{ friendship }', by?.by))[0].friendship;
}
async function friendshipEvents(one: Person, other: Person) {
  const told = await graph.events();
  return told.filter(
    ({ type, data }) =>
      type === 'social.friendship.changed.v1' &&
      data.userIds.includes(one.userId) &&
      data.userIds.includes(other.userId),
  );
}

describe('asking to be friends', () => {
  it('is seen by both, once however often it is asked', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    assert.equal((await send(ann, bob)).friendship, 'REQUEST_SENT');
    assert.equal((await send(ann, bob)).friendship, 'REQUEST_SENT');
    assert.equal(await statusOf(ann, bob), 'REQUEST_RECEIVED');
    const received = await requests(bob, 'RECEIVED');
    assert.equal(received.totalCount, 1);
    assert.deepEqual(
      nodes(received).map(({ from, to }) => [from.id, to.id]),
      [[ann.id, bob.id]],
    );
    assert.equal((await requests(ann, 'SENT')).totalCount, 1);
    assert.equal((await requests(ann, 'RECEIVED')).totalCount, 0);
    assert.equal(await requests(ann, 'SENT', bob), null, 'for its owner alone');
  });

  it('makes friends when the other accepts, and announces it', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const id = await givenRequest(ann, bob);
    assert.equal(await graph.code(ACCEPT, { id }, ann.by), 'NOT_FOUND', 'not one’s own');
    const { acceptFriendRequest } = await graph.data(ACCEPT, { id }, bob.by);
    assert.deepEqual(acceptFriendRequest, {
      __typename: 'User',
      id: ann.id,
      friendship: 'FRIENDS',
    });
    assert.equal(await statusOf(bob, ann), 'FRIENDS');
    const events = await friendshipEvents(ann, bob);
    assert.deepEqual(
      events.map(({ data }) => [data.userIds, data.areFriends]),
      [[[ann.userId, bob.userId].sort(), true]],
    );
    assert.equal(await graph.code(ACCEPT, { id }, bob.by), 'NOT_FOUND');
    assert.equal((await send(ann, bob)).friendship, 'FRIENDS', 'asking a friend changes nothing');
  });

  it('ends when the other declines, or who asked cancels', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const declined = await graph.data(DECLINE, { id: await givenRequest(ann, bob) }, bob.by);
    assert.deepEqual(declined.declineFriendRequest, { id: ann.id, friendship: 'NONE' });
    const id = await givenRequest(ann, bob);
    assert.equal(await graph.code(CANCEL, { id }, bob.by), 'NOT_FOUND');
    const cancelled = await graph.data(CANCEL, { id }, ann.by);
    assert.deepEqual(cancelled.cancelFriendRequest, { id: bob.id, friendship: 'NONE' });
    assert.equal(await graph.code(ACCEPT, { id }, bob.by), 'NOT_FOUND');
    assert.equal((await requests(bob, 'RECEIVED')).totalCount, 0);
  });

  it('makes one friendship of two requests that cross, ten pairs at once', async () => {
    const people = await graph.givenPeople(20);
    const pairs = Array.from({ length: 10 }, (_, n) => [people[n]!, people[n + 10]!] as const);
    const answers = await Promise.all(
      pairs.flatMap(([one, other]) => [send(one, other), send(other, one), send(one, other)]),
    );
    assert.deepEqual([...new Set(answers.map(answer => answer.__typename))], ['User']);
    for (const [one, other] of pairs) {
      assert.equal(await statusOf(one, other), 'FRIENDS');
      assert.equal((await friendshipEvents(one, other)).length, 1);
      assert.equal((await requests(one, 'SENT')).totalCount, 0);
      assert.equal((await requests(other, 'SENT')).totalCount, 0);
    }
  });

  it('ends in one way when it is accepted, cancelled and blocked at once', async () => {
    const people = await graph.givenPeople(16);
    for (let n = 0; n < 16; n += 2) {
      const [ann, bob] = [people[n]!, people[n + 1]!];
      const id = await givenRequest(ann, bob);
      await Promise.all([
        graph.ask(ACCEPT, { id }, bob.by),
        graph.ask(CANCEL, { id }, ann.by),
        graph.data(BLOCK, { userId: bob.id }, ann.by),
      ]);
      assert.equal(await statusOf(bob, ann), 'BLOCKED');
      assert.equal(await statusOf(ann, bob), 'NONE');
      assert.equal((await requests(bob, 'RECEIVED')).totalCount, 0);
      const events = await friendshipEvents(ann, bob);
      const told = events.map(({ data }) => data.areFriends);
      assert.ok(told.length === 0 || (told.length === 2 && told[0] && !told[1]), String(told));
    }
  });

  it('ends in one way when it is accepted and cancelled at once', async () => {
    const people = await graph.givenPeople(16);
    for (let n = 0; n < 16; n += 2) {
      const [ann, bob] = [people[n]!, people[n + 1]!];
      const id = await givenRequest(ann, bob);
      const answers = await Promise.all([
        graph.ask(ACCEPT, { id }, bob.by),
        graph.ask(CANCEL, { id }, ann.by),
        graph.ask(DECLINE, { id }, bob.by),
      ]);
      const won = answers.map(({ errors }) => errors === undefined);
      assert.equal(won.filter(Boolean).length, 1, String(won));
      assert.equal(await statusOf(bob, ann), won[0] ? 'FRIENDS' : 'NONE');
    }
  });

  it('refuses oneself, nobody, and who is not logged in', async () => {
    const [ann] = await graph.givenPeople(1);
    assert.equal(await graph.code(SEND_REQUEST, { userId: ann.id }, ann.by), 'BAD_USER_INPUT');
    const nobody = Buffer.from('User:01a1fb00-0000-7000-8000-000000000000').toString('base64url');
    assert.equal(await graph.code(SEND_REQUEST, { userId: nobody }, ann.by), 'NOT_FOUND');
    assert.equal(await graph.code(SEND_REQUEST, { userId: ann.id }), 'UNAUTHENTICATED');
    const deleted = { userId: '01a1fb00-0000-7000-8000-000000000000' };
    assert.equal(await graph.code(SEND_REQUEST, { userId: ann.id }, deleted), 'NOT_FOUND');
  });
});

describe('the limits', () => {
  it('stop at 100 unanswered requests, also when they come at once', async () => {
    const [ann, ...others] = await graph.givenPeople(7);
    await query(
      graph.em(),
      sql`INSERT INTO friend_request SELECT gen_random_uuid(), ${ann.userId}, gen_random_uuid(), now()
          FROM generate_series(1, 97)`,
    );
    const answers = await Promise.all(others.map(other => send(ann, other)));
    const refused = answers.filter(answer => answer.__typename === 'FriendRequestsLimitReached');
    assert.equal(refused.length, 3);
    assert.equal((await requests(ann, 'SENT')).totalCount, 100);
  });

  it('stop at 1,000 friends of either side, also when they come at once', async () => {
    const [ann, ...others] = await graph.givenPeople(5);
    await query(
      graph.em(),
      sql`INSERT INTO friendship SELECT gen_random_uuid(), least(one, other), greatest(one, other), true, now()
          FROM (SELECT ${ann.userId}::uuid AS one, gen_random_uuid() AS other FROM generate_series(1, 998)) AS pairs`,
    );
    for (const other of others) await send(ann, other);
    const answers = await Promise.all(others.map(other => send(other, ann)));
    const kinds = answers.map(answer => answer.__typename).sort();
    assert.deepEqual(kinds, ['FriendsLimitReached', 'FriendsLimitReached', 'User', 'User']);
    assert.equal((await requests(ann, 'SENT')).totalCount, 2, 'what was refused stays open');
  });
});

describe('unfriending', () => {
  it('ends the friendship once, and leaves room for a new one', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    await Promise.all([
      graph.data(UNFRIEND, { userId: bob.id }, ann.by),
      graph.data(UNFRIEND, { userId: ann.id }, bob.by),
    ]);
    assert.equal(await statusOf(bob, ann), 'NONE');
    await graph.befriend(bob, ann);
    const events = await friendshipEvents(ann, bob);
    assert.deepEqual(
      events.map(({ data }) => data.areFriends),
      [true, false, true],
    );
    assert.equal(new Set(events.map(({ data }) => data.id)).size, 1, 'one row for the pair');
  });
});

describe('listing friends', () => {
  const FRIENDS = `query ($r: [_Any!]!, $sort: FriendSort! = HANDLE, $first: Int, $after: String) {
    _entities(representations: $r) { ... on User { friends(sort: $sort, first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { since node { id } } } } } }`;
  const friends = async (of: Person, by?: Person, args: object = {}) => {
    const r = [{ __typename: 'User', id: of.id }];
    return (await graph.data(FRIENDS, { r, ...args }, by?.by))._entities[0].friends;
  };
  const ids = (connection: Answer['data']) => nodes(connection).map(({ id }) => id);

  it('sorts by handle or by age, and pages', async () => {
    const [ann, bob, cid, dan] = await graph.givenPeople(4);
    for (const [n, friend] of [cid, dan!, bob].entries()) {
      graph.setClock(new Date(Date.UTC(2026, 0, n + 1)));
      await graph.befriend(ann, friend);
    }
    graph.setClock(undefined);
    assert.deepEqual(ids(await friends(ann, ann)), [bob.id, cid.id, dan!.id]);
    const newest = await friends(ann, ann, { sort: 'SINCE' });
    assert.deepEqual(ids(newest), [bob.id, dan!.id, cid.id]);
    assert.equal(newest.edges[0].since, '2026-01-03T00:00:00.000Z');
    const first = await friends(ann, ann, { sort: 'SINCE', first: 2 });
    const second = await friends(ann, ann, {
      ...{ sort: 'SINCE', first: 2, after: first.pageInfo.endCursor },
    });
    assert.deepEqual([...ids(first), ...ids(second)], ids(newest));
    assert.deepEqual([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage], [true, false]);
  });

  it('honours the owner’s privacy, as it is now', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob);
    const seenBy = async () =>
      Promise.all([ann, bob, cid, undefined].map(async by => (await friends(ann, by)) !== null));
    assert.deepEqual(await seenBy(), [true, true, false, false]);
    const show = (audience: 'PUBLIC' | 'PRIVATE') =>
      graph.deliver(
        userUpdated({ ...ann.state, privacy: { ...ann.state.privacy, friends: audience } }),
      );
    await show('PRIVATE');
    assert.deepEqual(await seenBy(), [true, false, false, false]);
    await show('PUBLIC');
    assert.deepEqual(await seenBy(), [true, true, true, true]);
  });

  it('shows mutual friends', async () => {
    const [ann, bob, cid, dan] = await graph.givenPeople(4);
    await graph.befriend(ann, cid, dan!, bob);
    await graph.befriend(bob, cid);
    const [{ mutualFriends }] = await graph.entities(
      'User',
      [bob.id],
      '{ mutualFriends { totalCount edges { node { id } } } }',
      ann.by,
    );
    assert.deepEqual(ids(mutualFriends), [cid.id]);
    assert.equal(mutualFriends.totalCount, 1);
  });

  it('costs the same number of statements for 20 users, with presence and friendship', async () => {
    const [viewer, ...others] = await graph.givenPeople(21, { friends: 'PUBLIC' });
    await graph.befriend(viewer, ...others.slice(0, 5));
    await graph.befriend(others[6]!, others[7]!, others[0]);
    await send(others[10]!, viewer);
    const selection = `{ id friendship friendRequest { id from { id } to { id } }
      friends(first: 3) { totalCount edges { since node { id friendship presence { status gameTitle } } } }
      mutualFriends { totalCount edges { node { id } } } presence { status since gameTitle } }`;
    const cost = async (some: Person[]) => {
      let found: Answer['data'][] = [];
      const count = await graph.cost(async () => {
        found = await graph.entities(
          'User',
          some.map(({ id }) => id),
          selection,
          viewer.by,
        );
      });
      assert.deepEqual(
        found.map(({ id }) => id),
        some.map(({ id }) => id),
      );
      return { count, found };
    };
    const { count: forAll, found } = await cost(others);
    const { count: forTwo } = await cost([others[0], others[10]!]);
    assert.equal(forAll, forTwo);
    assert.ok(forAll <= 9, `${forAll} statements`);
    assert.deepEqual(
      found.slice(0, 11).map(({ friendship }) => friendship),
      [...Array<string>(5).fill('FRIENDS'), ...Array<string>(5).fill('NONE'), 'REQUEST_RECEIVED'],
    );
    assert.equal(found[0].friends.totalCount, 2);
    assert.deepEqual(ids(found[6].mutualFriends), [others[0].id]);
  });

  it('shows a request to its two users alone', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const id = await givenRequest(ann, bob);
    const seenBy = async (by: Person) =>
      (await graph.entities('FriendRequest', [id], '{ id sentAt }', by.by))[0]?.id ?? null;
    assert.deepEqual([await seenBy(ann), await seenBy(bob), await seenBy(cid)], [id, id, null]);
  });
});
