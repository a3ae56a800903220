import type { GraphQLSchema } from 'graphql';

/** A supergraph, and what stands behind it. */
export interface Stage {
  /** With the subgraphs' addresses, which are `<origin>/<name>`. */
  supergraph(origin: string): string;
  /** By name. */
  subgraphs: Map<string, GraphQLSchema>;
  /** Everything in one schema: what it answers is right. */
  merged: GraphQLSchema;
  /** Whether the same is asked again, so that answers are worth keeping. */
  isRepeated: boolean;
}

/** A supergraph's SDL with other addresses of its subgraphs. */
export function atOrigin(supergraph: string, origin: string): string {
  return supergraph.replaceAll(
    /@join__graph\(\s*name: "([^"]+)",\s*url: "[^"]*"/g,
    (_, name: string) => `@join__graph(name: "${name}", url: "${origin}/${name}"`,
  );
}
