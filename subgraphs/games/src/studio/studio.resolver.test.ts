import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { globalId } from '@gamegraph/subgraph-kit';
import { type Answer, type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { games } from '../subgraph.js';
import { givenIn, somebody, uuidIn } from '../testing.js';

const CREATE = `mutation ($input: CreateStudioInput!) { createStudio(input: $input) {
  __typename ... on Studio { id name handle members { user { id } permissions } }
  ... on Refusal { message } } }`;
const SET = `mutation ($studioId: ID!, $userId: ID!, $permissions: [StudioPermission!]!) {
  setStudioMember(studioId: $studioId, userId: $userId, permissions: $permissions) {
    __typename ... on Studio { members { user { id } permissions } } ... on Refusal { message } } }`;

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(games);
});
after(() => graph.stop());
const given = givenIn(() => graph);

describe('founding a studio', () => {
  it('makes whoever founds it a member who may do everything, and announces it', async () => {
    const { id, userId, by } = somebody('games:create');
    const { createStudio } = await graph.data(
      CREATE,
      { input: { name: ' Nine  Lives ', handle: 'nine-lives' } },
      by,
    );
    const permissions = ['MANAGE_MEMBERS', 'EDIT_GAMES', 'EDIT_PRICES', 'PUBLISH', 'OPERATE'];
    assert.deepEqual(createStudio, {
      ...{ __typename: 'Studio', id: createStudio.id, name: 'Nine  Lives', handle: 'nine-lives' },
      members: [{ user: { id }, permissions }],
    });
    const uuid = uuidIn(createStudio.id);
    assert.deepEqual(await graph.events(uuid), [
      {
        type: 'games.studio.founded.v1',
        data: {
          ...{ id: uuid, name: 'Nine  Lives', handle: 'nine-lives' },
          members: [{ userId, permissions }],
        },
      },
    ]);
  });

  it('is for those with the permission games:create', async () => {
    const input = { name: 'x', handle: 'somewhere' };
    assert.equal(await graph.code(CREATE, { input }), 'UNAUTHENTICATED');
    assert.equal(await graph.code(CREATE, { input }, somebody().by), 'FORBIDDEN');
  });

  it('lets one of several win who want the same handle at once', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map(n =>
        graph.data(
          CREATE,
          { input: { name: `${n}`, handle: 'the-one' } },
          somebody('games:create').by,
        ),
      ),
    );
    const kinds = answers.map(({ createStudio }) => createStudio.__typename).sort();
    assert.deepEqual(kinds, ['Studio', 'StudioHandleTaken', 'StudioHandleTaken']);
  });

  it('says what is wrong with a name or a handle', async () => {
    for (const input of [
      { name: 'x', handle: 'Not Good' },
      { name: 'x', handle: 'ab' },
      { name: 'x', handle: 'a--b' },
      { name: ' ', handle: 'good-one' },
    ]) {
      const { by } = somebody('games:create');
      assert.equal(
        await graph.code(CREATE, { input }, by),
        'BAD_USER_INPUT',
        JSON.stringify(input),
      );
    }
  });
});

