// For who runs the parts of the way of an event without a subgraph around them: packages/simulator, bench, drill.
export { Inbox } from './inbox.js';
export {
  envelopeOf,
  LEASE_LOCK,
  moveBatch,
  type OutboxRow,
  type OutboxShards,
  Relay,
  SHARDS,
} from './relay.js';
export { SqlPositions } from './sql-positions.js';
export { applyAll, applyInOrder, type Outcome, type Positions, type Run } from './succession.js';
