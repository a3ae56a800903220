import type { FetchNode, ResponsePath } from '@apollo/query-planner';
import {
  getNamedType,
  type GraphQLFormattedError,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  type OperationTypeNode,
} from 'graphql';
import type { Aliases } from '../operation/aliases.js';
import { originalName } from '../supergraph/planner-sdl.js';
import type { DeferredRuns } from './deferred-runs.js';
import { getOwn, isDeeperThan, isObject, type JsonObject, mergeInto } from './json.js';
import {
  compileRepresentation,
  RepresentationBook,
  type RepresentationWriter,
} from './representation.js';
import { applyRewrites } from './rewrite.js';

const ERRORS_MAX = 1_000; // of one answer
/** Of objects and lists within each other in an answer. With thousands of them, the stack ends. */
const LEVELS_MAX = 500;

/** What a subgraph answered, or an error with its code where it could not be asked. */
export type SubgraphAnswer = {
  data?: unknown;
  errors?: unknown;
  /** Between subgraph and router: clients get none of it as it is. */
  extensions?: unknown;
  /** The header of that name, where there is one. */
  cacheControl?: string;
};

/** Data, or at least one error that says why there is none: else its fields would be null without a word. */
export function isAnswer(answer: unknown): answer is SubgraphAnswer {
  if (!isObject(answer)) return false;
  const { data, errors } = answer;
  const reasons = errors ?? [];
  if (!Array.isArray(reasons) || isDeeperThan(LEVELS_MAX, reasons)) return false;
  return isObject(data) ? !Array.isArray(data) : data == null && reasons.length > 0;
}

/** Sends one operation to a subgraph. Rejects with `SubgraphFailure` when there is no GraphQL answer. */
export type SubgraphFetch<Context> = (
  subgraph: string,
  body: string,
  kind: OperationTypeNode,
  context: Context,
  node: FetchNode,
  /** Those that the body ends with. */
  representations?: readonly string[],
) => Promise<SubgraphAnswer>;

/** A subgraph could not be asked, or did not answer in GraphQL. */
export class SubgraphFailure extends Error {
  override name = 'SubgraphFailure';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One request in work. */
export interface Execution<Context> {
  data: JsonObject | null;
  variables: JsonObject;
  errors: GraphQLFormattedError[];
  /** Path of a field as JSON -> the subgraph that has told its error. */
  tellers?: Map<string, string>;
  aliases: Aliases;
  context: Context;
  fetch: SubgraphFetch<Context>;
  /** Of a plan with deferred parts. */
  deferred?: DeferredRuns;
}

/** A place in the response where a fetch reads its entities and merges its answer; `@` stands for every item of a list. */
export type Target = ResponsePath;

/** A fetch of a schedule, compiled. */
export class CompiledFetch<Context> {
  readonly node: FetchNode;
  readonly #schema: GraphQLSchema;
  readonly #targets: Target[];
  readonly #bodyStart: string;
  readonly #writeRepresentation: RepresentationWriter | undefined;
  readonly #parts: CompiledFetch<Context>[];
  /** Whether it may ask for values whose form is the subgraph's own business. */
  readonly #asksForAnything: boolean;

  /**
   * @param schema the supergraph's whole schema, for type conditions
   * @param parts what to fetch instead of entities that lack some of what is required
   */
  constructor(schema: GraphQLSchema, node: FetchNode, targets: Target[], parts: FetchNode[] = []) {
    if (node.contextRewrites?.length) throw new Error('@fromContext is not supported.');
    this.node = node;
    this.#schema = schema;
    this.#targets = targets;
    this.#parts = parts.map(part => new CompiledFetch(schema, part, targets));
    const free = freeFieldsOf(schema);
    this.#asksForAnything = node.operation.match(/\w+/g)!.some(name => free.has(name));
    const name = node.operationName ? `"operationName":${JSON.stringify(node.operationName)},` : '';
    this.#bodyStart = `{"query":${JSON.stringify(node.operation)},${name}"variables":{`;
    if (node.requires) {
      const { serviceName, requires, inputRewrites } = node;
      this.#writeRepresentation = compileRepresentation(
        schema,
        serviceName,
        requires,
        inputRewrites,
        parts.length === 0,
      );
    }
  }

