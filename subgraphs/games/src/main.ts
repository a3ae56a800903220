import { runSubgraph } from '@gamegraph/subgraph-kit';
import { games } from './subgraph.js';

await runSubgraph(games, process.env);
