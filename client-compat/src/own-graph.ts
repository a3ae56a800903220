import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startRouterBy,
  startStub,
  type StubSubgraph,
  type TestSettings,
} from '@gamegraph/router/testing';
import { buildASTSchema, type GraphQLFieldResolver, type GraphQLSchema, parse } from 'graphql';

/** Where the schema of our own supergraph is, as clients get it and as subgraphs have it. */
export const SCHEMA = join(import.meta.dirname, '..', '..', 'schema');

const gameOf = (n: number) => ({
  __typename: 'Game',
  id: Buffer.from(`Game:${n}`).toString('base64url'),
  title: `Game ${n}`,
  studio: { id: 'studio', name: 'Studio' },
});
/** What the catalogue holds. */
export const GAMES = [1, 2, 3].map(gameOf);

/** One of our subgraphs by its own SDL, with no more behind it than what is asked here. */
async function stubOf(
  name: string,
  resolvers: Record<string, Record<string, GraphQLFieldResolver<unknown, unknown>>>,
  subscriptions: Record<string, GraphQLFieldResolver<unknown, unknown>> = {},
): Promise<StubSubgraph> {
  const sdl = await readFile(join(SCHEMA, `${name}.graphql`), 'utf8');
  const schema: GraphQLSchema = buildASTSchema(parse(sdl), { assumeValidSDL: true });
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName) as ReturnType<GraphQLSchema['getQueryType']>;
    for (const [field, resolve] of Object.entries(fields))
      Object.assign(type!.getFields()[field]!, { resolve });
  }
  for (const [field, subscribe] of Object.entries(subscriptions))
    Object.assign(schema.getSubscriptionType()!.getFields()[field]!, { subscribe });
  return startStub(schema);
}

/** A router over our own supergraph. */
export interface OwnGraph {
  url: string;
  stop(): Promise<void>;
}

/** Of the subgraphs, those for games and builds answer what clients ask here. */
export async function startOwnGraph(settings: TestSettings = {}): Promise<OwnGraph> {
  const games = await stubOf('games', {
    Query: {
      games: (_, { first, after: cursor }) => {
        const from = cursor ? Number(cursor) : 0;
        const edges = GAMES.slice(from, from + (first as number)).map((node, n) => ({
          node,
          cursor: String(from + n + 1),
        }));
        const hasNextPage = from + edges.length < GAMES.length;
        return { edges, pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor } };
      },
      _entities: (_, { representations }: Record<string, { id: string }[]>) =>
        representations!.map(({ id }) => GAMES.find(game => game.id === id) ?? null),
    },
  });
  const builds = await stubOf(
    'builds',
    {},
    {
      buildChanged: async function* (_, { id }) {
        for (const name of ['Slow', 'Fast']) yield { buildChanged: { id: id as string, name } };
      },
    },
  );
  const directory = await mkdtemp(join(tmpdir(), 'gamegraph-own-graph-'));
  const configFile = join(directory, 'router.config.yaml');
  await writeFile(
    configFile,
    JSON.stringify({
      supergraph: join(SCHEMA, 'supergraph.graphql'),
      listen: { port: 0 },
      log: { level: 'silent' },
      subgraphs: { urls: { games: games.url, builds: builds.url } },
      ...settings,
    }),
  );
  const router = await startRouterBy(configFile);
  return {
    url: router.url,
    async stop() {
      await router.stop();
      await Promise.all([games.stop(), builds.stop()]);
      await rm(directory, { recursive: true });
    },
  };
}