describe('saying who is a member', () => {
  it('adds, changes and removes members, and announces it', async () => {
    const studio = await given.studio();
    const other = somebody();
    const set = async (permissions: string[]) => {
      const variables = { studioId: studio.id, userId: other.id, permissions };
      const { setStudioMember } = await graph.data(SET, variables, studio.by);
      const found = setStudioMember.members.find(
        ({ user }: Answer['data']) => user.id === other.id,
      );
      return found?.permissions;
    };
    assert.deepEqual(await set(['PUBLISH', 'EDIT_GAMES', 'PUBLISH']), ['EDIT_GAMES', 'PUBLISH']);
    assert.deepEqual(await set(['EDIT_PRICES']), ['EDIT_PRICES']);
    assert.equal(await set([]), undefined);
    const told = (await graph.events(uuidIn(studio.id))).slice(1);
    assert.deepEqual(
      told.map(({ type, data }) => [
        type,
        data.members.find(({ userId }: Answer['data']) => userId === other.userId)?.permissions,
      ]),
      [
        ['games.studio.changed.v1', ['EDIT_GAMES', 'PUBLISH']],
        ['games.studio.changed.v1', ['EDIT_PRICES']],
        ['games.studio.changed.v1', undefined],
      ],
    );
  });

  it('refuses to leave a studio without somebody who may manage it', async () => {
    const { id, founder, by } = await given.studio();
    for (const permissions of [[], ['EDIT_GAMES']]) {
      const variables = { studioId: id, userId: founder.id, permissions };
      const { setStudioMember } = await graph.data(SET, variables, by);
      assert.equal(setStudioMember.__typename, 'StudioWithoutManager');
    }
    assert.equal((await graph.events(uuidIn(id))).length, 1);
  });

  it('lets one of two managers stay who remove each other at once', async () => {
    const { id, founder, by } = await given.studio();
    const other = somebody();
    const set = (userId: string, permissions: string[], asking: object) =>
      graph.ask(SET, { studioId: id, userId, permissions }, asking);
    await set(other.id, ['MANAGE_MEMBERS'], by);
    await Promise.all([set(other.id, [], by), set(founder.id, [], other.by)]);
    const { studio } = await graph.data(
      'query ($id: ID!) { studio(id: $id) { members { permissions } } }',
      { id },
    );
    assert.equal(studio.members.length, 1);
    assert.ok(studio.members[0].permissions.includes('MANAGE_MEMBERS'));
  });

  it('needs MANAGE_MEMBERS, or games:moderate', async () => {
    const studio = await given.studio();
    const variables = { studioId: studio.id, userId: somebody().id, permissions: ['PUBLISH'] };
    const { errors } = await graph.ask(SET, variables, somebody().by);
    assert.equal(errors?.[0]?.extensions?.code, 'FORBIDDEN');
    assert.match(errors[0].message, /MANAGE_MEMBERS/);
    const answer = await graph.data(SET, variables, somebody('games:moderate').by);
    assert.equal(answer.setStudioMember.__typename, 'Studio');
    const nowhere = { ...variables, studioId: globalId('Studio', somebody().userId) };
    assert.equal(await graph.code(SET, nowhere, somebody('games:moderate').by), 'NOT_FOUND');
  });
});

describe('looking studios up', () => {
  it('shows all fields, and of its games the drafts only to members', async () => {
    const studio = await given.studio('Lookers');
    const draft = await given.draft('Secret', {}, studio);
    const game = await given.game('Public', {}, studio);
    const QUERY = `query ($id: ID!) { studio(id: $id) { id name handle members { user { id } permissions }
      games { totalCount edges { node { id } } } } }`;
    const listed = async (by: object) => {
      const { studio: found } = await graph.data(QUERY, { id: studio.id }, by);
      assert.deepEqual([found.name, found.handle], ['Lookers', studio.handle]);
      assert.equal(found.games.totalCount, found.games.edges.length);
      return found.games.edges.map(({ node }: Answer['data']) => node.id);
    };
    assert.deepEqual(await listed({}), [game.id]);
    assert.deepEqual(await listed(somebody().by), [game.id]);
    assert.deepEqual(await listed(studio.by), [draft.id, game.id]);
    assert.deepEqual(await listed(somebody('games:moderate').by), [draft.id, game.id]);
  });

  it('finds the members and games of many, and the studios of many users, without a statement for each', async () => {
    const studios = [await given.studio(), await given.studio(), await given.studio()];
    await given.game('One', {}, studios[0]);
    await given.game('Two', {}, studios[1]);
    let found: Answer['data'][] = [];
    const FIELDS = '{ name members { user { id } } games { totalCount edges { node { title } } } }';
    const ofStudios = await graph.statements(async () => {
      found = await graph.entities(
        'Studio',
        studios.map(({ id }) => id),
        FIELDS,
      );
    });
    assert.deepEqual(
      found.map(({ games: { edges } }) => edges.map(({ node }: Answer['data']) => node.title)),
      [['One'], ['Two'], []],
    );
    assert.equal(ofStudios.length, 4, ofStudios.join('\n'));
    const users = [studios[2]!, studios[0]!].map(({ founder }) => founder.id);
    const ofUsers = await graph.statements(async () => {
      found = await graph.entities('User', users, '{ studios { edges { node { id } } } }');
    });
    assert.deepEqual(
      found.map(user => user.studios.edges.map(({ node }: Answer['data']) => node.id)),
      [[studios[2]!.id], [studios[0]!.id]],
    );
    assert.equal(ofUsers.length, 1, ofUsers.join('\n'));
  });
});
