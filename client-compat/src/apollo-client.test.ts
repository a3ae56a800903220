import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  ApolloClient,
  type ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  type TypedDocumentNode,
} from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import type { TestRouter } from '@gamegraph/router/testing';
import { createClient } from 'graphql-ws';
import { filter, lastValueFrom, map, takeWhile, toArray } from 'rxjs';
import { WebSocket } from 'ws';
import { startArcade, THREE_LAUNCHES, webSocketUrl } from './arcade.js';

interface Launch {
  launch: { id: string; name: string; stars: number };
}

const GAMES: TypedDocumentNode<{ games: { name: string; stars: number }[] }> = gql`
  query Games {
    games {
      id
      name
      stars
    }
  }
`;
const DEFERRED: typeof GAMES = gql`
  query Deferred {
    games {
      id
      name
      ... @defer(label: "stars") {
        stars
      }
    }
  }
`;
const RENAME: TypedDocumentNode<{ renameGame: { name: string } }> = gql`
  mutation Rename {
    renameGame(id: "g1", name: "Renamed") {
      id
      name
    }
  }
`;
const INBOX: TypedDocumentNode<{ inbox: string | null }> = gql`
  query Inbox {
    inbox
  }
`;
const LAUNCHES: TypedDocumentNode<Launch> = gql`
  subscription Launches {
    launch: nextLaunches(count: 3) {
      id
      name
      stars
    }
  }
`;

let router: TestRouter;
before(async () => {
  router = await startArcade();
});
after(() => router.stop());

const clientOf = (link: ApolloLink) => new ApolloClient({ link, cache: new InMemoryCache() });

/** A link over HTTP, and the methods of the requests that it made. */
function recordedLink() {
  const requests: { method: string; url: URL; status: number }[] = [];
  const link = new HttpLink({
    uri: router.url,
    async fetch(input, init) {
      const response = await fetch(input, init);
      const { status } = response;
      requests.push({ method: init?.method ?? 'GET', url: new URL(input), status });
      return response;
    },
  });
  return { link, requests };
}

const launchesBy = (client: ApolloClient) =>
  lastValueFrom(
    client.subscribe({ query: LAUNCHES }).pipe(
      map(({ data, error }) => {
        assert.equal(error, undefined);
        const { __typename, ...launch } = data!.launch as Launch['launch'] & { __typename: string };
        assert.equal(__typename, 'Game');
        return launch;
      }),
      toArray(),
    ),
  );

describe('Apollo Client', () => {
  it('asks and changes over HTTP, and its cache knows the entity by what it selected', async () => {
    const client = clientOf(new HttpLink({ uri: router.url }));
    const { data } = await client.query({ query: GAMES });
    assert.deepEqual(
      data!.games.map(({ name, stars }) => [name, stars]),
      [
        ['Game 1', 1],
        ['Game 2', 2],
      ],
    );
    await client.mutate({ mutation: RENAME });
    assert.equal(client.readQuery({ query: GAMES })!.games[0]!.name, 'Renamed');
    client.stop();
  });

  it('learns of errors with their code, and is let in with a token', async () => {
    const anonymous = clientOf(new HttpLink({ uri: router.url }));
    await assert.rejects(anonymous.query({ query: INBOX }), (error: unknown) => {
      assert.ok(CombinedGraphQLErrors.is(error));
      return error.errors[0]!.extensions!.code === 'UNAUTHENTICATED';
    });
    const headers = { authorization: `Bearer ${await router.token()}` };
    const known = clientOf(new HttpLink({ uri: router.url, headers }));
    assert.deepEqual((await known.query({ query: INBOX })).data, { inbox: 'a letter' });
  });

  it('makes a document known under its hash, and from then on asks by GET with the hash alone', async () => {
    const { link, requests } = recordedLink();
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
    const client = clientOf(persisted.concat(link));
    const ask = () => client.query({ query: GAMES, fetchPolicy: 'network-only' });
    assert.equal((await ask()).data!.games.length, 2);
    assert.deepEqual(
      requests.map(({ method, status }) => [method, status]),
      [
        ['GET', 200], // PersistedQueryNotFound
        ['POST', 200],
      ],
    );
    await ask();
    const { method, url } = requests.at(-1)!;
    assert.deepEqual([requests.length, method, url.searchParams.has('query')], [3, 'GET', false]);
    assert.equal((await client.mutate({ mutation: RENAME })).data!.renameGame.name, 'Renamed');
  });

  for (const Handler of [Defer20220824Handler, GraphQL17Alpha9Handler]) {
    it(`shows what is there before what is deferred, by ${Handler.name}`, async () => {
      const client = new ApolloClient({
        link: new HttpLink({ uri: router.url }),
        cache: new InMemoryCache(),
        incrementalHandler: new Handler(),
      });
      const states = await lastValueFrom(
        client.watchQuery({ query: DEFERRED }).pipe(
          takeWhile(({ dataState }) => dataState !== 'complete', true),
          filter(({ dataState }) => dataState !== 'empty'),
          map(({ data }) => data!.games!.map(game => [game?.name, game?.stars])),
          toArray(),
        ),
      );
      assert.deepEqual(states, [
        [
          ['Game 1', undefined],
          ['Game 2', undefined],
        ],
        [
          ['Game 1', 1],
          ['Game 2', 2],
        ],
      ]);
      client.stop();
    });
  }

  it('follows a subscription by multipart HTTP', async () => {
    const client = clientOf(new HttpLink({ uri: router.url }));
    assert.deepEqual(await launchesBy(client), THREE_LAUNCHES);
  });

  it('follows a subscription by WebSocket', async () => {
    const sockets = createClient({ url: webSocketUrl(router), webSocketImpl: WebSocket });
    const client = clientOf(new GraphQLWsLink(sockets));
    assert.deepEqual(await launchesBy(client), THREE_LAUNCHES);
    assert.equal((await client.query({ query: GAMES })).data!.games.length, 2);
    await sockets.dispose();
  });
});
