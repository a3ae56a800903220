import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeSubgraph } from '@gamegraph/subgraph-kit/testing';
import { users } from './subgraph.js';

describeSubgraph(users, { SIGNING_KEY_SECRET: 'x'.repeat(32) });

it('owns one noun that others copy', () => {
  assert.deepEqual(
    users.sources.map(({ aggregate }) => aggregate.topic),
    ['users.user'],
  );
});
