import type {
  FetchNode,
  PlanNode,
  QueryPlanSelectionNode,
  ResponsePath,
} from '@apollo/query-planner';
import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { entityOf, operationOf } from './fetch-operation.js';

/** A fetch of a schedule: one request to a subgraph, for entities at any number of places. */
export interface ScheduledFetch {
  node: FetchNode;
  targets: ResponsePath[];
  /** The ids of the plan's fetches that it stands for. */
  ids: (string | undefined)[];
  /** What it was put together from, when that asked for different fields: for entities that lack what some require. */
  parts: FetchNode[];
}

/** A part of a plan that is done as a whole: a fetch, or what only the request can decide. */
export interface ScheduledStep {
  /** What it is to wait for, by number; all are lower than its own. */
  after: number[];
  work: ScheduledFetch | { node: PlanNode; prefix: ResponsePath };
}

interface Task {
  work: ScheduledStep['work'];
  after: Set<Task>;
  /** How many steps are to follow it, at the longest. */
  height: number;
}

/**
 * A plan as steps that wait for each other, with as few requests as it takes.
 *
 * The planner plans each branch of an operation for itself. Here, entity fetches of one subgraph that have equally many
 * steps to follow are put together: those that ask the same at several places, then those that ask for different fields
 * at the same ones. The answer comes no later for it: every step that is held back would have had to wait at its end.
 *
 * @param mayMerge whether fetches may be held back; not those of a mutation, whose effects have an order
 */
export function schedule(plan: PlanNode, prefix: ResponsePath, mayMerge: boolean): ScheduledStep[] {
  let tasks: Task[] = [];
  const add = (work: Task['work'], after: Set<Task>): Set<Task> => {
    const task = { work, after, height: 0 };
    tasks.push(task);
    return new Set([task]);
  };
  /** Returns the tasks that end the node. */
  const walk = (node: PlanNode, at: ResponsePath, after: Set<Task>): Set<Task> => {
    switch (node.kind) {
      case 'Fetch':
        return add({ node, targets: [at], ids: [node.id], parts: [] }, after);
      case 'Flatten':
        return walk(node.node, [...at, ...node.path], after);
      case 'Sequence':
        return node.nodes.reduce((last, child) => walk(child, at, last), after);
      case 'Parallel':
        return new Set(node.nodes.flatMap(child => [...walk(child, at, after)]));
      case 'Condition':
      case 'Defer':
        return add({ node, prefix: at }, after);
    }
  };
  walk(plan, prefix, new Set());
  if (mayMerge && tasks.length > 1) {
    // What a task waits for is before it in the list.
    for (const task of tasks.toReversed())
      for (const before of task.after) before.height = Math.max(before.height, task.height + 1);
    const joined = merge(tasks, sameQuestion, join);
    tasks = merge(joined, samePlaces, combine);
    if (tasks.length < joined.length) tasks = merge(tasks, sameQuestion, join); // some ask for as much as others now
  }
  const sorted = tasks.toSorted((a, b) => b.height - a.height);
  const order = mayMerge ? sorted : tasks;
  const numbers = new Map(order.map((task, number) => [task, number]));
  return order.map(({ work, after }) => ({
    work,
    after: [...after].map(each => numbers.get(each)!),
  }));
}

/** Puts tasks with the same key together, where `together` can. */
function merge(
  tasks: Task[],
  keyOf: (fetch: ScheduledFetch) => string | undefined,
  together: (a: ScheduledFetch, b: ScheduledFetch) => ScheduledFetch | undefined,
): Task[] {
  const kept: Task[] = [];
  const keptByKey = new Map<string, Task[]>();
  const keptFor = new Map<Task, Task>();
  for (const task of tasks) {
    const key = 'targets' in task.work && task.work.node.requires ? keyOf(task.work) : undefined;
    const same = key === undefined ? [] : (keptByKey.get(`${task.height} ${key}`) ?? []);
    const merged = same.some(other => {
      const work = together(other.work as ScheduledFetch, task.work as ScheduledFetch);
      if (!work) return false;
      other.work = work;
      other.after = new Set([...other.after, ...task.after]);
      keptFor.set(task, other);
      return true;
    });
    if (merged) continue;
    kept.push(task);
    if (key !== undefined) keptByKey.set(`${task.height} ${key}`, [...same, task]);
  }
  for (const task of kept)
    task.after = new Set([...task.after].map(each => keptFor.get(each) ?? each));
  return kept;
}

/**
 * A question put together is one that the subgraph has not seen before and has to read; that pays where it is asked for
 * several places at once.
 */
function samePlaces({ node, targets }: ScheduledFetch): string | undefined {
  if (targets.length < 2 || node.inputRewrites || node.outputRewrites) return undefined;
  return JSON.stringify([node.serviceName, targets]);
}

