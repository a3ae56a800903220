import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { parse, printSchema } from 'graphql';
import { NODE_SUBGRAPH, NODE_URL, nodeSdl, nodeTypesOf } from '../node/node-subgraph.js';

/** A subgraph as it goes into a supergraph. */
export interface SubgraphSdl {
  name: string;
  url: string;
  sdl: string;
}

/** The subgraphs do not fit together. The message lists every reason, with its code. */
export class CompositionError extends Error {
  override name = 'CompositionError';
}

/** What clients see of a supergraph, as SDL. */
export function apiSdl(supergraphSdl: string): string {
  return printSchema(
    Supergraph.build(supergraphSdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema(),
  );
}

/** What was composed. */
export interface Composed {
  sdl: string;
  /** What composition thought odd, but let pass. */
  hints: string[];
}

/**
 * Composes subgraphs, and the router's own `node`, to a supergraph.
 *
 * @throws CompositionError
 */
export function compose(subgraphs: SubgraphSdl[]): Composed {
  const types = nodeTypesOf(subgraphs);
  const node = { name: NODE_SUBGRAPH, url: NODE_URL, sdl: nodeSdl(types) };
  const services = (types.length > 0 ? [...subgraphs, node] : subgraphs).map(
    ({ name, url, sdl }) => ({
      name,
      url,
      typeDefs: parse(sdl),
    }),
  );
  const { supergraphSdl, hints, errors } = composeServices(services);
  if (errors?.length || !supergraphSdl) {
    const reasons = (errors ?? []).map(
      ({ message, extensions }) => `  ${String(extensions?.code)}: ${message}`,
    );
    throw new CompositionError(`The subgraphs do not compose:\n${reasons.join('\n')}`);
  }
  return { sdl: supergraphSdl, hints: (hints ?? []).map(hint => hint.toString()) };
}
