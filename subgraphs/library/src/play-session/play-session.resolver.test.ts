import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { purchaseHeld, refundRequested } from '@gamegraph/event-contracts';
import type { Answer } from '@gamegraph/subgraph-kit/testing';
import {
  orderOf,
  type SomeGame,
  type Somebody,
  type TestLibrary,
  testLibrary,
} from '../testing.js';
import { endSilentSessions } from './playtime.js';

const SESSION = 'id deviceId startedAt endedAt entry { id playtimeSeconds lastPlayedAt isRunning }';
const START = `mutation ($gameId: ID!, $deviceId: String!) { startPlaySession(gameId: $gameId, deviceId: $deviceId) {
  __typename ... on PlaySession { ${SESSION} } ... on Refusal { message } } }`;
const BEAT = `mutation ($id: ID!) { beatPlaySession(id: $id) {
  __typename ... on PlaySession { ${SESSION} } ... on Refusal { message } } }`;
const END = `mutation ($id: ID!) { endPlaySession(id: $id) { ${SESSION} } }`;
const REPORT = `mutation ($sessions: [PlaySessionReport!]!) { reportPlaySessions(sessions: $sessions) {
  acceptedCount rejected { index message } } }`;

const T0 = Date.parse('2026-11-21T10:00:00Z');

let graph: TestLibrary;
before(async () => {
  graph = await testLibrary();
});
afterEach(() => graph.setClock(undefined));
after(() => graph.stop());

/** So many seconds after the story of a test began. */
const time = (seconds: number) => new Date(T0 + seconds * 1_000);
const isAt = (seconds: number) => graph.setClock(time(seconds));

async function givenPlayer() {
  isAt(0);
  const [user, game] = [await graph.givenUser(), await graph.givenGame()];
  const [entryId] = await graph.givenOwned(user, game);
  return { user, game, entryId: entryId! };
}

const start = async (user: Somebody, game: SomeGame, deviceId = 'desk') =>
  (await graph.data(START, { gameId: game.id, deviceId }, user.by)).startPlaySession;
const beat = async (user: Somebody, id: string) =>
  (await graph.data(BEAT, { id }, user.by)).beatPlaySession;
const end = async (user: Somebody, id: string) =>
  (await graph.data(END, { id }, user.by)).endPlaySession;
const report = async (user: Somebody, sessions: object[]) =>
  (await graph.data(REPORT, { sessions }, user.by)).reportPlaySessions;

async function entryOf(user: Somebody, id: string): Promise<Answer['data']> {
  const fields = '{ playtimeSeconds lastPlayedAt isRunning }';
  return (await graph.entities('LibraryEntry', [id], fields, user.by))[0];
}

async function endedSessions(user: Somebody) {
  const all = await graph.events();
  return all
    .filter(({ type, data }) => type.includes('play-session') && data.userId === user.userId)
    .map(({ data }) => [data.startedAt, data.endedAt]);
}

