import { gameDataReleased, gamePublished, itemChanged } from '@gamegraph/event-contracts';
import { ShortRuleSet } from '@gamegraph/rules';
import { globalId } from '@gamegraph/subgraph-kit';
import type { TestSubgraph } from '@gamegraph/subgraph-kit/testing';
import { dataState, gameState, itemState, SOULS_DEFINITION } from '../testing.js';

const FIGHTS = ShortRuleSet.parse({
  fights: [
    {
      ...{ key: 'dummy', name: 'Dummy', pace: 'TIME', limit: 100 },
      build: {
        variables: [{ key: 'dealt', formula: 0 }],
        actions: [
          {
            ...{ key: 'swing', every: 2 },
            effects: [
              { variable: 'dealt', formula: 'self.dealt + if(chance(0.5), stat.damage, 0)' },
            ],
          },
        ],
      },
      target: {},
      measures: [{ key: 'dps', name: 'Dps', unit: '1/s', formula: 'self.dealt / time()' }],
    },
    {
      ...{ key: 'duel', name: 'Duel', pace: 'TURNS', limit: 50 },
      end: 'self.health <= 0 or other.health <= 0',
      build: {
        speed: '-stat.weight',
        variables: [{ key: 'health', formula: 1_000 }],
        actions: [
          {
            key: 'strike',
            effects: [
              {
                ...{ of: 'OTHER', variable: 'health' },
                formula: 'other.health - stat.damage * random(0.5, 1.5)',
              },
            ],
          },
        ],
      },
      measures: [{ key: 'won', name: 'Won', type: 'CHANCE', formula: 'other.health <= 0' }],
    },
    {
      ...{ key: 'faulty', pace: 'TURNS', limit: 1, build: {}, target: {} },
      measures: [{ key: 'never', formula: '1 / (stat.damage - stat.damage)' }],
    },
  ],
}).fights;

/** As in testing.ts, with an axe, and with fights. */
export async function givenGameWithFights(graph: TestSubgraph) {
  const state = gameState();
  const weapon = (key: string, damage: number, weight: number) =>
    itemState(state.id, key, { name: key, slots: ['weapon'], attributes: { damage, weight } });
  const ring = (key: string, damage: number) =>
    itemState(state.id, key, { name: key, attributes: { damage, weight: 0.5 } });
  const items = {
    greatSword: weapon('Great Sword', 100, 12),
    axe: weapon('Axe', 110, 20),
    anvil: weapon('Anvil', 5, 60),
    ring: ring('Ring', 5),
    band: ring('Band', 0),
  };
  await graph.deliver(
    gamePublished(state),
    gameDataReleased(dataState(state.id, { ...SOULS_DEFINITION, fights: FIGHTS })),
    ...Object.values(items).map(one => itemChanged(one)),
  );
  return { id: globalId('Game', state.id), gameId: state.id, items };
}
