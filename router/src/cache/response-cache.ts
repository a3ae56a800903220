import { LRUCache } from 'lru-cache';
import { ResponseBody } from '../operation/in-flight.js';
import type { Marks } from './marks.js';
import type { RequestCaching } from './request-caching.js';

const ENTRY_BYTES = 500; // beside its texts

interface Entry {
  body: ResponseBody;
  expiresAtMs: number;
  begun: number;
  /** When the oldest part of it was begun. */
  oldest: number;
  names: ReadonlySet<string>;
}

/** Whole answers to queries, as they left. Those with errors are not kept. */
export class ResponseCache {
  readonly counts = { hit: 0, miss: 0 };
  readonly #entries: LRUCache<string, Entry>;
  /** Operation -> a number that stands for it in keys: one of another supergraph has another. */
  readonly #operations = new WeakMap<object, number>();
  #operationCount = 0;

  constructor(
    private readonly marks: Marks,
    maxBytes: number,
  ) {
    this.#entries = new LRUCache({ maxSize: maxBytes });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  /** @param variables as JSON */
  find(operation: object, variables: string, caching: RequestCaching): ResponseBody | undefined {
    if (!caching.mayRead) return undefined;
    const { scope } = caching;
    const entry =
      (scope !== undefined && this.#entries.get(this.#keyOf(operation, variables, scope))) ||
      this.#entries.get(this.#keyOf(operation, variables, caching.forwarded));
    if (
      !entry ||
      entry.expiresAtMs <= performance.now() ||
      !this.marks.isCurrent(entry.begun, entry.names) ||
      !this.marks.isCurrent(entry.oldest, [caching.viewerName])
    ) {
      this.counts.miss++;
      return undefined;
    }
    this.counts.hit++;
    return entry.body;
  }

  /**
   * Makes the body of an answer, and keeps it where it holds for some time.
   *
   * @param caching what became known of it while it was made
   */
  keep(operation: object, variables: string, caching: RequestCaching, json: string): ResponseBody {
    const { policy, scope, forwarded, mayKeep, begun, oldest, names } = caching;
    const maxAgeS = policy && isWhole(json) ? Math.floor(policy.maxAgeMs / 1000) : 0;
    if (!policy || maxAgeS === 0) return new ResponseBody(json);
    const { isPrivate, maxAgeMs } = policy;
    // A cache on the way knows nothing of the headers that subgraphs get.
    const told = forwarded === '' ? `${isPrivate ? 'private' : 'public'}, max-age=${maxAgeS}` : '';
    const body = new ResponseBody(json, told || undefined);
    if (!mayKeep || (isPrivate && scope === undefined)) return body;
    const key = this.#keyOf(operation, variables, isPrivate ? scope! : forwarded);
    if ((this.#entries.peek(key)?.begun ?? 0) > begun) return body; // another was begun later, and ended first
    const now = performance.now();
    const kept = new ResponseBody(json, told || undefined, now);
    kept.isShared = true;
    const entry = { body: kept, expiresAtMs: now + maxAgeMs, begun, oldest, names };
    const size = ENTRY_BYTES + 2 * key.length + 4 * json.length; // as text, and as bytes
    this.#entries.set(key, entry, { size });
    return body;
  }

  #keyOf(operation: object, variables: string, scope: string): string {
    let number = this.#operations.get(operation);
    if (number === undefined) this.#operations.set(operation, (number = ++this.#operationCount));
    return `${number} ${scope} ${variables}`;
  }
}

function isWhole(json: string): boolean {
  return !json.startsWith('{"errors"') && !json.includes('"extensions":{"valueCompletion":');
}
