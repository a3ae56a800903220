export { audit, Operator } from '@gamegraph/router';
export { ROOT, SCHEMA_DIRECTORY, STATE_DIRECTORY } from './paths.js';
export { NOT_RUNNING, operateRunning, type Running } from './running.js';
export type { Secrets } from './secrets.js';
export { SUBGRAPHS } from './subgraphs.js';
export { CannotStart, type Special, System, type SystemOptions } from './system.js';
