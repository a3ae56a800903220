import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { ArgumentValidationError } from 'type-graphql';
import { isRetryable, isUnavailable, sqlState } from '../store/sql.js';
import { badInput, conflict, ERROR_CODES, GraphError, unreachable } from './errors.js';

const KNOWN = new Set<unknown>(ERROR_CODES);

// A value that PostgreSQL could not take as what it was given for. What GraphQL and the inputs let through, it is rare.
const BAD_VALUE = new Set(['22P02', '22021', '22P05', '22003', '22007', '22008']);

/** What a client may know of an error. What it may not is logged, once, and leaves as INTERNAL_SERVER_ERROR. */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: Logger,
): GraphQLFormattedError {
  const original = unwrapResolverError(error);
  const told = tellable(original, formatted);
  if (!told) log.error({ error: original, path: formatted.path }, 'a resolver failed');
  const { message, extensions } =
    told ?? new GraphError('INTERNAL_SERVER_ERROR', 'Something went wrong here.');
  const { stacktrace: _, ...shown } = extensions as Record<string, unknown>;
  return {
    message,
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
    extensions: shown,
  };
}

function tellable(
  original: unknown,
  formatted: GraphQLFormattedError,
): Pick<GraphQLError, 'message' | 'extensions'> | undefined {
  if (original instanceof ArgumentValidationError) return invalidArguments(original);
  if (original instanceof GraphQLError) {
    // graphql-js itself: a variable of another type, a bug such as null for a non-null field
    const code = original.extensions.code ?? formatted.extensions?.code;
    return KNOWN.has(code) && code !== 'INTERNAL_SERVER_ERROR'
      ? { message: original.message, extensions: { ...original.extensions, code } }
      : undefined;
  }
  if (BAD_VALUE.has(sqlState(original) ?? ''))
    return badInput('A value is not of the kind that is needed here.');
  if (sqlState(original) === '23505') return conflict('There is such a one already.');
  if (isRetryable(original))
    return conflict('Others were changing the same at the same time. Try again.', {
      retryable: true,
    });
  if (isUnavailable(original)) return unreachable();
  return undefined;
}

function invalidArguments({ extensions }: ArgumentValidationError): GraphError {
  type Fault = { property: string; constraints?: Record<string, string>; children?: Fault[] };
  const faults: { path: string; message: string }[] = [];
  const collect = (list: Fault[], prefix: string) => {
    for (const { property, constraints = {}, children = [] } of list) {
      for (const message of Object.values(constraints))
        faults.push({ path: prefix + property, message });
      collect(children, `${prefix}${property}.`);
    }
  };
  collect(extensions.validationErrors, '');
  return badInput(faults.map(({ message }) => message).join('; '), { fields: faults });
}
