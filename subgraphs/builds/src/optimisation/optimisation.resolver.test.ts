import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  gameDataReleased,
  gamePublished,
  inventoryChanged,
  itemChanged,
} from '@gamegraph/event-contracts';
import { ShortRuleSet } from '@gamegraph/rules';
import { globalId } from '@gamegraph/subgraph-kit';
import {
  type Answer,
  type Asking,
  type TestSubgraph,
  testSubgraph,
} from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { v7 as uuidv7 } from 'uuid';
import { builds } from '../subgraph.js';
import { dataState, gameState, givenBuild, givenUser, itemState, put } from '../testing.js';

const GEMS = ShortRuleSet.parse({
  cost: 'price',
  attributes: [
    ...['power', 'armor', 'price'].map(key => ({ key, name: key, type: 'INTEGER' })),
    { key: 'sockets', name: 'Sockets', type: 'LIST', values: ['red'] },
  ],
  slots: [
    { key: 'weapon', name: 'Weapon', capacity: 1 },
    { key: 'ring', name: 'Rings', capacity: 2 },
    { key: 'gem', name: 'Gems', socketsOf: 'sockets' },
  ],
  stats: [
    { key: 'power', name: 'Power', formula: 'sum(power)' },
    { key: 'armor', name: 'Armor', formula: 'sum(armor)' },
  ],
  rules: [{ key: 'one', scope: 'ITEM', formula: 'copies() = 1', message: 'only one can be worn.' }],
});

const FIELDS = `id state problem outcome objective loss requiredItem { id } build { id }
  answers { objective bound gap isOptimal cost items { slot name item { id } socket { of index } } stats { key value } }
  conflicts { kind stat slot message }`;
const OPTIMISE = `mutation ($input: OptimiseBuildInput!) { optimiseBuild(input: $input) { ${FIELDS} } }`;
const WHY_NOT = `mutation ($id: ID!, $itemId: ID!, $slot: String) {
  whyNotItem(optimisationId: $id, itemId: $itemId, slot: $slot) { ${FIELDS} } }`;
