import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { userUpdated } from '@gamegraph/event-contracts';
import { uuidOf } from '@gamegraph/subgraph-kit';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v4 as uuidv4 } from 'uuid';
import { nodes, type Person, SEND, type TestSocial, testSocial } from '../testing.js';

const EDIT = `mutation ($id: ID!, $text: String!) { editMessage(id: $id, text: $text) {
  __typename ... on Message { text editedAt isDeleted } ... on Refusal { message } } }`;
const DELETE = 'mutation ($id: ID!) { deleteMessage(id: $id) { id text isDeleted sequence } }';
const READ = `mutation ($chatId: ID!, $sequence: Int!) {
  markChatRead(chatId: $chatId, sequence: $sequence) { unreadCount } }`;
const ADD = `mutation ($chatId: ID!, $userId: ID!) {
  addChatMember(chatId: $chatId, userId: $userId) { __typename } }`;
const REMOVE = `mutation ($chatId: ID!, $userId: ID!) {
  removeChatMember(chatId: $chatId, userId: $userId) { id } }`;
const LEAVE = 'mutation ($chatId: ID!) { leaveChat(chatId: $chatId) }';

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

async function messagesOf(chatId: string, by: Person, args = 'first: 100', more = '') {
  const selection = `{ messages(${args}) { totalCount pageInfo { startCursor }
    edges { node { id sequence text isDeleted ${more} } } } }`;
  return (await graph.entities('Chat', [chatId], selection, by.by))[0]?.messages ?? null;
}
async function textsOf(chatId: string, by: Person, args?: string): Promise<(string | null)[]> {
  return nodes(await messagesOf(chatId, by, args)).map(({ text }) => text);
}
/** Of one chat, and of all chats of the reader. */
async function unreadOf(chatId: string, by: Person): Promise<[number | undefined, number]> {
  const [chat] = await graph.entities('Chat', [chatId], '{ unreadCount }', by.by);
  const { unreadMessagesCount } = await graph.data('{ unreadMessagesCount }', {}, by.by);
  return [chat?.unreadCount, unreadMessagesCount];
}
const read = (chatId: string, sequence: number, by: Person) =>
  graph.data(READ, { chatId, sequence }, by.by);

