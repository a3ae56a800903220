import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { watchFile } from '../watch-file.js';
import { Supergraph } from './supergraph.js';

/** Whether a new supergraph, or new settings, were taken over. */
export type ReloadOutcome = 'loaded' | 'refused';

/** A file with a supergraph's SDL, and what becomes of it: a good one is taken over, a bad one is not. */
export class SupergraphFile {
  #supergraph: Supergraph;
  #stopWatching: () => void = () => {};

  private constructor(
    private readonly path: string,
    supergraph: Supergraph,
    private readonly log: Logger,
  ) {
    this.#supergraph = supergraph;
  }

  /** @throws Error when there is no such file, or it is no supergraph */
  static async open(path: string, log: Logger): Promise<SupergraphFile> {
    const absolute = resolve(path);
    return new SupergraphFile(absolute, new Supergraph(await readFile(absolute, 'utf8')), log);
  }

  get supergraph(): Supergraph {
    return this.#supergraph;
  }

  /** Calls `onReload` with each new supergraph, before anyone is served by it. */
  watch(onReload: (outcome: ReloadOutcome, supergraph: Supergraph) => void): void {
    this.#stopWatching = watchFile(this.path, () => void this.#reload(onReload));
  }

  close(): void {
    this.#stopWatching();
  }

  async #reload(onReload: (outcome: ReloadOutcome, supergraph: Supergraph) => void): Promise<void> {
    try {
      const sdl = await readFile(this.path, 'utf8');
      if (sdl === this.#supergraph.sdl) return;
      this.#supergraph = new Supergraph(sdl);
      this.log.info(
        { types: Object.keys(this.#supergraph.apiSchema.getTypeMap()).length },
        'serving a new supergraph',
      );
      onReload('loaded', this.#supergraph);
    } catch (error) {
      this.log.error({ error }, 'the new supergraph is bad; the old one serves on');
      onReload('refused', this.#supergraph);
    }
  }
}
