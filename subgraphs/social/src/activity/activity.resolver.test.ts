import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  achievementUnlocked,
  buildCreated,
  buildDeleted,
  type BuildState,
  buildUpdated,
  gamePublished,
  gameUpdated,
  licenceGranted,
  type LicenceState,
  licenceRevoked,
  userCreated,
  type UserState,
  userUpdated,
} from '@gamegraph/event-contracts';
import { globalId } from '@gamegraph/subgraph-kit';
import { v7 as uuidv7 } from 'uuid';
import {
  newPerson,
  nodes,
  type Person,
  type TestSocial,
  testSocial,
  UNFRIEND,
} from '../testing.js';

const FACTS = `totalCount pageInfo { endCursor hasNextPage } edges { node { id kind at user { id } userHandle
  game { id } gameTitle build { id } achievementName friend { id } } }`;

let graph: TestSocial;
before(async () => {
  graph = await testSocial();
});
after(() => graph.stop());

const feedOf = async (by: Person, args = 'first: 50') =>
  (await graph.data(`{ feed(${args}) { ${FACTS} } }`, {}, by.by)).feed;
const kindsOf = async (by: Person, of: Person): Promise<string[]> =>
  nodes(await feedOf(by))
    .filter(({ user }) => user.id === of.id)
    .map(({ kind }) => kind);
const activitiesOf = async (of: Person, by?: Person) =>
  (await graph.entities('User', [of.id], `{ activities { ${FACTS} } }`, by?.by))[0].activities;
const setPrivacy = (person: Person, privacy: Partial<UserState['privacy']>) =>
  graph.deliver(userUpdated({ ...person.state, privacy: { ...person.state.privacy, ...privacy } }));

function licenceOf({ userId }: Person, gameId = uuidv7()): LicenceState {
  return {
    ...{ id: uuidv7(), userId, gameId, source: 'ORDER', sourceId: uuidv7(), state: 'ACTIVE' },
    ...{ reason: null, playtimeSeconds: 0, grantedAt: new Date().toISOString() },
  };
}
function buildOf({ userId }: Person): BuildState {
  return {
    ...{ id: uuidv7(), gameId: uuidv7(), authorId: userId, name: 'Tank', visibility: 'PRIVATE' },
    ...{ publishedAt: null, revision: 1, dataVersion: 1, forkedFromId: null, likesCount: 0 },
    needsReview: false,
  };
}
const unlockOf = ({ userId }: Person, gameId = uuidv7()) =>
  achievementUnlocked({
    ...{ id: uuidv7(), userId, gameId, achievementKey: 'first', name: 'First blood' },
    unlockedAt: new Date().toISOString(),
  });

