import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gameDataReleased, gameUpdated, itemChanged } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { GameDataVersions } from '../game-data/game-data-versions.js';
import { builds } from '../subgraph.js';
import {
  CREATE,
  dataState,
  gameState,
  givenBuild,
  givenGame,
  givenUser,
  put,
  seen,
} from '../testing.js';

const SAVE = `mutation ($input: SaveBuildInput!) { saveBuild(input: $input) {
  __typename ... on Build { revision name notes dataVersion needsReview items { name } }
  ... on BuildFaulty { message faults { path message } } } }`;
const FORK = `mutation ($id: ID!, $name: String!) { forkBuild(id: $id, name: $name) {
  __typename ... on Build { id name notes visibility revision dataVersion forkedFrom { id } items { name } } } }`;
const SHOW = `mutation ($id: ID!, $visibility: BuildVisibility!) {
  setBuildVisibility(id: $id, visibility: $visibility) { __typename ... on Build { visibility publishedAt } } }`;
const DELETE = 'mutation ($id: ID!) { deleteBuild(id: $id) }';
let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

describe('making a build', () => {
  it('puts items into slots, works out its stats, and announces it', async () => {
    const [author, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring, band } = game.items;
    const { id, buildId } = await givenBuild(graph, author.by, game, {
      ...{ name: ' Str  ', notes: 'Swing.', items: put(greatSword, ring, band) },
      parameters: [{ key: 'endurance', value: 20 }],
    });
    const build = await seen(
      graph,
      id,
      `name notes visibility revision dataVersion isOutdated needsReview gameTitle authorHandle publishedAt
       game { id } author { id } items { slot position name category isRemoved item { id } attributes { key name unit value pinnedValue isChanged } }
       parameters { key name value } stats { key name unit value problem } violations { rule }`,
    );
    const { items, stats, publishedAt, ...rest } = build;
    assert.deepEqual(rest, {
      ...{ name: 'Str', notes: 'Swing.', visibility: 'PUBLIC', revision: 1, dataVersion: 1 },
      ...{ isOutdated: false, needsReview: false, violations: [] },
      ...{ gameTitle: game.state.title, authorHandle: author.state.handle },
      ...{ game: { id: game.id }, author: { id: author.id } },
      parameters: [{ key: 'endurance', name: 'Endurance', value: 20 }],
    });
    assert.ok(publishedAt);
    assert.deepEqual(
      items.map((each: Answer['data']) => [each.slot, each.position, each.name]),
      [
        ['weapon', 0, 'Great Sword'],
        ['ring', 0, 'Ring'],
        ['ring', 1, 'Band'],
      ],
    );
    assert.equal(items[0].item.id, globalId('Item', greatSword.id));
    assert.deepEqual(items[0].attributes, [
      {
        ...{ key: 'damage', name: 'Damage', unit: null },
        ...{ value: 100, pinnedValue: 100, isChanged: false },
      },
      {
        ...{ key: 'weight', name: 'Weight', unit: 'kg' },
        ...{ value: 12, pinnedValue: 12, isChanged: false },
      },
    ]);
    assert.deepEqual(
      stats.map((each: Answer['data']) => [each.key, each.value]),
      [
        ['damage', 105],
        ['burden', 21.666666666667],
        ['weight', 13],
        ['equip_load', 60],
      ],
    );
    assert.deepEqual(await graph.events(buildId), [
      {
        type: 'builds.build.created.v1',
        data: {
          ...{ id: buildId, gameId: game.gameId, authorId: author.userId, name: 'Str' },
          ...{ visibility: 'PUBLIC', publishedAt, revision: 1, dataVersion: 1 },
          ...{ forkedFromId: null, likesCount: 0, needsReview: false, patchVersion: null },
        },
      },
    ]);
  });

  it('does not mind rules that are broken: they are shown', async () => {
    const [author, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, author.by, game, { items: put(game.items.anvil) });
    assert.deepEqual(await seen(graph, id, 'violations { rule message }'), {
      violations: [{ rule: 'equip-load', message: 'You cannot carry that much.' }],
    });
  });

  it('refuses what does not go with the game, all of it at once, and keeps nothing', async () => {
    const [author, game, other] = [
      await givenUser(graph),
      await givenGame(graph),
      await givenGame(graph),
    ];
    const { greatSword, ring, band } = game.items;
    await graph.deliver(itemChanged({ ...band, isRemoved: true }));
    const items = [
      ...put(greatSword, greatSword, band, other.items.ring),
      { slot: 'ring', itemId: globalId('Item', uuidv7()) },
      { slot: 'ring', itemId: 'nonsense' },
      { slot: 'weapon', itemId: globalId('Item', ring.id) },
      { slot: 'hat', itemId: globalId('Item', ring.id) },
    ];
    const parameters = [
      { key: 'endurance', value: 100 },
      { key: 'luck', value: 1 },
    ];
    const input = { gameId: game.id, name: 'Bad', items, parameters };
    const { createBuild } = await graph.data(CREATE, { input }, author.by);
    assert.equal(createBuild.__typename, 'BuildFaulty');
    const faults = createBuild.faults.map(
      ({ path, message }: Answer['data']) => `${path}: ${message}`,
    );
    assert.deepEqual(faults.sort(), [
      'items[1].slot: Weapon has room for 1.',
      'items[2].item: Band is not in the game any more.',
      'items[3].item: Ring belongs to another game.',
      'items[4].item: There is no such item.',
      'items[4].slot: Rings has room for 2.',
      'items[5].item: There is no such item.',
      'items[5].slot: Rings has room for 2.',
      'items[6].slot: Ring does not fit Weapon.',
      'items[6].slot: Weapon has room for 1.',
      'items[7].slot: There is no slot "hat".',
      'parameters[0].value: Endurance is a whole number from 1 to 99, not 100.',
      'parameters[1].key: There is no parameter "luck".',
    ]);
    const own = await graph.entities('User', [author.id], '{ builds { totalCount } }', author.by);
    assert.equal(own[0].builds.totalCount, 0);
  });

  it('needs a game that is published, and has data', async () => {
    const { by } = await givenUser(graph);
    const [draft, bare] = [gameState({ state: 'DRAFT' }), gameState()];
    await graph.deliver(
      gameUpdated(draft),
      gameDataReleased(dataState(draft.id)),
      gameUpdated(bare),
    );
    const faultsOf = async (gameId: string) => {
      const input = { gameId: globalId('Game', gameId), name: 'Early', items: [] };
      return (await graph.data(CREATE, { input }, by)).createBuild.faults;
    };
    assert.deepEqual(await faultsOf(draft.id), [
      { path: 'game', message: 'It is not published yet.' },
    ]);
    assert.deepEqual(await faultsOf(bare.id), [
      { path: 'game', message: 'It has no items and rules for builds.' },
    ]);
    const input = { gameId: globalId('Game', uuidv7()), name: 'Nowhere', items: [] };
    assert.equal(await graph.code(CREATE, { input }, by), 'NOT_FOUND');
  });

  it('is for who is logged in, and wants a name, and not too many items', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const input = { gameId: game.id, name: 'Build', items: [] as object[] };
    assert.equal(await graph.code(CREATE, { input }), 'UNAUTHENTICATED');
    for (const bad of [{ name: ' ' }, { name: 'a\nb' }, { notes: 'x'.repeat(5_001) }]) {
      assert.equal(await graph.code(CREATE, { input: { ...input, ...bad } }, by), 'BAD_USER_INPUT');
    }
    const items = Array.from({ length: 201 }, () => put(game.items.ring)[0]!);
    assert.equal(await graph.code(CREATE, { input: { ...input, items } }, by), 'BAD_USER_INPUT');
    const longKey = [{ slot: 'x'.repeat(201), itemId: put(game.items.ring)[0]!.itemId }];
    assert.equal(
      await graph.code(CREATE, { input: { ...input, items: longKey } }, by),
      'BAD_USER_INPUT',
    );
  });

  it('costs the same few statements, whatever it consists of', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring, band } = game.items;
    await givenBuild(graph, by, game); // from here on the game's data is known
    const costOf = (...items: (typeof ring)[]) =>
      graph.statements(() => givenBuild(graph, by, game, { items: put(...items) }));
    const few = await costOf(greatSword);
    assert.ok(few.length <= 7, few.join('\n'));
    assert.equal((await costOf(greatSword, ring, band)).length, few.length);
  });

  it('gets another share code when the first is taken', async () => {
    const codes = ['AAAA2222', 'AAAA2222', 'BBBB3333'];
    const own = await testSubgraph({
      ...builds,
      services: () => ({ gameData: new GameDataVersions(), newShareCode: () => codes.shift()! }),
    });
    try {
      const [{ by }, game] = [await givenUser(own), await givenGame(own)];
      assert.equal((await givenBuild(own, by, game)).shareCode, 'AAAA2222');
      assert.equal((await givenBuild(own, by, game)).shareCode, 'BBBB3333');
    } finally {
      await own.stop();
    }
  });
});

