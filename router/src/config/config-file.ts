import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { ReloadOutcome } from '../supergraph/supergraph-file.js';
import { watchFile } from '../watch-file.js';
import { ConfigError, readConfig } from './read.js';
import type { RouterConfig } from './schema.js';

/** The router's settings and the file they are in: a good change of it is taken over, a bad one is not. */
export class ConfigFile {
  #config: RouterConfig;
  #stopWatching: () => void = () => {};

  /**
   * @param path undefined when all settings are in the environment
   * @throws ConfigError
   */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly path?: string,
  ) {
    this.#config = readConfig(env, path);
  }

  get config(): RouterConfig {
    return this.#config;
  }

  /** Calls `onReload` with what the file holds from now on. */
  watch(log: Logger, onReload: (outcome: ReloadOutcome, config: RouterConfig) => void): void {
    if (this.path === undefined) return;
    this.#stopWatching = watchFile(resolve(this.path), () => {
      try {
        const next = readConfig(this.env, this.path);
        if (isDeepStrictEqual(next, this.#config)) return;
        for (const name of ['supergraph', 'listen', 'heartbeats'] as const) {
          if (!isDeepStrictEqual(next[name], this.#config[name]))
            log.warn(`a change of \`${name}\` takes a restart`);
        }
        this.#config = next;
        log.info('serving by new settings');
        onReload('loaded', next);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        log.error({ error }, 'the new settings are bad; the old ones serve on');
        onReload('refused', this.#config);
      }
    });
  }

  close(): void {
    this.#stopWatching();
  }
}
