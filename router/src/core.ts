import type { Client } from '@gamegraph/identity';
import type { GraphQLFormattedError, OperationTypeNode } from 'graphql';
import type { SubgraphAnswer } from './execution/fetch.js';
import { isObject, type JsonObject } from './execution/json.js';
import type { Principal } from './identity/authenticator.js';
import { Operation } from './operation/operation.js';
import {
  Operations,
  type OperationSettings,
  type OperationsOptions,
} from './operation/operations.js';
import { Hub, type Listener } from './subscription/hub.js';
import type { Upstream } from './subscription/upstream.js';
import type { Supergraph } from './supergraph/supergraph.js';

/** What is known of a request beside its operation; subgraphs are told of it. */
export interface RequestContext {
  principal: Principal;
  client: Client;
  requestId: string;
  traceparent: string | undefined;
}

/** The parameters of a GraphQL request, as any transport carries them. */
export interface GraphQLParams {
  query: string;
  operationName: string | undefined;
  variables: JsonObject;
}

/** A request that was not run, and why. */
export interface RequestErrors {
  errors: GraphQLFormattedError[];
}

export interface CoreOptions extends OperationsOptions {
  supergraph: Supergraph;
  fetch(
    subgraph: string,
    body: string,
    kind: OperationTypeNode,
    context: RequestContext,
  ): Promise<SubgraphAnswer>;
  upstream: Upstream;
  /** What proves a viewer's subscription to a subgraph. */
  extensions(
    subgraph: string,
    query: string,
    variables: JsonObject,
    context: RequestContext,
  ): JsonObject;
  maxTopics: number;
  maxListeners: number;
}

/** Runs operations, whatever transport they come by. */
export class Core {
  readonly hub: Hub<RequestContext>;
  #options: CoreOptions;
  #operations: Operations<RequestContext>;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#operations = new Operations(options.supergraph, options);
    this.hub = new Hub(options);
  }

  get supergraph(): Supergraph {
    return this.#operations.supergraph;
  }

  /**
   * Serves another supergraph, or by other settings, from now on. Requests in work finish with those that they began
   * with.
   */
  swap(supergraph: Supergraph, settings: OperationSettings): void {
    this.#options = { ...this.#options, ...settings };
    this.#operations = new Operations(supergraph, this.#options);
    this.hub.reload(({ document, name }) => {
      const again = this.#operations.prepare(document.loc!.source.body, name);
      return again instanceof Operation ? again : undefined;
    });
  }

  /** The operation with its variables checked, or what is wrong. */
  prepare(params: GraphQLParams): Prepared | RequestErrors {
    const operation = this.#operations.prepare(params.query, params.operationName);
    if (!(operation instanceof Operation)) return operation;
    const coerced = operation.coerceVariables(params.variables);
    return 'errors' in coerced ? coerced : { operation, variables: coerced.variables };
  }

  /** Runs a query or a mutation. Returns the response as JSON. */
  run({ operation, variables }: Prepared, context: RequestContext): Promise<string> {
    const { viewer } = context.principal;
    return operation.run(variables, { viewer, context, fetch: this.#options.fetch });
  }

  subscribe(
    { operation, variables }: Prepared,
    context: RequestContext,
    listener: Listener,
  ): () => void {
    const { viewer, scope } = context.principal;
    const { fetch } = this.#options;
    return this.hub.subscribe({ operation, variables, viewer, scope, context, fetch }, listener);
  }
}

export interface Prepared {
  operation: Operation<RequestContext>;
  variables: JsonObject;
}

/** The parameters in the body of a request, or what is wrong with it. Unknown keys and extensions are let pass. */
export function readParams(body: unknown): GraphQLParams | RequestErrors {
  const bad = (message: string): RequestErrors => ({
    errors: [{ message, extensions: { code: 'BAD_REQUEST' } }],
  });
  if (Array.isArray(body)) return bad('Batches of operations are not taken. Send them one by one.');
  if (!isObject(body)) return bad('A GraphQL request is a JSON object.');
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string') return bad('`query` must be the text of a GraphQL document.');
  if (operationName != null && typeof operationName !== 'string')
    return bad('`operationName` must be a text.');
  if (variables != null && (!isObject(variables) || Array.isArray(variables)))
    return bad('`variables` must be an object.');
  if (extensions != null && (!isObject(extensions) || Array.isArray(extensions)))
    return bad('`extensions` must be an object.');
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? {},
  };
}
