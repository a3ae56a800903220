import { runSubgraph } from '@gamegraph/subgraph-kit';
import { payments } from './subgraph.js';

await runSubgraph(payments, process.env);
