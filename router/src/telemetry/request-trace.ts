import type { IncomingHttpHeaders } from 'node:http';
import { prettyFormatQueryPlan, type QueryPlan } from '@apollo/query-planner';
import { isObject, type JsonObject } from '../execution/json.js';
import type { FetchSpan, RequestSpans } from './tracing.js';

/** What a client that may see how its request went asks to see of it, in `extensions`. */
export interface Wants {
  /** As Apollo's tools read it. */
  apolloPlan: boolean;
  /** As Hive's and Cosmo's do. */
  plan: boolean;
  trace: boolean;
  cost: boolean;
}

export function wantsOf(headers: IncomingHttpHeaders): Wants {
  const has = (name: string) => headers[name] !== undefined && headers[name] !== 'false';
  return {
    apolloPlan: has('apollo-expose-query-plan'),
    plan: has('hive-expose-query-plan') || has('x-wg-include-query-plan'),
    trace: has('x-gamegraph-trace'),
    cost: has('x-gamegraph-cost'),
  };
}

/** How one request went: made only for those who look. */
export class RequestTrace {
  readonly #beganAtMs: number;
  readonly #fetches: FetchTrace[] = [];

  /**
   * @param planMs undefined when the plan was there already
   * @param beganAtMs by `performance.now()`
   */
  constructor(
    private readonly spans: RequestSpans | undefined,
    private readonly planMs: number | undefined,
    beganAtMs: number,
  ) {
    this.#beganAtMs = beganAtMs;
    if (planMs !== undefined) spans?.planned(beganAtMs, planMs);
  }

  fetch(subgraph: string): FetchTrace {
    const startMs = performance.now() - this.#beganAtMs;
    const fetch = new FetchTrace(subgraph, startMs, this.spans?.fetch(subgraph));
    this.#fetches.push(fetch);
    return fetch;
  }

  end(): void {
    this.spans?.end();
  }

  /** The `server-timing` header: the plan, and the time of each subgraph, all its fetches together. */
  get serverTiming(): string {
    const entries = new Map<string, number>();
    if (this.planMs !== undefined) entries.set('plan', this.planMs);
    for (const { subgraph, ms } of this.#fetches)
      entries.set(subgraph, (entries.get(subgraph) ?? 0) + ms);
    return [...entries]
      .map(([name, ms]) => `${name.replace(/[^\w-]/g, '_')};dur=${rounded(ms)}`)
      .join(', ');
  }

  toJSON(): JsonObject {
    return {
      planMs: this.planMs === undefined ? null : rounded(this.planMs),
      fetches: this.#fetches.map(({ subgraph, startMs, ms, bytes, outcome }) => ({
        service: subgraph,
        startMs: rounded(startMs),
        ms: rounded(ms),
        bytes,
        outcome,
      })),
    };
  }
}

/** One fetch of a request. */
export class FetchTrace {
  readonly #beganAtMs = performance.now();
  ms = 0;
  /** Of the answer. */
  bytes = 0;
  outcome = '';

  constructor(
    readonly subgraph: string,
    readonly startMs: number,
    private readonly span: FetchSpan | undefined,
  ) {}

  get traceparent(): string | undefined {
    return this.span?.traceparent;
  }

  end(outcome: string): void {
    this.ms = performance.now() - this.#beganAtMs;
    this.outcome = outcome;
    this.span?.end(outcome, this.bytes);
  }
}

/** `extensions.apolloQueryPlan` and `extensions.queryPlan`, as they are wanted. */
export function planExtensions(plan: QueryPlan, { apolloPlan, plan: hivePlan }: Wants): JsonObject {
  const object: JsonObject = { kind: 'QueryPlan', node: plan.node };
  return {
    ...(apolloPlan && { apolloQueryPlan: { object, text: prettyFormatQueryPlan(plan) } }),
    ...(hivePlan && { queryPlan: withFieldSteps(object) }),
  };
}

/** The plan with the steps of its paths as objects, but for the list's `@`. */
function withFieldSteps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withFieldSteps);
  if (!isObject(value)) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withFieldSteps(inner)]),
  );
  if (value.kind === 'Flatten' && Array.isArray(value.path))
    copy.path = value.path.map(step => (step === '@' ? step : { Field: step as unknown }));
  return copy;
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
