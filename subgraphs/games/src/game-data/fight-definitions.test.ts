import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { games } from '../subgraph.js';
import { givenIn } from '../testing.js';

const SIDE = `speed variables { key name formula } actions { key name every first condition
  effects { of variable formula } }`;
const FIGHTS = `fights { key name pace limit end build { ${SIDE} } target { ${SIDE} }
  measures { key name unit type formula } }`;
const EDIT = `mutation ($gameId: ID!, $input: GameDataInput!) {
  editGameData(gameId: $gameId, input: $input) { ${FIGHTS} } }`;

const DUMMY = {
  ...{ key: 'dummy', name: 'Dummy', pace: 'TIME', limit: 60 },
  build: {
    variables: [{ key: 'dealt', name: 'Dealt', formula: '0' }],
    actions: [
      {
        ...{ key: 'hit', name: 'Hit', every: '2.5', condition: 'chance(0.9)' },
        effects: [{ variable: 'dealt', formula: 'self.dealt + 1' }],
      },
    ],
  },
  target: {},
  measures: [{ key: 'dps', name: 'Dps', formula: 'self.dealt / time()' }],
};

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);

describe('defining fights', () => {
  it('keeps them as they are, with the defaults of what is not said', async () => {
    const { id: gameId, by } = await given.game();
    const { editGameData } = await graph.data(EDIT, { gameId, input: { fights: [DUMMY] } }, by);
    const nobody = { speed: null, variables: [], actions: [] };
    assert.deepEqual(editGameData.fights, [
      {
        ...{ ...DUMMY, end: null, target: nobody },
        build: {
          ...{ speed: null, variables: DUMMY.build.variables },
          actions: [
            {
              ...{ ...DUMMY.build.actions[0], first: null },
              effects: [{ of: 'SELF', ...DUMMY.build.actions[0]!.effects[0] }],
            },
          ],
        },
        measures: [{ unit: null, type: 'NUMBER', ...DUMMY.measures[0] }],
      },
    ]);
    const { releaseGameData } = await graph.data(
      `mutation ($gameId: ID!) { releaseGameData(gameId: $gameId) { ... on GameData { ${FIGHTS} } } }`,
      { gameId },
      by,
    );
    assert.deepEqual(releaseGameData.fights, editGameData.fights);
  });

  it('says what is wrong with them, and where', async () => {
    const { id: gameId, by } = await given.game();
    const end = 'self.dealt > other.health';
    const input = { fights: [{ ...DUMMY, end, build: { ...DUMMY.build, speed: '1' } }] };
    const { errors } = await graph.ask(EDIT, { gameId, input }, by);
    const text = JSON.stringify(errors);
    assert.match(text, /fights\.dummy\.build/);
    assert.match(text, /fights\.dummy\.end/);
    assert.match(text, /There is no variable or stat health/);
    const badKey = { ...DUMMY, build: { variables: [{ key: 'a b', name: 'A', formula: '1' }] } };
    assert.equal(
      await graph.code(EDIT, { gameId, input: { fights: [badKey] } }, by),
      'BAD_USER_INPUT',
    );
  });
});
