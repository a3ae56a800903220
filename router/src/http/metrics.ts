import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The figures of one process, as they travel to another. */
export type Figures = MetricObjectWithValues<MetricValue<string>>[];

/** What the router measures of itself, for `/metrics`. Labels are bounded: none comes from a client's text. */
export class Metrics {
  readonly registry = new Registry();

  readonly requestSeconds = new Histogram({
    name: 'router_http_request_seconds',
    help: 'How long a GraphQL request over HTTP took.',
    labelNames: ['kind', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly fetchSeconds = new Histogram({
    name: 'router_subgraph_fetch_seconds',
    help: 'How long a subgraph took to answer.',
    labelNames: ['subgraph', 'outcome'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly prepareSeconds = new Histogram({
    name: 'router_operation_prepare_seconds',
    help: 'How long it took to parse, check and plan an operation that was not known.',
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly reloads = new Counter({
    name: 'router_reloads_total',
    help: 'New supergraphs, settings and manifests of trusted documents that were taken over, or refused.',
    labelNames: ['what', 'outcome'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /**
   * A gauge that asks when it is read.
   *
   * @param aggregator what it is of several processes
   */
  gauge(name: string, help: string, read: () => number, aggregator: 'sum' | 'max' = 'sum'): void {
    new Gauge({
      name,
      help,
      aggregator,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /**
   * As Prometheus reads it.
   *
   * @param all the figures of all processes, where there are several
   */
  text(all: Figures[] | undefined): Promise<string> {
    return (all ? AggregatorRegistry.aggregate(all) : this.registry).metrics();
  }

  /** Counters with a label, that ask when they are read. */
  counters(
    name: string,
    help: string,
    label: string,
    read: () => Iterable<[label: string, value: number]>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  }

  /** Gauges with a label, that ask when they are read. */
  gauges(
    name: string,
    help: string,
    label: string,
    read: () => Iterable<[label: string, value: number | boolean]>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, figure] of read()) this.set({ [label]: value }, Number(figure));
      },
    });
  }
}
