import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  gamePublished,
  type GameState,
  gameUpdated,
  userUpdated,
} from '@gamegraph/event-contracts';
import { type Announcement, globalId, query } from '@gamegraph/subgraph-kit';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { BLOCK, type Person, type TestSocial, testSocial, UNFRIEND } from '../testing.js';
import { sweepPresence } from './presence-watch.js';

const REPORT = `mutation ($input: ReportPresenceInput!) { reportPresence(input: $input) {
  status since gameTitle game { id } } }`;
const END = 'mutation ($connectionId: ID!) { endPresence(connectionId: $connectionId) }';
const CHANGED = `subscription { presenceChanged { user { id } presence { status gameTitle } } }`;

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

const START = Date.UTC(2027, 0, 1);
const setSeconds = (seconds: number) => graph.setClock(new Date(START + seconds * 1_000));

async function report(who: Person, status: string, more: object = {}) {
  const input = { connectionId: who.userId, status, ...more };
  return (await graph.data(REPORT, { input }, who.by)).reportPresence;
}
const end = async (who: Person, connectionId = who.userId) =>
  (await graph.data(END, { connectionId }, who.by)).endPresence;
async function seen(who: Person, by?: Person) {
  const [user] = await graph.entities(
    'User',
    [who.id],
    '{ presence { status gameTitle since } }',
    by?.by,
  );
  return user.presence;
}
const statusOf = async (who: Person, by?: Person) => (await seen(who, by)).status;

async function givenGame(state: Partial<GameState> = {}) {
  const game: GameState = {
    ...{
      id: uuidv7(),
      studioId: uuidv7(),
      slug: 'chess',
      title: 'Chess',
      coverUrl: null,
      tags: [],
    },
    ...{
      platforms: [],
      state: 'PUBLISHED',
      releasedAt: null,
      dataVersion: 0,
      prices: [],
      discounts: [],
    },
    ...state,
  };
  await graph.deliver(gamePublished(game));
  return { ...game, globalId: globalId('Game', game.id) };
}

describe('reporting presence', () => {
  it('shows friends what one plays, and since when', async () => {
    setSeconds(0);
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    const game = await givenGame();
    const mine = await report(ann, 'ONLINE', { gameId: game.globalId });
    assert.deepEqual(mine, {
      ...{ status: 'ONLINE', since: new Date(START).toISOString() },
      ...{ gameTitle: 'Chess', game: { id: game.globalId } },
    });
    setSeconds(30);
    await report(ann, 'ONLINE', { gameId: game.globalId });
    const { game: _, ...expected } = mine;
    assert.deepEqual(await seen(ann, bob), expected);
    await graph.deliver(gameUpdated({ ...game, title: 'Chess II' }));
    assert.equal((await seen(ann, bob)).gameTitle, 'Chess II');
    assert.deepEqual(await seen(bob, ann), { status: 'OFFLINE', gameTitle: null, since: null });
  });

  it('ends 85 seconds after the last heartbeat, or ten after it was ended', async () => {
    setSeconds(0);
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    await report(ann, 'ONLINE');
    setSeconds(84);
    assert.equal(await statusOf(ann, bob), 'ONLINE');
    setSeconds(85);
    assert.deepEqual(await seen(ann, bob), { status: 'OFFLINE', gameTitle: null, since: null });
    await report(ann, 'BUSY');
    assert.equal(await end(ann), true);
    setSeconds(94);
    assert.equal(await statusOf(ann, bob), 'BUSY');
    setSeconds(95);
    assert.equal(await statusOf(ann, bob), 'OFFLINE');
    assert.equal(await end(ann, uuidv4()), false);
  });

  it('takes reports of many devices at once', async () => {
    setSeconds(0);
    const [ann] = await graph.givenPeople(1);
    const ids = Array.from({ length: 8 }, () => uuidv4());
    await Promise.all(ids.map(connectionId => report(ann, 'AWAY', { connectionId })));
    await Promise.all(ids.slice(1).map(id => end(ann, id)));
    setSeconds(20);
    assert.equal(await statusOf(ann, ann), 'AWAY');
    await end(ann, ids[0]);
    setSeconds(30);
    assert.equal(await statusOf(ann, ann), 'OFFLINE');
  });

  it('takes no OFFLINE, no draft of a game, and nothing of who is not logged in', async () => {
    const [ann] = await graph.givenPeople(1);
    const draft = await givenGame({ state: 'DRAFT' });
    const code = (input: object, by = ann.by as { userId?: string }) =>
      graph.code(REPORT, { input: { connectionId: uuidv4(), status: 'ONLINE', ...input } }, by);
    assert.equal(await code({ status: 'OFFLINE' }), 'BAD_USER_INPUT');
    assert.equal(await code({ connectionId: 'pc' }), 'BAD_USER_INPUT');
    assert.equal(await code({ gameId: draft.globalId }), 'NOT_FOUND');
    assert.equal(await code({}, {}), 'UNAUTHENTICATED');
  });
});

