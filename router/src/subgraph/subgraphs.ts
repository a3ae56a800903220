import {
  type Identity,
  IDENTITY_HEADER,
  type IdentitySigner,
  subscriptionText,
} from '@gamegraph/identity';
import type { OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import type { RequestContext } from '../core.js';
import { type SubgraphAnswer, SubgraphFailure } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';
import type { Metrics } from '../http/metrics.js';
import { NODE_URL, NodeSubgraph, nodeTypesOfSupergraph } from '../node/node-subgraph.js';
import type { Supergraph } from '../supergraph/supergraph.js';
import { SubgraphClient } from './client.js';

const FIND_ENTITIES =
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }';

export interface SubgraphsOptions {
  /** Where subgraphs are, when not where the supergraph says. */
  urls: Record<string, string>;
  timeoutMs: number;
  /** Proves to subgraphs who asks; without it they are told nothing. */
  signer: IdentitySigner | undefined;
  metrics: Metrics;
  log: Logger;
}

/** The subgraphs of a supergraph, as the router asks them: with a signed word about the viewer. */
export class Subgraphs {
  readonly urls: ReadonlyMap<string, string>;
  readonly #client: SubgraphClient;
  readonly #nodeName: string | undefined;
  readonly #node: NodeSubgraph<RequestContext>;
  readonly #options: SubgraphsOptions;

  constructor({ urls: declared, sdl }: Supergraph, options: SubgraphsOptions) {
    this.#options = options;
    const urls = new Map([...declared, ...Object.entries(options.urls)]);
    this.#nodeName = [...urls].find(([, url]) => url === NODE_URL)?.[0];
    if (this.#nodeName !== undefined) urls.delete(this.#nodeName);
    this.urls = urls;
    this.#client = new SubgraphClient({ urls, timeoutMs: options.timeoutMs });
    this.#node = new NodeSubgraph(
      nodeTypesOfSupergraph(sdl),
      async (owner, representations, context) => {
        const body = JSON.stringify({ query: FIND_ENTITIES, variables: { representations } });
        const { data } = await this.#ask(owner, body, context);
        const found = (data as { _entities?: unknown[] } | undefined)?._entities ?? [];
        return found.map(entity => entity !== null);
      },
    );
  }

  readonly fetch = (
    subgraph: string,
    body: string,
    _kind: OperationTypeNode,
    context: RequestContext,
  ): Promise<SubgraphAnswer> =>
    subgraph === this.#nodeName
      ? this.#node.ask(body, context)
      : this.#ask(subgraph, body, context);

  /** What a subscription carries to prove whose it is. */
  readonly extensions = (
    subgraph: string,
    query: string,
    variables: JsonObject,
    context: RequestContext,
  ): JsonObject => ({
    requestId: context.requestId,
    ...this.#proof(subgraph, subscriptionText(query, variables), identityOf(context)),
  });

  /** What a connection for subscriptions carries when it opens: that it is the router's. */
  readonly connectionParams = (subgraph: string): JsonObject =>
    this.#proof(subgraph, 'connection_init', { viewer: undefined, client: {}, isOperator: false });

  close(): Promise<void> {
    return this.#client.close();
  }

  async #ask(subgraph: string, body: string, context: RequestContext): Promise<SubgraphAnswer> {
    const { metrics, log } = this.#options;
    const began = performance.now();
    let outcome = 'failed';
    try {
      const answer = await this.#client.ask(subgraph, body, {
        'x-request-id': context.requestId,
        ...(context.traceparent && { traceparent: context.traceparent }),
        ...this.#proof(subgraph, body, identityOf(context)),
      });
      outcome = 'answered';
      return answer;
    } catch (error) {
      if (error instanceof SubgraphFailure) {
        log.warn(
          { error, subgraph, requestId: context.requestId },
          'a subgraph could not be asked',
        );
      }
      throw error;
    } finally {
      metrics.fetchSeconds.observe({ subgraph, outcome }, (performance.now() - began) / 1000);
    }
  }

  #proof(subgraph: string, about: string, identity: Identity): Record<string, string> {
    const { signer } = this.#options;
    return signer ? { [IDENTITY_HEADER]: signer.sign(subgraph, about, identity) } : {};
  }
}

function identityOf({ principal: { viewer }, client }: RequestContext): Identity {
  return { viewer, client, isOperator: false };
}
