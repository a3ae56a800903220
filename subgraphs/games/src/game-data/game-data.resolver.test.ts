import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { games } from '../subgraph.js';
import { givenIn, somebody } from '../testing.js';

const DEFINITIONS = `attributes { key name type unit min max values isRequired }
  parameters { key name min max defaultValue } slots { key name capacity isRequired }
  stats { key name unit formula } rules { key formula message } cost`;
const EDIT = `mutation ($gameId: ID!, $input: GameDataInput!, $expected: Int) {
  editGameData(gameId: $gameId, input: $input, expectedDraftRevision: $expected) { revision ${DEFINITIONS} } }`;
const PUT = `mutation ($gameId: ID!, $items: [ItemInput!]!, $expected: Int) {
  putItems(gameId: $gameId, items: $items, expectedDraftRevision: $expected) { revision } }`;
const REMOVE = `mutation ($gameId: ID!, $keys: [String!]!) { removeItems(gameId: $gameId, keys: $keys) { revision } }`;
const RELEASE = `mutation ($gameId: ID!, $notes: String) { releaseGameData(gameId: $gameId, notes: $notes) {
  __typename ... on GameData { version notes game { dataVersion } }
  ... on GameDataFaulty { message faultsCount faults { itemKey attributeKey message } } } }`;
const DRAFT = `query ($gameId: ID!) { gameDataDraft(gameId: $gameId) { revision ${DEFINITIONS}
  difference { areDefinitionsChanged added changed removed itemsCount }
  items { totalCount edges { node { key name category iconUrl slots attributes isRemoved } } } } }`;

const SCHEMA = {
  attributes: [
    { key: 'damage', name: 'Damage', type: 'INTEGER', min: 0, max: 500, isRequired: true },
    { key: 'weight', name: 'Weight', type: 'DECIMAL', unit: 'kg', min: 0, max: 100 },
    { key: 'is_magic', name: 'Magic', type: 'BOOLEAN' },
    { key: 'lore', name: 'Lore', type: 'TEXT' },
    { key: 'rarity', name: 'Rarity', type: 'ENUM', values: ['common', 'rare'] },
  ],
  parameters: [{ key: 'level', name: 'Level', min: 1, max: 99, defaultValue: 1 }],
  slots: [
    { key: 'weapon', name: 'Weapon', isRequired: true },
    { key: 'ring', name: 'Ring', capacity: 2 },
  ],
  stats: [
    { key: 'power', name: 'Power', formula: 'sum(damage) * (1 + param.level / 100)' },
    { key: 'load', name: 'Load', unit: 'kg', formula: 'sum(weight) + count(ring)' },
  ],
  rules: [{ key: 'not-too-heavy', formula: 'stat.load <= 50', message: 'This is too heavy.' }],
  cost: 'weight',
};
const sword = {
  ...{ key: 'sword', name: 'Sword', category: 'Weapon', slots: ['weapon'] },
  attributes: { damage: 100, weight: 12.5, is_magic: false, lore: 'Old.', rarity: 'rare' },
};
const ring = {
  ...{ key: 'ring', name: 'Ring', category: 'Jewellery', slots: ['ring'] },
  attributes: { damage: 0 },
};

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);
type Given = Awaited<ReturnType<typeof given.game>>;

const draftOf = async ({ id, by }: Given) =>
  (await graph.data(DRAFT, { gameId: id }, by)).gameDataDraft;
const release = async ({ id, by }: Given, notes?: string) =>
  (await graph.data(RELEASE, { gameId: id, notes }, by)).releaseGameData;
const remove = ({ id, by }: Given, ...keys: string[]) =>
  graph.data(REMOVE, { gameId: id, keys }, by);

