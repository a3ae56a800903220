import assert from 'node:assert/strict';
import { type UserState, userCreated } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Answer, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { social } from './subgraph.js';

/** Somebody in a test: their global id, their uuid, and who they are to `ask`. */
export interface Person {
  id: string;
  userId: string;
  handle: string;
  by: { userId: string };
  state: UserState;
}

export const SEND_REQUEST = `mutation ($userId: ID!) { sendFriendRequest(userId: $userId) {
  __typename ... on User { id friendship friendRequest { id } } ... on Refusal { message } } }`;
export const UNFRIEND = 'mutation ($userId: ID!) { unfriend(userId: $userId) { friendship } }';
export const BLOCK = 'mutation ($userId: ID!) { blockUser(userId: $userId) { friendship } }';
export const UNBLOCK = 'mutation ($userId: ID!) { unblockUser(userId: $userId) { friendship } }';
export const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  __typename ... on Message { id sequence text } ... on Refusal { message } } }`;
const OPEN_DIRECT = 'mutation ($userId: ID!) { openDirectChat(userId: $userId) { id } }';
const CREATE_GROUP = `mutation ($input: CreateGroupChatInput!) { createGroupChat(input: $input) {
  __typename ... on Chat { id } } }`;

let count = 0;

/** The subgraph with what its tests do most. */
export async function testSocial() {
  const graph = await testSubgraph(social);
  return Object.assign(graph, {
    /** People whom `users` has announced. */
    async givenPeople(size: number, privacy: Partial<UserState['privacy']> = {}) {
      const people = Array.from({ length: size }, () => newPerson(privacy));
      await graph.deliver(...people.map(({ state }) => userCreated(state)));
      return people as [Person, Person, Person, ...Person[]];
    },
    async befriend(one: Person, ...others: Person[]) {
      for (const other of others) {
        await graph.data(SEND_REQUEST, { userId: other.id }, one.by);
        const answer = await graph.data(SEND_REQUEST, { userId: one.id }, other.by);
        assert.equal(answer.sendFriendRequest.friendship, 'FRIENDS');
      }
    },
    /** The id of their direct chat. */
    async givenDirectChat(one: Person, other: Person): Promise<string> {
      return (await graph.data(OPEN_DIRECT, { userId: other.id }, one.by)).openDirectChat.id;
    },
    /** The id of a group whose members become the owner's friends. */
    async givenGroup(owner: Person, ...members: Person[]): Promise<string> {
      await this.befriend(owner, ...members);
      const input = { name: 'A group', memberIds: members.map(({ id }) => id) };
      return (await graph.data(CREATE_GROUP, { input }, owner.by)).createGroupChat.id;
    },
    async say(author: Person, chatId: string, text: string, more: object = {}) {
      const input = { chatId, clientId: uuidv4(), text, ...more };
      return (await graph.data(SEND, { input }, author.by)).sendMessage;
    },
    /** How many statements some work sends, without those that the announcer and the sweeper happen to send meanwhile. */
    async cost(work: () => Promise<unknown>): Promise<number> {
      const isOurs = (statement: string) =>
        !/from "chat_member"|pg_try_advisory_xact_lock|skip locked/.test(statement);
      return (await graph.statements(work)).filter(isOurs).length;
    },
    /** Subscribes, and does something again and again until it is told: from then on nothing is missed. */
    async listen(document: string, variables: object, who: Person, poke: () => Promise<unknown>) {
      const subscription = graph.subscribe(document, variables, who.by);
      const isOn = async () => {
        if (subscription.results.length > 0) return true;
        await poke();
        return false;
      };
      await until('the subscription is on', isOn, { intervalMs: 100 });
      return subscription;
    },
  });
}

export type TestSocial = Awaited<ReturnType<typeof testSocial>>;

/** Somebody whom `users` has not announced yet. */
export function newPerson(privacy: Partial<UserState['privacy']> = {}): Person {
  const userId = uuidv7();
  const handle = `user${String(++count).padStart(4, '0')}`;
  const state: UserState = {
    ...{ id: userId, handle, displayName: handle, avatarUrl: null, region: null, isBanned: false },
    privacy: {
      ...{ library: 'PUBLIC', friends: 'FRIENDS', activity: 'FRIENDS', presence: 'FRIENDS' },
      ...privacy,
    },
    createdAt: new Date().toISOString(),
  };
  return { id: globalId('User', userId), userId, handle, by: { userId }, state };
}

/** The nodes of a connection. */
export function nodes(connection: Answer['data']): Answer['data'][] {
  return connection.edges.map(({ node }: Answer['data']) => node);
}
