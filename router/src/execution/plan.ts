import type { DeferNode, FetchNode, PlanNode, ResponsePath } from '@apollo/query-planner';
import {
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { CompiledFetch, type Execution } from './fetch.js';
import { getOwn, type JsonObject } from './json.js';

/** Runs a part of a plan: fills the execution's data and errors. */
export type Step<Context> = (execution: Execution<Context>) => Promise<void> | void;

/** Defaults of the operation's variables, for conditions. */
type Defaults = JsonObject;

/** Compiles a plan's tree into steps. `prefix` is the path of the enclosing Flatten nodes. */
export function compilePlan<Context>(
  schema: GraphQLSchema,
  node: PlanNode,
  defaults: Defaults,
  prefix: ResponsePath = [],
): Step<Context> {
  const compile = (child: PlanNode) => compilePlan<Context>(schema, child, defaults, prefix);
  switch (node.kind) {
    case 'Fetch': {
      return runFetch(new CompiledFetch<Context>(schema, node, [prefix]), [node.id]);
    }
    case 'Flatten':
      return compilePlan(schema, node.node, defaults, [...prefix, ...node.path]);
    case 'Sequence': {
      const steps = node.nodes.map(compile);
      return async execution => {
        for (const step of steps) await step(execution);
      };
    }
    case 'Parallel': {
      const steps = compileParallel<Context>(schema, node.nodes, defaults, prefix);
      if (steps.length === 1) return steps[0]!;
      return async execution => {
        await Promise.all(steps.map(async step => step(execution)));
      };
    }
    case 'Condition': {
      const [yes, no] = [
        node.ifClause && compile(node.ifClause),
        node.elseClause && compile(node.elseClause),
      ];
      return execution => {
        const value = getOwn(execution.variables, node.condition) ?? defaults[node.condition];
        return (value ? yes : no)?.(execution);
      };
    }
    case 'Defer':
      return compileDefer(node, compile);
  }
}

function runFetch<Context>(
  fetch: CompiledFetch<Context>,
  ids: (string | undefined)[],
): Step<Context> {
  const known = ids.filter(id => id !== undefined);
  if (known.length === 0) return execution => fetch.run(execution);
  return async execution => {
    await fetch.run(execution);
    for (const id of known) execution.deferred?.fetched(id);
  };
}

/** Ends with the primary part; each deferred one begins when the fetches that it depends on have ended. */
function compileDefer<Context>(
  { primary, deferred }: DeferNode,
  compile: (node: PlanNode) => Step<Context>,
): Step<Context> {
  const runPrimary = primary.node && compile(primary.node);
  const ids = primary.node ? [...fetchIdsOf(primary.node)] : [];
  const parts = deferred.map(({ label, depends, node }) => ({
    label: label!,
    awaited: depends.map(({ id }) => id),
    step: node && compile(node),
  }));
  return async execution => {
    for (const { label, awaited, step } of parts) {
      const own: Execution<Context> = { ...execution, errors: [] };
      execution.deferred?.begin(label, awaited, own.errors, () => step?.(own));
    }
    await runPrimary?.(execution);
    for (const id of ids) execution.deferred?.fetched(id); // a condition may have left some out
  };
}

/** The ids of the fetches in a plan, without its deferred parts. */
function* fetchIdsOf(node: PlanNode): Generator<string> {
  if (node.kind === 'Fetch') {
    if (node.id !== undefined) yield node.id;
  } else if (node.kind === 'Defer') {
    if (node.primary.node) yield* fetchIdsOf(node.primary.node);
  } else for (const child of childrenOf(node)) yield* fetchIdsOf(child);
}

function childrenOf(node: Exclude<PlanNode, FetchNode>): PlanNode[] {
  switch (node.kind) {
    case 'Flatten':
      return [node.node];
    case 'Sequence':
    case 'Parallel':
      return node.nodes;
    case 'Condition':
      return [node.ifClause, node.elseClause].filter(child => child !== undefined);
    case 'Defer':
      return [node.primary, ...node.deferred].flatMap(part => part.node ?? []);
  }
}

/** The response keys that a plan's root fetches answer. */
export function* rootKeysOf(node: PlanNode): Generator<string> {
  if (node.kind === 'Fetch') {
    if (!node.requires) yield* keysOf(operationOf(node).selectionSet);
    return;
  }
  if (node.kind === 'Flatten') return; // of a root type within a mutation's payload, or of entities
  for (const child of childrenOf(node)) yield* rootKeysOf(child);
}

function operationOf({ operation }: FetchNode): OperationDefinitionNode {
  return parse(operation, { noLocation: true }).definitions[0] as OperationDefinitionNode;
}

function* keysOf({ selections }: SelectionSetNode): Generator<string> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield (selection.alias ?? selection.name).value;
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* keysOf(selection.selectionSet);
  }
}

/** Entity fetches that ask a subgraph the same at different places become one request. */
function compileParallel<Context>(
  schema: GraphQLSchema,
  nodes: PlanNode[],
  defaults: Defaults,
  prefix: ResponsePath,
): Step<Context>[] {
  const merged = new Map<
    string,
    { fetch: FetchNode; targets: ResponsePath[]; ids: (string | undefined)[] }
  >();
  const steps: Step<Context>[] = [];
  for (const node of nodes) {
    if (node.kind !== 'Flatten' || node.node.kind !== 'Fetch' || !node.node.requires) {
      steps.push(compilePlan(schema, node, defaults, prefix));
      continue;
    }
    const fetch = node.node;
    const { serviceName, operation, requires, inputRewrites, outputRewrites, variableUsages } =
      fetch;
    const key = JSON.stringify([
      serviceName,
      operation,
      requires,
      inputRewrites,
      outputRewrites,
      variableUsages,
    ]);
    const target = [...prefix, ...node.path];
    const same = merged.get(key);
    if (same) {
      same.targets.push(target);
      same.ids.push(fetch.id);
    } else merged.set(key, { fetch, targets: [target], ids: [fetch.id] });
  }
  for (const { fetch, targets, ids } of merged.values()) {
    steps.push(runFetch(new CompiledFetch<Context>(schema, fetch, targets), ids));
  }
  return steps;
}
