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
