import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeSubgraph } from '@gamegraph/subgraph-kit/testing';
import { payments } from './subgraph.js';

describeSubgraph(payments, { PAYMENT_PROVIDER: 'fake', PROVIDER_WEBHOOK_SECRET: 'x'.repeat(32) });

it('owns one noun that others copy', () => {
  assert.deepEqual(
    payments.sources.map(({ aggregate }) => aggregate.topic),
    ['payments.order'],
  );
});
