import { Supergraph as ApolloSupergraph } from '@apollo/federation-internals';
import { buildOperationContext, executeQueryPlan, type ServiceMap } from '@apollo/gateway';
import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, type GraphQLFormattedError, GraphQLError } from 'graphql';
import { type SubgraphAnswer, SubgraphFailure } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';
import type { Supergraph } from '../supergraph/supergraph.js';

export interface Response {
  data?: JsonObject | null;
  errors?: GraphQLFormattedError[];
  extensions?: { valueCompletion?: GraphQLFormattedError[] };
  /** Why there is no response at all. */
  failure?: string;
}

export type Ask = (
  subgraph: string,
  body: { query: string; variables?: JsonObject; operationName?: string },
) => Promise<SubgraphAnswer>;

/** Runs plans as the stock gateway does. */
export class Stock {
  readonly #apiSchema;

  constructor(private readonly supergraph: Supergraph) {
    this.#apiSchema = ApolloSupergraph.build(supergraph.sdl).apiSchema();
  }

  async run(
    plan: QueryPlan,
    document: DocumentNode,
    operationName: string | undefined,
    variables: JsonObject,
    ask: Ask,
  ): Promise<Response> {
    const services: ServiceMap = {};
    for (const name of this.supergraph.urls.keys()) {
      services[name] = {
        async process({ request }) {
          try {
            return (await ask(name, request as Parameters<Ask>[1])) as Response;
          } catch (error) {
            if (!(error instanceof SubgraphFailure)) throw error;
            const extensions = { code: error.code, serviceName: name };
            throw new GraphQLError(error.message, { extensions });
          }
        },
      };
    }
    const operationContext = buildOperationContext({
      schema: this.supergraph.apiSchema,
      operationDocument: document,
      ...(operationName !== undefined && { operationName }),
    });
    const requestContext = {
      request: { variables },
      metrics: {},
      context: {},
      logger: console,
    } as unknown as Parameters<typeof executeQueryPlan>[2];
    const response = await executeQueryPlan(
      plan,
      services,
      requestContext,
      operationContext,
      this.supergraph.fullSchema,
      this.#apiSchema,
    ).catch((error: Error) => ({ failure: error.message }));
    return JSON.parse(JSON.stringify(response)) as Response;
  }
}