describe('saying something', () => {
  it('keeps it with its author and place, and announces it without the text', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    const sent = await graph.say(ann, chatId, '  Hello,\r\nBob. ');
    assert.deepEqual(sent, {
      ...{ __typename: 'Message', id: sent.id, sequence: 1, text: 'Hello,\nBob.' },
    });
    const more =
      'sentAt editedAt chat { id } author { id } authorHandle authorAvatarUrl replyTo { id }';
    const [message] = nodes(await messagesOf(chatId, bob, 'first: 1', more));
    assert.deepEqual(
      { ...message, sentAt: undefined },
      {
        ...{ id: sent.id, sequence: 1, text: 'Hello,\nBob.', isDeleted: false, sentAt: undefined },
        ...{ editedAt: null, chat: { id: chatId }, author: { id: ann.id } },
        ...{ authorHandle: ann.handle, authorAvatarUrl: null, replyTo: null },
      },
    );
    const [event] = await graph.events(uuidOf('Message', sent.id));
    assert.equal(event!.type, 'social.message.posted.v1');
    assert.equal(event!.data.sequence, 1);
    assert.doesNotMatch(JSON.stringify(event), /Hello/);
  });

  it('is said once when it is sent again, also at once, and whatever came between', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    const clientId = uuidv4();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => graph.say(ann, chatId, 'Once', { clientId })),
    );
    assert.equal(new Set(answers.map(({ id }) => id)).size, 1);
    await graph.say(bob, chatId, 'Heard', { clientId });
    assert.deepEqual(await graph.say(ann, chatId, 'Once', { clientId }), answers[0]);
    assert.deepEqual(await textsOf(chatId, ann), ['Once', 'Heard']);
  });

  it('has places without a gap, in order, when five members say fifty things at once', async () => {
    const [ann, ...others] = await graph.givenPeople(5);
    const chatId = await graph.givenGroup(ann, ...others);
    const authors = [ann, ...others];
    const said = await Promise.all(
      Array.from({ length: 50 }, (_, n) => graph.say(authors[n % 5]!, chatId, `No. ${n}`)),
    );
    const places = Array.from({ length: 50 }, (_, n) => n + 1);
    assert.deepEqual(
      said.map(({ sequence }) => sequence).sort((a, b) => a - b),
      places,
    );
    const listed = nodes(await messagesOf(chatId, ann));
    assert.deepEqual(
      listed.map(({ sequence }) => sequence),
      places,
    );
    for (const { sequence, text } of said) assert.equal(listed[sequence - 1].text, text);
  });

  it('can answer what was said in the same chat, and nothing else', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenDirectChat(ann, bob);
    const elsewhere = await graph.say(ann, await graph.givenDirectChat(ann, cid), 'Elsewhere');
    const { id: replyToId } = await graph.say(ann, chatId, 'Well?');
    await graph.say(bob, chatId, 'Yes.', { replyToId });
    const [, answer] = nodes(await messagesOf(chatId, ann, 'first: 9', 'replyTo { id text }'));
    assert.deepEqual(answer.replyTo, { id: replyToId, text: 'Well?' });
    const input = { chatId, clientId: uuidv4(), text: 'x', replyToId: elsewhere.id };
    assert.equal(await graph.code(SEND, { input }, ann.by), 'NOT_FOUND');
  });

  it('is for members, and has 1 to 4,000 characters', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenDirectChat(ann, bob);
    const code = (text: string, by: Person, clientId = uuidv4()) =>
      graph.code(SEND, { input: { chatId, clientId, text } }, by.by);
    assert.equal(await code('x', cid), 'NOT_FOUND');
    assert.equal(await code(' \n ', ann), 'BAD_USER_INPUT');
    assert.equal(await code('x'.repeat(4_001), ann), 'BAD_USER_INPUT');
    assert.equal(await code('x', ann, 'no uuid'), 'BAD_USER_INPUT');
    assert.equal((await graph.say(ann, chatId, '😀'.repeat(4_000))).__typename, 'Message');
  });

  it('shows the present handle of its author after a rename', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    await graph.say(ann, chatId, 'Hello');
    const avatarUrl = 'https://example.org/ann.png';
    await graph.deliver(userUpdated({ ...ann.state, handle: 'anna', avatarUrl }));
    const more = 'authorHandle authorAvatarUrl';
    const [message] = nodes(await messagesOf(chatId, bob, 'last: 1', more));
    assert.deepEqual([message.authorHandle, message.authorAvatarUrl], ['anna', avatarUrl]);
  });
});

describe('reading a chat', () => {
  it('has the newest last, and pages back from it', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    for (const text of ['1', '2', '3', '4', '5']) await graph.say(ann, chatId, text);
    const newest = await messagesOf(chatId, bob, 'last: 2');
    assert.deepEqual(
      nodes(newest).map(({ text }) => text),
      ['4', '5'],
    );
    assert.equal(newest.totalCount, 5);
    const before_ = `last: 2, before: "${newest.pageInfo.startCursor}"`;
    assert.deepEqual(await textsOf(chatId, bob, before_), ['2', '3']);
  });

  it('begins for a new member with what is said from then on', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob);
    const { id: replyToId } = await graph.say(ann, chatId, 'Before');
    await graph.befriend(ann, cid);
    await graph.data(ADD, { chatId, userId: cid.id }, ann.by);
    assert.deepEqual(await textsOf(chatId, cid), []);
    assert.deepEqual(await unreadOf(chatId, cid), [0, 0]);
    await graph.say(bob, chatId, 'After', { replyToId });
    const [after_, ...none] = nodes(await messagesOf(chatId, cid, 'first: 9', 'replyTo { id }'));
    assert.deepEqual([after_.text, after_.replyTo, none], ['After', null, []]);
    assert.deepEqual(await graph.entities('Message', [replyToId], '{ text }', cid.by), [null]);
    assert.deepEqual(await unreadOf(chatId, cid), [1, 1]);
    await graph.data(REMOVE, { chatId, userId: cid.id }, ann.by);
    await graph.data(ADD, { chatId, userId: cid.id }, ann.by);
    assert.deepEqual(await textsOf(chatId, cid), [], 'who comes again begins anew');
  });
});

