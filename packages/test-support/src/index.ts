export { emptyDatabase, templateDatabase } from './databases.js';
export { type KafkaBroker, startKafka } from './kafka.js';
export { CHROMIUM, MissingProgram, requireProgram } from './programs.js';
export { until } from './until.js';
