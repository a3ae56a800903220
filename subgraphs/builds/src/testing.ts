import assert from 'node:assert/strict';
import {
  gameDataReleased,
  type GameDataState,
  gamePublished,
  type GameState,
  itemChanged,
  type ItemState,
  userCreated,
  type UserState,
} from '@gamegraph/event-contracts';
import { ShortRuleSet } from '@gamegraph/rules';
import { globalId, query } from '@gamegraph/subgraph-kit';
import type { Answer, Asking, TestSubgraph } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';

/** A Great Sword deals 100 damage and weighs 12; who has endurance 10 carries 50. */
export const SOULS_DEFINITION = ShortRuleSet.parse({
  attributes: [
    { key: 'damage', name: 'Damage', type: 'INTEGER' },
    { key: 'weight', name: 'Weight', type: 'DECIMAL', unit: 'kg' },
  ],
  parameters: [{ key: 'endurance', name: 'Endurance', min: 1, max: 99, defaultValue: 10 }],
  slots: [
    { key: 'weapon', name: 'Weapon', capacity: 1, isRequired: true },
    { key: 'ring', name: 'Rings', capacity: 2, isRequired: false },
  ],
  stats: [
    { key: 'damage', name: 'Damage', unit: null, formula: 'sum(damage)' },
    // Before what it refers to: stats are worked out in the order of need, and told in this one.
    { key: 'burden', name: 'Burden', unit: '%', formula: '100 * stat.weight / stat.equip_load' },
    { key: 'weight', name: 'Weight', unit: 'kg', formula: 'sum(weight)' },
    { key: 'equip_load', name: 'Equip load', unit: 'kg', formula: '40 + param.endurance' },
  ],
  rules: [
    {
      key: 'equip-load',
      formula: 'stat.weight <= stat.equip_load',
      message: 'You cannot carry that much.',
    },
  ],
});

let count = 0;

export function userState(more: Partial<UserState> = {}): UserState {
  const handle = `user${++count}`;
  return {
    ...{
      id: uuidv7(),
      handle,
      displayName: handle,
      avatarUrl: null,
      region: null,
      isBanned: false,
    },
    privacy: { library: 'PUBLIC', friends: 'PUBLIC', activity: 'PUBLIC', presence: 'PUBLIC' },
    createdAt: new Date().toISOString(),
    ...more,
  };
}

/** Somebody that `users` has announced. */
export async function givenUser(graph: TestSubgraph, more: Partial<UserState> = {}) {
  const state = userState(more);
  await graph.deliver(userCreated(state));
  return { id: globalId('User', state.id), userId: state.id, by: { userId: state.id }, state };
}

export function gameState(more: Partial<GameState> = {}): GameState {
  const id = uuidv7();
  return {
    ...{ id, studioId: uuidv7(), slug: `game-${++count}`, title: `Game ${count}`, coverUrl: null },
    ...{ tags: [], platforms: [], state: 'PUBLISHED', releasedAt: null, dataVersion: 1 },
    ...{ prices: [], discounts: [] },
    ...more,
  };
}

export function dataState(gameId: string, more: Partial<GameDataState> = {}): GameDataState {
  return {
    ...{ id: uuidv7(), gameId, version: 1, releasedAt: new Date().toISOString(), notes: null },
    ...SOULS_DEFINITION,
    ...more,
  };
}

export function itemState(gameId: string, key: string, more: Partial<ItemState> = {}): ItemState {
  return {
    ...{ id: uuidv7(), gameId, key, dataVersion: 1, name: key, category: 'Ring', iconUrl: null },
    ...{ slots: ['ring'], attributes: { weight: 0.5 }, isRemoved: false },
    ...more,
  };
}

/** A published game with a Great Sword, an Anvil that is too heavy, and two rings. */
export async function givenGame(graph: TestSubgraph, more: Partial<GameState> = {}) {
  const state = gameState(more);
  const weapon = (key: string, name: string, attributes: ItemState['attributes']) =>
    itemState(state.id, key, { name, category: 'Weapon', slots: ['weapon'], attributes });
  const items = {
    greatSword: weapon('great-sword', 'Great Sword', { damage: 100, weight: 12 }),
    anvil: weapon('anvil', 'Anvil', { damage: 5, weight: 60 }),
    ring: itemState(state.id, 'ring', { name: 'Ring', attributes: { damage: 5, weight: 0.5 } }),
    band: itemState(state.id, 'band', { name: 'Band' }),
  };
  await graph.deliver(
    gamePublished(state),
    gameDataReleased(dataState(state.id)),
    ...Object.values(items).map(one => itemChanged(one)),
  );
  return { id: globalId('Game', state.id), gameId: state.id, state, items };
}

export type GivenGame = Awaited<ReturnType<typeof givenGame>>;

/** Items in slots, as an input has them. */
export function put(...items: ItemState[]) {
  return items.map(({ id, slots }) => ({ slot: slots[0]!, itemId: globalId('Item', id) }));
}

export const CREATE = `mutation ($input: CreateBuildInput!) { createBuild(input: $input) {
  __typename ... on Build { id revision shareCode visibility }
  ... on Refusal { message } ... on BuildFaulty { faults { path message } } } }`;

/** A public build with a Great Sword, if nothing else is said. */
export async function givenBuild(
  graph: TestSubgraph,
  by: Asking,
  game: { id: string; items: { greatSword: ItemState } },
  more: object = {},
) {
  const input = {
    ...{ gameId: game.id, name: 'Build', visibility: 'PUBLIC', items: put(game.items.greatSword) },
    ...more,
  };
  const { createBuild } = await graph.data(CREATE, { input }, by);
  assert.equal(createBuild.__typename, 'Build', createBuild.message);
  const buildId = uuidWithin(createBuild.id);
  return { buildId, ...createBuild } as { id: string; buildId: string; shareCode: string };
}

/** A field of a build. */
export async function seen(
  graph: TestSubgraph,
  id: string,
  fields: string,
  by?: Asking,
): Promise<Answer['data']> {
  return (await graph.data(`query ($id: ID!) { build(id: $id) { ${fields} } }`, { id }, by)).build;
}

export function uuidWithin(id: string): string {
  return Buffer.from(id, 'base64url').toString().split(':')[1]!;
}

/** Waits until no build is left to review. */
export async function settled(graph: TestSubgraph): Promise<void> {
  await until('all reviews are done', async () => {
    const tasks = await query(
      graph.em(),
      sql`SELECT 1 FROM review_task UNION ALL SELECT 1 FROM data_review_task UNION ALL SELECT 1 FROM review_queue`,
    );
    return tasks.length === 0;
  });
}
