import type {
  FetchDataRewrite,
  FetchNode,
  PlanNode,
  QueryPlan,
  QueryPlanInlineFragmentNode,
  QueryPlanSelectionNode,
} from '@apollo/query-planner';
import {
  type FieldNode,
  type GraphQLSchema,
  isInterfaceType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { entityKeysOf } from '../execution/entity-keys.js';
import { entityOf, operationOf } from '../execution/fetch-operation.js';
import { parseFieldSet } from './field-set.js';
import { withNarrowedTypes } from './narrowed-fields.js';
import type { PlannerSdl, RequiredCall } from './planner-sdl.js';

/**
 * Puts what the made-up fields stand for into a plan's fetches (see `plannerSdl`), and fetches apart what demands less of
 * an entity than what it was put together with. The planner does not ask a subgraph for the type of what is an object there,
 * though others have an interface or a union in its place, and what clients ask depends on it: it is asked for.
 */
export function mendPlan(plan: QueryPlan, sdl: PlannerSdl, schema: GraphQLSchema): QueryPlan {
  if ((sdl.requirements.size === 0 && sdl.narrowed.size === 0) || !plan.node) return plan;
  const mender = new Mender(sdl, schema);
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
  constructor(
    private readonly sdl: PlannerSdl,
    private readonly schema: GraphQLSchema,
  ) {}

  node(node: PlanNode): PlanNode {
    switch (node.kind) {
      case 'Fetch':
        return this.#fetch({
          ...node,
          serviceName: this.sdl.graphs.get(node.serviceName) ?? node.serviceName,
        });
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

  /** Fetches that were one stay at its place. */
  #spread(node: PlanNode & { kind: 'Flatten' }): PlanNode {
    const { node: inner } = node;
    if (inner.kind !== 'Parallel' && inner.kind !== 'Sequence') return node;
    return { ...inner, nodes: inner.nodes.map(child => ({ ...node, node: child })) };
  }

  #fetch(node: FetchNode): PlanNode {
    if (!node.requires) return this.operation(node);
    const fetches = this.#splitByRequirements(node)
      .flatMap(each => this.#splitByCalls(each))
      .map(each => this.#representation(this.operation(each)));
    if (fetches.length === 1) return fetches[0]!;
    if (node.id === undefined) return { kind: 'Parallel', nodes: fetches };
    // Deferred parts wait for the fetch by its id: the last has it.
    const last = fetches.pop()!;
    const earlier = fetches.map(each => {
      const { id: _, ...rest } = each;
      return rest;
    });
    return { kind: 'Sequence', nodes: [...earlier, last] };
  }

  operation(node: FetchNode): FetchNode {
    return this.#withTypes(this.#withCalls(node));
  }

  #withTypes(node: FetchNode): FetchNode {
    const { serviceName: graph } = node;
    const { narrowed } = this.sdl;
    if (![...narrowed.keys()].some(key => key.startsWith(`${graph} `))) return node;
    const within = <T extends { selectionSet: SelectionSetNode }>(root: T, type: string): T => ({
      ...root,
      selectionSet: withNarrowedTypes(root.selectionSet, type, graph, narrowed, this.schema),
    });
    const document = visit(parse(node.operation, { noLocation: true }), {
      OperationDefinition: root =>
        within(root, this.schema.getRootType(root.operation)?.name ?? root.operation),
      FragmentDefinition: root => within(root, root.typeCondition.name.value),
    });
    return { ...node, operation: print(document) };
  }

  /** `price__r12` -> `price__r12: price(currency: "USD")` */
  #withCalls(node: FetchNode): FetchNode {
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
    // When an entity is sent as an interface object, conditions on its own type do not hold any more: that comes last.
    const isOfEntity = ({ kind, path }: FetchDataRewrite) =>
      kind === 'ValueSetter' && path.length <= 2;
    const planned = node.inputRewrites ?? [];
    const inputRewrites = [
      ...planned.filter(each => !isOfEntity(each)),
      ...rewrites,
      ...planned.filter(isOfEntity),
    ];
    return { ...node, inputRewrites };
  }

  /**
   * A subgraph with `@interfaceObject` is asked for all types of the interface at once. What one type's fields require is
   * demanded of the others then, which have not been asked for it: they would not be sent. Fields that require something
   * are fetched apart from those that take a key.
   */
  #splitByRequirements(node: FetchNode): FetchNode[] {
    const requires = node.requires as QueryPlanInlineFragmentNode[];
    if (requires.length < 2) return [node];
    const isKey = (type: string, name: string) =>
      entityKeysOf(this.schema, node.serviceName, type).some(key => key.includes(name));
    const groups = new Map<string, { fields: Set<string>; required: Set<string> }>();
    let isForAll = false; // of an interface: by its own key, not by those of some types
    for (const [type, field] of fieldsByType(entityOf(operationOf(node)))) {
      const name = field.name.value;
      if (name === '__typename' || isKey(type, name)) continue;
      const own =
        isInterfaceType(this.schema.getType(type)) &&
        requires.find(each => each.typeCondition === type);
      const needs = own
        ? this.sdl.requirements.get(`${node.serviceName} ${type}.${name}`)
        : undefined;
      if (own && needs) isForAll ||= own.selections.some(each => isKey(type, nameOf(each)));
      const text = needs ? print(needs) : '';
      const group = groups.get(text) ?? { fields: new Set(), required: namesOf(needs) };
      groups.set(text, group);
      group.fields.add((field.alias ?? field.name).value);
    }
    if (groups.size < 2 || (groups.has('') && groups.size === 2 && !isForAll)) return [node];
    const all = [...groups.values()];
    return all.map(group => {
      const others = all.filter(each => each !== group);
      return {
        ...withFields(node, name => !others.some(({ fields }) => fields.has(name))),
        requires: requires.map(fragment => ({
          ...fragment,
          selections: fragment.selections.filter(each => {
            const name = nameOf(each);
            return (
              group.required.has(name) ||
              isKey(fragment.typeCondition ?? '', name) ||
              !others.some(({ required }) => required.has(name))
            );
          }),
        })),
      };
    });
  }

  /**
   * A representation holds a field once. Where the fields that are fetched require it with several arguments, they are
   * fetched one after the other, each with its own.
   */
  #splitByCalls(node: FetchNode): FetchNode[] {
    const groups: { fields: Set<string>; calls: Map<string, string> }[] = [];
    for (const [name, calls] of this.#callsOf(node.serviceName, entityOf(operationOf(node)))) {
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
      return {
        ...withFields(node, name => fields.has(name) || !isElsewhere(name)),
        requires: this.#onlyCalls(node.requires!, calls, ''),
      };
    });
  }

  /** Response key of each field of the entity that requires calls -> place in the representation -> made-up field. */
  *#callsOf(graph: string, entity: SelectionSetNode): Generator<[string, Map<string, string>]> {
    for (const [type, field] of fieldsByType(entity)) {
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
  return parseFieldSet(text).selections[0] as FieldNode;
}

