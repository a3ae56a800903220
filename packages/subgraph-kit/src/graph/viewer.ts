import type { Client, Viewer } from '@gamegraph/identity';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from 'pino';
import type { LiveSource } from '../service/live.js';

/** What a resolver gets, made anew for each request and for each event of a subscription. */
export interface GraphContext {
  em: EntityManager;
  /** Undefined for somebody who has not signed in. */
  viewer: Viewer | undefined;
  client: Client;
  now(): Date;
  /** The source of subscriptions. */
  live: LiveSource;
  requestId: string;
  log: Logger;
}

export type { Client, Viewer };
