import type { QueryPlan } from '@apollo/query-planner';
import {
  buildSchema,
  type DocumentNode,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';
import { pino } from 'pino';
import { type SubgraphFetch, SubgraphFailure } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';
import type { Installment } from '../operation/deferred-plan.js';
import { Operation } from '../operation/operation.js';
import { Operations, type OperationsOptions, type Refused } from '../operation/operations.js';
import { apiSdl, compose } from '../supergraph/compose.js';
import { Supergraph } from '../supergraph/supergraph.js';
import { mergeInstallments } from './installments.js';
import type { OperationModel } from './random-operation.js';
import type { SchemaModel } from './random-schema.js';
import { hash } from './random.js';
import { type Ask, type Response, Stock } from './stock.js';
import { SubgraphInProcess } from './subgraphs-in-process.js';
import { type Faults, KEYLESS, type Resolution, World } from './world.js';

/** An operation as this router has it. */
export interface PreparedOperation {
  model: OperationModel;
  operation: Operation<undefined> | Refused;
}

/** What all three answer to the same operation. */
export interface Answers {
  ours: Response;
  /** Undefined where nothing was planned. */
  stock: Response | undefined;
  /** What `graphql.execute` makes of the whole graph in one schema; errors as they are. */
  merged: { data?: JsonObject | null; errors?: readonly GraphQLError[] };
  seen: Set<string>;
  fetches: number;
  /** Whether this router has sent an entity without its key. */
  isKeyless: boolean;
}

const OPTIONS: OperationsOptions = {
  limits: {
    tokens: Infinity,
    depth: Infinity,
    aliases: Infinity,
    rootFields: Infinity,
    directives: Infinity,
    selections: Infinity,
    assumedListSize: 1,
  },
  introspection: true,
  cacheSize: 1,
  log: pino({ level: 'silent' }),
};

/** A random graph, to be asked in three ways. */
export class Graph {
  readonly schema: GraphQLSchema;
  readonly #world: World;
  readonly #subgraphs: ReadonlyMap<string, SubgraphInProcess>;
  readonly #supergraph: RecordingSupergraph;
  readonly #stock: Stock;

  /** @throws CompositionError */
  constructor(readonly model: SchemaModel) {
    const { sdl } = compose(model.subgraphs);
    this.schema = buildSchema(apiSdl(sdl));
    this.#world = new World(model);
    this.#subgraphs = new Map(
      model.subgraphs.map(each => [each.name, new SubgraphInProcess(each, this.#world)]),
    );
    this.#supergraph = new RecordingSupergraph(sdl);
    this.#stock = new Stock(this.#supergraph);
  }

  isValid({ query }: OperationModel): boolean {
    return validate(this.schema, parse(query)).length === 0;
  }

  /** Makes an operation the one that is asked. */
  prepare(model: OperationModel): PreparedOperation {
    this.#supergraph.lastPlan = undefined;
    const operations = new Operations<undefined>(this.#supergraph, OPTIONS); // which has prepared nothing yet
    return { model, operation: operations.prepare(model.query, model.operationName) };
  }

  /** What the clients of each dialect make of the answer to an operation with `@defer`, without faults. */
  async askInParts(model: OperationModel): Promise<(JsonObject | null)[] | undefined> {
    const seen = new Set<string>();
    const { lastPlan } = this.#supergraph;
    const installments = await collect(
      this.prepare(model).operation,
      model.variables,
      async (subgraph, body) =>
        this.#subgraphs.get(subgraph)!.ask(JSON.parse(body) as Parameters<Ask>[1], undefined, seen),
    );
    this.#supergraph.lastPlan = lastPlan; // of the operation that is asked
    return installments && mergeInstallments(installments);
  }

  async ask(prepared: PreparedOperation, faults: Faults | undefined): Promise<Answers> {
    const { query, operationName, variables } = prepared.model;
    const document = parse(query);
    const seen = new Set<string>();
    let fetches = 0;
    const ask: Ask = async (subgraph, body) => {
      fetches++;
      // Answers come in any order.
      const chance = hash(`${faults?.seed} ${subgraph} ${body.query}`);
      for (let turns = chance % 3; turns > 0; turns--) await new Promise(setImmediate);
      if (faults?.kind === 'down' && hash(`${faults.seed} ${subgraph}`) % faults.rarity === 0) {
        seen.add('down');
        throw new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `${subgraph} is down`);
      }
      const sent = JSON.stringify(body.variables?.representations ?? null);
      if (/\[(?:null,)*\[/.test(sent)) seen.add('list of lists');
      if (/__r[0-9a-f]{10}":(?:null|0|false|"")[,}]/.test(sent)) {
        seen.add('nothing under another name');
      }
      const answer = await this.#subgraphs.get(subgraph)!.ask(body, faults, seen);
      const text = JSON.stringify(answer.data) ?? '';
      for (const name of this.model.entityInterfaces.keys()) {
        if (text.includes(`"__typename":"${name}"`)) seen.add('interface type');
      }
      return answer;
    };
    const merged = (await execute({
      schema: this.schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: { subgraph: undefined, faults, seen: new Set() } satisfies Resolution,
      fieldResolver: this.#world.resolve,
    })) as Answers['merged'];
    const ours = await run(prepared.operation, variables, ask);
    const fetchesOfOurs = fetches;
    const isKeyless = seen.has(KEYLESS);
    const { lastPlan: plan } = this.#supergraph;
    const isPlanned = plan !== undefined && fetches > 0;
    const stock = isPlanned
      ? await this.#stock.run(plan, document, operationName, variables, ask)
      : undefined;
    return { ours, stock, merged, seen, fetches: fetchesOfOurs, isKeyless };
  }
}

/** The parts of an answer to an operation with `@defer`; undefined where nothing is deferred. */
async function collect(
  operation: PreparedOperation['operation'],
  variables: JsonObject,
  fetch: SubgraphFetch<undefined>,
): Promise<Installment[] | undefined> {
  if (!(operation instanceof Operation)) throw new Error(JSON.stringify(operation));
  const coerced = operation.coerceVariables(variables);
  if ('errors' in coerced) throw new Error(JSON.stringify(coerced));
  const options = { viewer: undefined, context: undefined, fetch };
  const installments = operation.runInInstallments(coerced.variables, options);
  if (!installments) return undefined;
  const all: Installment[] = [];
  for await (const installment of installments) all.push(installment);
  return all;
}

async function run(
  operation: PreparedOperation['operation'],
  variables: JsonObject,
  ask: Ask,
): Promise<Response> {
  if (!(operation instanceof Operation)) return operation;
  const coerced = operation.coerceVariables(variables);
  if ('errors' in coerced) return coerced;
  const response = await operation.run(coerced.variables, {
    viewer: undefined,
    context: undefined,
    fetch: (subgraph, body) => ask(subgraph, JSON.parse(body) as Parameters<Ask>[1]),
  });
  return JSON.parse(response) as Response;
}

/** A supergraph that tells its last plan, so that the stock gateway runs the same. */
class RecordingSupergraph extends Supergraph {
  lastPlan: QueryPlan | undefined;

  override plan(document: DocumentNode, operationName: string | undefined): QueryPlan {
    return (this.lastPlan = super.plan(document, operationName));
  }
}
