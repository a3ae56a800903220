import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startTestRouter, type TestRouter } from '../testing.js';

const GAMES = {
  sdl: `
    type Query { hello: String mine: Game @authenticated }
    type Subscription { tick: Game @authenticated }
    type Game @key(fields: "id") { id: ID! }
  `,
  resolvers: { Query: { hello: () => 'hi' } },
};
const PRICES = { sdl: 'type Game @key(fields: "id") { id: ID! price: Int }', resolvers: {} };
const KEY = '@join__type(graph: PRICES, key: "id")';
const MINE = 'mine { price }';
const TOLD = {
  message: 'This operation cannot be planned.',
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
};

describe('an operation that cannot be planned', () => {
  let router: TestRouter;
  let authorization: string;
  before(async () => {
    router = await startTestRouter({ games: GAMES, prices: PRICES });
    // As no composer writes it: there is no way to a price.
    await router.writeSupergraph(router.supergraph.replace(KEY, KEY.replace(', key: "id"', '')));
    authorization = `Bearer ${await router.token()}`;
    await until('it serves that', async () => {
      const { data } = await router.ask(`{ ${MINE} }`, {}, { authorization });
      return data === null;
    });
  });
  after(() => router.stop());
  beforeEach(() => {
    router.logged.length = 0;
    for (const stub of Object.values(router.stubs)) stub.received.length = 0;
  });

  it('as far as one viewer may ask it is answered with the reason, and logged; others are not concerned', async () => {
    const query = `{ hello ${MINE} }`;
    const nobody = await router.ask(query);
    assert.deepEqual(nobody.data, { hello: 'hi', mine: null });
    for (let n = 0; n < 2; n++) {
      const answer = await router.ask(query, {}, { authorization });
      assert.deepEqual(answer, { errors: [TOLD], data: null, status: 200 });
    }
    assert.deepEqual(
      router.logged.map(({ msg }) => msg),
      ['an operation could not be planned'],
      'the second time it is known',
    );
    assert.match(JSON.stringify(router.logged[0]!.error), /options for price/);
    assert.equal(router.stubs.games!.received.length, 1, 'for the one who could be answered');
  });

  it('with these conditions, or in parts, is answered so as well', async () => {
    const query = `query ($full: Boolean!) { hello @skip(if: $full) ${MINE.replace('mine', 'mine @include(if: $full)')} }`;
    const whole = await router.ask(query, { full: true }, { authorization });
    assert.deepEqual([whole.data, whole.errors], [null, [TOLD]]);
    const response = await fetch(router.url, {
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/json',
        accept: 'multipart/mixed;deferSpec=20220824',
      },
      body: JSON.stringify({ query: `{ hello ... @defer { ${MINE} } }` }),
    });
    const parts = await response.text();
    assert.ok(
      parts.includes(JSON.stringify({ errors: [TOLD], data: null, hasNext: false })),
      parts,
    );
  });

  it('ends a subscription with the reason, and the connection stays open', async () => {
    const client = createClient({
      url: router.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    const ask = async (query: string) => {
      const results = [];
      for await (const result of client.iterate({ query })) results.push(result);
      return results;
    };
    assert.deepEqual(await ask('subscription { tick { price } }'), [
      { data: null, errors: [TOLD] },
    ]);
    assert.deepEqual(await ask('{ hello }'), [{ data: { hello: 'hi' } }]);
    await client.dispose();
  });
});