  readonly #isAbstract = (typeName: unknown): boolean =>
    isAbstractType(this.#schema.getType(String(typeName)));

  /** The body without representations: what a subscription sends, too. */
  body(variables: JsonObject, representations?: string): string {
    const parts: string[] = [];
    for (const name of this.node.variableUsages ?? []) {
      const value = getOwn(variables, name);
      if (value !== undefined) parts.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    }
    if (representations !== undefined) parts.push(`"representations":[${representations}]`);
    return `${this.#bodyStart}${parts.join(',')}}}`;
  }

  run(execution: Execution<Context>): Promise<void> {
    const done = this.#writeRepresentation
      ? this.#fetchEntities(execution, this.#writeRepresentation)
      : this.#fetchRoot(execution);
    return done.catch((error: unknown) => {
      // The stack has ended: in what subgraphs have answered, unless it was in what the client has sent.
      const isOurs = error instanceof RangeError && !isDeeperThan(LEVELS_MAX, execution.variables);
      if (!isOurs) throw error;
      this.#reportFailure(execution, this.#tooDeep());
    });
  }

  async #fetchRoot(execution: Execution<Context>): Promise<void> {
    const answer = await this.#ask(execution, this.body(execution.variables));
    if (answer) this.mergeRoot(execution, answer);
  }

  /** Merges the answer to a root fetch, or the event of a subscription. */
  mergeRoot(execution: Execution<Context>, answer: SubgraphAnswer): void {
    const [target] = this.#targets as [Target];
    if (this.#isTooDeep(answer)) return this.#reportFailure(execution, this.#tooDeep());
    for (const error of errorsOf(answer)) {
      if (!error.path) this.#report(execution, error, undefined);
      else this.#reportField(execution, error, [...withoutLists(target), ...error.path]);
    }
    if (!isObject(answer.data)) return;
    if (this.node.outputRewrites)
      applyRewrites(this.#schema, this.node.outputRewrites, answer.data);
    if (target.length > 0) {
      for (const object of objectsAt(execution.data, target))
        mergeInto(object, answer.data, this.#isAbstract);
    } else if (execution.data) mergeInto(execution.data, answer.data, this.#isAbstract);
    else execution.data = answer.data;
  }

  /** @param only the entities to fetch; undefined for all that there are */
  async #fetchEntities(
    execution: Execution<Context>,
    write: RepresentationWriter,
    only?: ReadonlySet<JsonObject>,
  ): Promise<void> {
    const entities = this.#targets.map(target => objectsAt(execution.data, target));
    const book = new RepresentationBook();
    const incomplete = new Set<JsonObject>();
    const sentAs = entities.flat().map(entity => {
      if (only && !only.has(entity)) return -1;
      const index = write(entity, book);
      if (index < 0) incomplete.add(entity);
      return index;
    });
    await Promise.all([
      book.texts.length > 0 && this.#fetchRepresentations(execution, entities, book.texts, sentAs),
      ...(incomplete.size > 0
        ? this.#parts.map(part =>
            part.#fetchEntities(execution, part.#writeRepresentation!, incomplete),
          )
        : []),
    ]);
  }

  /**
   * @param entities by target
   * @param sentAs of each entity, which representation is its own; -1 for none
   */
  async #fetchRepresentations(
    execution: Execution<Context>,
    entities: JsonObject[][],
    representations: string[],
    sentAs: number[],
  ): Promise<void> {
    const answer = await this.#ask(
      execution,
      this.body(execution.variables, representations.join(',')),
      representations,
    );
    if (!answer) return;
    if (this.#isTooDeep(answer)) return this.#reportFailure(execution, this.#tooDeep());
    const errors = errorsOf(answer);
    this.#reportEntityErrors(execution, errors, sentAs);
    if (!isObject(answer.data)) return;
    const { _entities: found } = answer.data;
    if (found === null && errors.length > 0) return; // the errors say why
    if (!Array.isArray(found) || found.length !== representations.length) {
      this.#reportFailure(
        execution,
        new SubgraphFailure('SUBGRAPH_UNAVAILABLE', `Expected ${representations.length} entities.`),
      );
      return;
    }
    const { outputRewrites } = this.node;
    const mergedAt: number[] = []; // by place in the answer: the target that has it
    let n = 0;
    for (const [target, all] of entities.entries()) {
      for (const entity of all) {
        const index = sentAs[n++]!;
        const fields: unknown = index < 0 ? null : found[index];
        if (!isObject(fields)) continue;
        if (outputRewrites) {
          fields.__typename ??= entity.__typename;
          applyRewrites(this.#schema, outputRewrites, fields);
        }
        // What is asked below two places differs: objects that both shared would have the fields of the other, too.
        const isCopied = (mergedAt[index] ??= target) !== target;
        mergeInto(entity, fields, this.#isAbstract, isCopied);
      }
    }
  }

  async #ask(
    execution: Execution<Context>,
    body: string,
    representations?: readonly string[],
  ): Promise<SubgraphAnswer | undefined> {
    const { node } = this;
    const { fetch, context } = execution;
    try {
      return await fetch(
        node.serviceName,
        body,
        node.operationKind,
        context,
        node,
        representations,
      );
    } catch (error) {
      if (!(error instanceof SubgraphFailure)) throw error;
      this.#reportFailure(execution, error);
      return undefined;
    }
  }

  /** Looks through what has no form by the schema alone: all else that is too deep is never written. */
  #isTooDeep({ data }: SubgraphAnswer): boolean {
    return this.#asksForAnything && isDeeperThan(LEVELS_MAX, data);
  }

