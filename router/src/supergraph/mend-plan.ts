import type {
  FetchDataRewrite,
  FetchNode,
  PlanNode,
  QueryPlan,
  QueryPlanSelectionNode,
} from '@apollo/query-planner';
import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { PlannerSdl, RequiredCall } from './planner-sdl.js';

/** Puts what the made-up fields stand for into a plan's fetches. See `plannerSdl`. */
export function mendPlan(plan: QueryPlan, sdl: PlannerSdl): QueryPlan {
  if (sdl.calls.size === 0 || !plan.node) return plan;
  const mender = new Mender(sdl);
  if (plan.node.kind !== 'Subscription') return { ...plan, node: mender.node(plan.node) };
  const { primary, rest } = plan.node;
  const node = {
    ...plan.node,
    primary: mender.operation(primary),
    ...(rest && { rest: mender.node(rest) }),
  };
  return { ...plan, node };
}

class Mender {
  constructor(private readonly sdl: PlannerSdl) {}

  node(node: PlanNode): PlanNode {
    switch (node.kind) {
      case 'Fetch':
        return this.#fetch(node);
      case 'Flatten':
        return this.#spread({ ...node, node: this.node(node.node) });
      case 'Sequence':
      case 'Parallel':
        return { ...node, nodes: node.nodes.map(child => this.node(child)) };
      case 'Condition':
        return {
          ...node,
          ...(node.ifClause && { ifClause: this.node(node.ifClause) }),
          ...(node.elseClause && { elseClause: this.node(node.elseClause) }),
        };
      case 'Defer': {
        const { primary, deferred } = node;
        return {
          ...node,
          primary: { ...primary, ...(primary.node && { node: this.node(primary.node) }) },
          deferred: deferred.map(each => ({
            ...each,
            ...(each.node && { node: this.node(each.node) }),
          })),
        };
      }
    }
  }

