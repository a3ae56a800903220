import type { PlanNode } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { entityOf, operationOf } from '../execution/fetch-operation.js';
import type { JsonObject } from '../execution/json.js';
import { inclusion, type IsIncluded } from '../execution/selection.js';
import { TYPENAME } from '../supergraph/field-set.js';

const SELECTIONS_MAX = 5_000;

/**
 * The document without what constant conditions always leave out: the planner would have it fetched where it is beside
 * what is not left out, and its errors told.
 */
export function withoutNeverIncluded(document: DocumentNode): DocumentNode {
  return only(document, ({ directives = [] }) =>
    directives.every(directive => {
      const isConstant = directive.arguments?.some(({ value }) => value.kind === Kind.BOOLEAN);
      return (
        !isConstant ||
        inclusion({})({ kind: Kind.FIELD, name: directive.name, directives: [directive] })
      );
    }),
  );
}

/** The document as it is with these variables: without conditions, and without what they leave out. */
export function withConditionsMet(document: DocumentNode, variables: JsonObject): DocumentNode {
  return visit(only(document, inclusion(variables)), {
    Directive: ({ name }) => (name.value === 'skip' || name.value === 'include' ? null : undefined),
  });
}

function only(document: DocumentNode, isIncluded: IsIncluded): DocumentNode {
  return visit(document, {
    SelectionSet: {
      leave(node, _key, parent) {
        const selections = node.selections.filter(each => isIncluded(each) && !isEmpty(each));
        const holder = parent && 'kind' in parent ? parent.kind : undefined;
        const mayBeEmpty = holder === Kind.OPERATION_DEFINITION || holder === Kind.INLINE_FRAGMENT;
        const left = selections.length > 0 || mayBeEmpty ? selections : [TYPENAME];
        return { ...node, selections: left };
      },
    },
  });
}

/**
 * Whether a plan for all outcomes of the conditions is wrong for some. The planner does not fetch an object of which
 * conditions leave no field, be it there or not; and it sends what one field of an entity requires along with all others,
 * so that they are left out with it.
 */
export function needsItsConditions(document: DocumentNode, node: PlanNode): boolean {
  return hasEmptiable(document) || hasMixedEntities(node);
}

/** Whether conditions may leave no field of an object. */
function hasEmptiable(document: DocumentNode): boolean {
  const fragments = new Map(
    document.definitions.flatMap(each =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.selectionSet]] : [],
    ),
  );
  const isEmptiable = ({ selections }: SelectionSetNode): boolean =>
    selections.every(selection => {
      if (isConditional(selection)) return true;
      if (selection.kind === Kind.FIELD) return false;
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      return isEmptiable(isSpread ? fragments.get(selection.name.value)! : selection.selectionSet);
    });
  let isFound = false;
  visit(document, {
    Field({ selectionSet }) {
      isFound ||= selectionSet !== undefined && isEmptiable(selectionSet);
    },
  });
  return isFound;
}

/** Whether some fields of an entity are fetched on a condition, together with others. */
function hasMixedEntities(node: PlanNode): boolean {
  switch (node.kind) {
    case 'Fetch': {
      if (!node.requires) return false;
      const byType = new Map<string, Set<boolean>>();
      for (const selection of entityOf(operationOf(node)).selections) {
        if (selection.kind !== Kind.INLINE_FRAGMENT) continue;
        const name = selection.typeCondition?.name.value ?? '';
        const conditions = byType.get(name) ?? new Set();
        byType.set(name, conditions);
        const isWithin = isConditional(selection);
        for (const is of conditionsOfFields(selection.selectionSet, isWithin)) conditions.add(is);
      }
      return [...byType.values()].some(({ size }) => size > 1);
    }
    case 'Flatten':
      return hasMixedEntities(node.node);
    case 'Condition':
      return [node.ifClause, node.elseClause].some(each => each && hasMixedEntities(each));
    case 'Sequence':
    case 'Parallel':
      return node.nodes.some(hasMixedEntities);
    case 'Defer':
      return false;
  }
}

function* conditionsOfFields(
  { selections }: SelectionSetNode,
  isWithin: boolean,
): Generator<boolean> {
  for (const selection of selections) {
    const is = isWithin || isConditional(selection);
    if (selection.kind === Kind.INLINE_FRAGMENT)
      yield* conditionsOfFields(selection.selectionSet, is);
    else if (selection.kind !== Kind.FIELD || selection.name.value !== '__typename') yield is;
  }
}

function isConditional({ directives = [] }: SelectionNode): boolean {
  return directives.some(
    ({ name, arguments: args }) =>
      (name.value === 'skip' || name.value === 'include') &&
      args?.some(({ value }) => value.kind === Kind.VARIABLE),
  );
}

function isEmpty(node: SelectionNode): boolean {
  return node.kind === Kind.INLINE_FRAGMENT && node.selectionSet.selections.length === 0;
}

/**
 * The document with each condition on an interface or a union replaced by conditions on the objects that it may be.
 *
 * @returns undefined when that is too much
 */
export function withConcreteTypes(
  schema: GraphQLSchema,
  document: DocumentNode,
): DocumentNode | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  let count = 0;
  const expandSet = (set: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode => ({
    ...set,
    selections: set.selections
      .flatMap(selection => expand(selection, parent))
      .filter(selection => !isEmpty(selection)),
  });
  const expand = (selection: SelectionNode, parent: GraphQLCompositeType): SelectionNode[] => {
    if (count++ > SELECTIONS_MAX) return [];
    if (selection.kind === Kind.FIELD) {
      const fields = 'getFields' in parent ? parent.getFields() : {};
      const type = getNamedType(fields[selection.name.value]?.type);
      if (!selection.selectionSet || !isCompositeType(type)) return [selection];
      const below = expandSet(selection.selectionSet, type);
      const selections = below.selections.length > 0 ? below.selections : [TYPENAME];
      return [{ ...selection, selectionSet: { ...below, selections } }];
    }
    const { typeCondition, selectionSet } =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
    const condition = typeCondition && schema.getType(typeCondition.name.value);
    const types =
      isCompositeType(condition) && condition !== parent
        ? possible(condition).filter(type => possible(parent).includes(type))
        : [parent];
    return types.map(type => ({
      kind: Kind.INLINE_FRAGMENT,
      directives: selection.directives,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
      selectionSet: expandSet(selectionSet, type),
    }));
  };
  const possible = (type: GraphQLCompositeType) =>
    isObjectType(type) ? [type] : schema.getPossibleTypes(type);
  const definitions = document.definitions.flatMap(definition => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const root = schema.getRootType(definition.operation)!;
    return [{ ...definition, selectionSet: expandSet(definition.selectionSet, root) }];
  });
  return count > SELECTIONS_MAX ? undefined : { ...document, definitions };
}
