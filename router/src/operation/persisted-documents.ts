import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type GraphQLFormattedError, Kind, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { z } from 'zod';
import { ConfigError } from '../config/read.js';
import type { RouterConfig } from '../config/schema.js';
import type { ReloadOutcome } from '../supergraph/supergraph-file.js';
import { watchFile } from '../watch-file.js';

const SHA256 = 'sha256:';
const TOLD_MAX = 10_000; // unknown documents that are remembered, so that each is told of once

type Settings = RouterConfig['persistedDocuments'];

/** What a request says of its document: its text, its id, or both. */
export interface DocumentParams {
  query: string | undefined;
  documentId: string | undefined;
  operationName: string | undefined;
}

export interface FoundDocument {
  query: string;
  /** How long a cache may keep an answer that holds nothing of a viewer's, in seconds; 0: not at all. */
  publicMaxAgeS: number;
  /** Called when the document has proved to be an operation of the schema. */
  remember?: () => void;
}

interface TrustedDocument {
  query: string;
  operationNames: ReadonlySet<string>;
}

/** Trusted documents by id: the manifest's own, and `sha256:` with the hash of the text. */
type TrustedDocuments = ReadonlyMap<string, TrustedDocument>;

/**
 * Finds the document that a request means. Trusted documents come from manifests, which a client's build has made; a
 * client that uses automatic persisted queries makes other documents known while it runs, under their hash.
 *
 * @see https://github.com/graphql/graphql-over-http/pull/264 and
 *   https://www.apollographql.com/docs/apollo-server/performance/apq
 */
export class PersistedDocuments {
  readonly #log: Logger;
  #settings: Settings;
  #trusted: TrustedDocuments;
  #trustedTexts: ReadonlySet<string>;
  #automatic: LRUCache<string, string> | undefined;
  #told = new LRUCache<string, true>({ max: TOLD_MAX });
  #watched: (() => void)[] = [];
  #onReload: (outcome: ReloadOutcome) => void = () => {};

  /** @throws ConfigError when the manifests cannot be used */
  constructor(settings: Settings, log: Logger) {
    this.#log = log;
    this.#settings = settings;
    this.#trusted = readManifests(settings);
    this.#trustedTexts = textsOf(this.#trusted);
    this.#automatic = automaticOf(settings);
  }

