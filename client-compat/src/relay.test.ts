import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';
import { WebSocket } from 'ws';
import { GAMES, type OwnGraph, SCHEMA, startOwnGraph } from './own-graph.js';

const PROGRAM = join(import.meta.dirname, '..', 'relay', 'catalogue.js');

let directory: string;
let graph: OwnGraph;
let artifact: (name: string) => relay.ConcreteRequest;
let environment: relay.Environment;
let sent: relay.RequestParameters[];
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gamegraph-relay-'));
  await compile();
  const require = createRequire(join(directory, 'package.json'));
  artifact = name => require(`./artifacts/${name}.graphql.js`) as relay.ConcreteRequest;

  graph = await startOwnGraph({
    persistedDocuments: { mode: 'only', manifests: [join(directory, 'manifest.json')] },
  });
  ({ environment, sent } = environmentFor(graph.url));
});
after(async () => {
  await graph?.stop();
  await rm(directory, { recursive: true });
});

/** Relay's own compiler, on the schema that our clients get. It writes artifacts, and a manifest of the documents. */
async function compile(): Promise<void> {
  await mkdir(join(directory, 'artifacts'));
  await copyFile(PROGRAM, join(directory, 'catalogue.js'));
  await copyFile(join(SCHEMA, 'api.graphql'), join(directory, 'schema.graphql'));
  await writeFile(join(directory, 'manifest.json'), '{}');
  const config = {
    src: '.',
    schema: './schema.graphql',
    language: 'javascript',
    artifactDirectory: './artifacts',
    eagerEsModules: false,
    persistConfig: { file: './manifest.json', algorithm: 'SHA256' },
  };
  await writeFile(join(directory, 'relay.config.json'), JSON.stringify(config));
  await writeFile(join(directory, 'package.json'), '{"type":"commonjs"}');
  const compiler = fileURLToPath(import.meta.resolve('relay-compiler/cli.js'));
  execFileSync(process.execPath, [compiler, 'relay.config.json'], { cwd: directory });
}

function environmentFor(url: string) {
  const requests: relay.RequestParameters[] = [];
  const sockets = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    lazyCloseTimeout: 0,
  });
  const ask: relay.FetchFunction = async (request, variables) => {
    requests.push(request);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ documentId: `sha256:${request.id}`, variables }),
    });
    return response.json() as never;
  };
  const follow: relay.SubscribeFunction = (request, variables) =>
    relay.Observable.create(sink =>
      sockets.subscribe(
        // Its protocol has no id: the client wants a text, and an empty one is none.
        { query: '', documentId: `sha256:${request.id}`, variables } as never,
        sink as never,
      ),
    );
  const network = relay.Network.create(ask, follow);
  const store = new relay.Store(new relay.RecordSource());
  return { environment: new relay.Environment({ network, store }), sent: requests };
}

const fetchBy = (name: string, variables: relay.Variables) =>
  relay.fetchQuery(environment, artifact(name), variables).toPromise();

/** What a component gets that names this fragment: the part of `parent` that it masks. */
const readFragment = (name: string, parent: unknown) =>
  environment.lookup(relay.getSingularSelector(artifact(name) as never, parent)).data;

describe('Relay', () => {
  it('pages through a connection, which its store keeps as one, by trusted documents', async () => {
    await fetchBy('catalogueQuery', {});
    const operation = relay.createOperationDescriptor(artifact('catalogueQuery'), {});
    const titles = () => {
      const query = environment.lookup(operation.fragment).data;
      const { games } = readFragment('catalogue_games', query) as {
        games: { edges: { node: unknown }[] };
      };
      return games.edges.map(({ node }) => readFragment('catalogue_game', node).title);
    };
    assert.deepEqual(titles(), ['Game 1', 'Game 2']);
    await fetchBy('catalogueGamesRefetchQuery', { count: 2, cursor: '2' });
    assert.deepEqual(titles(), ['Game 1', 'Game 2', 'Game 3']);
    assert.deepEqual(
      sent.map(({ text }) => text),
      [null, null],
    );
  });

  it('fetches an object again by its id alone, whatever its type', async () => {
    const id = GAMES[2]!.id;
    const variables = { id };
    await fetchBy('catalogueGameRefetchQuery', variables);
    const operation = relay.createOperationDescriptor(
      artifact('catalogueGameRefetchQuery'),
      variables,
    );
    const { node } = environment.lookup(operation.fragment).data as { node: unknown };
    assert.deepEqual(readFragment('catalogue_game', node), {
      id,
      title: 'Game 3',
      studio: { name: 'Studio' },
    });
  });

  it('follows a subscription, which changes what its store has', async () => {
    const id = Buffer.from('Build:1').toString('base64url');
    const names: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      relay.requestSubscription(environment, {
        subscription: artifact('catalogueBuildSubscription'),
        variables: { id },
        onNext: () => names.push(environment.getStore().getSource().get(id)!.name),
        onCompleted: resolve,
        onError: reject,
      });
    });
    assert.deepEqual(names, ['Slow', 'Fast']);
  });
});