describe('the feed', () => {
  it('tells what friends and oneself did, with what it names, newest first', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob);
    const gameId = uuidv7();
    await graph.deliver(
      gamePublished({
        ...{
          id: gameId,
          studioId: uuidv7(),
          slug: 'chess',
          title: 'Chess',
          coverUrl: null,
          tags: [],
        },
        ...{
          platforms: [],
          state: 'PUBLISHED',
          releasedAt: null,
          dataVersion: 0,
          prices: [],
          discounts: [],
        },
      }),
    );
    await graph.deliver(licenceGranted(licenceOf(bob, gameId)));
    await graph.deliver(unlockOf(ann, gameId), unlockOf(cid, gameId));
    const feed = await feedOf(ann);
    assert.equal(feed.totalCount, 3);
    const [first, second, third] = nodes(feed).map(node => {
      const { id: _, at: __, ...fact } = node;
      return fact;
    });
    const game = { game: { id: globalId('Game', gameId) }, gameTitle: 'Chess', build: null };
    assert.deepEqual(first, {
      ...{ kind: 'ACHIEVEMENT_UNLOCKED', user: { id: ann.id }, userHandle: ann.handle },
      ...{ ...game, achievementName: 'First blood', friend: null },
    });
    assert.deepEqual(second, {
      ...{ kind: 'GAME_ADDED', user: { id: bob.id }, userHandle: bob.handle },
      ...{ ...game, achievementName: null, friend: null },
    });
    assert.deepEqual(third, {
      ...{ kind: 'FRIEND_ADDED', user: { id: ann.id }, userHandle: ann.handle },
      ...{
        game: null,
        gameTitle: null,
        build: null,
        achievementName: null,
        friend: { id: bob.id },
      },
    });
    assert.equal(await graph.code(`{ feed { totalCount } }`), 'UNAUTHENTICATED');
  });

  it('pages, and leaves out what is older than 30 days', async () => {
    const [ann] = await graph.givenPeople(1);
    const day = 86_400_000;
    const now = Date.now();
    for (const days of [31, 29, 2, 1]) {
      graph.setClock(new Date(now - days * day));
      await graph.deliver(licenceGranted(licenceOf(ann)));
    }
    graph.setClock(undefined);
    const first = await feedOf(ann, 'first: 2');
    const rest = await feedOf(ann, `first: 2, after: "${first.pageInfo.endCursor}"`);
    assert.deepEqual([first.totalCount, first.pageInfo.hasNextPage], [3, true]);
    assert.deepEqual([rest.edges.length, rest.pageInfo.hasNextPage], [1, false]);
    assert.equal((await activitiesOf(ann, ann)).totalCount, 4);
  });

  it('shows the present handle and title after a rename', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    const game = {
      ...{ id: uuidv7(), studioId: uuidv7(), slug: 'go', title: 'Go', coverUrl: null, tags: [] },
      ...{ platforms: [], releasedAt: null, dataVersion: 0, prices: [], discounts: [] },
      state: 'PUBLISHED' as const,
    };
    await graph.deliver(gamePublished(game), licenceGranted(licenceOf(bob, game.id)));
    await graph.deliver(userUpdated({ ...bob.state, handle: 'robert' }));
    await graph.deliver(gameUpdated({ ...game, title: 'Weiqi' }));
    const [fact] = nodes(await feedOf(ann));
    assert.deepEqual([fact.userHandle, fact.gameTitle], ['robert', 'Weiqi']);
  });

  it('loses a friend’s activity with the friendship, and the new friendship itself', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    await graph.deliver(licenceGranted(licenceOf(bob)));
    assert.equal((await feedOf(ann)).totalCount, 2);
    await graph.data(UNFRIEND, { userId: ann.id }, bob.by);
    assert.equal((await feedOf(ann)).totalCount, 0);
    await graph.befriend(bob, ann);
    assert.deepEqual((await kindsOf(ann, bob)).length + (await kindsOf(ann, ann)).length, 2);
  });

  it('honours the privacy of each, as it is when it is read', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    const shown = { ...buildOf(bob), visibility: 'PUBLIC' as const };
    await graph.deliver(licenceGranted(licenceOf(bob)), unlockOf(bob), buildCreated(shown));
    const [cid] = await graph.givenPeople(1);
    await graph.befriend(bob, cid);
    const all = ['ACHIEVEMENT_UNLOCKED', 'BUILD_PUBLISHED', 'FRIEND_ADDED', 'GAME_ADDED'];
    const kinds = async (by = ann) => (await kindsOf(by, bob)).sort();
    assert.deepEqual(await kinds(), all);
    await setPrivacy(bob, { library: 'PRIVATE' });
    assert.deepEqual(await kinds(), ['BUILD_PUBLISHED', 'FRIEND_ADDED']);
    await setPrivacy(bob, { library: 'PRIVATE', friends: 'PRIVATE' });
    assert.deepEqual(await kinds(), ['BUILD_PUBLISHED']);
    await setPrivacy(bob, { activity: 'PRIVATE' });
    assert.deepEqual(await kinds(), []);
    assert.equal((await kinds(bob)).length, 5, 'oneself sees all');
    const { id } = nodes(await activitiesOf(bob, bob))[0];
    assert.deepEqual(await graph.entities('Activity', [id], '{ kind }', ann.by), [null]);
    await setPrivacy(bob, {});
    assert.deepEqual(await kinds(), all);
    assert.equal((await graph.entities('Activity', [id], '{ id }', ann.by))[0].id, id);
  });
});

