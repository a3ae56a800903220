import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  execute,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { SubgraphAnswer } from '../execution/fetch.js';
import type { JsonObject } from '../execution/json.js';

/** The subgraph that the router is itself: `node` and `nodes`, over the types of all others. */
export const NODE_SUBGRAPH = 'router-node';

/** Where it is. What tells it from others is this, not its name: that is anyone's to take. */
export const NODE_URL = 'router:node';

// A subgraph that owns a type tags it `node`; in the supergraph it is tagged `node/<its owner>`.
const TAG = 'node';
const OWNER_TAG = /^node\/(.+)$/;

const IDS_MAX = 100;
const DOCUMENTS_REMEMBERED = 500;

/** A type whose ids are global, and the subgraph that knows which of them exist. */
export interface NodeType {
  name: string;
  owner: string;
}

/** The types that subgraphs say they own. */
export function nodeTypesOf(subgraphs: Iterable<{ name: string; sdl: string }>): NodeType[] {
  return [...subgraphs].flatMap(({ name: owner, sdl }) =>
    tagsOfTypes(parse(sdl))
      .filter(({ tags }) => tags.includes(TAG))
      .map(({ name }) => ({ name, owner })),
  );
}

/** The same types, read back from a supergraph that was composed with the SDL of `nodeSdl`. */
export function nodeTypesOfSupergraph(sdl: string): NodeType[] {
  return tagsOfTypes(parse(sdl)).flatMap(({ name, tags }) =>
    tags.flatMap(tag => {
      const owner = OWNER_TAG.exec(tag)?.[1];
      return owner ? [{ name, owner }] : [];
    }),
  );
}

/** @see https://relay.dev/graphql/objectidentification.htm */
export function nodeSdl(types: NodeType[]): string {
  const definitions = types.map(
    ({ name, owner }) =>
      `type ${name} implements Node @key(fields: "id") @tag(name: "node/${owner}") { id: ID! }`,
  );
  return `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key", "@tag"])
    "Anything with an id of its own."
    interface Node {
      "Unique over all types, and opaque."
      id: ID!
    }
    type Query {
      "What has this id; null when nothing has, or nothing that the viewer may see."
      node(id: ID!): Node
      "What has these ids, ${IDS_MAX} at most, in their order."
      nodes(ids: [ID!]!): [Node]!
    }
    ${definitions.join('\n')}
  `;
}

/** Something that the viewer may see. */
export interface FoundNode {
  __typename: string;
  id: string;
  owner: string;
}

/** Which of the representations exist: asks a subgraph for the entities behind them. */
export type FindEntities<Context> = (
  subgraph: string,
  representations: { __typename: string; id: string }[],
  context: Context,
) => Promise<boolean[]>;

/** Answers what the planner asks of the `node` subgraph, in this process. */
export class NodeSubgraph<Context> {
  readonly #schema: GraphQLSchema;
  readonly #owners: ReadonlyMap<string, string>;
  readonly #documents = new LRUCache<string, DocumentNode>({ max: DOCUMENTS_REMEMBERED });

  constructor(
    types: NodeType[],
    private readonly findEntities: FindEntities<Context>,
  ) {
    const sdl = parse(nodeSdl(types));
    // Federation's own part says nothing that an execution needs.
    const definitions = sdl.definitions.filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION);
    this.#schema = buildSchemaOf({ ...sdl, definitions });
    this.#owners = new Map(types.map(({ name, owner }) => [name, owner]));
  }

  async ask(body: string, context: Context): Promise<SubgraphAnswer> {
    const { query, variables } = JSON.parse(body) as { query: string; variables: JsonObject };
    const document = this.#documents.get(query) ?? parse(query);
    this.#documents.set(query, document);
    return execute({
      schema: this.#schema,
      document,
      variableValues: variables,
      rootValue: {
        node: async ({ id }: { id: string }) => (await this.find([id], context))[0],
        nodes: ({ ids }: { ids: string[] }) => this.find(ids, context),
      },
    });
  }

  /** What has these ids, in their order; null where nothing has, or nothing that the viewer may see. */
  async find(ids: string[], context: Context): Promise<(FoundNode | null)[]> {
    if (ids.length > IDS_MAX) throw new Error(`Ask for ${IDS_MAX} nodes at most.`);
    const nodes = ids.map(id => {
      const [typeName = ''] = Buffer.from(id, 'base64url').toString().split(':', 1);
      const owner = this.#owners.get(typeName);
      return owner ? { owner, __typename: typeName, id } : undefined;
    });
    const existing = new Set<object>();
    const byOwner = Map.groupBy(
      nodes.filter(node => node !== undefined),
      ({ owner }) => owner,
    );
    await Promise.all(
      [...byOwner].map(async ([owner, of]) => {
        const found = await this.findEntities(
          owner,
          of.map(({ __typename, id }) => ({ __typename, id })),
          context,
        );
        for (const [n, exists] of found.entries()) if (exists) existing.add(of[n]!);
      }),
    );
    return nodes.map(node => (node && existing.has(node) ? node : null));
  }
}

function buildSchemaOf(document: DocumentNode): GraphQLSchema {
  const directives =
    'directive @key(fields: String!) on OBJECT directive @tag(name: String!) on OBJECT';
  const { definitions } = parse(directives);
  const all: DefinitionNode[] = [...definitions, ...document.definitions];
  return buildASTSchema({ ...document, definitions: all });
}

function tagsOfTypes(document: DocumentNode): { name: string; tags: string[] }[] {
  return document.definitions.filter(isObjectType).map(({ name, directives = [] }) => ({
    name: name.value,
    tags: directives
      .filter(directive => directive.name.value === 'tag')
      .flatMap(directive => directive.arguments ?? [])
      .flatMap(({ value }) => (value.kind === Kind.STRING ? [value.value] : [])),
  }));
}

function isObjectType(
  definition: DefinitionNode,
): definition is ObjectTypeDefinitionNode | ObjectTypeExtensionNode {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.OBJECT_TYPE_EXTENSION
  );
}
