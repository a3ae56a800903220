import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  buildCreated,
  buildDeleted,
  type BuildState,
  buildUpdated,
} from '@gamegraph/event-contracts';
import { globalId, uuidOf } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v7 as uuidv7 } from 'uuid';
import { nodes, type Person, SEND_REQUEST, type TestSocial, testSocial } from '../testing.js';

const MARK_READ = `mutation ($input: MarkNotificationsInput!) { markNotificationsRead(input: $input) {
  unreadNotificationsCount unseenNotificationsCount } }`;
const MARK_SEEN = MARK_READ.replace('markNotificationsRead', 'markNotificationsSeen');
const PREFER = `mutation ($kind: NotificationKind!, $isEnabled: Boolean!) {
  setNotificationPreference(kind: $kind, isEnabled: $isEnabled) { kind isEnabled } }`;
const CHAT_READ = `mutation ($chatId: ID!, $sequence: Int!) {
  markChatRead(chatId: $chatId, sequence: $sequence) { id } }`;
const LIST = `totalCount edges { node { id kind createdAt seenAt readAt
  actor { id } game { id } build { id } chat { id } } }`;

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

/** Some of a user's own fields. */
const own = async (of: Person, fields: string, by = of) =>
  (await graph.entities('User', [of.id], `{ ${fields} }`, by.by))[0];
async function listOf(of: Person, args = 'first: 50'): Promise<Answer['data'][]> {
  return nodes((await own(of, `notifications(${args}) { ${LIST} }`)).notifications);
}
const countsOf = async (of: Person): Promise<[unread: number, unseen: number]> => {
  const counts = await own(of, 'unreadNotificationsCount unseenNotificationsCount');
  return [counts.unreadNotificationsCount, counts.unseenNotificationsCount];
};
const kindsOf = async (of: Person, args?: string) =>
  (await listOf(of, args)).map(({ kind }) => kind);
const request = async (from: Person, to: Person): Promise<string> =>
  (await graph.data(SEND_REQUEST, { userId: to.id }, from.by)).sendFriendRequest.friendRequest?.id;
const chatRead = (chatId: string, sequence: number, { by }: Person) =>
  graph.data(CHAT_READ, { chatId, sequence }, by);