describe('what is unread', () => {
  it('is what others said behind the place that was read, which only goes forward', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    for (const text of ['1', '2', '3']) await graph.say(ann, chatId, text);
    await graph.say(bob, chatId, 'mine');
    assert.deepEqual(await unreadOf(chatId, bob), [3, 3]);
    assert.equal((await read(chatId, 2, bob)).markChatRead.unreadCount, 1);
    assert.equal((await read(chatId, 1, bob)).markChatRead.unreadCount, 1);
    assert.equal((await read(chatId, 1_000_000, bob)).markChatRead.unreadCount, 0);
    await graph.say(ann, chatId, '5');
    assert.deepEqual(await unreadOf(chatId, bob), [1, 1], 'nobody reads ahead');
    assert.deepEqual(await unreadOf(chatId, ann), [1, 1]);
  });

  it('goes forward whatever the order in which devices say so', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    for (let n = 0; n < 10; n++) await graph.say(ann, chatId, 'x');
    await Promise.all([3, 9, 1, 7, 5].map(sequence => read(chatId, sequence, bob)));
    assert.deepEqual(await unreadOf(chatId, bob), [1, 1]);
  });

  it('loses what is deleted, and everything when one leaves or is removed', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob, cid);
    const first = await graph.say(ann, chatId, 'one');
    await graph.say(ann, chatId, 'two');
    assert.deepEqual(await unreadOf(chatId, bob), [2, 2]);
    await graph.data(DELETE, { id: first.id }, ann.by);
    assert.deepEqual(await unreadOf(chatId, bob), [1, 1]);
    await graph.data(LEAVE, { chatId }, bob.by);
    assert.deepEqual(await unreadOf(chatId, bob), [undefined, 0]);
    await graph.data(REMOVE, { chatId, userId: cid.id }, ann.by);
    assert.deepEqual(await unreadOf(chatId, cid), [undefined, 0]);
    assert.equal(await graph.code(READ, { chatId, sequence: 1 }, cid.by), 'NOT_FOUND');
  });
});

describe('changing what was said', () => {
  it('edits the text, and says when', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    const { id } = await graph.say(ann, chatId, 'Helo');
    const { editMessage } = await graph.data(EDIT, { id, text: 'Hello ' }, ann.by);
    assert.deepEqual([editMessage.text, editMessage.isDeleted], ['Hello', false]);
    assert.ok(editMessage.editedAt);
    assert.deepEqual(await textsOf(chatId, bob), ['Hello']);
    assert.equal(await graph.code(EDIT, { id, text: ' ' }, ann.by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(EDIT, { id, text: 'Bye' }, bob.by), 'NOT_FOUND');
    assert.equal(await graph.code(DELETE, { id }, bob.by), 'NOT_FOUND');
  });

  it('leaves a tombstone where it deletes, which cannot be edited', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    const clientId = uuidv4();
    const { id } = await graph.say(ann, chatId, 'Oops', { clientId });
    const tombstone = { id, text: null, isDeleted: true, sequence: 1 };
    assert.deepEqual((await graph.data(DELETE, { id }, ann.by)).deleteMessage, tombstone);
    assert.deepEqual((await graph.data(DELETE, { id }, ann.by)).deleteMessage, tombstone);
    const { editMessage } = await graph.data(EDIT, { id, text: 'Hello' }, ann.by);
    assert.equal(editMessage.__typename, 'MessageDeleted');
    assert.equal((await graph.say(ann, chatId, 'Oops', { clientId })).text, null, 'a late resend');
    assert.deepEqual(nodes(await messagesOf(chatId, bob)), [tombstone]);
    const told = (await graph.events(uuidOf('Message', id))).map(({ data }) => data.isDeleted);
    assert.deepEqual(told, [false, true]);
  });
});

