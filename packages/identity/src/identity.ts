import { createHash } from 'node:crypto';

/** The header, or the key in a WebSocket's payload, that carries the router's word. */
export const IDENTITY_HEADER = 'gamegraph-identity';

export const ISSUER = 'gamegraph-router';

/** Who asks, as the router has proved it. */
export interface Viewer {
  /** Their uuid. */
  userId: string;
  sessionId: string;
  /** `<noun>:<verb>`, as in docs/permissions.md. */
  permissions: ReadonlySet<string>;
}

/** Where a request came from, as the router saw it. */
export interface Client {
  address?: string | undefined;
  userAgent?: string | undefined;
}

/** A version of an aggregate. */
export interface Head {
  /** The topic of its events. */
  aggregatetype: string;
  aggregateid: string;
  version: number;
}

/** In place of a topic, where a head tells how far somebody has heard the events of a subgraph. */
export function positionTopic(subgraph: string): string {
  return `@${subgraph}`;
}

/** Whether a head is of that kind. */
export function isPosition(aggregatetype: string): boolean {
  return aggregatetype.startsWith('@');
}

/** What an answer must not be older than. */
export interface Awaited {
  heads: Head[];
  /** How long to wait for copies that do not include them yet. */
  budgetMs: number;
  /** Whether no answer is better than an older one. */
  isStrict: boolean;
}

/** What the router says of a request to a subgraph. */
export interface Identity {
  /** Undefined for somebody who has not logged in. */
  viewer: Viewer | undefined;
  client: Client;
  /** Whether the request is the operator's: audits, repairs, the SDL. */
  isOperator: boolean;
  /** Of a request whose client knows of changes that the answer is to include. */
  awaited?: Awaited;
}

/** The claims of an identity token: a JWT (RFC 7519) signed with EdDSA (RFC 8037). */
export interface Claims {
  iss: typeof ISSUER;
  /** The subgraph. */
  aud: string;
  iat: number;
  exp: number;
  jti: string;
  /** SHA-256 of what the token is about, base64url: the body, or the path of a request without one. */
  about: string;
  sub?: string;
  sid?: string;
  scope?: string;
  client?: Client;
  operator?: true;
  awaited?: Awaited;
}

export function digestOf(about: string | Buffer): string {
  return createHash('sha256').update(about).digest('base64url');
}

/** What the token of a subscription is about: the operation, as it stands in the WebSocket's message. */
export function subscriptionText(query: string, variables: object | null | undefined): string {
  return JSON.stringify([query, variables ?? {}]);
}
