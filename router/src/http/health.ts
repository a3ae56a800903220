/** How a subgraph answers at this moment. */
export interface SubgraphHealth {
  name: string;
  isUp: boolean;
  ms: number;
}

/** How the router is, and all that it depends on. */
export interface Health {
  status: 'ok' | 'degraded' | 'draining';
  /** Tells supergraphs apart. */
  supergraph: string;
  subgraphs: SubgraphHealth[];
  /** The processes that serve, where there are to be several. */
  workers?: { serving: number; wanted: number };
}

const REMEMBERED_MS = 1_000;

/** Asks all subgraphs how they are, once a second at most: whoever may look must not become a load for them. */
export class HealthCheck {
  #askedAtMs = -Infinity;
  #known: Promise<SubgraphHealth[]> = Promise.resolve([]);

  constructor(
    private readonly subgraphs: () => string[],
    private readonly isUp: (subgraph: string) => Promise<boolean>,
  ) {}

  async read(isDraining: boolean, supergraph: string): Promise<Health> {
    if (performance.now() - this.#askedAtMs > REMEMBERED_MS) {
      this.#askedAtMs = performance.now();
      this.#known = Promise.all(this.subgraphs().map(name => this.#ask(name)));
    }
    const subgraphs = await this.#known;
    const status = subgraphs.every(({ isUp }) => isUp) ? 'ok' : 'degraded';
    return { status: isDraining ? 'draining' : status, supergraph, subgraphs };
  }

  async #ask(name: string): Promise<SubgraphHealth> {
    const began = performance.now();
    const isUp = await this.isUp(name);
    return { name, isUp, ms: Math.round((performance.now() - began) * 10) / 10 };
  }
}

export function healthPage({ status, supergraph, subgraphs }: Health): string {
  const rows = subgraphs.map(
    ({ name, isUp, ms }) =>
      `<tr><td>${escaped(name)}<td>${isUp ? 'up' : '<strong>down</strong>'}<td>${ms} ms`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Health: ${status}</title>
<style>body{font:16px system-ui;margin:2rem}td{padding:.2rem 1.5rem .2rem 0}</style>
<h1>${status}</h1><p>Supergraph ${supergraph}</p><table>${rows.join('')}</table></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
