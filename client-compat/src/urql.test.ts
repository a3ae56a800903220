import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestRouter } from '@gamegraph/router/testing';
import {
  type AnyVariables,
  Client,
  type ClientOptions,
  type Exchange,
  fetchExchange,
  type OperationResult,
  subscriptionExchange,
} from '@urql/core';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startArcade, THREE_LAUNCHES, webSocketUrl } from './arcade.js';

const LAUNCHES = 'subscription { nextLaunches(count: 3) { id name stars } }';

let router: TestRouter;
before(async () => {
  router = await startArcade();
});
after(() => router.stop());

const clientOf = (exchanges: Exchange[], options: Partial<ClientOptions> = {}) =>
  new Client({ url: router.url, preferGetMethod: false, exchanges, ...options });

/** The results of a subscription, until it ends or as many have come as are expected. */
const launchesBy = (client: Client) =>
  new Promise<unknown[]>((resolve, reject) => {
    const launches: unknown[] = [];
    const onResult = ({
      data,
      error,
    }: OperationResult<{ nextLaunches: unknown }, AnyVariables>) => {
      if (error) return reject(error);
      launches.push(data!.nextLaunches);
      if (launches.length === THREE_LAUNCHES.length) resolve(launches);
    };
    client.subscription<{ nextLaunches: unknown }>(LAUNCHES, {}).subscribe(onResult);
  });

describe('urql', () => {
  it('asks and changes, by POST and by GET', async () => {
    for (const preferGetMethod of [false, 'force'] as const) {
      const client = clientOf([fetchExchange]);
      const { data } = await client
        .query('{ games { name stars } }', {}, { preferGetMethod })
        .toPromise();
      assert.deepEqual(data, {
        games: [
          { name: 'Game 1', stars: 1 },
          { name: 'Game 2', stars: 2 },
        ],
      });
    }
    const { data } = await clientOf([fetchExchange])
      .mutation('mutation ($name: String!) { renameGame(id: "g1", name: $name) { name } }', {
        name: 'New',
      })
      .toPromise();
    assert.deepEqual(data, { renameGame: { name: 'New' } });
  });

  it('tells data and errors of one answer apart', async () => {
    const { data, error } = await clientOf([fetchExchange])
      .query('{ inbox games(first: 1) { id } }', {})
      .toPromise();
    assert.deepEqual(data, { inbox: null, games: [{ id: 'g1' }] });
    assert.equal(error!.graphQLErrors[0]!.extensions.code, 'UNAUTHENTICATED');
  });

  it('follows a subscription by HTTP, as server-sent events', async () => {
    const types: string[] = [];
    const client = clientOf([fetchExchange], {
      fetchSubscriptions: true,
      async fetch(input, init) {
        const response = await fetch(input, init);
        types.push(response.headers.get('content-type')!);
        return response;
      },
    });
    assert.deepEqual(await launchesBy(client), THREE_LAUNCHES);
    assert.match(types[0]!, /^text\/event-stream/);
  });

  it('follows a subscription by WebSocket', async () => {
    const sockets = createClient({ url: webSocketUrl(router), webSocketImpl: WebSocket });
    const client = clientOf([
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: sink => ({
            unsubscribe: sockets.subscribe(
              { query, variables: variables as object as never },
              sink,
            ),
          }),
        }),
      }),
    ]);
    assert.deepEqual(await launchesBy(client), THREE_LAUNCHES);
    await sockets.dispose();
  });
});
