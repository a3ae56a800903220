import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { describeSubgraph } from '@gamegraph/subgraph-kit/testing';
import { social } from './subgraph.js';
import { type TestSocial, testSocial } from './testing.js';

describeSubgraph(social);

describe('what others may copy', () => {
  let graph: TestSocial;
  before(async () => {
    graph = await testSocial();
  });
  after(() => graph.stop());

  it('is told of three nouns, without events, as their last events told it', async () => {
    const [ann, bob] = await graph.givenPeople(2);
    await graph.befriend(ann, bob);
    await graph.say(ann, await graph.givenDirectChat(ann, bob), 'Hello');
    const events = await graph.events();
    for (const topic of ['social.friendship', 'social.message', 'social.notification']) {
      const path = `snapshots?topic=${topic}&afterId=00000000-0000-0000-0000-000000000000`;
      const snapshots: { version: number; state: object }[] = await graph.operate('GET', path);
      const told = events.filter(({ type }) => type.startsWith(`${topic}.`));
      assert.ok(told.length > 0);
      assert.deepEqual(
        snapshots.map(({ version, state }) => [version, state]),
        told.map(({ data }) => [1, data]),
      );
    }
  });
});