  #tooDeep(): SubgraphFailure {
    const message = `The answer of ${this.node.serviceName} is nested too deeply.`;
    return new SubgraphFailure('SUBGRAPH_UNAVAILABLE', message);
  }

  #reportFailure(execution: Execution<Context>, { code, message }: SubgraphFailure): void {
    for (const target of this.#targets) {
      this.#report(execution, { message, extensions: { code } }, withoutLists(target));
    }
  }

  /** An error about `_entities/2/name` is one about the name of every entity that was sent as the third. */
  #reportEntityErrors(
    execution: Execution<Context>,
    errors: SubgraphError[],
    sentAs: number[],
  ): void {
    if (errors.length === 0) return;
    const places = this.#targets.flatMap(target => pathsAt(execution.data, target));
    const placesBySent = Map.groupBy(places, (_, n) => sentAs[n]);
    let left = ERRORS_MAX;
    for (const error of errors) {
      const [root, index, ...rest] = error.path ?? [];
      const all = (root === '_entities' && placesBySent.get(index as number)) || [];
      const concerned = all.slice(0, left);
      left -= concerned.length;
      for (const place of concerned) {
        if (rest.length === 0) this.#report(execution, error, place);
        else this.#reportField(execution, error, [...place, ...rest]);
      }
      if (concerned.length < all.length) {
        const message = `Errors of this answer are left out: they concern more than ${ERRORS_MAX} places.`;
        return this.#report(execution, { message }, undefined);
      }
      if (all.length > 0) continue;
      for (const target of this.#targets) this.#report(execution, error, withoutLists(target));
    }
  }

  /**
   * A field has one error, also when several subgraphs were asked for it: what was shared, or is required by others.
   *
   * @see https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
   */
  #reportField(execution: Execution<Context>, error: SubgraphError, path: ResponsePath): void {
    const known = path.map(step => this.#nameOf(step));
    const tellers = (execution.tellers ??= new Map());
    const at = JSON.stringify(known);
    const teller = tellers.get(at) ?? this.node.serviceName;
    tellers.set(at, teller);
    if (teller === this.node.serviceName) this.#report(execution, error, known);
  }

  /** The planner's own names of fields are nobody else's. */
  #nameOf(step: string | number): string | number {
    if (typeof step === 'number') return step;
    const rewrite = this.node.outputRewrites?.find(({ path }) => path.at(-1) === step);
    return originalName(rewrite?.kind === 'KeyRenamer' ? rewrite.renameKeyTo : step);
  }

  #report(
    execution: Execution<Context>,
    error: SubgraphError,
    path: ResponsePath | undefined,
  ): void {
    execution.errors.push({
      message: error.message,
      ...(path && path.length > 0 && { path: execution.aliases.pathOf(path) }),
      extensions: {
        code: 'INTERNAL_SERVER_ERROR',
        ...error.extensions,
        serviceName: this.node.serviceName,
      },
    });
  }
}

