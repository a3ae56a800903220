import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { achievementUnlocked } from '@gamegraph/event-contracts';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import {
  BLOCK,
  nodes,
  type Person,
  SEND_REQUEST,
  type TestSocial,
  testSocial,
  UNBLOCK,
} from '../testing.js';

const EDIT = 'mutation ($id: ID!) { editMessage(id: $id, text: "edited") { __typename } }';

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

const block = (blocker: Person, blocked: Person) =>
  graph.data(BLOCK, { userId: blocked.id }, blocker.by);
const unblock = (blocker: Person, blocked: Person) =>
  graph.data(UNBLOCK, { userId: blocked.id }, blocker.by);
const request = async (from: Person, to: Person) =>
  (await graph.data(SEND_REQUEST, { userId: to.id }, from.by)).sendFriendRequest;
/** Fields of somebody, as somebody else sees them. */
const seen = async (who: Person, by: Person, fields: string) =>
  (await graph.entities('User', [who.id], `{ ${fields} }`, by.by))[0];
const received = async (by: Person) =>
  (await seen(by, by, 'friendRequests(direction: RECEIVED) { totalCount }')).friendRequests
    .totalCount;
const notifications = async (of: Person): Promise<Answer['data'][]> => {
  const fields = 'unreadNotificationsCount notifications { edges { node { kind actor { id } } } }';
  const { notifications: list, unreadNotificationsCount } = await seen(of, of, fields);
  assert.equal(unreadNotificationsCount <= list.edges.length, true);
  return nodes(list);
};

describe('blocking', () => {
  it('is idempotent, is listed for its owner alone, and is taken back', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await Promise.all([block(ann, bob), block(ann, bob)]);
    assert.equal((await seen(bob, ann, 'friendship')).friendship, 'BLOCKED');
    assert.equal(
      (await seen(ann, bob, 'friendship')).friendship,
      'NONE',
      'who is blocked is not told',
    );
    const list = 'blockedUsers { totalCount edges { since node { id } } }';
    const { blockedUsers } = await seen(ann, ann, list);
    assert.deepEqual([blockedUsers.totalCount, nodes(blockedUsers)], [1, [{ id: bob.id }]]);
    assert.equal((await seen(ann, bob, list)).blockedUsers, null);
    assert.deepEqual(await unblock(ann, bob), { unblockUser: { friendship: 'NONE' } });
    assert.equal(await graph.code(BLOCK, { userId: ann.id }, ann.by), 'BAD_USER_INPUT');
  });

  it('ends the friendship, and says so to other parts of the graph', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    await block(bob, ann);
    const told = (await graph.events())
      .filter(({ data }) => data.userIds?.includes(ann.userId))
      .map(({ data }) => data.areFriends);
    assert.deepEqual(told, [true, false]);
    await unblock(bob, ann);
    assert.equal((await seen(ann, bob, 'friendship')).friendship, 'NONE', 'it does not come back');
  });

  it('hides friends, and each from the friend lists of others', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3, { friends: 'PUBLIC' });
    await graph.befriend(cid, ann, bob);
    await block(ann, bob);
    const friendsOf = async (who: Person, by: Person) => {
      const { friends } = await seen(who, by, 'friends { totalCount edges { node { id } } }');
      return friends && nodes(friends).map(({ id }) => id);
    };
    assert.equal(await friendsOf(bob, ann), null);
    assert.equal(await friendsOf(ann, bob), null);
    assert.deepEqual(await friendsOf(cid, ann), [ann.id]);
    assert.deepEqual(await friendsOf(cid, bob), [bob.id]);
    assert.deepEqual(await friendsOf(cid, cid), [ann.id, bob.id]);
  });
});

