import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { BuildsOfRegionsDocument, TopGamesByOwnersDocument } from '../gql/graphql.js';
import { allPages, nodes, type Person } from '../person.js';
import type { PublishedGame, World } from '../world.js';

const TAG = 'analysed';
const GAMES = 40;

export function analyseGames(world: World): void {
  describe('an analyst', () => {
    let analyst: Person;
    let games: PublishedGame[];
    before(async () => {
      analyst = await world.givenPlayer('analyst', { roles: ['ANALYST'] });
      const studio = await world.givenStudio();
      const regions = ['DE', 'DE', 'JP', null];
      const players = await Promise.all(
        regions.map(region => world.givenPlayer('player', { region })),
      );
      games = [];
      for (let n = 0; n < GAMES; n++)
        games.push(await world.givenGame(studio, { tags: [TAG], hasItems: n < 4 }));
      await world.settled();
      // The first game has four owners, the next ones three, two, one; the others none.
      for (const [n, game] of games.slice(0, 4).entries()) {
        for (const player of players.slice(n)) await world.givenLicence(player, game);
        await world.givenBuild(players[n]!, game, `Build ${n}`);
      }
      for (const player of players.slice(1)) await world.givenBuild(player, games[0]!, 'Another');
      await world.givenBuild(players[0]!, games[0]!, 'Not shown', 'PRIVATE');
      await world.settled();
    });

    const topGames = async (first: number, after: string | null = null) =>
      (await analyst.data(TopGamesByOwnersDocument, { tag: TAG, first, after })).games;

    it('gets the top games by owners, page by page, each once', async () => {
      const all = await allPages(after => topGames(7, after));
      assert.equal(all.length, GAMES);
      assert.equal(new Set(all.map(({ title }) => title)).size, GAMES);
      assert.deepEqual(
        all.slice(0, 5).map(game => [game.ownersCount, game.buildsCount, game.builds.totalCount]),
        [
          [4, 4, 4],
          [3, 1, 1],
          [2, 1, 1],
          [1, 1, 1],
          [0, 0, 0],
        ],
      );
      assert.deepEqual(
        all.slice(0, 4).map(({ title }) => title),
        games.slice(0, 4).map(({ title }) => title),
      );
      const [build] = nodes(all[2]!.builds);
      assert.deepEqual([build!.name, build!.author?.region], ['Build 2', 'JP']);
    });

    it('gets the builds of each region, page by page', async () => {
      const gameId = games[0]!.id;
      const all = await allPages(
        async after =>
          (await analyst.data(BuildsOfRegionsDocument, { gameId, first: 1, after })).buildsByRegion,
      );
      assert.deepEqual(all[0], { region: 'DE', buildsCount: 2, authorsCount: 2 });
      assert.deepEqual(new Set(all.slice(1).map(({ region }) => region)), new Set(['JP', null]));
      assert.ok(all.slice(1).every(({ buildsCount }) => buildsCount === 1));

      const player = await world.givenPlayer('player');
      const code = await player.code(BuildsOfRegionsDocument, { gameId, first: 1 });
      assert.equal(code, 'FORBIDDEN');
    });

    it('costs as much for forty games as for five, and no statement is sent twice', async t => {
      await topGames(GAMES); // the router plans an operation once
      const requests = [];
      for (const first of [5, GAMES])
        requests.push(await world.subgraphRequests(() => topGames(first)));
      t.diagnostic(`requests to subgraphs: ${JSON.stringify(requests)}`);
      assert.deepEqual(requests[1], requests[0]);

      const statements = await world.statements(() => topGames(GAMES));
      t.diagnostic(
        `statements: ${statements.length}, in ${new Set(statements.map(({ subgraph }) => subgraph)).size} databases`,
      );
      assert.ok(statements.length > 3);
      assert.deepEqual(
        statements.filter(({ calls }) => calls > 1),
        [],
      );
    });
  });
}
