import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Awaited,
  type Identity,
  IDENTITY_HEADER,
  IdentitySigner,
  subscriptionText,
} from '@gamegraph/identity';
import { OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import type { RouterConfig } from '../config/schema.js';
import type { Consistency } from '../consistency/consistency.js';
import type { RequestContext } from '../core.js';
import { type SubgraphAnswer, SubgraphFailure } from '../execution/fetch.js';
import { isObject, type JsonObject } from '../execution/json.js';
import type { Metrics } from '../http/metrics.js';
import { NODE_URL, NodeSubgraph, nodeTypesOfSupergraph } from '../node/node-subgraph.js';
import { type ConsumerLag, lagOf } from '../projections/consumers.js';
import { Operator } from '../projections/operator.js';
import { PROJECTION_URL, ProjectionSubgraph } from '../projections/projection-subgraph.js';
import type { Supergraph } from '../supergraph/supergraph.js';
import type { FetchTrace } from '../telemetry/request-trace.js';
import { Paused, SubgraphClient, Unreachable } from './client.js';
import { formOf } from './upload-form.js';

const FIND_ENTITIES =
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }';

const { QUERY } = OperationTypeNode;
const HEALTH_TIMEOUT_MS = 2_000;
const RETRY_DELAY_MS = 20;
const RETRY_JITTER_MS = 80; // so that not all who failed together come again together

export type SubgraphSettings = RouterConfig['subgraphs'];