describe('defining the data of a game', () => {
  it('replaces all definitions of the draft', async () => {
    const { id: gameId, by } = await given.game();
    const { editGameData } = await graph.data(EDIT, { gameId, input: SCHEMA }, by);
    assert.deepEqual(editGameData, {
      revision: 1,
      attributes: SCHEMA.attributes.map(one => ({
        ...{ unit: null, min: null, max: null, values: [], isRequired: false },
        ...one,
      })),
      parameters: SCHEMA.parameters,
      slots: SCHEMA.slots.map(one => ({ capacity: 1, isRequired: false, ...one })),
      stats: SCHEMA.stats.map(one => ({ unit: null, ...one })),
      rules: SCHEMA.rules,
      cost: SCHEMA.cost,
    });
    const emptied = await graph.data(EDIT, { gameId, input: {} }, by);
    assert.deepEqual([emptied.editGameData.revision, emptied.editGameData.stats], [2, []]);
  });

  it('says which definition is wrong, and where in its formula', async () => {
    const { id: gameId, by } = await given.game();
    const stat = (key: string, formula: string) => ({ key, name: key, formula });
    const attribute = (more: object) => ({
      attributes: [{ key: 'a', name: 'A', type: 'INTEGER', ...more }],
    });
    const cases: [object, string, number?][] = [
      [{ stats: [stat('dps', '1 + sum(speed)')] }, 'stats.dps', 8],
      [{ stats: [stat('dps', '1 + ')] }, 'stats.dps', 4],
      [{ stats: [stat('dps', '1 < 2')] }, 'stats.dps', 0],
      [{ ...SCHEMA, rules: [{ key: 'r', formula: 'sum(lore) > 1', message: 'x' }] }, 'rules.r', 4],
      [{ rules: [{ key: 'r', formula: '1 + 1', message: 'x' }] }, 'rules.r', 0],
      [{ stats: [stat('a', 'stat.b'), stat('b', 'stat.a')] }, 'stats.a'],
      [{ stats: [stat('a', '1'), stat('a', '2')] }, 'stats.a'],
      [attribute({ min: 2, max: 1 }), 'attributes.a'],
      [attribute({ type: 'TEXT', min: 2 }), 'attributes.a'],
      [attribute({ type: 'ENUM' }), 'attributes.a'],
      [attribute({ values: ['x'] }), 'attributes.a'],
      [attribute({ type: 'ENUM', values: ['x', 'x'] }), 'attributes.a'],
      [{ ...SCHEMA, cost: 'lore' }, 'cost'],
      [{ parameters: [{ key: 'p', name: 'P', min: 1, max: 5, defaultValue: 6 }] }, 'parameters.p'],
    ];
    for (const [input, path, offset] of cases) {
      const { errors } = await graph.ask(EDIT, { gameId, input }, by);
      assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT', path);
      const [fault] = errors[0].extensions.fields as Answer['data'];
      assert.deepEqual([fault.path, fault.offset], [path, offset], errors[0].message);
      assert.match(errors[0].message, new RegExp(`^${path}`));
    }
    const bad = { attributes: [{ key: 'no key', name: 'x', type: 'TEXT' }] };
    assert.equal(await graph.code(EDIT, { gameId, input: bad }, by), 'BAD_USER_INPUT');
    assert.equal((await graph.data(EDIT, { gameId, input: {} }, by)).editGameData.revision, 1);
  });

  it('lets one of two win who change the same revision at once', async () => {
    const { id: gameId, by } = await given.game();
    const answers = await Promise.all([
      graph.ask(EDIT, { gameId, input: SCHEMA, expected: 0 }, by),
      graph.ask(PUT, { gameId, items: [sword], expected: 0 }, by),
    ]);
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions?.code);
    assert.deepEqual(codes.sort(), ['CONFLICT', undefined]);
    const { revision } = (await graph.data(DRAFT, { gameId }, by)).gameDataDraft;
    assert.equal(revision, 1);
  });

  it('is for members of the studio, who may EDIT_GAMES and PUBLISH', async () => {
    const { id: gameId } = await given.game();
    const stranger = somebody();
    for (const [document, variables, permission] of [
      [EDIT, { gameId, input: {} }, 'EDIT_GAMES'],
      [PUT, { gameId, items: [sword] }, 'EDIT_GAMES'],
      [REMOVE, { gameId, keys: ['sword'] }, 'EDIT_GAMES'],
      [RELEASE, { gameId }, 'PUBLISH'],
      [DRAFT, { gameId }, 'members'],
    ] as const) {
      const { errors } = await graph.ask(document, variables, stranger.by);
      assert.equal(errors?.[0]?.extensions?.code, 'FORBIDDEN');
      assert.match(errors[0].message, new RegExp(permission));
      assert.equal(await graph.code(document, variables), 'UNAUTHENTICATED');
    }
    const secret = { gameId: (await given.draft()).id };
    assert.deepEqual(await graph.data(DRAFT, secret, stranger.by), { gameDataDraft: null });
  });
});

