import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { query, uuidOf } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { nodes, type Person, type TestSocial, testSocial } from '../testing.js';

const OPEN = 'mutation ($userId: ID!) { openDirectChat(userId: $userId) { id kind name } }';
const CREATE = `mutation ($input: CreateGroupChatInput!) { createGroupChat(input: $input) {
  __typename ... on Chat { id name kind members { edges { node { role joinedAt user { id } } } } } } }`;
const ADD = `mutation ($chatId: ID!, $userId: ID!) { addChatMember(chatId: $chatId, userId: $userId) {
  __typename ... on Chat { members { totalCount } } ... on Refusal { message } } }`;
const REMOVE = `mutation ($chatId: ID!, $userId: ID!) { removeChatMember(chatId: $chatId, userId: $userId) {
  members { totalCount } } }`;
const LEAVE = 'mutation ($chatId: ID!) { leaveChat(chatId: $chatId) }';
const RENAME = `mutation ($chatId: ID!, $name: String!) { renameChat(chatId: $chatId, name: $name) { name } }`;

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

/** The chat as somebody sees it: null when they are no member. */
async function chatOf(chatId: string, by: Person, selection = '{ id }') {
  return (await graph.entities('Chat', [chatId], selection, by.by))[0];
}
/** Who is in it, in order, the owner marked. */
async function membersOf(chatId: string, by: Person): Promise<string[]> {
  const { members } = await chatOf(
    chatId,
    by,
    '{ members { edges { node { role user { id } } } } }',
  );
  return nodes(members).map(({ role, user }) => (role === 'OWNER' ? `owner ${user.id}` : user.id));
}
async function chatsOf(person: Person, selection = '{ totalCount edges { node { id } } }') {
  return (await graph.entities('User', [person.id], `{ chats ${selection} }`, person.by))[0].chats;
}

describe('opening a direct chat', () => {
  it('gives the two one chat, whoever opens it and however many at once', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const answers = await Promise.all([
      ...[1, 2, 3].map(() => graph.data(OPEN, { userId: bob.id }, ann.by)),
      ...[1, 2, 3].map(() => graph.data(OPEN, { userId: ann.id }, bob.by)),
    ]);
    assert.equal(new Set(answers.map(answer => answer.openDirectChat.id)).size, 1);
    const { id, kind, name } = answers[0].openDirectChat;
    assert.deepEqual([kind, name], ['DIRECT', null]);
    assert.deepEqual((await membersOf(id, ann)).sort(), [ann.id, bob.id].sort());
    assert.equal(await graph.code(OPEN, { userId: ann.id }, ann.by), 'BAD_USER_INPUT');
  });

  it('lists it when something was said in it', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    assert.equal((await chatsOf(bob)).totalCount, 0);
    await graph.say(ann, chatId, 'Hello');
    assert.deepEqual(nodes(await chatsOf(bob)), [{ id: chatId }]);
  });

  it('cannot be left, and nobody can be added, removed or rename it', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenDirectChat(ann, bob);
    await graph.befriend(ann, cid);
    assert.equal((await graph.data(LEAVE, { chatId }, ann.by)).leaveChat, false);
    assert.equal(await graph.code(ADD, { chatId, userId: cid.id }, ann.by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(REMOVE, { chatId, userId: bob.id }, ann.by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(RENAME, { chatId, name: 'x' }, ann.by), 'BAD_USER_INPUT');
    assert.equal((await membersOf(chatId, ann)).length, 2);
  });
});

describe('making a group', () => {
  it('has its maker as the owner, and friends as members', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob, cid);
    const input = { name: ' Raiders ', memberIds: [bob.id, cid.id, bob.id, ann.id] };
    const { createGroupChat: chat } = await graph.data(CREATE, { input }, ann.by);
    assert.deepEqual([chat.name, chat.kind], ['Raiders', 'GROUP']);
    assert.deepEqual(
      nodes(chat.members).map(({ role, user }) => [role, user.id]),
      [
        ['MEMBER', bob.id],
        ['MEMBER', cid.id],
        ['OWNER', ann.id],
      ],
    );
    assert.deepEqual(nodes(await chatsOf(cid)), [{ id: chat.id }]);
  });

  it('refuses whoever is no friend, and a name without text', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob);
    const input = { name: 'x', memberIds: [bob.id, cid.id] };
    const { createGroupChat } = await graph.data(CREATE, { input }, ann.by);
    assert.equal(createGroupChat.__typename, 'NotAFriend');
    const mute = { name: ' ', memberIds: [] };
    assert.equal(await graph.code(CREATE, { input: mute }, ann.by), 'BAD_USER_INPUT');
  });

  it('shows nothing of it to others', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob);
    assert.deepEqual(await chatOf(chatId, bob), { id: chatId });
    assert.equal(await chatOf(chatId, cid), null);
    assert.deepEqual(await graph.entities('Chat', [chatId], '{ id }'), [null]);
    assert.equal(await graph.code(RENAME, { chatId, name: 'x' }, cid.by), 'NOT_FOUND');
    assert.equal(await graph.code(ADD, { chatId, userId: cid.id }, cid.by), 'NOT_FOUND');
  });
});

