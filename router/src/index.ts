export {
  apiSdl,
  compose,
  type Composed,
  CompositionError,
  type SubgraphSdl,
} from './supergraph/compose.js';
export { readConfig } from './config/read.js';
export { audit } from './projections/audit.js';
export { Operator } from './projections/operator.js';
export { PROJECTION_SUBGRAPH } from './projections/projection-subgraph.js';
