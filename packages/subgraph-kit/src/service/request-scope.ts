import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';

/** What belongs to the request in work, wherever its code may be. */
export interface RequestScope {
  requestId: string;
  log: Logger;
  /** W3C trace context, handed on in events. */
  traceparent: string | undefined;
}

const scopes = new AsyncLocalStorage<RequestScope>();

export function runInScope<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

export function currentScope(): RequestScope | undefined {
  return scopes.getStore();
}