describe('a request to who blocked one', () => {
  it('looks as any other to its sender, and is not known to its receiver', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await block(ann, bob);
    const { friendship, friendRequest } = await request(bob, ann);
    assert.equal(friendship, 'REQUEST_SENT');
    assert.equal(await received(ann), 0);
    assert.deepEqual(await notifications(ann), []);
    const { id } = friendRequest;
    assert.deepEqual(await graph.entities('FriendRequest', [id], '{ id }', ann.by), [null]);
    assert.equal((await seen(bob, ann, 'friendRequest { id }')).friendRequest, null);
    const ACCEPT = 'mutation ($id: ID!) { acceptFriendRequest(id: $id) { __typename } }';
    assert.equal(await graph.code(ACCEPT, { id }, ann.by), 'NOT_FOUND');
    const CANCEL = 'mutation ($id: ID!) { cancelFriendRequest(id: $id) { friendship } }';
    const { cancelFriendRequest } = await graph.data(CANCEL, { id }, bob.by);
    assert.equal(cancelFriendRequest.friendship, 'NONE');
  });

  it('is not heard when the block is taken back, and a new one is', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await block(ann, bob);
    await request(bob, ann);
    await unblock(ann, bob);
    assert.equal(await received(ann), 0);
    assert.deepEqual(await notifications(ann), []);
    await request(bob, ann);
    assert.equal(await received(ann), 1);
    assert.equal((await notifications(ann)).length, 1);
  });

  it('ends with the block that comes after it, in both directions', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await request(bob, ann);
    await request(ann, cid);
    await block(ann, bob);
    await block(ann, cid);
    assert.equal(await received(ann), 0);
    assert.equal(await received(cid), 0);
    const { unreadNotificationsCount } = await seen(ann, ann, 'unreadNotificationsCount');
    assert.equal(unreadNotificationsCount, 0);
  });

  it('is refused to who has set the block', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await block(ann, bob);
    assert.equal((await request(ann, bob)).__typename, 'UserBlocked');
  });
});

describe('a direct chat with who blocked one', () => {
  it('takes nothing new from either side, as any closed chat, and keeps what was said', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    const clientId = uuidv4();
    const { id } = await graph.say(bob, chatId, 'Hello', { clientId });
    await block(ann, bob);
    const closed = await graph.say(bob, chatId, 'Hello?');
    assert.equal(closed.__typename, 'ChatClosed');
    assert.doesNotMatch(closed.message, /block/i);
    assert.deepEqual(await graph.say(ann, chatId, 'Bye'), closed);
    assert.equal((await graph.data(EDIT, { id }, bob.by)).editMessage.__typename, 'ChatClosed');
    assert.equal((await graph.say(bob, chatId, 'Hello', { clientId })).id, id, 'a late resend');
    const [chat] = await graph.entities(
      'Chat',
      [chatId],
      '{ messages { edges { node { text } } } }',
      ann.by,
    );
    assert.deepEqual(nodes(chat.messages), [{ text: 'Hello' }]);
    await unblock(ann, bob);
    assert.equal((await graph.say(bob, chatId, 'Hello again')).__typename, 'Message');
  });

  it('is opened as any other, and is listed for nobody', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await block(ann, bob);
    const chatId = await graph.givenDirectChat(bob, ann);
    assert.equal((await graph.say(bob, chatId, 'Hello?')).__typename, 'ChatClosed');
    assert.equal((await seen(ann, ann, 'chats { totalCount }')).chats.totalCount, 0);
  });
});

describe('a group with who blocked one', () => {
  it('cannot be made with them, nor can they be added', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenGroup(bob);
    await graph.befriend(ann, bob);
    await block(ann, bob);
    const CREATE =
      'mutation ($input: CreateGroupChatInput!) { createGroupChat(input: $input) { __typename } }';
    const made = await graph.data(CREATE, { input: { name: 'x', memberIds: [ann.id] } }, bob.by);
    assert.equal(made.createGroupChat.__typename, 'NotAFriend');
    const ADD = `mutation ($chatId: ID!, $userId: ID!) {
      addChatMember(chatId: $chatId, userId: $userId) { __typename } }`;
    const added = await graph.data(ADD, { chatId, userId: ann.id }, bob.by);
    assert.equal(added.addChatMember.__typename, 'NotAFriend');
  });

  it('hides what the two say from each other, and from nobody else', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(cid, ann, bob);
    const { id } = await graph.say(bob, chatId, 'from bob');
    await block(ann, bob);
    await graph.say(ann, chatId, 'from ann');
    await graph.say(cid, chatId, 'from cid', { replyToId: id });
    await graph.say(bob, chatId, 'from bob again');
    const fields = `{ unreadCount lastMessage { text }
      messages { totalCount edges { node { text replyTo { text } } } } }`;
    const view = async (by: Person) => {
      const [chat] = await graph.entities('Chat', [chatId], fields, by.by);
      const texts = nodes(chat.messages).map(({ text }) => text);
      assert.equal(chat.messages.totalCount, texts.length);
      assert.equal(chat.lastMessage.text, texts.at(-1));
      const { unreadMessagesCount } = await graph.data('{ unreadMessagesCount }', {}, by.by);
      assert.equal(unreadMessagesCount, chat.unreadCount);
      return {
        texts,
        unread: chat.unreadCount,
        answered: nodes(chat.messages).map(m => m.replyTo),
      };
    };
    const [toAnn, toBob, toCid] = [await view(ann), await view(bob), await view(cid)];
    assert.deepEqual([toAnn.texts, toAnn.unread], [['from ann', 'from cid'], 1]);
    assert.deepEqual(toAnn.answered, [null, null]);
    assert.deepEqual([toBob.texts, toBob.unread], [['from bob', 'from cid', 'from bob again'], 1]);
    assert.deepEqual([toCid.texts.length, toCid.unread], [4, 3]);
    await unblock(ann, bob);
    assert.equal((await view(ann)).texts.length, 4);
  });

  it('lets neither hear the other, nor be notified of the other', async () => {
    const ADDED = 'subscription { messageAdded { text } }';
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(cid, ann, bob);
    const heard = await graph.listen(ADDED, {}, ann, () => graph.say(bob, chatId, 'poke'));
    const READ = 'mutation ($id: ID!) { markChatRead(chatId: $id, sequence: 1000) { id } }';
    await graph.data(READ, { id: chatId }, ann.by);
    await block(ann, bob);
    const count = (await notifications(ann)).length;
    await graph.say(bob, chatId, 'from bob');
    assert.equal((await notifications(ann)).length, count, 'one of bob’s, read before, is hidden');
    await graph.say(cid, chatId, 'from cid');
    const texts = () => heard.results.map(({ data }) => data.messageAdded.text);
    await until('ann hears cid', () => texts().includes('from cid'));
    assert.ok(!texts().includes('from bob'));
    const fresh = (await notifications(ann)).filter(({ actor }) => actor.id === cid.id);
    assert.ok(fresh.some(({ kind }) => kind === 'MESSAGE'));
    heard.stop();
  });
});

