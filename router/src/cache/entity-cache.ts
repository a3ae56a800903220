import { LRUCache } from 'lru-cache';
import { type SubgraphAnswer, SubgraphFailure } from '../execution/fetch.js';
import { isObject, type JsonObject } from '../execution/json.js';
import type { Marks } from './marks.js';
import { namesOfEntity } from './names.js';
import { type CachePolicy, NOT_AT_ALL } from './policy.js';
import type { RequestCaching } from './request-caching.js';

const QUESTIONS_MAX = 10_000;
const ENTRY_BYTES = 300; // beside its texts

/** What a fetch asks of entities. */
export interface EntityQuestion {
  subgraph: string;
  operation: string;
  /** The body of the fetch, which ends with the representations. */
  body: string;
  representations: readonly string[];
  /** Names of what may be within the entities. */
  names: readonly string[];
}

interface Entry {
  json: string;
  isPrivate: boolean;
  expiresAtMs: number;
  begun: number;
  names: string[];
}

/** What a subgraph answered, and what holds for it. */
export interface AnswerWithPolicy {
  answer: SubgraphAnswer;
  policy: CachePolicy;
}

/**
 * Entities as subgraphs have answered them, each by itself: kept by what was asked of it, and by its representation,
 * which is all that the subgraph knew of it. Those that do not exist are not kept.
 */
export class EntityCache {
  readonly counts = { hit: 0, miss: 0 };
  readonly #entries: LRUCache<string, Entry>;
  /** What is asked of entities -> a number that stands for it in keys. */
  readonly #questions = new LRUCache<string, number>({ max: QUESTIONS_MAX });
  #questionCount = 0;

  constructor(
    private readonly marks: Marks,
    maxBytes: number,
  ) {
    this.#entries = new LRUCache({ maxSize: maxBytes });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  /**
   * Answers with what is kept, and asks the subgraph for the rest.
   *
   * @param ask sends a body to the subgraph
   */
  async answer(
    { subgraph, operation, body, representations, names }: EntityQuestion,
    caching: RequestCaching,
    ask: (body: string) => Promise<AnswerWithPolicy>,
  ): Promise<SubgraphAnswer> {
    const end = representations.reduce((sum, { length }) => sum + length + 1, ']}}'.length - 1);
    const start = body.slice(0, -end);
    const variables = start.slice(start.indexOf('"variables":{'));
    const question = this.#numberOf(`${subgraph} ${caching.forwarded} ${variables} ${operation}`);
    const { now } = this.marks;
    const found: unknown[] = [];
    const missing: number[] = [];
    const isCurrent = (begun: number) =>
      this.marks.isCurrent(begun, names) && this.marks.isCurrent(begun, [caching.viewerName]);
    for (const representation of representations) {
      const entry = caching.mayRead ? this.#find(question, representation, caching) : undefined;
      if (entry && isCurrent(entry.begun)) {
        found.push(JSON.parse(entry.json));
        caching.take(entry);
      } else missing.push(found.push(null) - 1);
    }
    this.counts.hit += found.length - missing.length;
    this.counts.miss += missing.length;
    if (missing.length === 0) return { data: { _entities: found } };

    const isAll = missing.length === found.length;
    const rest = isAll ? body : `${start}${missing.map(n => representations[n]).join(',')}]}}`;
    const { answer, policy } = await (isAll ? ask(rest) : ask(rest).catch(answerOf));
    const arrived = isObject(answer.data) ? answer.data._entities : undefined;
    const isWhole = Array.isArray(arrived) && arrived.length === missing.length;
    if (isWhole && !hasErrors(answer)) {
      for (const [at, n] of missing.entries())
        this.#keep(question, representations[n]!, arrived[at], policy, now, caching);
    }
    if (isAll) return answer;
    if (answer.data != null && !isWhole) return { errors: answer.errors, data: {} };
    if (isWhole) for (const [at, n] of missing.entries()) found[n] = arrived[at];
    return { errors: atPlaces(answer.errors, missing), data: { _entities: found } };
  }

  #find(question: number, representation: string, { scope }: RequestCaching): Entry | undefined {
    const entry =
      (scope !== undefined && this.#entries.get(keyOf(question, representation, scope))) ||
      this.#entries.get(keyOf(question, representation));
    if (!entry) return undefined;
    const holds = entry.expiresAtMs > performance.now();
    return holds && this.marks.isCurrent(entry.begun, entry.names) ? entry : undefined;
  }

  #keep(
    question: number,
    representation: string,
    entity: unknown,
    { maxAgeMs, isPrivate }: CachePolicy,
    begun: number,
    { scope, mayKeep }: RequestCaching,
  ): void {
    if (!mayKeep || maxAgeMs === 0 || !isObject(entity)) return;
    if (isPrivate && scope === undefined) return;
    const key = keyOf(question, representation, isPrivate ? scope : undefined);
    if ((this.#entries.peek(key)?.begun ?? 0) > begun) return; // another was asked later, and came first
    const json = JSON.stringify(entity); // now: the response that it goes into writes into it
    const names = namesOfEntity(JSON.parse(representation) as JsonObject);
    const expiresAtMs = performance.now() + maxAgeMs;
    const entry = { json, isPrivate, expiresAtMs, begun, names };
    const size = ENTRY_BYTES + 2 * (key.length + json.length + names.join('').length);
    this.#entries.set(key, entry, { size });
  }

  #numberOf(question: string): number {
    const known = this.#questions.get(question);
    if (known !== undefined) return known;
    this.#questions.set(question, ++this.#questionCount);
    return this.#questionCount;
  }
}

function keyOf(question: number, representation: string, scope = ''): string {
  return `${question} ${representation} ${scope}`;
}

/** A failure as an answer: what was kept of the other entities is still good. */
function answerOf(error: unknown): AnswerWithPolicy {
  if (!(error instanceof SubgraphFailure)) throw error;
  const { message, code } = error;
  return {
    answer: { data: null, errors: [{ message, extensions: { code } }] },
    policy: NOT_AT_ALL,
  };
}

function hasErrors({ errors }: SubgraphAnswer): boolean {
  return errors !== undefined && !(Array.isArray(errors) && errors.length === 0);
}

/** Errors about entities by their places among those that were asked for, as errors by their places among all. */
function atPlaces(errors: unknown, places: number[]): unknown {
  if (!Array.isArray(errors)) return errors;
  return errors.map((error: unknown) => {
    if (!isObject(error) || !Array.isArray(error.path) || error.path[0] !== '_entities')
      return error;
    const [root, at, ...rest] = error.path as (string | number)[];
    return { ...error, path: [root, places[at as number] ?? at, ...rest] };
  });
}
