export {
  startCluster,
  type Cluster,
  type ClusterOptions,
  type DatabaseOptions,
} from './cluster.js';
export { freePort, isPortFree } from './ports.js';
