import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { builds } from '../subgraph.js';
import { givenBuild, givenGame, givenUser, seen } from '../testing.js';

const HIDE = `mutation ($id: ID!, $reason: String!) { hideBuild(id: $id, reason: $reason) { visibility hiddenReason } }`;
const UNHIDE = 'mutation ($id: ID!) { unhideBuild(id: $id) { visibility hiddenReason } }';
const SHOW = `mutation ($id: ID!, $visibility: BuildVisibility!) { setBuildVisibility(id: $id, visibility: $visibility) {
  __typename ... on Build { visibility } ... on BuildHidden { message reason } } }`;
const FORK =
  'mutation ($id: ID!) { forkBuild(id: $id, name: "Again") { __typename ... on BuildHidden { reason } } }';

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

async function givenParties() {
  const [author, other, game] = [
    await givenUser(graph),
    await givenUser(graph),
    await givenGame(graph),
  ];
  return { author, game, moderator: { ...other.by, permissions: ['builds:moderate'] } };
}

describe('hiding a build', () => {
  it('takes it from everyone, and tells its author why', async () => {
    const { author, game, moderator } = await givenParties();
    const { id, buildId } = await givenBuild(graph, author.by, game);
    const { hideBuild } = await graph.data(HIDE, { id, reason: ' Spam. ' }, moderator);
    assert.deepEqual(hideBuild, { visibility: 'PRIVATE', hiddenReason: 'Spam.' });
    assert.equal(await seen(graph, id, 'id'), null);
    assert.equal((await seen(graph, id, 'hiddenReason', author.by)).hiddenReason, 'Spam.');
    assert.equal((await seen(graph, id, 'hiddenReason', moderator)).hiddenReason, 'Spam.');
    assert.equal((await graph.events(buildId)).at(-1)!.data.visibility, 'PRIVATE');
  });

  it('keeps its author from showing it again, or forking it, until it is undone', async () => {
    const { author, game, moderator } = await givenParties();
    const { id } = await givenBuild(graph, author.by, game);
    await graph.data(HIDE, { id, reason: 'Spam.' }, moderator);
    const show = async (visibility: string) =>
      (await graph.data(SHOW, { id, visibility }, author.by)).setBuildVisibility;
    for (const visibility of ['PUBLIC', 'UNLISTED']) {
      const { __typename, reason } = await show(visibility);
      assert.deepEqual([__typename, reason], ['BuildHidden', 'Spam.']);
    }
    assert.equal((await show('PRIVATE')).visibility, 'PRIVATE');
    const { forkBuild } = await graph.data(FORK, { id }, author.by);
    assert.deepEqual(forkBuild, { __typename: 'BuildHidden', reason: 'Spam.' });
    const { unhideBuild } = await graph.data(UNHIDE, { id }, moderator);
    assert.deepEqual(unhideBuild, { visibility: 'PRIVATE', hiddenReason: null });
    assert.equal((await show('PUBLIC')).visibility, 'PUBLIC');
  });

  it('needs the permission, and a reason', async () => {
    const { author, game, moderator } = await givenParties();
    const { id } = await givenBuild(graph, author.by, game);
    assert.equal(await graph.code(HIDE, { id, reason: 'x' }, author.by), 'FORBIDDEN');
    assert.equal(await graph.code(HIDE, { id, reason: 'x' }), 'UNAUTHENTICATED');
    assert.equal(await graph.code(UNHIDE, { id }, author.by), 'FORBIDDEN');
    assert.equal(await graph.code(HIDE, { id, reason: ' ' }, moderator), 'BAD_USER_INPUT');
  });
});