describe('a fact', () => {
  it('is told once, however often and in whatever disorder its events come', async () => {
    const [ann] = await graph.givenPeople(1);
    const licence = licenceOf(ann);
    const unlock = unlockOf(ann);
    await graph.deliver(licenceGranted(licence), unlock, licenceGranted(licence), unlock);
    assert.equal((await activitiesOf(ann, ann)).totalCount, 2);
  });

  it('is told when the account of who did it becomes known later', async () => {
    const ann = newPerson();
    const gameId = uuidv7();
    await graph.deliver(licenceGranted(licenceOf(ann, gameId)));
    assert.equal(await activitiesOf(ann, ann), null);
    await graph.deliver(userCreated(ann.state));
    assert.equal((await activitiesOf(ann, ann)).totalCount, 1);
  });

  it('is none any more after a refund', async () => {
    const [ann] = await graph.givenPeople(1);
    const licence = licenceOf(ann);
    await graph.deliver(licenceGranted(licence), licenceRevoked({ ...licence, state: 'REVOKED' }));
    assert.equal((await activitiesOf(ann, ann)).totalCount, 0);
  });

  it('is the first publication of a build, for as long as everyone may see it', async () => {
    const [ann] = await graph.givenPeople(1);
    const build = buildOf(ann);
    const count = async () => (await activitiesOf(ann, ann)).totalCount;
    await graph.deliver(buildCreated(build));
    assert.equal(await count(), 0);
    const publishedAt = '2026-05-01T12:00:00.000Z';
    const shown = { ...build, visibility: 'PUBLIC' as const, publishedAt };
    await graph.deliver(buildUpdated(shown), buildUpdated({ ...shown, likesCount: 1 }));
    const [fact, ...none] = nodes(await activitiesOf(ann, ann));
    assert.deepEqual(none, []);
    assert.deepEqual(
      [fact.kind, fact.at, fact.build],
      [...['BUILD_PUBLISHED', publishedAt], { id: globalId('Build', build.id) }],
    );
    await graph.deliver(buildUpdated({ ...shown, visibility: 'UNLISTED' }));
    assert.equal(await count(), 0);
    await graph.deliver(buildUpdated({ ...shown, revision: 2 }));
    assert.equal(nodes(await activitiesOf(ann, ann))[0].at, publishedAt);
    await graph.deliver(buildDeleted({ id: build.id }));
    assert.equal(await count(), 0);
  });
});

describe('the activities of a user', () => {
  it('are for the audience that they have chosen', async () => {
    const [ann, bob, cid] = await graph.givenPeople(3);
    await graph.befriend(ann, bob);
    await graph.deliver(unlockOf(ann));
    const counts = () =>
      Promise.all(
        [ann, bob, cid, undefined].map(
          async by => (await activitiesOf(ann, by))?.totalCount ?? null,
        ),
      );
    assert.deepEqual(await counts(), [2, 2, null, null]);
    await setPrivacy(ann, { activity: 'PUBLIC' });
    assert.deepEqual(await counts(), [2, 2, 1, 1], 'friends are for friends');
    await setPrivacy(ann, { activity: 'PRIVATE' });
    assert.deepEqual(await counts(), [2, null, null, null]);
  });

  it('cost the same number of statements for 20 users, as does a long feed', async () => {
    const [viewer, ...others] = await graph.givenPeople(21, { activity: 'PUBLIC' });
    await graph.befriend(viewer, ...others.slice(0, 4));
    await graph.deliver(
      ...others.flatMap(other => [unlockOf(other), licenceGranted(licenceOf(other))]),
    );
    const cost = async (some: Person[]) => {
      const ids = some.map(({ id }) => id);
      return graph.cost(async () => {
        for (const { activities } of await graph.entities(
          'User',
          ids,
          `{ activities { ${FACTS} } }`,
          viewer.by,
        ))
          assert.ok(activities.totalCount >= 2);
      });
    };
    assert.deepEqual([await cost(others.slice(0, 1)), await cost(others)], [5, 5]);
    assert.equal(
      await graph.cost(() => feedOf(viewer)),
      4,
      'the page, its count, handles and titles',
    );
  });
});
