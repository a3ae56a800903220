import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { games } from '../subgraph.js';
import { givenIn, somebody } from '../testing.js';

const ITEMS = `query ($id: ID!, $search: String, $filter: ItemFilter, $sort: ItemSort, $by: ItemAttributeSort, $at: Int,
    $first: Int, $after: String, $last: Int, $before: String) {
  game(id: $id) { items(search: $search, filter: $filter, sort: $sort, sortByAttribute: $by, atVersion: $at,
      first: $first, after: $after, last: $last, before: $before) {
    totalCount categories { category count }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { node { id key attributes { key value } } } } } }`;
const SCHEMA = {
  attributes: [
    { key: 'damage', name: 'Damage', type: 'INTEGER', unit: 'hp' },
    { key: 'weight', name: 'Weight', type: 'DECIMAL' },
    { key: 'is_magic', name: 'Magic', type: 'BOOLEAN' },
    { key: 'rarity', name: 'Rarity', type: 'ENUM', values: ['common', 'rare'] },
  ],
  slots: [
    { key: 'hand', name: 'Hand' },
    { key: 'head', name: 'Head' },
  ],
};
const item = (
  key: string,
  name: string,
  category: string,
  slots: string[],
  attributes: object,
) => ({
  ...{ key, name, category, slots, attributes },
});
const STORE = [
  item('sword', 'Long Sword', 'Weapon', ['hand'], { damage: 100, weight: 9.5, is_magic: false }),
  item('dagger', 'dagger', 'Weapon', ['hand'], { damage: 20, weight: 1, is_magic: true }),
  item('staff', 'Staff', 'Weapon', ['hand'], { damage: 9, weight: 2.25, rarity: 'rare' }),
  item('helmet', 'Helmet', 'Armour', ['head'], { weight: 10, rarity: 'common' }),
  item('pan', 'Frying Pan', 'Tool', ['hand', 'head'], { damage: 20, weight: 1.5 }),
];

let graph: TestSubgraph;
const given = givenIn(() => graph);
type Given = Awaited<ReturnType<typeof given.game>>;
let store: Given;
before(async () => {
  graph = await testSubgraph(games);
  store = await given.game();
  await given.define(store, SCHEMA);
  await given.items(store, STORE);
  await given.release(store);
});
after(() => graph.stop());

const find = async (args: object, { id, by }: Given = store): Promise<Answer['data']> =>
  (await graph.data(ITEMS, { id, ...args }, by)).game.items;
const keys = ({ edges }: Answer['data']): string[] =>
  edges.map(({ node }: Answer['data']) => node.key);
const where = async (attributes: object[]) => keys(await find({ filter: { attributes } }));

describe('looking items up', () => {
  it('shows all fields, with the attributes as the game defines them', async () => {
    const [{ node }] = (await find({ filter: { attributes: [{ key: 'damage', min: 100 }] } }))
      .edges;
    const FIELDS = `{ id key name category iconUrl slots dataVersion isRemoved game { id }
      attributes { key name unit type value } }`;
    const QUERY = `query ($id: ID!) { item(id: $id) ${FIELDS} }`;
    const { item: found } = await graph.data(QUERY, { id: node.id });
    assert.deepEqual(found, {
      ...{ id: node.id, key: 'sword', name: 'Long Sword', category: 'Weapon', iconUrl: null },
      ...{ slots: ['hand'], dataVersion: 1, isRemoved: false, game: { id: store.id } },
      attributes: [
        { key: 'damage', name: 'Damage', unit: 'hp', type: 'INTEGER', value: 100 },
        { key: 'weight', name: 'Weight', unit: null, type: 'DECIMAL', value: 9.5 },
        { key: 'is_magic', name: 'Magic', unit: null, type: 'BOOLEAN', value: false },
      ],
    });
    assert.deepEqual(await graph.data(QUERY, { id: globalId('Item', uuidv7()) }), { item: null });
  });

  it('resolves references in their order, with attributes and games, in four statements', async () => {
    const { edges } = await find({});
    const nobody = globalId('Item', uuidv7());
    const ids = [edges[2].node.id, nobody, edges[0].node.id, edges[2].node.id, edges[1].node.id];
    let found: Answer['data'][] = [];
    const statements = await graph.statements(async () => {
      found = await graph.entities('Item', ids, '{ id attributes { value } game { title } }');
    });
    assert.deepEqual(
      found.map(one => one?.id ?? null),
      ids.map(id => (id === nobody ? null : id)),
    );
    assert.equal(statements.length, 4, statements.join('\n'));
  });

  it('keeps those of a draft to its studio', async () => {
    const draft = await given.draft();
    await given.items(draft, [item('secret', 'Secret', 'X', [], {})]);
    await given.release(draft);
    const [{ node }] = (await find({}, draft)).edges;
    const QUERY = 'query ($id: ID!) { item(id: $id) { key } }';
    assert.equal((await graph.data(QUERY, { id: node.id }, draft.by)).item.key, 'secret');
    for (const by of [{}, somebody().by]) {
      assert.equal((await graph.data(QUERY, { id: node.id }, by)).item, null);
      assert.deepEqual(await graph.entities('Item', [node.id], '{ key }', by), [null]);
    }
  });
});

