import type { IncomingHttpHeaders } from 'node:http';
import { type Awaited, type Head, isPosition, positionTopic } from '@gamegraph/identity';
import type { RouterConfig } from '../config/schema.js';
import { isObject, type JsonObject } from '../execution/json.js';
import { ConsistencyTokens } from './tokens.js';

export const TOKEN_HEADER = 'x-consistency-token';
const STRICT_HEADER = 'x-consistency-strict';

/** What a client says of the changes that an answer is to include. */
export interface AskedConsistency {
  token: string | undefined;
  isStrict: boolean;
}

/** A consumer that has not had an event, as its subgraph tells of it. */
interface Lagging {
  projection: string;
  topic: string;
}

/** The same in headers; undefined, as mostly, when they say nothing. */
export function consistencyOf(headers: IncomingHttpHeaders): AskedConsistency | undefined {
  const token = headers[TOKEN_HEADER];
  if (token === undefined) return undefined;
  return { token: String(token), isStrict: headers[STRICT_HEADER] === 'true' };
}

/** What one operation is to include, and what became of that. */
export class Consistency {
  /** By aggregate, the one that was heard of last at the end. */
  readonly #heads = new Map<string, Head>();
  /** Subgraphs that need not be told again: they had all of it, or have said what they lack. */
  readonly #settled = new Set<string>();
  readonly #lagging = new Map<string, Lagging>();
  #isPartial = false;
  #token: string | undefined;

  /** @param given what the client sent, where it did */
  constructor(
    private readonly options: {
      tokens: ConsistencyTokens;
      budgetMs: number;
      userId: string | undefined;
      isStrict: boolean;
      /** Of a mutation, and of a subscription with each event. */
      givesToken: boolean;
    },
    private readonly given: Head[] | undefined,
  ) {
    for (const head of given ?? []) this.#raise(head);
  }

  /** Whether a client waits for something: then no answer that others were given will do. */
  get isAsked(): boolean {
    return this.given !== undefined;
  }

  /** The same user's, without what was sent. */
  anew(): Consistency {
    return new Consistency(this.options, undefined);
  }

  /** What a subgraph is to wait for. */
  awaitedBy(subgraph: string): Awaited | undefined {
    if (!this.isAsked || this.#heads.size === 0 || this.#settled.has(subgraph)) return undefined;
    const { budgetMs, isStrict } = this.options;
    return { heads: [...this.#heads.values()], budgetMs, isStrict };
  }

  /** What a subscription is to go on from: what its client has heard, or this router on its behalf. */
  get resumption(): Awaited | undefined {
    if (this.#heads.size === 0) return undefined;
    return { heads: [...this.#heads.values()], budgetMs: 0, isStrict: false };
  }

  /** Whether it is known how far somebody has heard this subgraph's events. */
  hasPosition(subgraph: string): boolean {
    return this.#heads.has(keyOf({ aggregatetype: positionTopic(subgraph), aggregateid: '' }));
  }

  /**
   * Takes note of what a subgraph reports beside an event. Undefined when that is nothing. How far somebody has heard is
   * kept, and this event: each token goes to all listeners.
   */
  hear(event: {
    extensions?: unknown;
  }): { isAfterGap: boolean; extensions: JsonObject } | undefined {
    const report = isObject(event.extensions) ? event.extensions.consistency : undefined;
    if (!isObject(report) || !Array.isArray(report.moved)) return undefined;
    for (const [key, { aggregatetype }] of this.#heads)
      if (!isPosition(aggregatetype)) this.#heads.delete(key);
    for (const head of report.moved as Head[]) this.#raise(head);
    return { isAfterGap: report.isAfterGap === true, extensions: this.extensions };
  }

  /** Takes note of what a subgraph reports beside its answer. */
  take(subgraph: string, extensions: unknown, wasAwaited: boolean): void {
    const report = isObject(extensions) ? extensions.consistency : undefined;
    if (wasAwaited && !this.options.isStrict) this.#settled.add(subgraph);
    if (!isObject(report)) return;
    if (Array.isArray(report.lagging)) {
      for (const each of report.lagging as Lagging[])
        this.#lagging.set(`${each.projection} ${each.topic}`, each);
    }
    if (!Array.isArray(report.moved) || report.moved.length === 0) return;
    for (const head of report.moved as Head[]) this.#raise(head);
    if (report.isPartial === true) this.#isPartial = true;
    this.#settled.clear();
  }

  /** For the client to send with what it asks next. */
  get token(): string | undefined {
    const { givesToken, tokens, userId } = this.options;
    if (!givesToken) return undefined;
    return (this.#token ??= tokens.make(userId, [...this.#heads.values()]));
  }

  /** What the client is told; nothing, mostly, of a query. */
  get extensions(): JsonObject {
    const told = {
      ...(this.options.givesToken && { token: this.token }),
      ...(this.#isPartial && { partial: true }),
      ...(this.#lagging.size > 0 && { stale: true, lagging: [...this.#lagging.values()] }),
    };
    return Object.keys(told).length > 0 ? { consistency: told } : {};
  }

  #raise(head: Head): void {
    const key = keyOf(head);
    const known = this.#heads.get(key);
    if (known && known.version > head.version) return;
    this.#token = undefined;
    this.#heads.delete(key);
    this.#heads.set(key, head);
  }
}

function keyOf({ aggregatetype, aggregateid }: Omit<Head, 'version'>): string {
  return `${aggregatetype} ${aggregateid}`;
}

/** Begins the consistency of operations, by the settings of the moment. */
export class Consistencies {
  readonly #tokens: ConsistencyTokens;
  readonly #budgetMs: number;

  constructor(
    signingKey: NonNullable<RouterConfig['subgraphs']['signingKey']>,
    settings: RouterConfig['consistency'],
  ) {
    this.#tokens = new ConsistencyTokens(signingKey, settings.tokenLifetimeS);
    this.#budgetMs = settings.budgetMs;
  }

  /**
   * Undefined where there is nothing to wait for, and nothing to tell.
   *
   * @throws BadConsistencyToken
   */
  begin(
    asked: AskedConsistency | undefined,
    givesToken: boolean,
    userId: string | undefined,
  ): Consistency | undefined {
    const { token, isStrict = false } = asked ?? {};
    const given = token === undefined ? undefined : this.#tokens.read(token, userId);
    if (!given && !givesToken) return undefined;
    return new Consistency(
      { tokens: this.#tokens, budgetMs: this.#budgetMs, userId, isStrict, givesToken },
      given,
    );
  }
}
