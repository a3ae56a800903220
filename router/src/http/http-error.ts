import { BadToken, KeysUnavailable } from '../identity/authenticator.js';

/** Thrown where a request cannot be answered as GraphQL; the response says why. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
    readonly extensions: object = {},
  ) {
    super(message);
  }
}

/** What is told of an error, whatever it is. A status of 500 is a bug of ours: for the log, too. */
export function toldOf(error: unknown): [status: number, code: string, message: string] {
  if (error instanceof HttpError) return [error.status, error.code, error.message];
  if (error instanceof BadToken) return [401, 'UNAUTHENTICATED', error.message];
  if (error instanceof KeysUnavailable) return [503, 'SUBGRAPH_UNAVAILABLE', error.message];
  // The stack's end is the only thing in the way of a request that has thousands of brackets within brackets.
  if (error instanceof RangeError) return [400, 'BAD_REQUEST', 'This is nested too deeply.'];
  return [500, 'INTERNAL_SERVER_ERROR', 'Something went wrong here.'];
}