describe('narrowing items down', () => {
  it('compares numbers as numbers, and all others by their value', async () => {
    const cases: [object[], string[]][] = [
      [[{ key: 'damage', min: 20 }], ['dagger', 'pan', 'sword']],
      [[{ key: 'damage', max: 20 }], ['dagger', 'pan', 'staff']],
      [[{ key: 'damage', min: 9.5, max: 99 }], ['dagger', 'pan']],
      [[{ key: 'weight', min: 9.5 }], ['helmet', 'sword']],
      [[{ key: 'weight', equals: 1.0 }], ['dagger']],
      [[{ key: 'is_magic', equals: false }], ['sword']],
      [[{ key: 'rarity', equals: 'rare' }], ['staff']],
      [
        [
          { key: 'damage', equals: 20 },
          { key: 'weight', max: 1.25 },
        ],
        ['dagger'],
      ],
    ];
    for (const [attributes, expected] of cases) {
      assert.deepEqual((await where(attributes)).sort(), expected, JSON.stringify(attributes));
    }
  });

  it('filters by category and slot, and finds names with a slip of the pen', async () => {
    assert.deepEqual(keys(await find({ filter: { category: 'Weapon' } })), [
      'dagger',
      'sword',
      'staff',
    ]);
    assert.deepEqual(keys(await find({ filter: { slot: 'head' } })), ['pan', 'helmet']);
    assert.deepEqual(keys(await find({ search: 'helmte' })), ['helmet']);
    assert.deepEqual(keys(await find({ search: 'sword', filter: { category: 'Tool' } })), []);
  });

  it('counts the items of each category within the search and the other filters', async () => {
    const count = async (args: object) =>
      (await find(args)).categories.map(
        ({ category, count: n }: Answer['data']) => `${category} ${n}`,
      );
    assert.deepEqual(await count({}), ['Weapon 3', 'Armour 1', 'Tool 1']);
    const filter = { category: 'Tool', slot: 'hand' };
    assert.deepEqual(await count({ filter }), ['Weapon 3', 'Tool 1']);
    const heavy = { attributes: [{ key: 'weight', min: 9 }] };
    assert.deepEqual(await count({ filter: heavy }), ['Armour 1', 'Weapon 1']);
  });

  it('says which attributes there are, and what one can be compared with', async () => {
    const faults: [object, RegExp][] = [
      [
        { filter: { attributes: [{ key: 'speed', min: 1 }] } },
        /"speed".*damage, weight, is_magic, rarity/,
      ],
      [{ by: { key: 'speed' } }, /"speed".*damage/],
      [{ filter: { attributes: [{ key: 'rarity', min: 1 }] } }, /"rarity" is ENUM/],
      [
        { filter: { attributes: [{ key: 'damage', equals: '20' }] } },
        /"damage" must be a whole number/,
      ],
      [{ filter: { attributes: [{ key: 'rarity', equals: 'epic' }] } }, /common, rare/],
      [{ at: 2 }, /no version 2; the newest is 1/],
      [{ search: '' }, /search/],
    ];
    for (const [args, message] of faults) {
      const { errors } = await graph.ask(ITEMS, { id: store.id, ...args });
      assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT', JSON.stringify(args));
      assert.match(errors[0].message, message);
    }
  });

  it('lets a key be a number in one game and a word in another', async () => {
    const other = await given.game();
    await given.define(other, { attributes: [{ key: 'damage', name: 'Damage', type: 'TEXT' }] });
    await given.items(other, [item('curse', 'Curse', 'Spell', [], { damage: 'a lot' })]);
    await given.release(other);
    assert.deepEqual(keys(await find({ by: { key: 'damage' } }, other)), ['curse']);
    assert.deepEqual((await where([{ key: 'damage', min: 50 }])).sort(), ['sword']);
  });
});

