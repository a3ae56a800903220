import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { compose } from './supergraph/compose.js';
import { startStub, startTestRouter, stubSchema, type TestRouter } from './testing.js';

const TICKS = {
  sdl: 'type Query { hello: String } type Subscription { tick: Int }',
  resolvers: {
    Query: { hello: () => 'hi' },
    Subscription: {
      tick: {
        async *subscribe() {
          for (let tick = 0; ; tick++) {
            yield { tick };
            await new Promise(resolve => setTimeout(resolve, 20));
          }
        },
      },
    },
  },
};

let router: TestRouter;
before(async () => {
  router = await startTestRouter({ ticks: TICKS });
});
after(() => router.stop());

describe('a running router', () => {
  it('takes over other settings, refuses bad ones, and cuts no subscription meanwhile', async () => {
    const client = createClient({
      url: router.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
    });
    const ticks: number[] = [];
    const stop = client.subscribe<{ tick: number }>(
      { query: 'subscription { tick }' },
      {
        next: ({ data }) => ticks.push(data!.tick),
        error: assert.fail,
        complete: () => {},
      },
    );
    await until('ticks', () => ticks.length > 2);

    const aliases = '{ a: hello b: hello }';
    assert.equal((await router.ask(aliases)).errors, undefined);
    await router.writeConfig({ limits: { operation: { aliases: 1 } }, introspection: false });
    await until('the new limit', async () => (await router.ask(aliases)).errors !== undefined);
    assert.ok((await router.ask('{ __schema { queryType { name } } }')).errors);

    await router.writeConfig({ limits: { operation: { aliases: -1 } } });
    const metrics = () => fetch(new URL('/metrics', router.url)).then(response => response.text());
    await until('the refusal', async () =>
      (await metrics()).includes('router_reloads_total{what="settings",outcome="refused"} 1'),
    );
    assert.ok((await router.ask(aliases)).errors);
    assert.equal((await router.ask('{ hello }')).data.hello, 'hi');

    const seen = ticks.length;
    await until('more ticks', () => ticks.length > seen + 2);
    assert.deepEqual(
      ticks,
      Array.from({ length: ticks.length }, (_, n) => n),
    );
    stop();
    await client.dispose();
  });

  it('asks subgraphs that were added while it ran, where they are', async () => {
    const sdl = 'type Query { late: String }';
    const stub = await startStub(stubSchema(sdl, { Query: { late: () => 'here' } }));
    const { sdl: supergraph } = compose([
      { name: 'ticks', url: router.stubs.ticks!.url, sdl: TICKS.sdl },
      { name: 'late', url: stub.url, sdl },
    ]);
    await router.writeSupergraph(supergraph);
    await until('the new field', async () => (await router.ask('{ late }')).errors === undefined);
    const misses = await missesOf(router);
    assert.equal((await router.ask('{ hello }')).data.hello, 'hi'); // asked before: it is planned already
    assert.equal(await missesOf(router), misses);
    assert.deepEqual((await router.ask('{ hello late }')).data, { hello: 'hi', late: 'here' });
    await stub.stop();
  });
});

async function missesOf({ url }: TestRouter): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return Number(/^router_operation_lookups_total\{outcome="miss"\} (\d+)/m.exec(metrics)![1]);
}