describe('playing', () => {
  it('begins with owning the game', async () => {
    const { user, game } = await givenPlayer();
    assert.equal((await start(user, await graph.givenGame())).__typename, 'GameNotOwned');
    assert.equal((await start(await graph.givenUser(), game)).__typename, 'GameNotOwned');
    const variables = { gameId: game.id, deviceId: 'desk' };
    assert.equal(await graph.code(START, variables), 'UNAUTHENTICATED');
    const mute = { ...variables, deviceId: '' };
    assert.equal(await graph.code(START, mute, user.by), 'BAD_USER_INPUT');
  });

  it('is counted by our clock from start to end, and announced once', async () => {
    const { user, game, entryId } = await givenPlayer();
    const { __typename, ...session } = await start(user, game);
    assert.equal(__typename, 'PlaySession');
    assert.deepEqual(
      { ...session, id: undefined },
      {
        ...{ id: undefined, deviceId: 'desk', endedAt: null },
        startedAt: time(0).toISOString(),
        entry: {
          ...{ id: entryId, playtimeSeconds: 0, isRunning: true },
          lastPlayedAt: time(0).toISOString(),
        },
      },
    );
    isAt(60);
    assert.equal((await beat(user, session.id)).__typename, 'PlaySession');
    isAt(100);
    const ended = await end(user, session.id);
    assert.equal(ended.endedAt, time(100).toISOString());
    assert.deepEqual(
      [ended.entry.playtimeSeconds, ended.entry.lastPlayedAt, ended.entry.isRunning],
      [100, time(100).toISOString(), false],
    );
    isAt(5_000);
    assert.deepEqual(await end(user, session.id), ended, 'what has ended stays so');
    assert.deepEqual(await endedSessions(user), [[time(0).toISOString(), time(100).toISOString()]]);
  });

  it('goes on after a start that comes again, and begins anew after silence', async () => {
    const { user, game, entryId } = await givenPlayer();
    const first = await start(user, game);
    isAt(90);
    assert.equal((await start(user, game)).id, first.id);
    const racing = await Promise.all(Array.from({ length: 6 }, () => start(user, game, 'couch')));
    assert.equal(new Set(racing.map(({ id }) => id)).size, 1);
    isAt(300);
    const later = await start(user, game);
    assert.notEqual(later.id, first.id);
    assert.deepEqual(await endedSessions(user), [[time(0).toISOString(), time(90).toISOString()]]);
    assert.equal((await entryOf(user, entryId)).playtimeSeconds, 90);
  });

  it('ends at the last beat when two in a row are missing', async () => {
    const { user, game, entryId } = await givenPlayer();
    const { id } = await start(user, game);
    isAt(60);
    await beat(user, id);
    isAt(180);
    assert.equal(
      (await beat(user, id)).__typename,
      'PlaySession',
      'two minutes are not yet silence',
    );
    isAt(301);
    const refused = await beat(user, id);
    assert.equal(refused.__typename, 'PlaySessionOver');
    assert.match(refused.message, /Start a new one/);
    assert.equal((await entryOf(user, entryId)).isRunning, false, 'before the job has come by');

    await endSilentSessions(graph.em(), time(301));
    await endSilentSessions(graph.em(), time(400));
    assert.deepEqual(await endedSessions(user), [[time(0).toISOString(), time(180).toISOString()]]);
    assert.equal((await entryOf(user, entryId)).playtimeSeconds, 180);
    assert.equal((await beat(user, id)).__typename, 'PlaySessionOver');
    assert.equal((await end(user, id)).endedAt, time(180).toISOString());
  });

  it('is nobody else’s to tell of', async () => {
    const { user, game } = await givenPlayer();
    const { id } = await start(user, game);
    const other = await graph.givenUser();
    assert.equal(await graph.code(BEAT, { id }, other.by), 'NOT_FOUND');
    assert.equal(await graph.code(END, { id }, other.by), 'NOT_FOUND');
    assert.deepEqual(await graph.entities('PlaySession', [id], '{ id }', other.by), [null]);
    assert.deepEqual(await graph.entities('PlaySession', [id], '{ id }', user.by), [{ id }]);
  });
});