describe('putting items into the draft', () => {
  it('shows them, and how they differ from what is released', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    await given.items(game, [sword, ring, { ...ring, key: 'band' }]);
    const { items, difference } = await draftOf(game);
    assert.equal(items.totalCount, 3);
    assert.deepEqual(
      items.edges.map(({ node }: Answer['data']) => node),
      [{ ...ring, key: 'band' }, ring, sword].map(one => ({
        ...{ iconUrl: null, isRemoved: false },
        ...one,
      })),
    );
    const expected = { areDefinitionsChanged: true, added: ['band', 'ring', 'sword'] };
    assert.deepEqual(difference, { ...expected, changed: [], removed: [], itemsCount: 3 });
    await given.release(game);
    const none = { areDefinitionsChanged: false, added: [], changed: [], removed: [] };
    assert.deepEqual((await draftOf(game)).difference, { ...none, itemsCount: 0 });
    await given.items(game, [sword, { ...ring, name: 'Band' }, { ...sword, key: 'axe' }]);
    await remove(game, 'band');
    assert.deepEqual((await draftOf(game)).difference, {
      ...{ areDefinitionsChanged: false, added: ['axe'], changed: ['ring'], removed: ['band'] },
      itemsCount: 3,
    });
    await given.items(game, [{ ...ring, key: 'band' }, ring]);
    await remove(game, 'axe');
    assert.deepEqual(
      (await draftOf(game)).difference,
      { ...none, itemsCount: 0 },
      'all taken back',
    );
  });

  it('says what is wrong with their shape, and which keys there are not', async () => {
    const { id: gameId, by } = await given.game();
    for (const bad of [
      [],
      Array.from({ length: 501 }, (_, n) => ({ ...sword, key: `k${n}` })),
      [sword, sword],
      [{ ...sword, key: 'no key' }],
      [{ ...sword, key: '' }],
      [{ ...sword, name: ' ' }],
      [{ ...sword, category: 'x'.repeat(65) }],
      [{ ...sword, iconUrl: 'http://example.org/x.png' }],
      [{ ...sword, attributes: [1] }],
      [{ ...sword, attributes: { damage: null } }],
      [{ ...sword, attributes: { damage: { deep: 1 } } }],
    ]) {
      const { errors } = await graph.ask(PUT, { gameId, items: bad }, by);
      assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT', JSON.stringify(bad[0]));
    }
    await graph.data(PUT, { gameId, items: [sword] }, by);
    const { errors } = await graph.ask(REMOVE, { gameId, keys: ['sword', 'nosuch'] }, by);
    assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
    assert.match(errors[0].message, /nosuch/);
    assert.doesNotMatch(errors[0].message, /sword/);
  });

  it('takes 500 at a time in a few statements', async () => {
    const game = await given.game();
    const items = Array.from({ length: 500 }, (_, n) => ({ ...sword, key: `sword-${n}` }));
    const statements = await graph.statements(() => given.items(game, items));
    assert.ok(statements.length <= 8, statements.join('\n'));
    assert.equal((await draftOf(game)).difference.itemsCount, 500);
  });
});

