import {
  type DocumentNode,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type SelectionNode,
} from 'graphql';

/**
 * What a document has wrong that validation trips over, and the planner too: a subscription is to one thing, so it
 * cannot depend on a condition what that is.
 *
 * @see https://spec.graphql.org/September2025/#sec-Single-Root-Field
 */
export function faultOfSubscription({ definitions }: DocumentNode): GraphQLError | undefined {
  const visited = new Set<string>();
  const conditional = (selections: readonly SelectionNode[]): SelectionNode | undefined => {
    for (const node of selections) {
      if (node.directives?.some(({ name: { value } }) => value === 'skip' || value === 'include'))
        return node;
      let below: readonly SelectionNode[] = [];
      if (node.kind === Kind.INLINE_FRAGMENT) below = node.selectionSet.selections;
      else if (node.kind === Kind.FRAGMENT_SPREAD && !visited.has(node.name.value)) {
        visited.add(node.name.value);
        for (const each of definitions)
          if (each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value)
            below = each.selectionSet.selections;
      }
      const found = conditional(below);
      if (found) return found;
    }
    return undefined;
  };
  for (const each of definitions) {
    if (each.kind !== Kind.OPERATION_DEFINITION) continue;
    if (each.operation !== OperationTypeNode.SUBSCRIPTION) continue;
    const node = conditional(each.selectionSet.selections);
    const message = 'What a subscription is to cannot have @skip or @include.';
    if (node) return new GraphQLError(message, { nodes: node });
  }
  return undefined;
}
