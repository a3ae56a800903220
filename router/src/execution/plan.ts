import type { DeferNode, FetchNode, PlanNode, ResponsePath } from '@apollo/query-planner';
import { type GraphQLSchema, Kind, type SelectionSetNode } from 'graphql';
import { operationOf } from './fetch-operation.js';
import { CompiledFetch, type Execution } from './fetch.js';
import { getOwn, type JsonObject } from './json.js';
import { schedule } from './schedule.js';

/** Runs a part of a plan: fills the execution's data and errors. */
export type Step<Context> = (execution: Execution<Context>) => Promise<void> | void;

/** Defaults of the operation's variables, for conditions. */
type Defaults = JsonObject;

/**
 * Compiles a plan into a step.
 *
 * @param mayMerge whether fetches may be put together. See `schedule`.
 */
export function compilePlan<Context>(
  schema: GraphQLSchema,
  plan: PlanNode,
  defaults: Defaults,
  mayMerge: boolean,
  prefix: ResponsePath = [],
  fetchIds: ReadonlySet<string> = new Set(fetchIdsOf(plan, true)),
): Step<Context> {
  const compile = (node: PlanNode, at: ResponsePath): Step<Context> => {
    if (node.kind === 'Defer')
      return compileDefer(node, fetchIds, child =>
        compilePlan(schema, child, defaults, false, at, fetchIds),
      );
    if (node.kind !== 'Condition') throw new Error(`A ${node.kind} is no step of its own.`);
    const [yes, no] = [node.ifClause, node.elseClause].map(
      child => child && compilePlan<Context>(schema, child, defaults, mayMerge, at, fetchIds),
    );
    return execution => {
      const value = getOwn(execution.variables, node.condition) ?? defaults[node.condition];
      return (value ? yes : no)?.(execution);
    };
  };
  const steps = schedule(plan, prefix, mayMerge).map(({ work, after }) => {
    if ('prefix' in work) return { run: compile(work.node, work.prefix), after };
    const { node, targets, parts, ids } = work;
    return { run: runFetch(new CompiledFetch<Context>(schema, node, targets, parts), ids), after };
  });
  if (steps.length === 1) return steps[0]!.run;
  return async execution => {
    const done: Promise<void>[] = [];
    for (const { run, after } of steps) {
      const earlier = after.length === 1 ? done[after[0]!]! : Promise.all(after.map(n => done[n]!));
      done.push(after.length === 0 ? start(run, execution) : earlier.then(() => run(execution)));
    }
    await Promise.all(done);
  };
}

async function start<Context>(step: Step<Context>, execution: Execution<Context>): Promise<void> {
  await step(execution);
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
  fetchIds: ReadonlySet<string>,
  compile: (node: PlanNode) => Step<Context>,
): Step<Context> {
  const runPrimary = primary.node && compile(primary.node);
  // The planner leaves fetches out that have nothing to fetch: who is to wait for one waits for all of the primary part.
  const all = `all before ${deferred.map(({ label }) => label).join()}`;
  const ids = [...(primary.node ? fetchIdsOf(primary.node) : []), all];
  const parts = deferred.map(({ label, depends, node }) => ({
    label: label!,
    awaited: depends.map(({ id }) => (fetchIds.has(id) ? id : all)),
    step: node && compile(node),
    ids: node ? [...fetchIdsOf(node)] : [],
  }));
  return async execution => {
    // A condition may leave some fetches out, which other parts wait for.
    const end = (ended: string[]) => ended.forEach(id => execution.deferred?.fetched(id));
    for (const part of parts) {
      const own: Execution<Context> = { ...execution, errors: [] };
      execution.deferred?.begin(part.label, part.awaited, own.errors, async () => {
        await part.step?.(own);
        end(part.ids);
      });
    }
    await runPrimary?.(execution);
    end(ids);
  };
}

/** The ids of the fetches in a plan, with its deferred parts or without. */
function* fetchIdsOf(node: PlanNode, isWithDeferred = false): Generator<string> {
  if (node.kind === 'Fetch') {
    if (node.id !== undefined) yield node.id;
  } else if (node.kind === 'Defer' && !isWithDeferred) {
    if (node.primary.node) yield* fetchIdsOf(node.primary.node);
  } else for (const child of childrenOf(node)) yield* fetchIdsOf(child, isWithDeferred);
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
    if (!node.requires) yield* keysOf(node);
    return;
  }
  if (node.kind === 'Flatten') return; // of a root type within a mutation's payload, or of entities
  for (const child of childrenOf(node)) yield* rootKeysOf(child);
}

/** The response keys of a root fetch. */
function keysOf(node: FetchNode): string[] {
  const collect = ({ selections }: SelectionSetNode): string[] =>
    selections.flatMap(selection => {
      if (selection.kind === Kind.FIELD) return [(selection.alias ?? selection.name).value];
      return selection.kind === Kind.INLINE_FRAGMENT ? collect(selection.selectionSet) : [];
    });
  return collect(operationOf(node).selectionSet);
}