  /** A fetch that became several stays at its place, and they are done side by side. */
  #spread(node: PlanNode & { kind: 'Flatten' }): PlanNode {
    if (node.node.kind !== 'Parallel') return node;
    return { kind: 'Parallel', nodes: node.node.nodes.map(child => ({ ...node, node: child })) };
  }

  #fetch(node: FetchNode): PlanNode {
    if (!node.requires) return this.operation(node);
    const fetches = this.#split(node).map(each => this.#representation(this.operation(each)));
    return fetches.length === 1 ? fetches[0]! : { kind: 'Parallel', nodes: fetches };
  }

  /** `price__r12` -> `price__r12: price(currency: "USD")` */
  operation(node: FetchNode): FetchNode {
    if (![...this.sdl.calls.keys()].some(name => node.operation.includes(name))) return node;
    const document = visit(parse(node.operation, { noLocation: true }), {
      Field: field => {
        const call = this.sdl.calls.get(field.name.value);
        if (!call) return undefined;
        const { name, arguments: args } = fieldOf(call);
        return { ...field, alias: field.alias ?? field.name, name, arguments: args ?? [] };
      },
    });
    return { ...node, operation: print(document) };
  }

  /** In the representation that is sent, the made-up field has its name in the subgraph. */
  #representation(node: FetchNode): FetchNode {
    const rewrites: FetchDataRewrite[] = [];
    const walk = (selections: readonly QueryPlanSelectionNode[], path: string[]): void => {
      for (const selection of selections) {
        if (selection.kind === 'InlineFragment') {
          const { typeCondition } = selection;
          walk(selection.selections, typeCondition ? [...path, `... on ${typeCondition}`] : path);
          continue;
        }
        const key = selection.alias ?? selection.name;
        if (selection.selections) walk(selection.selections, [...path, key]);
        const call = this.sdl.calls.get(selection.name);
        if (call)
          rewrites.push({ kind: 'KeyRenamer', path: [...path, key], renameKeyTo: call.name });
      }
    };
    walk(node.requires!, []);
    if (rewrites.length === 0) return node;
    return { ...node, inputRewrites: [...(node.inputRewrites ?? []), ...rewrites] };
  }

  /**
   * A representation holds a field once. Where the fields that are fetched require it with several arguments, they are
   * fetched one after the other, each with its own.
   */
  #split(node: FetchNode): FetchNode[] {
    const groups: { fields: Set<string>; calls: Map<string, string> }[] = [];
    const document = parse(node.operation, { noLocation: true });
    const operation = document.definitions[0] as OperationDefinitionNode;
    const entities = operation.selectionSet.selections[0] as FieldNode;
    for (const [name, calls] of this.#callsOf(node.serviceName, entities.selectionSet!)) {
      const group = groups.find(each =>
        [...calls].every(([path, call]) => (each.calls.get(path) ?? call) === call),
      );
      if (!group) groups.push({ fields: new Set([name]), calls });
      else {
        group.fields.add(name);
        for (const [path, call] of calls) group.calls.set(path, call);
      }
    }
    if (groups.length < 2) return [node];
    return groups.map(({ fields, calls }, n) => {
      const isElsewhere = (name: string) => groups.some(each => each.fields.has(name)) || n > 0;
      const kept = onlyFields(
        entities.selectionSet!,
        name => fields.has(name) || name === '__typename' || !isElsewhere(name),
      );
      const definition = withoutUnusedVariables({
        ...operation,
        selectionSet: {
          kind: Kind.SELECTION_SET,
          selections: [{ ...entities, selectionSet: kept }],
        },
      });
      const used = new Set(definition.variableDefinitions?.map(each => each.variable.name.value));
      return {
        ...node,
        operation: print(definition),
        ...(node.variableUsages && {
          variableUsages: node.variableUsages.filter(name => used.has(name)),
        }),
        requires: this.#onlyCalls(node.requires!, calls, ''),
      };
    });
  }

  /** Response key of each field of the entity that requires calls -> place in the representation -> made-up field. */
  *#callsOf(graph: string, entity: SelectionSetNode): Generator<[string, Map<string, string>]> {
    const types: string[] = [];
    const fieldsOf = function* (set: SelectionSetNode): Generator<[string, FieldNode]> {
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) yield [types.at(-1) ?? '', selection];
        if (selection.kind !== Kind.INLINE_FRAGMENT) continue;
        types.push(selection.typeCondition?.name.value ?? types.at(-1) ?? '');
        yield* fieldsOf(selection.selectionSet);
        types.pop();
      }
    };
    for (const [type, field] of fieldsOf(entity)) {
      const required = this.sdl.requirements.get(`${graph} ${type}.${field.name.value}`);
      if (!required) continue;
      const calls = new Map<string, string>();
      const walk = ({ selections }: SelectionSetNode, path: string): void => {
        for (const selection of selections) {
          if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
          const name = selection.kind === Kind.FIELD ? selection.name.value : '';
          const call = this.sdl.calls.get(name);
          const below = name ? `${path}/${call?.name ?? name}` : path;
          if (call) calls.set(below, name);
          if (selection.selectionSet) walk(selection.selectionSet, below);
        }
      };
      walk(required, '');
      if (calls.size > 0) yield [(field.alias ?? field.name).value, calls];
    }
  }

  #onlyCalls(
    selections: readonly QueryPlanSelectionNode[],
    wanted: ReadonlyMap<string, string>,
    path: string,
  ): QueryPlanSelectionNode[] {
    return selections.flatMap((selection): QueryPlanSelectionNode[] => {
      const name = selection.kind === 'Field' ? selection.name : '';
      const call = this.sdl.calls.get(name);
      const below = name ? `${path}/${call?.name ?? name}` : path;
      if (call && (wanted.get(below) ?? '') !== name) return [];
      if (!selection.selections) return [selection];
      return [
        { ...selection, selections: this.#onlyCalls(selection.selections, wanted, below) },
      ] as QueryPlanSelectionNode[];
    });
  }
}

function fieldOf({ text }: RequiredCall): FieldNode {
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions;
  return (definition as OperationDefinitionNode).selectionSet.selections[0] as FieldNode;
}

function onlyFields(
  { selections }: SelectionSetNode,
  isWanted: (name: string) => boolean,
): SelectionSetNode {
  const kept = selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD)
      return isWanted((selection.alias ?? selection.name).value) ? [selection] : [];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
    const selectionSet = onlyFields(selection.selectionSet, isWanted);
    return selectionSet.selections.length > 0 ? [{ ...selection, selectionSet }] : [];
  });
  return { kind: Kind.SELECTION_SET, selections: kept };
}

function withoutUnusedVariables(definition: OperationDefinitionNode): OperationDefinitionNode {
  const used = new Set<string>();
  visit(definition, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(name.value),
  });
  return {
    ...definition,
    variableDefinitions: (definition.variableDefinitions ?? []).filter(({ variable }) =>
      used.has(variable.name.value),
    ),
  };
}
