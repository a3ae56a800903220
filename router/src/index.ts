export {
  apiSdl,
  compose,
  type Composed,
  CompositionError,
  type SubgraphSdl,
} from './supergraph/compose.js';
export { readConfig } from './config/read.js';
export { audit } from './projections/audit.js';
export { type RebuildProgress, rebuildOf, startRebuild } from './projections/consumers.js';
export {
  discardDeadLetter,
  listDeadLetters,
  replayDeadLetter,
} from './projections/dead-letters.js';
export { Operator } from './projections/operator.js';
export { PROJECTION_SUBGRAPH } from './projections/projection-subgraph.js';