describe('listening', () => {
  const ADDED =
    'subscription ($chatId: ID) { messageAdded(chatId: $chatId) { text authorHandle chat { id } } }';
  const CHANGED =
    'subscription ($chatId: ID) { messageChanged(chatId: $chatId) { text isDeleted } }';
  const texts = ({ results }: { results: Answer[] }, field = 'messageAdded') =>
    results.map(({ data }) => data[field].text).filter(text => text !== 'poke');

  it('tells members of one chat what is said in it, in order, and nothing of another', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenDirectChat(ann, bob);
    const other = await graph.givenDirectChat(cid, bob);
    const heard = await graph.listen(ADDED, { chatId }, bob, () => graph.say(ann, chatId, 'poke'));
    await graph.say(cid, other, 'elsewhere');
    for (const text of ['1', '2', '3']) await graph.say(ann, chatId, text);
    await graph.say(bob, chatId, 'mine, from another device');
    await until('all is heard', () => texts(heard).length >= 4);
    assert.deepEqual(texts(heard), ['1', '2', '3', 'mine, from another device']);
    assert.deepEqual(heard.results.at(-1)!.data.messageAdded.chat, { id: chatId });
    heard.stop();
  });

  it('tells whoever names no chat of all theirs, also of those that begin later', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const first = await graph.givenDirectChat(ann, bob);
    const heard = await graph.listen(ADDED, {}, bob, () => graph.say(ann, first, 'poke'));
    const second = await graph.givenDirectChat(cid, bob);
    await graph.say(cid, second, 'new here');
    const third = await graph.givenGroup(ann, bob);
    await graph.say(ann, third, 'and here');
    await graph.say(ann, await graph.givenDirectChat(ann, cid), 'not for bob');
    await graph.say(ann, first, 'last');
    await until('all is heard', () => texts(heard).includes('last'));
    assert.deepEqual(texts(heard), ['new here', 'and here', 'last']);
    heard.stop();
  });

  it('tells nothing more to who was removed, though the socket stays open', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenGroup(ann, bob, cid);
    const poke = () => graph.say(ann, chatId, 'poke');
    const all = await graph.listen(ADDED, {}, bob, poke);
    const one = await graph.listen(ADDED, { chatId }, bob, poke);
    const witness = await graph.listen(ADDED, { chatId }, cid, poke);
    await graph.say(ann, chatId, 'before');
    await until('bob hears it', () => texts(one).length + texts(all).length === 2);
    await graph.data(REMOVE, { chatId, userId: bob.id }, ann.by);
    await graph.say(ann, chatId, 'after');
    await graph.say(bob, await graph.givenDirectChat(ann, bob), 'end'); // what bob still hears
    await until(
      'the others hear it',
      () => texts(witness).length === 2 && texts(all).includes('end'),
    );
    assert.deepEqual(texts(witness), ['before', 'after']);
    assert.deepEqual(texts(one), ['before']);
    assert.deepEqual(texts(all), ['before', 'end']);
    for (const subscription of [all, one, witness]) subscription.stop();
  });

  it('is refused to who is no member, and to nobody', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    const chatId = await graph.givenDirectChat(ann, bob);
    const codes = async (by: { userId?: string }) => {
      const { results, stop } = graph.subscribe(ADDED, { chatId }, by);
      const answer = await until('there is an answer', () => results[0]);
      stop();
      return answer.errors?.map(({ extensions }) => extensions?.code);
    };
    assert.deepEqual(await codes(cid.by), ['NOT_FOUND']);
    assert.deepEqual(await codes({}), ['UNAUTHENTICATED']);
  });

  it('tells of edits and deletions', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    const { id } = await graph.say(ann, chatId, 'Helo');
    const poke = () => graph.data(EDIT, { id, text: 'poke' }, ann.by);
    const one = await graph.listen(CHANGED, { chatId }, bob, poke);
    const all = await graph.listen(CHANGED, {}, bob, poke);
    await graph.data(EDIT, { id, text: 'Hello' }, ann.by);
    for (const heard of [one, all])
      await until('the edit is heard', () => texts(heard, 'messageChanged').includes('Hello'));
    await graph.data(DELETE, { id }, ann.by);
    for (const heard of [one, all]) {
      await until('the deletion is heard', () => texts(heard, 'messageChanged').includes(null));
      assert.equal(heard.results.at(-1)!.data.messageChanged.isDeleted, true);
      heard.stop();
    }
  });
});
