import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { achievementUnlocked, userDeleted } from '@gamegraph/event-contracts';
import { query } from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { BLOCK, nodes, SEND, SEND_REQUEST, type TestSocial, testSocial } from '../testing.js';

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

describe('a deleted account', () => {
  it('leaves its words without a name, and nothing else', async () => {
    const [ann, bob, cid, dan] = await graph.givenPeople(4);
    await graph.befriend(ann, bob);
    await graph.data(SEND_REQUEST, { userId: cid.id }, ann.by);
    await graph.data(SEND_REQUEST, { userId: ann.id }, dan!.by);
    await graph.data(BLOCK, { userId: dan!.id }, ann.by);
    const direct = await graph.givenDirectChat(ann, bob);
    await graph.say(ann, direct, 'Goodbye');
    const group = await graph.givenGroup(ann, bob, cid);
    await graph.say(ann, group, 'Goodbye all');
    const REPORT = 'mutation ($i: ReportPresenceInput!) { reportPresence(input: $i) { status } }';
    await graph.data(REPORT, { i: { connectionId: uuidv4(), status: 'ONLINE' } }, ann.by);
    const PREFER =
      'mutation { setNotificationPreference(kind: MESSAGE, isEnabled: false) { kind } }';
    await graph.data(PREFER, {}, ann.by);
    const unlock = {
      id: uuidv7(),
      userId: ann.userId,
      gameId: uuidv7(),
      achievementKey: 'x',
      name: 'X',
    };
    await graph.deliver(achievementUnlocked({ ...unlock, unlockedAt: new Date().toISOString() }));

    await graph.deliver(userDeleted({ id: ann.userId }));

    const told = (await graph.events()).filter(({ data }) => data.userIds?.includes(ann.userId));
    const ended = told.filter(({ data }) => !data.areFriends);
    assert.deepEqual([told.length - ended.length, ended.length], [2, 2], 'bob’s and cid’s');
    const fields = `{ members { edges { node { role user { id } } } }
      messages { edges { node { text author { id } authorHandle } } } }`;
    const [chat] = await graph.entities('Chat', [group], fields, bob.by);
    assert.deepEqual(nodes(chat.messages), [
      { text: 'Goodbye all', author: null, authorHandle: null },
    ]);
    assert.deepEqual(nodes(chat.members), [
      { role: 'OWNER', user: { id: bob.id } },
      { role: 'MEMBER', user: { id: cid.id } },
    ]);
    assert.equal((await graph.say(bob, direct, 'Ann?')).__typename, 'ChatClosed');
    const lists =
      '{ friends { totalCount } notifications { totalCount } unreadNotificationsCount }';
    const [own] = await graph.entities('User', [bob.id], lists, bob.by);
    assert.deepEqual(Object.values(own), [{ totalCount: 0 }, { totalCount: 0 }, 0]);
    assert.deepEqual((await graph.data('{ feed { totalCount } }', {}, bob.by)).feed.totalCount, 0);
    for (const table of [
      'friend_request',
      'block',
      'chat_member',
      'presence',
      'activity',
      'notification',
      'notification_preference',
      'user_copy',
    ]) {
      const rows = await query(
        graph.em(),
        sql`SELECT FROM ${sql.table(table)} AS t WHERE to_jsonb(t)::text LIKE ${`%${ann.userId}%`}`,
      );
      assert.equal(rows.length, 0, table);
    }
  });

  it('can begin nothing with the token that outlives it, and nobody can with it', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    const chatId = await graph.givenDirectChat(ann, bob);
    await graph.deliver(userDeleted({ id: ann.userId }));
    assert.equal(await graph.code(SEND_REQUEST, { userId: bob.id }, ann.by), 'NOT_FOUND');
    assert.equal(await graph.code(SEND_REQUEST, { userId: ann.id }, bob.by), 'NOT_FOUND');
    assert.equal(await graph.code(BLOCK, { userId: bob.id }, ann.by), 'NOT_FOUND');
    const input = { chatId, clientId: uuidv4(), text: 'Boo' };
    assert.equal(await graph.code(SEND, { input }, ann.by), 'NOT_FOUND');
    const OPEN = 'mutation ($userId: ID!) { openDirectChat(userId: $userId) { id } }';
    assert.equal(await graph.code(OPEN, { userId: bob.id }, ann.by), 'NOT_FOUND');
  });
});
