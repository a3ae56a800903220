import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { until } from '@gamegraph/test-support';
import { startTestRouter, type TestRouter } from '../testing.js';

const COUNTER = {
  sdl: 'type Query { count(by: Int): Int } type Mutation { add: Int }',
  resolvers: { Query: { count: () => 1 }, Mutation: { add: () => 2 } },
};

describe('the same query at the same time', () => {
  let router: TestRouter;
  let letGo: () => void;
  let received: { query: string }[];
  before(async () => {
    router = await startTestRouter({ counter: COUNTER });
  });
  beforeEach(() => {
    const stub = router.stubs.counter!;
    stub.received.length = 0;
    ({ received } = stub);
    const gate = new Promise<undefined>(resolve => (letGo = () => resolve(undefined)));
    stub.intercept = ({ query }) => (query.includes('count') ? gate : undefined);
  });
  after(() => router.stop());

  /** Asks, and waits until the router has begun. */
  const begin = async (query: string, headers: Record<string, string> = {}) => {
    const already = await inFlight();
    const answer = router.ask(query, {}, headers);
    await until('the request is in work', async () => (await inFlight()) > already);
    return { answer };
  };
  const inFlight = async () => {
    const metrics = await (await fetch(new URL('/metrics', router.url))).text();
    return Number(/^router_requests (\d+)/m.exec(metrics)![1]);
  };

  it('is run once for all who have the same rights, and answers each', async () => {
    const asked = [await begin('{ count }'), await begin('{ count }'), await begin('{ count }')];
    letGo();
    for (const { answer } of asked) assert.deepEqual((await answer).data, { count: 1 });
    assert.equal(received.length, 1);
    await router.ask('{ count }');
    assert.equal(received.length, 2); // nothing is kept
  });

  it('is run for each who has other rights, or asks for something else', async () => {
    const ada = { authorization: `Bearer ${await router.token({ sub: 'ada' })}` };
    const bob = { authorization: `Bearer ${await router.token({ sub: 'bob' })}` };
    const asked = [
      ...[await begin('{ count }'), await begin('{ count }', ada), await begin('{ count }', bob)],
      ...[await begin('{ count(by: 2) }'), await begin('{ count }', ada)],
    ];
    letGo();
    for (const { answer } of asked) assert.deepEqual((await answer).data, { count: 1 });
    assert.equal(received.length, 4);
  });

  it('is run anew for who has seen a mutation end since it was begun', async () => {
    const early = await begin('{ count }');
    await router.ask('mutation { add }');
    const late = await begin('{ count }');
    await until(
      'both ask',
      () => received.filter(({ query }) => query.includes('count')).length === 2,
    );
    letGo();
    await Promise.all([early.answer, late.answer]);
  });

  it('is run for each when it is set so', async () => {
    const own = await startTestRouter(
      { counter: COUNTER },
      { operations: { shareInFlight: false } },
    );
    await Promise.all(Array.from({ length: 5 }, () => own.ask('{ count }')));
    assert.equal(own.stubs.counter!.received.length, 5);
    await own.stop();
  });
});
