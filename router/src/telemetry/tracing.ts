import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { RouterConfig } from '../config/schema.js';

/**
 * Spans of requests, planning and fetches, sent by OTLP. Loaded only where they have somewhere to go: instrumentation
 * that wraps code would cost every request, so these are made by hand.
 */
export class Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  constructor({ serviceName, sampleRatio }: RouterConfig['telemetry'], otlpEndpoint: string) {
    const exporter = new OTLPTraceExporter({ url: `${otlpEndpoint.replace(/\/$/, '')}/v1/traces` });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    this.#tracer = this.#provider.getTracer('@gamegraph/router');
  }

  /**
   * Begins the span of a request; undefined when this one is not sampled.
   *
   * @param beganAtMs by `performance.now()`
   */
  begin(
    traceparent: string | undefined,
    beganAtMs: number,
    attributes: Record<string, string | undefined>,
  ): RequestSpans | undefined {
    const options = { kind: SpanKind.SERVER, startTime: epochMs(beganAtMs), attributes };
    const span = this.#tracer.startSpan('request', options, parentOf(traceparent));
    return span.isRecording() ? new RequestSpans(this.#tracer, span) : undefined;
  }

  close(): Promise<void> {
    return this.#provider.shutdown();
  }
}

/** The span of one request, and those below it. */
export class RequestSpans {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, span: Span) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
  }

  planned(beganAtMs: number, ms: number): void {
    const options = { startTime: epochMs(beganAtMs) };
    this.#tracer.startSpan('plan', options, this.#context).end(epochMs(beganAtMs + ms));
  }

  fetch(subgraph: string): FetchSpan {
    const options = { kind: SpanKind.CLIENT, attributes: { 'gamegraph.subgraph': subgraph } };
    return new FetchSpan(this.#tracer.startSpan(`fetch ${subgraph}`, options, this.#context));
  }

  end(): void {
    this.#span.end();
  }
}

export class FetchSpan {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  /** What the subgraph gets: the fetch is the parent of what it does. */
  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  end(outcome: string, bytes: number): void {
    this.#span.setAttributes({
      'gamegraph.outcome': outcome,
      'http.response.body.size': bytes,
    });
    if (outcome !== 'answered') this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }
}

function epochMs(performanceMs: number): number {
  return performance.timeOrigin + performanceMs;
}

function parentOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split('-') ?? [];
  if (!traceId || !spanId || !flags) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