describe('being notified', () => {
  it('tells of a request once, and who asked of the answer', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await request(ann, bob);
    await request(ann, bob);
    const [notification, ...none] = await listOf(bob);
    assert.deepEqual(none, []);
    assert.deepEqual([notification.kind, notification.actor], ['FRIEND_REQUEST', { id: ann.id }]);
    assert.deepEqual([notification.seenAt, notification.readAt], [null, null]);
    await request(bob, ann);
    assert.deepEqual(
      (await listOf(ann)).map(({ kind, actor }) => [kind, actor.id]),
      [['FRIEND_ACCEPTED', bob.id]],
    );
    assert.deepEqual(await countsOf(bob), [0, 0], 'an answered request has no more to tell');
    const [event] = await graph.events(uuidOf('Notification', notification.id));
    assert.deepEqual(
      [event!.type, event!.data.userId, event!.data.kind],
      ['social.notification.added.v1', bob.userId, 'FRIEND_REQUEST'],
    );
  });

  it('tells nothing more of a request that was taken back', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const id = await request(ann, bob);
    await graph.data('mutation ($id: ID!) { cancelFriendRequest(id: $id) { id } }', { id }, ann.by);
    assert.deepEqual(await countsOf(bob), [0, 0]);
    await request(ann, bob);
    assert.deepEqual(await countsOf(bob), [1, 1]);
  });

  it('tells of messages once until they are read, whoever writes, and not their author', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob, cid);
    const count = async (of: Person) =>
      (await kindsOf(of)).filter(kind => kind === 'MESSAGE').length;
    await Promise.all([1, 2, 3, 4].map(n => graph.say(n % 2 ? ann : cid, chatId, 'Hello')));
    assert.equal(await count(bob), 1);
    const [notification] = await listOf(bob);
    assert.deepEqual(notification.chat, { id: chatId });
    await chatRead(chatId, 2, bob);
    await graph.say(ann, chatId, 'there is more unread');
    assert.equal(await count(bob), 1);
    await chatRead(chatId, 5, bob);
    await graph.say(ann, chatId, 'new');
    assert.equal(await count(bob), 2);
    assert.equal(await count(ann), 1, 'cid’s first, and never her own');
  });

  it('does not count messages of a chat that was read or left', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const direct = await graph.givenDirectChat(ann, bob);
    await graph.say(ann, direct, 'Hello');
    assert.deepEqual(await countsOf(bob), [1, 1]);
    await chatRead(direct, 1, bob);
    assert.deepEqual(await countsOf(bob), [0, 0]);
    const group = await graph.givenGroup(ann, bob);
    const [unread] = await countsOf(bob);
    await graph.say(ann, group, 'Hello');
    assert.equal((await countsOf(bob))[0], unread + 1);
    await graph.data('mutation ($id: ID!) { leaveChat(chatId: $id) }', { id: group }, bob.by);
    assert.equal((await countsOf(bob))[0], unread);
    assert.equal((await listOf(bob)).find(({ kind }) => kind === 'MESSAGE')!.chat, null);
  });

  it('tells the author of a build when patches begin to concern it', async () => {
    const [ann] = await graph.givenPeople(1);
    const build: BuildState = {
      ...{
        id: uuidv7(),
        gameId: uuidv7(),
        authorId: ann.userId,
        name: 'Tank',
        visibility: 'PUBLIC',
      },
      ...{ publishedAt: null, revision: 1, dataVersion: 1, forkedFromId: null, likesCount: 0 },
      needsReview: false,
    };
    const flagged = { ...build, needsReview: true, patchVersion: 2 };
    await graph.deliver(buildCreated(build), buildUpdated(flagged));
    await graph.deliver(buildUpdated({ ...flagged, likesCount: 1 }));
    const [notification, ...none] = await listOf(ann);
    assert.deepEqual(none, []);
    assert.deepEqual(
      [notification.kind, notification.build, notification.game, notification.actor],
      [
        ...['BUILD_NEEDS_REVIEW', { id: globalId('Build', build.id) }],
        ...[{ id: globalId('Game', build.gameId) }, null],
      ],
    );
    await graph.deliver(buildUpdated({ ...build, revision: 2 }));
    assert.deepEqual(await countsOf(ann), [0, 0], 'it was reviewed');
    await graph.deliver(buildUpdated({ ...flagged, revision: 2, patchVersion: 3 }));
    assert.deepEqual(await countsOf(ann), [1, 1], 'by a later patch');
    await graph.deliver(buildUpdated({ ...flagged, revision: 2, patchVersion: 4 }));
    await graph.deliver(buildUpdated({ ...flagged, revision: 2, patchVersion: 4, likesCount: 2 }));
    await graph.deliver(buildUpdated({ ...flagged, revision: 2, patchVersion: 3 }));
    assert.deepEqual(await countsOf(ann), [2, 2], 'by one more, once');
    await graph.deliver(buildDeleted({ id: build.id }));
    assert.deepEqual(await listOf(ann), []);
  });

  it('says nothing of a copy that needed a review when it was made', async () => {
    const [ann] = await graph.givenPeople(1);
    const fork: BuildState = {
      ...{
        id: uuidv7(),
        gameId: uuidv7(),
        authorId: ann.userId,
        name: 'Tank',
        visibility: 'PUBLIC',
      },
      ...{ publishedAt: null, revision: 1, dataVersion: 1, forkedFromId: uuidv7(), likesCount: 0 },
      needsReview: true,
    };
    await graph.deliver(buildCreated(fork), buildUpdated({ ...fork, likesCount: 1 }));
    assert.deepEqual(await listOf(ann), []);
  });
});

describe('preferences', () => {
  it('switch a kind off and on, each for itself', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const off = { kind: 'FRIEND_REQUEST', isEnabled: false };
    const set = await graph.data(PREFER, off, bob.by);
    assert.deepEqual(set.setNotificationPreference, off);
    await request(ann, bob);
    await graph.say(ann, await graph.givenDirectChat(ann, bob), 'Hello');
    assert.deepEqual(await kindsOf(bob), ['MESSAGE']);
    const fields = 'notificationPreferences { kind isEnabled }';
    const preferences = (await own(bob, fields)).notificationPreferences;
    assert.deepEqual(
      preferences.map(({ kind, isEnabled }: Answer['data']) => [kind, isEnabled]),
      [
        ['FRIEND_REQUEST', false],
        ...['FRIEND_ACCEPTED', 'MESSAGE', 'BUILD_NEEDS_REVIEW'].map(kind => [kind, true]),
      ],
    );
    await graph.data(PREFER, { ...off, isEnabled: true }, bob.by);
    await request(cid, bob);
    assert.deepEqual(await kindsOf(bob), ['FRIEND_REQUEST', 'MESSAGE']);
  });
});