describe('checking a build that is not saved', () => {
  const CHECK = `query ($input: BuildContentInput!) { checkBuild(input: $input) {
    stats { key value problem } violations { rule message } faults { path message } } }`;

  it('tells stats, all violations and all faults, to anybody', async () => {
    const game = await givenGame(graph);
    const { anvil, ring } = game.items;
    const items = [...put(anvil, ring, ring, ring), { slot: 'hat', itemId: 'nonsense' }];
    const { checkBuild } = await graph.data(CHECK, { input: { gameId: game.id, items } });
    assert.equal(checkBuild.stats[0].value, 20);
    assert.deepEqual(
      checkBuild.violations.map(({ rule }: Answer['data']) => rule),
      ['slot.ring', 'slot.hat', 'equip-load'],
    );
    assert.deepEqual(
      checkBuild.faults.map(({ path }: Answer['data']) => path),
      ['items[4].item', 'items[3].slot', 'items[4].slot'],
    );
    const { checkBuild: empty } = await graph.data(CHECK, {
      input: { gameId: game.id, items: [] },
    });
    assert.deepEqual(empty.violations, [{ rule: 'slot.weapon', message: 'Weapon is empty.' }]);
    assert.deepEqual(empty.faults, []);
  });

  it('gives away nothing of a draft', async () => {
    const draft = gameState({ state: 'DRAFT' });
    await graph.deliver(gameUpdated(draft), gameDataReleased(dataState(draft.id)));
    const input = { gameId: globalId('Game', draft.id), items: [] };
    assert.deepEqual((await graph.data(CHECK, { input })).checkBuild, {
      ...{ stats: [], violations: [] },
      faults: [{ path: 'game', message: 'It is not published yet.' }],
    });
  });
});