function sameQuestion({ node }: ScheduledFetch): string {
  const operation = operationOf(node);
  const { selections } = entityOf(operation);
  const { serviceName, requires, inputRewrites, outputRewrites, variableUsages } = node;
  return JSON.stringify([
    ...[serviceName, selections.map(sortedText).toSorted(), requires!.map(sortedJson).toSorted()],
    ...[operation.variableDefinitions?.map(print).toSorted(), variableUsages?.toSorted()],
    ...[inputRewrites, outputRewrites],
  ]);
}

/** A selection on an entity, with its fields in one order. */
function sortedText(selection: SelectionNode): string {
  if (selection.kind !== Kind.INLINE_FRAGMENT) return print(selection);
  const { typeCondition, directives = [], selectionSet } = selection;
  const fields = selectionSet.selections.map(print).toSorted();
  return [typeCondition?.name.value, ...directives.map(print), ...fields].join(' ');
}

function sortedJson(selection: QueryPlanSelectionNode): string {
  const { selections, ...rest } = selection;
  return JSON.stringify([rest, selections?.map(sortedJson).toSorted()]);
}

/** The same of entities at other places. */
function join(a: ScheduledFetch, b: ScheduledFetch): ScheduledFetch {
  const { node, parts } = a.parts.length > 0 ? a : b;
  return { node, parts, targets: [...a.targets, ...b.targets], ids: [...a.ids, ...b.ids] };
}

/** Other fields of entities at the same places. Undefined where both use one name for different things. */
function combine(a: ScheduledFetch, b: ScheduledFetch): ScheduledFetch | undefined {
  const [first, second] = [operationOf(a.node), operationOf(b.node)];
  const variables = uniteVariables([
    ...(first.variableDefinitions ?? []),
    ...(second.variableDefinitions ?? []),
  ]);
  const entity = uniteSelections(entityOf(first).selections, entityOf(second).selections);
  if (!variables || !entity) return undefined;
  const [entities] = first.selectionSet.selections as [FieldNode];
  const operation: OperationDefinitionNode = {
    ...first,
    variableDefinitions: variables,
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [{ ...entities, selectionSet: { kind: Kind.SELECTION_SET, selections: entity } }],
    },
  };
  const usages = new Set([...(a.node.variableUsages ?? []), ...(b.node.variableUsages ?? [])]);
  return {
    targets: a.targets,
    ids: [...a.ids, ...b.ids],
    parts: [...(a.parts.length > 0 ? a.parts : [a.node]), b.node],
    node: {
      ...a.node,
      operation: print(operation),
      variableUsages: [...usages],
      requires: uniteRequirements([...a.node.requires!, ...b.node.requires!]),
    },
  };
}

/** Each once; undefined when some differ under one name. */
function uniteVariables(
  definitions: readonly VariableDefinitionNode[],
): VariableDefinitionNode[] | undefined {
  const united = new Map<string, VariableDefinitionNode>();
  for (const definition of definitions) {
    const { value: name } = definition.variable.name;
    const known = united.get(name);
    if (known && print(known) !== print(definition)) return undefined;
    united.set(name, definition);
  }
  return [...united.values()];
}

/** The fields of both for each type; undefined when one response key would have two meanings. */
function uniteSelections(
  a: readonly SelectionNode[],
  b: readonly SelectionNode[],
): SelectionNode[] | undefined {
  const fieldsByKey = new Map<string, string>();
  const byCondition = new Map<string, SelectionNode[]>();
  for (const selection of [...a, ...b]) {
    if (selection.kind !== Kind.INLINE_FRAGMENT || selection.directives?.length) return undefined;
    const condition = selection.typeCondition?.name.value ?? '';
    const fields = byCondition.get(condition) ?? [];
    byCondition.set(condition, fields);
    for (const field of selection.selectionSet.selections) {
      if (field.kind !== Kind.FIELD) return undefined;
      const key = (field.alias ?? field.name).value;
      const text = print(field);
      const known = fieldsByKey.get(key);
      if (known !== undefined && known !== text) return undefined;
      fieldsByKey.set(key, text);
      if (!fields.some(each => print(each) === text)) fields.push(field);
    }
  }
  return [...byCondition].map(([condition, selections]) => ({
    kind: Kind.INLINE_FRAGMENT,
    ...(condition && {
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: condition } },
    }),
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  }));
}

/** The requirements of both, for each type what it takes altogether. */
function uniteRequirements(all: QueryPlanSelectionNode[]): QueryPlanSelectionNode[] {
  const united = new Map<string, QueryPlanSelectionNode>();
  for (const each of all) {
    const name = each.kind === 'Field' ? (each.alias ?? each.name) : `... ${each.typeCondition}`;
    const known = united.get(name);
    const selections =
      known?.selections || each.selections
        ? uniteRequirements([...(known?.selections ?? []), ...(each.selections ?? [])])
        : undefined;
    united.set(name, { ...each, ...(selections && { selections }) });
  }
  return [...united.values()];
}
