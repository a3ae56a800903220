import {
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  GraphQLIncludeDirective,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { JsonObject } from './json.js';

/** The fields of a response object: for each response key, the nodes that ask for it, in the order of the spec. */
export type CollectedFields = Map<string, FieldNode[]>;

export type IsIncluded = (node: SelectionNode) => boolean;

/** Whether `@skip` and `@include` leave a selection in, given the variables. */
export function inclusion(variables: JsonObject): IsIncluded {
  return node => {
    if (!node.directives?.length) return true;
    if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
  };
}

/** @see https://spec.graphql.org/October2021/#CollectFields() */
export function collectFields(
  schema: GraphQLSchema,
  type: GraphQLObjectType | GraphQLInterfaceType,
  selectionSets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  isIncluded: IsIncluded,
): CollectedFields {
  const fields: CollectedFields = new Map();
  const visited = new Set<string>();
  const applies = (condition: string | undefined) => {
    if (condition === undefined || condition === type.name) return true;
    const conditionType = schema.getType(condition);
    return isAbstractType(conditionType) && schema.isSubType(conditionType, type);
  };
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(selection);
        else fields.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition?.name.value)) collect(selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment && applies(fragment.typeCondition.name.value)) collect(fragment.selectionSet);
      }
    }
  };
  for (const selectionSet of selectionSets) collect(selectionSet);
  return fields;
}

/**
 * Whether what is asked of an interface is the same for all that implement it: no `__typename`, nothing of some alone.
 * A subgraph for which the interface is an object (`@interfaceObject`) can answer that without knowing what it is.
 */
export function isSameForAll(
  schema: GraphQLSchema,
  type: GraphQLInterfaceType,
  selectionSets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  isIncluded: IsIncluded,
): boolean {
  const nodesOf = (each: GraphQLObjectType | GraphQLInterfaceType) =>
    [...collectFields(schema, each, selectionSets, fragments, isIncluded).values()].flat();
  const common = nodesOf(type);
  return (
    common.every(({ name }) => name.value !== '__typename') &&
    schema.getPossibleTypes(type).every(each => {
      const own = nodesOf(each);
      return own.length === common.length && own.every((node, n) => node === common[n]);
    })
  );
}

/** The names of the variables on which `@skip` and `@include` depend, anywhere below. */
export function conditionVariables(roots: Iterable<SelectionSetNode>): string[] {
  const names = new Set<string>();
  const scan = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      for (const directive of selection.directives ?? []) {
        if (directive.name.value !== 'skip' && directive.name.value !== 'include') continue;
        const condition = directive.arguments?.find(({ name }) => name.value === 'if')?.value;
        if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet)
        scan(selection.selectionSet);
    }
  };
  for (const root of roots) scan(root);
  return [...names].sort();
}

/** Whether it is `__schema` or `__type`: the router's own to answer. */
export function isOfSchema(node: SelectionNode): boolean {
  return (
    node.kind === Kind.FIELD && (node.name.value === '__schema' || node.name.value === '__type')
  );
}
