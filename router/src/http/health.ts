import type { ConsumerLag } from '../projections/consumers.js';

/** How a subgraph answers at this moment. */
export interface SubgraphHealth {
  name: string;
  isUp: boolean;
  ms: number;
}

/** How far a consumer of events is behind, and the subgraph that it belongs to. */
export type ConsumerHealth = ConsumerLag & { subgraph: string };

/** How the router is, and all that it depends on. */
export interface Health {
  status: 'ok' | 'degraded' | 'draining';
  /** Tells supergraphs apart. */
  supergraph: string;
  subgraphs: SubgraphHealth[];
  /** The processes that serve, where there are to be several. */
  workers?: { serving: number; wanted: number };
  /** What follows events, where who asks may see figures; without those of subgraphs that do not tell. */
  consumers?: ConsumerHealth[];
}

const REMEMBERED_MS = 1_000;

/** Asks all subgraphs how they are, once a second at most: whoever may look must not become a load for them. */
export class HealthCheck {
  readonly #known = remembered(() => Promise.all(this.subgraphs().map(name => this.#ask(name))));
  readonly readConsumers = remembered(async (): Promise<ConsumerHealth[]> => {
    const all = this.subgraphs().map(async subgraph => {
      const lags = await this.lagOf(subgraph);
      return lags.map(lag => ({ ...lag, subgraph }));
    });
    return (await Promise.all(all)).flat();
  });

  constructor(
    private readonly subgraphs: () => string[],
    private readonly isUp: (subgraph: string) => Promise<boolean>,
    private readonly lagOf: (subgraph: string) => Promise<ConsumerLag[]>,
  ) {}

  async read(isDraining: boolean, supergraph: string): Promise<Health> {
    const subgraphs = await this.#known();
    const status = subgraphs.every(({ isUp }) => isUp) ? 'ok' : 'degraded';
    return { status: isDraining ? 'draining' : status, supergraph, subgraphs };
  }

  async #ask(name: string): Promise<SubgraphHealth> {
    const began = performance.now();
    const isUp = await this.isUp(name);
    return { name, isUp, ms: Math.round((performance.now() - began) * 10) / 10 };
  }
}

/** The same answer for all who ask within a second. */
function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let askedAtMs = -Infinity;
  let known: Promise<T>;
  return () => {
    if (performance.now() - askedAtMs > REMEMBERED_MS) {
      askedAtMs = performance.now();
      known = ask();
    }
    return known;
  };
}

export function healthPage({ status, supergraph, subgraphs, consumers = [] }: Health): string {
  const rows = subgraphs.map(
    ({ name, isUp, ms }) =>
      `<tr><td>${escaped(name)}<td>${isUp ? 'up' : '<strong>down</strong>'}<td>${ms} ms`,
  );
  const behind = consumers.map(
    ({ consumer, eventsBehind, secondsBehind, parked, poisoned, lastAppliedAt }) =>
      `<tr><td>${escaped(consumer)}<td>${eventsBehind}<td>${secondsBehind.toFixed(1)} s<td>${parked}<td>${poisoned > 0 ? `<strong>${poisoned}</strong>` : 0}<td>${lastAppliedAt ?? ''}`,
  );
  const heads = '<tr><th>consumer<th>behind<th>by<th>set aside<th>dead letters<th>last applied';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Health: ${status}</title>
<style>body{font:16px system-ui;margin:2rem}td,th{padding:.2rem 1.5rem .2rem 0;text-align:left}</style>
<h1>${status}</h1><p>Supergraph ${supergraph}</p><table>${rows.join('')}</table>${behind.length > 0 ? `<h2>Events</h2><table>${heads}${behind.join('')}</table>` : ''}</html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
