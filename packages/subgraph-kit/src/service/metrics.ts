import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a subgraph measures of itself, for `/metrics`. Labels are bounded: no ids, no text from clients. */
export class Metrics {
  readonly registry = new Registry();

  readonly requestSeconds = new Histogram({
    name: 'subgraph_request_seconds',
    help: 'How long a GraphQL request took.',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly events = new Counter({
    name: 'inbox_events_total',
    help: 'Events that consumers got, by what became of them.',
    labelNames: ['consumer', 'outcome'],
    registers: [this.registry],
  });

  readonly eventLagSeconds = new Histogram({
    name: 'inbox_event_lag_seconds',
    help: 'Time from when an event happened to when its effect was kept.',
    labelNames: ['consumer'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly published = new Counter({
    name: 'relay_published_total',
    help: 'Events that the relay has put on the bus.',
    registers: [this.registry],
  });

  /** Gauges of the same things, which one reading tells: label -> figures in the order of `names`. */
  gauges(
    label: string,
    gauges: [name: string, help: string][],
    read: () => Promise<Map<string, number[]>>,
  ): void {
    let reading: Promise<Map<string, number[]>> | undefined;
    const readOnce = () => {
      setImmediate(() => (reading = undefined)); // the others of this scrape ask in the same turn
      return (reading ??= read());
    };
    for (const [place, [name, help]] of gauges.entries()) {
      new Gauge({
        ...{ name, help, labelNames: [label], registers: [this.registry] },
        async collect() {
          const figures = await readOnce();
          this.reset();
          for (const [value, all] of figures) this.set({ [label]: value }, all[place]!);
        },
      });
    }
  }

  constructor(subgraph: string) {
    this.registry.setDefaultLabels({ subgraph });
    collectDefaultMetrics({ register: this.registry });
  }

  /** A gauge that asks when it is read. */
  gauge(name: string, help: string, read: () => Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await read());
      },
    });
  }
}
