import { setImmediate } from 'node:timers/promises';
import type { Client } from '@gamegraph/identity';
import type { GraphQLFormattedError } from 'graphql';
import { Pacer } from './admission/pacer.js';
import type { RateLimits, Verdict } from './admission/rate-limits.js';
import type { Caches } from './cache/caches.js';
import type { Change } from './cache/names.js';
import type { RequestCaching } from './cache/request-caching.js';
import type { AskedConsistency, Consistencies, Consistency } from './consistency/consistency.js';
import { BadConsistencyToken } from './consistency/tokens.js';
import type { SubgraphFetch } from './execution/fetch.js';
import { isObject, type JsonObject } from './execution/json.js';
import type { Principal } from './identity/authenticator.js';
import type { Installment } from './operation/deferred-plan.js';
import { InFlight, ResponseBody } from './operation/in-flight.js';
import { Operation, type RunOptions } from './operation/operation.js';
import {
  Operations,
  type OperationSettings,
  type OperationsOptions,
} from './operation/operations.js';
import type { DocumentParams, PersistedDocuments } from './operation/persisted-documents.js';
import { Hub, type Listener } from './subscription/hub.js';
import type { Upstream } from './subscription/upstream.js';
import type { Supergraph } from './supergraph/supergraph.js';
import { planExtensions, RequestTrace, type Wants } from './telemetry/request-trace.js';
import type { Tracing } from './telemetry/tracing.js';

/** What is known of a request beside its operation; subgraphs are told of it. */
export interface RequestContext {
  principal: Principal;
  client: Client;
  requestId: string;
  traceparent: string | undefined;
  /** Headers of the client's that subgraphs get as they came. */
  forwarded: Record<string, string> | undefined;
  /** When subgraphs that have not answered are given up, by `performance.now()`. A subscription has no end. */
  endsAtMs?: number;
  uploads?: Upload[] | undefined;
  /** What the client may see of how this goes; undefined when it is none of its business. */
  wants?: Wants | undefined;
  trace?: RequestTrace | undefined;
  /** What the client wants of no cache, where it has a say. */
  bypass?: 'no-cache' | 'no-store' | undefined;
  /** Of a query, where something is kept. */
  caching?: RequestCaching | undefined;
  /** Of a mutation, and of what is to include earlier ones. */
  consistency?: Consistency | undefined;
}

/** A file that came with a request. */
export interface Upload {
  name: string;
  mediaType: string;
  bytes: Buffer;
  /** Where it belongs in the variables, which have null there for subgraphs: `['files', '0']`. */
  places: string[][];
}

/** The parameters of a GraphQL request, as any transport carries them. */
export interface GraphQLParams extends DocumentParams {
  variables: JsonObject;
  consistency?: AskedConsistency | undefined;
}

/** What somebody is told who asks too often. */
export function tooOften({ retryAfterMs }: Verdict): GraphQLFormattedError {
  return {
    message: 'You ask too often. Wait, and try again.',
    extensions: { code: 'RATE_LIMITED', retryAfterMs },
  };
}

/** A request that was not run, and why. */
export interface RequestErrors {
  errors: GraphQLFormattedError[];
}

/** What is known of a change; it travels between processes as JSON. */
export interface WhatChanged {
  /** Who has made it: they get nothing from before it, not even out of a cache. */
  by?: { userId?: string | undefined };
  /** What nobody gets from before it. */
  entities?: Change[];
}

export interface CoreOptions extends OperationsOptions {
  supergraph: Supergraph;
  documents: PersistedDocuments;
  fetch: SubgraphFetch<RequestContext>;
  caches: Caches<RequestContext>;
  upstream: Upstream;
  /** What proves a viewer's subscription to a subgraph. */
  extensions(
    subgraph: string,
    query: string,
    variables: JsonObject,
    context: RequestContext,
    consistency: Consistency | undefined,
  ): JsonObject;
  maxTopics: number;
  maxListeners: number;
  /** As they are set at the moment. */
  rateLimits(): RateLimits | undefined;
  /** As they are set at the moment; undefined where subgraphs are told nothing. */
  consistencies(): Consistencies | undefined;
  requestTimeoutMs: number;
  tracing: Tracing | undefined;
  onPrepared(seconds: number): void;
  /** Has the other processes of this router know that something has changed, before somebody can tell. */
  tellChange: ((change: WhatChanged) => Promise<void>) | undefined;
  /** Whether those who ask the same at the same time get one answer. */
  shareInFlight: boolean;
}

