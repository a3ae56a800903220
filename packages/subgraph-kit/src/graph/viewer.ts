import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from 'pino';
import type { Live } from '../service/live.js';

/** Who asks, as the router has proved it. */
export interface Viewer {
  /** Their uuid. */
  userId: string;
  sessionId: string;
  /** `<noun>:<verb>`, as in docs/permissions.md. */
  permissions: ReadonlySet<string>;
}

/** What a resolver gets, made anew for each request and for each event of a subscription. */
export interface GraphContext {
  em: EntityManager;
  /** Undefined for somebody who has not signed in. */
  viewer: Viewer | undefined;
  now(): Date;
  /** The source of subscriptions. */
  live: Live;
  requestId: string;
  log: Logger;
}