describe('releasing the data of a game', () => {
  it('makes the next version, and announces it with every item that changed', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    await given.items(game, [sword, ring]);
    assert.deepEqual(await release(game, ' First. '), {
      ...{ __typename: 'GameData', version: 1, notes: 'First.', game: { dataVersion: 1 } },
    });
    await given.items(game, [sword, { ...ring, name: 'Band' }, { ...sword, key: 'axe' }]);
    assert.equal((await release(game)).version, 2);
    const told = (await graph.events()).filter(
      ({ type, data }) =>
        data.gameId === game.uuid || (data.id === game.uuid && /updated/.test(type)),
    );
    const lines = told.map(({ type, data }) =>
      [type.split('.')[1], data.key ?? '-', data.version ?? data.dataVersion].join(' '),
    );
    assert.deepEqual(lines.sort(), [
      ...['game - 1', 'game - 2', 'game-data - 1', 'game-data - 2'],
      ...['item axe 2', 'item ring 1', 'item ring 2', 'item sword 1'],
    ]);
    const first = told.find(({ data }) => data.version === 1)!;
    assert.equal(first.type, 'games.game-data.released.v1');
    assert.deepEqual(first.data.stats[0], { ...SCHEMA.stats[0], unit: null, rounding: 'NONE' });
    const item = told.find(({ data }) => data.key === 'sword')!;
    assert.deepEqual(item.data, {
      ...sword,
      ...{ id: item.data.id, gameId: game.uuid, dataVersion: 1, iconUrl: null, isRemoved: false },
    });
  });

  it('shows each version as it was released', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    await given.release(game);
    await given.define(game, { ...SCHEMA, stats: [], rules: [] });
    await given.items(game, [sword]);
    await given.release(game);
    const dataOf = async (version?: number) =>
      (
        await graph.data(
          `query ($id: ID!, $version: Int) { game(id: $id) { data(version: $version) {
            version releasedAt notes ${DEFINITIONS} game { id } } } }`,
          { id: game.id, version },
        )
      ).game.data;
    assert.deepEqual(
      [(await dataOf(1)).stats.length, (await dataOf(2)).stats.length, (await dataOf()).version],
      [2, 0, 2],
    );
    assert.equal(await dataOf(3), null);
    for (const table of ['game_data', 'item_revision']) {
      await assert.rejects(graph.em().execute(`DELETE FROM ${table}`), /never changed/);
    }
  });

  it('refuses items that are not as defined, and lists all that is wrong', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    const bad = (key: string, attributes: object, more: object = {}) => ({
      ...{ ...ring, key, attributes: { damage: 1, ...attributes } },
      ...more,
    });
    await given.items(game, [
      bad('a', { damage: 1.5 }),
      bad('b', { weight: 100.5 }),
      bad('c', { weight: -1, is_magic: 'yes', lore: 5, rarity: 'epic' }),
      bad('d', { speed: 1 }, { slots: ['ring', 'foot'] }),
      { ...ring, key: 'e', attributes: {} },
      sword,
    ]);
    const told = (await graph.events(game.uuid)).length;
    const outcome = await release(game);
    assert.equal(outcome.__typename, 'GameDataFaulty');
    const lines = outcome.faults.map(
      ({ itemKey, attributeKey, message }: Answer['data']) =>
        `${itemKey} ${attributeKey}: ${message}`,
    );
    assert.deepEqual(lines, [
      'a damage: damage must be a whole number.',
      'b weight: weight must be at most 100 kg, and is 100.5 kg.',
      'c weight: weight must be at least 0 kg, and is -1 kg.',
      'c is_magic: is_magic must be true or false.',
      'c lore: lore must be text.',
      'c rarity: rarity must be one of common, rare.',
      'd speed: There is no attribute speed.',
      'd null: There is no slot foot.',
      'e damage: damage is required.',
    ]);
    assert.equal(outcome.faultsCount, 9);
    assert.equal((await graph.events(game.uuid)).length, told);
    const { game: shown } = await graph.data(
      'query ($id: ID!) { game(id: $id) { dataVersion items { totalCount } } }',
      { id: game.id },
    );
    assert.deepEqual(shown, { dataVersion: 0, items: { totalCount: 0 } });
  });

  it('judges items that stay as they are by the new definitions, too', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    await given.items(game, [sword, ring]);
    await given.release(game);
    const [damage, ...others] = SCHEMA.attributes;
    await given.define(game, { ...SCHEMA, attributes: [{ ...damage, max: 50 }, ...others] });
    const { faults } = await release(game);
    assert.deepEqual(
      faults.map(({ itemKey }: Answer['data']) => itemKey),
      ['sword'],
    );
    await remove(game, 'sword');
    assert.equal((await release(game)).version, 2, 'what is removed need not be right');
  });

  it('shows a hundred faults at most, and says how many there are', async () => {
    const game = await given.game();
    const items = Array.from({ length: 150 }, (_, n) => ({ ...sword, key: `s${n}` }));
    await given.items(game, items);
    const { faults, faultsCount } = await release(game);
    assert.deepEqual([faults.length, faultsCount], [100, 150 * 6]);
  });

  it('refuses when there is nothing new', async () => {
    const game = await given.game();
    assert.equal((await release(game)).__typename, 'GameDataUnchanged');
    await given.define(game, SCHEMA);
    await given.items(game, [sword]);
    await given.release(game);
    await given.items(game, [sword]);
    assert.equal((await release(game)).__typename, 'GameDataUnchanged');
    await given.define(game, { ...SCHEMA, cost: 'damage' });
    assert.equal((await release(game)).version, 2, 'what it costs is a definition, too');
  });

  it('releases once when several ask at once', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    const outcomes = await Promise.all([release(game), release(game), release(game)]);
    const kinds = outcomes.map(({ __typename }) => __typename).sort();
    assert.deepEqual(kinds, ['GameData', 'GameDataUnchanged', 'GameDataUnchanged']);
  });

  it('keeps every change, though others put items meanwhile', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    await given.items(game, [sword]);
    const puts = Array.from({ length: 5 }, (_, n) =>
      given.items(game, [{ ...ring, key: `r${n}` }]),
    );
    await Promise.all([...puts, release(game)]);
    const { difference } = await draftOf(game);
    const { game: released } = await graph.data(
      'query ($id: ID!) { game(id: $id) { items { totalCount } } }',
      { id: game.id },
    );
    assert.equal(difference.itemsCount + released.items.totalCount, 6);
  });

  it('takes 2,000 changed items in as many statements as a few', async () => {
    const game = await given.game();
    await given.define(game, SCHEMA);
    await given.release(game);
    const many = Array.from({ length: 2_000 }, (_, n) => ({ ...sword, key: `sword-${n}` }));
    for (let start = 0; start < many.length; start += 500) {
      await given.items(game, many.slice(start, start + 500));
    }
    const ofMany = await graph.statements(() => release(game));
    await given.items(game, [ring]);
    const ofOne = await graph.statements(() => release(game));
    assert.equal(ofMany.length, ofOne.length, ofMany.join('\n'));
    const items = (await graph.events()).filter(
      ({ type, data }) => type === 'games.item.changed.v1' && data.gameId === game.uuid,
    );
    assert.equal(items.length, 2_001);
  });
});