const WARMED_MAX = 200; // operations

/** Runs operations, whatever transport they come by. */
export class Core {
  readonly hub: Hub<RequestContext>;
  readonly #inFlight = new InFlight();
  readonly #pacer = new Pacer();
  #swaps = 0;
  #options: CoreOptions;
  #operations: Operations<RequestContext>;
  readonly #cache = { hits: 0, misses: 0 };

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#operations = new Operations(options.supergraph, options);
    options.caches.onInvalidation(() => this.#inFlight.changed());
    this.hub = new Hub({ ...options, beforeDelivery: () => this.changes({}) });
  }

  /** Operations that are remembered, and how often they were asked for and known, or not. */
  get cacheCounts(): { size: number; hits: number; misses: number } {
    return { size: this.#operations.size, ...this.#cache };
  }

  get supergraph(): Supergraph {
    return this.#operations.supergraph;
  }

  /**
   * Serves another supergraph, or by other settings, as soon as the operations that clients ask for are planned for it:
   * they would all come at once. Requests in work finish with what they began with.
   */
  async swap(
    supergraph: Supergraph,
    settings: OperationSettings & Pick<CoreOptions, 'requestTimeoutMs' | 'shareInFlight'>,
  ): Promise<void> {
    const turn = ++this.#swaps;
    const options = { ...this.#options, ...settings };
    const next = new Operations<RequestContext>(supergraph, options);
    for (const { query, operationName } of [...this.#operations.recent()].slice(0, WARMED_MAX)) {
      next.prepare(query, operationName);
      await setImmediate(); // requests go on meanwhile
      if (turn !== this.#swaps) return; // there is yet another
    }
    this.#options = options;
    this.#operations = next;
    this.hub.reload(({ document, name }) => {
      const again = this.#operations.prepare(document.loc!.source.body, name);
      return again instanceof Operation ? again : undefined;
    });
  }

  /** The operation with its variables checked, or what is wrong. */
  prepare(
    params: GraphQLParams,
    { principal: { viewer } }: RequestContext,
  ): Prepared | RequestErrors {
    const found = this.#options.documents.find(params);
    if ('errors' in found) return found;
    const beganAtMs = performance.now();
    const operation = this.#operations.prepare(found.query, params.operationName);
    let planMs: number | undefined;
    if (this.#operations.wasKnown) this.#cache.hits++;
    else {
      this.#cache.misses++;
      planMs = performance.now() - beganAtMs;
      this.#options.onPrepared(planMs / 1000);
    }
    if (!(operation instanceof Operation)) return operation;
    found.remember?.();
    const coerced = operation.coerceVariables(params.variables);
    if ('errors' in coerced) return coerced;
    const expensive = this.#faultOfCost(operation, coerced.variables);
    if (expensive) return expensive;
    const isQuery = operation.kind === 'query';
    let consistency: Consistency | undefined;
    if (!isQuery || params.consistency) {
      try {
        const consistencies = this.#options.consistencies();
        consistency = consistencies?.begin(params.consistency, !isQuery, viewer?.userId);
      } catch (error) {
        if (!(error instanceof BadConsistencyToken)) throw error;
        const extensions = { code: 'CONSISTENCY_TOKEN_INVALID' };
        return { errors: [{ message: error.message, extensions }] };
      }
    }
    const { publicMaxAgeS } = found;
    const { variables } = coerced;
    return { operation, variables, publicMaxAgeS, beganAtMs, planMs, consistency };
  }

  /** Whether this client may ask for one more operation; undefined where any number is fine. */
  admit(context: RequestContext): Promise<Verdict> | undefined {
    return this.#options.rateLimits()?.take(context);
  }

  /** Runs a query or a mutation. */
  run(prepared: Prepared, context: RequestContext): Promise<ResponseBody> {
    const { operation, variables, consistency } = prepared;
    const options = this.#begin(prepared, context);
    const { trace } = prepared;
    const { wants } = context;
    const extensions =
      wants || consistency
        ? () => ({
            ...(wants && this.#exposed(prepared, options.viewer, wants)),
            ...consistency?.extensions,
          })
        : undefined;
    const run = () =>
      this.#pacer.run(
        async () => new ResponseBody(await operation.run(variables, options, extensions)),
      );
    let body: Promise<ResponseBody>;
    if (operation.kind === 'mutation') {
      const { viewer } = context.principal;
      body = run().finally(() => this.changes({ by: { userId: viewer?.userId } }));
    } else if (wants || consistency) {
      body = run(); // what others were given, or are about to be, may be older than the token
    } else {
      body = this.#answer(operation, JSON.stringify(variables), options.context, run);
    }
    return trace ? body.finally(() => trace.end()) : body;
  }

  /** Answers a query with what is known already: an answer that is kept, or one that is in work. */
  #answer(
    operation: Operation<RequestContext>,
    variables: string,
    { caching, principal }: RequestContext,
    run: () => Promise<ResponseBody>,
  ): Promise<ResponseBody> {
    const { responses } = this.#options.caches;
    let runAndKeep = run;
    if (caching && responses) {
      const kept = responses.find(operation, variables, caching);
      if (kept) return Promise.resolve(kept);
      runAndKeep = async () => responses.keep(operation, variables, caching, (await run()).json);
    }
    if (!this.#options.shareInFlight || caching?.mayRead === false) return runAndKeep();
    return this.#inFlight.share(operation, `${principal.scope} ${variables}`, runAndKeep);
  }

  /** The same, part by part; undefined when nothing of it is deferred. */
  runInInstallments(
    prepared: Prepared,
    context: RequestContext,
  ): AsyncGenerator<Installment> | undefined {
    const { operation, variables } = prepared;
    // What is stale is told with the whole.
    if (!operation.mayDefer || prepared.consistency?.isAsked) return undefined;
    const parts = operation.runInInstallments(variables, this.#begin(prepared, context));
    if (!parts) return undefined;
    const { trace } = prepared;
    const told =
      operation.kind === 'mutation' ? this.#tellingOf(parts, context, prepared.consistency) : parts;
    return trace ? endingWith(told, () => trace.end()) : told;
  }

  /** Somebody is about to know of a change; may do so once this is done, for all processes of this router. */
  changes(change: WhatChanged): Promise<void> | undefined {
    this.changed(change);
    return this.#options.tellChange?.(change);
  }

  /** The same, as another process tells it. */
  changed({ by, entities }: WhatChanged): void {
    const { caches } = this.#options;
    if (by) caches.changedBy(by);
    if (entities) caches.invalidate(entities);
    this.#inFlight.changed();
  }

  subscribe(
    { operation, variables, consistency }: Prepared,
    context: RequestContext,
    listener: Listener,
  ): () => void {
    const { viewer, scope } = context.principal;
    const { fetch } = this.#options;
    return this.hub.subscribe(
      { operation, variables, viewer, scope, context, fetch, consistency },
      listener,
    );
  }

  /** Parts of a mutation's answer: whoever gets one knows that something has changed. */
  async *#tellingOf(
    parts: AsyncGenerator<Installment>,
    { principal: { viewer } }: RequestContext,
    consistency: Consistency | undefined,
  ): AsyncGenerator<Installment> {
    for await (const part of parts) {
      if (part.immediate && consistency)
        Object.assign(part.immediate.extensions, consistency.extensions);
      await this.changes({ by: { userId: viewer?.userId } });
      yield part;
    }
  }

  #begin(prepared: Prepared, context: RequestContext): RunOptions<RequestContext> {
    const { fetch, requestTimeoutMs, tracing, caches } = this.#options;
    const { beganAtMs, planMs, operation, consistency } = prepared;
    if (!prepared.trace && (tracing || context.wants)) {
      const spans = tracing?.begin(context.traceparent, beganAtMs, {
        'graphql.operation.type': operation.kind,
        'graphql.operation.name': operation.name,
        'gamegraph.request_id': context.requestId,
      });
      if (spans || context.wants) prepared.trace = new RequestTrace(spans, planMs, beganAtMs);
    }
    const endsAtMs = performance.now() + requestTimeoutMs;
    const mayCache = operation.kind === 'query' && !consistency;
    const caching = mayCache ? caches.begin(context, operation.hasDemands) : undefined;
    const own = { ...context, endsAtMs, trace: prepared.trace, caching, consistency };
    return { viewer: context.principal.viewer, context: own, fetch };
  }

  #exposed(
    { operation, variables, trace }: Prepared,
    viewer: RunOptions<RequestContext>['viewer'],
    wants: Wants,
  ): JsonObject {
    const { cost: limit, assumedListSize } = this.#options.limits;
    const plan = operation.planFor(viewer);
    return {
      ...(plan && planExtensions(plan, wants)),
      ...(wants.trace && { trace }),
      ...(wants.cost && {
        cost: { estimated: operation.cost(variables, assumedListSize), limit: limit ?? null },
      }),
    };
  }

  #faultOfCost(
    operation: Operation<RequestContext>,
    variables: JsonObject,
  ): RequestErrors | undefined {
    const { cost: limit, assumedListSize } = this.#options.limits;
    if (limit === undefined) return undefined;
    const estimated = operation.cost(variables, assumedListSize);
    if (estimated <= limit) return undefined;
    const message = `This operation may cost ${estimated}; ${limit} is the limit. Ask for shorter lists, or for less within them.`;
    const extensions = { code: 'GRAPHQL_VALIDATION_FAILED', cost: { estimated, limit } };
    return { errors: [{ message, extensions }] };
  }
}

export interface Prepared {
  operation: Operation<RequestContext>;
  variables: JsonObject;
  /** How long a cache may keep the answer when it holds nothing of a viewer's, in seconds; 0: not at all. */
  publicMaxAgeS: number;
  /** When it came to be prepared, by `performance.now()`. */
  beganAtMs: number;
  /** How long that took; undefined for an operation that was known. */
  planMs: number | undefined;
  consistency: Consistency | undefined;
  /** How it went, where somebody looks; there once it runs. */
  trace?: RequestTrace;
}

async function* endingWith<T>(parts: AsyncGenerator<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* parts;
  } finally {
    end();
  }
}

/** The parameters in the body of a request, or what is wrong with it. Unknown keys and extensions are let pass. */
export function readParams(body: unknown): GraphQLParams | RequestErrors {
  const bad = (message: string): RequestErrors => ({
    errors: [{ message, extensions: { code: 'BAD_REQUEST' } }],
  });
  if (Array.isArray(body)) return bad('Batches of operations are not taken. Send them one by one.');
  if (!isObject(body)) return bad('A GraphQL request is a JSON object.');
  const { query, documentId, operationName, variables, extensions } = body;
  if (query != null && typeof query !== 'string')
    return bad('`query` must be the text of a GraphQL document.');
  if (documentId != null && (typeof documentId !== 'string' || documentId === ''))
    return bad('`documentId` must be the id of a GraphQL document.');
  if (operationName != null && typeof operationName !== 'string')
    return bad('`operationName` must be a text.');
  if (variables != null && (!isObject(variables) || Array.isArray(variables)))
    return bad('`variables` must be an object.');
  if (extensions != null && (!isObject(extensions) || Array.isArray(extensions)))
    return bad('`extensions` must be an object.');
  const persisted = extensions?.persistedQuery;
  const hash = isObject(persisted) ? persisted.sha256Hash : undefined;
  if (hash != null && typeof hash !== 'string')
    return bad('`extensions.persistedQuery.sha256Hash` must be a text.');
  const { consistency } = extensions ?? {};
  if (consistency != null && !isAsked(consistency))
    return bad('`extensions.consistency` is `{ token, strict }`, a text and a boolean.');
  const hashId = hash ? `sha256:${hash}` : undefined;
  if (documentId != null && hashId !== undefined && documentId !== hashId)
    return bad('`documentId` and `extensions.persistedQuery` must be of the same document.');
  const id = documentId ?? hashId;
  if (query == null && id === undefined)
    return bad('There must be a `query`, the text of a GraphQL document, or its `documentId`.');
  return {
    // Clients of graphql-ws must send a text: beside an id, an empty one is none.
    query: (id === undefined ? query : query || undefined) ?? undefined,
    documentId: id,
    operationName: operationName ?? undefined,
    variables: variables ?? {},
    ...(consistency != null && {
      consistency: { token: consistency.token, isStrict: consistency.strict === true },
    }),
  };
}

function isAsked(value: unknown): value is { token?: string; strict?: boolean } {
  if (!isObject(value)) return false;
  const { token, strict } = value;
  return (
    (token === undefined || typeof token === 'string') &&
    (strict === undefined || typeof strict === 'boolean')
  );
}
