import type { FetchNode } from '@apollo/query-planner';
import {
  getNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { getOwn, type JsonObject } from '../execution/json.js';

/** What has changed: an entity, all of a type, or all of a subgraph. */
export type Change =
  | { type: string; id?: string | undefined; subgraph?: undefined }
  | { subgraph: string; type?: undefined };

// The names of what answers depend on. `some X` is marked whenever any X changes, `every X` when all of them may have.
const subgraphName = (subgraph: string) => `subgraph ${subgraph}`;
const someName = (type: string) => `some ${type}`;
const everyName = (type: string) => `every ${type}`;
const oneName = (type: string, id: string) => `one ${type} ${id}`;
/** For types that the schema does not tell. */
const ANYTHING = someName('*');

/** What is marked when this changes. Types that it may be called by in a fetch, its interfaces and unions, change too. */
export function namesOfChange(schema: GraphQLSchema, { subgraph, ...change }: Change): string[] {
  if (subgraph !== undefined) return [subgraphName(subgraph)];
  const { type: changed, id } = change as { type: string; id?: string };
  const names = typesAround(schema, changed).flatMap(type => [
    someName(type),
    id === undefined ? everyName(type) : oneName(type, id),
  ]);
  return [...names, ANYTHING];
}

function typesAround(schema: GraphQLSchema, name: string): string[] {
  const around = new Set([name]);
  const type = schema.getType(name);
  if (isAbstractType(type)) for (const each of schema.getPossibleTypes(type)) around.add(each.name);
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const other of Object.values(schema.getTypeMap()))
      if (isAbstractType(other) && schema.isSubType(other, type)) around.add(other.name);
  }
  return [...around];
}

/** What the answer to a fetch depends on. */
export interface FetchedNames {
  all: string[];
  /** The same without the entities that it is for: each of these has names of its own. */
  withinEntities: string[];
}

export function namesOfFetch(schema: GraphQLSchema, node: FetchNode): FetchedNames {
  const within = new Set([subgraphName(node.serviceName)]);
  const entities: string[] = [];
  const info = new TypeInfo(schema);
  const document = parse(node.operation, { noLocation: true });
  visit(
    document,
    visitWithTypeInfo(info, {
      Field({ name, selectionSet }) {
        if (!selectionSet || name.value === '_entities') return;
        const type = getNamedType(info.getType());
        within.add(type ? someName(type.name) : ANYTHING);
      },
      InlineFragment({ typeCondition }) {
        if (typeCondition) entities.push(someName(typeCondition.name.value));
      },
    }),
  );
  const withinEntities = [...within];
  return { all: [...new Set([...withinEntities, ...entities])], withinEntities };
}

/** What tells an entity from others of its type. One that is not known by an `id` changes when any of its type does. */
export function namesOfEntity(representation: JsonObject): string[] {
  const type = representation.__typename as string;
  const id = getOwn(representation, 'id');
  const isKnown = typeof id === 'string' || typeof id === 'number';
  return [everyName(type), isKnown ? oneName(type, String(id)) : someName(type)];
}
