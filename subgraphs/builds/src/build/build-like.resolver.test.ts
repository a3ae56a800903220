import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { v7 as uuidv7 } from 'uuid';
import { builds } from '../subgraph.js';
import { givenBuild, givenGame, givenUser, seen } from '../testing.js';

const LIKE = `mutation ($id: ID!) { likeBuild(id: $id) {
  __typename ... on Build { likesCount isLiked } ... on Refusal { message } } }`;
const UNLIKE = 'mutation ($id: ID!) { unlikeBuild(id: $id) { likesCount isLiked } }';

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

describe('liking a build', () => {
  it('counts once, however often it is done, and takes back once', async () => {
    const [author, fan, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const { id, buildId } = await givenBuild(graph, author.by, game);
    for (let n = 0; n < 2; n++) {
      const { likeBuild } = await graph.data(LIKE, { id }, fan.by);
      assert.deepEqual(likeBuild, { __typename: 'Build', likesCount: 1, isLiked: true });
    }
    assert.equal((await graph.events(buildId)).at(-1)!.data.likesCount, 1);
    for (let n = 0; n < 2; n++) {
      const { unlikeBuild } = await graph.data(UNLIKE, { id }, fan.by);
      assert.deepEqual(unlikeBuild, { likesCount: 0, isLiked: false });
    }
    assert.equal((await graph.events(buildId)).length, 3, 'what changes nothing is not told');
  });

  it('counts each of many who like, or take it back, at once', async () => {
    const [author, game] = [await givenUser(graph), await givenGame(graph)];
    const { id, buildId } = await givenBuild(graph, author.by, game);
    const fans = Array.from({ length: 8 }, () => ({ userId: uuidv7() }));
    await Promise.all([...fans, ...fans].map(by => graph.data(LIKE, { id }, by)));
    assert.equal((await seen(graph, id, 'likesCount')).likesCount, 8);
    await Promise.all(
      fans.slice(0, 3).flatMap(by => [1, 2].map(() => graph.data(UNLIKE, { id }, by))),
    );
    assert.equal((await seen(graph, id, 'likesCount')).likesCount, 5);
    assert.equal((await graph.events(buildId)).at(-1)!.data.likesCount, 5);
  });

  it('is not for its author, nor for who is not logged in', async () => {
    const [author, game] = [await givenUser(graph), await givenGame(graph)];
    const { id } = await givenBuild(graph, author.by, game);
    const { likeBuild } = await graph.data(LIKE, { id }, author.by);
    assert.equal(likeBuild.__typename, 'BuildIsOwn');
    assert.deepEqual(await seen(graph, id, 'likesCount isLiked', author.by), {
      ...{ likesCount: 0, isLiked: false },
    });
    assert.equal(await graph.code(LIKE, { id }), 'UNAUTHENTICATED');
  });
});
