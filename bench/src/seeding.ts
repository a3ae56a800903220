import type { Bench } from './bench.js';
import { figure, type Section } from './table.js';

/** How long it takes to make the demo data, which comes through the router like any client's. */
export async function measureSeeding(bench: Bench): Promise<Section> {
  const seconds = await bench.seed();
  const requests = await bench.routerMetric('router_http_request_seconds_count');
  return {
    title: 'Seed',
    columns: ['data', 's', 'requests', 'requests/s'],
    rows: [['scale 1', figure(seconds), String(requests), figure(requests / seconds)]],
    notes: ['Nearly all requests are mutations, each a durable transaction with its events.'],
  };
}
