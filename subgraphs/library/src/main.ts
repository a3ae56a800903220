import { runSubgraph } from '@gamegraph/subgraph-kit';
import { library } from './subgraph.js';

await runSubgraph(library, process.env);
