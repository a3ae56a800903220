import { isDeepStrictEqual } from 'node:util';
import type { FetchNode } from '@apollo/query-planner';
import type { RouterConfig } from '../config/schema.js';
import type { SubgraphAnswer, SubgraphFetch } from '../execution/fetch.js';
import type { Supergraph } from '../supergraph/supergraph.js';
import { type AnswerWithPolicy, EntityCache } from './entity-cache.js';
import { Marks } from './marks.js';
import { type Change, type FetchedNames, namesOfChange, namesOfFetch } from './names.js';
import { type CachePolicy, readPolicy } from './policy.js';
import { type Asker, RequestCaching, viewerNameOf } from './request-caching.js';
import { ResponseCache } from './response-cache.js';

export type CacheSettings = RouterConfig['cache'];

/** What does not change from one run of a fetch to the next. */
interface FetchFacts {
  /** Without its name, which is made of the name of the client's operation. */
  operation: string;
  names: FetchedNames;
}

interface CachingContext {
  caching?: RequestCaching | undefined;
}

/** What is kept of subgraphs' answers: whole responses, and entities. */
export class Caches<Context extends CachingContext> {
  #supergraph!: Supergraph;
  #settings!: CacheSettings;
  #responses: ResponseCache | undefined;
  #entities: EntityCache | undefined;
  readonly #marks = new Marks();
  readonly #facts = new WeakMap<FetchNode, FetchFacts>();
  #onInvalidation: () => void = () => {};
  /** Whether it cannot be known what has changed meanwhile. */
  #isBehind = false;

  /** @param ask asks subgraphs themselves */
  constructor(
    supergraph: Supergraph,
    settings: CacheSettings,
    private readonly ask: (...args: Parameters<SubgraphFetch<Context>>) => Promise<SubgraphAnswer>,
  ) {
    this.use(supergraph, settings);
  }

  /** Keeps answers of this supergraph, by these settings, from now on. Nothing of another is kept. */
  use(supergraph: Supergraph, settings: CacheSettings): void {
    const isSame =
      supergraph.hash === this.#supergraph?.hash && isDeepStrictEqual(settings, this.#settings);
    this.#supergraph = supergraph;
    this.#settings = settings;
    if (isSame) return;
    const { responses, entities } = settings;
    this.#responses = responses.enabled
      ? new ResponseCache(this.#marks, responses.maxBytes)
      : undefined;
    this.#entities = entities.enabled ? new EntityCache(this.#marks, entities.maxBytes) : undefined;
  }

  get responses(): ResponseCache | undefined {
    return this.#responses;
  }

  get figures(): Record<
    'responses' | 'entities',
    { bytes: number; counts: Record<string, number> }
  > {
    const nothing = { bytes: 0, counts: {} };
    return { responses: this.#responses ?? nothing, entities: this.#entities ?? nothing };
  }

  /** Begins a query; undefined where nothing is kept. */
  begin(asker: Asker, isForOne: boolean): RequestCaching | undefined {
    if (this.#isBehind || (!this.#responses && !this.#entities)) return undefined;
    return new RequestCaching(asker, this.#marks.now, isForOne);
  }

  /** Asks a subgraph for what is not kept. */
  readonly fetch: SubgraphFetch<Context> = (
    subgraph,
    body,
    kind,
    context,
    node,
    representations,
  ) => {
    const { caching } = context;
    if (!caching) return this.ask(subgraph, body, kind, context, node);
    const { operation, names } = this.#factsOf(node);
    caching.dependOn(names.all);
    const ask = async (sent: string): Promise<AnswerWithPolicy> => {
      const answer = await this.ask(subgraph, sent, kind, context, node);
      const policy = this.#policyOf(subgraph, answer);
      caching.restrict(policy);
      return { answer, policy };
    };
    return representations && this.#entities
      ? this.#entities.answer(
          { subgraph, operation, body, representations, names: names.withinEntities },
          caching,
          ask,
        )
      : ask(body).then(({ answer }) => answer);
  };

  /** Nothing that was asked for before this is served after it. */
  invalidate(changes: Change[]): void {
    const { fullSchema } = this.#supergraph;
    this.#marks.mark(new Set(changes.flatMap(change => namesOfChange(fullSchema, change))));
    this.#onInvalidation();
  }

  /** Keeps nothing, and serves nothing that was kept, until everything is invalidated. */
  pause(): void {
    this.#isBehind = true;
  }

  /** Everything may have changed. */
  invalidateAll(): void {
    this.#isBehind = false;
    this.#marks.markAll();
    this.#onInvalidation();
  }

  /** What a viewer gets from now on was asked for after what they have changed just now. */
  changedBy(viewer: { userId?: string | undefined }): void {
    if (this.#responses || this.#entities) this.#marks.mark([viewerNameOf(viewer)]);
  }

  onInvalidation(listener: () => void): void {
    this.#onInvalidation = listener;
  }

  #factsOf(node: FetchNode): FetchFacts {
    let facts = this.#facts.get(node);
    if (!facts) {
      facts = {
        operation: node.operation.replace(/^query \w+/, 'query'),
        names: namesOfFetch(this.#supergraph.fullSchema, node),
      };
      this.#facts.set(node, facts);
    }
    return facts;
  }

  #policyOf(subgraph: string, { cacheControl }: SubgraphAnswer): CachePolicy {
    if (cacheControl !== undefined) return readPolicy(cacheControl);
    const { subgraphs, maxAgeS, scope } = this.#settings;
    const own = { maxAgeS, scope, ...subgraphs[subgraph] };
    return { maxAgeMs: own.maxAgeS * 1000, isPrivate: own.scope === 'PRIVATE' };
  }
}
