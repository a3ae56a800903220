import {
  type ConstDirectiveNode,
  type GraphQLSchema,
  isEnumType,
  Kind,
  type OperationDefinitionNode,
  parse,
  valueFromASTUntyped,
} from 'graphql';

/**
 * The keys by which a subgraph finds the entities of a type, each as the names of its outermost fields.
 *
 * @param schema the supergraph's whole schema
 */
export function entityKeysOf(
  schema: GraphQLSchema,
  subgraph: string,
  typeName: string,
): string[][] {
  const graphs = schema.getType('join__Graph');
  const graph = isEnumType(graphs)
    ? graphs
        .getValues()
        .find(({ astNode }) =>
          astNode?.directives?.some(each => argumentsOf(each).name === subgraph),
        )
    : undefined;
  const directives = schema.getType(typeName)?.astNode?.directives ?? [];
  return directives.flatMap(directive => {
    if (directive.name.value !== 'join__type') return [];
    const { graph: of, key } = argumentsOf(directive);
    return of === graph?.name && typeof key === 'string' ? [namesOf(key)] : [];
  });
}

function argumentsOf(directive: ConstDirectiveNode): Record<string, unknown> {
  const args = directive.arguments ?? [];
  return Object.fromEntries(
    args.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
}

function namesOf(key: string): string[] {
  const [definition] = parse(`{${key}}`, { noLocation: true }).definitions;
  const { selections } = (definition as OperationDefinitionNode).selectionSet;
  return selections.flatMap(each => (each.kind === Kind.FIELD ? [each.name.value] : []));
}