describe('seeing presence', () => {
  it('is for the audience that one has chosen', async () => {
    graph.setClock(undefined);
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob);
    await report(ann, 'ONLINE');
    const seenBy = () => Promise.all([ann, bob, cid, undefined].map(by => statusOf(ann, by)));
    assert.deepEqual(await seenBy(), ['ONLINE', 'ONLINE', 'OFFLINE', 'OFFLINE']);
    const show = (presence: 'PUBLIC' | 'PRIVATE') =>
      graph.deliver(userUpdated({ ...ann.state, privacy: { ...ann.state.privacy, presence } }));
    await show('PRIVATE');
    assert.deepEqual(await seenBy(), ['ONLINE', 'OFFLINE', 'OFFLINE', 'OFFLINE']);
    await show('PUBLIC');
    assert.deepEqual(await seenBy(), ['ONLINE', 'ONLINE', 'ONLINE', 'ONLINE']);
    await report(ann, 'INVISIBLE');
    assert.deepEqual(await seenBy(), ['INVISIBLE', 'OFFLINE', 'OFFLINE', 'OFFLINE']);
    const { since, ...rest } = await seen(ann, bob);
    assert.deepEqual([since, rest], [null, { status: 'OFFLINE', gameTitle: null }]);
  });

  it('costs the same number of statements for 20 users', async () => {
    const game = await givenGame();
    const [viewer, ...others] = await graph.givenPeople(21, { presence: 'PUBLIC' });
    for (const other of others) await report(other, 'ONLINE', { gameId: game.globalId });
    const cost = async (some: Person[]) => {
      const ids = some.map(({ id }) => id);
      return graph.cost(async () => {
        const selection = '{ presence { status gameTitle game { id } } }';
        for (const { presence } of await graph.entities('User', ids, selection, viewer.by))
          assert.deepEqual([presence.status, presence.gameTitle], ['ONLINE', 'Chess']);
      });
    };
    assert.deepEqual([await cost(others.slice(0, 1)), await cost(others)], [3, 3]);
  });
});

