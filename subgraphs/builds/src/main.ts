import { runSubgraph } from '@gamegraph/subgraph-kit';
import { builds } from './subgraph.js';

await runSubgraph(builds, process.env);