describe('saving a build', () => {
  it('makes the next revision, and keeps those before it', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { greatSword, ring } = game.items;
    const { id, buildId } = await givenBuild(graph, by, game, { notes: 'Old.' });
    const input = { id, expectedRevision: 1, name: 'New', items: put(greatSword, ring) };
    const { saveBuild } = await graph.data(SAVE, { input }, by);
    assert.deepEqual(saveBuild, {
      ...{ __typename: 'Build', revision: 2, name: 'New', notes: 'Old.' },
      ...{ dataVersion: 1, needsReview: false, items: [{ name: 'Great Sword' }, { name: 'Ring' }] },
    });
    const { revisions } = await seen(
      graph,
      id,
      'revisions(first: 5) { totalCount edges { node { number dataVersion savedAt stats { key value } items { name } } } }',
    );
    assert.equal(revisions.totalCount, 2);
    const [second, first] = revisions.edges.map(({ node }: Answer['data']) => node);
    assert.deepEqual([second.number, first.number], [2, 1]);
    assert.deepEqual([second.stats[0].value, first.stats[0].value], [105, 100]);
    assert.deepEqual(first.items, [{ name: 'Great Sword' }]);
    const [, event] = await graph.events(buildId);
    assert.deepEqual([event!.type, event!.data.revision], ['builds.build.updated.v1', 2]);
  });

  it('leaves what is not given, and refuses what does not go with the game', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const parameters = [{ key: 'endurance', value: 30 }];
    const { id } = await givenBuild(graph, by, game, { parameters });
    const emptied = { id, expectedRevision: 1, notes: null };
    assert.equal((await graph.data(SAVE, { input: emptied }, by)).saveBuild.revision, 2);
    assert.deepEqual(await seen(graph, id, 'name notes items { name } parameters { value }'), {
      ...{ name: 'Build', notes: null },
      ...{ items: [{ name: 'Great Sword' }], parameters: [{ value: 30 }] },
    });
    const bad = { id, expectedRevision: 2, items: [{ slot: 'hat', itemId: 'x' }] };
    const { saveBuild } = await graph.data(SAVE, { input: bad }, by);
    assert.deepEqual(
      saveBuild.faults.map(({ path }: Answer['data']) => path),
      ['items[0].item', 'items[0].slot'],
    );
    assert.equal((await seen(graph, id, 'revision')).revision, 2);
  });

  it('lets one of many win who save at once, and tells the others the present revision', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, by, game);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        graph.ask(SAVE, { input: { id, expectedRevision: 1, name: `Try ${n}` } }, by),
      ),
    );
    const saved = answers.filter(({ errors }) => !errors);
    assert.equal(saved.length, 1);
    for (const { errors } of answers.filter(answer => answer.errors)) {
      const { code, presentRevision } = errors![0]!.extensions!;
      assert.deepEqual([code, presentRevision], ['CONFLICT', 2]);
    }
    const fields = 'revision name revisions { totalCount }';
    const { revision, name, revisions } = await seen(graph, id, fields);
    assert.deepEqual([revision, name, revisions.totalCount], [2, saved[0]!.data.saveBuild.name, 2]);
  });

  it('is for its author', async () => {
    const [author, other, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const { id } = await givenBuild(graph, author.by, game);
    const input = { id, expectedRevision: 1 };
    assert.equal(await graph.code(SAVE, { input }, other.by), 'FORBIDDEN');
    assert.equal(await graph.code(SAVE, { input }), 'UNAUTHENTICATED');
    assert.equal(await graph.code(SHOW, { id, visibility: 'PRIVATE' }, other.by), 'FORBIDDEN');
    assert.equal(await graph.code(DELETE, { id }, other.by), 'FORBIDDEN');
  });
});

