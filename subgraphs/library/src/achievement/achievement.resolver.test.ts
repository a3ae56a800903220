import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { purchaseHeld, refundRequested } from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { v7 as uuidv7 } from 'uuid';
import {
  orderOf,
  type SomeGame,
  type Somebody,
  type TestLibrary,
  testLibrary,
} from '../testing.js';

const DEFINE = `mutation ($gameId: ID!, $achievements: [AchievementInput!]!) {
  defineAchievements(gameId: $gameId, achievements: $achievements) {
    achievements { totalCount edges { node { id key name description iconUrl points isSecret isRetired unlocksCount } } } } }`;
const RETIRE = `mutation ($gameId: ID!, $key: String!) { retireAchievement(gameId: $gameId, key: $key) { isRetired } }`;
const UNLOCK = `mutation ($gameId: ID!, $userId: ID!, $key: String!) {
  unlockAchievement(gameId: $gameId, userId: $userId, key: $key) {
    __typename
    ... on AchievementUnlock { id unlockedAt user { id } achievement { key unlocksCount unlockedPercent game { id } } }
    ... on Refusal { message } } }`;

const FIRST = { key: 'first_blood', name: 'First blood', description: 'Win a duel.' };
const SECRET = { key: 'twist', name: 'The twist', description: 'It was he.', isSecret: true };

let graph: TestLibrary;
before(async () => {
  graph = await testLibrary();
});
after(() => graph.stop());

async function givenAchievements(...achievements: object[]) {
  const { game, member } = await graph.givenStudio('OPERATE');
  await graph.data(DEFINE, { gameId: game.id, achievements }, member.by);
  return { game, server: member.by };
}

async function givenOwner(game: SomeGame) {
  const user = await graph.givenUser();
  const [entryId] = await graph.givenOwned(user, game);
  return { ...user, entryId: entryId! };
}

const unlock = async (game: SomeGame, user: Somebody, key: string, by: object) =>
  (await graph.data(UNLOCK, { gameId: game.id, userId: user.id, key }, by)).unlockAchievement;

const unlocksOf = async (user: Somebody) =>
  (await graph.events()).filter(
    ({ type, data }) => type.includes('achievement') && data.userId === user.userId,
  );

describe('defining achievements', () => {
  it('adds and changes them by key, and takes none away', async () => {
    const { game, server } = await givenAchievements(FIRST, SECRET);
    const changed = {
      ...{ ...FIRST, name: ' First  win ', iconUrl: 'https://example.org/i.png', points: 10 },
    };
    const third = { key: 'a-third', name: 'Third', description: '' };
    const variables = { gameId: game.id, achievements: [third, changed] };
    const { achievements } = (await graph.data(DEFINE, variables, server)).defineAchievements;
    assert.deepEqual(
      achievements.edges.map(({ node }: { node: object }) => ({ ...node, id: undefined })),
      [
        { ...changed, name: 'First  win', isSecret: false },
        { ...SECRET, iconUrl: null, points: null },
        { ...third, iconUrl: null, points: null, isSecret: false },
      ].map(one => ({ id: undefined, ...one, isRetired: false, unlocksCount: 0 })),
    );
  });

  it('is for who operates the game, and for moderators', async () => {
    const { game, member } = await graph.givenStudio('EDIT_GAMES', 'PUBLISH');
    const variables = { gameId: game.id, achievements: [FIRST] };
    assert.equal(await graph.code(DEFINE, variables), 'UNAUTHENTICATED');
    assert.equal(await graph.code(DEFINE, variables, member.by), 'FORBIDDEN');
    const stranger = (await graph.givenStudio('OPERATE')).member;
    assert.equal(await graph.code(DEFINE, variables, stranger.by), 'FORBIDDEN');
    const moderator = { userId: uuidv7(), permissions: ['games:moderate'] };
    const { defineAchievements } = await graph.data(DEFINE, variables, moderator);
    assert.equal(defineAchievements.achievements.totalCount, 1);
    const missing = { ...variables, gameId: globalId('Game', uuidv7()) };
    assert.equal(await graph.code(DEFINE, missing, moderator), 'NOT_FOUND');
  });

  it('says what is wrong with what was sent', async () => {
    const { game, server } = await givenAchievements();
    for (const bad of [
      [FIRST, FIRST],
      [{ ...FIRST, key: 'no good' }],
      [{ ...FIRST, name: '' }],
      [{ ...FIRST, iconUrl: 'http://example.org/i.png' }],
      [{ ...FIRST, points: -1 }],
      Array.from({ length: 201 }, (_, n) => ({ ...FIRST, key: `k${n}` })),
    ]) {
      const variables = { gameId: game.id, achievements: bad };
      assert.equal(await graph.code(DEFINE, variables, server), 'BAD_USER_INPUT');
    }
  });

  it('of one that was retired brings it back', async () => {
    const { game, server } = await givenAchievements(FIRST);
    const [user, late] = [await givenOwner(game), await givenOwner(game)];
    await unlock(game, user, FIRST.key, server);
    const retire = { gameId: game.id, key: FIRST.key };
    assert.equal(await graph.code(RETIRE, retire, user.by), 'FORBIDDEN');
    assert.equal(await graph.code(RETIRE, { ...retire, key: 'x' }, server), 'NOT_FOUND');
    const { retireAchievement } = await graph.data(RETIRE, retire, server);
    assert.equal(retireAchievement.isRetired, true);

    const unlockLate = { ...retire, userId: late.id };
    assert.equal(await graph.code(UNLOCK, unlockLate, server), 'NOT_FOUND');
    const again = await unlock(game, user, FIRST.key, server);
    assert.equal(again.__typename, 'AchievementUnlock', 'who has it keeps it');
    const progress = async (entryId: string) => {
      const fields = '{ achievements { unlocked total } }';
      return (await graph.entities('LibraryEntry', [entryId], fields, user.by))[0].achievements;
    };
    assert.deepEqual(await progress(user.entryId), { unlocked: 1, total: 1 });
    assert.deepEqual(await progress(late.entryId), { unlocked: 0, total: 0 });

    const variables = { gameId: game.id, achievements: [FIRST] };
    const { achievements } = (await graph.data(DEFINE, variables, server)).defineAchievements;
    assert.equal(achievements.edges[0].node.unlocksCount, 1);
    assert.equal((await unlock(game, late, FIRST.key, server)).achievement.unlocksCount, 2);
  });
});

