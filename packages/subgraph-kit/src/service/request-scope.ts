import { AsyncLocalStorage } from 'node:async_hooks';
import type { Head } from '@gamegraph/identity';
import type { Logger } from 'pino';
import type { Lagging } from '../events/reached.js';

/** What belongs to the request in work, wherever its code may be. */
export interface RequestScope {
  requestId: string;
  log: Logger;
  /** W3C trace context, handed on in events. */
  traceparent: string | undefined;
  /** Versions that its transactions have made, in their order. */
  moved: Head[];
  /** Consumers that have not come as far as the request's client knows that events go. */
  lagging: Lagging[];
}

const scopes = new AsyncLocalStorage<RequestScope>();

export function runInScope<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

export function currentScope(): RequestScope | undefined {
  return scopes.getStore();
}