describe('showing a build', () => {
  it('keeps the moment when it was first shown to everyone', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id, buildId } = await givenBuild(graph, by, game, { visibility: 'UNLISTED' });
    const show = async (visibility: string) =>
      (await graph.data(SHOW, { id, visibility }, by)).setBuildVisibility;
    assert.equal((await show('PRIVATE')).publishedAt, null);
    const { publishedAt } = await show('PUBLIC');
    assert.ok(publishedAt);
    await show('PRIVATE');
    await show('PRIVATE');
    assert.deepEqual(await show('PUBLIC'), {
      ...{ __typename: 'Build', visibility: 'PUBLIC', publishedAt },
    });
    const told = await graph.events(buildId);
    assert.deepEqual(
      told.map(({ data }) => data.visibility),
      ['UNLISTED', 'PRIVATE', 'PUBLIC', 'PRIVATE', 'PUBLIC'],
    );
  });
});

describe('forking a build', () => {
  it('makes a private copy of the present revision that remembers where it is from', async () => {
    const [author, other, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const source = await givenBuild(graph, author.by, game, { notes: 'Swing.' });
    const { forkBuild } = await graph.data(FORK, { id: source.id, name: 'Mine' }, other.by);
    const { id, ...fork } = forkBuild;
    assert.deepEqual(fork, {
      ...{ __typename: 'Build', name: 'Mine', notes: 'Swing.', visibility: 'PRIVATE' },
      ...{ revision: 1, dataVersion: 1, forkedFrom: { id: source.id } },
      items: [{ name: 'Great Sword' }],
    });
    assert.deepEqual(await seen(graph, source.id, 'forksCount'), { forksCount: 0 });
    await graph.data(SHOW, { id, visibility: 'PUBLIC' }, other.by);
    assert.deepEqual(await seen(graph, source.id, 'forksCount'), { forksCount: 1 });
    await graph.data(DELETE, { id: source.id }, author.by);
    assert.deepEqual(await seen(graph, id, 'forkedFrom { id }'), { forkedFrom: null });
    assert.equal(await graph.code(FORK, { id: source.id, name: 'x' }, other.by), 'NOT_FOUND');
    assert.equal(await graph.code(FORK, { id, name: 'a\nb' }, author.by), 'BAD_USER_INPUT');
  });

  it('stays pinned to what its source was pinned to, and is flagged like it', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const source = await givenBuild(graph, by, game);
    const { greatSword } = game.items;
    await graph.deliver(
      itemChanged({ ...greatSword, attributes: { damage: 90, weight: 12 } }),
      gameDataReleased(dataState(game.gameId, { version: 2 })),
    );
    const { forkBuild } = await graph.data(FORK, { id: source.id, name: 'Late' }, by);
    const { items, ...fork } = await seen(
      graph,
      forkBuild.id,
      'dataVersion isOutdated needsReview items { attributes { key value pinnedValue isChanged } }',
      by,
    );
    assert.deepEqual(fork, { dataVersion: 1, isOutdated: true, needsReview: true });
    assert.deepEqual(items[0].attributes[0], {
      ...{ key: 'damage', value: 90, pinnedValue: 100, isChanged: true },
    });
  });
});

describe('deleting a build', () => {
  it('announces the end, and leaves nothing', async () => {
    const [{ by }, game] = [await givenUser(graph), await givenGame(graph)];
    const { id, buildId } = await givenBuild(graph, by, game);
    assert.deepEqual(await graph.data(DELETE, { id }, by), { deleteBuild: id });
    assert.equal(await seen(graph, id, 'id', by), null);
    assert.deepEqual((await graph.events(buildId)).at(-1), {
      ...{ type: 'builds.build.deleted.v1', data: { id: buildId } },
    });
    assert.equal(await graph.code(DELETE, { id }, by), 'NOT_FOUND');
  });
});
