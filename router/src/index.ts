export {
  apiSdl,
  compose,
  type Composed,
  CompositionError,
  type SubgraphSdl,
} from './supergraph/compose.js';
export { readConfig } from './config/read.js';
