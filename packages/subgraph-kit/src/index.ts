export { ARCHIVE_POSITIONS } from './events/archive-positions.js';
export { type Consumer, defineConsumer, type HandlerContext, on } from './events/consumer.js';
export { Copy, defineCopy } from './events/copy.js';
export { defineCounter } from './events/counter.js';
export { OPERATOR_TABLES } from './events/operator-tables.js';
export type { Projection } from './events/projection.js';
export { defineSource, type Source } from './events/source.js';
export { EVENT_TABLES } from './events/tables.js';
export {
  Authenticated,
  Public,
  requirePermission,
  RequiresScopes,
  requireViewer,
  undecidedFields,
} from './graph/access.js';
export {
  Connection,
  ConnectionArgs,
  isSelected,
  list,
  listOf,
  type Order,
  type Page,
  PageInfo,
} from './graph/connection.js';
export {
  badInput,
  conflict,
  ERROR_CODES,
  type ErrorCode,
  forbidden,
  GraphError,
  notFound,
  unauthenticated,
} from './graph/errors.js';
export { buildSubgraph, Node, Stub } from './graph/federation.js';
export { globalId, tryUuidOf, uuidOf } from './graph/global-id.js';
export { IdempotentInput } from './graph/idempotent-input.js';
export { load, loadBy, loaderOf } from './graph/loader.js';
export { Refusal } from './graph/refusal.js';
export { DateTime, JsonValue, MinorUnits, Money, money, MoneyInput } from './graph/scalars.js';
export { faultOfText, IsPlainText, tidy } from './graph/text.js';
export type { Client, GraphContext, Viewer } from './graph/viewer.js';
export { ConfigError, jsonOf, readConfig } from './service/config.js';
export type { Failpoint } from './service/failpoint.js';
export { type Job, wakeJob } from './service/jobs.js';
export {
  announce,
  type Announcement,
  type Announcer,
  Live,
  type LiveSource,
} from './service/live.js';
export { type Route, TextAnswer } from './service/server.js';
export {
  type RunningSubgraph,
  runSubgraph,
  startSubgraph,
  type SubgraphDefinition,
  type SubgraphParts,
} from './service/subgraph.js';
export { entityOr, forgetOldKeys, IDEMPOTENCY_KEYS, once } from './store/idempotency.js';
export { createOrm, migrate } from './store/orm.js';
export { execute, query, violatedConstraint } from './store/sql.js';
export { afterCommit, record, transact } from './store/transact.js';
