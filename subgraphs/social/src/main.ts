import { runSubgraph } from '@gamegraph/subgraph-kit';
import { social } from './subgraph.js';

await runSubgraph(social, process.env);
