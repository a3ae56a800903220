import type { RouterConfig } from '../config/schema.js';
import { isAnswer, SubgraphFailure, type SubgraphAnswer } from '../execution/fetch.js';
import { Breaker } from './breaker.js';
import { BadAnswer } from './http-answer.js';
import { HttpPool } from './http-pool.js';

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

/** Statuses of a proxy, or of a server that is going or coming: the subgraph itself has not done anything. */
const NOT_THERE = new Set([502, 503, 504]);

/** Nothing came back that could be an answer. What only reads may be asked once more. */
export class Unreachable extends SubgraphFailure {
  constructor(subgraph: string, cause?: unknown) {
    super('SUBGRAPH_UNAVAILABLE', `${subgraph} is not reachable now. Try again.`, { cause });
  }
}

/** The subgraph was not asked: it has failed too often just now. */
export class Paused extends Unreachable {}

/** Counts the bytes of answers. */
interface Meter {
  bytes: number;
}

interface Target {
  pool: HttpPool;
  path: string;
  timeoutMs: number;
  breaker: Breaker;
}

type Settings = Pick<RouterConfig['subgraphs'], 'timeoutMs' | 'timeoutsMs' | 'breaker'>;

/** Asks subgraphs by HTTP, each for as long as it has. */
export class SubgraphClient {
  readonly #pools = new Map<string, HttpPool>(); // by origin
  readonly #targets = new Map<string, Target>(); // by name of the subgraph

  constructor(private readonly onBreak: (subgraph: string) => void) {}

  /** Asks subgraphs there from now on. One that is gone stays known, for requests that began before. */
  use(urls: ReadonlyMap<string, string>, settings: Settings): void {
    const { timeoutMs, timeoutsMs, breaker } = settings;
    for (const [name, url] of urls) {
      const { origin, pathname, search } = new URL(url);
      const pool = this.#pools.get(origin) ?? new HttpPool(origin, ANSWER_BYTES_MAX);
      this.#pools.set(origin, pool);
      this.#targets.set(name, {
        pool,
        path: pathname + search,
        timeoutMs: timeoutsMs[name] ?? timeoutMs,
        breaker: new Breaker(breaker),
      });
    }
  }

  /** Names of subgraphs, and whether each is left alone for failing. */
  *breakers(): Iterable<[subgraph: string, isOpen: boolean]> {
    for (const [name, { breaker }] of this.#targets) yield [name, breaker.isOpen];
  }

  /**
   * @param endsAtMs when an answer is of no use any more, by `performance.now()`
   * @throws SubgraphFailure when there is no GraphQL answer in time
   */
  async ask(
    subgraph: string,
    body: string | Buffer,
    headers: Record<string, string>,
    endsAtMs = Infinity,
    meter?: Meter,
  ): Promise<SubgraphAnswer> {
    const target = this.#targets.get(subgraph);
    if (!target) throw new Error(`There is no subgraph ${subgraph}.`);
    const nowMs = performance.now();
    if (!target.breaker.allows(nowMs)) throw new Paused(subgraph);
    const leftMs = Math.max(0, endsAtMs - nowMs);
    try {
      const answer = await this.#send(subgraph, target, body, headers, leftMs, meter);
      target.breaker.succeeded();
      return answer;
    } catch (error) {
      // That a request had little time left is no fault of the subgraph's.
      const isItsFault = !(error instanceof Late) || leftMs >= target.timeoutMs;
      if (isItsFault && target.breaker.failed(performance.now())) this.onBreak(subgraph);
      throw error;
    }
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close();
  }

  #send(
    subgraph: string,
    { pool, path, timeoutMs }: Target,
    body: string | Buffer,
    headers: Record<string, string>,
    leftMs: number,
    meter: Meter | undefined,
  ): Promise<SubgraphAnswer> {
    return new Promise((resolve, reject) => {
      let deadline: NodeJS.Timeout | undefined;
      const takeBack = pool.send({
        path,
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body,
        answered(status, bytes, cacheControl) {
          clearTimeout(deadline);
          if (meter) meter.bytes += bytes.length;
          const answer = answerIn(subgraph, status, bytes.toString());
          if (answer instanceof SubgraphFailure) return reject(answer);
          if (cacheControl !== undefined) answer.cacheControl = cacheControl;
          resolve(answer);
        },
        failed(error) {
          clearTimeout(deadline);
          const isBad = error instanceof BadAnswer;
          reject(isBad ? new Unreadable(subgraph, error) : new Unreachable(subgraph, error));
        },
      });
      // Not before: what cannot be sent throws, and there is nothing to take back.
      deadline = setTimeout(
        () => {
          takeBack();
          reject(new Late(subgraph));
        },
        Math.min(timeoutMs, leftMs),
      );
    });
  }
}

class Late extends SubgraphFailure {
  constructor(subgraph: string) {
    super('TIMEOUT', `${subgraph} did not answer in time.`);
  }
}

class Unreadable extends SubgraphFailure {
  constructor(subgraph: string, cause: unknown) {
    super('SUBGRAPH_UNAVAILABLE', `${subgraph} did not answer in GraphQL.`, { cause });
  }
}

/** Statuses but these say nothing that the body does not: an answer that is no GraphQL is told by its form. */
function answerIn(
  subgraph: string,
  status: number,
  text: string,
): SubgraphAnswer | SubgraphFailure {
  if (NOT_THERE.has(status)) return new Unreachable(subgraph, new Error(`It answered ${status}.`));
  let cause: unknown;
  try {
    const answer: unknown = JSON.parse(text);
    if (isAnswer(answer)) return answer;
  } catch (error) {
    cause = error;
  }
  return new Unreadable(subgraph, cause);
}
