export { emptyDatabase, templateDatabase } from './databases.js';
export { type KafkaBroker, startKafka } from './kafka.js';
export { CHROMIUM, GO, JAVA, MAVEN, requireProgram, skipWithout } from './programs.js';
export { startStripeMock } from './stripe-mock.js';
export { until } from './until.js';