describe('members of a group', () => {
  it('are added by any member, from among their own friends', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob);
    await graph.befriend(bob, cid);
    const byAnn = await graph.data(ADD, { chatId, userId: cid.id }, ann.by);
    assert.equal(byAnn.addChatMember.__typename, 'NotAFriend');
    const answers = await Promise.all(
      [1, 2, 3].map(() => graph.data(ADD, { chatId, userId: cid.id }, bob.by)),
    );
    assert.deepEqual(
      answers.map(answer => answer.addChatMember.members.totalCount),
      [3, 3, 3],
    );
  });

  it('are 100 at most, also when the last two places are wanted by five', async () => {
    const [ann, ...others] = await graph.givenPeople(6);
    await graph.befriend(ann, ...others);
    const chatId = await graph.givenGroup(ann);
    await query(
      graph.em(),
      sql`INSERT INTO chat_member SELECT gen_random_uuid(), ${uuidOf('Chat', chatId)}::uuid, gen_random_uuid(),
            'MEMBER', now(), 0, 0 FROM generate_series(1, 97)`,
    );
    const answers = await Promise.all(
      others.map(({ id }) => graph.data(ADD, { chatId, userId: id }, ann.by)),
    );
    const kinds = answers.map(answer => answer.addChatMember.__typename).sort();
    assert.deepEqual(kinds, ['Chat', 'Chat', 'ChatFull', 'ChatFull', 'ChatFull']);
    const { members } = await chatOf(chatId, ann, '{ members { totalCount } }');
    assert.equal(members.totalCount, 100);
  });

  it('are removed by the owner alone, and see nothing from then on', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob, cid);
    assert.equal(await graph.code(REMOVE, { chatId, userId: cid.id }, bob.by), 'FORBIDDEN');
    assert.equal(await graph.code(RENAME, { chatId, name: 'Ours' }, bob.by), 'FORBIDDEN');
    assert.equal(await graph.code(REMOVE, { chatId, userId: ann.id }, ann.by), 'BAD_USER_INPUT');
    const { removeChatMember } = await graph.data(REMOVE, { chatId, userId: cid.id }, ann.by);
    assert.equal(removeChatMember.members.totalCount, 2);
    assert.equal(await chatOf(chatId, cid), null);
    const renamed = await graph.data(RENAME, { chatId, name: 'Ours' }, ann.by);
    assert.deepEqual(renamed.renameChat, { name: 'Ours' });
  });

  it('leave; the oldest of the others becomes the owner', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob, cid);
    assert.equal((await graph.data(LEAVE, { chatId }, ann.by)).leaveChat, true);
    assert.equal((await graph.data(LEAVE, { chatId }, ann.by)).leaveChat, false);
    assert.deepEqual(await membersOf(chatId, bob), [`owner ${bob.id}`, cid.id]);
    await graph.data(LEAVE, { chatId }, bob.by);
    await graph.data(LEAVE, { chatId }, cid.by);
    for (const person of [ann, bob, cid]) assert.equal(await chatOf(chatId, person), null);
  });

  it('hand over in order when the owner and the successor leave at once', async () => {
    for (let n = 0; n < 5; n++) {
      const [ann, bob, cid, dan] = await graph.givenPeople(4);
      const chatId = await graph.givenGroup(ann, bob, cid, dan!);
      await Promise.all([ann, bob].map(({ by }) => graph.data(LEAVE, { chatId }, by)));
      assert.deepEqual(await membersOf(chatId, dan!), [`owner ${cid.id}`, dan!.id]);
    }
  });
});

describe('listing chats', () => {
  it('has the one with the newest message first, for its owner alone', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const group = await graph.givenGroup(ann, bob, cid);
    const direct = await graph.givenDirectChat(ann, bob);
    await graph.say(ann, direct, 'one');
    await graph.say(bob, group, 'two');
    assert.deepEqual(
      nodes(await chatsOf(ann)).map(({ id }) => id),
      [group, direct],
    );
    await graph.say(bob, direct, 'three');
    assert.deepEqual(
      nodes(await chatsOf(ann)).map(({ id }) => id),
      [direct, group],
    );
    const [{ chats }] = await graph.entities('User', [ann.id], '{ chats { totalCount } }', bob.by);
    assert.equal(chats, null);
  });

  it('costs the same number of statements for two chats and for ten', async () => {
    const [ann, ...others] = await graph.givenPeople(11);
    const selection = `{ totalCount edges { node { id kind name createdAt unreadCount
      members { totalCount edges { node { role joinedAt user { id friendship } } } }
      messages(last: 2) { totalCount edges { node { id authorHandle author { id } replyTo { id } } } }
      lastMessage { id text authorHandle authorAvatarUrl chat { id } } } } }`;
    const counts: number[] = [];
    for (const [n, other] of others.entries()) {
      const chatId = await graph.givenDirectChat(other, ann);
      const { id: replyToId } = await graph.say(other, chatId, 'Hello');
      await graph.say(other, chatId, 'Hello again', { replyToId });
      if (n !== 1 && n !== 9) continue;
      let list: { totalCount: number; edges: unknown[] } | undefined;
      const cost = await graph.cost(async () => {
        list = await chatsOf(ann, selection);
      });
      assert.equal(list!.totalCount, n + 1);
      counts.push(cost);
    }
    assert.equal(counts[0], counts[1]);
    assert.ok(counts[1]! <= 14, `${counts[1]} statements`);
  });
});
