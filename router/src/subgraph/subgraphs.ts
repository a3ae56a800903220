import {
  type Identity,
  IDENTITY_HEADER,
  IdentitySigner,
  subscriptionText,
} from '@gamegraph/identity';
import type { OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import type { RouterConfig } from '../config/schema.js';
import type { RequestContext } from '../core.js';
import { type SubgraphAnswer, SubgraphFailure } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';
import type { Metrics } from '../http/metrics.js';
import { NODE_URL, NodeSubgraph, nodeTypesOfSupergraph } from '../node/node-subgraph.js';
import type { Supergraph } from '../supergraph/supergraph.js';
import { SubgraphClient } from './client.js';

const FIND_ENTITIES =
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }';

export type SubgraphSettings = RouterConfig['subgraphs'];

/** The subgraphs of a supergraph, as the router asks them: with a signed word about the viewer. */
export class Subgraphs {
  readonly #client = new SubgraphClient();
  #urls: ReadonlyMap<string, string> = new Map();
  #nodeName: string | undefined;
  #node!: NodeSubgraph<RequestContext>;
  #signer: IdentitySigner | undefined;

  constructor(
    supergraph: Supergraph,
    settings: SubgraphSettings,
    private readonly metrics: Metrics,
    private readonly log: Logger,
  ) {
    this.use(supergraph, settings);
  }

  /** Asks by another supergraph or other settings from now on. */
  use({ urls: declared, sdl }: Supergraph, settings: SubgraphSettings): void {
    const urls = new Map([...declared, ...Object.entries(settings.urls)]);
    this.#nodeName = [...urls].find(([, url]) => url === NODE_URL)?.[0];
    if (this.#nodeName !== undefined) urls.delete(this.#nodeName);
    this.#urls = urls;
    this.#signer = settings.signingKey && new IdentitySigner(settings.signingKey);
    this.#client.use(urls, settings.timeoutMs);
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

  readonly urlOf = (subgraph: string): string | undefined => this.#urls.get(subgraph);

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
    const began = performance.now();
    let outcome = 'failed';
    try {
      const headers = {
        ...context.forwarded,
        'x-request-id': context.requestId,
        ...(context.traceparent && { traceparent: context.traceparent }),
        ...this.#proof(subgraph, body, identityOf(context)),
      };
      const answer = await this.#client.ask(subgraph, body, headers, context.endsAtMs);
      outcome = 'answered';
      return answer;
    } catch (error) {
      if (error instanceof SubgraphFailure) {
        this.log.warn(
          { error, subgraph, requestId: context.requestId },
          'a subgraph could not be asked',
        );
      }
      throw error;
    } finally {
      this.metrics.fetchSeconds.observe({ subgraph, outcome }, (performance.now() - began) / 1000);
    }
  }

  #proof(subgraph: string, about: string, identity: Identity): Record<string, string> {
    return this.#signer ? { [IDENTITY_HEADER]: this.#signer.sign(subgraph, about, identity) } : {};
  }
}

function identityOf({ principal: { viewer }, client }: RequestContext): Identity {
  return { viewer, client, isOperator: false };
}
