import type { FetchNode } from '@apollo/query-planner';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** A fetch's operation, its fragments in place: the planner uses those of the client again. */
export function operationOf({ operation: text }: FetchNode): OperationDefinitionNode {
  const { definitions } = parse(text, { noLocation: true });
  const [operation, ...fragments] = definitions as [
    OperationDefinitionNode,
    ...FragmentDefinitionNode[],
  ];
  const inPlace = new Map(
    fragments.map(({ name, typeCondition, selectionSet }) => [
      name.value,
      { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet } as const,
    ]),
  );
  return visit(operation, {
    FragmentSpread: ({ name, directives }): InlineFragmentNode => ({
      ...inPlace.get(name.value)!,
      directives,
    }),
  });
}

/** What an entity fetch asks of its entities. */
export function entityOf({ selectionSet }: OperationDefinitionNode): SelectionSetNode {
  const [entities] = selectionSet.selections as [FieldNode];
  return entities.selectionSet!;
}
