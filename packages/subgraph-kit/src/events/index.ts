// For who runs what decides about events against a storage of their own: packages/simulator.
export { moveBatch, type OutboxRow, type OutboxShards } from './relay.js';
export { SqlPositions } from './sql-positions.js';
export { applyInOrder, type Outcome, type Positions } from './succession.js';
