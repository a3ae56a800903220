import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA_DIRECTORY } from '@gamegraph/launcher';
import {
  buildSchema,
  getNullableType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isListType,
  isObjectType,
} from 'graphql';
import { atOrigin, type Stage } from './stage.js';

const LIST_LENGTH = 3;
const LEAVES: Record<string, unknown> = { Int: 7, Float: 1.5, Boolean: true };

/**
 * Our own supergraph, with subgraphs that know one value for each field: it is large, so planning takes its time. Nobody
 * is logged in, so it is without its access rules; a stock gateway would take it no other way.
 */
export function ownStage(): Stage {
  const read = (name: string) => readFileSync(join(SCHEMA_DIRECTORY, `${name}.graphql`), 'utf8');
  const supergraph = read('supergraph')
    .replaceAll(', for: SECURITY)', ')')
    .replaceAll(/^(?!directive|  @link)(.*?) @(?:authenticated|requiresScopes\(.*?\]\]\))/gm, '$1');
  const names = [...supergraph.matchAll(/@join__graph\(name: "([^"]+)"/g)].map(([, name]) => name!);
  const subgraph = (name: string) => withValues(buildSchema(read(name), { assumeValidSDL: true }));
  return {
    supergraph: origin => atOrigin(supergraph, origin),
    // The router answers for some of them itself.
    subgraphs: new Map(
      names.filter(name => !name.startsWith('router-')).map(name => [name, subgraph(name)]),
    ),
    merged: withValues(buildSchema(supergraph)),
    isRepeated: false,
  };
}

function withValues(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('_')) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.name === '_entities') {
        field.resolve = (_, { representations }: { representations: object[] }) => representations;
        continue;
      }
      const value = valueOf(field.type, field.name, schema);
      field.resolve = () => value;
    }
  }
  return schema;
}

/** The same in every subgraph, since it depends on the field's name and type alone. */
function valueOf(type: GraphQLOutputType, field: string, schema: GraphQLSchema): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const item = valueOf(nullable.ofType, field, schema);
    return Array.from({ length: LIST_LENGTH }, () => item);
  }
  if (isAbstractType(nullable)) {
    const [first] = schema
      .getPossibleTypes(nullable)
      .map(({ name }) => name)
      .toSorted();
    return { __typename: first };
  }
  if (isObjectType(nullable)) return { __typename: nullable.name };
  if (isEnumType(nullable)) return nullable.getValues()[0]!.value;
  return LEAVES[nullable.name] ?? `some ${field}`;
}