describe('unlocking an achievement', () => {
  it('happens once, when a hundred say so at once', async () => {
    const { game, server } = await givenAchievements(FIRST);
    const user = await givenOwner(game);
    await givenOwner(game);
    const unlocks = await Promise.all(
      Array.from({ length: 100 }, () => unlock(game, user, FIRST.key, server)),
    );
    assert.equal(new Set(unlocks.map(({ id }) => id)).size, 1);
    assert.equal(new Set(unlocks.map(({ unlockedAt }) => unlockedAt)).size, 1);
    assert.deepEqual(unlocks[0].user, { id: user.id });
    const told = await unlocksOf(user);
    assert.deepEqual(
      told.map(({ type, data }) => ({ type, ...data })),
      [
        {
          type: 'library.achievement-unlock.unlocked.v1',
          ...{ id: told[0]!.data.id, userId: user.userId, gameId: game.gameId },
          ...{ achievementKey: FIRST.key, name: FIRST.name, unlockedAt: unlocks[0].unlockedAt },
        },
      ],
    );
    const { achievement } = await unlock(game, user, FIRST.key, server);
    assert.deepEqual(achievement, {
      ...{ key: FIRST.key, unlocksCount: 1, unlockedPercent: 50, game: { id: game.id } },
    });
  });

  it('counts each of many players who reach it at once', async () => {
    const { game, server } = await givenAchievements(FIRST);
    const users = await Promise.all(Array.from({ length: 10 }, () => givenOwner(game)));
    await Promise.all(users.map(user => unlock(game, user, FIRST.key, server)));
    const { achievement } = await unlock(game, users[0]!, FIRST.key, server);
    assert.deepEqual([achievement.unlocksCount, achievement.unlockedPercent], [10, 100]);
  });

  it('is for the game’s servers: not for its player, nor for moderators', async () => {
    const { game } = await givenAchievements(FIRST);
    const user = await givenOwner(game);
    const variables = { gameId: game.id, userId: user.id, key: FIRST.key };
    assert.equal(await graph.code(UNLOCK, variables), 'UNAUTHENTICATED');
    assert.equal(await graph.code(UNLOCK, variables, user.by), 'FORBIDDEN');
    const moderator = { ...user.by, permissions: ['games:moderate'] };
    assert.equal(await graph.code(UNLOCK, variables, moderator), 'FORBIDDEN');
  });

  it('needs a player who owns the game, or once did', async () => {
    const { game, server } = await givenAchievements(FIRST, SECRET);
    const stranger = await graph.givenUser();
    const refused = await unlock(game, stranger, FIRST.key, server);
    assert.equal(refused.__typename, 'GameNotOwned');
    const order = orderOf(stranger, game);
    await graph.deliver(purchaseHeld(order), refundRequested(order));
    const late = await unlock(game, stranger, FIRST.key, server);
    assert.equal(late.__typename, 'AchievementUnlock');
    const variables = { gameId: game.id, userId: stranger.id, key: 'none_such' };
    assert.equal(await graph.code(UNLOCK, variables, server), 'NOT_FOUND');
  });

  it('is told as it was, whatever the achievement is called later', async () => {
    const { game, server } = await givenAchievements(FIRST);
    const user = await givenOwner(game);
    const { id } = await unlock(game, user, FIRST.key, server);
    const renamed = { gameId: game.id, achievements: [{ ...FIRST, name: 'Another' }] };
    await graph.data(DEFINE, renamed, server);
    const uuid = Buffer.from(id, 'base64url').toString().split(':')[1]!;
    const path = `snapshots?topic=library.achievement-unlock&ids=${uuid}`;
    const [snapshot] = await graph.operate('GET', path);
    const [told] = await graph.events(uuid);
    assert.deepEqual(snapshot.state, told!.data);
  });
});

