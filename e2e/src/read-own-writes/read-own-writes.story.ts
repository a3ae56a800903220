import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import {
  RetitleGameDocument,
  type RetitleGameMutation,
  TitleOnBuildDocument,
  type TitleOnBuildQuery,
} from '../gql/graphql.js';
import { type Answer, nodes, type Person } from '../person.js';
import type { PublishedGame, World } from '../world.js';

interface Consistency {
  token?: string;
  strict?: boolean;
  stale?: true;
  lagging?: { projection: string; topic: string }[];
}

/** Of `games`, which owns titles, and of `builds`, which keeps copies of them. */
export function readOwnWrites(world: World): void {
  describe('a client that sends the token of its last change', () => {
    let founder: Person, stranger: Person;
    let game: PublishedGame;
    let count = 0;
    before(async () => {
      const studio = await world.givenStudio();
      ({ founder } = studio);
      stranger = await world.givenPlayer('stranger');
      game = await world.givenGame(studio, { hasItems: true });
      await world.settled();
      await world.givenBuild(founder, game, 'Build');
    });

    const LAGGING = [{ projection: 'builds.game', topic: 'games.game' }];
    const RETITLE = RetitleGameDocument.toString();
    const READ = TitleOnBuildDocument.toString();

    const consistencyIn = ({ extensions }: Answer<unknown>) =>
      extensions?.consistency as Consistency | undefined;
    const titleIn = ({ data }: Answer<TitleOnBuildQuery>) => nodes(data?.builds)[0]!.gameTitle;
    const codeIn = ({ errors }: Answer<unknown>) => errors?.[0]!.extensions!.code;

    const newTitle = () => `Title ${++count}`;
    const read = (consistency?: Consistency, reader = founder) =>
      reader.send<TitleOnBuildQuery>(
        READ,
        { gameId: game.id },
        { extensions: consistency && { consistency } },
      );
    /** Gives the game another title; it, and the token. */
    const retitle = async () => {
      const title = newTitle();
      const answer = await founder.send<RetitleGameMutation>(RETITLE, { id: game.id, title });
      assert.deepEqual(answer.data?.updateGame, { __typename: 'Game', title });
      return { title, token: consistencyIn(answer)!.token! };
    };

    it('reads what it has written, where it is copied too', async () => {
      for (let n = 0; n < 20; n++) {
        const { title, token } = await retitle();
        const answer = await read({ token });
        if (!consistencyIn(answer)?.stale) assert.equal(titleIn(answer), title);
      }
    });

    it('waits for a copy that is late', async () => {
      const { title, late } = await world.withoutEvents('builds', async () => {
        const retitled = await retitle();
        const old = await read();
        assert.notEqual(titleIn(old), retitled.title);
        assert.equal(consistencyIn(old), undefined, 'without a token nothing is told');
        return { ...retitled, late: { answer: read({ token: retitled.token }) } };
      });
      const answer = await late.answer; // on a machine with other things to do, it may be later still
      if (!consistencyIn(answer)?.stale) assert.equal(titleIn(answer), title);
    });

    it('is told which copies lag, or gets nothing when it is strict', async () => {
      const { token, title } = await world.withoutEvents('builds', async () => {
        const retitled = await retitle();
        const old = await read({ token: retitled.token });
        assert.notEqual(titleIn(old), retitled.title);
        assert.deepEqual(consistencyIn(old), { stale: true, lagging: LAGGING });

        const { data, errors } = await read({ token: retitled.token, strict: true });
        assert.equal(data, null);
        const { code, serviceName, lagging } = errors![0]!.extensions!;
        assert.deepEqual([code, serviceName, lagging], ['CONSISTENCY_TIMEOUT', 'builds', LAGGING]);
        return retitled;
      });
      await world.settled();
      assert.equal(titleIn(await read({ token, strict: true })), title);
    });

    it('may do so by headers', async () => {
      await world.withoutEvents('builds', async () => {
        const response = await fetch(founder.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...founder.headers },
          body: JSON.stringify({
            query: RETITLE,
            variables: { id: game.id, title: newTitle() },
          }),
        });
        const token = response.headers.get('x-consistency-token')!;
        assert.equal(token, consistencyIn((await response.json()) as Answer<unknown>)!.token);
        const ask = (more?: Record<string, string>) =>
          founder.send(
            READ,
            { gameId: game.id },
            { headers: { 'x-consistency-token': token, ...more } },
          );
        assert.equal(consistencyIn(await ask())?.stale, true);
        assert.equal(codeIn(await ask({ 'x-consistency-strict': 'true' })), 'CONSISTENCY_TIMEOUT');
      });
    });

    it('may do so over a WebSocket', async () => {
      const client = createClient({
        url: founder.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: founder.headers,
      });
      const ask = async (query: string, variables: object, consistency?: Consistency) => {
        const asked = { query, variables: { ...variables }, extensions: { consistency } };
        return (await client.iterate(asked).next()).value as Answer<unknown>;
      };
      try {
        await world.withoutEvents('builds', async () => {
          const retitled = await ask(RETITLE, { id: game.id, title: newTitle() });
          const token = consistencyIn(retitled)!.token!;
          const old = await ask(READ, { gameId: game.id }, { token });
          assert.deepEqual(consistencyIn(old), { stale: true, lagging: LAGGING });
          const strict = await ask(READ, { gameId: game.id }, { token, strict: true });
          assert.equal(codeIn(strict), 'CONSISTENCY_TIMEOUT');
        });
      } finally {
        await client.dispose();
      }
    });

    it('needs no more than the last one', async () => {
      await world.withoutEvents('builds', async () => {
        const { token } = await retitle();
        const another = await founder.send(
          'mutation ($id: ID!) { unblockUser(userId: $id) { __typename } }',
          { id: stranger.id },
          { extensions: { consistency: { token } } },
        );
        const last = consistencyIn(another)!.token!;
        assert.equal(consistencyIn(await read({ token: last }))?.stale, true);
      });
    });

    it('gets nothing for a forged one, and no promise for another’s', async () => {
      await world.withoutEvents('builds', async () => {
        const { token } = await retitle();
        const [claims, mac] = token.split('.') as [string, string];
        const decoded = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
        const changed = Buffer.from(JSON.stringify({ ...decoded, user: '' })).toString('base64url');
        const noMac = 'A'.repeat(mac.length);
        const forged = [
          `${changed}.${mac}`,
          `${claims}.${noMac}`,
          `${claims}.`,
          `${token}.`,
          'x',
          '',
        ];
        for (const bad of forged) {
          const answer = await read({ token: bad });
          assert.equal(answer.data, undefined);
          assert.equal(codeIn(answer), 'CONSISTENCY_TOKEN_INVALID', bad);
        }
        assert.equal(consistencyIn(await read({ token }, stranger)), undefined);
        assert.equal(consistencyIn(await read({ token }))?.stale, true);
      });
    });
  });
}
