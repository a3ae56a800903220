import { createHash } from 'node:crypto';
import {
  DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  operationFromDocument,
  type Schema,
  Supergraph as ApolloSupergraph,
} from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, type GraphQLSchema, Kind, parse, visit } from 'graphql';
import { type AccessRules, readAccessRules } from '../operation/access.js';
import { type CostRules, readCostRules } from '../operation/cost.js';
import { withConcreteTypes } from '../operation/plannable.js';
import { parseFieldSet } from './field-set.js';
import { readRequiringInterfaceFields, withFieldsOfInterfaces } from './interface-fields.js';
import { mendPlan } from './mend-plan.js';
import { type PlannerSdl, plannerSdl } from './planner-sdl.js';
import { isTimeLimit, withinTime } from './time-limit.js';

/** What the planner knows, and what this router enforces: a supergraph that demands more is refused. */
const FEATURES = new Set([
  ...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  'https://specs.apollo.dev/authenticated/v0.1',
  'https://specs.apollo.dev/requiresScopes/v0.1',
  'https://specs.apollo.dev/policy/v0.1',
]);

// How far the planner looks for the best plan, and how many ways it follows to one field before it gives up.
const BOUNDS = { maxEvaluatedPlans: 2_000, pathsLimit: 2_000 };
// These do not bound all that it does. Honest operations take a few milliseconds, large ones on large schemas a hundred.
const PLANNING_MAX_MS = 2_000;

/** A composed schema, ready to plan operations: what is made once and shared by all requests until the next one. */
export class Supergraph {
  readonly sdl: string;
  /** Tells it apart from others. */
  readonly hash: string;
  /** What clients see: nothing `@inaccessible`, none of federation's own. */
  readonly apiSchema: GraphQLSchema;
  /** Everything, for type conditions in plans. */
  readonly fullSchema: GraphQLSchema;
  readonly accessRules: AccessRules;
  readonly costRules: CostRules;
  /** Names of all fields that are in keys, or are required by others: a plan fetches them for its own ends. */
  readonly requiredNames: ReadonlySet<string>;
  /** Name of a subgraph -> where its schema says that it is. */
  readonly urls: ReadonlyMap<string, string>;
  readonly #apiSchema: Schema;
  readonly #plannerSdl: PlannerSdl;
  readonly #requiringInterfaceFields: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #plannerSupergraph: ApolloSupergraph;
  readonly #planner: QueryPlanner;
  #deferringPlanner: QueryPlanner | undefined;

  /** @throws Error when the SDL is no supergraph, or one that this planner cannot serve */
  constructor(sdl: string) {
    this.sdl = sdl;
    this.hash = createHash('sha256').update(sdl).digest('hex').slice(0, 12);
    const supergraph = ApolloSupergraph.build(sdl, {
      validateSupergraph: true,
      supportedFeatures: FEATURES,
    });
    this.#apiSchema = supergraph.apiSchema();
    const document = parse(sdl, { noLocation: true });
    this.#plannerSdl = plannerSdl(document);
    this.#requiringInterfaceFields = readRequiringInterfaceFields(document);
    this.#plannerSupergraph = this.#plannerSdl.isChanged
      ? ApolloSupergraph.build(this.#plannerSdl.document, {
          validateSupergraph: false,
          supportedFeatures: FEATURES,
        })
      : supergraph;
    this.#planner = new QueryPlanner(this.#plannerSupergraph, { debug: BOUNDS });
    this.apiSchema = this.#apiSchema.toGraphQLJSSchema({ includeDefer: true });
    this.fullSchema = supergraph.schema.toGraphQLJSSchema();
    const nameOf = (spec: string, directive = spec) =>
      supergraph.schema.coreFeatures
        ?.getByIdentity(`https://specs.apollo.dev/${spec}`)
        ?.directiveNameInSchema(directive);
    this.requiredNames = readRequiredNames(document);
    this.accessRules = readAccessRules(document, nameOf);
    this.costRules = readCostRules(document, directive => nameOf('cost', directive));
    this.urls = new Map([...supergraph.subgraphsMetadata()].map(({ name, url }) => [name, url]));
  }

  /** @throws Error when there is no plan, or it would take unreasonable work to find one */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan {
    const plan = withinTime(PLANNING_MAX_MS, () =>
      this.#build(this.#withFieldsOfInterfaces(document), operationName),
    );
    return mendPlan(plan, this.#plannerSdl, this.fullSchema);
  }

  #build(document: DocumentNode, operationName: string | undefined): QueryPlan {
    try {
      return this.#planner.buildQueryPlan(this.#operation(document, operationName));
    } catch (error) {
      // The planner fails on some conditions on interfaces and unions within each other; never on those on objects.
      const concrete = isWorkLimit(error) ? undefined : withConcreteTypes(this.apiSchema, document);
      if (!concrete) throw error;
      const raised = this.#withFieldsOfInterfaces(concrete);
      return this.#planner.buildQueryPlan(this.#operation(raised, operationName));
    }
  }

  /**
   * A plan with parts for each `@defer`, by their labels.
   *
   * @returns undefined where the planner fails on the operation, which may yet be answered as a whole
   */
  planDeferred(document: DocumentNode, operationName: string | undefined): QueryPlan | undefined {
    if (this.#withFieldsOfInterfaces(document) !== document) return undefined;
    this.#deferringPlanner ??= new QueryPlanner(this.#plannerSupergraph, {
      incrementalDelivery: { enableDefer: true },
      debug: BOUNDS,
    });
    const planner = this.#deferringPlanner;
    const operation = this.#operation(document, operationName);
    let plan: QueryPlan;
    try {
      plan = withinTime(PLANNING_MAX_MS, () => planner.buildQueryPlan(operation));
    } catch {
      return undefined;
    }
    return mendPlan(plan, this.#plannerSdl, this.fullSchema);
  }

  #withFieldsOfInterfaces(document: DocumentNode): DocumentNode {
    return withFieldsOfInterfaces(document, this.#requiringInterfaceFields, this.apiSchema);
  }

  #operation(document: DocumentNode, operationName: string | undefined) {
    return operationFromDocument(this.#apiSchema, document, {
      ...(operationName !== undefined && { operationName }),
    });
  }
}

/** Whether an operation was given up for what it takes to plan it; the planner says so in words alone. */
export function isWorkLimit(error: unknown): boolean {
  return isTimeLimit(error) || (error instanceof Error && /\blimit of \d+$/.test(error.message));
}

function readRequiredNames(supergraph: DocumentNode): Set<string> {
  const names = new Set(['__typename']);
  visit(supergraph, {
    Directive({ name, arguments: args }) {
      if (name.value !== 'join__type' && name.value !== 'join__field') return;
      for (const argument of args ?? []) {
        if (argument.name.value !== 'key' && argument.name.value !== 'requires') continue;
        if (argument.value.kind !== Kind.STRING) continue;
        visit(parseFieldSet(argument.value.value), {
          Field: field => void names.add(field.name.value),
        });
      }
    },
  });
  return names;
}
