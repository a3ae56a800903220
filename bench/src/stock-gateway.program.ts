import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { IDENTITY_HEADER, IdentitySigner, type Viewer } from '@gamegraph/identity';
import { answer } from './helper.js';
import type { StockSettings } from './stock-gateway.js';

interface Context {
  viewer?: Viewer | undefined;
}

/** Carries the viewer from where the request is known to where its body is; never sent. */
const VIEWER_HEADER = 'bench-viewer';

/** Asks a subgraph of ours, which wants a signature of each body. */
class SignedDataSource extends RemoteGraphQLDataSource<Context> {
  readonly #viewers = new Map<string, Viewer>();

  constructor(name: string, url: string, signer: IdentitySigner) {
    super({ url });
    const send = this.fetcher;
    this.fetcher = (target, init = {}) => {
      const { [VIEWER_HEADER]: sessionId, ...headers } = init.headers as Record<string, string>;
      const viewer = sessionId === undefined ? undefined : this.#viewers.get(sessionId);
      const identity = { viewer, client: {}, isOperator: false };
      const proof = signer.sign(name, init.body as string, identity);
      return send(target, { ...init, headers: { ...headers, [IDENTITY_HEADER]: proof } });
    };
  }

  override willSendRequest: RemoteGraphQLDataSource<Context>['willSendRequest'] = ({
    request,
    context: { viewer },
  }) => {
    if (!viewer) return;
    this.#viewers.set(viewer.sessionId, viewer);
    request.http!.headers.set(VIEWER_HEADER, viewer.sessionId);
  };
}

answer(async ({ supergraph, urls, signingKey }: StockSettings) => {
  const signer = new IdentitySigner(signingKey);
  const server = new ApolloServer<Context>({
    gateway: new ApolloGateway({
      // It refuses a supergraph whose access rules it cannot enforce; the subgraphs enforce them as well.
      supergraphSdl: supergraph.replaceAll(', for: SECURITY)', ')'),
      buildService: ({ name, url }) => new SignedDataSource(name, urls[name] ?? url!, signer),
    }),
    nodeEnv: 'production',
  });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req }) => ({ viewer: viewerOf(req.headers.authorization) }),
  });
  return url;
});

const viewers = new Map<string, Viewer>();

/** Who a token says that it is. Taken on trust: our router checks a token once, and that is not what is measured. */
function viewerOf(authorization: string | undefined): Viewer | undefined {
  if (!authorization) return undefined;
  const known = viewers.get(authorization);
  if (known) return known;
  const { sub, sid, scope } = JSON.parse(
    Buffer.from(authorization.split('.')[1]!, 'base64url').toString(),
  ) as { sub: string; sid: string; scope?: string };
  const permissions = new Set(scope ? scope.split(' ') : []);
  const viewer = { userId: sub, sessionId: sid, permissions };
  viewers.set(authorization, viewer);
  return viewer;
}
