import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { userDeleted } from '@gamegraph/event-contracts';
import { type TestSubgraph, testSubgraph } from '@gamegraph/subgraph-kit/testing';
import { until } from '@gamegraph/test-support';
import { builds } from '../subgraph.js';
import { givenBuild, givenGame, givenUser, seen } from '../testing.js';

let graph: TestSubgraph;
before(async () => {
  graph = await testSubgraph(builds);
});
after(() => graph.stop());

describe('the end of an account', () => {
  it('erases the builds that nobody else could see, and announces that; the others stay', async () => {
    const [author, other, game] = [
      await givenUser(graph),
      await givenUser(graph),
      await givenGame(graph),
    ];
    const secret = await givenBuild(graph, author.by, game, { visibility: 'PRIVATE' });
    const unlisted = await givenBuild(graph, author.by, game, { visibility: 'UNLISTED' });
    const open = await givenBuild(graph, author.by, game);
    const others = await givenBuild(graph, other.by, game, { visibility: 'PRIVATE' });
    await graph.deliver(userDeleted({ id: author.userId }));
    const last = async () => (await graph.events(secret.buildId)).at(-1)!;
    await until('it is erased', async () => (await last()).type === 'builds.build.deleted.v1');
    assert.equal(await seen(graph, secret.id, 'id', author.by), null);
    for (const { id } of [unlisted, open]) assert.equal((await seen(graph, id, 'id')).id, id);
    assert.equal((await seen(graph, others.id, 'id', other.by)).id, others.id);
  });
});
