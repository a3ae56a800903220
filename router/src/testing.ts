import { generateKeyPairSync } from 'node:crypto';
import { type EventEmitter, on } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLFormattedError, type GraphQLSchema, parse, subscribe } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { ConfigFile } from './config/config-file.js';
import type { RouterConfigInput } from './config/schema.js';
import { type RunningRouter, startRouter } from './router.js';
import { compose } from './supergraph/compose.js';

/** What a subgraph of a test got. */
export interface Received {
  query: string;
  variables: Record<string, unknown>;
  headers: IncomingHttpHeaders;
  body: string;
  bytes: Buffer;
  /** Place of a file -> the file; none of a request without. */
  files: Record<string, File>;
}

/** A subgraph for tests: a schema behind real HTTP and WebSocket, that remembers what it was asked. */
export interface StubSubgraph {
  url: string;
  received: Received[];
  /** Payloads of its subscriptions' messages. */
  subscribed: Record<string, unknown>[];
  /** How to answer in place of the schema; undefined lets the schema answer. */
  intercept: ((request: Received) => Promise<string | undefined> | string | undefined) | undefined;
  /** What it says to caches of an answer. */
  cacheControl: ((request: Received) => string | undefined) | undefined;
  /** Cuts every WebSocket, as a crash would. */
  cutSockets(): void;
  stop(): Promise<void>;
}

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.11"
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@tag", "@inaccessible", "@interfaceObject", "@authenticated", "@requiresScopes", "@policy", "@cost", "@listSize"]
)`;

/** What a subgraph makes of a body, be it JSON or a form with files. */
async function readRequest(bytes: Buffer, contentType: string) {
  if (!contentType.startsWith('multipart/')) return { body: bytes.toString(), files: {} };
  const headers = { 'content-type': contentType };
  const form = await new Response(new Uint8Array(bytes), { headers }).formData();
  const map = JSON.parse(form.get('map') as string) as Record<string, string[]>;
  const files = Object.entries(map).flatMap(([key, places]) =>
    places.map(place => [place, form.get(key) as File]),
  );
  return { body: form.get('operations') as string, files: Object.fromEntries(files) };
}

function withFiles(variables: Received['variables'], files: Received['files']) {
  const filled: Record<string, unknown> = structuredClone(variables);
  for (const [place, file] of Object.entries(files)) {
    const steps = place.split('.').slice(1);
    const last = steps.pop()!;
    const parent = steps.reduce((at, step) => at[step] as Record<string, unknown>, filled);
    parent[last] = file;
  }
  return filled;
}

export async function startStub(schema: GraphQLSchema, port = 0): Promise<StubSubgraph> {
  const stub: StubSubgraph = {
    ...{ url: '', received: [], subscribed: [], intercept: undefined, cacheControl: undefined },
    cutSockets: () => sockets.clients.forEach(socket => socket.terminate()),
    stop: () =>
      new Promise(resolve => {
        stub.cutSockets();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  const http = createServer((request, response) => {
    const answer = async () => {
      const bytes = await buffer(request);
      const { body, files } = await readRequest(bytes, request.headers['content-type']!);
      const { query, variables } = JSON.parse(body) as Received;
      const received = { query, variables, headers: request.headers, body, bytes, files };
      stub.received.push(received);
      const cacheControl = stub.cacheControl?.(received);
      if (cacheControl !== undefined) response.setHeader('cache-control', cacheControl);
      const intercepted = await stub.intercept?.(received);
      if (intercepted !== undefined) return intercepted;
      return JSON.stringify(
        await execute({
          ...{ schema, document: parse(query) },
          variableValues: withFiles(variables, files),
        }),
      );
    };
    answer().then(
      json => response.setHeader('content-type', 'application/json').end(json),
      () => response.destroy(),
    );
  });
  const sockets = new WebSocketServer({ server: http, path: '/graphql' });
  useServer(
    {
      schema,
      execute,
      subscribe,
      onSubscribe: (_, __, payload) =>
        void stub.subscribed.push(payload as unknown as Record<string, unknown>),
    },
    sockets,
  );
  await new Promise<void>(resolve => http.listen(port, '127.0.0.1', resolve));
  stub.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
  return stub;
}

/** A schema of SDL and resolvers, with federation's directives at hand. */
export function stubSchema(sdl: string, resolvers: object): GraphQLSchema {
  return buildSubgraphSchema([
    { typeDefs: parse(LINK) },
    { typeDefs: parse(sdl), resolvers: resolvers as never },
  ]);
}

/** What an emitter tells of a topic, as an iterator that ends at once when it is told to. */
export function eventsOf(emitter: EventEmitter, topic: string) {
  const abort = new AbortController();
  const source = on(emitter, topic, { signal: abort.signal });
  const iterator = {
    async next() {
      try {
        const { value } = (await source.next()) as { value: unknown[] };
        return { value: value[0], done: false };
      } catch {
        return { value: undefined, done: true };
      }
    },
    async return() {
      abort.abort();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** One who issues access tokens, and publishes the key to check them with. */
export interface TestIssuer {
  jwksUrl: string;
  publicKey: JWK;
  /** How many times its keys were asked for. */
  asked: number;
  /** Claims that are undefined are left out. */
  sign(claims?: JWTPayload & { expiresInS?: number }, header?: object): Promise<string>;
  /** Signs with another key from now on, and publishes that one alone. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

export async function startIssuer(name = 'gamegraph', algorithm = 'EdDSA'): Promise<TestIssuer> {
  let privateKey: CryptoKey;
  let kid = 0;
  const issuer: TestIssuer = {
    ...{ jwksUrl: '', publicKey: {}, asked: 0 },
    sign({ expiresInS = 300, ...claims } = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const standard = { iss: name, aud: 'gamegraph', sub: 'u1', sid: 's1', scope: '' };
      const times = { iat: now, exp: now + expiresInS };
      return new SignJWT(JSON.parse(JSON.stringify({ ...standard, ...times, ...claims })))
        .setProtectedHeader({
          alg: algorithm,
          kid: issuer.publicKey.kid!,
          typ: 'at+jwt',
          ...header,
        })
        .sign(privateKey);
    },
    async rotate() {
      const pair = await generateKeyPair(algorithm, { extractable: true });
      privateKey = pair.privateKey;
      issuer.publicKey = { ...(await exportJWK(pair.publicKey)), kid: `k${++kid}`, alg: algorithm };
    },
    stop: () => new Promise(resolve => server.close(() => resolve())),
  };
  await issuer.rotate();
  const server = createServer((_, response) => {
    issuer.asked++;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [issuer.publicKey] }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  issuer.jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  return issuer;
}

/** A router over stubs, with keys of its own, that a test asks as a client would. */
export interface TestRouter {
  url: string;
  stubs: Record<string, StubSubgraph>;
  publicKey: JWK;
  /** Whose access tokens this router believes. */
  issuer: TestIssuer;
  /** An access token that this router believes. */
  token(claims?: {
    sub?: string;
    scope?: string;
    expiresInS?: number;
    issuer?: string;
  }): Promise<string>;
  ask(
    query: string,
    variables?: object,
    headers?: Record<string, string>,
    // oxlint-disable-next-line typescript/no-explicit-any
  ): Promise<{ data: any; errors?: GraphQLFormattedError[]; extensions?: any; status: number }>;
  /** Writes another supergraph where the router looks. */
  writeSupergraph(sdl: string): Promise<void>;
  /** Writes other settings where the router looks. */
  writeConfig(settings: TestSettings): Promise<void>;
  supergraph: string;
  /** What it has logged that is at least a warning. */
  logged: Record<string, unknown>[];
  stop(): Promise<void>;
}

/** A router by the settings in a file, and no others. */
export function startRouterBy(
  configFile: string,
  log = pino({ level: 'silent' }),
): Promise<RunningRouter> {
  return startRouter(new ConfigFile({}, configFile), log);
}

/** What a test sets of a router's settings; the rest is as it needs to be. */
export type TestSettings = Omit<RouterConfigInput, 'supergraph'>;

/** @param definitions name of a subgraph -> its SDL and resolvers */
export async function startTestRouter(
  definitions: Record<string, { sdl: string; resolvers: object }>,
  settings: TestSettings = {},
): Promise<TestRouter> {
  const stubs: Record<string, StubSubgraph> = {};
  const subgraphs = [];
  for (const [name, { sdl, resolvers }] of Object.entries(definitions)) {
    const stub = await startStub(stubSchema(sdl, resolvers));
    stubs[name] = stub;
    subgraphs.push({ name, url: stub.url, sdl: `${LINK}\n${sdl}` });
  }
  const { sdl: supergraph } = compose(subgraphs);
  const directory = await mkdtemp(join(tmpdir(), 'gamegraph-router-'));
  const file = join(directory, 'supergraph.graphql');
  await writeFile(file, supergraph);

  const issuer = await startIssuer();
  const pair = generateKeyPairSync('ed25519');
  const { x, d } = pair.privateKey.export({ format: 'jwk' });
  const signingKey = { kty: 'OKP', crv: 'Ed25519', x: x!, d: d!, kid: 'r1' } as const;
  const configFile = join(directory, 'router.config.yaml');
  const writeConfig = (own: TestSettings) =>
    writeFile(
      configFile,
      JSON.stringify({
        supergraph: file,
        listen: { port: 0 },
        log: { level: 'warn' },
        authentication: { issuers: [{ jwksUrl: issuer.jwksUrl }] },
        ...own,
        subgraphs: { signingKey, ...own.subgraphs },
      } satisfies RouterConfigInput),
    );
  await writeConfig(settings);
  const logged: TestRouter['logged'] = [];
  const log = pino(
    { level: 'warn', serializers: { error: pino.stdSerializers.err } },
    { write: line => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const router = await startRouterBy(configFile, log);

  return {
    url: router.url,
    stubs,
    supergraph,
    logged,
    publicKey: { ...(pair.publicKey.export({ format: 'jwk' }) as JWK), kid: 'r1' },
    issuer,
    token: ({ issuer: iss, ...claims } = {}) => issuer.sign({ ...claims, ...(iss && { iss }) }),
    async ask(query, variables = {}, headers = {}) {
      const response = await fetch(router.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return { ...((await response.json()) as { data: unknown }), status: response.status };
    },
    writeSupergraph: sdl => writeFile(file, sdl),
    writeConfig,
    async stop() {
      await router.stop();
      await Promise.all(Object.values(stubs).map(stub => stub.stop()));
      await issuer.stop();
      await rm(directory, { recursive: true });
    },
  };
}
