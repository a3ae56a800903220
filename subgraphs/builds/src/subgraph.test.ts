import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeSubgraph } from '@gamegraph/subgraph-kit/testing';
import { builds } from './subgraph.js';

describeSubgraph(builds);

it('owns one noun that others copy', () => {
  assert.deepEqual(
    builds.sources.map(({ aggregate }) => aggregate.topic),
    ['builds.build'],
  );
});
