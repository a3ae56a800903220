import { runSubgraph } from '@gamegraph/subgraph-kit';
import { users } from './subgraph.js';

await runSubgraph(users, process.env);