interface SubgraphError {
  message: string;
  path?: ResponsePath;
  extensions?: JsonObject;
}

/** What is wrong with an answer, as it is told. */
export function errorsOf({ errors }: SubgraphAnswer): SubgraphError[] {
  if (!Array.isArray(errors)) return [];
  const told: SubgraphError[] = errors.slice(0, ERRORS_MAX).map((error: unknown) => {
    const { message, path, extensions } = isObject(error) ? error : {};
    return {
      message: typeof message === 'string' ? message : 'The subgraph gave no reason.',
      ...(isPath(path) && { path }),
      ...(isObject(extensions) && { extensions: withoutTraces(extensions) }),
    };
  });
  const leftOut = errors.length - told.length;
  if (leftOut > 0) told.push({ message: `${leftOut} more errors of this answer are left out.` });
  return told;
}

function isPath(path: unknown): path is ResponsePath {
  return (
    Array.isArray(path) && path.every(step => typeof step === 'string' || typeof step === 'number')
  );
}

/** How a subgraph came to fail is for its log: file names and queries are nobody else's business. */
function withoutTraces(extensions: JsonObject): JsonObject {
  const { stacktrace: _, stack: __, exception: ___, ...told } = extensions;
  return told;
}

const freeFields = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

/** Names of all fields that are custom scalars. */
function freeFieldsOf(schema: GraphQLSchema): ReadonlySet<string> {
  let names = freeFields.get(schema);
  if (!names) {
    const types = Object.values(schema.getTypeMap());
    const fields = types.flatMap(type =>
      isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
    );
    const free = fields.filter(field => {
      const type = getNamedType(field.type);
      return isScalarType(type) && !isSpecifiedScalarType(type);
    });
    freeFields.set(schema, (names = new Set(free.map(({ name }) => name))));
  }
  return names;
}

function withoutLists(path: ResponsePath): ResponsePath {
  return path.filter(step => step !== '@');
}

/** The objects at a path of the response, lists flattened, nulls left out. */
function objectsAt(data: unknown, path: ResponsePath): JsonObject[] {
  const objects: JsonObject[] = [];
  const walk = (value: unknown, depth: number): void => {
    if (!isObject(value)) return;
    if (depth === path.length) {
      if (Array.isArray(value)) for (const item of value) walk(item, depth);
      else objects.push(value);
    } else if (path[depth] === '@') {
      if (Array.isArray(value)) for (const item of value) walk(item, depth + 1);
    } else walk(getOwn(value, path[depth] as string), depth + 1);
  };
  walk(data, 0);
  return objects;
}

/** The path of each object that `objectsAt` returns, with indexes; only errors need it. */
function pathsAt(data: unknown, path: ResponsePath): ResponsePath[] {
  const paths: ResponsePath[] = [];
  const walk = (value: unknown, depth: number, at: ResponsePath): void => {
    if (!isObject(value)) return;
    const items = (below: number) => {
      for (const [index, item] of (value as unknown as unknown[]).entries())
        walk(item, below, [...at, index]);
    };
    if (depth === path.length) {
      if (Array.isArray(value)) items(depth);
      else paths.push(at);
    } else if (path[depth] === '@') {
      if (Array.isArray(value)) items(depth + 1);
    } else walk(getOwn(value, path[depth] as string), depth + 1, [...at, path[depth]!]);
  };
  walk(data, 0, []);
  return paths;
}