/** The subgraphs of a supergraph, as the router asks them: with a signed word about the viewer. */
export class Subgraphs {
  readonly #client = new SubgraphClient(subgraph =>
    this.log.error({ subgraph }, 'a subgraph fails every time; it is left alone for a while'),
  );
  #urls: ReadonlyMap<string, string> = new Map();
  /** Those that this process is itself. */
  #own: ReadonlyMap<string, Pick<ProjectionSubgraph, 'ask'>> = new Map();
  readonly #projections: ProjectionSubgraph;
  #signer: IdentitySigner | undefined;
  #operator: Operator | undefined;
  #mayRetry = false;

  constructor(
    supergraph: Supergraph,
    settings: SubgraphSettings,
    private readonly metrics: Metrics,
    private readonly log: Logger,
  ) {
    this.#projections = new ProjectionSubgraph(log);
    this.use(supergraph, settings);
    metrics.gauges('router_subgraph_paused', 'Whether a subgraph is left alone.', 'subgraph', () =>
      this.#client.breakers(),
    );
  }

  /** Asks by another supergraph or other settings from now on. */
  use({ urls: declared, sdl }: Supergraph, settings: SubgraphSettings): void {
    const urls = new Map([...declared, ...Object.entries(settings.urls)]);
    const operator = settings.signingKey && new Operator(settings.signingKey, urls);
    let nodes: NodeSubgraph<RequestContext> | undefined;
    const own = new Map<string, Pick<ProjectionSubgraph, 'ask'>>();
    for (const [name, url] of urls) {
      if (url === NODE_URL) own.set(name, (nodes = this.#nodeOf(sdl)));
      else if (url === PROJECTION_URL) own.set(name, this.#projections);
    }
    for (const name of own.keys()) urls.delete(name);
    this.#projections.use(operator, nodes);
    this.#operator = operator;
    this.#own = own;
    this.#urls = urls;
    this.#signer = settings.signingKey && new IdentitySigner(settings.signingKey);
    this.#mayRetry = settings.retry;
    this.#client.use(urls, settings);
  }

  readonly urlOf = (subgraph: string): string | undefined => this.#urls.get(subgraph);

  readonly fetch = (
    subgraph: string,
    body: string,
    kind: OperationTypeNode,
    context: RequestContext,
  ): Promise<SubgraphAnswer> =>
    this.#own.get(subgraph)?.ask(body, context) ?? this.#ask(subgraph, body, kind, context);

  /** Whether a subgraph answers at this moment. */
  readonly answers = async (subgraph: string): Promise<boolean> => {
    const body = '{"query":"{ __typename }"}';
    const nobody: Identity = { viewer: undefined, client: {}, isOperator: false };
    const endsAtMs = performance.now() + HEALTH_TIMEOUT_MS;
    return this.#client.ask(subgraph, body, this.#proof(subgraph, body, nobody), endsAtMs).then(
      ({ data }) => isObject(data),
      () => false,
    );
  };

  /** How far a subgraph's consumers of events are behind; nothing where it does not tell at once. */
  readonly lag = async (subgraph: string): Promise<ConsumerLag[]> => {
    if (!this.#operator) return [];
    const asked = lagOf(this.#operator, subgraph).catch(() => []);
    return Promise.race([asked, sleep(HEALTH_TIMEOUT_MS, [], { ref: false })]);
  };

  /** Those that are asked over the network. */
  get names(): string[] {
    return [...this.#urls.keys()];
  }

  /** What a subscription carries: proof of whose it is, and headers, which the connection of all has no room for. */
  readonly extensions = (
    subgraph: string,
    query: string,
    variables: JsonObject,
    context: RequestContext,
    consistency: Consistency | undefined,
  ): JsonObject => ({
    requestId: context.requestId,
    ...(context.forwarded && { headers: context.forwarded }),
    ...this.#proof(
      subgraph,
      subscriptionText(query, variables),
      identityOf(context, consistency?.resumption),
    ),
  });

  /** What a connection for subscriptions carries when it opens: that it is the router's. */
  readonly connectionParams = (subgraph: string): JsonObject =>
    this.#proof(subgraph, 'connection_init', { viewer: undefined, client: {}, isOperator: false });

  close(): void {
    this.#client.close();
  }

  async #ask(
    subgraph: string,
    body: string,
    kind: OperationTypeNode,
    context: RequestContext,
  ): Promise<SubgraphAnswer> {
    const began = performance.now();
    const own = context.trace?.fetch(subgraph);
    let outcome = 'failed';
    try {
      const answer = await this.#attempt(subgraph, body, kind, context, own);
      outcome = 'answered';
      return answer;
    } catch (error) {
      if (error instanceof Paused) outcome = 'paused';
      else if (error instanceof SubgraphFailure) {
        this.log.warn(
          { error, subgraph, requestId: context.requestId },
          'a subgraph could not be asked',
        );
      }
      throw error;
    } finally {
      own?.end(outcome);
      this.metrics.fetchSeconds.observe({ subgraph, outcome }, (performance.now() - began) / 1000);
    }
  }

  /** Asks, and asks once more for what only reads when nothing came back. */
  async #attempt(
    subgraph: string,
    body: string,
    kind: OperationTypeNode,
    context: RequestContext,
    own: FetchTrace | undefined,
    mayRetry = kind === QUERY && this.#mayRetry,
  ): Promise<SubgraphAnswer> {
    const form = context.uploads && (await formOf(body, context.uploads));
    const sent = form?.bytes ?? body;
    const traceparent = own?.traceparent ?? context.traceparent;
    const awaited = context.consistency?.awaitedBy(subgraph);
    const headers = {
      ...context.forwarded,
      'x-request-id': context.requestId,
      ...(traceparent && { traceparent }),
      ...(form && { 'content-type': form.contentType }),
      ...this.#proof(subgraph, sent, identityOf(context, awaited)), // good for one attempt
    };
    try {
      const answer = await this.#client.ask(subgraph, sent, headers, context.endsAtMs, own);
      context.consistency?.take(subgraph, answer.extensions, awaited !== undefined);
      return answer;
    } catch (error) {
      if (!mayRetry || !(error instanceof Unreachable) || error instanceof Paused) throw error;
      await sleep(RETRY_DELAY_MS + Math.random() * RETRY_JITTER_MS);
      return this.#attempt(subgraph, body, kind, context, own, false);
    }
  }

  #nodeOf(sdl: string): NodeSubgraph<RequestContext> {
    return new NodeSubgraph(nodeTypesOfSupergraph(sdl), async (owner, representations, context) => {
      const body = JSON.stringify({ query: FIND_ENTITIES, variables: { representations } });
      const { data } = await this.#ask(owner, body, QUERY, context);
      const found = (data as { _entities?: unknown[] } | undefined)?._entities ?? [];
      return found.map(entity => entity !== null);
    });
  }

  #proof(subgraph: string, about: string | Buffer, identity: Identity): Record<string, string> {
    return this.#signer ? { [IDENTITY_HEADER]: this.#signer.sign(subgraph, about, identity) } : {};
  }
}

function identityOf(
  { principal: { viewer }, client }: RequestContext,
  awaited: Awaited | undefined,
): Identity {
  return { viewer, client, isOperator: false, ...(awaited && { awaited }) };
}
