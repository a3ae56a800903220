import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FieldNode, type OperationDefinitionNode, parse, print } from 'graphql';
import { STORIES } from '../operations.js';
import { NUMBER } from './number.js';
import { DATA_DIRECTORY } from './public-stage.js';
import type { STAGES } from './stages.js';

/** What clients ask, in rotation. */
export interface Workload {
  name: string;
  stage: keyof typeof STAGES;
  requests: { query: string; variables?: object }[];
  connections: number;
  /** The requests to subgraphs that the floor makes for it; it is not in the running without. */
  waves?: { path: string; body: object }[][];
}

const CONNECTIONS = 50;
const SEEDS = 100;

export function workloads(): Workload[] {
  const read = (name: string) => readFileSync(join(DATA_DIRECTORY, name), 'utf8');
  const big = read('big.graphql');
  const small = 'query ($seed: Int) { topProducts(seed: $seed) { name } }';
  const seeded = (query: string) =>
    Array.from({ length: SEEDS }, (_, n) => ({ query, variables: { seed: n + 1 } }));
  return [
    {
      ...{ name: 'distinct big', stage: 'public', connections: CONNECTIONS },
      requests: seeded(big),
      waves: JSON.parse(read('fetches.json')) as Workload['waves'],
    },
    {
      ...{ name: 'distinct small', stage: 'public', connections: CONNECTIONS },
      requests: seeded(small),
      waves: [[{ path: '/products', body: { query: '{ topProducts { name } }' } }]],
    },
    {
      ...{ name: 'same big', stage: 'public', connections: CONNECTIONS },
      requests: [{ query: big }],
    },
    {
      // One after the other: with more of them at once, the time would be that of waiting.
      ...{ name: 'cold', stage: 'own', connections: 1 },
      requests: STORIES.map(query => ({
        query: neverAskedBefore(query),
        variables: { id: 'one' },
      })),
    },
  ];
}

/** A text that is another each time, since its first fields have other names. */
function neverAskedBefore(query: string): string {
  const [operation] = parse(query).definitions as OperationDefinitionNode[];
  const selections = operation!.selectionSet.selections.map(selection => {
    const { name } = selection as FieldNode;
    return { ...selection, alias: { ...name, value: `${name.value}_${NUMBER}` } };
  });
  return print({ ...operation!, selectionSet: { ...operation!.selectionSet, selections } });
}
