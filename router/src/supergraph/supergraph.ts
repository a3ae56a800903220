import {
  DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  operationFromDocument,
  type Schema,
  Supergraph as ApolloSupergraph,
} from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { type AccessRules, readAccessRules } from '../operation/access.js';
import { type CostRules, readCostRules } from '../operation/cost.js';

/** What the planner knows, and what this router enforces: a supergraph that demands more is refused. */
const FEATURES = new Set([
  ...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  'https://specs.apollo.dev/authenticated/v0.1',
  'https://specs.apollo.dev/requiresScopes/v0.1',
  'https://specs.apollo.dev/policy/v0.1',
]);

// How far the planner looks for the best plan, and how many ways it follows to one field before it gives up.
const BOUNDS = { maxEvaluatedPlans: 2_000, pathsLimit: 2_000 };

/** A composed schema, ready to plan operations: what is made once and shared by all requests until the next one. */
export class Supergraph {
  readonly sdl: string;
  /** What clients see: nothing `@inaccessible`, none of federation's own. */
  readonly apiSchema: GraphQLSchema;
  /** Everything, for type conditions in plans. */
  readonly fullSchema: GraphQLSchema;
  readonly accessRules: AccessRules;
  readonly costRules: CostRules;
  /** Name of a subgraph -> where its schema says that it is. */
  readonly urls: ReadonlyMap<string, string>;
  readonly #apiSchema: Schema;
  readonly #supergraph: ApolloSupergraph;
  readonly #planner: QueryPlanner;
  #deferringPlanner: QueryPlanner | undefined;

  /** @throws Error when the SDL is no supergraph, or one that this planner cannot serve */
  constructor(sdl: string) {
    this.sdl = sdl;
    const supergraph = ApolloSupergraph.build(sdl, {
      validateSupergraph: true,
      supportedFeatures: FEATURES,
    });
    this.#supergraph = supergraph;
    this.#apiSchema = supergraph.apiSchema();
    this.#planner = new QueryPlanner(supergraph, { debug: BOUNDS });
    this.apiSchema = this.#apiSchema.toGraphQLJSSchema({ includeDefer: true });
    this.fullSchema = supergraph.schema.toGraphQLJSSchema();
    const nameOf = (spec: string, directive = spec) =>
      supergraph.schema.coreFeatures
        ?.getByIdentity(`https://specs.apollo.dev/${spec}`)
        ?.directiveNameInSchema(directive);
    const document = parse(sdl);
    this.accessRules = readAccessRules(document, nameOf);
    this.costRules = readCostRules(document, directive => nameOf('cost', directive));
    this.urls = new Map([...supergraph.subgraphsMetadata()].map(({ name, url }) => [name, url]));
  }

  /** @throws Error when there is no plan, or it would take unreasonable work to find one */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan {
    return this.#planner.buildQueryPlan(this.#operation(document, operationName));
  }

  /** A plan with parts for each `@defer`, by their labels. */
  planDeferred(document: DocumentNode, operationName: string | undefined): QueryPlan {
    this.#deferringPlanner ??= new QueryPlanner(this.#supergraph, {
      incrementalDelivery: { enableDefer: true },
      debug: BOUNDS,
    });
    return this.#deferringPlanner.buildQueryPlan(this.#operation(document, operationName));
  }

  #operation(document: DocumentNode, operationName: string | undefined) {
    return operationFromDocument(this.#apiSchema, document, {
      ...(operationName !== undefined && { operationName }),
    });
  }
}
