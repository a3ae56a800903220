import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  executeSync,
  type FragmentDefinitionNode,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  type DocumentNode,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionNode,
  visit,
} from 'graphql';
import type { Logger } from 'pino';
import {
  CompiledFetch,
  type Execution,
  type SubgraphAnswer,
  type SubgraphFetch,
} from '../execution/fetch.js';
import { getOwn, isObject, type JsonObject } from '../execution/json.js';
import { compilePlan, rootKeysOf, type Step } from '../execution/plan.js';
import { Projection } from '../execution/projection.js';
import {
  type CollectedFields,
  collectFields,
  conditionVariables,
  inclusion,
  type IsIncluded,
  isOfSchema,
} from '../execution/selection.js';
import type { TokenViewer } from '../identity/authenticator.js';
import { TYPENAME } from '../supergraph/field-set.js';
import type { Supergraph } from '../supergraph/supergraph.js';
import { type Demand, demandsOf, isEmptied, meets, withhold, type Withheld } from './access.js';
import { Aliases } from './aliases.js';
import { costOf } from './cost.js';
import { Deferral, deferVariables } from './deferral.js';
import { DeferredPlan, type Installment, NO_FRAGMENTS } from './deferred-plan.js';
import { needsItsConditions, withConditionsMet, withoutNeverIncluded } from './plannable.js';
import { Unplannable } from './unplannable.js';

const VARIANTS_MAX = 16; // of one operation, by what its viewers may ask, and by its conditions

/** The plan for viewers who meet the same of the operation's demands, compiled. */
interface Variant<Context> {
  /** A subscription's source; undefined for other operations, and when the source itself is withheld. */
  source: CompiledFetch<Context> | undefined;
  run: Step<Context> | undefined;
  plan: QueryPlan | undefined;
  withheld: Withheld[];
  /** Response keys of root fields that are in the schema, but that no subgraph has a way to answer. */
  undeliverable: ReadonlySet<string>;
}

/** What was made of an operation, by what it depends on, or why it could not be. */
type Made<Plan> = Map<string, Plan | Unplannable>;

interface WithheldPlan<Context> {
  plan: DeferredPlan<Context>;
  withheld: Withheld[];
}

/** How a request is to be run. */
export interface RunOptions<Context> {
  viewer: TokenViewer | undefined;
  context: Context;
  fetch: SubgraphFetch<Context>;
}

/** An operation of a client: parsed, valid, planned and compiled, to be run any number of times. */
export class Operation<Context> {
  readonly supergraph: Supergraph;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #aliases: Aliases;
  readonly #projection: Projection;
  readonly #demands: Demand[];
  readonly #defaults: JsonObject;
  readonly #log: Pick<Logger, 'error'>;
  readonly #variants: Made<Variant<Context>> = new Map();
  /** Names of the variables that `@skip` and `@include` depend on. */
  readonly #conditions: string[];
  readonly #asksForSchema: boolean;
  readonly #deferVariables: string[] | undefined;
  readonly #deferredPlans: Made<WithheldPlan<Context> | undefined> = new Map();

  /** @throws Unplannable */
  constructor(
    supergraph: Supergraph,
    document: DocumentNode,
    definition: OperationDefinitionNode,
    log: Pick<Logger, 'error'>,
  ) {
    this.#log = log;
    this.supergraph = supergraph;
    this.document = document;
    this.definition = definition;
    this.#fragments = fragmentsOf(document);
    this.#aliases = new Aliases(document, supergraph.requiredNames);
    this.#projection = new Projection(
      supergraph.apiSchema,
      definition,
      this.#fragments,
      this.#aliases,
    );
    this.#demands = demandsOf(supergraph.accessRules, supergraph.apiSchema, document);
    this.#defaults = this.#coerce({}, true).coerced ?? {};
    this.#conditions = conditionVariables(
      [definition, ...this.#fragments.values()].map(({ selectionSet }) => selectionSet),
    );
    this.#asksForSchema = [...this.#rootFields(mayBeIncluded).values()].flat().some(isOfSchema);
    this.#deferVariables = deferVariables(document);
    if (this.#demands.length === 0) this.#variantFor(undefined); // plan now: what has no plan fails before it runs
  }