const OPTIMISATION = `query ($id: ID!) { optimisation(id: $id) { ${FIELDS} } }`;
const PROGRESS = `subscription ($id: ID!) { optimisationProgress(id: $id) { state outcome answers { objective bound } } }`;
const UPGRADES = `query ($id: ID!, $objective: String!, $maxCost: Float, $first: Int! = 10) {
  buildUpgrades(buildId: $id, objective: $objective, maxCost: $maxCost, first: $first) {
    slot name gain cost item { id } replaces { id } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

async function given() {
  const { by } = await givenUser(graph);
  const state = gameState();
  const made = (key: string, slot: string, attributes: Record<string, number | string[]>) =>
    itemState(state.id, key, { name: key, slots: [slot], attributes });
  const items = {
    greatSword: made('sword', 'weapon', { power: 10, price: 50, sockets: ['red'] }),
    club: made('club', 'weapon', { power: 8, armor: 5, price: 10 }),
    band: made('band', 'ring', { power: 4, price: 30 }),
    hoop: made('hoop', 'ring', { power: 3, armor: 1, price: 2 }),
    ruby: made('ruby', 'gem', { power: 2, price: 5 }),
  };
  await graph.deliver(
    gamePublished(state),
    gameDataReleased(dataState(state.id, GEMS)),
    ...Object.values(items).map(one => itemChanged(one)),
  );
  const game = { id: globalId('Game', state.id), gameId: state.id, items };
  const build = await givenBuild(graph, by, game);
  return { by, game, items, build };
}

const idOf = ({ id }: { id: string }) => globalId('Item', id);

async function optimised(by: Asking, input: object): Promise<Answer['data']> {
  const all = { objective: 'stat.power', ...input };
  const { id } = (await graph.data(OPTIMISE, { input: all }, by)).optimiseBuild;
  return ended(id, by);
}

async function ended(id: string, by?: Asking): Promise<Answer['data']> {
  const found = async () => (await graph.data(OPTIMISATION, { id }, by)).optimisation;
  await until('it has ended', async () => !['QUEUED', 'RUNNING'].includes((await found()).state));
  return found();
}

const namesOf = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);

describe('optimising a build', () => {
  it('finds the best there is, with its figures, and says that it is', async () => {
    const { by, build, items } = await given();
    const { answers, ...found } = await optimised(by, { buildId: build.id });
    assert.deepEqual(
      [found.state, found.outcome, found.conflicts, found.build.id, found.requiredItem],
      ['DONE', 'OPTIMAL', null, build.id, null],
    );
    const [best] = answers;
    assert.deepEqual([best.objective, best.bound, best.gap, best.isOptimal], [19, 19, 0, true]);
    assert.deepEqual(namesOf(best), ['sword', 'band', 'hoop', 'ruby']);
    assert.deepEqual(best.items[3], {
      ...{ slot: 'gem', name: 'ruby', item: { id: idOf(items.ruby) } },
      socket: { of: 0, index: 0 },
    });
    assert.deepEqual(best.stats, [
      { key: 'power', value: 19 },
      { key: 'armor', value: 1 },
    ]);
    assert.equal(best.cost, 87);
    const saved = best.items.map(({ slot, item, socket }: typeof best) => ({
      ...{ slot, itemId: item.id, socket },
    }));
    const SAVE = `mutation ($input: SaveBuildInput!) { saveBuild(input: $input) { __typename ... on Build { stats { value } } } }`;
    const input = { id: build.id, expectedRevision: 1, items: saved };
    const { saveBuild } = await graph.data(SAVE, { input }, by);
    assert.equal(saveBuild.stats[0].value, 19);
  });

  it('stays within what is asked: slots, limits, costs, items', async () => {
    const { by, build, items } = await given();
    const best = async (more: object) => {
      const { outcome, answers } = await optimised(by, { buildId: build.id, ...more });
      assert.equal(outcome, 'OPTIMAL');
      return namesOf(answers[0]);
    };
    assert.deepEqual(await best({ lockedSlots: ['weapon', 'gem'] }), ['sword', 'band', 'hoop']);
    assert.deepEqual(await best({ lockedSlots: ['weapon'] }), ['sword', 'band', 'hoop', 'ruby']);
    assert.deepEqual(await best({ limits: [{ stat: 'armor', min: 5 }] }), ['club', 'band', 'hoop']);
    assert.deepEqual(await best({ budget: 20 }), ['club', 'hoop']);
    assert.deepEqual(await best({ excludedItemIds: [idOf(items.greatSword)] }), [
      ...['club', 'band', 'hoop'],
    ]);
    const required = { itemId: idOf(items.club), slot: 'weapon' };
    assert.deepEqual(await best({ required }), ['club', 'band', 'hoop']);
    const { answers } = await optimised(by, { buildId: build.id, alternatives: 3 });
    assert.deepEqual(
      answers.map(({ objective }: { objective: number }) => objective),
      [19, 15, 12],
    );
  });

  it('takes only what its viewer owns, as often as that, and tells nobody else', async () => {
    const { by, game, build, items } = await given();
    const inventory = {
      ...{ id: uuidv7(), userId: by.userId, gameId: game.gameId },
      items: [items.club, items.hoop].map(({ id }) => ({ itemId: id, quantity: 1 })),
    };
    await graph.deliver(inventoryChanged(inventory));
    const found = await optimised(by, { buildId: build.id, ownedOnly: true });
    assert.deepEqual(namesOf(found.answers[0]), ['club', 'hoop']);
    const locked = { buildId: build.id, ownedOnly: true, lockedSlots: ['weapon'] };
    assert.deepEqual(namesOf((await optimised(by, locked)).answers[0]), ['sword', 'hoop']);
    const stranger = await givenUser(graph);
    const { id } = found;
    assert.equal((await graph.data(OPTIMISATION, { id }, stranger.by)).optimisation, null);
    const input = { buildId: build.id, ownedOnly: true };
    assert.deepEqual((await optimised(stranger.by, input)).answers[0].items, []);
  });

  it('names what is in the way where there is no such build', async () => {
    const { by, build } = await given();
    const limits = [{ stat: 'armor', min: 6 }];
    const { outcome, answers, conflicts } = await optimised(by, {
      ...{ buildId: build.id, limits, budget: 11, lockedSlots: ['ring'] },
    });
    assert.deepEqual([outcome, answers], ['INFEASIBLE', []]);
    assert.deepEqual(conflicts, [
      {
        ...{ kind: 'LIMIT', stat: 'armor', slot: null },
        message: 'armor is to be 6 at least. Ask for less of it.',
      },
    ]);
  });

  it('tells why an item is not in it', async () => {
    const { by, build, items } = await given();
    const { id } = await optimised(by, { buildId: build.id });
    const asked = { id, itemId: idOf(items.club) };
    const { whyNotItem } = await graph.data(WHY_NOT, asked, by);
    const { loss, requiredItem, answers } = await ended(whyNotItem.id, by);
    assert.deepEqual([loss, requiredItem.id], [4, asked.itemId]);
    assert.deepEqual(namesOf(answers[0]), ['club', 'band', 'hoop']);
    const elsewhere = await given();
    const foreign = { id, itemId: idOf(elsewhere.items.club) };
    assert.equal(await graph.code(WHY_NOT, foreign, by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(WHY_NOT, { ...asked, slot: 'nose' }, by), 'BAD_USER_INPUT');
  });

  it('tells of it as it goes on, once for all who ask the same', async () => {
    const { by, build } = await given();
    const stranger = await givenUser(graph);
    const { id } = await optimised(by, { buildId: build.id });
    const again = await optimised(stranger.by, { buildId: build.id });
    assert.equal(again.id, id);
    const watching = graph.subscribe(PROGRESS, { id });
    await until('it is told', () => watching.results.length > 0);
    assert.deepEqual(watching.results[0]!.data.optimisationProgress, {
      ...{ state: 'DONE', outcome: 'OPTIMAL', answers: [{ objective: 19, bound: 19 }] },
    });
    watching.stop();
  });

  it('is for who may see the build, and refuses what makes no sense', async () => {
    const { by, game, build } = await given();
    const stranger = await givenUser(graph);
    const secret = await givenBuild(graph, by, game, { visibility: 'PRIVATE' });
    const input = { buildId: secret.id, objective: 'stat.power' };
    assert.equal(await graph.code(OPTIMISE, { input }), 'UNAUTHENTICATED');
    assert.equal(await graph.code(OPTIMISE, { input }, stranger.by), 'NOT_FOUND');
    const { id } = await optimised(by, input);
    assert.equal((await graph.data(OPTIMISATION, { id }, stranger.by)).optimisation, null);
    const refused = async (more: object) => {
      const { errors } = await graph.ask(
        OPTIMISE,
        { input: { buildId: build.id, objective: 'stat.power', ...more } },
        by,
      );
      assert.equal(errors![0]!.extensions!.code, 'BAD_USER_INPUT');
      return errors![0]!.message;
    };
    assert.match(await refused({ objective: 'stat.powr' }), /Did you mean power.*character 1/);
    assert.match(await refused({ objective: 'item.power' }), /objective: /);
    assert.match(await refused({ limits: [{ stat: 'mana', min: 1 }] }), /There are: power, armor/);
    assert.match(await refused({ lockedSlots: ['nose'] }), /There are: weapon, ring, gem/);
    await refused({ alternatives: 11 });
    await refused({ seconds: 0 });
    await refused({ budget: -1 });
  });
});

describe('the next upgrades of a build', () => {
  it('are those with the most gain for their cost', async () => {
    const { by, game, items } = await given();
    const { id } = await givenBuild(graph, by, game, { items: put(items.club) });
    const asked = { id, objective: 'stat.power' };
    const { buildUpgrades } = await graph.data(UPGRADES, asked, by);
    const all = buildUpgrades.map(({ name, gain, cost, replaces }: Answer['data']) => [
      ...[name, gain, cost, replaces?.id ?? null],
    ]);
    assert.deepEqual(all, [
      ['hoop', 3, 2, null],
      ['band', 4, 30, null],
      ['sword', 2, 50, idOf(items.club)],
    ]);
    const cheap = await graph.data(UPGRADES, { ...asked, maxCost: 30, first: 1 }, by);
    assert.deepEqual(
      cheap.buildUpgrades.map(({ name }: Answer['data']) => name),
      ['hoop'],
    );
    assert.equal(await graph.code(UPGRADES, { ...asked, first: 0 }, by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(UPGRADES, { ...asked, objective: '1 +' }, by), 'BAD_USER_INPUT');
    assert.equal(await graph.code(UPGRADES, asked), 'UNAUTHENTICATED');
  });
});
