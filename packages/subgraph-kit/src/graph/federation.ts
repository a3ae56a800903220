import 'reflect-metadata';
import assert from 'node:assert/strict';
import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import {
  defaultFieldResolver,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  parse,
} from 'graphql';
import {
  buildSchemaSync,
  createResolversMap,
  Directive,
  Extensions,
  getMetadataStorage,
  type NonEmptyArray,
} from 'type-graphql';
import { authChecker } from './access.js';
import { globalId, tryUuidOf } from './global-id.js';
import { DateTime } from './scalars.js';
import type { GraphContext } from './viewer.js';

const FEDERATION = parse(`extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.11"
  import: [
    "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@tag"
    "@authenticated", "@requiresScopes"
  ]
)`);

// type-graphql asks for one as soon as there is a subscription; ours bring their own source (live.ts).
const NO_PUB_SUB = {
  publish: () => assert.fail('Subscriptions are fed by Live.'),
  subscribe: () => assert.fail('Subscriptions are fed by Live.'),
};

/** How a stub becomes the whole: by the uuid in its id. Null when there is none, or none that the viewer may see. */
export type ReferenceResolver<Context extends GraphContext, T> = (
  uuid: string,
  context: Context,
) => Promise<T | null> | T | null;

/**
 * Makes a type a node of the graph: an entity that this subgraph owns, whose key is its global id. The tag tells the
 * router, which serves `node(id)`, whom to ask whether there is such a one.
 */
export function Node<Context extends GraphContext, T extends object>(
  typeName: string,
  resolve: ReferenceResolver<Context, T>,
): ClassDecorator {
  return target => {
    Directive('@tag(name: "node")')(target);
    Stub(typeName, resolve)(target);
  };
}

/**
 * Makes a type the stub of an entity that another subgraph owns. With `resolve` this subgraph adds fields to it;
 * without, it only names it.
 */
export function Stub<Context extends GraphContext, T extends object>(
  typeName: string,
  resolve?: ReferenceResolver<Context, T>,
): ClassDecorator {
  return target => {
    Directive(`@key(fields: "id"${resolve ? '' : ', resolvable: false'})`)(target);
    Extensions({ isNode: true })(target);
    if (!resolve) return;
    const resolveReference = ({ id }: { id: string }, context: Context) => {
      const uuid = tryUuidOf(typeName, id);
      return uuid === undefined ? null : resolve(uuid, context);
    };
    Extensions({ apollo: { subgraph: { resolveReference } } })(target);
  };
}

/** The resolvers' classes as a Federation 2 subgraph. */
export function buildSubgraph(resolvers: NonEmptyArray<Function>): GraphQLSchema {
  // Decorators of parameters run from the last to the first; arguments are to stand as the method has them.
  getMetadataStorage().params.sort((a, b) => a.index - b.index);
  const plain = buildSchemaSync({
    resolvers: resolvers,
    authChecker,
    validate: { forbidUnknownValues: false },
    scalarsMap: [{ type: Date, scalar: DateTime }],
    pubSub: NO_PUB_SUB,
    skipCheck: true,
  });
  const schema = buildSubgraphSchema([
    { typeDefs: FEDERATION },
    { typeDefs: parse(printSubgraphSchema(plain)), resolvers: createResolversMap(plain) as never },
  ]);
  for (const type of Object.values(plain.getTypeMap())) {
    const built = schema.getType(type.name);
    if (!isObjectType(built) && !isInterfaceType(built)) continue;
    // SDL carries no extensions (reference resolvers, access): bring them over.
    built.extensions = { ...built.extensions, ...type.extensions };
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const twin = built.getFields()[field.name];
      if (twin) twin.extensions = { ...twin.extensions, ...field.extensions };
    }
    const { id } = built.getFields();
    if (!type.extensions.isNode || !id) continue;
    const resolveUuid = id.resolve ?? defaultFieldResolver;
    id.resolve = (...args) => {
      const uuid: unknown = resolveUuid(...args);
      return uuid instanceof Promise
        ? uuid.then(value => globalId(type.name, value))
        : globalId(type.name, uuid as string);
    };
  }
  return schema;
}
