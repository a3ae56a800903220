import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { ComeOnlineDocument, FriendsAtALookDocument, PlayOfflineDocument } from '../gql/graphql.js';
import { nodes, type Person } from '../person.js';
import type { PublishedGame, World } from '../world.js';

export function lookAtFriends(world: World): void {
  /** Somebody who owns both games, has played the second for longer, plays it now, and has a build of the first. */
  async function givenFriend(me: Person, [one, other]: [PublishedGame, PublishedGame]) {
    const friend = await world.givenPlayer('friend', { region: 'DE' });
    await world.givenLicence(friend, one);
    const since = await world.givenLicence(friend, other);
    const after = (ms: number) => new Date(since.getTime() + ms);
    const play = (game: PublishedGame, startedAt: Date, endedAt: Date) => ({
      ...{ gameId: game.id, startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() },
    });
    await world.givenBuild(friend, one, `Build of ${friend.handle}`);
    await world.givenFriends(me, friend);
    const input = { connectionId: randomUUID(), status: 'ONLINE' as const, gameId: other.id };
    await friend.data(ComeOnlineDocument, { input });
    await until('there was a time to play', () => Date.now() > after(2_200).getTime());
    const { reportPlaySessions } = await friend.data(PlayOfflineDocument, {
      sessions: [play(one, after(0), after(1_000)), play(other, after(200), after(2_200))],
    });
    assert.deepEqual(reportPlaySessions, { acceptedCount: 2, rejected: [] });
    return friend;
  }

  describe('a player who looks at friends', () => {
    it('gets their games, builds and presence by one query, at the same cost for 3 as for 6', async t => {
      const studio = await world.givenStudio();
      const games = [
        await world.givenGame(studio, { hasItems: true }),
        await world.givenGame(studio),
      ] as [PublishedGame, PublishedGame];
      const me = await world.givenPlayer('me');
      await world.settled();
      const look = () => me.data(FriendsAtALookDocument, { friends: 10 });
      const makeFriends = () => Promise.all([1, 2, 3].map(() => givenFriend(me, games)));

      const measured = async () => {
        const requests = await world.subgraphRequests(look);
        const statements: Record<string, number> = {};
        for (const { subgraph, calls } of await world.statements(look))
          statements[subgraph] = (statements[subgraph] ?? 0) + calls;
        return { requests, statements };
      };
      // What it takes at least: a job may have its turn meanwhile, or one batch become two.
      const cost = async () => {
        await world.settled();
        await look(); // the router plans an operation once
        const all = [await measured(), await measured(), await measured()];
        return {
          requests: leastOf(all.map(({ requests }) => requests)),
          statements: leastOf(all.map(({ statements }) => statements)),
        };
      };
      const friends = await makeFriends();
      const costOfThree = await cost();
      friends.push(...(await makeFriends()));
      const costOfSix = await cost();

      const list = (await look()).me!.friends!;
      assert.equal(list.totalCount, 6);
      assert.deepEqual(
        nodes(list).map(({ handle }) => handle),
        friends.map(({ handle }) => handle).sort(),
      );
      for (const friend of nodes(list)) {
        assert.equal(friend.region, 'DE');
        const [played, owned] = games.toReversed();
        assert.deepEqual(
          nodes(friend.library).map(({ playtimeSeconds, game }) => [playtimeSeconds, game.title]),
          [
            [2, played!.title],
            [1, owned!.title],
          ],
        );
        assert.equal(nodes(friend.library)[0]!.game.ownersCount, 6);
        assert.deepEqual(nodes(friend.builds), [
          {
            name: `Build of ${friend.handle}`,
            gameTitle: owned!.title,
            items: [
              { name: 'Great Sword', item: { category: 'Weapon' } },
              { name: 'Ring of Favour', item: { category: 'Ring' } },
            ],
            stats: [
              { name: 'Damage', value: 105 },
              { name: 'Weight', value: 12.5 },
            ],
          },
        ]);
        assert.deepEqual(friend.presence, {
          ...{ status: 'ONLINE', gameTitle: played!.title },
          game: { coverUrl: null, studio: { name: `Studio ${studio.founder.handle}` } },
        });
      }
      t.diagnostic(`for 3 friends: ${JSON.stringify(costOfThree)}`);
      t.diagnostic(`for 6 friends: ${JSON.stringify(costOfSix)}`);
      assert.deepEqual(costOfSix, costOfThree);
    });
  });
}

/** The least of each, without what was not in all. */
function leastOf(counts: Record<string, number>[]): Record<string, number> {
  const [first, ...others] = counts as [Record<string, number>, ...Record<string, number>[]];
  const inAll = Object.keys(first).filter(key => others.every(other => key in other));
  return Object.fromEntries(
    inAll.sort().map(key => [key, Math.min(...counts.map(each => each[key]!))]),
  );
}
