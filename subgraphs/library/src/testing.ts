import assert from 'node:assert/strict';
import {
  friendshipChanged,
  gameCreated,
  type GameState,
  type OrderState,
  purchaseHeld,
  studioFounded,
  type StudioState,
  userCreated,
  type UserState,
} from '@gamegraph/event-contracts';
import { globalId, query } from '@gamegraph/subgraph-kit';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { library } from './subgraph.js';

const NIL = '00000000-0000-0000-0000-000000000000';

interface Snapshot {
  id: string;
  state: object;
}

/** Somebody of a test: their uuid, their global id, and who they are to `ask`. */
export interface Somebody {
  userId: string;
  id: string;
  by: { userId: string };
}

/** A game of a test: its uuid, and its global id. */
export interface SomeGame {
  gameId: string;
  id: string;
}

/** The subgraph, and what its tests begin with: what other subgraphs have announced. */
export interface TestLibrary extends TestSubgraph {
  givenUser(privacy?: Partial<UserState['privacy']>, isBanned?: boolean): Promise<Somebody>;
  givenGame(more?: Partial<GameState>): Promise<SomeGame>;
  /** A game, and somebody who may do these things for its studio. */
  givenStudio(
    ...permissions: StudioState['members'][number]['permissions']
  ): Promise<{ game: SomeGame; member: Somebody }>;
  givenFriends(one: Somebody, other: Somebody): Promise<() => Promise<void>>;
  /** Has somebody buy games; returns the global ids of the entries. */
  givenOwned(user: Somebody, ...games: SomeGame[]): Promise<string[]>;
  /** The global ids of entries, as their owner sees them. */
  entryIds(user: Somebody, ...games: SomeGame[]): Promise<string[]>;
  /** What must hold whatever happened: what is derived is what it derives from, and what was announced is what is kept. */
  assertSound(): Promise<void>;
}

export function orderOf(user: Somebody, game: SomeGame): OrderState {
  return {
    ...{ id: uuidv7(), buyerId: user.userId, gameId: game.gameId, state: 'HELD', reason: null },
    ...{ currency: 'EUR', minor: '1999', createdAt: new Date().toISOString() },
  };
}

export async function testLibrary(): Promise<TestLibrary> {
  const graph = await testSubgraph(library);
  let count = 0;

  const givenUser: TestLibrary['givenUser'] = async (privacy = {}, isBanned = false) => {
    const userId = uuidv7();
    const handle = `user${++count}`;
    const everyone = { library: 'PUBLIC', friends: 'PUBLIC', activity: 'PUBLIC' } as const;
    const state: UserState = {
      ...{ id: userId, handle, displayName: handle, avatarUrl: null, region: null, isBanned },
      privacy: { ...everyone, presence: 'PUBLIC', ...privacy },
      createdAt: new Date().toISOString(),
    };
    await graph.deliver(userCreated(state));
    return { userId, id: globalId('User', userId), by: { userId } };
  };

  const givenGame: TestLibrary['givenGame'] = async (more = {}) => {
    const gameId = uuidv7();
    const state: GameState = {
      ...{ id: gameId, studioId: uuidv7(), slug: `game-${++count}`, title: `Game ${count}` },
      ...{ coverUrl: null, tags: [], platforms: [], state: 'PUBLISHED', releasedAt: null },
      ...{ dataVersion: 0, prices: [], discounts: [] },
      ...more,
    };
    await graph.deliver(gameCreated(state));
    return { gameId, id: globalId('Game', gameId) };
  };

  const entryIds: TestLibrary['entryIds'] = async (user, ...games) => {
    const ids = games.map(({ id }) => id);
    const found = await graph.entities('Game', ids, '{ libraryEntry { id } }', user.by);
    return found.map(({ libraryEntry }) => libraryEntry?.id);
  };

  return {
    ...graph,
    ...{ givenUser, givenGame, entryIds },
    async givenStudio(...permissions) {
      const [studioId, member] = [uuidv7(), await givenUser()];
      const members = [{ userId: member.userId, permissions }];
      await graph.deliver(studioFounded({ id: studioId, name: 'S', handle: 's', members }));
      return { game: await givenGame({ studioId }), member };
    },
    async givenFriends(one, other) {
      const userIds = [one.userId, other.userId].sort() as [string, string];
      const state = { id: uuidv7(), userIds, since: new Date().toISOString() };
      await graph.deliver(friendshipChanged({ ...state, areFriends: true }));
      return () => graph.deliver(friendshipChanged({ ...state, areFriends: false }));
    },
    async givenOwned(user, ...games) {
      await graph.deliver(...games.map(game => purchaseHeld(orderOf(user, game))));
      return entryIds(user, ...games);
    },
    async assertSound() {
      const unsound = await query(
        graph.em(),
        sql`SELECT 'owned' AS what, id FROM library_entry AS e
            WHERE is_owned <> EXISTS (SELECT 1 FROM licence AS l WHERE l.state = 'ACTIVE'
              AND (l.user_id, l.game_id) = (e.user_id, e.game_id))
            UNION ALL
            SELECT 'played', e.id FROM library_entry AS e WHERE playtime_seconds <> (
              SELECT coalesce(floor(sum(extract(epoch FROM upper(i) - lower(i)))), 0) FROM (
                SELECT unnest(range_agg(tstzrange(started_at, ended_at))) AS i
                FROM play_session AS s WHERE s.entry_id = e.id AND ended_at IS NOT NULL) AS union_of_all)
            UNION ALL
            SELECT 'unlocked', a.id FROM achievement AS a WHERE unlocks_count <> (
              SELECT count(*) FROM achievement_unlock AS u WHERE u.achievement_id = a.id)
            UNION ALL
            SELECT 'tallied', game_id FROM library_entry FULL JOIN game_tally USING (game_id)
            GROUP BY game_id, entries_count HAVING entries_count IS DISTINCT FROM count(library_entry.id)`,
      );
      assert.deepEqual(unsound, []);
      for (const { aggregate } of library.sources) {
        const kept: Snapshot[] = await graph.operate(
          'GET',
          `snapshots?topic=${aggregate.topic}&afterId=${NIL}`,
        );
        const told = await query<{ aggregateid: string; type: string; payload: object }>(
          graph.em(),
          sql`SELECT DISTINCT ON (aggregateid) aggregateid, type, payload FROM (
                SELECT aggregatetype, aggregateid, version, type, payload FROM events.outbox UNION ALL
                SELECT aggregatetype, aggregateid, version, type, payload FROM events.outbox_archive) AS told
              WHERE aggregatetype = ${aggregate.topic} ORDER BY aggregateid, version DESC`,
        );
        const endings = new Set(
          aggregate.events.filter(event => event.endsAggregate).map(({ type }) => type),
        );
        const alive = told.filter(({ type }) => !endings.has(type));
        assert.deepEqual(
          new Map(alive.map(({ aggregateid, payload }) => [aggregateid, payload])),
          new Map(kept.map(({ id, state }) => [id, state])),
        );
      }
    },
  };
}
