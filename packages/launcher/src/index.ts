export { ROOT, SCHEMA_DIRECTORY, STATE_DIRECTORY } from './paths.js';
export { CannotStart, System, type SystemOptions } from './system.js';