  /** Follows the manifests from now on: good ones are taken over, all of them or none. */
  watch(onReload: (outcome: ReloadOutcome) => void): void {
    this.#onReload = onReload;
    this.#unwatch();
    this.#watched = this.#settings.manifests.map(path =>
      watchFile(resolve(path), () => this.use(this.#settings)),
    );
  }

  /** Goes on by other settings, unless their manifests are bad. */
  use(settings: Settings): void {
    try {
      this.#trusted = readManifests(settings);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#log.error({ error }, 'the new manifests are bad; the old ones serve on');
      return this.#onReload('refused');
    }
    this.#trustedTexts = textsOf(this.#trusted);
    this.#settings = settings;
    const automatic = automaticOf(settings);
    if (automatic?.maxSize !== this.#automatic?.maxSize) this.#automatic = automatic;
    this.watch(this.#onReload);
    this.#log.info({ documents: this.#trustedTexts.size }, 'serving by new manifests');
    this.#onReload('loaded');
  }

  /** The document, or why there is none. */
  find(params: DocumentParams): FoundDocument | { errors: GraphQLFormattedError[] } {
    const { query, documentId, operationName } = params;
    const { mode, publicMaxAgeS } = this.#settings;
    const trusted = documentId === undefined ? undefined : this.#trusted.get(documentId);
    if (mode === 'only') {
      const isAllowed =
        query === undefined &&
        trusted !== undefined &&
        (operationName === undefined || trusted.operationNames.has(operationName));
      // One answer to all: what is published is nobody's to find out.
      return isAllowed ? { query: trusted.query, publicMaxAgeS } : ONLY_TRUSTED;
    }
    if (query === undefined) {
      if (trusted) return { query: trusted.query, publicMaxAgeS };
      const known = this.#automatic?.get(documentId!);
      if (known !== undefined) return { query: known, publicMaxAgeS: 0 };
      return mode === 'off' && !this.#automatic ? NOT_SUPPORTED : NOT_FOUND;
    }
    if (documentId !== undefined && (trusted ? trusted.query : query) !== query) return NO_MATCH;
    const isHash = documentId?.startsWith(SHA256) && !trusted;
    if (isHash && documentId !== idOf(query)) return NO_MATCH;
    if (mode !== 'off' && !this.#trustedTexts.has(query)) {
      if (mode === 'safelist') return NOT_LISTED;
      this.#tellOf(query, operationName);
    }
    if (!isHash || !this.#automatic) return { query, publicMaxAgeS: 0 };
    const remember = () => void this.#automatic?.set(documentId!, query);
    return { query, publicMaxAgeS: 0, remember };
  }

  close(): void {
    this.#unwatch();
  }

  #unwatch(): void {
    for (const stop of this.#watched) stop();
  }

  #tellOf(query: string, operationName: string | undefined): void {
    const documentId = idOf(query);
    if (this.#told.has(documentId)) return;
    this.#told.set(documentId, true);
    this.#log.warn({ documentId, operationName, query }, 'a document that is in no manifest');
  }
}

const refusal = (code: string, message: string) => ({
  errors: [{ message, extensions: { code } }],
});

// Clients of automatic persisted queries compare these two messages, and then send the text.
const NOT_FOUND = refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
const NOT_SUPPORTED = refusal('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
const NO_MATCH = refusal('BAD_REQUEST', 'The id is not that of the document in `query`.');
const NOT_LISTED = refusal(
  'PERSISTED_QUERY_REQUIRED',
  'This document is in no manifest, and this router runs no other: publish it first.',
);
const ONLY_TRUSTED = refusal(
  'PERSISTED_QUERY_REQUIRED',
  'This router runs trusted documents only: send the `documentId` of one, without `query`.',
);

/** Whether this is no fault of the client's, but a step of automatic persisted queries. */
export function asksForText(errors: readonly GraphQLFormattedError[]): boolean {
  return errors === NOT_FOUND.errors || errors === NOT_SUPPORTED.errors;
}

const idOf = (query: string) => SHA256 + createHash('sha256').update(query).digest('hex');

const textsOf = (trusted: TrustedDocuments): ReadonlySet<string> =>
  new Set([...trusted.values()].map(({ query }) => query));

function automaticOf({ mode, automatic }: Settings) {
  if (!automatic.enabled || mode === 'safelist' || mode === 'only') return undefined;
  return new LRUCache<string, string>({
    maxSize: automatic.cacheBytes,
    sizeCalculation: (query, id) => 2 * query.length + id.length,
  });
}

const Manifest = z.union([
  z
    .object({
      format: z.literal('apollo-persisted-query-manifest'),
      version: z.literal(1),
      operations: z.array(z.object({ id: z.string().min(1), body: z.string() })),
    })
    .transform(({ operations }) => operations.map(({ id, body }) => [id, body] as const)),
  z.record(z.string().min(1), z.string()).transform(texts => Object.entries(texts)),
]);

/** @throws ConfigError that names all that is wrong together */
function readManifests({ mode, manifests }: Settings): TrustedDocuments {
  const trusted = new Map<string, TrustedDocument>();
  if (mode === 'off') return trusted;
  const faults: string[] = [];
  for (const path of manifests) {
    try {
      for (const [id, query] of readManifest(path)) {
        const document = { query, operationNames: operationNamesOf(query) };
        // Apollo's clients send what their manifest has for an id as if it were a hash.
        for (const each of new Set([id, SHA256 + id, idOf(query)])) {
          const other = trusted.get(each);
          if (other && other.query !== query)
            faults.push(`${path}: another document is "${id}", too`);
          trusted.set(each, document);
        }
      }
    } catch (error) {
      faults.push(`${path}: ${(error as Error).message}`);
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return trusted;
}

function readManifest(path: string): (readonly [id: string, query: string])[] {
  const manifest = Manifest.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (manifest.success) return manifest.data;
  throw new Error(
    'it is neither a manifest of Apollo (apollo-persisted-query-manifest, version 1) nor an object of ids and texts, as Relay writes',
  );
}

function operationNamesOf(query: string): ReadonlySet<string> {
  const names = parse(query, { noLocation: true }).definitions.flatMap(definition =>
    definition.kind === Kind.OPERATION_DEFINITION && definition.name ? definition.name.value : [],
  );
  return new Set(names);
}
