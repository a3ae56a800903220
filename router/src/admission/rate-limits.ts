import type { Logger } from 'pino';
import {
  type IRateLimiterOptions,
  type RateLimiterAbstract,
  RateLimiterCluster,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RouterConfig } from '../config/schema.js';
import type { RequestContext } from '../core.js';

export type RateLimitSettings = RouterConfig['rateLimits'];

/** Whether one more operation is run, and what is left. */
export interface Verdict {
  /** When to come again; undefined where it is run. */
  retryAfterMs: number | undefined;
  /** As responses tell of it. */
  headers: Record<string, string>;
}

interface Limit {
  name: 'user' | 'address';
  limiter: RateLimiterAbstract;
  operations: number;
  seconds: number;
}

/**
 * Counts operations of users and of addresses, each in windows that begin with their first: in this router, or in Redis
 * or Valkey for all routers together. While that cannot be had, this router counts alone.
 */
export class RateLimits {
  private constructor(
    private readonly limits: Limit[],
    readonly close: () => void,
  ) {}

  /**
   * @param isOneOfSeveral whether this router is several processes, of which the parent counts for all
   * @returns undefined where nothing is limited
   */
  static async open(
    settings: RateLimitSettings,
    log: Logger,
    isOneOfSeveral = false,
  ): Promise<RateLimits | undefined> {
    const wanted = (['user', 'address'] as const).filter(name => settings[name]);
    if (wanted.length === 0) return undefined;
    const client = settings.redisUrl ? await connect(settings.redisUrl, log) : undefined;
    const limits = wanted.map(name => {
      const { operations, seconds } = settings[name]!;
      const options: IRateLimiterOptions = {
        keyPrefix: `gamegraph:rate:${name}`,
        points: operations,
        duration: seconds,
      };
      // The parent knows a limit by its prefix: other settings are another one.
      const keyPrefix = `${options.keyPrefix}:${operations}:${seconds}`;
      const own = isOneOfSeveral
        ? new RateLimiterCluster({ ...options, keyPrefix })
        : new RateLimiterMemory(options);
      const limiter = client
        ? new RateLimiterRedis({
            ...options,
            storeClient: client,
            insuranceLimiter: own,
            inMemoryBlockOnConsumed: operations + 1, // who is over the limit is not asked for again
            rejectIfRedisNotReady: true,
          })
        : own;
      return { name, limiter, operations, seconds };
    });
    return new RateLimits(limits, () => client?.disconnect());
  }

  async take({ principal: { viewer }, client }: RequestContext): Promise<Verdict> {
    const verdict: Verdict = { retryAfterMs: undefined, headers: {} };
    const policies: string[] = [];
    const states: string[] = [];
    for (const { name, limiter, operations, seconds } of this.limits) {
      const key = name === 'user' ? viewer?.userId : networkOf(client.address);
      if (key === undefined) continue;
      const outcome = await limiter.consume(key).catch((rejected: unknown) => {
        if (!(rejected instanceof RateLimiterRes)) throw rejected;
        verdict.retryAfterMs = Math.max(verdict.retryAfterMs ?? 1, rejected.msBeforeNext);
        return rejected;
      });
      policies.push(`"${name}";q=${operations};w=${seconds}`);
      const inSeconds = Math.ceil(outcome.msBeforeNext / 1000);
      states.push(`"${name}";r=${Math.max(0, outcome.remainingPoints)};t=${inSeconds}`);
    }
    if (policies.length > 0) {
      // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10
      verdict.headers['ratelimit-policy'] = policies.join(', ');
      verdict.headers.ratelimit = states.join(', ');
    }
    if (verdict.retryAfterMs !== undefined)
      verdict.headers['retry-after'] = String(Math.ceil(verdict.retryAfterMs / 1000));
    return verdict;
  }
}

async function connect(url: string, log: Logger) {
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    enableOfflineQueue: false, // a request that waited would be late; this process counts meanwhile
    maxRetriesPerRequest: 0,
    commandTimeout: 250,
    retryStrategy: attempts => Math.min(attempts * 200, 5_000),
  });
  client.on('error', (error: unknown) =>
    log.warn({ error }, 'rate limits: Redis is not reachable'),
  );
  return client;
}

/** An IPv4 address, or the /64 of an IPv6 one: whoever has one address there has all of them. */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (v4) return v4;
  const [head, tail] = address.split('%', 1)[0]!.split('::') as [string, string?];
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
