import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import {
  type DocumentNode,
  execute,
  type GraphQLOutputType,
  GraphQLList,
  GraphQLScalarType,
  type GraphQLSchema,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
} from 'graphql';
import type { SubgraphAnswer } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';
import type { SubgraphSdl } from '../supergraph/compose.js';
import type { Faults, Resolution, World } from './world.js';

/** One subgraph: a schema of graphql-js over the world. */
export class SubgraphInProcess {
  readonly #sound: GraphQLSchema;
  readonly #unsound: GraphQLSchema;
  readonly #documents = new Map<string, DocumentNode>();
  readonly #name: string;
  readonly #world: World;

  constructor({ name, sdl }: SubgraphSdl, world: World) {
    this.#name = name;
    this.#world = world;
    const build = () => {
      const typeDefs = parse(sdl);
      const resolvers: GraphQLResolverMap<Resolution> = {};
      const schema = buildSubgraphSchema([{ typeDefs }]);
      for (const type of Object.values(schema.getTypeMap())) {
        if (!isObjectType(type) && !isInterfaceType(type)) continue;
        if (type.name.startsWith('_') || !/^(T\d|Keyed)/.test(type.name)) continue;
        resolvers[type.name] = {
          __resolveReference: async (reference: JsonObject, resolution: Resolution) =>
            world.entityOf(reference, resolution),
        };
      }
      return buildSubgraphSchema([{ typeDefs, resolvers }]);
    };
    this.#sound = build();
    this.#unsound = loosen(build());
  }

  async ask(
    body: { query: string; variables?: JsonObject; operationName?: string },
    faults: Faults | undefined,
    seen: Set<string>,
  ): Promise<SubgraphAnswer> {
    let document = this.#documents.get(body.query);
    if (!document) this.#documents.set(body.query, (document = parse(body.query)));
    const resolution: Resolution = { subgraph: this.#name, faults, seen };
    const answer = await execute({
      schema: faults?.kind === 'unsound' ? this.#unsound : this.#sound,
      document,
      variableValues: body.variables,
      operationName: body.operationName,
      contextValue: resolution,
      fieldResolver: this.#world.resolve,
    });
    return JSON.parse(JSON.stringify(answer)) as SubgraphAnswer;
  }
}

/** Takes from a schema what keeps a subgraph from answering what it must not. */
function loosen(schema: GraphQLSchema): GraphQLSchema {
  const anything = new GraphQLScalarType({ name: 'Anything' });
  const loose = (type: GraphQLOutputType): GraphQLOutputType => {
    if (isNonNullType(type)) return loose(type.ofType);
    if (isListType(type)) return new GraphQLList(loose(type.ofType));
    return isLeafType(type) ? anything : type;
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(isObjectType(type) || isInterfaceType(type)) || type.name.startsWith('_')) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.name.startsWith('_')) field.type = loose(field.type);
    }
  }
  return schema;
}
