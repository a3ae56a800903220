import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestRouter } from '@gamegraph/router/testing';
import * as sse from 'graphql-sse';
import * as ws from 'graphql-ws';
import { WebSocket } from 'ws';
import { startArcade, THREE_LAUNCHES, webSocketUrl } from './arcade.js';

const LAUNCHES = 'subscription ($count: Int!) { nextLaunches(count: $count) { id name stars } }';

interface Result {
  data?: Record<string, unknown> | null | undefined;
  errors?: readonly { message: string }[] | undefined;
}

let router: TestRouter;
before(async () => {
  router = await startArcade();
});
after(() => router.stop());

async function dataOf(results: AsyncIterable<Result>, field: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { data, errors } of results) {
    assert.equal(errors, undefined);
    values.push(data![field]);
  }
  return values;
}

describe('graphql-ws', () => {
  it('asks, changes and follows on one connection, as who its token says', async () => {
    const token = await router.token();
    const client = ws.createClient({
      url: webSocketUrl(router),
      webSocketImpl: WebSocket,
      connectionParams: () => ({ authorization: `Bearer ${token}` }),
    });
    const rename = 'mutation { renameGame(id: "g1", name: "New") { name stars } }';
    const [launches, renamed, asked, told] = await Promise.all([
      dataOf(client.iterate({ query: LAUNCHES, variables: { count: 3 } }), 'nextLaunches'),
      dataOf(client.iterate({ query: rename }), 'renameGame'),
      dataOf(client.iterate({ query: '{ inbox }' }), 'inbox'),
      dataOf(client.iterate({ query: 'subscription { inbox }' }), 'inbox'),
    ]);
    assert.deepEqual(launches, THREE_LAUNCHES);
    assert.deepEqual(renamed, [{ name: 'New', stars: 1 }]);
    assert.deepEqual([asked, told], [['a letter'], ['a letter']]);
    await client.dispose();
  });

  it('is told what is wrong with an operation, and goes on', async () => {
    const client = ws.createClient({ url: webSocketUrl(router), webSocketImpl: WebSocket });
    const wrong = client.iterate({ query: 'subscription { nothing }' });
    await assert.rejects(wrong.next(), (errors: { extensions: { code: string } }[]) => {
      return errors[0]!.extensions.code === 'GRAPHQL_VALIDATION_FAILED';
    });
    assert.deepEqual(await dataOf(client.iterate({ query: '{ __typename }' }), '__typename'), [
      'Query',
    ]);
    await client.dispose();
  });
});

describe('graphql-sse', () => {
  it('asks, changes and follows, each by a request of its own', async () => {
    const token = await router.token();
    const client = sse.createClient({
      url: router.url,
      headers: { authorization: `Bearer ${token}` },
    });
    const rename = 'mutation { renameGame(id: "g1", name: "New") { name } }';
    assert.deepEqual(
      await dataOf(client.iterate({ query: LAUNCHES, variables: { count: 3 } }), 'nextLaunches'),
      THREE_LAUNCHES,
    );
    assert.deepEqual(await dataOf(client.iterate({ query: rename }), 'renameGame'), [
      { name: 'New' },
    ]);
    assert.deepEqual(await dataOf(client.iterate({ query: '{ inbox }' }), 'inbox'), ['a letter']);
    client.dispose();
  });
});