describe('playtime', () => {
  it('counts what two devices play at the same time once', async () => {
    const { user, game, entryId } = await givenPlayer();
    const desk = await start(user, game, 'desk');
    isAt(40);
    const couch = await start(user, game, 'couch');
    isAt(100);
    await end(user, desk.id);
    assert.equal((await entryOf(user, entryId)).isRunning, true);
    isAt(130);
    await end(user, couch.id);
    const entry = await entryOf(user, entryId);
    assert.deepEqual([entry.playtimeSeconds, entry.isRunning], [130, false]);
    assert.equal((await endedSessions(user)).length, 2);
  });

  it('is exact when many sessions end at once', async () => {
    const { user, game, entryId } = await givenPlayer();
    const sessions = [];
    for (let n = 0; n < 12; n++) {
      isAt(n * 5);
      sessions.push(await start(user, game, `device ${n}`));
    }
    isAt(100);
    await Promise.all(sessions.map(({ id }) => end(user, id)));
    assert.equal((await entryOf(user, entryId)).playtimeSeconds, 100);
    assert.equal((await endedSessions(user)).length, 12);
    const { data: state } = (await graph.events()).findLast(
      ({ type, data }) => type.includes('entry') && data.userId === user.userId,
    )!;
    assert.equal(state.playtimeSeconds, 100);
  });

  it('merges what was played without a network, reported twice and in any order', async () => {
    const { user, game, entryId } = await givenPlayer();
    const { id } = await start(user, game);
    isAt(100);
    await end(user, id);
    isAt(10_000);
    const played = (from: number, to: number) => ({
      ...{ gameId: game.id, startedAt: time(from).toISOString(), endedAt: time(to).toISOString() },
    });
    const reports = [played(400, 500), played(50, 150), played(450, 600), played(150, 151)];
    const both = await Promise.all([report(user, reports), report(user, reports.toReversed())]);
    for (const told of both) assert.deepEqual(told, { acceptedCount: 4, rejected: [] });
    const entry = await entryOf(user, entryId);
    assert.equal(entry.playtimeSeconds, 151 + 200);
    assert.equal(entry.lastPlayedAt, time(600).toISOString());
    assert.equal((await endedSessions(user)).length, 5);
    await report(user, [played(0, 90)]);
    assert.equal((await entryOf(user, entryId)).playtimeSeconds, 351);
  });

  it('takes what can be right of a report, and names what cannot', async () => {
    const { user, game, entryId } = await givenPlayer();
    isAt(200_000);
    const played = (from: number, to: number, gameId = game.id) => ({
      ...{ gameId, startedAt: time(from).toISOString(), endedAt: time(to).toISOString() },
    });
    const { acceptedCount, rejected } = await report(user, [
      played(10, 20),
      played(30, 30),
      played(199_000, 200_001),
      played(-1, 20),
      played(100, 100 + 86_401),
      played(10, 20, (await graph.givenGame()).id),
      played(10, 20, 'nonsense'),
      played(1_000, 1_000 + 86_400),
    ]);
    assert.equal(acceptedCount, 2);
    assert.deepEqual(rejected, [
      { index: 1, message: 'It ends before it starts.' },
      { index: 2, message: 'It ends in the future.' },
      { index: 3, message: 'There was no licence for the game at that time.' },
      { index: 4, message: 'It is longer than 24 hours.' },
      { index: 5, message: 'There was no licence for the game at that time.' },
      { index: 6, message: 'There was no licence for the game at that time.' },
    ]);
    assert.equal((await entryOf(user, entryId)).playtimeSeconds, 86_410);
    const many = Array.from({ length: 101 }, () => played(10, 20));
    assert.equal(await graph.code(REPORT, { sessions: many }, user.by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(REPORT, { sessions: [] }), 'UNAUTHENTICATED');
  });

  it('takes what was played before the licence went, and nothing behind it', async () => {
    isAt(0);
    const [user, game] = [await graph.givenUser(), await graph.givenGame()];
    const order = orderOf(user, game);
    await graph.deliver(purchaseHeld(order));
    isAt(1_000);
    await graph.deliver(refundRequested(order));
    isAt(5_000);
    const played = (from: number, to: number) => ({
      ...{ gameId: game.id, startedAt: time(from).toISOString(), endedAt: time(to).toISOString() },
    });
    const sessions = [played(900, 1_000), played(990, 1_001), played(2_000, 2_010)];
    const { acceptedCount, rejected } = await report(user, sessions);
    assert.equal(acceptedCount, 1);
    assert.deepEqual(
      rejected.map(({ index }: { index: number }) => index),
      [1, 2],
    );
  });

  it('takes a report of many games in a constant number of statements', async () => {
    const user = await graph.givenUser();
    isAt(0);
    const games = await Promise.all(Array.from({ length: 5 }, () => graph.givenGame()));
    await graph.givenOwned(user, ...games);
    isAt(10_000);
    const played = (game: SomeGame) => ({
      ...{ gameId: game.id, startedAt: time(10).toISOString(), endedAt: time(20).toISOString() },
    });
    const one = await graph.statements(() => report(user, [played(games[0]!)]));
    const four = await graph.statements(() => report(user, games.slice(1).map(played)));
    assert.equal(four.length, one.length, four.join('\n'));
  });
});

it('keeps what it derives and what it announced equal to what it keeps', () => graph.assertSound());
