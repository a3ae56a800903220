import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTestRouter, type TestRouter } from '../testing.js';

const ids = ['1', '2', '3'];
const items = (all: string[]) => all.map(id => ({ id }));
const ITEMS = {
  sdl: `type Query { first: [Item!]! second: [Item!]! }
        type Mutation { touch: Item touchAgain: Item }
        type Item @key(fields: "id") { id: ID! }`,
  resolvers: {
    Query: { first: () => items(ids), second: () => items(ids.toReversed()) },
    Mutation: { touch: () => ({ id: '1' }), touchAgain: () => ({ id: '1' }) },
  },
};
const SCALES = {
  sdl: 'type Item @key(fields: "id") { id: ID! weight: Int }',
  resolvers: {
    Item: { __resolveReference: ({ id }: { id: string }) => ({ id, weight: Number(id) * 10 }) },
  },
};
const STORE = {
  sdl: `type Item @key(fields: "id") {
          id: ID! weight: Int @external cost: Int @requires(fields: "weight") stock: Int place: Place
        }
        type Place { name: String shelf: Int }`,
  resolvers: {
    Item: {
      __resolveReference: (sent: object) => sent,
      cost: ({ weight }: { weight: number }) => weight * 2,
      stock: ({ id }: { id: string }) => Number(id),
      place: ({ id }: { id: string }) => ({ name: `room ${id}`, shelf: Number(id) }),
    },
  },
};

describe('fetches of one subgraph', () => {
  let router: TestRouter;
  before(async () => {
    router = await startTestRouter(
      { items: ITEMS, scales: SCALES, store: STORE },
      { subgraphs: { retry: false } },
    );
  });
  beforeEach(() => {
    for (const stub of Object.values(router.stubs)) {
      stub.received.length = 0;
      stub.intercept = undefined;
    }
  });
  after(() => router.stop());

  const expected = (id: string) => ({ id, cost: Number(id) * 20, stock: Number(id) });

  it('are one, of several places and for several fields, each entity once', async () => {
    const { data } = await router.ask(
      'query Named { first { id cost stock } second { id cost stock } }',
    );
    assert.deepEqual(data, {
      first: ids.map(expected),
      second: ids.toReversed().map(expected),
    });
    const [sent, ...others] = router.stubs.store!.received;
    assert.deepEqual(others, []);
    assert.equal((sent!.variables.representations as unknown[]).length, 3);
    assert.equal(router.stubs.scales!.received.length, 1);
  });

  it('still fetch what can be had for entities that lack what other fields require', async () => {
    router.stubs.scales!.intercept = () => '{"errors":[{"message":"No scales today."}]}';
    const { data, errors } = await router.ask(
      '{ first { id cost stock } second { id cost stock } }',
    );
    assert.deepEqual(
      data.second,
      ids.toReversed().map(id => ({ id, cost: null, stock: Number(id) })),
    );
    assert.deepEqual(new Set(errors!.map(({ message }) => message)), new Set(['No scales today.']));
  });

  it('share nothing of what is then asked for one place alone', async () => {
    const { data } = await router.ask(
      '{ first { place { x: name } } second { place { x: name } } third: first { place { x: shelf } } }',
    );
    assert.deepEqual(
      [data.first[0], data.second[2], data.third[0]],
      [{ place: { x: 'room 1' } }, { place: { x: 'room 1' } }, { place: { x: 1 } }],
    );
  });

  it('stay in their order in a mutation', async () => {
    const { data } = await router.ask('mutation { touch { stock } touchAgain { stock } }');
    assert.deepEqual(data, { touch: { stock: 1 }, touchAgain: { stock: 1 } });
    assert.equal(router.stubs.store!.received.length, 2);
  });
});
