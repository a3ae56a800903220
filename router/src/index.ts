export {
  apiSdl,
  compose,
  type Composed,
  CompositionError,
  type SubgraphSdl,
} from './supergraph/compose.js';
export { type RouterConfig, readConfig } from './config.js';
export { type RunningRouter, startRouter } from './router.js';