describe('sorting and paging items', () => {
  it('sorts by name, category, or an attribute, and puts those without it last', async () => {
    const cases: [object, string[]][] = [
      [{}, ['dagger', 'pan', 'helmet', 'sword', 'staff']],
      [{ sort: 'CATEGORY' }, ['helmet', 'pan', 'dagger', 'sword', 'staff']],
      [{ by: { key: 'damage' } }, ['staff', 'dagger', 'pan', 'sword', 'helmet']],
      [{ by: { key: 'damage', descending: true } }, ['sword', 'dagger', 'pan', 'staff', 'helmet']],
      [{ by: { key: 'weight' } }, ['dagger', 'pan', 'staff', 'sword', 'helmet']],
      [
        { by: { key: 'is_magic', descending: true } },
        ['dagger', 'sword', 'pan', 'helmet', 'staff'],
      ],
      [{ by: { key: 'rarity' } }, ['helmet', 'staff', 'dagger', 'pan', 'sword']],
      [
        { by: { key: 'damage', descending: true }, sort: 'CATEGORY' },
        ['sword', 'pan', 'dagger', 'staff', 'helmet'],
      ],
    ];
    for (const [args, expected] of cases) {
      assert.deepEqual(keys(await find(args)), expected, JSON.stringify(args));
      const forwards: string[] = [];
      let page = await find({ ...args, first: 2 });
      for (;;) {
        forwards.push(...keys(page));
        if (!page.pageInfo.hasNextPage) break;
        page = await find({ ...args, first: 2, after: page.pageInfo.endCursor });
      }
      assert.deepEqual(forwards, expected, JSON.stringify(args));
      const last = await find({ ...args, last: 3 });
      const others = await find({ ...args, last: 3, before: last.pageInfo.startCursor });
      assert.deepEqual([...keys(others), ...keys(last)], expected, JSON.stringify(args));
      assert.equal(last.totalCount, 5);
    }
  });

  it('costs the same number of statements for many games as for one', async () => {
    const others = [await given.game(), await given.game()];
    for (const game of others) {
      await given.define(game, SCHEMA);
      await given.items(game, STORE);
      await given.release(game);
    }
    const FIELDS = `{ items(first: 3, search: "sword", filter: { attributes: [{ key: "damage", min: 1 }] }, sortByAttribute: { key: "weight" }) {
      totalCount categories { count } edges { node { key attributes { value } game { slug } } } } }`;
    let found: Answer['data'][] = [];
    const statements = (ids: string[]) =>
      graph.statements(async () => {
        found = await graph.entities('Game', ids, FIELDS);
      });
    const ofOne = await statements([store.id]);
    const ofAll = await statements([store, ...others].map(({ id }) => id));
    assert.deepEqual(
      found.map(({ items }) => [items.totalCount, ...keys(items)]),
      [
        [1, 'sword'],
        [1, 'sword'],
        [1, 'sword'],
      ],
    );
    assert.equal(ofAll.length, ofOne.length, ofAll.join('\n'));
  });
});

describe('items as of a version', () => {
  let game: Given;
  before(async () => {
    game = await given.game();
    await given.define(game, SCHEMA);
    await given.items(game, [STORE[0]!, STORE[1]!]);
    await given.release(game);
    const [damage, ...others] = SCHEMA.attributes;
    const renamed = [{ ...damage, name: 'Force' }, ...others];
    await given.define(game, { ...SCHEMA, attributes: renamed });
    await given.items(game, [{ ...STORE[0]!, attributes: { damage: 150 } }, STORE[2]!]);
    await graph.data(
      'mutation ($id: ID!) { removeItems(gameId: $id, keys: ["dagger"]) { revision } }',
      { id: game.id },
      game.by,
    );
    await given.release(game);
  });

  it('are what that version released', async () => {
    assert.deepEqual(keys(await find({ at: 0 }, game)), []);
    assert.deepEqual(keys(await find({ at: 1 }, game)), ['dagger', 'sword']);
    assert.deepEqual(keys(await find({ at: 2 }, game)), ['sword', 'staff']);
    assert.deepEqual(keys(await find({}, game)), ['sword', 'staff']);
    const heavy = { filter: { attributes: [{ key: 'damage', min: 101 }] } };
    assert.deepEqual(keys(await find({ at: 1, ...heavy }, game)), []);
    assert.deepEqual(keys(await find({ at: 2, ...heavy }, game)), ['sword']);
    const first = await find({ at: 1, first: 1 }, game);
    const second = await find({ at: 1, first: 1, after: first.pageInfo.endCursor }, game);
    assert.deepEqual([...keys(first), ...keys(second)], ['dagger', 'sword']);
    assert.deepEqual(
      (await find({ at: 1 }, game)).categories.map(({ count }: Answer['data']) => count),
      [2],
    );
  });

  it('stand side by side in one answer, each with the definitions of its version', async () => {
    const { game: found } = await graph.data(
      `query ($id: ID!) { game(id: $id) {
        old: items(atVersion: 1, filter: { attributes: [{ key: "damage", min: 50 }] }) { ...sword }
        new: items(filter: { attributes: [{ key: "damage", min: 50 }] }) { ...sword }
      } }
      fragment sword on ItemConnection { edges { node { id dataVersion attributes { name value } } } }`,
      { id: game.id },
    );
    const [old, since] = [found.old.edges[0].node, found.new.edges[0].node];
    assert.equal(old.id, since.id);
    assert.deepEqual([old.dataVersion, since.dataVersion], [1, 2]);
    assert.deepEqual(old.attributes[0], { name: 'Damage', value: 100 });
    assert.deepEqual(since.attributes, [{ name: 'Force', value: 150 }]);
  });

  it('are known by their id also when they were taken out', async () => {
    const [{ node }] = (await find({ at: 1 }, game)).edges;
    const QUERY = 'query ($id: ID!) { item(id: $id) { key isRemoved dataVersion } }';
    const { item: found } = await graph.data(QUERY, { id: node.id });
    assert.deepEqual(found, { key: 'dagger', isRemoved: true, dataVersion: 2 });
    await given.items(game, [STORE[1]!]);
    await given.release(game);
    const again = (await graph.data(QUERY, { id: node.id })).item;
    assert.deepEqual(again, { key: 'dagger', isRemoved: false, dataVersion: 3 });
  });
});
