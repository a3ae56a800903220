import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from '@gamegraph/launcher';
import type { Bench } from './bench.js';
import { cpuSeconds } from './cpu.js';
import { Helper } from './helper.js';

/** What the gateway's process is told. */
export interface StockSettings {
  supergraph: string;
  urls: Record<string, string>;
  signingKey: Secrets['routerKey'];
}

/** A stock @apollo/gateway in @apollo/server, in front of the same subgraphs, in a process of its own. */
export class StockGateway {
  readonly #helper = new Helper('stock-gateway.program.js');
  url = '';

  static async start({ directory, system }: Bench): Promise<StockGateway> {
    const gateway = new StockGateway();
    const settings: StockSettings = {
      supergraph: await readFile(join(directory, 'supergraph.graphql'), 'utf8'),
      urls: Object.fromEntries(system.subgraphUrls),
      signingKey: system.secrets.routerKey,
    };
    gateway.url = await gateway.#helper.ask<string>(settings);
    return gateway;
  }

  /** CPU seconds so far. */
  cpu(): Promise<number> {
    return cpuSeconds([this.#helper.pid]);
  }

  stop(): Promise<void> {
    return this.#helper.stop();
  }
}