describe('listening to presence', () => {
  const heardOf = (heard: { results: { data: { presenceChanged: never } }[] }, who: Person) =>
    heard.results
      .map(
        ({ data }) =>
          data.presenceChanged as { user: { id: string }; presence: { status: string } },
      )
      .filter(({ user }) => user.id === who.id)
      .map(({ presence }) => presence.status);
  let turn = 0;
  /** Shows a difference each time. */
  const toggle = (who: Person) => report(who, ++turn % 2 ? 'AWAY' : 'ONLINE');

  it('tells friends who comes, plays and goes, and nothing of a reconnect', async () => {
    setSeconds(0);
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob, cid);
    const heard = await graph.listen(CHANGED, {}, ann, () => toggle(cid));
    await report(bob, 'ONLINE');
    await until('bob is seen', () => heardOf(heard, bob).length === 1);
    setSeconds(10);
    await end(bob);
    setSeconds(19);
    await report(bob, 'ONLINE', { connectionId: uuidv4() });
    const game = await givenGame();
    await report(bob, 'BUSY', { gameId: game.globalId, connectionId: uuidv4() });
    await until('bob is seen playing', () => heardOf(heard, bob).length === 2);
    assert.deepEqual(heard.results.at(-1)!.data.presenceChanged.presence, {
      ...{ status: 'BUSY', gameTitle: 'Chess' },
    });
    setSeconds(19 + 86);
    await until('the sweeper has found out', () => heardOf(heard, bob).length === 3);
    assert.deepEqual(heardOf(heard, bob), ['ONLINE', 'BUSY', 'OFFLINE']);
    heard.stop();
  });

  it('tells of friends alone, as they are at that moment, and only for whom they show it', async () => {
    graph.setClock(undefined);
    const [ann, bob, cid, dan, eve, fay] = await graph.givenPeople(6);
    await graph.befriend(ann, bob, cid, dan!, eve!);
    const heard = await graph.listen(CHANGED, {}, ann, () => toggle(bob));
    await graph.data(UNFRIEND, { userId: ann.id }, cid.by);
    await graph.data(BLOCK, { userId: ann.id }, dan!.by);
    const privacy = { ...eve!.state.privacy, presence: 'PRIVATE' as const };
    await graph.deliver(userUpdated({ ...eve!.state, privacy }));
    for (const quiet of [cid, dan!, eve!, fay!]) await report(quiet, 'ONLINE');
    await graph.befriend(ann, fay!);
    await report(fay!, 'BUSY');
    await until('the new friend is seen', () => heardOf(heard, fay!).length > 0);
    assert.deepEqual(heardOf(heard, fay!), ['BUSY']);
    for (const quiet of [cid, dan!, eve!]) assert.deepEqual(heardOf(heard, quiet), []);
    heard.stop();
  });

  it('tells nothing of who comes and goes unseen', async () => {
    setSeconds(1_000);
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob, cid);
    const heard = await graph.listen(CHANGED, {}, ann, () => toggle(cid));
    await report(bob, 'INVISIBLE');
    await report(bob, 'ONLINE');
    await until('bob is seen', () => heardOf(heard, bob).length > 0);
    await report(bob, 'INVISIBLE');
    await until('bob is gone', () => heardOf(heard, bob).length > 1);
    assert.deepEqual(heardOf(heard, bob), ['ONLINE', 'OFFLINE']);
    heard.stop();
  });
});

describe('sweeping presences', () => {
  it('announces each end once, to friends, and leaves nothing behind', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob);
    setSeconds(10_000);
    await report(ann, 'ONLINE');
    await report(ann, 'AWAY', { connectionId: uuidv4() });
    await report(cid, 'INVISIBLE');
    graph.setClock(undefined); // the subgraph's own sweeper finds nothing to do
    const announced: Announcement[] = [];
    const live = { announce: async (some: Announcement[]) => void announced.push(...some) };
    const sweep = (seconds: number) =>
      sweepPresence(graph.em(), new Date(START + seconds * 1_000), live);
    const ofThese = () => announced.filter(({ id }) => [ann.userId, cid.userId].includes(id));
    await sweep(10_084);
    assert.deepEqual(ofThese(), []);
    await Promise.all([sweep(10_085), sweep(10_085)]);
    await sweep(10_085);
    assert.deepEqual(ofThese(), [{ topic: `friends-presence:${bob.userId}`, id: ann.userId }]);
    const kept = await query(
      graph.em(),
      sql`SELECT FROM presence WHERE id IN (${ann.userId}, ${cid.userId})`,
    );
    assert.deepEqual(kept, []);
  });
});
