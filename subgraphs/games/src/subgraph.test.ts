import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Answer,
  describeSubgraph,
  type TestSubgraph,
  testSubgraph,
} from '@gamegraph/subgraph-kit/testing';
import { games } from './subgraph.js';
import { givenIn, somebody } from './testing.js';

const DAY_MS = 86_400_000;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

describeSubgraph(games);

describe('what others copy', () => {
  let graph: TestSubgraph;
  before(async () => {
    graph = await testSubgraph(games);
  });
  after(() => graph.stop());
  const given = givenIn(() => graph);
  const snapshots = async (topic: string, ids?: string[]) => {
    const which = ids ? `ids=${ids.join(',')}` : `afterId=${BEFORE_ALL}`;
    return graph.operate('GET', `snapshots?topic=${topic}&${which}`) as Promise<
      { id: string; version: number; state: Answer['data'] }[]
    >;
  };

  it('is six nouns', () => {
    assert.deepEqual(
      games.sources.map(({ aggregate }) => aggregate.topic),
      [
        ...['games.studio', 'games.game', 'games.game-data', 'games.item'],
        ...['games.game-data-proposal', 'games.proposed-items'],
      ],
    );
  });

  it('is at every moment what the last event said, whatever was done or refused', async () => {
    const game = await given.draft();
    const ask = (document: string, variables: object = {}) =>
      graph.ask(document, { id: game.id, ...variables }, game.by);
    const schedule = (from: number, to: number) =>
      ask(
        `mutation ($input: ScheduleDiscountInput!) { scheduleDiscount(input: $input) { __typename } }`,
        {
          input: {
            ...{ gameId: game.id, percent: 20 },
            ...{
              startsAt: new Date(Date.now() + from * DAY_MS),
              endsAt: new Date(Date.now() + to * DAY_MS),
            },
          },
        },
      );
    await schedule(1, 5);
    await schedule(3, 6);
    await schedule(40, 45);
    await ask('mutation ($id: ID!) { publishGame(id: $id) { __typename } }');
    graph.setClock(new Date(Date.now() + 10 * DAY_MS));
    await given.price(game, '*', '5'); // frozen, though the first discount is over
    await ask(
      'mutation ($id: ID!) { updateGame(input: { id: $id, platforms: [], slug: "never" }) { __typename } }',
    );
    await ask(
      `mutation ($id: ID!, $user: ID!, $studio: ID!) {
      setStudioMember(studioId: $studio, userId: $user, permissions: [PUBLISH]) { __typename } }`,
      {
        ...{ user: somebody().id, studio: game.studio.id },
      },
    );
    await given.define(game, { slots: [{ key: 'hand', name: 'Hand' }] });
    await given.items(game, [
      { key: 'a', name: 'A', category: 'X', slots: ['hand'] },
      { key: 'b', name: 'B', category: 'X' },
    ]);
    await given.release(game);
    await ask('mutation ($id: ID!) { removeItems(gameId: $id, keys: ["b"]) { revision } }');
    await ask('mutation ($id: ID!) { proposeGameData(gameId: $id) { __typename } }');
    await given.release(game);
    await ask('mutation ($id: ID!) { withdrawGame(id: $id) { __typename } }');
    graph.setClock(undefined);
    const told = await graph.events();
    for (const { aggregate } of games.sources) {
      const found = await snapshots(aggregate.topic);
      assert.ok(found.length > 0, aggregate.topic);
      for (const { id, version, state } of found) {
        const events = told.filter(
          ({ type, data }) => type.startsWith(`${aggregate.topic}.`) && data.id === id,
        );
        assert.equal(version, events.length);
        assert.deepEqual(state, events.at(-1)!.data, aggregate.topic);
      }
    }
  });

  it('is read for many at once in as many statements as for one', async () => {
    const some = [await given.game(), await given.game(), await given.game()];
    const ids = some.map(({ uuid }) => uuid);
    for (const { aggregate } of games.sources.slice(0, 2)) {
      const all = (await snapshots(aggregate.topic)).map(({ id }) => id);
      const wanted = aggregate.topic === 'games.game' ? ids : all;
      const ofOne = await graph.statements(() => snapshots(aggregate.topic, wanted.slice(0, 1)));
      const ofAll = await graph.statements(() => snapshots(aggregate.topic, wanted));
      assert.equal(ofAll.length, ofOne.length, ofAll.join('\n'));
    }
  });
});