function nameOf(selection: QueryPlanSelectionNode): string {
  return selection.kind === 'Field' ? selection.name : '';
}

/** The outermost fields of a selection. */
function namesOf(set: SelectionSetNode | undefined): Set<string> {
  const names = set?.selections.flatMap(each => (each.kind === Kind.FIELD ? each.name.value : []));
  return new Set(names);
}

/** The fields of an entity, each with the type that it is asked of. */
function* fieldsByType(
  { selections }: SelectionSetNode,
  type = '',
): Generator<[type: string, field: FieldNode]> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield [type, selection];
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* fieldsByType(selection.selectionSet, selection.typeCondition?.name.value ?? type);
    }
  }
}

/** An entity fetch for some of its fields alone, by their response keys. */
function withFields(node: FetchNode, isWanted: (name: string) => boolean): FetchNode {
  const operation = operationOf(node);
  const [entities] = operation.selectionSet.selections as [FieldNode];
  const kept = onlyFields(entities.selectionSet!, name => name === '__typename' || isWanted(name));
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
      variableUsages: node.variableUsages.filter(each => used.has(each)),
    }),
  };
}

function onlyFields(
  { selections }: SelectionSetNode,
  isWanted: (name: string) => boolean,
): SelectionSetNode {
  const kept = selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD)
      return isWanted((selection.alias ?? selection.name).value) ? [selection] : [];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return []; // there are none any more
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
