import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';

/** Every `extensions.code` that a client can meet. docs/errors.md explains each; a test keeps the two equal. */
export const ERROR_CODES = [
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'CONFLICT',
  'CONSISTENCY_TIMEOUT',
  'CONSISTENCY_TOKEN_INVALID',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'IDEMPOTENCY_IN_PROGRESS',
  'IDEMPOTENCY_KEY_REUSED',
  'INTERNAL_SERVER_ERROR',
  'INVALID_GRAPHQL',
  'NOT_FOUND',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'PERSISTED_QUERY_REQUIRED',
  'RATE_LIMITED',
  'SUBGRAPH_UNAVAILABLE',
  'SUBSCRIPTION_JWT_EXPIRED',
  'SUBSCRIPTION_SERVER_SHUTDOWN',
  'TIMEOUT',
  'UNAUTHENTICATED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error that is the caller's to know about. Any other error is masked as INTERNAL_SERVER_ERROR. */
export class GraphError extends GraphQLError {
  constructor(code: ErrorCode, message: string, extensions: GraphQLErrorExtensions = {}) {
    super(message, { extensions: { code, ...extensions } });
  }
}

/** What was sent cannot be used as it is. `message` says what is wrong and how to mend it. */
export function badInput(message: string, extensions?: GraphQLErrorExtensions): GraphError {
  return new GraphError('BAD_USER_INPUT', message, extensions);
}

/** There is none, or none that the viewer may know of: the two are told alike. */
export function notFound(typeName: string): GraphError {
  return new GraphError('NOT_FOUND', `There is no such ${typeName}.`);
}

export function forbidden(message: string): GraphError {
  return new GraphError('FORBIDDEN', message);
}

export function unauthenticated(message = 'Sign in first.'): GraphError {
  return new GraphError('UNAUTHENTICATED', message);
}

/** The database is away, or is being started again. */
export function unreachable(): GraphError {
  return new GraphError(
    'SUBGRAPH_UNAVAILABLE',
    'This part of the graph is not reachable now. Try again.',
  );
}

/** Somebody else was faster, or the present state forbids it. Look again, then retry. */
export function conflict(message: string, extensions?: GraphQLErrorExtensions): GraphError {
  return new GraphError('CONFLICT', message, extensions);
}