describe('looking at achievements', () => {
  it('keeps secret ones from who has them not, but for those who operate the game', async () => {
    const { game, server } = await givenAchievements(FIRST, SECRET);
    const [lucky, other] = [await givenOwner(game), await givenOwner(game)];
    await unlock(game, lucky, SECRET.key, server);
    const descriptions = async (by: object) => {
      const fields = '{ achievements { edges { node { name description } } } }';
      const [found] = await graph.entities('Game', [game.id], fields, by);
      return found.achievements.edges.map(
        ({ node }: { node: { description: string | null } }) => node.description,
      );
    };
    assert.deepEqual(await descriptions(other.by), ['Win a duel.', null]);
    assert.deepEqual(await descriptions({}), ['Win a duel.', null]);
    assert.deepEqual(await descriptions(lucky.by), ['Win a duel.', 'It was he.']);
    assert.deepEqual(await descriptions(server), ['Win a duel.', 'It was he.']);
  });

  it('lists those of a player, the latest first, in pages', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const { game, server } = await givenAchievements(...keys.map(key => ({ ...FIRST, key })));
    const user = await givenOwner(game);
    for (const key of keys) await unlock(game, user, key, server);
    const seen: string[] = [];
    for (let page = ''; ;) {
      const fields = `{ unlockedAchievements(first: 2${page}) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { achievement { key } } } } }`;
      const [entry] = await graph.entities('LibraryEntry', [user.entryId], fields);
      const { totalCount, pageInfo, edges } = entry.unlockedAchievements;
      assert.equal(totalCount, 5);
      for (const { node } of edges) seen.push(node.achievement.key);
      if (!pageInfo.hasNextPage) break;
      page = `, after: "${pageInfo.endCursor}"`;
    }
    assert.deepEqual(seen, ['e', 'd', 'c', 'b', 'a']);
  });

  it('costs the same number of statements for one game as for many', async () => {
    const some = await Promise.all(
      Array.from({ length: 6 }, () =>
        givenAchievements(FIRST, SECRET, { ...SECRET, key: 'other' }),
      ),
    );
    const user = await graph.givenUser();
    const games = some.map(({ game }) => game);
    const entries = await graph.givenOwned(user, ...games);
    const unlocks = [];
    for (const { game, server } of some) unlocks.push(await unlock(game, user, SECRET.key, server));
    const count = async (typeName: string, ids: string[], fields: string) =>
      (await graph.statements(() => graph.entities(typeName, ids, fields, user.by))).length;
    const ACHIEVEMENT = 'key name description unlockedPercent unlocksCount';
    const cases: [string, string[], string][] = [
      [
        'Game',
        games.map(({ id }) => id),
        `{ achievements { totalCount edges { node { ${ACHIEVEMENT} } } } }`,
      ],
      [
        'LibraryEntry',
        entries,
        `{ achievements { unlocked total } unlockedAchievements { edges { node { unlockedAt achievement { ${ACHIEVEMENT} } } } } }`,
      ],
      [
        'AchievementUnlock',
        unlocks.map(({ id }) => id),
        `{ user { id } achievement { ${ACHIEVEMENT} } }`,
      ],
    ];
    for (const [typeName, ids, fields] of cases) {
      const [one, many] = [
        await count(typeName, ids.slice(0, 1), fields),
        await count(typeName, ids, fields),
      ];
      assert.equal(many, one, `${typeName}: ${one} statements for one, ${many} for many`);
    }
  });

  it('shows what somebody reached to those to whom they show their library', async () => {
    const { game, server } = await givenAchievements(FIRST);
    const shy = await graph.givenUser({ library: 'PRIVATE' });
    await graph.givenOwned(shy, game);
    const { id } = await unlock(game, shy, FIRST.key, server);
    const fields = '{ achievement { key } }';
    assert.deepEqual(await graph.entities('AchievementUnlock', [id], fields), [null]);
    const [own] = await graph.entities('AchievementUnlock', [id], fields, shy.by);
    assert.equal(own.achievement.key, FIRST.key);
  });
});

it('keeps what it derives and what it announced equal to what it keeps', () => graph.assertSound());