describe('notifications by who is blocked', () => {
  it('are neither made nor shown, and are not counted', async () => {
    const NOTIFIED = 'subscription { notificationAdded { kind actor { id } } }';
    const [ann, bob, cid, ...rest] = await graph.givenPeople(8);
    await request(bob, ann);
    assert.deepEqual(await notifications(ann), [{ kind: 'FRIEND_REQUEST', actor: { id: bob.id } }]);
    const others = rest.values();
    const poke = () => request(others.next().value!, ann);
    const heard = await graph.listen(NOTIFIED, {}, ann, poke);
    await block(ann, bob);
    await request(bob, ann);
    await request(cid, ann);
    const actors = () => heard.results.map(({ data }) => data.notificationAdded.actor.id);
    await until('cid’s request is heard', () => actors().includes(cid.id));
    assert.ok(!actors().includes(bob.id));
    assert.ok(!(await notifications(ann)).some(({ actor }) => actor.id === bob.id));
    heard.stop();
  });
});

describe('presence and activity of who is blocked', () => {
  it('are hidden in both directions, however public they are', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3, { presence: 'PUBLIC', activity: 'PUBLIC' });
    const REPORT = `mutation ($input: ReportPresenceInput!) { reportPresence(input: $input) { status } }`;
    for (const { by } of [ann, bob]) {
      const input = { connectionId: uuidv4(), status: 'ONLINE' };
      await graph.data(REPORT, { input }, by);
    }
    const unlockOf = ({ userId }: Person) =>
      achievementUnlocked({
        ...{ id: uuidv7(), userId, gameId: uuidv7(), achievementKey: 'first', name: 'First' },
        unlockedAt: new Date().toISOString(),
      });
    await graph.deliver(unlockOf(ann), unlockOf(bob));
    const fields = 'presence { status } activities { totalCount }';
    const open = { presence: { status: 'ONLINE' }, activities: { totalCount: 1 } };
    const shut = { presence: { status: 'OFFLINE' }, activities: null };
    assert.deepEqual(await seen(bob, ann, fields), open);
    await block(ann, bob);
    assert.deepEqual(await seen(bob, ann, fields), shut);
    assert.deepEqual(await seen(ann, bob, fields), shut);
    assert.deepEqual(await seen(ann, cid, fields), open);
    await unblock(ann, bob);
    assert.deepEqual(await seen(ann, bob, fields), open);
  });

  it('leave the feed with the friendship, as does a friend’s word of them', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob, cid);
    await graph.befriend(cid, bob);
    const FEED = '{ feed { totalCount edges { node { user { id } friend { id } } } } }';
    const facts = async (by: Person) => {
      const feed = nodes((await graph.data(FEED, {}, by.by)).feed);
      return feed.map(({ user, friend }) => [user.id, friend.id]);
    };
    const names = (all: string[][], person: Person) => all.filter(fact => fact.includes(person.id));
    assert.equal(names(await facts(ann), bob).length, 3);
    await block(ann, bob);
    assert.deepEqual(names(await facts(ann), bob), []);
    assert.deepEqual(names(await facts(bob), ann), []);
    assert.deepEqual(await facts(ann), [[ann.id, cid.id]]);
  });
});
