import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeSubgraph } from '@gamegraph/subgraph-kit/testing';
import { library } from './subgraph.js';

describeSubgraph(library);

it('owns five nouns that others copy', () => {
  assert.deepEqual(
    library.sources.map(({ aggregate }) => aggregate.topic),
    [
      'library.licence',
      'library.entry',
      'library.play-session',
      'library.achievement-unlock',
      'library.inventory',
    ],
  );
});