  get kind(): OperationTypeNode {
    return this.definition.operation;
  }

  get name(): string | undefined {
    return this.definition.name?.value;
  }

  /** The variables that the operation declares, or what is wrong with them. */
  coerceVariables(
    given: JsonObject,
  ): { variables: JsonObject } | { errors: GraphQLFormattedError[] } {
    const { errors = this.#nullConditions(given) } = this.#coerce(given, false);
    if (errors.length > 0) {
      const code = 'BAD_USER_INPUT';
      return {
        errors: errors.map(error => ({
          ...error.toJSON(),
          extensions: { code, ...error.extensions },
        })),
      };
    }
    // What goes to subgraphs is what the client sent: they coerce it themselves, by their own scalars.
    const variables: JsonObject = {};
    for (const { variable } of this.definition.variableDefinitions ?? []) {
      const { value: name } = variable.name;
      if (Object.hasOwn(given, name)) variables[name] = given[name];
    }
    return { variables };
  }

  /** What it costs at most. @see costOf */
  cost(variables: JsonObject, assumedListSize: number): number {
    const { apiSchema: schema, costRules: rules } = this.supergraph;
    const all = { ...this.#defaults, ...variables };
    return costOf({ schema, rules, assumedListSize }, this.definition, this.#fragments, all);
  }

  /** Whether viewers may get different answers for their different rights. */
  get hasDemands(): boolean {
    return this.#demands.length > 0;
  }

  /** Whether any part may come later than the rest. */
  get mayDefer(): boolean {
    return this.#deferVariables !== undefined;
  }

  /** The plan for this viewer, who has been answered by it; undefined when there is nothing to ask subgraphs. */
  planFor(viewer: TokenViewer | undefined): QueryPlan | undefined {
    return this.#variantFor(viewer).plan;
  }

  /** Runs a query or a mutation. Returns the whole response as JSON. */
  async run(
    variables: JsonObject,
    options: RunOptions<Context>,
    extensions?: () => JsonObject,
  ): Promise<string> {
    try {
      const variant = this.#variantFor(options.viewer);
      const execution = this.#begin(variables, options);
      await variant.run?.(execution);
      return this.#respond(execution, extensions?.());
    } catch (error) {
      return JSON.stringify({ errors: [toldOf(error)], data: null });
    }
  }

  /**
   * Runs a query or a mutation, part by part; undefined when there is nothing to wait for with these variables, or no
   * plan in parts.
   */
  runInInstallments(
    variables: JsonObject,
    { context, fetch, viewer }: RunOptions<Context>,
  ): AsyncGenerator<Installment> | undefined {
    if (!this.#deferVariables) return undefined;
    const all = { ...this.#defaults, ...variables };
    const deciding = [...this.#deferVariables, ...this.#conditions];
    const mask = deciding.map(name => (all[name] === false ? '0' : '1')).join('');
    const key = `${mask} ${this.#maskOf(viewer)}`;
    const found = this.#made(this.#deferredPlans, key, () => this.#planDeferred(viewer, all));
    if (!found || found instanceof Unplannable) return undefined;
    const errors = found.withheld.map(each => errorOf(each, viewer));
    const introspection = this.#asksForSchema ? this.#introspect(all) : {};
    const aliases = this.#aliases;
    const execution = { data: null, variables, errors, aliases, context, fetch };
    return found.plan.run(execution, all, introspection);
  }

  /** What a subscription asks its source, or the errors of a viewer who may not. */
  source(viewer: TokenViewer | undefined): CompiledFetch<Context> | GraphQLFormattedError[] {
    try {
      const { source, withheld } = this.#variantFor(viewer);
      return source ?? withheld.map(each => errorOf(each, viewer));
    } catch (error) {
      return [toldOf(error)];
    }
  }

  /** Completes an event of a subscription. Returns the whole response as JSON. */
  async runEvent(
    event: SubgraphAnswer,
    variables: JsonObject,
    options: RunOptions<Context>,
    extensions?: JsonObject,
  ): Promise<string> {
    const variant = this.#variantFor(options.viewer);
    const execution = this.#begin(variables, options);
    variant.source?.mergeRoot(execution, event);
    if (execution.data) await variant.run?.(execution);
    return this.#respond(execution, extensions);
  }

  /** Whether a topic that was opened with this operation can go on with the other: they ask the same source the same. */
  hasSameSource(other: Operation<Context>, viewer: TokenViewer | undefined): boolean {
    const [mine, theirs] = [this.source(viewer), other.source(viewer)];
    if (Array.isArray(mine) || Array.isArray(theirs)) return false;
    return (
      mine.node.serviceName === theirs.node.serviceName &&
      mine.node.operation === theirs.node.operation
    );
  }

  #begin(
    variables: JsonObject,
    { context, fetch, viewer }: RunOptions<Context>,
  ): Execution<Context> {
    const { withheld, undeliverable } = this.#variantFor(viewer);
    const errors = withheld.map(each => errorOf(each, viewer));
    if (undeliverable.size > 0) {
      const asked = this.#rootFields(inclusion({ ...this.#defaults, ...variables })).keys();
      errors.push(...[...asked].filter(key => undeliverable.has(key)).map(undeliverableError));
    }
    return { data: null, variables, errors, aliases: this.#aliases, context, fetch };
  }

  #variantFor(viewer: TokenViewer | undefined): Variant<Context> {
    const mask = this.#maskOf(viewer);
    const variant = this.#made(this.#variants, mask, () => this.#plan(viewer, mask.includes('0')));
    if (variant instanceof Unplannable) throw variant;
    return variant;
  }

  /** What was made for this key, or is made now. What could not be is not tried again. */
  #made<Plan>(all: Made<Plan>, key: string, make: () => Plan): Plan | Unplannable {
    if (!all.has(key)) {
      if (all.size >= VARIANTS_MAX) all.clear();
      try {
        all.set(key, make());
      } catch (error) {
        all.set(key, Unplannable.because(error, this.name, this.#log));
      }
    }
    return all.get(key) as Plan | Unplannable;
  }

  #maskOf(viewer: TokenViewer | undefined): string {
    return this.#demands.map(demand => (meets(viewer, demand) ? '1' : '0')).join('');
  }

  #planDeferred(
    viewer: TokenViewer | undefined,
    variables: JsonObject,
  ): WithheldPlan<Context> | undefined {
    const { accessRules, apiSchema, fullSchema } = this.supergraph;
    const deferral = new Deferral(
      apiSchema,
      this.definition,
      this.#fragments,
      variables,
      this.#aliases,
    );
    if (deferral.fragments.length === 0) return undefined;
    const { planned } = deferral;
    const { operation, withheld } = withhold(accessRules, apiSchema, planned, NO_FRAGMENTS, viewer);
    // The planner makes parts wait for fetches that conditions leave out, and leaves out others with them.
    const document = withConditionsMet(documentOf(operation), variables);
    const plan: Partial<QueryPlan> | undefined = isEmptied(getOperationAST(document, this.name)!)
      ? {}
      : this.supergraph.planDeferred(this.#aliases.rename(document), this.name);
    if (!plan) return undefined;
    const { node } = plan;
    const step = node && compilePlan<Context>(fullSchema, node as PlanNode, this.#defaults, false);
    return {
      plan: new DeferredPlan(this.supergraph, deferral, this.#aliases, step),
      withheld,
    };
  }

  #plan(viewer: TokenViewer | undefined, mustWithhold: boolean): Variant<Context> {
    const { accessRules, apiSchema, fullSchema } = this.supergraph;
    const isPlain = !this.#asksForSchema && !this.#deferVariables;
    let document = isPlain ? this.document : plainly(this.document);
    let operation = getOperationAST(document, this.name)!;
    let withheld: Withheld[] = [];
    if (mustWithhold) {
      const fragments = fragmentsOf(document);
      ({ operation, withheld } = withhold(accessRules, apiSchema, operation, fragments, viewer));
      document = documentOf(operation);
    }
    if (this.kind !== 'subscription') {
      document = withoutNeverIncluded(document);
      operation = getOperationAST(document, this.name)!;
    }
    const nothing = {
      source: undefined,
      run: undefined,
      plan: undefined,
      withheld,
      undeliverable: new Set<string>(),
    };
    if (isEmptied(operation)) return nothing;
    document = this.#aliases.rename(document);
    const plan = this.supergraph.plan(document, this.name);
    const { node } = plan;
    if (node?.kind === 'Subscription') {
      const source = new CompiledFetch<Context>(fullSchema, node.primary, [[]]);
      const run = node.rest && compilePlan<Context>(fullSchema, node.rest, this.#defaults, true);
      return { ...nothing, plan, source, run };
    }
    const undeliverable = this.#undeliverable(node, withheld, mayBeIncluded);
    const isWrongForSome =
      this.#conditions.length > 0 &&
      (!node || undeliverable.size > 0 || needsItsConditions(document, node));
    return isWrongForSome
      ? { ...nothing, plan, run: this.#runByConditions(document, withheld) }
      : { ...nothing, plan, run: this.#compile(node), undeliverable };
  }

  #compile(node: PlanNode | undefined): Step<Context> | undefined {
    const mayMerge = this.kind === 'query';
    return node && compilePlan(this.supergraph.fullSchema, node, this.#defaults, mayMerge);
  }

  /** Plans again for each outcome of the conditions. */
  #runByConditions(document: DocumentNode, withheld: Withheld[]): Step<Context> {
    const steps: Made<Step<Context>> = new Map();
    return execution => {
      const variables = { ...this.#defaults, ...execution.variables };
      const mask = this.#conditions.map(name => (variables[name] === true ? '1' : '0')).join('');
      const step = this.#made(steps, mask, () =>
        this.#planForOne(withConditionsMet(document, variables), withheld, variables),
      );
      if (step instanceof Unplannable) throw step;
      return step(execution);
    };
  }

  #planForOne(document: DocumentNode, withheld: Withheld[], variables: JsonObject): Step<Context> {
    if (isEmptied(getOperationAST(document, this.name)!)) return () => {};
    const node = this.supergraph.plan(document, this.name).node as PlanNode | undefined;
    const undeliverable = this.#undeliverable(node, withheld, inclusion(variables));
    const run = this.#compile(node);
    return execution => {
      execution.errors.push(...[...undeliverable].map(undeliverableError));
      return run?.(execution);
    };
  }

  /** Response keys of root fields: the planner leaves out silently what it finds no way to. */
  #undeliverable(
    node: PlanNode | undefined,
    withheld: Withheld[],
    isIncluded: IsIncluded,
  ): Set<string> {
    const delivered = new Set(node && rootKeysOf(node));
    const withheldKeys = new Set(withheld.map(({ path }) => path[0]));
    const keys = [...this.#rootFields(isIncluded)].flatMap(([key, [field]]) =>
      field!.name.value.startsWith('__') ||
      withheldKeys.has(key) ||
      delivered.has(this.#aliases.sourceKeyOf(field!))
        ? []
        : [key],
    );
    return new Set(keys);
  }

  #respond({ data, errors, variables }: Execution<Context>, extensions: JsonObject = {}): string {
    const all = { ...this.#defaults, ...variables };
    const introspection = this.#asksForSchema ? this.#introspect(all) : {};
    const projected = this.#projection.project(data ?? {}, all, introspection);
    const tellsFaults = projected.faults.length > 0 && errors.length === 0;
    const told = tellsFaults ? { ...extensions, valueCompletion: projected.faults } : extensions;
    const parts = [
      // Two fetches may have met the same error of a field: it is told once.
      ...(errors.length > 0
        ? [`"errors":[${[...new Set(errors.map(error => JSON.stringify(error)))].join()}]`]
        : []),
      `"data":${JSON.stringify(projected.data)}`,
      ...(Object.keys(told).length > 0 ? [`"extensions":${JSON.stringify(told)}`] : []),
    ];
    return `{${parts.join()}}`;
  }

  /** A variable with a default may be null, and is let into a condition all the same. */
  #nullConditions(given: JsonObject): GraphQLError[] {
    return this.#conditions
      .filter(name => getOwn(given, name) === null)
      .map(name => new GraphQLError(`Variable "$${name}" is a condition: it may not be null.`));
  }

  #coerce(given: JsonObject, ignoreMissing: boolean) {
    const definitions = this.definition.variableDefinitions ?? [];
    const wanted = ignoreMissing
      ? definitions.filter(({ defaultValue }) => defaultValue)
      : definitions;
    return getVariableValues(this.supergraph.apiSchema, wanted, given, { maxErrors: 20 });
  }

  /** `__schema` and `__type`: the router's own to answer. */
  #introspect(variables: JsonObject): JsonObject {
    const selections = [...this.#rootFields(inclusion(variables)).values()]
      .flat()
      .filter(isOfSchema);
    const { data } = executeSync({
      schema: this.supergraph.apiSchema,
      rootValue: {},
      variableValues: variables,
      document: {
        kind: Kind.DOCUMENT,
        definitions: [
          { ...this.definition, selectionSet: { kind: Kind.SELECTION_SET, selections } },
          ...this.#fragments.values(),
        ],
      },
    });
    return isObject(data) ? data : {};
  }

  #rootFields(isIncluded: IsIncluded): CollectedFields {
    const { apiSchema } = this.supergraph;
    const root = apiSchema.getRootType(this.kind);
    if (!root) return new Map();
    const { selectionSet } = this.definition;
    return collectFields(apiSchema, root, [selectionSet], this.#fragments, isIncluded);
  }
}

/** Whether some variables leave a selection in. */
function mayBeIncluded(node: SelectionNode): boolean {
  const isConstant = (node.directives ?? []).every(directive =>
    directive.arguments?.every(({ value }) => value.kind !== Kind.VARIABLE),
  );
  return !isConstant || inclusion({})(node);
}

function toldOf(error: unknown): GraphQLFormattedError {
  if (error instanceof Unplannable) return error.toJSON();
  throw error;
}

function undeliverableError(key: string): GraphQLFormattedError {
  const message = 'No subgraph has a way to answer this field.';
  return { message, path: [key], extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** The document without what the planner trips over, or would send to subgraphs: `@defer`, and questions for the schema. */
function plainly(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field: node => (isOfSchema(node) ? TYPENAME : undefined),
    Directive: node => (node.name.value === 'defer' ? null : undefined),
  });
}

function documentOf(operation: OperationDefinitionNode): DocumentNode {
  return { kind: Kind.DOCUMENT, definitions: [operation] };
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = definitions.filter(each => each.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map(fragment => [fragment.name.value, fragment]));
}

function errorOf(
  { path, demand: { of, anyOf } }: Withheld,
  viewer: TokenViewer | undefined,
): GraphQLFormattedError {
  if (!viewer) return { message: 'Log in first.', path, extensions: { code: 'UNAUTHENTICATED' } };
  const wanted = anyOf.map(set => set.join(' and ')).join(', or ');
  const kind = of === 'permissions' ? 'permission' : 'policy';
  return { message: `This needs the ${kind} ${wanted}.`, path, extensions: { code: 'FORBIDDEN' } };
}
