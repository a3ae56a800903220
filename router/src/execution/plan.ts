import type { FetchNode, PlanNode, ResponsePath } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
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
      const fetch = new CompiledFetch<Context>(schema, node, [prefix]);
      return execution => fetch.run(execution);
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
      throw new Error('Deferred plans are not made: the planner is not asked for them.');
  }
}

/** Entity fetches that ask a subgraph the same at different places become one request. */
function compileParallel<Context>(
  schema: GraphQLSchema,
  nodes: PlanNode[],
  defaults: Defaults,
  prefix: ResponsePath,
): Step<Context>[] {
  const merged = new Map<string, { fetch: FetchNode; targets: ResponsePath[] }>();
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
    if (same) same.targets.push(target);
    else merged.set(key, { fetch, targets: [target] });
  }
  for (const { fetch, targets } of merged.values()) {
    const compiled = new CompiledFetch<Context>(schema, fetch, targets);
    steps.push(execution => compiled.run(execution));
  }
  return steps;
}
