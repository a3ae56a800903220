import {
  type ConstDirectiveNode,
  type GraphQLSchema,
  isEnumType,
  Kind,
  valueFromASTUntyped,
} from 'graphql';
import { parseFieldSet } from '../supergraph/field-set.js';

/** By supergraph: `subgraph Type` -> its keys there. */
const known = new WeakMap<GraphQLSchema, Map<string, string[][]>>();

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
  let keys = known.get(schema);
  if (!keys) known.set(schema, (keys = readKeys(schema)));
  return keys.get(`${subgraph} ${typeName}`) ?? [];
}

function readKeys(schema: GraphQLSchema): Map<string, string[][]> {
  const subgraphs = new Map<unknown, unknown>();
  const graphs = schema.getType('join__Graph');
  for (const { name, astNode } of isEnumType(graphs) ? graphs.getValues() : []) {
    for (const directive of astNode?.directives ?? [])
      subgraphs.set(name, argumentsOf(directive).name);
  }
  const keys = new Map<string, string[][]>();
  for (const { name, astNode } of Object.values(schema.getTypeMap())) {
    for (const directive of astNode?.directives ?? []) {
      if (directive.name.value !== 'join__type') continue;
      const { graph, key } = argumentsOf(directive);
      if (typeof key !== 'string') continue;
      const of = `${String(subgraphs.get(graph))} ${name}`;
      keys.set(of, [...(keys.get(of) ?? []), namesOf(key)]);
    }
  }
  return keys;
}

function argumentsOf(directive: ConstDirectiveNode): Record<string, unknown> {
  const args = directive.arguments ?? [];
  return Object.fromEntries(
    args.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
}

function namesOf(key: string): string[] {
  const { selections } = parseFieldSet(key);
  return selections.flatMap(each => (each.kind === Kind.FIELD ? [each.name.value] : []));
}