describe('seeing and reading', () => {
  it('are two things: what was shown is not yet opened', async () => {
    const [ann, ...others] = await graph.givenPeople(4);
    for (const other of others) await request(other, ann);
    const [newest, , oldest] = await listOf(ann);
    assert.deepEqual(await countsOf(ann), [3, 3]);
    const seen = await graph.data(MARK_SEEN, { input: { upTo: newest.createdAt } }, ann.by);
    assert.deepEqual(seen.markNotificationsSeen, {
      ...{ unreadNotificationsCount: 3, unseenNotificationsCount: 0 },
    });
    const read = await graph.data(MARK_READ, { input: { ids: [newest.id] } }, ann.by);
    assert.equal(read.markNotificationsRead.unreadNotificationsCount, 2);
    await graph.data(MARK_READ, { input: { upTo: oldest.createdAt } }, ann.by);
    assert.deepEqual(await countsOf(ann), [1, 0]);
    assert.equal((await listOf(ann, 'filter: { isRead: true }')).length, 2);
    assert.equal((await listOf(ann, 'filter: { isRead: false }')).length, 1);
    assert.equal((await listOf(ann, 'filter: {}, first: 2')).length, 2);
  });

  it('reads what was never shown, too', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await request(bob, ann);
    const [{ id }] = (await listOf(ann)) as [Answer['data']];
    await graph.data(MARK_READ, { input: { ids: [id] } }, ann.by);
    const [{ seenAt, readAt }] = (await listOf(ann)) as [Answer['data']];
    assert.ok(seenAt && seenAt === readAt);
  });

  it('is for their owner alone', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await request(bob, ann);
    const [{ id }] = (await listOf(ann)) as [Answer['data']];
    await graph.data(MARK_READ, { input: { ids: [id] } }, bob.by);
    assert.deepEqual(await countsOf(ann), [1, 1]);
    const fields = `notifications { totalCount } unreadNotificationsCount unseenNotificationsCount
      notificationPreferences { kind }`;
    assert.deepEqual(Object.values(await own(ann, fields, bob)), [null, null, null, null]);
    assert.deepEqual(await graph.entities('Notification', [id], '{ id }', bob.by), [null]);
    assert.deepEqual(await graph.entities('Notification', [id], '{ id }', ann.by), [{ id }]);
  });

  it('wants ids, or a moment', async () => {
    const [ann] = await graph.givenPeople(1);
    const upTo = new Date().toISOString();
    for (const input of [{}, { ids: [], upTo }, { ids: Array(101).fill('x') }])
      assert.equal(await graph.code(MARK_READ, { input }, ann.by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(MARK_READ, { input: { ids: ['x'] } }, ann.by), 'NOT_FOUND');
  });
});

describe('listing and listening', () => {
  it('costs the same number of statements for one notification and for twenty', async () => {
    const [ann, ...others] = await graph.givenPeople(21);
    const fields = `unreadNotificationsCount unseenNotificationsCount notifications { ${LIST} }`;
    const counts: number[] = [];
    for (const [n, other] of others.entries()) {
      await graph.say(other, await graph.givenDirectChat(other, ann), 'Hello');
      if (n !== 0 && n !== 19) continue;
      counts.push(await graph.cost(() => own(ann, fields)));
    }
    assert.deepEqual(counts, [4, 4], 'the page, its count, the counts, the chats');
  });

  it('tells of new ones over a socket, to their owner alone', async () => {
    const ADDED = 'subscription { notificationAdded { kind actor { id } } }';
    const [ann, bob, cid, ...others] = await graph.givenPeople(40);
    const more = others.values();
    const heard = await graph.listen(ADDED, {}, ann, () => request(more.next().value!, ann));
    const byBob = await graph.listen(ADDED, {}, bob, () => request(more.next().value!, bob));
    const soFar = byBob.results.length;
    await request(cid, ann);
    const actors = () => heard.results.map(({ data }) => data.notificationAdded.actor.id);
    await until('ann hears of cid', () => actors().includes(cid.id));
    await request(cid, bob);
    await until('bob hears of cid', () => byBob.results.length > soFar);
    const toBob = byBob.results.map(({ data }) => data.notificationAdded.actor.id);
    assert.equal(toBob.filter(id => id === cid.id).length, 1);
    heard.stop();
    byBob.stop();
  });
});
